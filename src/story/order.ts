/** Events in the order in which they happened. Pure. */

/**
 * What may happen, and what is told of it as which kind. In the order in which things happen at one time: all that is written
 * by one statement has the same.
 */
const kinds = {
  entered: 'entry',
  arrived: 'row',
  written: 'entry',
  skipped: 'skipped',
  heard: 'webhook',
  closed: 'conflict',
  ended: 'issue',
  decided: 'write',
  leaving: 'row',
  sent: 'write',
  emailed: 'email',
  answered: 'write',
  changed: 'change',
  linked: 'link',
  told: 'result',
  done: 'conflict',
  left: 'row',
  opened: 'issue',
  asked: 'conflict',
  agreed: 'row',
  became: 'row',
} as const;

export type Step = keyof typeof kinds;
export type EventKind = (typeof kinds)[Step];

const places = new Map(Object.keys(kinds).map((step, place) => [step, place]));

export const kindOf = (step: Step): EventKind => kinds[step];

export interface Happened {
  account: string;
  resource: string;
  ats_id: string | null;
  /** To the microsecond, all in one form. */
  at: string;
  step: Step;
  /** Grows with what is written into one table; of a write it is the same at each step. */
  number: number;
}

/** While a write is on its way, only its answer brings these about. */
const settling: ReadonlySet<Step> = new Set(['linked', 'agreed', 'became']);

/**
 * Oldest first. What an answer brought about has the time at which its transaction began, so a little before the answer was
 * put down: it is told with the time of the answer, and after it.
 */
export function inOrder<E extends Happened>(events: readonly E[]): E[] {
  const rowOf = ({ account, resource, ats_id }: E) => JSON.stringify([account, resource, ats_id]);
  const byRow = new Map<string, E[]>();
  for (const one of events) byRow.set(rowOf(one), [...(byRow.get(rowOf(one)) ?? []), one]);
  const later = new Map<E, string>();
  for (const ofRow of byRow.values()) {
    for (const { number, at: answered } of ofRow.filter(({ step }) => step === 'answered')) {
      const sent = ofRow.find((one) => one.step === 'sent' && one.number === number)?.at ?? answered;
      const settled = ofRow.filter(({ step, at }) => settling.has(step) && sent < at && at < answered);
      const times = new Set(settled.map(({ at }) => at));
      for (const one of ofRow) if (times.has(one.at)) later.set(one, answered);
    }
  }
  return events.map((one) => ({ ...one, at: later.get(one) ?? one.at })).sort(byTime);
}

function byTime(a: Happened, b: Happened): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return places.get(a.step)! - places.get(b.step)! || a.number - b.number;
}

/** @param time as PostgreSQL writes it into JSON, in UTC. @returns RFC 3339 with microseconds; null of what is no time */
export function momentOf(time: unknown): string | null {
  const [, second, fraction = ''] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00:00$/.exec(String(time)) ?? [];
  return second === undefined ? null : `${second}.${fraction.padEnd(6, '0')}Z`;
}
