/** How often what can come up did: events and pairs of them, and what the program wrote down about them. */
import { explain } from '../../src/conflicts/choices.js';
import { conflictKinds } from '../../src/reconcile/conflict-kinds.js';
import { intentStates, issueCodes, rowStates } from '../../src/reconcile/types.js';
import { eventOutcomes } from '../../src/webhooks/outcomes.js';
import type { World } from './world.js';

const resources = ['users', 'jobs', 'interviews'];
const kinds = Object.keys(conflictKinds);

/** Choices as people are offered them, whatever they are about. */
export const choiceOf = (take: string) => take.replace(/:.*/, ':UUID');

function choices(): string[] {
  const several = [{ uuid: 'a' }, { uuid: 'b' }];
  const offered = kinds.flatMap((kind) =>
    resources.flatMap((resource) =>
      [{ uuid: 'a' }, several].flatMap((seen) =>
        explain({ kind, resource, seen }).choices.map(({ take }) => `decision ${kind} ${choiceOf(take)}`),
      ),
    ),
  );
  return [...new Set(offered), 'decision mass_change approve', 'decision moved approve'];
}

/** What ought to come up, each under the name it is counted by. */
function expected(events: readonly string[]): string[] {
  return [
    ...events.map((name) => `event ${name}`),
    ...kinds.map((kind) => `conflict ${kind}`),
    ...choices(),
    ...issueCodes.map((code) => `issue ${code}`),
    ...intentStates.map((state) => `intent ${state}`),
    ...resources.flatMap((resource) => rowStates.map((state) => `row ${resource} ${state}`)),
    ...eventOutcomes.map((outcome) => `webhook ${outcome}`),
  ];
}

export class Coverage {
  readonly #times = new Map<string, number>();
  readonly #pairs = new Map<string, number>();

  constructor(private readonly events: readonly string[]) {}

  #add(name: string, times = 1): void {
    this.#times.set(name, (this.#times.get(name) ?? 0) + times);
  }

  /** An event, and the one before it in its day. */
  event(name: string, before: string | null): void {
    this.#add(`event ${name}`);
    if (before === null) return;
    const pair = `${before} ${name}`;
    this.#pairs.set(pair, (this.#pairs.get(pair) ?? 0) + 1);
  }

  /** What is written down just now: each kind counts once a look. States that pass are met only so. */
  async look({ scene }: World): Promise<void> {
    const rows = await scene.rows<{ name: string }>(
      `select distinct 'conflict ' || kind as name from sync.conflicts
       union all select distinct 'issue ' || code from sync.issues
       union all select distinct 'intent ' || state from sync.intents
       union all select distinct 'webhook ' || coalesce(outcome, state) from sync.webhook_events
       union all select distinct concat_ws(' ', 'row', resource, state) from sync.desired_rows`,
    );
    for (const { name } of rows) this.#add(name);
  }

  decided({ taken, within }: World): void {
    for (const decision of taken) this.#add(`decision ${decision}`);
    for (const name of within.played) this.#add(`within ${name}`);
  }

  /** As values: what never came up although it might, how often each else did, and each pair of events. */
  json(): {
    never: string[];
    times: Record<string, number>;
    pairs: Record<string, number>;
    events: number;
  } {
    const sorted = (counted: Map<string, number>) =>
      Object.fromEntries([...counted].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      never: expected(this.events).filter((name) => !this.#times.has(name)),
      times: sorted(this.#times),
      pairs: sorted(this.#pairs),
      events: this.events.length,
    };
  }
}
