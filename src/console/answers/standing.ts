/** What is true of an account in a sentence, what is wrong there, and what to do about it. */
import { z } from 'zod';
import { errorCodes } from '../../errors.js';
import { headline } from '../../status/render/status.js';
import { ago, count, counted } from '../../status/render/words.js';
import type { AccountStatus, ActivityStatus } from '../../status/status.js';
import { remedyOfFailure } from '../../story/standstill.js';
import { at } from '../schemas.js';

export const standing = z.object({
  sentence: z.string().describe('What is true now'),
  level: z.enum(['ok', 'waits', 'wrong']).describe('waits: for a person; wrong: something fails'),
  since: at.nullable().describe('Since when something fails, or the first thing waits for a person'),
});

export const trouble = z.object({
  what: z.string(),
  remedy: z.string(),
  details: z.array(z.string()).describe('What was met, for who looks into it'),
  page: z.enum(['plan']).nullable().describe('Where it is set right'),
});

type Standing = z.infer<typeof standing>;
type Trouble = z.infer<typeof trouble>;

/** What `status` says first; where nothing is wrong, whether every row is in step as well. */
export function standingOf(account: AccountStatus, waitsSince: string | null, now: string): Standing {
  const words = sentence(headline(account, now));
  const failing = failingOf(account);
  if (failing.length > 0) {
    const since = failing.flatMap(({ failingSince }) => failingSince ?? []).sort()[0] ?? null;
    const meant = meaningOf(failing.find(({ failingSince }) => failingSince === since) ?? failing[0]!);
    return { sentence: meant?.replace(/\.$/, '') ?? words, level: 'wrong', since };
  }
  const { databaseMovedAt, keyDemotedAt, otherInstallations } = account;
  if (databaseMovedAt !== null || keyDemotedAt !== null || otherInstallations.length > 0)
    return { sentence: words, level: 'wrong', since: databaseMovedAt ?? keyDemotedAt };
  if (!words.startsWith('Up to date'))
    return { sentence: words, level: account.conflicts.open > 0 ? 'waits' : 'ok', since: waitsSince };
  const { states, queued } = account.ats;
  const behind = ['held', 'rejected', 'conflict', 'in_flight', 'pending'].reduce(
    (all, state) => all + (states[state] ?? 0),
    queued,
  );
  const when = words.replace(/^Up to date ?/, '');
  if (behind === 0)
    return { sentence: `Everything in step${when === '' ? '' : `, ${when}`}`, level: 'ok', since: null };
  return {
    sentence: `${words}; ${counted(behind, 'row')} of the ATS ${behind === 1 ? 'is' : 'are'} not in step`,
    level: waitsSince === null ? 'ok' : 'waits',
    since: waitsSince,
  };
}

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

const failingOf = ({ activities }: AccountStatus) => activities.filter(({ failures }) => failures > 0);

const meaningOf = ({ errorCode }: ActivityStatus) =>
  errorCode === null ? undefined : (errorCodes as Readonly<Record<string, string>>)[errorCode];

/** What several activities meet alike is one trouble. */
export function troublesOf(account: AccountStatus, now: string): Trouble[] {
  const failing = new Map<string, Trouble>();
  for (const one of failingOf(account)) {
    const what = meaningOf(one) ?? `${sentence(one.activity)} fails.`;
    const remedy = remedyOfFailure(one.errorCode, one.remedy);
    const key = JSON.stringify([what, remedy]);
    const known = failing.get(key) ?? { what, remedy, details: [], page: null };
    failing.set(key, known);
    const { activity, failures, failingSince, errorCode, error } = one;
    const times = failures === 1 ? 'once' : `${count(failures)} times in a row`;
    const code = errorCode === null ? '' : ` (\`${errorCode}\`)`;
    known.details.push(
      `${sentence(activity)} has failed ${times}, first ${ago(failingSince, now)}${error === null ? '' : `: ${error}`}${code}`,
    );
  }
  return [...failing.values(), ...otherTroubles(account)];
}

function otherTroubles(account: AccountStatus): Trouble[] {
  const { databaseMovedAt, otherInstallations, keyDemotedAt, connectedAts, quarantined } = account;
  const found: Trouble[] = [];
  if (databaseMovedAt !== null)
    found.push({
      what: 'Nothing is written to Spark Hire: this database is a copy, or was restored or moved.',
      remedy: 'If nothing else writes for the account any more, look at the plan and approve it.',
      details: [],
      page: 'plan',
    });
  if (otherInstallations.length > 0)
    found.push({
      what: 'Another sparkhire-sync works for this account, or did.',
      remedy: 'Stop one of the two; `sparkhire-sync doctor` says how to remove what is left of it.',
      details: otherInstallations.map((url) => `Its webhook: ${url ?? 'without an address'}`),
      page: null,
    });
  if (keyDemotedAt !== null)
    found.push({
      what: "The account's own key may not read users' keys any more: its user seems to be no administrator any more.",
      remedy:
        'Make its user an administrator again, or set another key. What it does not show is not read meanwhile, and nothing is deleted.',
      details: [],
      page: null,
    });
  const isTold = account.activities.some(({ activity, failures }) => activity === 'ats' && failures > 0);
  if (connectedAts !== null && connectedAts.failure !== null && !isTold) {
    const { code, message, remedy } = connectedAts.failure;
    found.push({
      what: 'The ATS cannot be read.',
      remedy: remedyOfFailure(code, remedy),
      details: [`${message} (\`${code}\`)`],
      page: null,
    });
  }
  if (quarantined > 0)
    found.push({
      what: `${counted(quarantined, 'row')} of Spark Hire could not be stored.`,
      remedy: '`sync.quarantine` has each with what is odd about it. The next sweep tries it again.',
      details: [],
      page: null,
    });
  return found;
}
