/** What a row of schema ats means, and what is said where it means nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AtsInterview, AtsJob, AtsPackage, AtsUser } from '../../../src/desired/ats-rows.js';
import {
  type InterviewSurroundings,
  judgeInterview,
  judgeJob,
  judgeUser,
} from '../../../src/desired/judge/judge.js';
import { anyLetter } from '../../support/any-letter.js';
import { runsOf } from '../../support/rotation.js';

const now = Date.UTC(2031, 2, 10, 9);
const set = '6B6b6b6b-0000-4000-8000-000000000001';

const user = (more: Partial<AtsUser> = {}): AtsUser => ({
  atsId: 'U',
  name: 'Ada Mill',
  email: 'ada@mill.test',
  role: null,
  active: true,
  ...more,
});
const job = (more: Partial<AtsJob> = {}): AtsJob => ({
  atsId: 'J',
  title: 'Baker',
  description: 'Bread.',
  status: 'open',
  city: 'Graz',
  region: null,
  country: 'Austria',
  work_mode: null,
  work_place: null,
  owner_ats_id: null,
  ...more,
});
const interview = (more: Partial<AtsInterview> = {}): AtsInterview => ({
  atsId: 'I',
  job_ats_id: 'J',
  candidate_name: 'Mia Rye',
  candidate_email: 'mia@rye.test',
  candidate_phone: null,
  candidate_phone_e164: null,
  sms_consent: false,
  type: 'one_way',
  package: null,
  question_set_uuid: set,
  questions: null,
  deadline_at: Date.UTC(2031, 2, 20),
  timezone: null,
  email_message: null,
  requested_by_ats_id: null,
  desired: 'invited',
  share: false,
  priority: 0,
  ...more,
});
const template = (more: Partial<AtsPackage> = {}): AtsPackage => ({
  type: 'one_way',
  question_set_uuid: null,
  questions: [{ text: 'Why?', time_limit: 60, takes: 2 }],
  deadline_days: 7,
  email_message: 'Hello!',
  timezone: 'Europe/Vienna',
  ...more,
});
const judge = (more: Partial<AtsInterview>, around: Partial<InterviewSurroundings> = {}) =>
  judgeInterview(interview(more), { package: null, linked: false, now, ...around });
const codes = ({ issues }: { issues: Array<{ field: string | null; code: string }> }) =>
  issues.map(({ field, code }) => `${field} ${code}`);
/** An interview that has nothing of its own to ask. */
const bare = { type: null, question_set_uuid: null, deadline_at: null, package: 'p' };

describe('a user', () => {
  it('is taken as it is', () => {
    expect(judgeUser(user({ role: 'Administrator' }))).toEqual({
      resource: 'users',
      atsId: 'U',
      wanted: true,
      issues: [],
      waits: [],
      values: {
        resource: 'users',
        name: 'Ada Mill',
        email: 'ada@mill.test',
        role: 'administrator',
        roleOfNone: null,
        active: true,
      },
    });
  });

  it.each<[Partial<AtsUser>, string]>([
    [{ name: null }, 'name REQUIRED_FIELD_MISSING'],
    [{ name: ' \n' }, 'name REQUIRED_FIELD_MISSING'],
    [{ email: null }, 'email REQUIRED_FIELD_MISSING'],
    [{ email: 'ada' }, 'email INVALID_FORMAT'],
    [{ email: 'ada@mill' }, 'email INVALID_FORMAT'],
    [{ email: ' ada@mill.test' }, 'email INVALID_FORMAT'],
    [{ email: 'ada@mill.test, ida@mill.test' }, 'email INVALID_FORMAT'],
    [{ email: `${'a'.repeat(250)}@mill.test` }, 'email INVALID_FORMAT'],
    [{ role: 'emperor' }, 'role UNMAPPED_ENUM'],
  ])('%j has the issue %s', (more, issue) => {
    const judged = judgeUser(user(more));
    expect(codes(judged)).toEqual([issue]);
    expect(judged.values).toBeNull();
  });
});

