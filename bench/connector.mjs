// What a connected ATS costs: requests of a reading that finds nothing, and of one that finds entries, among few and many
// applications; and how long somebody who enters a stage waits for the invitation.

import { systemClock } from '../dist/clock.js';
import { loadSettings } from '../dist/config.js';
import { openConnector } from '../dist/connectors/open.js';
import { pull } from '../dist/connectors/pull/pull.js';
import { openDatabase, query } from '../dist/db/database.js';
import { createLogger } from '../dist/log.js';
import { startGreenhouseEmulator } from '../packages/emulators/dist/ats-emulator/greenhouse/index.js';
import { startEmulator } from '../packages/emulators/dist/emulator/index.js';
import { unlimited } from './emulated.mjs';
import { fixed, percentile, printTable, whole } from './figures.mjs';
import { run } from './program.mjs';
import { sleep, startService, until } from './service.mjs';

const stage = 'Video interview';
/** Of the ATS's own: how far its lists are behind, and how far behind now they are read. */
const lagSeconds = 15;
const ticksEverySeconds = 5;
const packages = [
  {
    name: 'standard',
    type: 'one_way',
    deadline_days: 7,
    questions: [{ text: 'Why bread?', time_limit: 60, takes: 1 }],
  },
];

export async function connector({ quick, server }) {
  const reading = [];
  for (const applications of quick ? [1000, 10_000] : [1000, 100_000])
    reading.push(...(await among(applications, [1, 50, 50, 250, 1000], server)));
  console.log('\nConnector: requests to Greenhouse of one reading, k entries among N applications');
  printTable(
    ['N', 'k', 'requests', 'for each 50', 'invited', 's', 'the reading after it'],
    reading.map((r) => [
      whole(r.applications),
      whole(r.entered),
      r.requests,
      r.entered < 50 ? '–' : fixed(r.requests / (r.entered / 50), 1),
      whole(r.invited),
      fixed(r.seconds),
      r.after,
    ]),
  );
  const people = quick ? 12 : 60;
  const waits = [];
  for (const lag of [0, lagSeconds])
    for (const hinted of [true, false]) waits.push(await waited({ people, lag, hinted }, server));
  console.log(
    `\nFrom the stage to the invitation, seconds: ${people} people, a tick every ${ticksEverySeconds} s`,
  );
  printTable(
    ['', "the ATS's own lag", 'p50', 'p99', 'most'],
    waits.map((w) => [
      w.hinted ? 'by webhook' : 'by poll',
      w.lag,
      fixed(w.p50, 1),
      fixed(w.p99, 1),
      fixed(w.most, 1),
    ]),
  );
  const many = await atOnce(quick ? 1000 : 10_000, server);
  console.log(
    `\n${whole(many.people)} people enter at once, and are held for a person: \`sync\` by the program`,
  );
  printTable(
    ['', 'requests to Greenhouse', 's', 'most memory, MB', 'invited'],
    many.runs.map((r) => [r.name, whole(r.requests), fixed(r.seconds, 1), whole(r.peakMb), r.sent]),
  );
  return { reading, waits, many };
}

function variables(greenhouse, lag) {
  return {
    ATS_KIND: 'greenhouse',
    ATS_BASE_URL: greenhouse.url,
    ATS_TOKEN_URL: greenhouse.tokenUrl,
    ATS_CLIENT_ID: greenhouse.clientId,
    ATS_CLIENT_SECRET: greenhouse.clientSecret,
    ATS_LAG_SECONDS: String(lag),
    ATS_STAGE: stage,
    ATS_PACKAGE: 'standard',
  };
}

/** Nothing of the ATS's limits is waited for. */
const withoutLimit = { rateLimit: unlimited.limit, tokenRateLimit: unlimited.limit };

