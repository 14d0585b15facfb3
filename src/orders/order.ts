/** What every ATS that orders interviews orders and is told, whatever its words. Pure. */
import { hasEnded } from '../interview-status.js';

export const protocols = ['greenhouse', 'teamtailor', 'ashby'] as const;
export type Protocol = (typeof protocols)[number];

/** Rows of schema ats that were made for an order have this source. */
export const sourceOf = (protocol: Protocol) => `${protocol}-orders`;

/** What may be ordered: a row of ats.packages. */
export interface Package {
  name: string;
  /** Whether it says for which job. */
  hasJob: boolean;
}

export interface Order {
  /** The ATS's name of it: the same one again is the same order. */
  key: string;
  /** What the row in ats.interviews may have for a key, the nicest first; the ATS knows the order by it. */
  atsIds: readonly string[];
  package: string;
  candidate: { name: string; email: string };
  /** Address of whoever ordered it. */
  orderedBy: string | null;
  /** Of the order, where the package names none. */
  job: { id: string; title: string } | null;
  /** For people, in `extra`: the ATS's numbers and pages. Nothing else of a person. */
  about: Readonly<Record<string, string>>;
  /** Where the ATS wants to be told; null: at an address that all orders share. */
  updateUrl: string | null;
}

/** Why an order is not taken, in words for the recruiter who reads them in the ATS. */
export class OrderRefused extends Error {
  constructor(
    readonly reason:
      | 'unknown_package'
      | 'unknown_order'
      | 'invited'
      | 'invalid'
      | 'no_job'
      | 'erased'
      | 'too_late'
      | 'not_taken',
    message: string,
  ) {
    super(message);
  }
}

export type Phase =
  | 'waiting'
  | 'refused'
  | 'invited'
  | 'accepted'
  | 'completed'
  | 'expired'
  | 'canceled'
  /** The candidate was erased here: what becomes of the interview is not known any more, and told to nobody. */
  | 'erased';

/** What has become of an order. */
export interface Outcome {
  phase: Phase;
  /** For people: what is in the way. */
  problem: string | null;
  /** 1 to 5; null: not rated. */
  rating: number | null;
  link: string | null;
  deadline: Date | null;
  completedAt: Date | null;
  /** When what this tells last changed. */
  at: Date;
}

/** A row of ats.interview_sync, and what its row of ats.interviews wishes. */
export interface RowState {
  state: string;
  status: string | null;
  rating: number | null;
  completedAt: Date | null;
  watchUrl: string | null;
  shareUrl: string | null;
  deadline: Date | null;
  issues: ReadonlyArray<{ message: string }>;
  changedAt: Date;
  /** null: the row of ats.interviews is gone. */
  desired: string | null;
  /** Its candidate was erased (`forget`). */
  isErased: boolean;
}

export function outcomeOf(row: RowState): Outcome {
  const phase = phaseOf(row);
  const link = phase === 'completed' ? (row.shareUrl ?? row.watchUrl) : null;
  const isLive = !isOver(phase);
  return {
    phase,
    problem:
      phase === 'refused' || (phase === 'waiting' && row.state !== 'synced')
        ? (row.issues[0]?.message ?? null)
        : null,
    rating: row.rating !== null && row.rating > 0 ? row.rating : null,
    link,
    deadline: isLive ? row.deadline : null,
    completedAt: row.completedAt,
    at: row.changedAt,
  };
}

function phaseOf({ state, status, desired, watchUrl, shareUrl, isErased }: RowState): Phase {
  if (isErased) return 'erased';
  if (status === 'canceled' || status === 'deleted') return 'canceled';
  if (status === 'expired') return 'expired';
  // Where it is watched is part of being completed: no ATS takes the one without the other.
  if (status === 'completed') return watchUrl === null && shareUrl === null ? 'accepted' : 'completed';
  // It was taken back, and Spark Hire knows of nothing that came of it since.
  if (state === 'gone') return 'canceled';
  if (status !== null) return status === 'requested' ? 'invited' : 'accepted';
  if (desired === null || desired === 'canceled') return 'canceled';
  if (state === 'rejected') return 'refused';
  return state === 'synced' ? 'invited' : 'waiting';
}

/** Whether nothing more comes of it, but for a rating. */
export const isOver = (phase: Phase) => phase === 'erased' || hasEnded(phase);

/** One line for people. */
export function summaryOf({ phase, problem, rating, deadline }: Outcome): string {
  const until = deadline === null ? '' : `, to be completed by ${deadline.toISOString().slice(0, 10)}`;
  const words: Record<Phase, string> = {
    waiting: problem === null ? 'Ordered; not sent yet' : `Not sent yet: ${problem}`,
    refused: `Not sent: ${problem ?? 'the order cannot be carried out'}`,
    invited: `Invited${until}`,
    accepted: `Accepted${until}`,
    completed: rating === null ? 'Completed, not rated yet' : `Completed, rated ${rating} of 5`,
    expired: 'Expired before it was completed',
    canceled: 'Canceled',
    erased:
      'The candidate was erased from sparkhire-sync, so what becomes of the interview is not told any more',
  };
  return words[phase];
}
