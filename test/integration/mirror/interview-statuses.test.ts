/** sparkhire.interview_statuses: which statuses interviews were seen in, and until when. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { interviewItem, type Json, listed, useMirror, uuidAt } from './fixture.js';

const mirror = useMirror('sparkhire.interviews', 'sync.interview_past_statuses');

let hour = 0;
/** Shows an interview once more, each time an hour later. */
const see = (n: number, status: string | null, over: Json = {}) => {
  const updated_at = new Date(Date.UTC(2031, 1, 1, ++hour)).toISOString();
  return mirror.store('interviews', [
    listed('interviews', interviewItem(n, { status, updated_at, ...over })),
  ]);
};

const past = () => mirror.sql('select *, xmin::text from sync.interview_past_statuses order by seen_from');

/** The statuses of an interview, and whether each began when the one before it ended. */
const statuses = (n: number) =>
  mirror.sql(
    `select status, seen_to is null as now,
       seen_from = lag(seen_to) over (order by seen_from, seen_to) as at_once
     from sparkhire.interview_statuses where interview_uuid = $1 order by seen_from, seen_to nulls last`,
    [uuidAt(n)],
  );

describe('an interview', () => {
  it('has a row for each status it was seen in, two for one that came twice', async () => {
    for (const status of ['requested', 'accepted', 'completed', 'requested']) await see(1, status);
    expect(await statuses(1)).toEqual([
      { status: 'requested', now: false, at_once: null },
      { status: 'accepted', now: false, at_once: true },
      { status: 'completed', now: false, at_once: true },
      { status: 'requested', now: true, at_once: true },
    ]);
  });

  it('stays in its status whatever else of it changes, and nothing is written where nothing did', async () => {
    await see(1, 'requested');
    await see(1, 'completed');
    const before = [
      await past(),
      await mirror.sql('select * from sparkhire.interview_statuses order by seen_from'),
    ];
    await see(1, 'completed', { rating: 5 });
    await mirror.store('interviews', [
      listed('interviews', interviewItem(1, { status: 'requested', updated_at: '2030-01-01T00:00:00Z' })),
    ]);
    expect([
      await past(),
      await mirror.sql('select * from sparkhire.interview_statuses order by seen_from'),
    ]).toEqual(before);
  });

  it('has its status until it is found to be gone, and anew when it is back', async () => {
    await see(1, 'accepted');
    await mirror.remove('interviews', uuidAt(1));
    expect(await statuses(1)).toMatchObject([{ status: 'accepted', now: false }]);
    await see(1, 'accepted');
    expect(await statuses(1)).toMatchObject([
      { status: 'accepted', now: false },
      { status: 'accepted', now: true, at_once: false },
    ]);
    expect(await past()).toMatchObject([{ status: 'accepted' }]);
  });

  it('without a status has none', async () => {
    await see(1, null);
    expect(await statuses(1)).toEqual([]);
    await see(1, 'requested');
    expect(await statuses(1)).toMatchObject([{ status: 'requested', now: true }]);
  });

  it.each(['merged', 'copied'])('has them in a batch that is %s', async (how) => {
    const rows = (status: string, day: string) =>
      [1, 2].map((n) =>
        listed('interviews', interviewItem(n, { status, updated_at: `2031-03-${day}T00:00:00Z` })),
      );
    await mirror.store('interviews', rows('requested', '01'));
    await mirror.store('interviews', rows('accepted', '02'), { copyFrom: how === 'copied' ? 1 : 99 });
    for (const n of [1, 2])
      expect(await statuses(n)).toMatchObject([{ status: 'requested' }, { status: 'accepted', now: true }]);
  });

  it('that was there before is known to have its status since its last change', async () => {
    await see(1, 'requested');
    const at = new Date('2026-05-06T07:08:09Z');
    const old = () =>
      mirror.sql('update sparkhire.interviews set status_since = null, mirrored_at = $1', [at]);
    const from = () =>
      mirror.sql('select status, seen_from from sparkhire.interview_statuses order by seen_from');
    await old();
    await see(1, 'requested', { rating: 2 });
    expect(await from()).toEqual([{ status: 'requested', seen_from: at }]);
    await old();
    await see(1, 'accepted');
    expect(await from()).toMatchObject([{ status: 'requested', seen_from: at }, { status: 'accepted' }]);
    await mirror.sql(
      `update sparkhire.interviews set status_since = null, mirrored_at = now() - interval '1 hour'`,
    );
    await mirror.remove('interviews', uuidAt(1));
    const [, gone] = await mirror.sql<{ seen_from: Date; seen_to: Date }>(
      'select seen_from, seen_to from sparkhire.interview_statuses order by seen_from',
    );
    expect(gone!.seen_from.getTime()).toBeLessThan(gone!.seen_to.getTime());
  });
});

/** The questions of a section of docs/mirror.md, by their first line. */
async function questionsOf(section: string): Promise<Array<[string, string]>> {
  const page = await readFile(new URL('../../../docs/mirror.md', import.meta.url), 'utf8');
  const [, body] = page.split(`## ${section}\n`);
  const [, code] = /```sql\n([\s\S]*?)```/.exec(body!)!;
  return code!.split(/\n\n/).map((sql) => [/^-- (.*)/.exec(sql)![1]!, sql]);
}

it('the questions about statuses are answered', async () => {
  const invited = { created_at: '2026-10-05T08:00:00Z', completed_at: null, rating: 0 };
  const completed = { ...invited, completed_at: '2026-10-07T08:00:00Z' };
  await see(1, 'requested', invited);
  await see(2, 'accepted', invited);
  await see(2, 'completed', completed);
  await see(3, 'accepted', invited);
  await see(3, 'expired', invited);
  await see(4, 'canceled', { ...invited, created_at: '2026-09-30T23:59:59Z' });
  await mirror.sql(`update sparkhire.interviews set status_since = '2026-11-02'`);
  await mirror.sql(
    `update sync.interview_past_statuses set seen_from = '2026-10-06', seen_to = '2026-10-07'`,
  );
  const answers = [];
  for (const [, sql] of await questionsOf('Funnels and times')) answers.push(await mirror.sql(sql));
  const [funnel, time, accepted] = answers;
  expect(funnel).toEqual([
    { job_title: 'Miller', invited: '3', accepted: '2', completed: '1', expired: '1', canceled: '0' },
  ]);
  expect(time).toMatchObject([{ job_title: 'Miller', median: { days: 2 } }]);
  expect(accepted).toEqual([{ accepted: '2' }]);
});
