// Preloaded into the program: each SIGUSR2 sets its clocks forward or back, by so many milliseconds, and says so.
import { writeSync } from 'node:fs';

const RealDate = Date;
const sinceStart = performance.now.bind(performance);
/** The time of day, as a person or NTP sets it; and the time that only grows, as if so much had gone by. */
const ofDay = Number(process.env.CLOCK_SHIFT_MS ?? 0);
const gone = Number(process.env.TIME_GONE_MS ?? 0);
let times = 0;
process.on('SIGUSR2', () => {
  times += 1;
  writeSync(2, '{"event":"clock_shifted"}\n');
});
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + times * ofDay);
    else super(...given);
  }
  static now() {
    return RealDate.now() + times * ofDay;
  }
};
performance.now = () => sinceStart() + times * gone;
