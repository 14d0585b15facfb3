/** Where a command logs: JSON lines on stderr, readable ones on a terminal. */
import { createLogger, type Logger } from '../../log.js';
import type { Invocation } from '../invocation.js';
import { hasColors } from './terminal.js';

/** @param bars where lines go while bars are drawn: they are for people, so what is logged between them is too */
export async function commandLog(
  invocation: Pick<Invocation, 'stderr' | 'env' | 'noColor'>,
  { log: { level } }: { log: { level: string } },
  bars?: NodeJS.WritableStream,
): Promise<Logger> {
  const { stderr } = invocation;
  if (bars === undefined && stderr.isTTY !== true) return createLogger({ level, destination: stderr });
  const { readableLines } = await import('./readable-lines.js');
  return createLogger({ level, destination: readableLines(bars ?? stderr, hasColors(invocation, stderr)) });
}
