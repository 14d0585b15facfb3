/** Lines of log for people. A file of its own: what makes them readable takes longer to load than most commands run. */
import type { Writable } from 'node:stream';
import pretty from 'pino-pretty';

/** @returns where JSON lines go to come out readable at `destination` */
export function readableLines(destination: NodeJS.WritableStream, colors: boolean): NodeJS.WritableStream {
  return pretty({
    // By its number, so that a line is out before the process ends.
    destination: destination === process.stderr ? 2 : (destination as Writable),
    sync: true,
    colorize: colors,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,event',
    singleLine: true,
  });
}