describe('a job', () => {
  it.each<[Partial<AtsJob>, unknown]>([
    [{}, { kind: 'location', city: 'Graz', state: null, country: 'Austria' }],
    [{ region: 'Styria' }, { kind: 'location', city: 'Graz', state: 'Styria', country: 'Austria' }],
    [
      { work_mode: 'remote', city: null },
      { kind: 'locality', work_mode: 'remote', work_place: null },
    ],
    [
      { work_mode: 'on_site', work_place: 'Mill Lane 3' },
      { kind: 'locality', work_mode: 'on_site', work_place: 'Mill Lane 3' },
    ],
    [{ work_mode: 'hybrid' }, { kind: 'locality', work_mode: 'hybrid', work_place: 'Graz, Austria' }],
    [
      { work_mode: 'hybrid', country: null },
      { kind: 'locality', work_mode: 'hybrid', work_place: 'Graz' },
    ],
  ])('%j is at %j', (more, place) => {
    expect(judgeJob(job(more))).toMatchObject({ issues: [], values: { place } });
  });

  it('is active while it is open', () => {
    expect(judgeJob(job({ status: 'Open ' })).values!.status).toBe('active');
    expect(judgeJob(job({ status: 'closed' })).values!.status).toBe('inactive');
  });

  it.each<[Partial<AtsJob>, string[]]>([
    [{ title: '' }, ['title REQUIRED_FIELD_MISSING']],
    [{ description: null }, ['description REQUIRED_FIELD_MISSING']],
    [{ status: null }, ['status REQUIRED_FIELD_MISSING']],
    [{ status: 'draft' }, ['status UNMAPPED_ENUM']],
    [{ city: null }, ['city REQUIRED_FIELD_MISSING']],
    [{ owner_ats_id: '\u00a0' }, ['owner_ats_id INVALID_FORMAT']],
    [{ country: ' ' }, ['country REQUIRED_FIELD_MISSING']],
    [{ work_mode: 'on_site', city: null }, ['work_place REQUIRED_FIELD_MISSING']],
    [{ work_mode: 'hybrid', city: null, work_place: ' ' }, ['work_place REQUIRED_FIELD_MISSING']],
    [{ work_mode: 'office', city: null }, ['work_mode UNMAPPED_ENUM']],
    [
      { title: null, status: 'x', city: null },
      ['title REQUIRED_FIELD_MISSING', 'status UNMAPPED_ENUM', 'city REQUIRED_FIELD_MISSING'],
    ],
  ])('%j has the issues %j', (more, issues) => {
    expect(codes(judgeJob(job(more)))).toEqual(issues);
  });
});

describe('what is there already', () => {
  it('is told what cannot be changed any more, and goes on', () => {
    const asUser = judgeUser(user({ role: 'emperor' }), true);
    expect(asUser).toMatchObject({ issues: [], values: { name: 'Ada Mill', role: null } });
    expect(codes({ issues: asUser.columnIssues! })).toEqual(['role UNMAPPED_ENUM']);
    const asJob = judgeJob(job({ city: null, status: 'closed' }), true);
    expect(asJob).toMatchObject({ issues: [], values: { status: 'inactive', place: null } });
    expect(codes({ issues: asJob.columnIssues! })).toEqual(['city REQUIRED_FIELD_MISSING']);
    expect(judgeJob(job({ title: null }), true).values).toBeNull();
    expect(judgeJob(job(), true)).toEqual(judgeJob(job()));
  });
});

