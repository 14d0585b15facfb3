/**
 * Rows that no sane writer would write, in each table of the ATS: each gets an issue, and its neighbours go out in the same round.
 * @module-tag rare
 */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  type AtsTable,
  aJob,
  anInterview,
  aShareRequest,
  openPushScene,
  type PushScene,
  type SyncView,
} from '../../../support/push-scene.js';
import { completed } from '../../../support/share-requests.js';

type Row = Record<string, unknown>;

/** So many characters that nothing can compress. */
function noise(characters: number): string {
  let text = '';
  for (let n = 0; text.length < characters; n++)
    text += createHash('sha256').update(`${n}`).digest('base64url');
  return text.slice(0, characters);
}

const long = noise(1_000_000);
const deep = JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`);
const many = (count: number, prefix = 'x') => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** What an odd row is told, as far as it matters: `field: the part of the message`. An empty list: nothing, it is sent. */
type Told = string[];

interface Odd {
  what: string;
  row: Row;
  told: Told;
}

const odd = (what: string, row: Row, ...told: Told): Odd => ({ what, row, told });

const tooLong = 'is longer than 500 characters';

/** Puts the good row and the odd ones into a table, and pushes once. @returns what each odd row was told, by its name */
async function pushed(
  scene: PushScene,
  table: AtsTable,
  view: SyncView,
  good: Row,
  odds: readonly Odd[],
): Promise<Record<string, string[]>> {
  const keys = new Map(odds.map(({ row }, n) => [String(row.ats_id ?? `odd-${n}`), n]));
  const rows = odds.map(({ row }, n) => ({ ...good, ats_id: `odd-${n}`, ...row }));
  for (const row of rows) await scene.put(table, row);
  await scene.put(table, good);
  const { stderr } = await scene.run(['apply']);
  const shown = await scene.view(view);
  expect([shown[String(good.ats_id)]?.state, stderr.match(/INTERNAL|DATABASE_\w+/)]).toEqual([
    'synced',
    null,
  ]);
  return Object.fromEntries(
    [...keys].map(([key, n]) => {
      const { told, what } = odds[n]!;
      const issues = (shown[key]?.issues ?? []).map(({ field, message }) => `${field}: ${message}`);
      // Only that part of a message which the table has.
      const seen = issues.map((issue) => told.find((one) => matches(issue, one)) ?? issue);
      return [
        what,
        shown[key]?.state === (told.length > 0 ? 'rejected' : 'synced')
          ? seen
          : [shown[key]?.state ?? 'missing', ...issues],
      ];
    }),
  );
}

function matches(issue: string, told: string): boolean {
  const [field, words = ''] = told.split(': ', 2);
  return issue.startsWith(`${field}: `) && issue.includes(words);
}

const expected = (odds: readonly Odd[]) => Object.fromEntries(odds.map(({ what, told }) => [what, told]));

const oddKeys = (field = 'ats_id'): Odd[] => [
  odd('a key that no index could hold with its address', { ats_id: noise(2600) }, `${field}: ${tooLong}`),
  odd('a key that only compresses into an index', { ats_id: 'k'.repeat(100_000) }, `${field}: ${tooLong}`),
  odd('a key of all that means something in an address', { ats_id: 'a/b?c=d&e#f%2F..//ü:+\\' }),
];

it('odd users are told what is wrong, and the good one goes out', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  const good = { ats_id: 'U-1', name: 'Ada', email: 'ada@example.com', role: 'standard' };
  const odds = [
    ...oddKeys(),
    odd('a name of a million characters', { name: long, email: 'a@example.com' }, `name: ${tooLong}`),
    odd('an address of a million characters', { email: `${long}@example.com` }, 'email: '),
    odd('a role of a million characters', { role: long, email: 'b@example.com' }, 'role: is not known'),
    odd('a deep extra', { extra: deep, email: 'c@example.com' }),
    odd('a large extra', { extra: { [long]: [long, long, long] }, email: 'd@example.com' }),
    odd('an extra of nothing', { extra: null, email: 'e@example.com' }),
  ].map((one, n) => ({ ...one, row: { email: `odd${n}@example.com`, ...one.row } }));
  expect(await pushed(scene, 'users', 'user', good, odds)).toEqual(expected(odds));
});

it('odd jobs are told what is wrong, and the good one goes out', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  const odds = [
    ...oddKeys(),
    odd('a title of a million characters', { title: long }, `title: ${tooLong}`),
    odd(
      'a description of a million characters',
      { description: long },
      'description: is longer than 100000 characters',
    ),
    odd('a status of a million characters', { status: long }, 'status: is not known'),
    odd('a city of a million characters', { city: long }, `city: ${tooLong}`),
    odd(
      'a work place of a million characters',
      { work_mode: 'hybrid', work_place: long },
      `work_place: ${tooLong}`,
    ),
    odd('an owner of a million characters', { owner_ats_id: long }, `owner_ats_id: ${tooLong}`),
    odd('a deep extra', { extra: deep }),
  ].map((one, n) => ({ ...one, row: { title: `Odd ${n}`, ...one.row } }));
  expect(await pushed(scene, 'jobs', 'job', aJob('J-1'), odds)).toEqual(expected(odds));
});

const question = { text: 'Why bread?', time_limit: 60 };
/** Lists of questions, in a row or in a package. */
const oddQuestions: Array<[what: string, value: unknown, words: string]> = [
  ['questions that are a text', 'Why bread?', 'as a list'],
  ['questions that are a number', 5, 'as a list'],
  ['questions that are true', true, 'as a list'],
  ['questions that are an object', { text: 'Why bread?' }, 'as a list'],
  ['a question that is null', [null], 'must be an object'],
  ['a question that is a number', [5], 'must be an object'],
  ['a question that is a text', ['Why bread?'], 'must be an object'],
  ['a deep list of questions', deep, 'must be an object'],
  ['a question whose text is a number', [{ ...question, text: 5 }], 'text must be a text, in quotes'],
  ['a time limit in quotes', [{ ...question, time_limit: '60' }], 'number without quotes'],
  ['takes in quotes', [{ ...question, takes: '3' }], 'number without quotes'],
  ['takes that are true', [{ ...question, takes: true }], 'takes must be a whole number'],
  ['questions of more than a million characters', [{ ...question, text: long }], 'larger than 1 MB'],
  [
    'more questions than a million characters hold',
    many(30_000).map((text) => ({ ...question, text })),
    'larger than 1 MB',
  ],
];

it('odd interviews are told what is wrong, and the good one goes out', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  const odds = [
    ...oddKeys(),
    odd('a job of a million characters', { job_ats_id: long }, `job_ats_id: ${tooLong}`),
    odd('a name of a million characters', { candidate_name: long }, `candidate_name: ${tooLong}`),
    odd(
      'an address of a million characters',
      { candidate_email: `${long}@example.org` },
      'candidate_email: ',
    ),
    odd(
      'phones of a million characters',
      { candidate_phone: long, candidate_phone_e164: long },
      `candidate_phone: ${tooLong}`,
      'candidate_phone_e164: is none',
      'sms_consent: ',
    ),
    odd('a type of a million characters', { type: long }, 'type: is not known'),
    odd('a package of a million characters', { package: long }, `package: ${tooLong}`),
    odd('a question set of a million characters', { question_set_uuid: long }, 'question_set_uuid: is none'),
    odd('a deadline without end', { deadline_at: 'infinity' }, 'deadline_at: '),
    odd('a deadline before all time', { deadline_at: '-infinity' }, 'deadline_at: '),
    odd('a deadline of the stone age', { deadline_at: '4000-01-01 BC' }, 'deadline_at: '),
    odd('a zone of a million characters', { timezone: long }, 'timezone: '),
    odd(
      'a message of a million characters',
      { email_message: long },
      'email_message: is longer than 100000 characters',
    ),
    odd('somebody of a million characters', { requested_by_ats_id: long }, `requested_by_ats_id: ${tooLong}`),
    odd('a wish of a million characters', { desired: long }, 'desired: is not known'),
    odd('the highest priority', { priority: 32767 }),
    odd('a deep extra', { extra: deep }),
    ...oddQuestions.map(([what, questions, words]) => odd(what, { questions }, `questions: ${words}`)),
  ].map((one, n) => ({ ...one, row: { candidate_email: `odd${n}@example.org`, ...one.row } }));
  const good = anInterview('I-1', 'J-1', 'good@example.org');
  expect(await pushed(scene, 'interviews', 'interview', good, odds)).toEqual(expected(odds));
});

it('a list that grows out of bounds once its invitation is sent stops nothing but itself', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'good@example.org'));
  expect((await scene.run(['apply'])).code).toBe(0);
  scene.writes();
  await scene.rows(
    `update ats.interviews set questions = $1, deadline_at = deadline_at + interval '2 days'`,
    [JSON.stringify([{ ...question, text: long }])],
  );
  for (const methods of [['PUT'], []]) {
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes().map(({ method }) => method)).toEqual(methods);
    expect((await scene.view('interview'))['I-1']).toMatchObject({
      state: 'rejected',
      status: 'requested',
      issues: [{ field: 'questions', message: expect.stringContaining('larger than 1 MB') }],
    });
  }
});

it('a key that only just fits into an index leaves its own row pending, and says so', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  const key = noise(2668);
  await scene.put(
    'interviews',
    anInterview('I-1', 'J-1', 'good@example.org'),
    anInterview(key, 'J-1', 'odd@example.org'),
  );
  await scene.put('interviews', anInterview('zz', 'J-1', 'another@example.org'));
  const { stderr } = await scene.run(['apply']);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', zz: 'synced', [key]: 'pending' });
  expect(stderr.split('row_not_recorded')).toHaveLength(2);
  expect(scene.invited()).toEqual(['another@example.org', 'good@example.org']);
});

it('odd packages are told where they are used, and those of the good one go out', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  const good = { package: 'good', type: 'one_way', questions: [question], deadline_days: 7 };
  const packages: Array<[what: string, columns: Row, told: string]> = [
    ['a key that only compresses into an index', { package: 'p'.repeat(100_000) }, `package: ${tooLong}`],
    ['a type of a million characters', { type: long }, 'type: is not known'],
    ['no number of days', { deadline_days: 'NaN' }, 'deadline_at: deadline_days'],
    ['days without end', { deadline_days: 'infinity' }, 'deadline_at: deadline_days'],
    ['more days than a double holds', { deadline_days: '1e1000' }, 'deadline_at: deadline_days'],
    [
      'a message of a million characters',
      { email_message: long },
      'email_message: is longer than 100000 characters',
    ],
    ['a zone of a million characters', { timezone: long }, 'timezone: '],
    ...oddQuestions.map(([what, questions, words]): [string, Row, string] => [
      what,
      { questions },
      `questions: ${words}`,
    ]),
  ];
  for (const [n, [, columns]] of packages.entries())
    await scene.put('packages', { ...good, package: `p-${n}`, ...columns });
  await scene.put('packages', good);
  const invitation = (atsId: string, name: unknown) => ({
    ats_id: atsId,
    job_ats_id: 'J-1',
    candidate_name: 'Ada',
    candidate_email: `${atsId}@example.org`,
    package: name,
  });
  const odds = packages.map(([what, columns, told], n) =>
    odd(what, invitation(`odd-${n}`, columns.package ?? `p-${n}`), told),
  );
  expect(await pushed(scene, 'interviews', 'interview', invitation('I-1', 'good'), odds)).toEqual(
    expected(odds),
  );
});

const reviewer = { name: 'Jane', email: 'jane@example.com' };

it('odd share requests are told what is wrong, and the good one goes out', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  await completed(scene, 1);
  const reviewers = (value: unknown) => ({ reviewers: value });
  const interviews = (value: unknown) => ({ interview_ats_ids: value });
  const crowd = many(3000).map((name) => ({ name, email: `${name}@example.com` }));
  const odds = [
    // To somebody else than the good one: what says the same is a duplicate.
    ...oddKeys().map((one) => ({
      ...one,
      row: { ...reviewers([{ name: 'Ida', email: 'ida@example.com' }]), ...one.row },
    })),
    odd('reviewers that are a text', reviewers('jane@example.com'), 'reviewers: as a list'),
    odd('reviewers that are a number', reviewers(5), 'reviewers: as a list'),
    odd('reviewers that are one object', reviewers(reviewer), 'reviewers: as a list'),
    odd('reviewers that are null', reviewers(null), 'reviewers: Give reviewers'),
    odd('a reviewer that is null', reviewers([null]), 'reviewers: must be an object'),
    odd('a reviewer that is a number', reviewers([5]), 'reviewers: must be an object'),
    odd('a deep list of reviewers', reviewers(deep), 'reviewers: must be an object'),
    odd(
      'a reviewer whose name is a number',
      reviewers([{ ...reviewer, name: 5 }]),
      'reviewers: name must be a text',
    ),
    odd(
      'a reviewer whose address is true',
      reviewers([{ ...reviewer, email: true }]),
      'reviewers: email must be a text',
    ),
    odd(
      'a reviewer with a name of a thousand characters',
      reviewers([{ ...reviewer, name: noise(1000) }]),
      `reviewers: ${tooLong}`,
    ),
    odd(
      'a reviewer of a million characters',
      reviewers([{ ...reviewer, name: long }]),
      'reviewers: larger than 1 MB',
    ),
    odd('a reviewer with much else', reviewers([{ ...reviewer, more: long }]), 'reviewers: larger than 1 MB'),
    odd(
      'a reviewer who is there twice',
      reviewers([reviewer, { ...reviewer, email: 'JANE@example.com' }]),
      'reviewers: is there twice',
    ),
    odd(
      'a reviewer whose address has a slash once its letters are compared',
      reviewers([{ ...reviewer, email: 'c\u2105jane@example.com' }]),
      'reviewers: has a slash',
    ),
    odd('no interview', interviews([]), 'interview_ats_ids: Give interview_ats_ids'),
    odd('an interview that is null', interviews([null]), 'interview_ats_ids: empty entries'),
    odd(
      'interviews in rows and columns',
      interviews([
        ['I-1', 'I-2'],
        ['I-3', 'I-4'],
      ]),
      'interview_ats_ids: plain list',
    ),
    odd('an interview of a thousand characters', interviews([noise(1000)]), `interview_ats_ids: ${tooLong}`),
    odd('an interview of a million characters', interviews([long]), 'interview_ats_ids: larger than 1 MB'),
    odd('a status of a million characters', { status: long }, 'status: is not known'),
    odd('a crowd of reviewers', reviewers(crowd), 'reviewers: it has 3000'),
    odd('a crowd of interviews', interviews(many(3000)), 'interview_ats_ids: it has 3000'),
    odd(
      'a crowd that is to see a crowd',
      { reviewers: crowd, ...interviews(many(3000)) },
      'interview_ats_ids: it has 3000',
      'reviewers: it has 3000',
    ),
    odd('an interview that is there twice', {
      ...interviews(['I-1', 'I-1']),
      ...reviewers([{ name: 'Liv', email: 'liv@example.com' }]),
    }),
  ];
  const good = { ...aShareRequest('R-1', ['I-1'], ['jane']) };
  expect(await pushed(scene, 'share_requests', 'share_request', good, odds)).toEqual(expected(odds));
});
