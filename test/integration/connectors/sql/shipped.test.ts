/**
 * The views in sql/, on tables as those loaders make them.
 * @module-tag rare
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectSql, type SqlConnected } from './fixture.js';

/** Makes the tables and the view, and connects it. */
async function shipped(
  name: string,
  schema: string,
  tables: string,
  ats: Record<string, unknown> = {},
): Promise<SqlConnected> {
  const connected = await connectSql(ats, null);
  await connected.rows(`create schema ${schema}`);
  await connected.rows(`set search_path to ${schema}; ${tables}; reset search_path`);
  const view = readFileSync(new URL(`../../../../sql/${name}.sql`, import.meta.url), 'utf8');
  await connected.rows(view.replace('view stage_entries', 'view hr.stage_entries'));
  return connected;
}

const interviews = (connected: SqlConnected) =>
  connected.rows<{ ats_id: string; candidate_email: string }>(
    `select ats_id, candidate_name as name, candidate_email as email, candidate_phone as phone, job_ats_id as job,
       requested_by_ats_id as by, coalesce(desired, 'invited') as desired from ats.interviews order by ats_id`,
  );
const job = (connected: SqlConnected) =>
  connected.rows(
    'select ats_id, title, status, city, region, country, description from ats.jobs order by ats_id',
  );

/** Only the columns that the view reads, with the types of their destination. */
const fivetranGreenhouse = `
  create table application (id bigint, _fivetran_deleted boolean, candidate_id bigint, current_stage_id bigint, is_deleted boolean, prospect boolean, status text, last_activity_at timestamptz, _fivetran_synced timestamptz);
  create table application_history (application_id bigint, updated_at timestamptz, _fivetran_synced timestamptz, new_stage_id bigint, new_status text);
  create table candidate (id bigint, _fivetran_deleted boolean, first_name text, is_private boolean, last_name text, new_candidate_id bigint, recruiter_id bigint);
  create table email_address (candidate_id bigint, index int, type text, value text);
  create table phone_number (candidate_id bigint, index int, type text, value text);
  create table job_stage (id bigint, _fivetran_deleted boolean, job_id bigint, name text);
  create table job (id bigint, _fivetran_deleted boolean, confidential boolean, name text, status text);
  create table job_office (job_id bigint, office_id bigint);
  create table office (id bigint, _fivetran_deleted boolean, location_name text);
  create table job_post (id bigint, _fivetran_deleted boolean, content text, internal boolean, job_id bigint, live boolean);
  create table user_email (user_id bigint, email text);
  insert into job values (10, false, false, 'Miller', 'open'), (11, false, true, 'Secret', 'open'), (12, true, false, 'Gone', 'open');
  insert into job_stage values (100, false, 10, 'Applied'), (101, false, 10, 'Video interview'), (111, false, 11, 'Video interview'), (121, false, 12, 'Video interview');
  insert into office values (5, true, 'Bern, BE, CH'), (6, false, 'Basel, BS, CH');
  insert into job_office values (10, 5), (10, 6);
  insert into job_post values (1, false, 'Inside.', true, 10, true), (2, false, 'Grinding.', false, 10, true), (3, true, 'Old.', false, 10, true);
  insert into candidate values (1, false, 'Ann', false, 'Baker', null, 9), (2, false, 'Bo', false, 'Old', 3, null), (3, false, 'Bo', false, 'New', null, null),
    (4, false, 'Cy', true, 'Private', null, null), (5, true, 'Di', false, 'Deleted', null, null);
  insert into email_address values (1, 0, 'work', 'ann@work.test'), (1, 1, 'personal', 'ann@home.test'), (2, 0, 'other', 'old@b.test'), (3, 1, 'other', 'late@b.test'), (3, 0, 'other', 'new@b.test');
  insert into phone_number values (1, 0, 'home', '1'), (1, 1, 'mobile', '2');
  insert into user_email values (9, 'rita@mill.test');
  insert into application values (1000, false, 1, 101, false, false, 'active'), (1001, false, 2, 101, null, false, 'active'), (1002, false, 4, 101, false, false, 'active'),
    (1003, false, 5, 101, false, false, 'active'), (1004, true, 1, 101, false, false, 'active'), (1005, false, 1, 101, true, false, 'active'),
    (1006, false, 1, 111, false, false, 'active'), (1007, false, 1, 121, false, false, 'active'), (1008, false, 1, 101, false, true, 'active'), (1009, false, 1, null, false, false, 'hired');
  insert into application_history select a.id, '2026-11-01T09:00:00.250Z', '2026-11-01T10:00:00Z', coalesce(a.current_stage_id, 101), 'active' from application a;
  insert into application_history select a.id, '2026-11-01T08:00:00Z', '2026-11-01T10:00:00Z', 100, 'active' from application a;
  insert into application_history values (1009, '2026-11-02T09:00:00Z', '2026-11-02T10:00:00Z', null, 'hired'), (1000, '2026-11-01T12:00:00Z', '2026-11-01T13:00:00Z', 101, 'active')`;