/** Some of those who are in process enter the stage: where they cannot be invited, they are skipped for it. */
async function among(applications, counts, server) {
  const url = await server.create();
  const db = openDatabase(url, { maxConnections: 4 });
  // All minutes that pass are of one clock.
  let ahead = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const greenhouse = await startGreenhouseEmulator({
    ...{ candidates: applications, jobs: 40, clock, ...withoutLimit },
  });
  const { ats } = loadSettings({
    environment: { SPARKHIRE_API_KEY: 'k', ...variables(greenhouse, 0) },
  }).accounts[0];
  const account = 'default';
  const connector = await openConnector({ db, account, settings: ats, encryption: null, clock });
  const session = {
    ...{ db, account, connector, clock, log: createLogger({ level: 'silent' }) },
    settings: { ...ats, packages },
    signal: new AbortController().signal,
    fence: async () => {},
  };
  try {
    await pull(session);
    const { job_interview_stages: stages, jobs, applications: all } = greenhouse.state;
    const there = stages.filter(({ name, active }) => active && name === stage);
    const open = new Set(
      jobs.filter(({ status, confidential }) => status === 'open' && !confidential).map(({ id }) => id),
    );
    const targets = new Map(
      there.filter(({ job_id }) => open.has(job_id)).map((one) => [one.job_id, one.id]),
    );
    const standing = new Set(there.map(({ id }) => id));
    const movable = all
      .filter(({ status, job_id }) => status === 'in_process' && targets.has(job_id))
      .filter(
        ({ entry_id }) =>
          !standing.has(greenhouse.state.application_stages.get(entry_id)?.job_interview_stage_id),
      );
    const minutesLater = async (minutes) => {
      ahead += minutes * 60_000;
      const began = performance.now();
      const before = greenhouse.requests.length;
      const read = await pull(session);
      const seconds = (performance.now() - began) / 1000;
      // As if they had left: what waits is read again each time.
      await query(db, 'delete from sync.desired_queue');
      await query(db, `delete from sync.desired_rows where resource = 'interviews'`);
      // A token lives an hour, and here a quarter of one passes each time.
      const asked = greenhouse.requests.slice(before).map(({ path }) => path);
      const requests = asked.filter((path) => path !== '/token').length;
      return { ...read, requests, seconds };
    };
    // Each has another turn: jobs, users, people who were skipped.
    const quiet = [];
    for (let nth = 0; nth < 12; nth += 1) quiet.push((await minutesLater(11)).requests);
    const idle = Math.max(...quiet);
    const rows = [{ applications, entered: 0, idle, requests: idle, invited: 0, seconds: null, after: idle }];
    for (const entered of counts) {
      await minutesLater(11);
      const some = movable.splice(0, entered);
      if (some.length < entered) break;
      for (const { id, job_id } of some)
        greenhouse.act.moveToStage({ application_id: id, stage: targets.get(job_id) });
      const { requests, invited, seconds, entries } = await minutesLater(1);
      if (entries < entered) throw new Error(`${entered} entered, ${entries} were met`);
      const after = (await minutesLater(1)).requests;
      rows.push({ applications, entered, idle, requests, invited, seconds, after });
    }
    return rows;
  } finally {
    await connector.close();
    await greenhouse.close();
    await db.destroy();
  }
}

const sparkhireOf = () =>
  startEmulator({ interviews: 0, jobs: 0, users: 2, rateLimit: unlimited.limit, jobSlots: -1 });

const keysOf = (sparkhire, url) => ({
  DATABASE_URL: url,
  SPARKHIRE_BASE_URL: sparkhire.url,
  SPARKHIRE_API_KEY: sparkhire.adminKey,
  SPARKHIRE_RATE_LIMIT: '400',
});

/** Nobody here has a key of Spark Hire: the administrator invites. */
async function ready(greenhouse, db) {
  const { job_owners: owners } = greenhouse.state;
  for (const { id } of owners.values()) owners.delete(id);
  await query(
    db,
    `insert into ats.packages (account, package, type, questions, deadline_days)
     values ('default', 'standard', 'one_way', $1, 7)`,
    [JSON.stringify(packages[0].questions)],
  );
}

