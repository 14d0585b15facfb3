import { describe, expect, it } from 'vitest';
import { SyncError } from '../../../src/errors.js';
import type { JsonObject } from '../../../src/sparkhire/fields.js';
import { type Row, readRow } from '../../../src/sparkhire/reading.js';
import { companySchema } from '../../../src/sparkhire/resources/companies.js';
import { interviewSchema } from '../../../src/sparkhire/resources/interviews.js';
import { jobSchema } from '../../../src/sparkhire/resources/jobs.js';
import { assertCompanyUser, meSchema } from '../../../src/sparkhire/resources/me.js';
import { planSchema } from '../../../src/sparkhire/resources/plan.js';
import { questionSetSchema } from '../../../src/sparkhire/resources/question-sets.js';
import { advancedShareLinkSchema } from '../../../src/sparkhire/resources/share-links.js';
import { userSchema } from '../../../src/sparkhire/resources/users.js';
import { webhookSchema } from '../../../src/sparkhire/resources/webhooks.js';

const uuid = (digit: number) => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`;
const person = { uuid: uuid(7), name: 'Iris Vale', email: ' Iris@Vale.example ', avatar: null };

function readValue<T>(row: Row<T>): T {
  if (!row.ok) throw new Error(`a bad row: ${row.problem}`);
  return row.value;
}
const interview = (fields: JsonObject) => readValue(readRow(interviewSchema, { uuid: uuid(1), ...fields }));
const job = (fields: JsonObject) => readValue(readRow(jobSchema, { uuid: uuid(2), ...fields }));

describe('every object', () => {
  const schemas = {
    companySchema,
    interviewSchema,
    jobSchema,
    questionSetSchema,
    advancedShareLinkSchema,
    userSchema,
    webhookSchema,
  };
  const everyField = [
    'name title status type email role active avatar website summary social location video industry company',
    'created_at updated_at scheduled_at completed_at rating job job_post assigned_to created_by updated_by',
    'questions share_link open_interview description reviewer interviews url http_auth horizontal_log job_video',
  ].flatMap((line) => line.split(' '));

  it.each(Object.entries(schemas))('point 7: odd values in every field do not fail %s', (_, schema) => {
    for (const odd of [17, 'odd', true, null, [], [1], { a: 1 }, [{}]]) {
      const raw = { uuid: uuid(1), ...Object.fromEntries(everyField.map((name) => [name, odd])) };
      expect(readRow<unknown>(schema, raw)).toMatchObject({ ok: true, raw });
    }
  });

  it.each(Object.entries(schemas))('%s needs a uuid and nothing else', (_, schema) => {
    expect(readRow<unknown>(schema, { uuid: uuid(1) }).ok).toBe(true);
    for (const bad of [{}, { uuid: null }, { uuid: 'x' }, { uuid: 5 }, null, 'text', [], 3]) {
      expect(readRow<unknown>(schema, bad)).toMatchObject({ ok: false, raw: bad });
    }
  });

  it('point 7: unknown fields stay in raw, untouched and not in value', () => {
    const raw = { uuid: uuid(1).toUpperCase(), novelty: { a: [1, null] }, status: 'cancelled' };
    const before = structuredClone(raw);
    const row = readRow(interviewSchema, raw);
    expect(row.raw).toBe(raw);
    expect(raw).toEqual(before);
    expect(readValue(row)).not.toHaveProperty('novelty');
  });

  it('point 7: unknown values of an enum are kept', () => {
    expect(interview({ type: 'hologram', status: 'daydreaming' })).toMatchObject({
      type: 'hologram',
      status: 'daydreaming',
    });
    expect(job({ status: 'archived' }).status).toBe('archived');
  });
});

describe('point 12: what only a single object carries is undefined where it is missing, and null where it is null', () => {
  it.each([
    ['jobs.description', job({}).description, job({ description: null }).description],
    [
      'jobs.open_interview.questions',
      job({ open_interview: {} }).open_interview?.questions,
      job({ open_interview: { questions: null } }).open_interview?.questions,
    ],
    ['interviews.questions', interview({}).questions, interview({ questions: null }).questions],
    ['interviews.share_link', interview({}).share_link, interview({ share_link: null }).share_link],
  ])('%s', (_, missing, empty) => {
    expect(missing).toBeUndefined();
    expect(empty).toBeNull();
  });

  it('point 11: users.role and share_links.interviews', () => {
    const user = (fields: JsonObject) => readValue(readRow(userSchema, { uuid: uuid(3), ...fields }));
    expect(user({}).role).toBeUndefined();
    expect('role' in user({})).toBe(false);
    expect(user({ role: null }).role).toBeNull();
    const link = (fields: JsonObject) =>
      readValue(readRow(advancedShareLinkSchema, { uuid: uuid(4), ...fields }));
    expect(link({}).interviews).toBeUndefined();
    expect(link({ interviews: null }).interviews).toBeNull();
    expect(link({ interviews: [] }).interviews).toEqual([]);
  });

  it('any other field that is missing is null', () => {
    expect(interview({}).completed_at).toBeNull();
    expect(job({}).title).toBeNull();
  });
});

describe('interviews', () => {
  it('point 13: the job comes as job_post or as job', () => {
    const ref = { uuid: uuid(2).toUpperCase(), title: 'Baker', created_by: person };
    for (const name of ['job', 'job_post']) {
      expect(interview({ [name]: ref }).job).toMatchObject({
        uuid: uuid(2),
        title: 'Baker',
        created_by: { email: 'Iris@Vale.example' },
      });
    }
    expect(interview({ job_post: null, job: ref }).job?.title).toBe('Baker');
    expect(interview({}).job).toBeNull();
  });

  it('point 16: ratings of all kinds', () => {
    expect([0, '2.5', null, 9, 'n/a'].map((rating) => interview({ rating }).rating)).toEqual([
      0,
      2.5,
      null,
      null,
      null,
    ]);
  });

  it('point 17: takes and think_time of questions', () => {
    const questions = [
      {
        uuid: uuid(5),
        text: 'Why bread?',
        time_limit: '90',
        takes: { completed: 1, remaining: 2 },
        think_time: '-1',
      },
      { uuid: uuid(6), time_limit: 45, takes: 3, think_time: 30, completed: true },
      { text: 'nameless' },
    ];
    expect(interview({ questions }).questions).toMatchObject([
      { time_limit: 90, takes: { limit: null, completed: 1, remaining: 2 }, think_time: -1, completed: null },
      {
        time_limit: 45,
        takes: { limit: 3, completed: null, remaining: null },
        think_time: 30,
        completed: true,
      },
    ]);
  });

  it('point 18: scheduled_at is one field for a deadline and for a start', () => {
    const scheduled_at = '2031-01-01T10:00:00+00:00';
    expect(interview({ type: 'one_way', scheduled_at }).scheduled_at).toBe(scheduled_at);
    expect(interview({ type: 'live', scheduled_at }).scheduled_at).toBe(scheduled_at);
  });

  it.each([
    [
      { uuid: uuid(8).toUpperCase(), url: 'https://x.example/1', status: 'active' },
      { uuid: uuid(8), url: 'https://x.example/1', status: 'active' },
    ],
    ['https://x.example/1', { uuid: null, url: 'https://x.example/1', status: null }],
    ['', null],
    [null, null],
    [{}, null],
    [[], null],
    [5, null],
  ])('point 19: share_link %j', (share_link, expected) => {
    expect(interview({ share_link }).share_link).toEqual(expected);
  });

  it('point 22: a reset interview loses completed_at, "cancelled" is "canceled"', () => {
    expect(interview({ status: 'cancelled', completed_at: null })).toMatchObject({
      status: 'canceled',
      completed_at: null,
    });
  });
});

describe('point 19: interviews of advanced share links', () => {
  it('interview_uuid names the interview; without it, uuid does; items without either are left out', () => {
    const row = readRow(advancedShareLinkSchema, {
      uuid: uuid(4),
      reviewer: { name: 'Otto', email: 'otto@x.example' },
      interviews: [
        { uuid: uuid(8), interview_uuid: uuid(1), type: 'one_way', job: { uuid: uuid(2), title: 'Baker' } },
        { uuid: uuid(9) },
        { type: 'live' },
      ],
    });
    expect(readValue(row).interviews).toMatchObject([
      { uuid: uuid(1), item_uuid: uuid(8), job: { title: 'Baker' } },
      { uuid: uuid(9), item_uuid: null, job: null },
    ]);
    expect(readValue(row).reviewer).toMatchObject({ uuid: null, name: 'Otto' });
  });
});

describe('the account', () => {
  it('point 14: renews or renews_at, -1 stays -1, in /me without features', () => {
    const at = '2031-06-01T00:00:00+00:00';
    expect(planSchema.parse({ renews: at }).renews_at).toBe(at);
    expect(planSchema.parse({ renews_at: at }).renews_at).toBe(at);
    expect(
      planSchema.parse({ jobs: { limit: -1, remaining: -1 }, users: { limit: 3, paid: 1 } }),
    ).toMatchObject({
      jobs: { limit: -1, remaining: -1 },
      users: { limit: 3, remaining: null, paid: 1 },
      features: null,
      downgrades_to: null,
    });
    const me = meSchema.parse({
      type: 'company_user',
      company: { uuid: uuid(9), plan: { name: 'tin', renews: at } },
    });
    expect(me.company?.plan).toMatchObject({ name: 'tin', renews_at: at, features: null });
  });

  it.each<[unknown, unknown]>([
    [
      { share: true, sms: false },
      { share: true, sms: false },
    ],
    [
      { share: 1, sms: 0 },
      { share: true, sms: false },
    ],
    [
      { share: '1', sms: '0' },
      { share: true, sms: false },
    ],
    [
      { share: 'true', sms: 'false' },
      { share: true, sms: false },
    ],
    [
      { share: ' Yes', sms: 'no' },
      { share: true, sms: false },
    ],
    [
      { share: 'enabled', sms: 'disabled' },
      { share: true, sms: false },
    ],
    [
      { share: { enabled: true }, sms: { enabled: false } },
      { share: true, sms: false },
    ],
    [
      { share: { active: 1 }, sms: { value: 'off' } },
      { share: true, sms: false },
    ],
    [
      // What tells neither is left out: Spark Hire judges.
      {
        a: null,
        b: {},
        c: [true],
        e: 'soon',
        f: { limit: 5 },
        g: 5,
        h: 0,
        i: { available: true },
        j: 'included',
      },
      { g: true, h: false, i: true, j: true },
    ],
    [
      { share: { status: 'active' }, sms: { status: 'inactive' } },
      { share: true, sms: false },
    ],
    [
      [
        { name: 'Share links', key: 'share' },
        { slug: 'sms', available: false },
      ],
      { share: true, sms: false },
    ],
    [['share'], { share: true }],
    [
      [
        { name: 'share', enabled: true },
        { name: 'sms', enabled: false },
      ],
      { share: true, sms: false },
    ],
    [
      [{ key: 'share' }, { code: 'sms', active: '0' }, { feature: 'live', value: 1 }],
      { share: true, sms: false, live: true },
    ],
    [[{ enabled: true }, 7, null, ['share']], {}],
    [[], {}],
    [{}, {}],
    [null, null],
    [undefined, null],
    ['share', null],
    [true, null],
  ])('point 14: features %j are %j', (features, expected) => {
    expect(planSchema.parse({ features }).features).toEqual(expected);
  });

  it('point 15: horizontal_log or horizontal_logo', () => {
    const company = (fields: JsonObject) => readValue(readRow(companySchema, { uuid: uuid(9), ...fields }));
    expect(company({ horizontal_log: 'a' }).horizontal_logo).toBe('a');
    expect(company({ horizontal_logo: 'b' }).horizontal_logo).toBe('b');
    expect(company({ industry: { uuid: uuid(1), name: 'Baking' } }).industry).toBe('Baking');
  });

  it('point 15: no company in /me; the key of a job seeker is refused', () => {
    expect(meSchema.parse({ type: 'company_user', company: null }).company).toBeNull();
    expect(() => assertCompanyUser(meSchema.parse({ type: 'company_user' }))).not.toThrow();
    expect(() => assertCompanyUser(meSchema.parse({ type: 'job_seeker' }))).toThrow(
      expect.objectContaining({ name: SyncError.name, code: 'KEY_OF_JOB_SEEKER' }),
    );
  });

  it('point 20: of a location only the address comes back', () => {
    expect(job({ location: { uuid: uuid(6), formatted_address: 'Lyon, France' } }).location).toEqual({
      uuid: uuid(6),
      formatted_address: 'Lyon, France',
    });
  });

  it('points 24 and 25: an inactive user is a user, and so is an evaluator', () => {
    const row = readRow(userSchema, { uuid: uuid(3), active: false, role: 'evaluator' });
    expect(readValue(row)).toMatchObject({ active: false, role: 'evaluator' });
  });

  it('point 26: of a webhook only is told whether it has credentials', () => {
    const webhook = (http_auth: unknown) => readValue(readRow(webhookSchema, { uuid: uuid(3), http_auth }));
    expect([true, false, 'yes', undefined].map((value) => webhook(value).http_auth)).toEqual([
      true,
      false,
      null,
      null,
    ]);
  });
});