describe('Fivetran, Greenhouse', () => {
  it('brings merged people as who they are now, their personal address first, and leaves out what is deleted, private or a prospect', async () => {
    const connected = await shipped('fivetran-greenhouse', 'greenhouse', fivetranGreenhouse);
    await connected.pull();
    expect(await interviews(connected)).toEqual([
      {
        ats_id: 'sq-1000-1793523600250',
        name: 'Ann Baker',
        email: 'ann@home.test',
        phone: null,
        job: '10',
        by: null,
        desired: 'invited',
      },
      {
        ats_id: 'sq-1001-1793523600250',
        name: 'Bo New',
        email: 'new@b.test',
        phone: null,
        job: '10',
        by: null,
        desired: 'invited',
      },
    ]);
    expect(await job(connected)).toEqual([
      {
        ats_id: '10',
        title: 'Miller',
        status: 'open',
        city: 'Basel',
        region: 'BS',
        country: 'CH',
        description: 'Grinding.',
      },
    ]);
  });

  it('keeps the key of an entry when more history comes, and tells who moved on or was rejected', async () => {
    const connected = await shipped('fivetran-greenhouse', 'greenhouse', fivetranGreenhouse);
    await connected.pull();
    await connected.rows(
      `insert into greenhouse.application_history values (1000, '2026-11-05T09:00:00Z', '2026-11-05T10:00:00Z', 100, 'active')`,
    );
    await connected.rows(`update greenhouse.application set status = 'rejected' where id = 1001`);
    expect(await connected.pull()).toMatchObject({ canceled: 2, invited: 0 });
    await connected.rows('truncate greenhouse.application_history, greenhouse.candidate');
    expect(await connected.pull()).toMatchObject({ canceled: 0, invited: 0 });
  });
});

it('Fivetran, Greenhouse: what is marked as deleted has ended', async () => {
  const connected = await shipped('fivetran-greenhouse', 'greenhouse', fivetranGreenhouse);
  await connected.pull();
  await connected.rows('update greenhouse.application set _fivetran_deleted = true where id = 1000');
  await connected.rows('update greenhouse.candidate set _fivetran_deleted = true where id = 3');
  expect(await connected.pull()).toMatchObject({ canceled: 2 });
});

const fivetranLever = `
  create table opportunity (id text, archived_at timestamptz, contact text, is_anonymized boolean, last_advanced_at timestamptz, name text, owner_id text, stage_id text, updated_at timestamptz);
  create table opportunity_stage_history (opportunity_id text, updated_at timestamptz, _fivetran_synced timestamptz, stage_id text, to_stage_index text, updater_id text);
  create table stage (id text, _fivetran_deleted boolean, text text);
  create table application (id text, archived_at timestamptz, created_at timestamptz, opportunity_id text, posting_id text);
  create table posting (id text, _fivetran_deleted boolean, categories_location text, content_description text, content_description_html text, state text, text text);
  create table contact_email (contact_id text, email text, _fivetran_synced timestamptz);
  create table contact_phone (contact_id text, index int, type text, value text);
  create table "user" (id text, _fivetran_deleted boolean, deactivated_at timestamptz, email text);
  insert into stage values ('applicant-new', false, 'New applicant'), ('s2', false, 'Video interview');
  insert into posting values ('p1', false, 'Basel, CH', 'Grinding.', '<p>Grinding.</p>', 'published', 'Miller'), ('p2', false, null, null, null, 'closed', 'Baker');
  insert into "user" values ('u1', false, null, 'rita@mill.test');
  insert into opportunity values ('o1', null, 'c1', false, '2026-11-01T09:00:00Z', 'Ann Baker', 'u1', 's2', null), ('o2', '2026-11-02T09:00:00Z', 'c2', false, null, 'Bo', null, 's2', null),
    ('o3', null, 'c3', true, null, 'somebody', null, 's2', null), ('o4', null, 'c4', false, null, 'No job', null, 's2', null);
  insert into contact_email values ('c1', 'z@first.test', '2026-10-01'), ('c1', 'a@second.test', '2026-10-02'), ('c2', 'bo@b.test', '2026-10-02');
  insert into contact_phone values ('c1', 0, 'home', '1'), ('c1', 1, 'mobile', '2');
  insert into application values ('a1', '2026-09-01', '2026-09-01', 'o1', 'p2'), ('a2', null, '2026-08-01', 'o1', 'p1'), ('a3', null, '2026-08-01', 'o2', 'p1'), ('a4', null, '2026-08-01', 'o3', 'p1');
  insert into opportunity_stage_history select id, '2026-11-01T08:00:00Z', '2026-11-01T10:00:00Z', 'applicant-new', '0', null from opportunity;
  insert into opportunity_stage_history select id, '2026-11-01T09:00:00Z', '2026-11-01T10:00:00Z', 's2', '1', null from opportunity`;

