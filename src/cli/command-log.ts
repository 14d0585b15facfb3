/** Where a command logs: JSON lines on stderr, readable ones on a terminal. */
import { createLogger, type Logger } from '../log.js';
import type { Invocation } from './invocation.js';

/** @param bars where lines go while bars are drawn: they are for people, so what is logged between them is too */
export async function commandLog(
  { stderr }: Pick<Invocation, 'stderr'>,
  { log: { level } }: { log: { level: string } },
  bars?: NodeJS.WritableStream,
): Promise<Logger> {
  if (bars === undefined && stderr.isTTY !== true) return createLogger({ level, destination: stderr });
  const { readableLines } = await import('./readable-lines.js');
  return createLogger({ level, destination: readableLines(bars ?? stderr, stderr.isTTY === true) });
}
