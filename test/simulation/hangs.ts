/**
 * Requests that are never answered. The program gives them up by its own timers; those end once nothing but what hangs is on
 * its way, so nobody waits for them.
 */
import type { Meddling } from './process.js';
import type { World } from './world.js';

/** As no other wait of the program is long. */
const patienceSeconds = 31;
export const patience = { SPARKHIRE_REQUEST_TIMEOUT_SECONDS: String(patienceSeconds) };

type Emulator = World['scene']['emulator'];

/** Until no request is on its way: what a machine had in its buffers has arrived. */
export async function arrived({ requests }: Emulator, from: number): Promise<void> {
  const onTheWay = () => requests.slice(from).some(({ status, fault }) => status === 0 && fault === null);
  // An answer takes some turns to be read, and may have another request follow.
  for (let quiet = 0; quiet < 15; quiet += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (onTheWay()) quiet = 0;
  }
}

/** Has requests of the program that hang time out. */
export function impatient(emulator: Emulator): Meddling {
  const waiting = new Set<() => void>();
  let looking = false;
  async function look(): Promise<void> {
    looking = true;
    const from = emulator.requests.length - 1;
    await arrived(emulator, from);
    looking = false;
    if (!emulator.requests.slice(from).some(({ fault }) => fault === 'hang')) return;
    emulator.clock.advance(patienceSeconds * 1000);
    for (const giveUp of [...waiting]) giveUp();
  }
  emulator.onRequest(() => {
    if (!looking && emulator.faults.list().some(({ rule }) => rule.effect.kind === 'hang')) void look();
  });
  return {
    after(ms, fn, start) {
      if (ms !== patienceSeconds * 1000) return start();
      waiting.add(fn);
      const cancel = start();
      return () => {
        waiting.delete(fn);
        cancel();
      };
    },
  };
}