describe('an interview', () => {
  it('is taken as it is', () => {
    expect(
      judge({
        candidate_phone: '0664 1234567',
        candidate_phone_e164: '+436641234567',
        sms_consent: true,
        timezone: 'America/Chicago',
        share: true,
        priority: 3,
        requested_by_ats_id: 'U',
        email_message: 'Hi!',
      }),
    ).toEqual({
      resource: 'interviews',
      atsId: 'I',
      wanted: true,
      issues: [],
      waits: [],
      values: {
        resource: 'interviews',
        type: 'one_way',
        jobAtsId: 'J',
        candidate: {
          name: 'Mia Rye',
          email: 'mia@rye.test',
          phone: '0664 1234567',
          phoneE164: '+436641234567',
        },
        smsConsent: true,
        questionSetUuid: set.toLowerCase(),
        questions: null,
        complete: false,
        deadline: { at: '2031-03-20T00:00:00.000Z' },
        timezone: 'America/Chicago',
        emailMessage: 'Hi!',
        requestedByAtsId: 'U',
        share: true,
        priority: 3,
        fromPackage: [],
      },
    });
  });

  const phones = (phone: string | null, e164: string | null, consent: boolean | null) => ({
    candidate_phone: phone,
    candidate_phone_e164: e164,
    sms_consent: consent,
  });
  const question = (more: Record<string, unknown>) => [{ text: 'Why?', time_limit: 30, ...more }];
  const year = Date.UTC(2032, 2, 10, 9);

  it.each<[string, Partial<AtsInterview>, string[]]>([
    ['no job', { job_ats_id: null }, ['job_ats_id REQUIRED_FIELD_MISSING']],
    ['no name', { candidate_name: null }, ['candidate_name REQUIRED_FIELD_MISSING']],
    ['no e-mail', { candidate_email: '' }, ['candidate_email REQUIRED_FIELD_MISSING']],
    ['no address', { candidate_email: 'mia at rye' }, ['candidate_email INVALID_FORMAT']],
    ['no type', { type: null }, ['type REQUIRED_FIELD_MISSING']],
    ['another type', { type: 'phone' }, ['type UNMAPPED_ENUM']],
    ['another wish', { desired: 'maybe' }, ['desired UNMAPPED_ENUM']],
    ['a null wish is an invitation', { desired: null }, []],
    ['a completed one of one way', { desired: 'completed' }, ['desired UNMAPPED_ENUM']],
    ['a completed live one', { desired: 'Completed', type: 'live' }, []],
    ['a phone alone', phones('0664', null, true), ['candidate_phone_e164 REQUIRED_FIELD_MISSING']],
    ['E.164 alone', phones(null, '+436641234567', true), ['candidate_phone REQUIRED_FIELD_MISSING']],
    ['no consent', phones('0664', '+436641234567', false), ['sms_consent SMS_CONSENT_MISSING']],
    ['consent unknown', phones('0664', '+436641234567', null), ['sms_consent SMS_CONSENT_MISSING']],
    ['consent without a phone', phones(null, null, true), []],
    ['no +', phones('0664', '436641234567', true), ['candidate_phone_e164 INVALID_FORMAT']],
    ['blanks', phones('0664 1234567', '+43 664\u00a01234567', true), []],
    [
      'an invisible character',
      phones('0664', '+436641234567\u200b', true),
      ['candidate_phone_e164 INVALID_FORMAT'],
    ],
    ['no such country', phones('0664', '+9996641234567', true), ['candidate_phone_e164 INVALID_FORMAT']],
    ['too short', phones('0664', '+43664', true), ['candidate_phone_e164 INVALID_FORMAT']],
    ['an American number', phones('(312) 555-0100', '+13125550100', true), []],
    ['a zone', { timezone: 'Asia/Kolkata' }, []],
    ['a package of blanks', { package: '\u00a0' }, ['package INVALID_FORMAT']],
    ['a zone with blanks', { timezone: ' UTC ' }, []],
    ['no zone', { timezone: 'Mars/Base' }, ['timezone INVALID_FORMAT']],
    ['an offset', { timezone: '+02:00' }, ['timezone INVALID_FORMAT']],
    ['an abbreviation nobody lists', { timezone: 'CESTX' }, ['timezone INVALID_FORMAT']],
    ['no deadline', { deadline_at: null }, ['deadline_at REQUIRED_FIELD_MISSING']],
    ['a deadline in a second', { deadline_at: now + 1000 }, []],
    ['a deadline in a year', { deadline_at: year }, []],
    [
      'a deadline without end',
      { deadline_at: Number.POSITIVE_INFINITY },
      ['deadline_at DEADLINE_OUT_OF_RANGE'],
    ],
    ['a set that is no uuid', { question_set_uuid: 'seven' }, ['question_set_uuid INVALID_FORMAT']],
    ['nothing to ask', { question_set_uuid: null }, ['questions REQUIRED_FIELD_MISSING']],
    ['an empty list', { question_set_uuid: null, questions: [] }, ['questions REQUIRED_FIELD_MISSING']],
    ['a live one with nothing to ask', { question_set_uuid: null, type: 'live' }, []],
    ['questions beside a set do not matter', { questions: 'x' }, []],
    ...[30, 60, 90, 120, 160, 180].map((limit): [string, Partial<AtsInterview>, string[]] => [
      `${limit} s`,
      { question_set_uuid: null, questions: question({ time_limit: limit }) },
      [],
    ]),
    ...[0, 29, 45, 150, 181, '60', null, 30.5].map((limit): [string, Partial<AtsInterview>, string[]] => [
      `${JSON.stringify(limit)} s`,
      { question_set_uuid: null, questions: question({ time_limit: limit }) },
      ['questions INVALID_FORMAT'],
    ]),
    ...[-1, 0, 5, null, undefined].map((takes): [string, Partial<AtsInterview>, string[]] => [
      `${takes} takes`,
      { question_set_uuid: null, questions: question({ takes }) },
      [],
    ]),
    ...[-2, 6, 1.5, '3', true].map((takes): [string, Partial<AtsInterview>, string[]] => [
      `${JSON.stringify(takes)} takes`,
      { question_set_uuid: null, questions: question({ takes }) },
      ['questions INVALID_FORMAT'],
    ]),
    ...['Why?', { text: 'Why?' }, [1], [null], [[]], question({ text: ' ' }), question({ text: 1 })].map(
      (questions): [string, Partial<AtsInterview>, string[]] => [
        JSON.stringify(questions),
        { question_set_uuid: null, questions },
        ['questions INVALID_FORMAT'],
      ],
    ),
  ])('with %s', (_, more, issues) => {
    const judged = judge(more);
    expect(codes(judged)).toEqual(issues);
    expect(judged.values === null).toBe(issues.length > 0);
  });

  it('names the question that is wrong, and what to do', () => {
    const questions = [...question({}), { text: 'How?', time_limit: 45 }];
    expect(judge({ question_set_uuid: null, questions }).issues[0]!.message).toBe(
      'Correct question 2: time_limit must be one of 30, 60, 90, 120, 160, 180 (seconds).',
    );
  });

  it.each([now, now - 1e9, year + 1])(
    'with a deadline of %i is not sent, but may be taken over',
    (deadline_at) => {
      const judged = judge({ deadline_at });
      expect([codes(judged), judged.values]).toMatchObject([[], { jobAtsId: 'J' }]);
      expect(judged.unsendable).toMatchObject([{ code: 'DEADLINE_OUT_OF_RANGE', field: 'deadline_at' }]);
      const alsoWrong = judge({ deadline_at, candidate_name: null });
      expect(codes(alsoWrong)).toEqual([
        'candidate_name REQUIRED_FIELD_MISSING',
        'deadline_at DEADLINE_OUT_OF_RANGE',
      ]);
      expect(judge({ deadline_at, desired: 'canceled' }).unsendable).toBeUndefined();
    },
  );

  it('that was sent keeps a deadline that has passed, or is far away', () => {
    for (const deadline_at of [now - 1e9, year + 1e9]) {
      const judged = judge({ deadline_at }, { linked: true });
      expect([judged.issues, judged.values]).toMatchObject([[], { jobAtsId: 'J' }]);
      // It matters once it is to be moved there.
      expect(judged.unsendable).toMatchObject([{ code: 'DEADLINE_OUT_OF_RANGE', field: 'deadline_at' }]);
    }
  });

  it.each<[string, Partial<AtsInterview>, string[]]>([
    ['no name', { candidate_name: null }, ['candidate_name REQUIRED_FIELD_MISSING']],
    ['no address', { candidate_email: 'x' }, ['candidate_email INVALID_FORMAT']],
    ...[' ', '\u00a0', '\u200b\t', '\u3164'].map((blank): [string, Partial<AtsInterview>, string[]] => [
      `a requester of ${JSON.stringify(blank)}`,
      { requested_by_ats_id: blank },
      ['requested_by_ats_id INVALID_FORMAT'],
    ]),
    ['a requester who is left empty', { requested_by_ats_id: '' }, []],
    ['no job', { job_ats_id: ' ' }, ['job_ats_id REQUIRED_FIELD_MISSING']],
    ['no type', { type: null }, ['type REQUIRED_FIELD_MISSING']],
    ['another type', { type: 'phone' }, ['type UNMAPPED_ENUM']],
    ['a phone alone', phones('0664', null, true), ['candidate_phone_e164 REQUIRED_FIELD_MISSING']],
    ['a broken number', phones('0664', '0664', true), ['candidate_phone_e164 INVALID_FORMAT']],
    ['no phones any more', phones(null, null, false), []],
    ['no zone', { timezone: 'Mars/Base' }, ['timezone INVALID_FORMAT']],
    ['no set', { question_set_uuid: 'seven' }, ['question_set_uuid INVALID_FORMAT']],
    ['no list', { question_set_uuid: null, questions: 'x' }, ['questions INVALID_FORMAT']],
    ['no end', { deadline_at: Number.POSITIVE_INFINITY }, ['deadline_at DEADLINE_OUT_OF_RANGE']],
  ])('that was sent goes on with %s: it is told of that column alone', (_, more, issues) => {
    const { columnIssues = [], ...judged } = judge(more, { linked: true });
    expect([judged.issues, codes({ issues: columnIssues })]).toEqual([[], issues]);
    expect(judged.values).toMatchObject({ share: false, complete: false });
    expect(judge({ ...more, desired: 'canceled' }, { linked: true }).columnIssues).toBeUndefined();
  });

  it('that was sent has no wish in what cannot be used', () => {
    const { values } = judge({ question_set_uuid: null, questions: 'x' }, { linked: true });
    expect(values!.fromPackage).toEqual(['questions']);
    // It might be a wish to cancel, or to complete what is not live.
    expect(codes(judge({ desired: 'maybe' }, { linked: true }))).toEqual(['desired UNMAPPED_ENUM']);
    // What was sent tells which type it is, whatever its package says now.
    expect(judge({ desired: 'completed' }, { linked: true }).values).toMatchObject({ complete: true });
    const unknown = judge({ desired: 'completed', type: 'phone' }, { linked: true });
    expect(codes(unknown)).toEqual(['type UNMAPPED_ENUM']);
  });

  it('that was sent needs consent only to be sent again', () => {
    for (const consent of [false, null]) {
      const judged = judge(phones('0664', '+436641234567', consent), { linked: true });
      expect([judged.issues, judged.columnIssues, judged.values]).toMatchObject([
        [],
        undefined,
        { smsConsent: false },
      ]);
      expect(judged.unsendable).toMatchObject([{ code: 'SMS_CONSENT_MISSING', field: 'sms_consent' }]);
    }
  });

  it('that is withdrawn is no complaint', () => {
    for (const more of [{ desired: 'canceled' }, { desired: 'Cancelled' }]) {
      expect(judge({ ...more, candidate_email: 'x', package: 'none' })).toMatchObject({
        wanted: false,
        values: null,
        issues: [],
        waits: [],
      });
      expect(judge(more)).toMatchObject({ wanted: false, values: { jobAtsId: 'J' } });
    }
    const completed = judge({ desired: 'completed', type: 'live' });
    expect(completed).toMatchObject({ wanted: true, values: { complete: true } });
    expect(judge({}).values).toMatchObject({ complete: false });
  });
});

