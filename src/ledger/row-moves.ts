/**
 * What may become of a row of the ATS: its states, and the events that move it from one to another. Pure.
 *
 *   pending     to be decided, or decided and about to be sent
 *   held        waits for something that is not in the row: a parent, a key, a slot of the plan
 *   rejected    something in the row is wrong, or Spark Hire refused it: waits for another content
 *   conflict    waits for a person
 *   in_flight   a write of it may be on its way: nothing else is sent until its outcome is known
 *   synced      both sides agree
 *   gone        the ATS does not want it (any more), and nothing is left to be done
 */
import type { RowState } from '../reconcile/types.js';

export interface RowMove {
  /** States that it moves a row from. In another one the row stays as it is; so does one that is not known. */
  from: readonly RowState[];
  to: readonly RowState[];
  /** A row that is not known is put down with it. */
  makes?: true;
}

const any = ['pending', 'held', 'rejected', 'conflict', 'in_flight', 'synced', 'gone'] as const;
const notInFlight = ['pending', 'held', 'rejected', 'conflict', 'synced', 'gone'] as const;

/** The only moves there are. Each statement that writes a state is made from this table (rows.ts). */
export const rowMoves = {
  /** A row nobody knew. */
  arrived: { from: [], to: ['pending'], makes: true },
  /** A package or share request: it is read with the rows that it is for, and nothing of it is sent. */
  read: { from: any, to: ['synced', 'gone'], makes: true },
  decided: { from: any, to: any, makes: true },
  /** The request leaves now. */
  sent: { from: ['pending'], to: ['in_flight'] },
  /** Nobody may act for it just now. */
  held: { from: ['pending', 'in_flight', 'held'], to: ['held'] },
  /** Its intent ended, and surely was not sent. */
  unsent: { from: ['in_flight'], to: ['pending'] },
  /** Spark Hire shows it, or said that it is done; `pending` where more is to be done. */
  confirmed: { from: any, to: notInFlight, makes: true },
  /** Another row stands for its object. */
  taken: { from: any, to: ['rejected'], makes: true },
  /** `held` where the plan has no room for it. */
  refused: { from: any, to: ['rejected', 'held'] },
  /** The answer was lost. */
  doubtful: { from: ['pending'], to: ['in_flight'] },
  /** It was looked for to the end, and is not there. */
  absent: { from: any, to: ['pending'], makes: true },
  /** Nobody can tell: a person is asked. */
  asked: { from: any, to: ['conflict'] },
  /** Another row got its object: it is done, or decided again. */
  handed_over: { from: any, to: ['gone', 'pending'] },
  /** It got the object that the other row had. */
  exchanged: { from: any, to: ['pending'] },
} as const satisfies Record<string, RowMove>;

export type RowEvent = keyof typeof rowMoves;
export const rowEvents = Object.keys(rowMoves) as RowEvent[];

/**
 * @param from null for a row that is not known
 * @returns its state after the event; null if it is not known then either
 * @throws if there is no such event
 */
export function moved(from: RowState | null, event: RowEvent, to: RowState): RowState | null {
  assertMove(event, to);
  const move: RowMove = rowMoves[event];
  if (from === null) return move.makes === true ? to : null;
  return move.from.includes(from) ? to : from;
}

/** @throws if the event moves no row there: a fault of the program */
export function assertMove(event: RowEvent, to: RowState): void {
  const move: RowMove = rowMoves[event];
  if (!move.to.includes(to)) throw new Error(`no row becomes ${to} when it is ${event}`);
}
