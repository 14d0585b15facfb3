/** What a person can answer to each kind of conflict (`takes` in reconcile/conflict-kinds.ts), and what each answer does. Pure. */

import { hasEnded } from '../interview-status.js';
import type { ConflictKindName, TakeOf } from '../reconcile/conflict-kinds.js';
import { nounFor, nouns, type PushResource } from '../reconcile/types.js';

export interface Choice<T extends string = string> {
  /** What `--take` is given. */
  take: T;
  /** What it does, as a sentence. */
  does: string;
}

export interface Explanation<T extends string = string> {
  /** What has happened, and what was kept from happening. Sentences. */
  meaning: string[];
  /** What becomes of it if nobody decides. */
  waiting: string;
  choices: Array<Choice<T>>;
  /** What carries an answer out. */
  next: string;
}

/** What an explanation may need to know of the conflict. */
export interface ConflictFacts {
  kind: string;
  resource: string;
  field?: string | null;
  /** The column sparkhire_value. */
  seen: unknown;
  /** The column ats_value. */
  wanted?: unknown;
}

const carriedOut = 'The running service carries it out at once; otherwise run sparkhire-sync sync';

/** Objects of Spark Hire a conflict names, each by its uuid. */
export function candidates(seen: unknown): string[] {
  const list = Array.isArray(seen) ? seen : ((seen as { candidates?: unknown } | null)?.candidates ?? [seen]);
  return (Array.isArray(list) ? list : [])
    .map((one) => (one as { uuid?: unknown } | null)?.uuid)
    .filter((uuid): uuid is string => typeof uuid === 'string');
}

/** Those that no row stands for which is there. */
function freeOnes(seen: unknown): string[] {
  const entries = (Array.isArray(seen) ? seen : [seen]) as Array<{ uuid?: unknown; of_row?: unknown } | null>;
  return candidates(entries.filter((one) => one?.of_row === undefined));
}

/** What the row keeps if it is none of these; null where it has nothing. */
function ownInstead(seen: unknown): string | null {
  const [first] = (Array.isArray(seen) ? seen : [seen]) as Array<{ instead_of?: unknown } | null>;
  return typeof first?.instead_of === 'string' ? first.instead_of : null;
}

/** In the words of the resource. */
const noun = (resource: string, many = 1) =>
  resource in nouns ? nounFor(resource as PushResource, many) : many === 1 ? 'object' : 'objects';

/** Whether what was seen is an interview that has ended. */
function isOver(resource: string, seen: unknown): boolean {
  const { status } = (seen ?? {}) as { status?: unknown };
  return resource === 'interviews' && typeof status === 'string' && hasEnded(status);
}

function diverged(resource: string, field: string | null | undefined): Explanation<TakeOf<'field_diverged'>> {
  return {
    meaning: [
      `The ATS and Spark Hire have different values in this field of the ${noun(resource)}, and neither is known to be just the older one. Nothing was written.`,
    ],
    waiting:
      'It closes automatically when both sides have the same value. Until then this field is left alone; all others continue.',
    choices: [
      {
        take: 'ats',
        does:
          field === 'role'
            ? "Choose this once somebody has given the user the ATS's role in Spark Hire. Nothing is written."
            : "Write the ATS's value to Spark Hire.",
      },
      {
        take: 'sparkhire',
        does: "Keep Spark Hire's value. The ATS value is ignored until it changes again.",
      },
    ],
    next: carriedOut,
  };
}

/** An interview that is pending on a job which is not its row's (any more). */
function stranded(wanted: unknown): Explanation<TakeOf<'field_diverged'>> {
  const { job_uuid: job } = (wanted ?? {}) as { job_uuid?: unknown };
  const leave = {
    take: 'sparkhire' as const,
    does: 'Leave it where it is: the candidate answers there, and nothing is sent.',
  };
  const inviteAgain = {
    take: 'ats' as const,
    does: 'Cancel it, and invite the candidate to the job of the row: two e-mails, as soon as that invitation can be sent. Until then, and if the interview is completed before, it stays as it is.',
  };
  // It was given up, withdrawn or closed: there is none to invite to.
  const hasJob = job !== null;
  return {
    meaning: [
      'The interview is pending in Spark Hire on another job than the one of its row: that job was deleted there, or another was made for the row. The API cannot move an interview. Nothing was written, and nobody was invited again.',
      'Ask a candidate, or look in Spark Hire, whether the interview can still be answered.',
      ...(hasJob
        ? []
        : [
            'The row has no open job in Spark Hire, so nobody can be invited to it. To cancel the interview, withdraw the row. Once its job is open, or it names another one, this question offers to invite the candidate there.',
          ]),
    ],
    waiting: 'It closes automatically when the interview has ended, or the row is withdrawn.',
    choices: hasJob ? [inviteAgain, leave] : [leave],
    next: carriedOut,
  };
}

