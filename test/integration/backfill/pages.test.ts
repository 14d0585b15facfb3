/** What pages of one listing tell of each other: where one brought news only, the next one is taken for news. */
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';

let mirror: TestMirror;
let emulator: Emulator;
beforeAll(async () => {
  mirror = await openTestMirror();
  emulator = await startEmulator({ users: 1, jobs: 0, interviews: 0, jobSlots: -1, rateLimit: 1_000_000 });
});
afterAll(async () => {
  await emulator?.close();
  await mirror?.close();
});

function addJobs(many: number): void {
  for (let n = 0; n < many; n++) {
    emulator.act.addJob();
    emulator.clock.advance(1000);
  }
}

/** Of the jobs, by a backfill with pages of five: how many pages were looked up, copied and merged. */
async function pull() {
  const asked = vi.spyOn(pg.Client.prototype, 'query');
  try {
    const { resources } = await mirror.pull(emulator, { resource: ['jobs'], pageSize: 5, details: false });
    const texts = (asked.mock.calls as unknown as Array<[string | { text?: string }]>).map(([sql]) =>
      typeof sql === 'string' ? sql : (sql.text ?? ''),
    );
    const times = (part: RegExp) => texts.filter((text) => part.test(text)).length;
    return {
      lookedUp: times(/as s\(uuid\)\s+cross join lateral[^;]+sparkhire\.jobs/),
      copied: times(/^copy sparkhire\.jobs /),
      created: resources.jobs!.created,
    };
  } finally {
    asked.mockRestore();
  }
}

it('of a new listing the first page is looked up, of a stored one each, of one that got longer until there is news', async () => {
  addJobs(9);
  expect(await pull()).toMatchObject({ lookedUp: 1, created: 9 });
  const again = await pull();
  expect(again).toMatchObject({ copied: 0, created: 0 });
  expect(again.lookedUp).toBeGreaterThanOrEqual(2);
  addJobs(6);
  expect(await pull()).toMatchObject({ created: 6 });
  const stored = await mirror.rows<{ uuid: string }>('select uuid from sparkhire.jobs order by uuid');
  expect(stored.map(({ uuid }) => uuid)).toEqual([...emulator.state.jobs.keys()].sort());
});

it('a row that changed between the two pages that show it is stored as it is', async () => {
  const account = 'changing';
  const titles = () =>
    mirror.rows<{ uuid: string; title: string }>(
      'select uuid, title from sparkhire.jobs where account = $1',
      [account],
    );
  // Jobs are swept by their creation: the order stays. Two requests tell where rows are counted from, the third is page two.
  const asked = new Set<string>();
  const off = emulator.onRequest(({ path, query }) => {
    if (path !== '/v1.0/jobs' || !query.includes('created') || asked.add(query).size < 3) return;
    off();
    for (const { uuid, title } of emulator.state.jobs.values())
      emulator.act.editJob(uuid, { title: `${title}, again` });
  });
  await mirror.pull(emulator, { account, resource: ['jobs'], pageSize: 5, details: false });
  // The others of the first page are for the next tick.
  const former = (await titles()).filter(({ title }) => !title.endsWith(', again'));
  expect([3, 4]).toContain(former.length);
});
