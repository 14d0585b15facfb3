#!/bin/sh
# node-cron 4.6.0 finds no time in the hour that comes twice when clocks go back, and passes over the only time of a day
# that lacks it. Exits with 0 while that is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-cron@4.6.0
cat >look.mjs <<'END'
import { readFileSync } from 'node:fs';
import cron from 'node-cron';

const { version } = JSON.parse(readFileSync('node_modules/node-cron/package.json', 'utf8'));
console.log(`node-cron ${version}, Node ${process.version}, ICU ${process.versions.icu}`);

// getNextRuns() asks `new Date()` for the present: it is set.
const RealDate = Date;
function at(iso) {
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      super(...(args.length === 0 ? [RealDate.parse(iso)] : args));
    }
    static now() {
      return RealDate.parse(iso);
    }
  };
}
function next(expression, timezone, from, count) {
  at(from);
  const task = cron.createTask(expression, () => {}, { timezone });
  const times = task.getNextRuns(count).map((date) => date.toISOString());
  void task.destroy();
  globalThis.Date = RealDate;
  console.log(`${expression}  ${timezone}  after ${from}:\n  ${times.join('\n  ')}`);
  return times;
}

const zone = 'America/New_York';
let asSeen = true;

console.log('\nAutumn: 05:59Z is 01:59 of summer time, 06:00Z is 01:00 of winter time.');
const autumn = next('* * * * *', zone, '2026-11-01T05:58:30Z', 3);
const wait = (RealDate.parse(autumn[1]) - RealDate.parse(autumn[0])) / 60_000;
console.log(`  between the first two: ${wait} minutes, of a schedule for every minute`);
asSeen &&= wait > 1;

console.log('\nSpring: 2026-03-08 has no 02:30.');
const spring = next('30 2 * * *', zone, '2026-03-07T12:00:00Z', 2);
const hours = (RealDate.parse(spring[0]) - RealDate.parse('2026-03-07T07:30:00Z')) / 3600_000;
console.log(`  from 02:30 of the 7th to the next: ${hours} hours, of a schedule for every day`);
asSeen &&= hours > 25;

console.log('\nA day of the month and of the week together mean days that are both (cron: either).');
const both = next('0 0 13 * 5', 'UTC', '2026-01-01T00:00:00Z', 3);
asSeen &&= both.every((time) => new RealDate(time).getUTCDay() === 5 && new RealDate(time).getUTCDate() === 13);

console.log(asSeen ? '\nAs seen before.' : '\nThis has changed.');
process.exit(asSeen ? 0 : 1);
END
node look.mjs
