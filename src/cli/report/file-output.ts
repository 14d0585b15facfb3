/** What a process writes to a file or device: a disk that is full costs lines, and ends nothing. */
import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/** Writes bytes to a descriptor as `fs.writeSync` does: so many of them may be fewer. */
export type Write = (fd: number, bytes: Uint8Array) => number;

/**
 * Each chunk is a line or several. Those that cannot be written are left out, and told of in a line of the log once there is
 * room again.
 */
export function fileOutput(fd: number, write: Write = writeSync): Writable {
  let lost = 0;
  let why = '';
  let isMidLine = false;
  const put = (text: string | Uint8Array) => {
    let rest = typeof text === 'string' ? Buffer.from(text) : text;
    while (rest.length > 0) {
      rest = rest.subarray(write(fd, rest));
      isMidLine = rest.length > 0;
    }
  };
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        if (isMidLine) put('\n');
        if (lost > 0) put(lostLine(lost, why));
        lost = 0;
        put(chunk);
      } catch (error) {
        lost += chunk.toString('latin1').split('\n').length - 1 || 1;
        why = (error as NodeJS.ErrnoException).code ?? String(error);
      }
      done();
    },
  });
}

function lostLine(lost: number, why: string): string {
  const msg = `${lost} ${lost === 1 ? 'line' : 'lines'} of the log could not be written (${why})`;
  return `${JSON.stringify({ level: 40, time: new Date().toISOString(), event: 'log_lines_lost', lost, msg })}\n`;
}