describe('a package', () => {
  it('gives what the row leaves open', () => {
    expect(judge(bare, { package: template() })).toMatchObject({
      issues: [],
      waits: [],
      values: {
        type: 'one_way',
        questionSetUuid: null,
        questions: [{ text: 'Why?', time_limit: 60, takes: 2 }],
        deadline: { days: 7 },
        timezone: 'Europe/Vienna',
        emailMessage: 'Hello!',
        fromPackage: ['type', 'questions', 'deadline_at', 'timezone', 'email_message'],
      },
    });
  });

  it('gives nothing that the row says itself', () => {
    const own = {
      package: 'p',
      type: 'live',
      timezone: 'UTC',
      email_message: 'Mine.',
      question_set_uuid: null,
    };
    const questions = [{ text: 'Own?', time_limit: 30 }];
    expect(judge({ ...own, questions }, { package: template({ question_set_uuid: set }) })).toMatchObject({
      issues: [],
      values: {
        type: 'live',
        timezone: 'UTC',
        emailMessage: 'Mine.',
        questionSetUuid: null,
        questions: [{ text: 'Own?', time_limit: 30, takes: null }],
        deadline: { at: '2031-03-20T00:00:00.000Z' },
        fromPackage: [],
      },
    });
  });

  it('that is not there (yet) is waited for, unless the row is wrong by itself', () => {
    expect(judge(bare)).toMatchObject({
      values: null,
      issues: [],
      waits: [
        {
          code: 'UNKNOWN_REFERENCE',
          field: 'package',
          message: expect.stringMatching(/^Add the package "p", or .*\.$/),
        },
      ],
    });
    const wrong = judge({ ...bare, candidate_email: 'x' });
    expect([codes(wrong), wrong.waits]).toEqual([['candidate_email INVALID_FORMAT'], []]);
  });

  it('still tells what it would give a row that was sent, in case it has to be sent again', () => {
    expect(judge(bare, { package: template(), linked: true })).toMatchObject({
      issues: [],
      values: {
        questions: [{ text: 'Why?', time_limit: 60, takes: 2 }],
        deadline: { days: 7 },
        timezone: 'Europe/Vienna',
        fromPackage: ['type', 'questions', 'deadline_at', 'timezone', 'email_message'],
      },
    });
  });

  it('is not asked about a row that was sent', () => {
    for (const found of [null, template({ type: 'other', timezone: 'x', deadline_days: -1, questions: 1 })]) {
      expect(judge(bare, { package: found, linked: true })).toMatchObject({
        issues: [],
        waits: [],
        values: { type: 'one_way', questions: null, timezone: null },
      });
    }
  });

  it.each<[Partial<AtsPackage>, string]>([
    [{ type: null }, 'type REQUIRED_FIELD_MISSING'],
    [{ type: 'x' }, 'type UNMAPPED_ENUM'],
    [{ questions: null }, 'questions REQUIRED_FIELD_MISSING'],
    [{ questions: [1] }, 'questions INVALID_FORMAT'],
    [{ question_set_uuid: 'x' }, 'question_set_uuid INVALID_FORMAT'],
    [{ timezone: 'x' }, 'timezone INVALID_FORMAT'],
    [{ deadline_days: null }, 'deadline_at REQUIRED_FIELD_MISSING'],
    [{ deadline_days: 0 }, 'deadline_at DEADLINE_OUT_OF_RANGE'],
    [{ deadline_days: 366 }, 'deadline_at DEADLINE_OUT_OF_RANGE'],
    [{ deadline_days: Number.NaN }, 'deadline_at DEADLINE_OUT_OF_RANGE'],
  ])('%j is an issue of the row, which names the package', (more, issue) => {
    const judged = judge(bare, { package: template(more) });
    expect(codes(judged)).toEqual([issue]);
    expect(judged.issues[0]!.message).toMatch(/package/);
  });
});

