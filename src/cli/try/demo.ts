/**
 * The whole round on this machine: an emulated Spark Hire and Greenhouse, an embedded PostgreSQL, and what is between them.
 *
 * Commands to try the program out. Only here src starts the emulators of packages/.
 */
import { Command } from 'commander';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import type { Account, Settings } from '../../config.js';
import { query } from '../../db/database.js';
import { SyncError } from '../../errors.js';
import { type Column, table } from '../../status/render/table.js';
import type { AccountWork } from '../account-work.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { summary } from '../report/summary.js';
import { widthOf } from '../report/terminal.js';
import { backfillAccount } from '../run/backfill.js';
import { type DatabaseHandle, settingsFor, withDatabase } from '../runtime.js';
import { atsRound, type Say } from './demo-ats.js';
import { stayUp } from './demo-console.js';
import { type Greenhouse, greenhouseRound, startGreenhouse } from './demo-greenhouse.js';

interface DemoFlags {
  once?: boolean;
  stay?: boolean;
  jobs: number;
  interviews: number;
}

const accountName = 'demo';

function size(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0 && number <= 1_000_000) return number;
  throw new SyncError('USAGE', `${value} is not a usable number of objects.`, {
    remedy: 'Give a whole number from 1 to 1000000.',
  });
}

export function demoCommand(invocation: Invocation): Command {
  return new Command('demo')
    .option('--once', 'end after the round instead of staying up')
    .option('--stay', 'stay up, with the service and its console, where stdin is no terminal too')
    .option('--jobs <n>', 'jobs in the emulated account', size, 12)
    .option('--interviews <n>', 'interviews in the emulated account', size, 150)
    .action(async (flags: DemoFlags) => {
      invocation.exitCode = await runDemo(invocation, flags);
    });
}

/** The demo has nothing to do with the settings of a real account: it takes none from the environment. */
function demoSettings(invocation: Invocation): Settings {
  const settings = settingsFor(invocation, {}, false);
  return {
    ...settings,
    database: { url: null, migrateAtStart: true, maxConnections: 10 },
    // One of its rows is wrong on purpose.
    log: { level: invocation.env.LOG_LEVEL ? settings.log.level : 'error' },
  };
}

async function runDemo(invocation: Invocation, flags: DemoFlags): Promise<number> {
  const settings = demoSettings(invocation);
  const { stdin, stdout } = invocation;
  const say: Say = (text = '') => stdout.write(`${text}\n`);
  say('sparkhire-sync demo: a Spark Hire account and a PostgreSQL, both on this machine.');
  say();
  say('1. Starting PostgreSQL (embedded, data in .data/) and the Spark Hire emulator ...');
  const emulator = await startEmulator({ jobs: flags.jobs, interviews: flags.interviews, seed: 2024 });
  let greenhouse: Greenhouse | undefined;
  try {
    greenhouse = await startGreenhouse();
    // `settingsFor` read DATABASE_URL only to be overruled here: a demo never touches a real database.
    return await withDatabase(invocation, settings, async (handle) => {
      await forgetLastDemo(handle);
      const connected = await round({ invocation, settings, handle }, emulator, greenhouse!, say);
      const isWatched = stdout.isTTY === true && stdin.isTTY === true;
      if (!flags.once && (flags.stay === true || isWatched)) {
        await stayUp({ invocation, handle, ...connected }, emulator, say);
        say();
      }
      say('Done. Everything the demo made is in .data/; delete that folder to forget it.');
      return exitCodes.done;
    });
  } finally {
    await Promise.all([emulator.close(), greenhouse?.close()]);
  }
}

/** Every demo has a company of its own: what an earlier one mirrored, or sent to its Spark Hire, is not of it. */
async function forgetLastDemo(handle: DatabaseHandle): Promise<void> {
  const tables = await query<{ name: string }>(
    handle.db,
    `select format('%I.%I', c.table_schema, c.table_name) as name
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema in ('sparkhire', 'sync', 'ats') and c.column_name = 'account' and t.table_type = 'BASE TABLE'`,
  );
  for (const { name } of tables) {
    await query(handle.db, `delete from ${name} where account = $1`, [accountName]);
  }
}

