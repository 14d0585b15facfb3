/** A process that dies around one of its requests. */
import type { RunningProcess } from './process.js';

type Asked = { method: string; path: string };
type On = (hook: (request: Asked) => Promise<void>) => () => void;

export type Moment = 'before' | 'during' | 'after';

/**
 * Kills a process around its nth request that matches.
 * before: it never reaches the emulator. during: it does, whoever waits for the answer. after: it was carried out, and
 * the answer was on its way.
 */
export function killAround(
  emulator: { onRequest: On; onAnswer: On },
  when: Moment,
  matches: (request: Asked) => boolean,
  nth: number,
  victim: Pick<RunningProcess, 'kill' | 'ended'>,
): void {
  let seen = 0;
  const listen = when === 'after' ? emulator.onAnswer : emulator.onRequest;
  const stop = listen(async (request) => {
    if (!matches(request)) return;
    seen += 1;
    if (seen !== nth) return;
    stop();
    victim.kill('SIGKILL');
    if (when === 'during') return;
    await victim.ended;
    if (when === 'before') throw new Error('lost on the way');
  });
}