describe('whatever a row holds', () => {
  const words = fc.oneof(
    fc.constantFrom(
      '',
      ' ',
      'open',
      'one_way',
      'remote',
      'canceled',
      'ada@mill.test',
      '+436641234567',
      'UTC',
      '__proto__',
      set,
    ),
    fc.string({ unit: anyLetter }),
  );
  const text = fc.option(words, { nil: null });
  const bool = fc.option(fc.boolean(), { nil: null });
  const json = fc.oneof(
    fc.jsonValue() as fc.Arbitrary<unknown>,
    fc.constant(null),
    fc.array(fc.record({ text: fc.jsonValue(), time_limit: fc.constantFrom(30, 31), takes: fc.jsonValue() })),
  );
  const number = fc.option(fc.double(), { nil: null });
  const some = <T>(keys: Array<keyof T>, arbitrary: fc.Arbitrary<unknown>) =>
    fc.record(Object.fromEntries(keys.map((key) => [key, arbitrary])), { requiredKeys: [] }) as fc.Arbitrary<
      Partial<T>
    >;
  const anyInterview = fc
    .tuple(
      some<AtsInterview>(
        [
          'job_ats_id',
          'candidate_name',
          'candidate_email',
          'candidate_phone',
          'candidate_phone_e164',
          'type',
          'package',
          'question_set_uuid',
          'timezone',
          'email_message',
          'requested_by_ats_id',
          'desired',
        ],
        text,
      ),
      some<AtsInterview>(['sms_consent', 'share'], bool),
      fc.record({ questions: json, deadline_at: number }, { requiredKeys: [] }),
    )
    .map((parts) => interview(Object.assign({}, ...parts)));
  const anyPackage = fc.option(
    fc
      .tuple(
        some<AtsPackage>(['type', 'question_set_uuid', 'email_message', 'timezone'], text),
        fc.record({ questions: json, deadline_days: number }),
      )
      .map((parts) => template(Object.assign({}, ...parts))),
    { nil: null },
  );
  const sane = (
    judged: ReturnType<typeof judge> | ReturnType<typeof judgeUser> | ReturnType<typeof judgeJob>,
  ) => {
    const fields = judged.issues.map(({ field }) => field);
    expect(new Set(fields).size).toBe(fields.length);
    for (const { message } of judged.issues) {
      expect(message).toMatch(/^[A-Z][^\n]*[.?]$/);
      expect(message.length).toBeLessThan(1000);
    }
    if (judged.wanted) {
      const isUsable = judged.issues.length === 0 && (judged.waits ?? []).length === 0;
      expect(judged.values !== null).toBe(isUsable);
    } else expect(judged.issues).toEqual([]);
  };

  it('judging answers: values or sentences, one a column', () => {
    fc.assert(
      fc.property(anyInterview, anyPackage, fc.boolean(), (row, found, linked) =>
        sane(judgeInterview(row, { package: found, linked, now })),
      ),
      { numRuns: runsOf(500) },
    );
    fc.assert(
      fc.property(some<AtsUser>(['name', 'email', 'role'], text), (more) => sane(judgeUser(user(more)))),
    );
    const columns: Array<keyof AtsJob> = [
      'title',
      'description',
      'status',
      'city',
      'region',
      'country',
      'work_mode',
      'work_place',
      'owner_ats_id',
    ];
    fc.assert(fc.property(some<AtsJob>(columns, text), (more) => sane(judgeJob(job(more)))));
  });
});
