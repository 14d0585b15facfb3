/** What happens while the program runs: between two of its requests, or between one and its answer. */
import type { Play } from './rows.js';
import type { World } from './world.js';

interface Armed {
  /** How many requests come before it. */
  after: number;
  /** Whether the request has been carried out by then, and only its answer has not left. */
  answered: boolean;
  name: string;
  happens: () => unknown;
}

export class Within {
  #armed: Armed[] = [];
  #happening = 0;
  /** What has happened within a run. */
  readonly played: string[] = [];

  /** It happens in the run that comes to that request: the next one, if it is long enough. */
  arm(one: Armed): void {
    this.#armed.push(one);
  }

  /** Nothing may happen within the next run. */
  get isQuiet(): boolean {
    return this.#armed.length === 0;
  }

  /** Something happens within a run just now: a command would wait for the end of that run, and that for it. */
  get isHappening(): boolean {
    return this.#happening > 0;
  }

  clear(): void {
    this.#armed = [];
  }

  /**
   * Watches a run.
   * @param between has it happen; how many requests have arrived that are not handled yet is told
   * @returns how to stop, once all has happened that began
   */
  watch({ scene: { emulator } }: World, between: (waiting: number, happens: () => unknown) => Promise<void>) {
    let last = Promise.resolve();
    const hook = (answered: boolean) => (request: (typeof emulator.requests)[number]) => {
      const due = this.#armed.filter((one) => one.answered === answered && one.after-- <= 0);
      this.#armed = this.#armed.filter((one) => !due.includes(one));
      for (const { name, happens } of due) {
        const before = last;
        last = (async () => {
          await before;
          this.played.push(name);
          const isLatest = request === emulator.requests.at(-1);
          this.#happening += 1;
          await between(!answered && isLatest ? 1 : 0, happens);
          this.#happening -= 1;
        })();
      }
      return due.length > 0 ? last : undefined;
    };
    const off = [emulator.onRequest(hook(false)), emulator.onAnswer(hook(true))];
    return async () => {
      for (const stop of off) stop();
      await last;
    };
  }
}

/** Has one of these happen within a run, mostly one that follows at once. */
export const within =
  (events: Readonly<Record<string, Play>>): Play =>
  async (world, numbers) => {
    const { a, b, c } = numbers;
    const names = Object.keys(events);
    for (const turn of c % 4 === 0 ? [0, 1] : [0]) {
      const name = names[(b + 11 * turn) % names.length]!;
      world.within.arm({
        after: (a + 3 * turn) % 14,
        answered: c % 3 === 0,
        name,
        happens: () => events[name]!(world, { a: a * 7 + c + turn, b: b * 5 + a, c: c * 3 + b }),
      });
    }
    const command = ['apply', 'apply', 'sync', 'backfill', undefined][(a + b) % 5];
    if (command !== undefined) await world.run([command]);
  };