it('Fivetran, Lever: an opportunity is invited to the posting it applied to, with the address that came first', async () => {
  const connected = await shipped('fivetran-lever', 'lever', fivetranLever);
  await connected.pull();
  expect(await interviews(connected)).toEqual([
    {
      ats_id: 'sq-o1-s2-1793523600000',
      name: 'Ann Baker',
      email: 'z@first.test',
      phone: null,
      job: 'p1',
      by: null,
      desired: 'invited',
    },
  ]);
  expect(await job(connected)).toEqual([
    {
      ats_id: 'p1',
      title: 'Miller',
      status: 'open',
      city: 'Basel',
      region: null,
      country: 'CH',
      description: '<p>Grinding.</p>',
    },
  ]);
  // The history may come after the opportunity.
  await connected.rows(
    `update lever.opportunity set stage_id = 'applicant-new', last_advanced_at = '2026-11-04T09:00:00Z'`,
  );
  expect(await connected.pull()).toMatchObject({ canceled: 1 });
});

/** Streams of Harvest v3, and as they were before: objects as JSON, and flattened. */
const airbyteGreenhouse = {
  v3: `
    create table applications (id bigint, candidate_id bigint, job_id bigint, stage_id bigint, stage_name varchar, status varchar, prospect boolean);
    create table candidates (id bigint, first_name varchar, last_name varchar, preferred_name varchar, private boolean, can_email boolean, email_addresses jsonb, phone_numbers jsonb);
    create table jobs (id bigint, name varchar, status varchar, confidential boolean, is_template boolean, office_ids jsonb);
    create table job_posts (id bigint, job_id bigint, content varchar, live boolean, internal boolean);
    create table offices (id bigint, location varchar);
    create table users (id bigint, primary_email varchar);
    insert into applications values (1000, 1, 10, 555, 'Video interview', 'in_process', false), (1001, 2, 10, 556, 'Video interview', 'in_process', false),
      (1002, 1, null, null, null, 'in_process', true), (1003, 3, 10, 557, 'Video interview', 'rejected', false);
    insert into candidates values (1, 'Ann', 'Baker', 'Annie', false, true, '[{"value":"a@work.test","type":"work"},{"value":"a@home.test","type":"personal"}]', '[]'),
      (2, 'Bo', 'Private', null, true, true, '[]', '[]'), (3, 'Cy', 'C', null, false, true, '[{"value":"cy@c.test","type":"other"}]', null);
    insert into jobs values (10, 'Miller', 'open', false, false, '[6]');
    insert into job_posts values (1, 10, 'Grinding.', true, false);
    insert into offices values (6, 'Basel, BS, CH')`,
  json: `
    create table applications (id bigint, candidate_id bigint, current_stage jsonb, jobs jsonb, status varchar, prospect boolean);
    create table candidates (id bigint, first_name varchar, last_name varchar, is_private boolean, email_addresses jsonb, phone_numbers jsonb, recruiter jsonb);
    create table jobs (id bigint, name varchar, status varchar, confidential boolean, offices jsonb);
    create table job_posts (id bigint, job_id bigint, content varchar, live boolean, internal boolean);
    create table offices (id bigint, location jsonb);
    create table users (id bigint, primary_email_address varchar);
    insert into applications values (1000, 1, '{"id":555,"name":"Video interview"}', '[{"id":10,"name":"Miller"}]', 'active', false);
    insert into candidates values (1, 'Annie', 'Baker', false, '[{"value":"a@home.test","type":"other"}]', null, '{"id":9}');
    insert into jobs values (10, 'Miller', 'open', false, '[{"id":6}]');
    insert into job_posts values (1, 10, 'Grinding.', true, false);
    insert into offices values (6, '{"name":"Basel, BS, CH"}');
    insert into users values (9, null)`,
  flattened: `
    create table applications (id bigint, candidate_id bigint, current_stage_id bigint, current_stage_name varchar, jobs jsonb, status varchar, prospect boolean);
    create table candidates (id bigint, first_name varchar, last_name varchar, is_private boolean, email_addresses jsonb, phone_numbers jsonb, recruiter_id bigint);
    create table jobs (id bigint, name varchar, status varchar, confidential boolean, offices jsonb);
    create table job_posts (id bigint, job_id bigint, content varchar, live boolean, internal boolean);
    create table offices (id bigint, location_name varchar);
    create table users (id bigint, primary_email_address varchar);
    insert into applications values (1000, 1, 555, 'Video interview', '[{"id":10,"name":"Miller"}]', 'active', false);
    insert into candidates values (1, 'Annie', 'Baker', false, '[{"value":"a@home.test","type":"other"}]', null, null);
    insert into jobs values (10, 'Miller', 'open', false, '[{"id":6}]');
    insert into job_posts values (1, 10, 'Grinding.', true, false);
    insert into offices values (6, 'Basel, BS, CH')`,
};

