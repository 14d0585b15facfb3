/** How often what can come up did: events, and what the program wrote down about them. */
import type { World } from './world.js';

export class Coverage {
  readonly #times = new Map<string, number>();

  add(name: string, times = 1): void {
    this.#times.set(name, (this.#times.get(name) ?? 0) + times);
  }

  /** Counts what a world left in the database in the end. */
  async look({ scene, taken, within }: World): Promise<void> {
    const rows = await scene.rows<{ name: string; times: number }>(
      `select 'conflict ' || kind as name, count(*)::int as times from sync.conflicts group by 1
       union all select 'issue ' || code, count(*)::int from sync.issues group by 1
       union all select 'intent ' || action || ' ' || state, count(*)::int from sync.intents group by 1
       union all select 'row ' || resource || ' ' || state, count(*)::int from sync.desired_rows group by 1`,
    );
    for (const { name, times } of rows) this.add(name, times);
    for (const decision of taken) this.add(`decision ${decision}`);
    for (const name of within.played) this.add(`within ${name}`);
  }

  table(): string {
    const names = [...this.#times.keys()].sort();
    return names.map((name) => `${String(this.#times.get(name)).padStart(7)}  ${name}`).join('\n');
  }
}