async function round(
  around: Omit<AccountWork, 'account'>,
  emulator: Emulator,
  greenhouse: Greenhouse,
  say: Say,
): Promise<Pick<AccountWork, 'account' | 'settings'>> {
  const { invocation, handle } = around;
  const account: Account = {
    name: accountName,
    apiKey: emulator.adminKey,
    baseUrl: emulator.url,
    rateLimit: 400,
    rateWindowMs: 60_000,
    pageSize: 100,
    requestTimeoutMs: 30_000,
  };
  const pull = async () => {
    const result = await backfillAccount({ details: true }, { ...around, account });
    invocation.stopSignal().throwIfAborted();
    if (result.error) {
      throw new SyncError('INTERNAL', `The demo's backfill failed: ${result.error.message}`, {
        remedy: 'Delete the folder .data and run the demo again.',
      });
    }
    return result;
  };
  say(`   Spark Hire (emulated)  ${emulator.url}`);
  say(`   PostgreSQL             ${handle.url}`);
  say();
  say('2. Mirroring the whole account, at most 400 requests a minute as Spark Hire asks ...');
  say(summary(await pull()));

  say('3. Meanwhile, in Spark Hire:');
  for (const line of somethingHappens(emulator)) say(`   - ${line}`);
  say();
  say('   Mirroring once more: only what changed is written.');
  say(summary(await pull()));

  say('4. From the ATS to Spark Hire:');
  await atsRound({ ...around, account }, emulator, say);

  say('5. From Greenhouse to Spark Hire, and back:');
  const connected = await greenhouseRound({ ...around, account }, emulator, greenhouse, say);

  say('6. The mirror now, in SQL:');
  say();
  await showJobs(handle, widthOf(invocation.stdout), say);
  say('   Look for yourself:');
  say();
  say(`   psql '${handle.url}'`);
  say("     select title, status, location from sparkhire.jobs where account = 'demo' order by title;");
  say('     select status, count(*), round(avg(rating) filter (where rating > 0), 2) as rating');
  say("       from sparkhire.interviews where account = 'demo' group by status order by 2 desc;");
  say(
    '     select seq, resource, change, changed_fields, recorded_at from sync.changes order by seq desc limit 10;',
  );
  say();
  return connected;
}

/** A few things people do, so that the second round has something to find. */
function somethingHappens(emulator: Emulator): string[] {
  const told: string[] = [];
  const interviews = [...emulator.state.interviews.values()];
  const pending = interviews.find((interview) => interview.status === 'requested');
  if (pending) {
    emulator.act.acceptInterview(pending.uuid);
    emulator.act.completeInterview(pending.uuid, { rating: 4.5 });
    told.push(`${pending.candidate.name} completes an interview and is rated 4.5`);
  }
  const expired = interviews.find((interview) => interview.status === 'expired');
  if (expired) {
    emulator.act.deleteInterview(expired.uuid);
    told.push(`the expired interview of ${expired.candidate.name} is deleted`);
  }
  const job = [...emulator.state.jobs.values()][0];
  if (job) {
    emulator.act.editJob(job.uuid, { title: `${job.title} (urgent)` });
    told.push(`the job "${job.title.replace(/ \(urgent\)$/, '')}" becomes urgent`);
  }
  return told;
}

async function showJobs(handle: DatabaseHandle, width: number | null, say: Say): Promise<void> {
  const rows = await query<{
    title: string;
    interviews: number;
    completed: number;
    rating: string | null;
  }>(
    handle.db,
    `select j.title, count(i.uuid)::int as interviews,
       count(i.uuid) filter (where i.status = 'completed')::int as completed,
       round(avg(i.rating) filter (where i.status = 'completed' and i.rating > 0), 1)::text as rating
     from sparkhire.jobs j
     left join sparkhire.interviews i
       on i.account = j.account and i.job_uuid = j.uuid and i.deleted_at is null
     where j.account = $1 and j.deleted_at is null
     group by j.account, j.uuid, j.title order by interviews desc, j.title limit 8`,
    [accountName],
  );
  const columns: Column[] = [
    { title: 'job', wraps: true },
    ...['interviews', 'completed', 'rating'].map((title) => ({ title, align: 'right' as const })),
  ];
  const cells = rows.map((row) => [
    row.title,
    String(row.interviews),
    String(row.completed),
    row.rating ?? '–',
  ]);
  for (const line of table(columns, cells, { width, indent: 3 })) say(line);
  say();
}