/** More than may be invited without a person: read, stored, planned, held. */
async function atOnce(people, server) {
  const url = await server.create();
  const greenhouse = await startGreenhouseEmulator({ candidates: 0, jobs: 1, ...withoutLimit });
  const sparkhire = await sparkhireOf();
  const db = openDatabase(url, { maxConnections: 1 });
  const env = { ...variables(greenhouse, 0), ...keysOf(sparkhire, url) };
  try {
    await ready(greenhouse, db);
    await run(['sync', '--json'], env);
    greenhouse.act.applyMany({ count: people, stage });
    const runs = [];
    for (const name of ['the first', 'the next']) {
      const before = greenhouse.requests.length;
      const began = performance.now();
      const { answer, peakMb } = await run(['sync', '--json'], env, { code: 3 });
      if (!answer.planHeld) throw new Error(`nothing was held: ${JSON.stringify(answer)}`);
      runs.push({
        name,
        requests: greenhouse.requests.length - before,
        seconds: (performance.now() - began) / 1000,
        peakMb,
        sent: sparkhire.state.interviews.size,
      });
    }
    return { people, runs };
  } finally {
    await Promise.all([greenhouse.close(), sparkhire.close(), db.destroy()]);
  }
}

/** A service between the two, each of `people` entering at a moment of their own. */
async function waited({ people, lag, hinted }, server) {
  const url = await server.create();
  const greenhouse = await startGreenhouseEmulator({
    ...{ candidates: 0, jobs: 1, ...withoutLimit },
    switches: { lagSeconds: lag || null },
  });
  const sparkhire = await sparkhireOf();
  const secret = 'a-secret-of-some-length';
  const env = {
    ...variables(greenhouse, lag),
    ATS_WEBHOOK_SECRET: secret,
    ...keysOf(sparkhire, url),
    SYNC_SCHEDULE: `*/${ticksEverySeconds} * * * * *`,
  };
  const db = openDatabase(url, { maxConnections: 1 });
  let service;
  try {
    await run(['backfill', '--json'], env);
    await ready(greenhouse, db);
    const entered = new Map();
    const invited = new Map();
    sparkhire.onAnswer(({ method, path, body, status }) => {
      if (method === 'POST' && path.endsWith('/interviews') && status < 300)
        for (const { email } of [body.interview?.assigned_to ?? body.assigned_to].flat())
          invited.set(email, performance.now());
    });
    service = await startService(env);
    await until('the first reading', async () => {
      const rows = await query(db, 'select from sync.ats_cursors where read_until is not null');
      return rows.length > 0;
    });
    if (hinted)
      await greenhouse.act.addWebhook({
        event: 'candidate_stage_change',
        url: `${service.url}/ats/default`,
        secret,
      });
    const [job] = greenhouse.state.jobs.values();
    for (let nth = 0; nth < people; nth += 1) {
      const email = `p${nth}@home.test`;
      const { id } = greenhouse.act.apply({
        job_id: job.id,
        first_name: 'Pat',
        last_name: `Number${nth}`,
        email_addresses: [{ value: email, type: 'personal' }],
      });
      greenhouse.act.moveToStage({ application_id: id, stage });
      entered.set(email, performance.now());
      await sleep(500 + 500 * Math.random());
    }
    await until('every invitation', () => invited.size >= people, { timeoutMs: 60_000 });
    const seconds = [...entered].map(([email, at]) => (invited.get(email) - at) / 1000);
    return {
      hinted,
      lag,
      p50: percentile(seconds, 0.5),
      p99: percentile(seconds, 0.99),
      most: Math.max(...seconds),
    };
  } finally {
    await service?.stop();
    await Promise.all([greenhouse.close(), sparkhire.close(), db.destroy()]);
  }
}