/** Mostly a job that somebody made inactive in Spark Hire. */
const closedThere: Explanation<TakeOf<'field_diverged'>> = {
  meaning: [
    'The ATS and Spark Hire have the job in different states. Nobody is invited to it unless the ATS has it open and it is active in Spark Hire: invitations to it wait. Nothing was written.',
  ],
  waiting:
    'It closes automatically when both sides agree: the ATS closes the job too, or somebody makes it active in Spark Hire.',
  choices: [
    {
      take: 'ats',
      does: "Give it the ATS's state in Spark Hire. An open job is made active again, and each invitation that waits for it is sent by e-mail.",
    },
    {
      take: 'sparkhire',
      does: 'Leave it as it is in Spark Hire; invitations to it keep waiting. To make it active later, close it in the ATS; once that is done, open it again.',
    },
  ],
  next: carriedOut,
};

/** What making it again causes. */
const madeAgain: Partial<Record<string, string>> = {
  interviews: 'Invite the candidate again, as soon as the row can be sent: another e-mail.',
  jobs: 'Make another job in Spark Hire. Each invitation that waits for it is sent by e-mail. You are asked about each interview that is still pending on the deleted one.',
  share_links: 'Make another share link in Spark Hire: the reviewer gets an e-mail if the row asks for it.',
};

/** What making one beside that which is there causes. */
const madeBeside: Partial<Record<string, string>> = {
  interviews: ' Spark Hire sends the candidate an e-mail.',
  jobs: ' Each invitation that waits for this row is sent by e-mail, also to candidates who are in the existing job. If the old row of such an invitation is gone, its pending interview is canceled: another e-mail.',
  share_links: ' The reviewer gets an e-mail if the row asks for it.',
};

