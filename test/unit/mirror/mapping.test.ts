/** Rows out of objects: the documented shapes, every other way to read them, and odd values. */
import { describe, expect, it } from 'vitest';
import {
  derivedUuid,
  interviewRow,
  planColumns,
  questionRows,
  watchUrl,
} from '../../../src/mirror/mapping.js';
import { type MirrorRow, mirrorTables, type TableName } from '../../../src/mirror/tables.js';
import { readOne } from '../../../src/sparkhire/reading.js';
import { interviewSchema } from '../../../src/sparkhire/resources/interviews.js';
import { planSchema } from '../../../src/sparkhire/resources/plan.js';
import {
  advancedLinkItem,
  advancedLinkObject,
  interviewItem,
  interviewObject,
  type Json,
  jobItem,
  jobObject,
  listed,
  question,
  questionSet,
  shareLink,
  single,
  user,
  uuidAt,
} from '../../integration/mirror/fixture.js';

const questionsOf = (raw: Json) => questionRows(readOne(interviewSchema, raw));

/** Columns with a value. */
function filled({ columns }: MirrorRow): Json {
  return Object.fromEntries(
    Object.entries(columns).filter(([, value]) => value !== null && value !== undefined),
  );
}

describe('the documented shapes', () => {
  it('of a user', () => {
    expect(filled(listed('users', user(1)))).toEqual({
      name: 'User 1',
      email: 'user1@mill.test',
      active: true,
      avatar: 'https://pictures.test/none.png',
      company_uuid: uuidAt(0xc0),
      created_at: '2031-01-02T08:00:00+00:00',
      updated_at: '2031-02-01T08:00:00+00:00',
    });
    expect(filled(single('users', user(1, { role: 'standard' })))).toMatchObject({ role: 'standard' });
  });

  it('of a job', () => {
    const columns = {
      title: 'Job 1',
      status: 'active',
      location: 'Old Mill, ME, USA',
      open_interview_uuid: uuidAt(0x0e),
      open_interview_link: 'https://links.test/open',
      open_interview_expires_at: '2031-05-01T08:00:00+00:00',
      open_interview_status: 'active',
      created_by_uuid: uuidAt(0xa1),
      created_by_email: 'ada.recruiter@mill.test',
      status_updated_by_uuid: uuidAt(0xa2),
      status_updated_at: '2031-01-20T08:00:00+00:00',
      company_uuid: uuidAt(0xc0),
      created_at: '2031-01-02T08:00:00+00:00',
      updated_at: '2031-02-01T08:00:00+00:00',
    };
    expect(filled(listed('jobs', jobItem(1)))).toEqual(columns);
    expect(filled(single('jobs', jobObject(1)))).toEqual({ ...columns, description: 'What job 1 is about.' });
  });

  it('of an interview', () => {
    const columns = {
      type: 'one_way',
      status: 'completed',
      rating: 3.5,
      job_uuid: uuidAt(0x70b),
      job_title: 'Miller',
      candidate_uuid: uuidAt(0xd1),
      candidate_name: 'Candidate 1',
      candidate_email: 'candidate.1@mill.test',
      created_by_uuid: uuidAt(0xa1),
      created_by_email: 'ada.recruiter@mill.test',
      scheduled_at: '2031-03-01T08:00:00+00:00',
      completed_at: '2031-01-30T08:00:00+00:00',
      watch_url: `https://www.sparkhire.com/interview/${uuidAt(1)}/watch`,
      company_uuid: uuidAt(0xc0),
      created_at: '2031-01-02T08:00:00+00:00',
      updated_at: '2031-02-01T08:00:00+00:00',
    };
    expect(filled(listed('interviews', interviewItem(1)))).toEqual(columns);
    expect(filled(single('interviews', interviewObject(1)))).toEqual({
      ...columns,
      share_link_uuid: uuidAt(0x51),
      share_url: 'https://links.test/basic',
      share_status: 'active',
    });
  });

  it('of the questions of an interview', () => {
    expect(questionsOf(interviewObject(1))).toEqual([
      {
        uuid: uuidAt(0x9001),
        columns: {
          interview_uuid: uuidAt(1),
          position: 1,
          text: `Question ${0x9001}?`,
          time_limit: 60,
          takes_limit: 3,
          takes_completed: 1,
          takes_remaining: 2,
          completed: true,
          skipped: false,
          started_at: '2031-01-30T07:50:00+00:00',
          created_at: '2031-01-02T08:00:00+00:00',
          updated_at: '2031-01-02T08:00:00+00:00',
        },
        raw: question(0x9001),
        keep: [],
        single: true,
      },
      expect.objectContaining({ uuid: uuidAt(0x9002) }),
    ]);
    expect(questionsOf(interviewItem(1))).toBeNull();
    expect(questionsOf({ ...interviewItem(1), questions: null })).toBeNull();
    expect(questionsOf({ ...interviewItem(1), questions: {} })).toBeNull();
    expect(questionsOf({ ...interviewItem(1), questions: [] })).toEqual([]);
  });

  it('of a question set', () => {
    expect(filled(listed('question_sets', questionSet(1)))).toEqual({
      name: 'Set 1',
      questions: questionSet(1).questions,
      created_at: '2031-01-02T08:00:00+00:00',
      updated_at: '2031-02-01T08:00:00+00:00',
    });
  });

  it('of an advanced share link', () => {
    const columns = {
      url: 'https://links.test/1',
      status: 'active',
      reviewer_name: 'Cy Owner',
      reviewer_email: 'cy@mill.test',
      created_by_uuid: uuidAt(0xa1),
      created_at: '2031-01-02T08:00:00+00:00',
      updated_at: '2031-02-01T08:00:00+00:00',
    };
    expect(filled(listed('share_links', advancedLinkItem(1)))).toEqual(columns);
    expect(filled(single('share_links', advancedLinkObject(1)))).toEqual({
      ...columns,
      interview_uuids: [uuidAt(1), uuidAt(2)],
    });
  });

  it('leave what the object says in raw, word for word', () => {
    const raw = interviewObject(1, { unknown: { x: [null, 1] }, status: 'Cancelled' });
    expect(single('interviews', raw).raw).toEqual(raw);
  });

  it('fill columns that exist, and no others', () => {
    const rows: Array<[TableName, MirrorRow]> = [
      ['users', single('users', user(1))],
      ['jobs', single('jobs', jobObject(1))],
      ['interviews', single('interviews', interviewObject(1))],
      ['interview_questions', questionsOf(interviewObject(1))![0]!],
      ['question_sets', single('question_sets', questionSet(1))],
      ['share_links', single('share_links', advancedLinkObject(1))],
      ['companies', single('companies', { uuid: uuidAt(1) })],
    ];
    for (const [table, row] of rows) {
      expect(Object.keys(row.columns).sort()).toEqual(
        mirrorTables[table].columns.map(([name]) => name).sort(),
      );
    }
  });
});

