/** From entries into stages that somebody replicates to rows of schema ats. */
import { expect, it } from 'vitest';
import { connectSql, everyColumn } from './fixture.js';

it('makes the invitation, its job and the one who asks of a row', async () => {
  const { enter, pull, rows, skipped } = await connectSql();
  await enter({
    candidate_phone: '+41 61 000 00 00',
    recruiter_email: 'Rita@Mill.test',
    description: 'Grinding.',
    url: 'https://ats.test/a1',
  });
  expect(await pull()).toMatchObject({ invited: 1, jobs: 1, users: 0, notes: [] });
  expect(await rows('select * from ats.interviews')).toMatchObject([
    {
      source: 'sql',
      ats_id: 'sq-e1',
      job_ats_id: 'j1',
      candidate_name: 'Ann Baker',
      candidate_email: 'a1@home.test',
      candidate_phone: null,
      package: 'standard',
      requested_by_ats_id: null,
      extra: {
        connector: 'sql',
        application_id: 'a1',
        candidate_id: 'c1',
        entry_id: 'e1',
        url: 'https://ats.test/a1',
      },
    },
  ]);
  expect(
    await rows('select ats_id, title, description, status, city, region, country from ats.jobs'),
  ).toEqual([
    {
      ats_id: 'j1',
      title: 'Miller',
      description: 'Grinding.',
      status: 'open',
      city: 'Basel',
      region: 'BS',
      country: 'CH',
    },
  ]);
  // Who would act is no administrator, and would not see the job.
  expect(await rows('select from ats.users')).toEqual([]);
  expect(await skipped()).toEqual([]);
});

it('costs one statement where nothing has changed', async () => {
  const { enter, pull } = await connectSql({ onLeave: 'cancel' });
  await enter({}, { left_at: '2026-11-02T09:00:00Z' }, { stage: 'Applied' });
  await pull();
  await pull();
  expect(await pull()).toMatchObject({ requests: 1, entries: 0, jobs: 0, users: 0, canceled: 0 });
});

it('takes the row of ats.users of an administrator with the address for the one who asks', async () => {
  const { enter, pull, rows } = await connectSql();
  await rows(
    `insert into ats.users (ats_id, name, email, role) values ('u7', 'Rita', 'rita@mill.test', 'administrator')`,
  );
  await enter({ recruiter_email: 'Rita@Mill.test' });
  await pull();
  expect(await rows('select requested_by_ats_id as by from ats.interviews')).toEqual([{ by: 'u7' }]);
  expect(await rows('select ats_id from ats.users')).toEqual([{ ats_id: 'u7' }]);
});

it('gets by without the columns that are not needed', async () => {
  const { enter, pull, invited, rows } = await connectSql(
    {},
    `entry_id int, application_id bigint, stage varchar(40), entered_at timestamp, candidate_name text, candidate_email text, job_id uuid, job_title text`,
  );
  const job = '6a2f41a3-c54c-4b0e-8d0e-0d8e7b1b9c55';
  await enter({ entry_id: 1, application_id: 2, job_id: job, entered_at: '2026-11-01T09:00:00' });
  expect(await pull()).toMatchObject({ invited: 1 });
  expect(await invited()).toEqual(['sq-1 invited']);
  expect(await rows('select ats_id, status, description from ats.jobs')).toEqual([
    { ats_id: job, status: 'open', description: 'Miller' },
  ]);
  // Without a zone it is UTC.
  const [entry] = await rows<{ entered_at: Date }>('select entered_at from sync.ats_entries');
  expect(entry!.entered_at.toISOString()).toBe('2026-11-01T09:00:00.000Z');
});

it('reads a query with a comment and a semicolon at its end', async () => {
  const query = 'select * from hr.stage_entries -- all of them\n;\n';
  const { enter, pull } = await connectSql({ sql: { query } });
  await enter({});
  expect(await pull()).toMatchObject({ invited: 1 });
});

it('never lets a query write', async () => {
  const { pull, rows, reconnect } = await connectSql();
  await rows(
    `create function hr.busy() returns setof hr.stage_entries language sql as 'delete from hr.stage_entries returning *'`,
  );
  reconnect({ sql: { query: 'select * from hr.busy()' } });
  await expect(pull()).rejects.toMatchObject({
    code: 'ATS_QUERY_FAILED',
    message: expect.stringContaining('read-only transaction'),
  });
});

