// What the program does on a database that is its own and empty, or that it has worked on before.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmulator } from '../../packages/emulators/dist/emulator/index.js';
import { freePort } from './servers.mjs';

const patienceMs = 60_000;

async function withAccount(url, work) {
  const emulator = await startEmulator({ users: 3, jobs: 5, interviews: 120, rateLimit: 1_000_000 });
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    const env = {
      DATABASE_URL: url,
      SPARKHIRE_BASE_URL: emulator.url,
      SPARKHIRE_API_KEY: emulator.adminKey,
      SPARKHIRE_RATE_LIMIT: '1000000',
      SPARKHIRE_RATE_WINDOW_SECONDS: '1',
    };
    const rows = async (sql) => (await client.query(sql)).rows;
    return await work({ emulator, env, rows });
  } finally {
    await client.end();
    await emulator.close();
  }
}

function mustBe(what, found, wanted) {
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    throw new Error(`${what}: ${JSON.stringify(found)} where it should be ${JSON.stringify(wanted)}`);
}

/** migrate, backfill, a tick that writes, doctor. */
export function mirrorsAll(program, url) {
  return withAccount(url, async ({ emulator, env, rows }) => {
    const { code, stderr } = await program.run(['migrate'], env);
    mustBe(`migrate (${stderr})`, code, 0);
    const { complete, resources } = await program.answer(['backfill'], env);
    mustBe('backfill complete', complete, true);
    mustBe('interviews read', resources.interviews.created, 120);
    const [mirrored] = await rows(`select count(*)::int as n from sparkhire.interviews`);
    mustBe('interviews mirrored', mirrored.n, 120);
    await rows(`insert into ats.jobs (ats_id, title, description, status, city, region, country)
      values ('C-1', 'Compatible', 'Runs everywhere', 'open', 'Oslo', 'Oslo', 'NO')`);
    const { ok, pushed } = await program.answer(['sync'], env);
    mustBe('sync', [ok, pushed.created], [true, 1]);
    const [{ state }] = await rows(`select state from ats.job_sync where ats_id = 'C-1'`);
    mustBe('state of the job', state, 'synced');
    const faults = (await program.answer(['doctor'], env, [0, 1, 3])).filter((check) => !check.ok);
    mustBe('faults that doctor finds', faults, []);
    mustBe('requests over the limit', emulator.requests.filter(({ status }) => status === 429).length, 0);
    return 'ok';
  });
}

/** The service: a webhook comes in, a row of the ATS goes out, the pages answer, and a signal ends it. */
export function goesRound(program, url) {
  return withAccount(url, async ({ emulator, env, rows }) => {
    const port = await freePort();
    const address = `http://127.0.0.1:${port}`;
    const service = program.start(['run'], {
      ...env,
      SYNC_SCHEDULE: '* * * * * *',
      SYNC_HTTP_PORT: String(port),
      SYNC_PUBLIC_URL: address,
      SYNC_ADMIN_TOKEN: 'an-administrator-token',
      LOG_LEVEL: 'info',
    });
    let over = null;
    service.ended.then((result) => {
      over = result;
    });
    const eventually = async (what, holds) => {
      for (const until = Date.now() + patienceMs; ; await sleep(100)) {
        if (over !== null || Date.now() > until)
          throw new Error(
            `${what}: never came. ${over === null ? 'The service runs.' : `It ended with ${over.code}.`} ${service.text.stderr.slice(-1500)}`,
          );
        if (await holds().catch(() => false)) return;
      }
    };
    try {
      await eventually('ready', async () => (await fetch(`${address}/readyz`)).ok);
      const first = `select from sync.checkpoints where resource = 'interviews' and kind = 'incremental' and completed_at is not null`;
      await eventually('the first sweep', async () => (await rows(first)).length === 1);
      await eventually('a webhook', async () => service.text.stderr.includes('"event":"webhook_registered"'));
      const { uuid } = emulator.act.addInterview({});
      await eventually(
        'a new interview',
        async () => (await rows(`select from sparkhire.interviews where uuid = '${uuid}'`)).length === 1,
      );
      await eventually(
        'its webhook',
        async () => (await rows(`select from sync.webhook_events where state = 'done'`)).length > 0,
      );
      await rows(`insert into ats.jobs (ats_id, title, description, status, city, region, country)
        values ('C-2', 'Compatible too', 'Runs everywhere', 'open', 'Oslo', 'Oslo', 'NO')`);
      await eventually(
        'the job at Spark Hire',
        async () =>
          (await rows(`select from ats.job_sync where ats_id = 'C-2' and state = 'synced'`)).length === 1,
      );
      for (const path of ['/healthz', '/metrics', '/'])
        mustBe(path, (await fetch(`${address}${path}`)).status, 200);
    } finally {
      service.child.kill('SIGTERM');
      await service.ended;
    }
    mustBe('exit code of the service', over.code, 0);
    // The signal may come while something is read: that is told, and goes on after the next start.
    const complaints = over.stderr
      .split('\n')
      .filter((line) => line !== '' && !/"level":(10|20|30),|"event":"run_interrupted"/.test(line));
    mustBe('complaints of the service', complaints, []);
    return 'ok';
  });
}
