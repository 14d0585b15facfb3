/**
 * A program that dies between two of its statements: from then on it reaches the database no more, and so sends nothing
 * either, since each request needs a sign from there that it still has the account.
 */
import type pg from 'pg';
import type { PushScene } from '../support/push-scene.js';
import { breakOff, meddle, terminated } from './process.js';

export interface Death {
  /** Statements that still come through. */
  after: number;
  /** Whether the next one reaches PostgreSQL, and only its answer does not come. */
  answerless: boolean;
  /** No more come through once something is made here, by the end of the path. */
  made?: string;
}

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
  let left = death.after;
  let isDead = false;
  const connections = new Set<pg.Client>();
  const dying = {
    query(client: pg.Client, _: unknown, send: () => unknown) {
      connections.add(client);
      if (isDead) throw terminated();
      if (left-- > 0) return send();
      isDead = true;
      return breakOff(connections, death.answerless ? send : undefined);
    },
  };
  const { made } = death;
  const stop = scene.emulator.onRequest(({ method, path }) => {
    if (made !== undefined && method === 'POST' && path.endsWith(made)) left = 0;
  });
  const { code, stdout, stderr } = await meddle(dying, run);
  stop();
  // What the dying say is nobody's business: the process is gone.
  return isDead ? { code: null, output: '' } : { code, output: `${stdout}\n${stderr}` };
}
