// The measured process of the endurance bench: all that the service does for one account, ticks back to back.
// Prints a line a tick: its number, RSS and the heap in use, in KB; and now and then one of what is left of both after
// a collection. Ends after as many ticks as the argument says.
import pg from 'pg';
import { openOwnedAccount } from '../dist/account-session.js';
import { systemClock } from '../dist/clock.js';
import { loadSettings } from '../dist/config.js';
import { openDatabase } from '../dist/db/database.js';
import { tryLockAccount } from '../dist/db/locks/account-lock.js';
import { createLogger } from '../dist/log.js';
import { startAccountWorker } from '../dist/service/account-worker.js';
import { createSlots } from '../dist/service/slots.js';
import { createMetrics } from '../dist/web/metrics.js';
import { createReadinessProbe } from '../dist/web/readiness.js';
import { createWebServer } from '../dist/web/server.js';
import { createReceiver } from '../dist/webhooks/receive/deliveries.js';

const wanted = Number(process.argv[2]);
/** After a tick's result comes its bookkeeping; whoever asks for the next before that is not heard, and asks again. */
const restMs = 10;
/** After so many ticks garbage is collected, to see what is kept. */
const collectEvery = 250;

const settings = loadSettings();
const [account] = settings.accounts;
const log = createLogger({ level: settings.log.level });
const db = openDatabase(settings.database.url, { maxConnections: settings.database.maxConnections });
const metrics = createMetrics();
const receiver = createReceiver({
  db,
  accounts: [account.name],
  log,
  onOutcome: (outcome) => metrics.onWebhook(outcome),
});
const readiness = createReadinessProbe({
  db,
  state: () => [{ account: account.name, role: 'owner' }],
  staleSeconds: settings.http.staleSeconds,
  log,
});
const web = createWebServer({ receiver, readiness, metrics, log });
const { url } = await web.listen('127.0.0.1', 0);
settings.http.publicUrl = url;

const stop = new AbortController();
const lock = await tryLockAccount(settings.database.url, account.name, stop.signal);
const owned = await openOwnedAccount({
  account,
  db,
  log,
  signal: stop.signal,
  fence: lock.confirm,
  onRequest: (event) => metrics.onRequest(account.name, event),
});
metrics.attach({ limiters: () => new Map([[account.name, owned.limiter]]), db });

let ticks = 0;
let failed = 0;
let applied = 0;
let asking = null;
let finish;
const finished = new Promise((resolve) => {
  finish = resolve;
});
const worker = await startAccountWorker({
  owned,
  settings,
  clock: systemClock,
  log,
  signal: stop.signal,
  slots: { sweep: createSlots(settings.mirror.concurrentSweeps), housekeeping: createSlots(1) },
  sweepPeriodMs: 86_400_000,
  observer: {
    onRun(name, kind, result) {
      const { created, updated, deleted } = result.resources.interviews ?? {
        created: 0,
        updated: 0,
        deleted: 0,
      };
      metrics.onRun(name, kind, result.ok ? 'succeeded' : 'failed', {
        interviews: { created, updated, deleted },
      });
      if (!result.ok) failed++;
      if (kind !== 'tick') return;
      ticks++;
      const { rss, heapUsed } = process.memoryUsage();
      process.stdout.write(`${ticks} ${Math.round(rss / 1024)} ${Math.round(heapUsed / 1024)}\n`);
      if (ticks % collectEvery === 0) tellKept();
      if (ticks === wanted) finish();
      ask(restMs);
    },
    onApplied(_, { outcomes }) {
      for (const [outcome, count] of Object.entries(outcomes)) {
        applied += count;
        if (count > 0) metrics.onApplied(outcome, count);
      }
    },
  },
});

function tellKept() {
  // Twice: what a finalizer lets go is collected by the next.
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  process.stdout.write(`kept ${ticks} ${Math.round(rss / 1024)} ${Math.round(heapUsed / 1024)}\n`);
}

/** Asks for ticks until one has ended. */
function ask(ms) {
  clearTimeout(asking);
  asking = setTimeout(() => {
    worker.tick();
    ask(50);
  }, ms);
}

const listener = new pg.Client({ connectionString: settings.database.url });
await listener.connect();
listener.on('notification', () => worker.wakeEvents());
await listener.query('listen sparkhire_webhooks');

process.stdout.write(`listening ${url}\n`);
process.on('SIGTERM', finish);
ask(0);
await finished;
clearTimeout(asking);
stop.abort(new Error('done'));
await owned.close();
await worker.ended();
await lock.release();
await Promise.all([web.close(), listener.end()]);
await receiver.settle();
await db.destroy();
process.stdout.write(`done ${JSON.stringify({ ticks, failed, applied })}\n`);