it('compares stages without case and blanks, whatever letters they have, and takes job and stage as an id', async () => {
  const { enter, pull, invited, reconnect } = await connectSql({
    triggers: [
      { stage: 'ENTRETIEN VIDÉO', package: 'standard' },
      { stage: 'j2/Call', package: 'standard' },
    ],
  });
  await enter({}, { stage: 'Entretien vidéo' }, { stage: 'Call' }, { stage: 'Call', job_id: 'j2' });
  await pull();
  expect(await invited()).toEqual(['sq-e2 invited', 'sq-e4 invited']);
  reconnect({ triggers: [{ stage: '面接', jobs: ['miller'], package: 'standard' }] });
  await pull();
  // Met by a round, not at the first look.
  await enter(
    { entry_id: 'e8', stage: '面接' },
    { entry_id: 'e9', stage: '面接', job_title: 'Baker', job_id: 'j9' },
  );
  await pull();
  expect(await invited()).toEqual(['sq-e2 invited', 'sq-e4 invited', 'sq-e8 invited']);
});

it('takes back who left or ended before they were invited, by an explicit word only', async () => {
  const { enter, pull, invited, rows } = await connectSql();
  await enter({}, {}, {}, {}, {});
  await pull();
  await rows(`update hr.stage_entries set left_at = now() where entry_id = 'e1'`);
  await rows(`update hr.stage_entries set status = 'rejected' where entry_id = 'e2'`);
  // A loader has not filled the table of applications yet.
  await rows(`update hr.stage_entries set status = null where entry_id = 'e3'`);
  await rows(`delete from hr.stage_entries where entry_id = 'e4'`);
  expect(await pull()).toMatchObject({ canceled: 2 });
  await pull();
  expect(await invited()).toEqual([
    'sq-e1 canceled',
    'sq-e2 canceled',
    'sq-e3 invited',
    'sq-e4 invited',
    'sq-e5 invited',
  ]);
});

it('leaves everybody alone while a full refresh has emptied the table, and for days after', async () => {
  const { enter, pull, invited, rows } = await connectSql({ onLeave: 'cancel' });
  await enter({}, {});
  await pull();
  await rows('create table hr.kept as table hr.stage_entries');
  await rows('truncate hr.stage_entries');
  expect(await pull()).toMatchObject({ canceled: 0, entries: 0 });
  // The day's look at every invitation that is under way.
  for (let day = 0; day < 3; day++) {
    await rows(
      `update sync.ats_cursors set position = jsonb_set(position, '{turns,living}', '"2026-11-01T00:00:00.000Z"')`,
    );
    expect(await pull()).toMatchObject({ canceled: 0 });
  }
  await rows('insert into hr.stage_entries table hr.kept');
  expect(await pull()).toMatchObject({ canceled: 0, entries: 0 });
  expect(await invited()).toEqual(['sq-e1 invited', 'sq-e2 invited']);
});

it('carries a change of a job over, and what a loader leaves empty for a moment not', async () => {
  const { enter, pull, rows } = await connectSql();
  await enter({ description: 'Grinding.' });
  await pull();
  const turn = () =>
    rows(
      `update sync.ats_cursors set position = jsonb_set(position, '{turns,jobs}', '"2026-11-01T00:00:00.000Z"')`,
    );
  await rows(`update hr.stage_entries set city = null, job_title = null, description = null`);
  await turn();
  expect(await pull()).toMatchObject({ jobs: 0 });
  await rows(`update hr.stage_entries set job_title = 'Head miller', job_status = 'Closed'`);
  await turn();
  expect(await pull()).toMatchObject({ jobs: 1 });
  expect(await rows('select title, status, city, description from ats.jobs')).toEqual([
    { title: 'Head miller', status: 'closed', city: 'Basel', description: 'Grinding.' },
  ]);
});

it('makes every open job with jobs: open', async () => {
  const { enter, pull, rows } = await connectSql({ jobs: 'open' });
  const jobs = () => rows('select ats_id, title from ats.jobs order by ats_id');
  await enter({ stage: 'Applied' }, { stage: 'Applied', job_id: 'j2', job_status: 'closed' });
  await pull();
  expect(await jobs()).toEqual([{ ats_id: 'j1', title: 'Miller' }]);
  await enter({ entry_id: 'e3', stage: 'Applied', job_id: 'j3', job_title: 'Baker' });
  await rows(
    `update sync.ats_cursors set position = jsonb_set(position, '{turns,jobs}', '"2026-11-01T00:00:00.000Z"')`,
  );
  await pull();
  expect(await jobs()).toEqual([
    { ats_id: 'j1', title: 'Miller' },
    { ats_id: 'j3', title: 'Baker' },
  ]);
});

it('lists stages by job, without those of closed jobs', async () => {
  const { enter, connector } = await connectSql({}, everyColumn);
  await enter({}, { stage: 'Applied' }, { job_id: 'j2', job_title: 'Baker', job_status: 'closed' });
  expect(await connector.stages(new AbortController().signal)).toEqual([
    { id: 'j1/Applied', name: 'Applied', jobId: 'j1', jobTitle: 'Miller', isActive: true },
    { id: 'j1/Video interview', name: 'Video interview', jobId: 'j1', jobTitle: 'Miller', isActive: true },
  ]);
});