const byKind: { [K in ConflictKindName]: (facts: ConflictFacts) => Explanation<TakeOf<K>> } = {
  field_diverged: ({ resource, field, wanted }) =>
    (resource === 'interviews' && field === 'job' && stranded(wanted)) ||
    (resource === 'jobs' && field === 'status' && closedThere) ||
    diverged(resource, field),
  remote_deleted: ({ resource }) => ({
    meaning: [
      `The ${noun(resource)} was deleted in Spark Hire, and the ATS still asks for it. No second one was made.`,
    ],
    waiting: 'It closes automatically when the ATS withdraws its row, or the object is back.',
    choices: [
      {
        take: 'ats',
        does: madeAgain[resource] ?? `Make another ${noun(resource)} in Spark Hire.`,
      },
      {
        take: 'sparkhire',
        does: `Accept that it is gone. The ATS row stays, unlinked.${resource === 'jobs' ? ' Nobody is invited to it any more, and you are asked about each interview that is still pending on it.' : ''}`,
      },
    ],
    next: carriedOut,
  }),
  possible_duplicate: ({ resource, seen }) => {
    const uuids = candidates(seen);
    const free = freeOnes(seen);
    const own = ownInstead(seen);
    const link =
      uuids.length === 1 && free.length === 1
        ? [
            {
              take: 'link' as const,
              does: isOver(resource, seen)
                ? 'It is the same interview, which is over: nothing is sent, and the row stands for that one.'
                : `It is the same ${noun(resource)}: keep that one, and carry later changes to it.`,
            },
          ]
        : free.map((uuid) => ({
            take: `link:${uuid}` as const,
            does: `It is this ${noun(resource)}: keep that one.`,
          }));
    return {
      meaning: [
        `Spark Hire already has ${uuids.length === 1 ? `${resource === 'interviews' ? 'an' : 'a'} ${noun(resource)}` : `${uuids.length} ${noun(resource, uuids.length)}`} that may be this one. Nothing was made.`,
        ...(free.length < uuids.length
          ? [
              `The row that stands for it is still there. If the two are the same, delete the old one: then this question offers to keep that ${noun(resource)}.`,
            ]
          : []),
      ],
      waiting: 'It closes automatically when they are no longer alike.',
      choices: [
        ...link,
        {
          take: 'create',
          does:
            own === null
              ? `It is another ${noun(resource)}: make a new one.${madeBeside[resource] ?? ''}`
              : `It is another ${noun(resource)}: the row keeps ${own}. Each invitation that waits for this row is sent there by e-mail, also to candidates who are in the other one.`,
        },
      ],
      next: carriedOut,
    };
  },
  unknown_outcome: ({ resource, seen }) => ({
    meaning: [
      `A write was sent and its answer was lost. Spark Hire does not show for certain whether it was done, so it was not sent again.`,
    ],
    waiting: 'It stays open until a person has looked at Spark Hire.',
    choices: [
      ...candidates(seen).map((uuid) => ({
        take: `link:${uuid}` as const,
        does: `This is what was made: keep it.`,
      })),
      {
        take: 'send',
        does:
          resource === 'interviews'
            ? 'Nothing was made: send it again. If something was, the candidate gets a second e-mail.'
            : resource === 'share_links'
              ? 'Nothing was made: send it again. If something was, the reviewer gets a second link.'
              : 'Nothing was made: send it again.',
      },
      { take: 'none', does: 'Leave it. The row is not sent.' },
    ],
    next: carriedOut,
  }),
  plan_limit: ({ resource }) => ({
    meaning: [
      resource === 'share_links'
        ? 'The plan of the Spark Hire account has no advanced share links. Nothing was made.'
        : 'The plan of the Spark Hire account has no slot or seat left for this, or does not say. Nothing was made that costs money.',
    ],
    waiting: 'It closes automatically when the plan has room again, or the ATS withdraws its row.',
    choices: [],
    next: 'Make room in the plan, or change the row.',
  }),
  mass_change: ({ seen }) => {
    const { checksum } = (seen ?? {}) as { checksum?: string };
    return {
      meaning: ['Confirm these changes before they are sent. Nothing was written.'],
      waiting: 'It closes automatically when the plan needs no approval any more.',
      choices: [],
      next: `Look at it with sparkhire-sync plan, release it with sparkhire-sync apply --approve ${checksum ?? 'CHECKSUM'}`,
    };
  },
  mass_disappearance: ({ resource, seen }) => {
    const { missing, viewChanged } = (seen ?? {}) as { missing?: number; viewChanged?: boolean };
    const rows =
      missing === undefined ? 'The missing rows' : missing === 1 ? 'The row' : `The ${missing} rows`;
    return {
      meaning: [
        `More ${resource} were missing from the listing than a usual day explains. Nothing was marked as deleted.`,
        viewChanged === true
          ? 'The API key is another one than before, or its user lost the administrator right. Rows it may not see look the same as deleted ones.'
          : 'They may have been deleted in Spark Hire, or the API key may no longer be allowed to see them.',
      ],
      waiting: 'It closes automatically with the first sweep that finds the rows again.',
      choices: [
        {
          take: 'sparkhire',
          does: `Trust the listing. ${rows} will be asked for one by one; what Spark Hire answers with "not found" is marked as deleted (deleted_at; the row stays). ${
            viewChanged === true
              ? 'Careful: with this key that is every row it may not see, whether it was deleted or not. A row that is seen again later is restored.'
              : 'If the key was demoted, that is every row it may no longer see, deleted or not. A row that is seen again later is restored.'
          } This holds for the next sweep alone, and only if no further rows are missing by then.`,
        },
      ],
      next: 'The next sweep carries it out: sparkhire-sync backfill',
    };
  },
};

/** What a conflict means and what can be decided; a kind this version does not know has no choices. */
export function explain(facts: ConflictFacts): Explanation {
  const known = (byKind as Partial<Record<string, (facts: ConflictFacts) => Explanation>>)[facts.kind];
  if (known !== undefined) return known(facts);
  return {
    meaning: [`This version does not know conflicts of the kind ${facts.kind}.`],
    waiting: 'It stays open until a version that knows it closes it.',
    choices: [],
    next: 'Nothing can be carried out by this version.',
  };
}
