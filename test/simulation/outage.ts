/**
 * A PostgreSQL that goes away under the program: at one of its statements all connections end, and for a while nobody
 * gets another, or only ones that cannot write (a replica that was promised too early). The program itself lives on.
 */
import type pg from 'pg';
import { pass } from './clocks.js';
import { breakOff, type Meddling, meddle, unmeddled } from './process.js';
import type { Play } from './rows.js';

export interface Outage {
  /** Statements that come through before. */
  after: number;
  /** Whether the next one reaches PostgreSQL, and only its answer does not come. */
  answerless: boolean;
  /** How new connections are then. */
  comesBack: 'at once' | 'refused' | 'read only';
  /** How many new ones are so, before all is well again. */
  lasts: number;
}

/** Has the program do something while PostgreSQL fails it. */
export function during<T>(
  { after, answerless, comesBack, lasts }: Outage,
  work: () => Promise<T>,
): Promise<T> {
  let left = after;
  let wrong = lasts;
  let isCut = false;
  const connections = new Set<pg.Client>();
  const failing: Meddling = {
    query(client, _, send) {
      if (isCut) return send();
      connections.add(client);
      if (left-- > 0) return send();
      isCut = true;
      return breakOff(connections, answerless ? send : undefined);
    },
    async connect(client, connect) {
      const isWrong = comesBack !== 'at once' && (isCut || left === 0) && wrong-- > 0;
      if (isWrong && comesBack === 'refused')
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      const connected = await connect();
      if (isWrong) await unmeddled(client, 'set default_transaction_read_only = on');
      return connected;
    },
  };
  return meddle(failing, work);
}

const kinds = ['at once', 'refused', 'read only'] as const;

/** Also from the first statement on: then it is away, or read only, when the program begins. */
const drawn = (a: number, b: number): Outage => ({
  after: a % 4 === 0 ? 0 : 5 + (a % 110),
  answerless: b % 2 === 0,
  comesBack: kinds[b % 3]!,
  lasts: 1 + (b % 7),
});

/** @param service what a service does in its turn */
export const outages = (service: Play): Record<string, Play> => ({
  async outage(world, { a, b, c }) {
    await during(drawn(a, b), () => world.run([['apply', 'sync', 'backfill'][c % 3]!]));
    await pass(world, 10);
  },
  async outageInService(world, numbers) {
    await during(drawn(numbers.c, numbers.a), async () => service(world, numbers));
    await pass(world, 10);
  },
});
