import { Random } from './random.js';

/** What goes wrong. `when`: before the request is handled, or after, when a write has been done. */
export type FaultEffect =
  /** Waits, then goes on as if nothing were; adds up with other rules. Milliseconds. */
  | { kind: 'latency'; ms: number }
  | {
      kind: 'status';
      status: number;
      body?: 'json' | 'html' | 'empty';
      code?: string;
      headers?: Record<string, string>;
      when?: 'before' | 'after';
    }
  /** A page of HTML with status 200. */
  | { kind: 'html' }
  /** Half of the body; with `closes` the connection breaks in the middle, else the length fits. */
  | { kind: 'truncated'; closes?: boolean }
  /** The connection is reset. */
  | { kind: 'reset'; when: 'before' | 'after' }
  /** No answer ever comes. */
  | { kind: 'hang'; when: 'before' | 'after' }
  /** JSON, but an object for an array or the other way round. */
  | { kind: 'wrong-shape' }
  /** A GET is answered as things stood before the last so many requests. */
  | { kind: 'stale'; requests: number }
  /** A 429 out of turn; without seconds it does not say how long to wait. */
  | { kind: 'rate-limited'; retryAfter?: number | string };

export const effectKinds = [
  'latency',
  'status',
  'html',
  'truncated',
  'reset',
  'hang',
  'wrong-shape',
  'stale',
  'rate-limited',
] as const satisfies ReadonlyArray<FaultEffect['kind']>;

/** Which requests a fault meets. Everything left out matches. */
export interface FaultRule {
  method?: string;
  /** Against the path with its query, `/v1.0` included: `/v1.0/jobs?range=1-20`. */
  path?: RegExp | string;
  /** Only the nth matching request (from 1). */
  nth?: number;
  /** Only every nth matching request. */
  every?: number;
  /** 0 to 1, from the seeded stream. */
  probability?: number;
  /** At most so many times. */
  count?: number;
  effect: FaultEffect;
}

interface Installed {
  id: number;
  rule: FaultRule;
  pattern: RegExp | undefined;
  matched: number;
  fired: number;
}

/** The faults in force. The first rule that fires decides; latencies add up on the way. */
export class FaultRules {
  #installed: Installed[] = [];
  #nextId = 1;
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(`faults ${seed}`);
  }

  /** @returns an id for {@link remove} @throws SyntaxError if the path is no regular expression */
  add(rule: FaultRule): number {
    const pattern = typeof rule.path === 'string' ? new RegExp(rule.path) : rule.path;
    const id = this.#nextId++;
    this.#installed.push({ id, rule, pattern, matched: 0, fired: 0 });
    return id;
  }

  remove(id: number): boolean {
    const before = this.#installed.length;
    this.#installed = this.#installed.filter((one) => one.id !== id);
    return this.#installed.length < before;
  }

  clear(): void {
    this.#installed = [];
  }

  /** How many requests back an answer may have to show. */
  get depth(): number {
    return Math.max(
      0,
      ...this.#installed.map(({ rule: { effect } }) => (effect.kind === 'stale' ? effect.requests : 0)),
    );
  }

  /** The rules with how many requests matched them and how often they fired. */
  list(): Array<{ id: number; rule: FaultRule; matched: number; fired: number }> {
    return this.#installed.map(({ id, rule, matched, fired }) => ({ id, rule, matched, fired }));
  }

  /** @param target the path with its query */
  meet(method: string, target: string): { latencyMs: number; effect?: FaultEffect } {
    let latencyMs = 0;
    for (const one of this.#installed) {
      const { rule } = one;
      if (rule.method !== undefined && rule.method.toUpperCase() !== method) continue;
      if (one.pattern && target.search(one.pattern) < 0) continue;
      one.matched++;
      if (rule.nth !== undefined && one.matched !== rule.nth) continue;
      if (rule.every !== undefined && one.matched % rule.every !== 0) continue;
      if (rule.count !== undefined && one.fired >= rule.count) continue;
      if (rule.probability !== undefined && !this.#random.chance(rule.probability)) continue;
      one.fired++;
      if (rule.effect.kind !== 'latency') return { latencyMs, effect: rule.effect };
      latencyMs += rule.effect.ms;
    }
    return { latencyMs };
  }
}
