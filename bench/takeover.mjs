// How long an account stands still after its owner was killed.
import pg from 'pg';
import { startEmulated } from './emulated.mjs';
import { median, printTable, whole } from './figures.mjs';
import { run } from './program.mjs';
import { sleep, startService, until } from './service.mjs';

/** After its process has ended, what an owner had sent has arrived within this. */
const lastRequestsMs = 20;

export async function takeover({ quick, server }) {
  const rounds = quick ? 5 : 15;
  const url = await server.create();
  const emulator = await startEmulated({ interviews: 500, jobs: 20 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const services = [];
  try {
    const env = { ...emulator.env, DATABASE_URL: url };
    const { answer } = await run(['backfill', '--json'], env);
    if (!answer.complete) throw new Error(JSON.stringify(answer));
    await client.query('truncate sync.request_blocks');
    const start = () =>
      startService({
        ...env,
        SPARKHIRE_RATE_LIMIT: '400',
        SPARKHIRE_RATE_WINDOW_SECONDS: '60',
        SYNC_SCHEDULE: '* * * * * *',
      });
    services.push(await start());
    await until('an owner', () => services[0].count('account_taken') > 0);
    const passes = [];
    for (let round = 0; round < rounds; round++) {
      const standby = await start();
      services.push(standby);
      await until('a standby', () => standby.count('standing_by') > 0);
      // At any moment of its second.
      await sleep(1000 + 1000 * Math.random());
      passes.push(await killed(services.shift(), standby, emulator, client));
    }
    const of = (name) => passes.map((pass) => pass[name]);
    const rows = [
      ['account taken', of('takenMs')],
      ['first request arrives', of('requestMs')],
      ['first tick succeeded', of('tickMs')],
    ];
    console.log(
      `\nTakeover: two services, the owner is killed (SIGKILL), ${rounds} rounds; milliseconds after it`,
    );
    printTable(
      ['', 'median', 'least', 'most'],
      rows.map(([name, ms]) => [name, whole(median(ms)), whole(Math.min(...ms)), whole(Math.max(...ms))]),
    );
    return { rounds, passes };
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await client.end();
    await emulator.stop();
  }
}

async function killed(owner, standby, emulator, client) {
  const taken = standby.waitFor('account_taken').then(({ time }) => new Date(time).getTime());
  const at = Date.now();
  await owner.kill();
  const dead = Date.now();
  const takenAt = await taken;
  const requestAt = await until('a request', async () => {
    const [first] = await emulator.requestsSince(dead + lastRequestsMs, 50);
    return first?.at ?? null;
  });
  const tickAt = await until('a tick', async () => {
    const { rows } = await client.query(
      `select min(finished_at) as at from sync.runs
       where kind = 'tick' and outcome = 'succeeded' and started_at > $1`,
      [new Date(dead)],
    );
    return rows[0].at?.getTime() ?? null;
  });
  return { takenMs: takenAt - at, requestMs: requestAt - at, tickMs: tickAt - at };
}
