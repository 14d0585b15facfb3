/**
 * A program that dies between two of its statements: from then on it reaches the database no more, and so sends nothing
 * either, since each request needs a sign from there that it still has the account.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import type { PushScene } from '../support/push-scene.js';

export interface Death {
  /** Statements that still come through. */
  after: number;
  /** Whether the next one reaches PostgreSQL, and only its answer does not come. */
  answerless: boolean;
}

interface Life {
  left: number;
  answerless: boolean;
  dead: boolean;
  connections: Set<pg.Client>;
}

const lives = new AsyncLocalStorage<Life>();
const lifeOf = new WeakMap<pg.Client, Life>();
const { query } = pg.Client.prototype;

pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
  const life = lifeOf.get(this) ?? lives.getStore();
  if (life === undefined) return Reflect.apply(query, this, args);
  lifeOf.set(this, life);
  life.connections.add(this);
  if (life.dead) throw new Error('Connection terminated unexpectedly');
  if (life.left-- > 0) return Reflect.apply(query, this, args);
  life.dead = true;
  const sent = life.answerless ? Reflect.apply(query, this, args) : undefined;
  setImmediate(() => {
    for (const connection of life.connections) {
      (connection as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    }
  });
  if (sent === undefined) throw new Error('Connection terminated unexpectedly');
  return sent;
} as typeof pg.Client.prototype.query;

/** Runs a command to its end, or to its death. @returns null for the code of one that died */
export async function dyingProgram(
  scene: PushScene,
  args: string[],
  more: Record<string, string | undefined>,
  death?: Death,
  input?: string,
): Promise<{ code: number | null; output: string }> {
  const run = () => scene.run(args, more, input);
  if (death === undefined) {
    const { code, stdout, stderr } = await run();
    return { code, output: `${stdout}\n${stderr}` };
  }
  const life = {
    left: death.after,
    answerless: death.answerless,
    dead: false,
    connections: new Set<pg.Client>(),
  };
  const { code, stdout, stderr } = await lives.run(life, run);
  // What the dying say is nobody's business: the process is gone.
  return life.dead ? { code: null, output: '' } : { code, output: `${stdout}\n${stderr}` };
}