describe('Airbyte, Greenhouse', () => {
  it.each(Object.entries(airbyteGreenhouse))('tells where applications stand (%s)', async (_, tables) => {
    const connected = await shipped('airbyte-greenhouse', 'greenhouse', tables);
    await connected.pull();
    expect(await interviews(connected)).toEqual([
      {
        ats_id: 'sq-1000-555',
        name: 'Annie Baker',
        email: 'a@home.test',
        phone: null,
        job: '10',
        by: null,
        desired: 'invited',
      },
    ]);
    expect(await job(connected)).toMatchObject([
      { ats_id: '10', title: 'Miller', city: 'Basel', region: 'BS', country: 'CH', description: 'Grinding.' },
    ]);
  });

  it('invites who comes into the stage after the first reading, though no time is told', async () => {
    const connected = await shipped('airbyte-greenhouse', 'greenhouse', airbyteGreenhouse.v3, {
      from: 'now',
    });
    await connected.pull();
    expect(await connected.skipped()).toEqual(['1000-555 before_from']);
    await connected.rows(
      `insert into greenhouse.applications values (1004, 3, 10, 558, 'Video interview', 'in_process', false)`,
    );
    await connected.pull();
    expect(await connected.invited()).toEqual(['sq-1004-558 invited']);
    await connected.rows(
      `update greenhouse.applications set stage_id = 600, stage_name = 'Offer' where id = 1004`,
    );
    // Where they went is told by no line of their entry: that is no word of it.
    expect(await connected.pull()).toMatchObject({ canceled: 0 });
    await connected.rows(
      `update greenhouse.applications set stage_id = 601, stage_name = 'Video interview' where id = 1004`,
    );
    await connected.pull();
    expect(await connected.invited()).toHaveLength(1);
  });
});

const airbyteLever = (opportunities: string, values: string, applications: string) => `
  create table opportunities (id varchar, contact varchar, name varchar, owner varchar, emails jsonb, phones jsonb, ${opportunities});
  create table applications (id varchar, posting varchar, archived jsonb, ${applications});
  create table users (id varchar, email varchar);
  insert into opportunities values ('o1', 'c1', 'Ann Baker', 'u1', '["first@a.test","second@a.test"]', '[{"type":"mobile","value":"2"}]', ${values});
  insert into applications values ('a1', 'p1', null, 'o1', 1);
  insert into users values ('u1', 'rita@mill.test')`;
const changes = `'[{"toStageId":"applicant-new","updatedAt":1793520000000},{"toStageId":"s2","updatedAt":1793523600000}]'`;

it.each([
  [
    'with JSON and capital letters',
    airbyteLever(
      '"stageChanges" jsonb, archived jsonb, "isAnonymized" boolean, urls jsonb',
      `${changes}, null, false, '{"show":"https://x.test"}'`,
      '"opportunityId" varchar, "createdAt" bigint',
    ),
    'archived = \'{"archivedAt":1793600000000}\'',
  ],
  [
    'with flattened columns in small letters',
    airbyteLever(
      'stagechanges jsonb, archived_archivedat bigint, isanonymized boolean',
      `${changes}, null, false`,
      'opportunityid varchar, createdat bigint',
    ),
    'archived_archivedat = 1793600000000',
  ],
])('Airbyte, Lever: the stage is its id, and the job is from elsewhere (%s)', async (_, tables, archive) => {
  const connected = await shipped('airbyte-lever', 'lever', tables, {
    triggers: [{ stage: 's2', package: 'standard' }],
  });
  await connected.rows(`insert into ats.jobs (ats_id, title, status) values ('p1', 'Miller', 'open')`);
  await connected.pull();
  expect(await interviews(connected)).toEqual([
    {
      ats_id: 'sq-o1-s2-1793523600000',
      name: 'Ann Baker',
      email: 'first@a.test',
      phone: null,
      job: 'p1',
      by: null,
      desired: 'invited',
    },
  ]);
  expect(await job(connected)).toMatchObject([{ ats_id: 'p1', title: 'Miller' }]);
  await connected.rows(`update lever.opportunities set ${archive}`);
  expect(await connected.pull()).toMatchObject({ canceled: 1 });
});
