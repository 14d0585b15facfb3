/** A long run of writes tells how far it is; a short one says nothing. */
import { expect, it } from 'vitest';
import { createLogger } from '../../../src/log.js';
import { writesLog } from '../../../src/service/writes-log.js';

function logged() {
  const lines: Array<Record<string, unknown>> = [];
  const clock = {
    seconds: 0,
    monotonic: () => clock.seconds * 1000,
  };
  const log = createLogger({
    level: 'info',
    destination: {
      write: (line: string) => lines.push(JSON.parse(line)),
    } as unknown as NodeJS.WritableStream,
  });
  return {
    clock,
    lines,
    progress: writesLog(log, clock, () => ({ used: 100, limit: 400, windowMs: 60_000 })),
  };
}

it('tells each half minute how many are written, and how it ended', () => {
  const { clock, lines, progress } = logged();
  progress.begin('jobs', 'writes', 2, 0);
  progress.advance('jobs', 'writes', 2, 2);
  progress.begin('interviews', 'writes', 1000, 0);
  for (let done = 1; done <= 500; done += 1) {
    clock.seconds += 0.125;
    progress.advance('interviews', 'writes', done, 1000);
  }
  progress.end('jobs', 'writes', 'carried over');
  progress.end('interviews', 'writes', 'carried over');
  expect(lines).toMatchObject([
    {
      event: 'writes_progress',
      resource: 'interviews',
      done: 240,
      total: 1000,
      msg: '240 of 1,000 interviews sent, about 2 min left',
    },
    { event: 'writes_progress', resource: 'interviews', done: 480, total: 1000 },
    { event: 'writes_progress', done: 500, msg: '500 of 1,000 interviews sent, carried over' },
  ]);
});

it('says nothing of a run that takes less', () => {
  const { clock, lines, progress } = logged();
  progress.begin('interviews', 'writes', 100, 0);
  clock.seconds = 29;
  progress.advance('interviews', 'writes', 100, 100);
  clock.seconds = 31;
  progress.end('interviews', 'writes', 'carried over');
  expect(lines).toEqual([]);
});
