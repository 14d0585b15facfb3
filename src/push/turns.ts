/** How often rows have their turn in one push. A row that comes again and again, and is the same each time, would never let it end. */
import { type PlannedAction, rowName } from '../reconcile/actions.js';
import type { Decided } from './decide/decided.js';

/** What is made, canceled and made again takes a few. */
const most = 10;

export class Turns {
  /** Of rows that had a turn after the first plan: how often in a row they were as the ATS has them now. */
  readonly #had = new Map<string, { hash: string | null; times: number }>();
  /** Of what the present plan is to do, by row; null: it is the first, which ends by itself. */
  #planned: Map<string, string | null> | null = null;
  #isFirst = true;
  #endless: PlannedAction | null = null;

  /**
   * With a new plan. All of the plan before has been carried out.
   * @throws if a row has had its turn so often that it is a fault of the program
   */
  begin(decided: readonly Decided[]): void {
    if (this.#endless !== null) {
      const { resource, atsId, action } = this.#endless;
      throw new Error(
        `row ${atsId} (${resource}) had its turn more than ${most} times in one round, the last time for "${action}", although the ATS did not change it: the round was ended, and all other rows were carried out`,
      );
    }
    if (!this.#isFirst)
      this.#planned = new Map(
        decided.flatMap(({ decision, read }) =>
          decision.action === null ? [] : [[rowName(decision), read.hash] as const],
        ),
      );
    this.#isFirst = false;
  }

  /** It was carried out. */
  had(action: PlannedAction): void {
    if (this.#planned === null) return;
    const name = rowName(action);
    const hash = this.#planned.get(name) ?? null;
    const before = this.#had.get(name);
    const times = before?.hash === hash ? before.times + 1 : 1;
    this.#had.set(name, { hash, times });
    if (times > most) this.#endless ??= action;
  }
}