describe('an interview', () => {
  const columns = (over: Json) => single('interviews', interviewObject(1, over)).columns;

  it.each([
    [3, 3],
    [1.25, 1.25],
    ['3.4', 3.4],
    ['5', 5],
    [0, 0],
    [null, null],
    ['', null],
    ['great', null],
    [5.1, null],
    [-1, null],
    [true, null],
    [{ value: 3 }, null],
  ])('rated %j has the rating %j', (rating, expected) => {
    expect(columns({ rating }).rating).toBe(expected);
  });

  it('names its job as `job_post` or as `job`', () => {
    const { job_post, ...rest } = interviewItem(1);
    const row = listed('interviews', { ...rest, job: job_post });
    expect(row.columns).toMatchObject({ job_uuid: uuidAt(0x70b), job_title: 'Miller' });
    expect(columns({ job_post: null, job: job_post })).toMatchObject({ job_title: 'Miller' });
    expect(columns({ job_post, job: { title: 'Other' } })).toMatchObject({ job_title: 'Miller' });
    expect(columns({ job_post: 'Miller' })).toMatchObject({ job_uuid: undefined, job_title: undefined });
  });

  it.each([
    [shareLink, { share_link_uuid: uuidAt(0x51), share_url: shareLink.url, share_status: 'active' }],
    [shareLink.url, { share_link_uuid: null, share_url: shareLink.url, share_status: null }],
    [
      { url: 'u', status: 'inactive' },
      { share_link_uuid: null, share_url: 'u', share_status: 'inactive' },
    ],
  ])('has a share link given as %j', (share_link, expected) => {
    expect(columns({ share_link })).toMatchObject(expected);
  });

  it.each([[null], [''], [7], [[]]])('has none where it is %j', (share_link) => {
    const { share_link_uuid, share_url, share_status } = columns({ share_link });
    expect([share_link_uuid ?? null, share_url ?? null, share_status ?? null]).toEqual([null, null, null]);
  });

  it.each([
    ['canceled', 'canceled'],
    ['cancelled', 'canceled'],
    ['Cancelled', 'canceled'],
    ['on hold', 'on hold'],
    ['', ''],
    [null, null],
    [7, null],
  ])('of the status %j has %j', (status, expected) => {
    expect(columns({ status }).status).toBe(expected);
  });

  it('can be watched once it is completed, as its address says', () => {
    expect(watchUrl({ uuid: uuidAt(1), status: 'completed' })).toBe(
      `https://www.sparkhire.com/interview/${uuidAt(1)}/watch`,
    );
    for (const status of ['accepted', 'requested', 'expired', 'canceled', null]) {
      expect(watchUrl({ uuid: uuidAt(1), status })).toBeNull();
    }
  });

  it.each([
    ['2031-02-01T08:00:00Z', '2031-02-01T08:00:00Z'],
    ['2031-02-01T08:00:00.25+01:00', '2031-02-01T08:00:00.25+01:00'],
    ['2031-02-01t08:00:00z', '2031-02-01T08:00:00Z'],
    ['2031-02-01 08:00:00+0000', '2031-02-01T08:00:00+00:00'],
    ['2031-12-31T23:59:60Z', '2032-01-01T00:00:00.000Z'],
    ['2031-02-29T00:00:00Z', null],
    ['2031-02-01', null],
    ['2031-02-01T08:00:00', '2031-02-01T08:00:00Z'],
    ['yesterday', null],
    [1_900_000_000, '2030-03-17T17:46:40.000Z'],
    [null, null],
  ])('scheduled at %j is scheduled at %j', (scheduled_at, expected) => {
    expect(columns({ scheduled_at }).scheduled_at).toBe(expected);
  });

  it('has its people, or parts of them', () => {
    expect(columns({ assigned_to: null, created_by: undefined })).toMatchObject({
      candidate_uuid: undefined,
      created_by_uuid: undefined,
    });
    expect(columns({ assigned_to: { name: 'Only Name', email: '  a@b.test ' } })).toMatchObject({
      candidate_uuid: null,
      candidate_name: 'Only Name',
      candidate_email: 'a@b.test',
    });
    expect(columns({ assigned_to: [{ name: 'x' }], company: 'Mill' })).toMatchObject({
      candidate_name: undefined,
      company_uuid: undefined,
    });
  });

  it('keeps indexed text short, between characters', () => {
    const long = '👩'.repeat(600);
    const { candidate_email, status } = columns({ assigned_to: { email: `x${long}` }, status: long });
    for (const [cut, whole] of [
      [candidate_email, `x${long}`],
      [status, long],
    ] as const) {
      expect((cut as string).length).toBeLessThanOrEqual(500);
      expect((cut as string).length).toBeGreaterThanOrEqual(499);
      expect(whole.startsWith(cut as string)).toBe(true);
      expect(cut).toBe((cut as string).toWellFormed());
    }
  });
});

