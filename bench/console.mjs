// What the console's first page and its search take, in a company with years of history.
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { withFilled } from './database.mjs';
import { fill } from './explain.mjs';
import { fixed, percentile, printTable, whole } from './figures.mjs';

const rounds = 200;
const token = 'bench-admin-token-0123';
const given = ['Ada', 'Mateus', 'Nadia', 'Oluwaseun', 'Søren', 'Ngoc', 'Jan', 'Ewa', 'Maria', 'Li'];

export { bench as console };

async function bench({ quick, server }) {
  const interviews = quick ? 100_000 : 1_000_000;
  const names = `'{${given.join(',')}}'::text[]`;
  const filled = async (client) => {
    await fill(client, interviews, `(${names})[n % ${given.length} + 1] || ' Family' || n % 9973`);
    await history(client);
  };
  return withFilled(server, { fill: filled, maxConnections: 4 }, async ({ url, db }) => {
    const { loadSettings } = await import('../dist/config.js');
    const { createConsole } = await import('../dist/console/index.js');
    const { createWebServer } = await import('../dist/web/server.js');
    const { createLogger } = await import('../dist/log.js');
    const { systemClock } = await import('../dist/clock.js');
    const log = createLogger({ level: 'error' });
    const settings = loadSettings({ environment: { SPARKHIRE_API_KEY: 'none' } });
    const stop = new AbortController();
    const pages = createConsole({
      tokens: { admin: token },
      context: {
        db,
        databaseUrl: url,
        settings,
        accounts: settings.accounts,
        clock: systemClock,
        log,
        signal: stop.signal,
      },
    });
    const web = createWebServer({
      receiver: { handle: (_, response) => void response.writeHead(404).end() },
      readiness: async () => ({ ready: true, troubles: [], accounts: [] }),
      metrics: { contentType: 'text/plain', text: async () => '' },
      pages,
      log,
    });
    const { url: address } = await web.listen('127.0.0.1', 0);
    try {
      const login = await fetch(`${address}/api/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      });
      const headers = { cookie: login.headers.get('set-cookie').split(';', 1)[0] };
      const ask = async (path) => {
        const answer = await fetch(`${address}${path}`, { headers });
        const body = await answer.text();
        if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${body}`);
        return body;
      };
      const measured = [];
      const measure = async (name, pathOf) => {
        const began = performance.now();
        await ask(pathOf(0));
        const first = performance.now() - began;
        const all = [];
        for (let round = 1; round <= rounds; round++) {
          const at = performance.now();
          await ask(pathOf(round));
          all.push(performance.now() - at);
          // As many people would ask: now and then what is counted once a minute is counted meanwhile.
          await sleep(5);
        }
        measured.push({ name, first, median: percentile(all, 0.5), p99: percentile(all, 0.99) });
      };
      const find = (q) => `/api/find?q=${encodeURIComponent(q)}`;
      await measure('overview', () => '/api/overview');
      await measure('find: first and family name', (n) => find(`${given[n % 10]} Family${n}`));
      await measure('find: a first name of 100,000 people', (n) => find(given[n % 10]));
      await measure('find: an address', (n) => find(`c${n + 1}@people.example`));
      await measure('find: the key of a row', (n) => find(`interviews:I-${n * 20 + 1}`));
      await measure('find: a job title', (n) => find(`Job ${n + 1}`));
      await measure('find: nobody', (n) => find(`nobody${n} nowhere`));
      await measure('rows that are not in step', () => '/api/rows');
      await measure(
        'interviews of a status',
        () => '/api/mirror/interviews?account=default&status=completed',
      );
      await measure('interviews of every status', () => '/api/mirror/interviews?account=default');
      const size = await firstPage(address, ask);
      console.log(
        `\nConsole: ${whole(interviews)} interviews; milliseconds until the whole answer was read, ${rounds} rounds. ` +
          `First page: ${whole(size.sent)} bytes sent, ${whole(size.whole)} unpacked.`,
      );
      printTable(
        ['', 'first', 'median', 'p99'],
        measured.map(({ name, first, median, p99 }) => [
          name,
          ...[first, median, p99].map((ms) => fixed(ms, 1)),
        ]),
      );
      return { interviews, rounds, measured, firstPage: size };
    } finally {
      stop.abort();
      await web.close();
    }
  });
}

/** Three months of runs, an hour of requests. */
async function history(client) {
  await client.query(`insert into sync.runs (kind, outcome, started_at, finished_at)
    select 'tick', 'succeeded', now() - n * interval '1 minute', now() - n * interval '1 minute' from generate_series(1, 130000) n`);
  await client.query(`insert into sync.request_blocks (account, units, sent, booked_at)
    select 'default', 10, '{"tick": 3, "details": 7}', clock_timestamp() - n * interval '1.5 s' from generate_series(1, 2400) n`);
  await client.query('analyze sync.runs, sync.request_blocks');
}

/** The page, its script and its style sheet. */
async function firstPage(_address, ask) {
  const page = await ask('/');
  const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
  const texts = [page, ...(await Promise.all(files.map(ask)))];
  return {
    sent: texts.reduce((all, text) => all + gzipSync(text, { level: 9 }).length, 0),
    whole: texts.reduce((all, text) => all + Buffer.byteLength(text), 0),
  };
}
