/** The section `policies` of the settings: what happens in cases that a company decides for itself. */
import { z } from 'zod';
import { number, yesOrNo } from './setting-values.js';
import { foldWord } from './text/fold-word.js';

/** Words of other systems, by what they mean here; a null takes one of those as delivered away. */
function words<const Word extends string>(...meanings: Word[]) {
  const meaning = z.enum(
    meanings,
    `must be ${meanings.join(' or ')}, or null for a word that is not to be known`,
  );
  return z
    .record(z.string(), meaning.nullable())
    .transform((mapping) =>
      Object.fromEntries(Object.entries(mapping).map(([word, to]) => [foldWord(word), to])),
    );
}

const autoIsGone =
  'auto is no longer a choice. hold (the default): rows wait for the key of the person they name. administrator: they are sent with the key of the account';

const fieldPolicy = z.enum(['merge', 'ats', 'sparkhire'], 'must be merge, ats or sparkhire');

function fieldPolicies<const Name extends string>(...names: Name[]) {
  const policies = Object.fromEntries(names.map((name) => [name, fieldPolicy])) as Record<
    Name,
    typeof fieldPolicy
  >;
  return z.strictObject(policies);
}

export const policiesSchema = z
  .strictObject({
    fields: z
      .strictObject({
        users: fieldPolicies('name', 'email'),
        jobs: fieldPolicies('title', 'description', 'status', 'place'),
        interviews: fieldPolicies('scheduled_at'),
        share_links: fieldPolicies('status'),
      })
      .describe(
        'Who wins when a field was changed since both sides last agreed. `merge`: the side that changed it; if both did, a conflict opens. `ats`: the ATS; a change in Spark Hire is put back and recorded. `sparkhire`: the ATS gives the first value only.',
      ),
    jobs: z.strictObject({
      firstContact: z
        .enum(['ask', 'link', 'create'], 'must be ask, link or create')
        .describe(
          'A new row looks like a job of Spark Hire that no row stands for. `ask`: a conflict opens. `link`: they are the same. `create`: another job is made.',
        ),
      withdrawn: z
        .enum(['inactive', 'delete'], 'must be inactive or delete')
        .describe('What becomes of a job that the ATS withdraws.'),
      closeUnderInterviews: yesOrNo.describe('Whether a job is closed while invitations to it are pending.'),
      withoutSlot: z
        .enum(['wait', 'inactive'], 'must be wait or inactive')
        .describe(
          'The plan has no free job slot. `wait`: the job is made once there is one. `inactive`: it is made at once, and activated then.',
        ),
      statuses: words('open', 'closed').describe(
        'What the statuses of your ATS mean. `null` takes a word away.',
      ),
    }),
    users: z.strictObject({
      paid: z
        .enum(['refuse', 'allow'], 'must be refuse or allow')
        .describe(
          'A user past the free seats may cost money. `refuse`: the row waits. `allow`: the user is made.',
        ),
      withdrawn: z
        .enum(['propose', 'delete'], 'must be propose or delete')
        .describe(
          'A user is withdrawn, or has `active = false`. `propose`: nothing is done. `delete`: the user is deleted in Spark Hire.',
        ),
      roles: words('administrator', 'standard').describe(
        'What the roles of your ATS mean; the empty word is no role. `null` takes a word away.',
      ),
    }),
    keys: z.strictObject({
      provision: z
        .enum(['command', 'demand'], 'must be command or demand')
        .describe(
          "When users' keys are made. `demand`: when one is first needed, if an encryption key is set. `command`: by `keys provision` only.",
        ),
      missing: z
        .enum(['hold', 'administrator'], {
          error: ({ input }) => (input === 'auto' ? autoIsGone : 'must be hold or administrator'),
        })
        .describe(
          'No key of that user is stored. `hold`: the row waits. `administrator`: the key of the account sends it.',
        ),
      refused: z
        .enum(['hold', 'administrator'], 'must be hold or administrator')
        .describe('Spark Hire refuses the key, or the user is disabled. Likewise.'),
      absent: z
        .enum(['hold', 'administrator'], 'must be hold or administrator')
        .describe(
          'The user is not in Spark Hire and will not be made: rejected, no seat, withdrawn. Likewise.',
        ),
    }),
    massChange: z
      .strictObject({
        share: number((n) => n.min(0).max(1)).describe(
          'A plan that cancels, closes or changes more than this share of a kind is held.',
        ),
        rows: number((n) => n.int().min(0)).describe('Fewer changes than this are never held.'),
        windowSeconds: number((n) => n.min(0)).describe(
          'Rows that go missing one by one count together for so long.',
        ),
        missingSeconds: number((n) => n.min(0).max(3600)).describe(
          'How long a row must be missing from its table before it counts as withdrawn.',
        ),
        creations: number((n) => n.int().min(0, 'must be at least 0')).describe(
          'A plan that makes more than this for a connected ATS is held.',
        ),
      })
      .describe('Which plans a person must approve (`apply --approve`).'),
  })
  .describe('What happens in cases that your company decides.');
