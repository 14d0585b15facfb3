/** A process that dies around one of its requests. */
import { expect } from 'vitest';
import type { Program } from './program.js';
import type { PushScene } from './push-scene.js';
import { eventually } from './service.js';

/** How many things were made: what a write that was done leaves behind. */
const made = ({ emulator: { state } }: PushScene) =>
  state.users.size + state.jobs.size + state.interviews.size + state.shareLinks.size;

/**
 * Kills the program around its nth request that matches.
 * before: it never reaches Spark Hire. during: it does, whoever waits for the answer. after: it was carried out, and
 * the answer was on its way.
 */
export function killAround(
  scene: PushScene,
  when: 'before' | 'during' | 'after',
  matches: (request: { method: string; path: string }) => boolean,
  nth: number,
  program: () => Program,
): void {
  const { emulator } = scene;
  let seen = 0;
  const stop = emulator.onRequest(async (request) => {
    if (!matches(request)) return;
    seen += 1;
    if (seen !== nth) return;
    stop();
    const victim = program();
    if (when === 'after') {
      const pattern = new RegExp(`^${request.path}$`);
      const effect = { kind: 'hang', when: 'after' } as const;
      emulator.faults.add({ method: request.method, path: pattern, count: 1, effect });
      const before = made(scene);
      void eventually(() => expect(made(scene)).toBeGreaterThan(before)).then(() => victim.kill('SIGKILL'));
      return;
    }
    victim.kill('SIGKILL');
    if (when === 'during') return;
    await victim.ended;
    throw new Error('lost on the way');
  });
}
