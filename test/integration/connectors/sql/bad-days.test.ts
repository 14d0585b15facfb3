/**
 * What goes wrong with a view that somebody else fills: told in the database's words, and nobody pays for it.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { systemClock } from '../../../../src/clock.js';
import { sqlReader } from '../../../../src/connectors/sql/reader.js';
import { openDatabase, query } from '../../../../src/db/database.js';
import { withNewSessions } from '../../../support/warm-connections.js';
import { connectSql, everyColumn } from './fixture.js';

// A view that is made anew would be read by the plan of the one before.
withNewSessions();

const refused = (code: string, ...words: string[]) => ({
  code,
  message: expect.stringMatching(new RegExp(words.join('.*'), 's')),
});

it('tells that the view is not there', async () => {
  const { pull, rows, check } = await connectSql({}, null);
  await expect(pull()).rejects.toMatchObject({
    ...refused('ATS_QUERY_FAILED', 'hr.stage_entries', 'relation "hr.stage_entries" does not exist'),
    remedy: expect.stringContaining('Make the view'),
  });
  expect(await rows(`select failure ->> 'code' as code from sync.ats_cursors`)).toEqual([
    { code: 'ATS_QUERY_FAILED' },
  ]);
  expect(await check()).toMatchObject([
    { check: 'ats_access', level: 'failed', detail: expect.stringContaining('does not exist') },
  ]);
});

it('names every needed column that is missing, with those that may be meant', async () => {
  const { pull } = await connectSql(
    {},
    'id text, application_id text, stage_name text, entered_at timestamptz, candidate_name text, email text, job_id text, job_title text',
  );
  await expect(pull()).rejects.toMatchObject(
    refused(
      'ATS_QUERY_FAILED',
      String.raw`no column entry_id \(the nearest: id\)`,
      String.raw`no column stage \(the nearest: stage_name\)`,
      String.raw`no column candidate_email \(the nearest: email\)`,
    ),
  );
});

it('tells a column of another type by its name', async () => {
  const { pull } = await connectSql(
    {},
    everyColumn
      .replace('entered_at timestamptz', 'entered_at bigint')
      .replace('candidate_email text', 'candidate_email jsonb'),
  );
  await expect(pull()).rejects.toMatchObject({
    ...refused('ATS_QUERY_FAILED', 'entered_at is bigint', 'candidate_email is jsonb'),
    remedy: expect.stringContaining('to_timestamp'),
  });
});

it('tells a value that is no time in the words of the database', async () => {
  const { pull, enter } = await connectSql(
    {},
    everyColumn.replace('entered_at timestamptz', 'entered_at text'),
  );
  await enter({ entered_at: 'yesterday evening' });
  await expect(pull()).rejects.toMatchObject(
    refused('ATS_QUERY_FAILED', 'invalid input syntax for type timestamp'),
  );
});

it('notices that the view was made anew with other columns', async () => {
  const { pull, enter, rows, invited } = await connectSql();
  await enter({});
  await pull();
  await rows('alter table hr.stage_entries rename column candidate_email to email');
  await expect(pull()).rejects.toMatchObject(refused('ATS_QUERY_FAILED', 'candidate_email'));
  await expect(pull()).rejects.toMatchObject(
    refused('ATS_QUERY_FAILED', String.raw`no column candidate_email \(the nearest: email\)`),
  );
  await rows('alter table hr.stage_entries rename column email to candidate_email');
  await pull();
  expect(await invited()).toEqual(['sq-e1 invited']);
});

it('says what to grant where a right is missing', async () => {
  const { rows, url } = await connectSql();
  const role = `reader_${process.pid}_${Date.now()}`;
  await rows(`create role ${role} login password 'r'`);
  await rows(`grant usage on schema hr to ${role}`);
  const asReader = new URL(url);
  asReader.username = role;
  asReader.password = 'r';
  const db = openDatabase(asReader.href);
  try {
    const reader = sqlReader(
      db,
      'default',
      { sql: { view: 'hr.stage_entries', timeoutSeconds: 5 } },
      systemClock,
    );
    const read = reader.read((all) => all.stages, ['default'], new AbortController().signal);
    await expect(read).rejects.toMatchObject({
      ...refused('ATS_FORBIDDEN', 'permission denied for table stage_entries'),
      remedy: expect.stringContaining(`to ${role}`),
    });
  } finally {
    await db.destroy();
    await rows(`drop owned by ${role}`);
    await rows(`drop role ${role}`);
  }
});

it('ends a slow query, and reads on once it is fast again', async () => {
  const slow =
    'select e.* from hr.stage_entries e where pg_sleep(case when exists (select from hr.slow) then 30 else 0 end) is not null';
  const { pull, enter, rows, invited } = await connectSql({ sql: { query: slow, timeoutSeconds: 0.3 } });
  await rows('create table hr.slow as select 1 as x');
  await enter({});
  await expect(pull()).rejects.toMatchObject(
    refused('ATS_TIMEOUT', 'longer than 0.3 seconds', 'statement timeout'),
  );
  await rows('truncate hr.slow');
  await pull();
  expect(await invited()).toEqual(['sq-e1 invited']);
});

it('does not wait for a loader that holds the table', async () => {
  const { pull, enter, url, invited } = await connectSql();
  await enter({});
  await pull();
  const loader = openDatabase(url);
  const lock = await loader.transaction();
  try {
    await lock.raw('truncate hr.stage_entries');
    await expect(pull()).rejects.toMatchObject(refused('ATS_TIMEOUT', 'locked', 'lock timeout'));
  } finally {
    await lock.rollback();
    await loader.destroy();
  }
  expect(await pull()).toMatchObject({ canceled: 0 });
  expect(await invited()).toEqual(['sq-e1 invited']);
});

it('leaves rows alone that do not say enough, and looks again once they do', async () => {
  const { pull, enter, invited, skipped, rows, check } = await connectSql();
  await enter(
    { entry_id: null },
    { application_id: '  ' },
    { stage: null },
    { status: null },
    { candidate_name: null },
    { candidate_email: null },
    { job_id: null },
    { entered_at: null, candidate_id: null, candidate_phone: null, job_status: null, city: null },
  );
  expect(await pull()).toMatchObject({ invited: 1 });
  expect(await skipped()).toEqual(['e5 anonymized', 'e6 no_email', 'e7 prospect']);
  expect(await pull()).toMatchObject({ entries: 0, requests: 1 });
  expect(await check()).toContainEqual(
    expect.objectContaining({
      check: 'ats_rows',
      level: 'warning',
      detail: expect.stringContaining('4 rows without entry_id'),
    }),
  );
  await rows(
    `update hr.stage_entries set status = 'active', stage = 'Video interview', candidate_name = 'Ann', candidate_email = coalesce(candidate_email, 'a@b.test'), job_id = 'j1'`,
  );
  await pull();
  expect(await skipped()).toEqual([]);
  expect(await invited()).toEqual([3, 4, 5, 6, 7, 8].map((n) => `sq-e${n} invited`));
});

it('takes the first by entered_at of rows with one entry_id, and tells it', async () => {
  const { pull, enter, rows, check } = await connectSql();
  await enter(
    {
      entry_id: 'e1',
      application_id: 'a2',
      entered_at: '2026-11-02T09:00:00Z',
      candidate_email: 'two@b.test',
    },
    {
      entry_id: 'e1',
      application_id: 'a1',
      entered_at: '2026-11-01T09:00:00Z',
      candidate_email: 'one@b.test',
    },
  );
  const { invited, notes } = await pull();
  expect(invited).toBe(1);
  expect(notes).toEqual([expect.stringContaining('1 entry_id stands in several rows')]);
  expect(await rows('select candidate_email from ats.interviews')).toEqual([
    { candidate_email: 'one@b.test' },
  ]);
  expect(await pull()).toMatchObject({ entries: 0, canceled: 0 });
  expect(await check()).toContainEqual(
    expect.objectContaining({ check: 'ats_rows', detail: expect.stringContaining('1 row more') }),
  );
});

it('tells who had left before they were read', async () => {
  const { pull, enter, invited, skipped } = await connectSql({ from: 'now' });
  await pull();
  const now = Date.now();
  await enter(
    { entered_at: new Date(now + 1000).toISOString(), left_at: new Date(now + 2000).toISOString() },
    { entered_at: new Date(now + 1000).toISOString(), status: 'rejected' },
  );
  await pull();
  expect(await skipped()).toEqual(['e1 left_stage', 'e2 not_active']);
  expect(await pull()).toMatchObject({ entries: 0 });
  expect(await invited()).toEqual([]);
});

it.each(['ignore', 'invite'])(
  'invites nobody twice whose entry_id changes, with reentry: %s',
  async (reentry) => {
    const { pull, enter, invited, rows, skipped } = await connectSql({ reentry });
    await enter({}, { entered_at: null });
    await pull();
    await rows(`update hr.stage_entries set entry_id = 'new ' || entry_id`);
    const { notes } = await pull();
    expect(notes).toEqual([
      expect.stringContaining('2 entries of people who were invited came under another key'),
    ]);
    expect(await invited()).toEqual(['sq-e1 invited', 'sq-e2 invited']);
    expect(await skipped()).toEqual(['new e1 already_invited', 'new e2 already_invited']);
  },
);

it('invites once where two rows of one moment have two keys', async () => {
  const { pull, enter, invited } = await connectSql();
  await enter({ application_id: 'a1' }, { application_id: 'a1' });
  await pull();
  expect(await invited()).toHaveLength(1);
});

it('takes who comes back as the settings say', async () => {
  const { pull, enter, invited, skipped, rows, reconnect } = await connectSql();
  await enter({});
  await pull();
  await rows(
    `insert into sync.links (account, resource, ats_id, uuid, how) values ('default', 'interviews', 'sq-e1', gen_random_uuid(), 'created')`,
  );
  await rows(`update hr.stage_entries set left_at = '2026-11-02T09:00:00Z'`);
  await enter({ entry_id: 'e2', entered_at: '2026-11-03T09:00:00Z' });
  await pull();
  expect(await skipped()).toEqual(['e2 already_invited']);
  reconnect({ reentry: 'invite' });
  await pull();
  expect(await invited()).toEqual(['sq-e1 invited']);
  // What comes before the end of the interview is the same wish.
  await rows(
    `insert into sparkhire.interviews (uuid, raw, type, status) select uuid, '{}', 'one_way', 'completed' from sync.links`,
  );
  await rows(`update hr.stage_entries set left_at = '2026-11-04T09:00:00Z'`);
  await enter({ entry_id: 'e3', entered_at: '2026-11-05T09:00:00Z' });
  await pull();
  expect(await invited()).toEqual(['sq-e1 invited', 'sq-e3 invited']);
});

it('invites by the same entry who is active again, where nothing had left', async () => {
  const { pull, enter, invited, rows } = await connectSql();
  await enter({});
  await pull();
  await rows(`update hr.stage_entries set status = 'rejected'`);
  await pull();
  expect(await invited()).toEqual(['sq-e1 canceled']);
  await rows(`update hr.stage_entries set status = 'active'`);
  await pull();
  expect(await invited()).toEqual(['sq-e1 invited']);
});

it('misses nobody whom a loader brings late, however long it stood still', async () => {
  const { pull, enter, invited, skipped, rows } = await connectSql({ from: '2026-11-01' });
  await pull();
  await pull();
  const [cursor] = await rows<{ until: Date }>('select read_until as until from sync.ats_cursors');
  const ago = (hours: number) => new Date(cursor!.until.getTime() - hours * 3_600_000).toISOString();
  await enter({ entered_at: ago(48) }, { entered_at: ago(1) }, { entered_at: ago(47), left_at: ago(46) });
  await rows(`update hr.stage_entries set entered_at = '2026-10-31T09:00:00Z' where entry_id = 'e2'`);
  await pull();
  expect(await invited()).toEqual(['sq-e1 invited']);
  expect(await skipped()).toEqual(['e2 before_from', 'e3 left_stage']);
});

it('waits lagSeconds with an entry, where the settings give some', async () => {
  const { pull, enter, invited, rows } = await connectSql({ lagSeconds: 600 });
  await pull();
  await enter({ entered_at: new Date().toISOString() });
  await pull();
  expect(await invited()).toEqual([]);
  await rows(`update hr.stage_entries set entered_at = now() - interval '11 minutes'`);
  await pull();
  expect(await invited()).toEqual(['sq-e1 invited']);
});

it('counts entries without a time since they were first met', async () => {
  const { pull, enter, invited, skipped, rows, reconnect } = await connectSql({ from: 'now' });
  await enter({ entered_at: null });
  await pull();
  await enter(
    { entry_id: 'e2', application_id: 'a2', entered_at: null },
    { entry_id: 'e3', application_id: 'a3', entered_at: null, candidate_email: null },
  );
  await pull();
  expect(await invited()).toEqual(['sq-e2 invited']);
  // Under another key they are who they were.
  await rows(`update hr.stage_entries set entry_id = 'n1' where entry_id = 'e1'`);
  await pull();
  // With other settings everybody is looked at again.
  reconnect({ jobs: 'open' });
  await rows(`update hr.stage_entries set candidate_email = 'c@d.test' where entry_id = 'e3'`);
  await pull();
  expect(await invited()).toEqual(['sq-e2 invited', 'sq-e3 invited']);
  expect(await skipped()).toEqual(['e1 before_from', 'n1 before_from']);
});

it('asks for nothing more of an entry whose row somebody has deleted', async () => {
  const { pull, enter, invited, rows } = await connectSql();
  await enter({});
  await pull();
  await rows('delete from ats.interviews');
  expect(await pull()).toMatchObject({ entries: 0, requests: 1 });
  expect(await invited()).toEqual([]);
});

it('looks again at who is skipped for a package, and keeps those in mind who vanished meanwhile', async () => {
  const { pull, enter, invited, rows, skipped } = await connectSql({
    triggers: [{ stage: 'Video interview', package: 'other' }],
    from: 'now',
  });
  await pull();
  await enter({ entered_at: null }, { entered_at: null, candidate_email: null });
  await pull();
  expect(await skipped()).toEqual(['e1 unmapped_package', 'e2 no_email']);
  await rows('create table hr.kept as table hr.stage_entries');
  await rows('truncate hr.stage_entries');
  const due = () =>
    rows(
      `update sync.ats_cursors set position = jsonb_set(position, '{turns,skipped}', '"2026-11-01T00:00:00.000Z"')`,
    );
  await due();
  await pull();
  await rows(`insert into hr.stage_entries select * from hr.kept`);
  await rows(`update hr.stage_entries set candidate_email = coalesce(candidate_email, 'a@b.test')`);
  await rows(`insert into ats.packages (package, type, deadline_days) values ('other', 'one_way', 7)`);
  await due();
  await pull();
  expect(await invited()).toEqual(['sq-e1 invited', 'sq-e2 invited']);
});

it('takes no time far off for the moment of connecting', async () => {
  const { pull, enter, invited } = await connectSql({ from: 'now' });
  await enter({ entered_at: '2999-01-01T00:00:00Z' });
  await pull();
  await enter({
    entry_id: 'e2',
    application_id: 'a2',
    entered_at: new Date(Date.now() + 1000).toISOString(),
  });
  await pull();
  expect(await invited()).toContain('sq-e2 invited');
});

it('reads thousands of entries in a few statements', async () => {
  const { pull, rows, db } = await connectSql();
  await query(
    db,
    `insert into hr.stage_entries (entry_id, application_id, stage, entered_at, status, candidate_name, candidate_email, job_id, job_title)
     select 'e' || n, 'a' || n, 'Video interview', now(), 'active', 'Ann', 'p' || n || '@b.test', 'j' || n % 100, 'Job ' || n % 100
     from generate_series(1, 2000) n`,
  );
  const { requests, invited, jobs } = await pull();
  expect({ invited, jobs }).toEqual({ invited: 2000, jobs: 100 });
  expect(requests).toBeLessThan(10);
  expect(await rows('select count(*)::int as n from ats.interviews')).toEqual([{ n: 2000 }]);
});

it('tells in the check what keeps people from being invited', async () => {
  const { check, enter, rows } = await connectSql({
    triggers: [{ stage: 'Vidoe interview', package: 'standard' }],
  });
  expect(await check()).toMatchObject([
    { check: 'ats_access', level: 'failed', detail: expect.stringContaining('no rows') },
  ]);
  await enter(
    { job_status: 'published', entered_at: null },
    { job_id: 'j2' },
    { entered_at: '2999-01-01T00:00:00Z', job_id: 'j2' },
  );
  const found = await check();
  expect(found[0]).toMatchObject({
    check: 'ats_access',
    level: 'ok',
    detail: expect.stringContaining('3 entries'),
  });
  const told = found.slice(1).map(({ level, detail }) => `${level}: ${detail}`);
  expect(told).toEqual([
    expect.stringContaining('warning: 1 row without entered_at'),
    expect.stringContaining('warning: 1 row with an entered_at to come'),
    expect.stringContaining('is also: published'),
    expect.stringContaining(
      'failed: no job that is open has a stage “Vidoe interview”; the nearest are “Video interview”',
    ),
  ]);
  expect(await rows('select 1 as there from ats.interviews')).toEqual([]);
});