describe('a question', () => {
  const columns = (over: Json) =>
    questionsOf(interviewObject(1, { questions: [question(7, over)] }))![0]!.columns;

  it.each<[unknown, [unknown, unknown, unknown]]>([
    [{ completed: 1, remaining: 2, limit: 3 }, [3, 1, 2]],
    [{ completed: 0, remaining: 0 }, [null, 0, 0]],
    [{ completed: -1, remaining: -1, limit: -1 }, [-1, -1, -1]],
    [3, [3, null, null]],
    [-1, [-1, null, null]],
    ['2', [2, null, null]],
    ['unlimited', [undefined, undefined, undefined]],
    [null, [undefined, undefined, undefined]],
    [[], [undefined, undefined, undefined]],
  ])('with takes given as %j', (takes, [limit, completed, remaining]) => {
    expect(columns({ takes })).toMatchObject({
      takes_limit: limit,
      takes_completed: completed,
      takes_remaining: remaining,
    });
  });

  it.each([
    [45, 45],
    ['90', 90],
    [60.5, null],
    [99_999_999_999, null],
    [null, null],
  ])('with a time limit of %j has %j', (time_limit, expected) => {
    expect(columns({ time_limit }).time_limit).toBe(expected);
  });

  it('that shares its uuid with another of the interview gets one that is always the same', () => {
    const questions = [question(7), question(7, { text: 'Other?' }), question(7, { text: 'Third?' })];
    const uuids = questionsOf(interviewObject(1, { questions }))!.map(({ uuid }) => uuid);
    expect(new Set(uuids).size).toBe(3);
    expect(uuids[0]).toBe(uuidAt(7));
    expect(questionsOf(interviewObject(1, { questions }))!.map(({ uuid }) => uuid)).toEqual(uuids);
    const elsewhere = questionsOf(interviewObject(2, { questions }))!.map(({ uuid }) => uuid);
    expect(elsewhere[1]).not.toBe(uuids[1]);
    expect(uuids[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(derivedUuid('a', 1)).not.toBe(derivedUuid('a', 2));
  });
});

describe('details', () => {
  it('that a listing never carries are kept from what is stored', () => {
    expect(listed('jobs', jobItem(1)).keep).toEqual(['description', 'open_interview.questions']);
    expect(listed('interviews', interviewItem(1)).keep).toEqual(['questions', 'share_link']);
    expect(listed('share_links', advancedLinkItem(1)).keep).toEqual(['interviews']);
    expect(listed('users', user(1)).keep).toEqual(['role']);
    expect(listed('jobs', jobItem(1)).single).toBe(false);
  });

  it('that a single read carries, also as null, are not', () => {
    expect(single('jobs', jobObject(1)).keep).toEqual([]);
    expect(single('jobs', jobObject(1, { description: null })).keep).toEqual([]);
    expect(single('interviews', interviewObject(1, { share_link: null, questions: null })).keep).toEqual([]);
    expect(single('interviews', interviewItem(1)).keep).toEqual(['questions', 'share_link']);
    expect(single('users', user(1)).keep).toEqual(['role']);
    expect(single('users', user(1, { role: 'evaluator' })).keep).toEqual([]);
    expect(single('jobs', jobObject(1)).single).toBe(true);
  });
});

describe('an advanced share link', () => {
  const uuids = (interviews: unknown) =>
    single('share_links', advancedLinkObject(1, { interviews })).columns.interview_uuids;

  it('names interviews by `interview_uuid`, else by `uuid`', () => {
    expect(uuids([{ uuid: uuidAt(9), interview_uuid: uuidAt(1) }])).toEqual([uuidAt(1)]);
    expect(uuids([{ uuid: uuidAt(1).toUpperCase() }])).toEqual([uuidAt(1)]);
    expect(uuids([null, 'x', {}, { uuid: 'none' }, { uuid: uuidAt(2) }])).toEqual([uuidAt(2)]);
    expect(uuids([])).toEqual([]);
    expect(uuids(null) ?? null).toBeNull();
    expect(uuids('x') ?? null).toBeNull();
  });
});

describe('a question set', () => {
  it.each([[null], [undefined], ['x'], [{}]])('without a list of questions (%j) has none', (questions) => {
    expect(listed('question_sets', questionSet(1, { questions })).columns.questions).toBeNull();
  });
});

describe('a company', () => {
  it.each([
    [{ uuid: uuidAt(1), name: 'Food' }, 'Food'],
    ['Food', 'Food'],
    [null, null],
    [[], null],
  ])('in the industry %j has %j', (industry, expected) => {
    expect(single('companies', { uuid: uuidAt(1), industry }).columns.industry).toBe(expected);
  });
});

describe('a plan', () => {
  const columns = (raw: Json) => planColumns({ value: planSchema.parse(raw), raw });

  it('renews at `renews_at` or `renews`', () => {
    expect(columns({ renews: '2031-01-01T00:00:00Z' }).renews_at).toBe('2031-01-01T00:00:00Z');
    expect(columns({ renews: '2031-01-01T00:00:00Z', renews_at: '2032-01-01T00:00:00Z' }).renews_at).toBe(
      '2032-01-01T00:00:00Z',
    );
  });

  it('has −1 for any number of slots', () => {
    expect(
      columns({ jobs: { limit: -1, remaining: '-1' }, users: { limit: 5, remaining: 0, paid: 2 } }),
    ).toEqual({
      name: null,
      job_slots_limit: -1,
      job_slots_remaining: -1,
      user_slots_limit: 5,
      user_slots_remaining: 0,
      users_paid: 2,
      features: null,
      renews_at: null,
    });
  });
});

describe('an object', () => {
  it.each([['x'], [null], [undefined], [7], ['0e0e0e0e-0000-4000-8000']])(
    'whose uuid is %j cannot be read',
    (uuid) => {
      expect(() => readOne(interviewSchema, interviewItem(1, { uuid }))).toThrow('uuid');
    },
  );

  it('is named in lower case', () => {
    const raw = interviewItem(1, { uuid: uuidAt(0xabc).toUpperCase() });
    expect(interviewRow(readOne(interviewSchema, raw), 'list').uuid).toBe(uuidAt(0xabc));
  });
});
