/** Files into schema ats: all rows or none, every wrong line by its number. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { query } from '../../../src/db/database.js';
import type { AtsTableName } from '../../../src/db/objects/ats-tables.js';
import { type ImportError, importFile } from '../../../src/desired/import/import.js';
import { desiredDatabase } from './fixture.js';

const shared = desiredDatabase();
let accounts = 0;
const newAccount = () => `i${++accounts}`;

function load(account: string, table: AtsTableName, content: string | Buffer, name = 'rows', pieces = 7) {
  const bytes = Buffer.from(content);
  const parts: Buffer[] = [];
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size));
  return importFile(shared.db, { account, table, source: Readable.from(parts), name });
}

async function problemsOf(table: AtsTableName, content: string | Buffer, name?: string) {
  const account = newAccount();
  const error = await load(account, table, content, name).then(
    () => null,
    (thrown: unknown) => thrown as ImportError,
  );
  expect(error).toMatchObject({ code: 'IMPORT_INVALID' });
  const rows = await query(shared.db, `select from ats.${table} where account = $1`, [account]);
  expect(rows).toHaveLength(0);
  expect(await query(shared.db, 'select from sync.desired_queue where account = $1', [account])).toHaveLength(
    0,
  );
  return error!.problems.map(({ line, column, problem }) => `${line}: ${column ?? ''} ${problem}`);
}

const stored = (account: string, table: string, columns: string) =>
  query(shared.db, `select ${columns} from ats.${table} where account = $1 order by 1`, [account]);

describe('a CSV file', () => {
  it('becomes rows: quotes, line breaks, byte order mark, empty cells, every type', async () => {
    const account = newAccount();
    const counts = await load(
      account,
      'interviews',
      '\uFEFFats_id, candidate_name,sms_consent,priority,deadline_at,questions,candidate_phone,extra\r\n' +
        '1,"Rye, ""Mia""\r\nthe second",yes,-3,2031-05-01 12:00+02,"[{""text"":""Why?""}]",,\r\n' +
        '\r\n' +
        '2,Zoë,F,,2031-05-01T12:00:00.5Z,,0664,"{""a"":1}"\r\n',
    );
    expect(counts).toEqual({ rows: 2, created: 2, updated: 0, unchanged: 0 });
    expect(
      await stored(
        account,
        'interviews',
        `ats_id, candidate_name, sms_consent, priority, candidate_phone, questions,
        extra, extract(epoch from deadline_at)::float8 as at, desired`,
      ),
    ).toEqual([
      {
        ats_id: '1',
        candidate_name: 'Rye, "Mia"\r\nthe second',
        sms_consent: true,
        priority: -3,
        candidate_phone: null,
        questions: [{ text: 'Why?' }],
        extra: null,
        at: Date.UTC(2031, 4, 1, 10) / 1000,
        desired: 'invited',
      },
      {
        ats_id: '2',
        candidate_name: 'Zoë',
        sms_consent: false,
        priority: null,
        candidate_phone: '0664',
        questions: null,
        extra: { a: 1 },
        at: Date.UTC(2031, 4, 1, 12) / 1000 + 0.5,
        desired: 'invited',
      },
    ]);
  });

  it('changes the columns it has and leaves the others; what is the same makes no work', async () => {
    const account = newAccount();
    await load(account, 'jobs', 'ats_id,title,city\n1,Baker,Graz\n2,Cook,Linz\n');
    await query(shared.db, 'delete from sync.desired_queue where account = $1', [account]);
    const counts = await load(account, 'jobs', 'title,ats_id\nHead Baker,1\nCook,2\nWaiter,3\n');
    expect(counts).toEqual({ rows: 3, created: 1, updated: 1, unchanged: 1 });
    expect(await stored(account, 'jobs', 'ats_id, title, city')).toEqual([
      { ats_id: '1', title: 'Head Baker', city: 'Graz' },
      { ats_id: '2', title: 'Cook', city: 'Linz' },
      { ats_id: '3', title: 'Waiter', city: null },
    ]);
    const queued = await query(
      shared.db,
      'select ats_id from sync.desired_queue where account = $1 order by 1',
      [account],
    );
    expect(queued).toEqual([{ ats_id: '1' }, { ats_id: '3' }]);
  });

  it('takes values that mean nothing: those are judged later', async () => {
    const account = newAccount();
    await load(account, 'users', 'ats_id,email,role\n1,nobody,emperor\n');
    expect(await stored(account, 'users', 'email, role')).toEqual([{ email: 'nobody', role: 'emperor' }]);
  });

  it('names every wrong line and what is wrong with it, and imports nothing', async () => {
    expect(
      await problemsOf(
        'interviews',
        [
          'ats_id,candidate_name,priority,share,deadline_at,questions',
          'a,"Two',
          'lines",1,true,,',
          ',Nobody,1,true,,',
          'b,B,many,perhaps,tomorrow,[',
          'c,C,40000,1,2031-02-30T10:00:00Z,',
          'd,D,1.5,0,2031-02-03T10:00:00,',
          'a,Again,,,,',
          'e,too,few',
          'f,F,,,,,more',
          'g,\0,,,,',
          '',
        ].join('\n'),
      ),
    ).toEqual([
      '4: ats_id is missing',
      '5: questions is not JSON: "["',
      '5: deadline_at must be a time with its offset, like 2031-05-01T12:00:00Z: "tomorrow"',
      '5: share must be true or false: "perhaps"',
      '5: priority must be a whole number from -32768 to 32767: "many"',
      '6: deadline_at must be a time with its offset, like 2031-05-01T12:00:00Z: "2031-02-30T10:00:00Z"',
      '6: priority must be a whole number from -32768 to 32767: "40000"',
      '7: deadline_at must be a time with its offset, like 2031-05-01T12:00:00Z: "2031-02-03T10:00:00"',
      '7: priority must be a whole number from -32768 to 32767: "1.5"',
      '8: ats_id "a" was on line 2 already',
      '9:  has 3 values, the header has 6',
      '10:  has 7 values, the header has 6',
      '11: candidate_name holds a NUL character or half of a character, which PostgreSQL cannot store',
    ]);
  });

  it('takes no line for a row that a program drew or reckoned, and every row whose key says more than that', async () => {
    const lines = [
      'ats_id,name,email',
      '------,----------,-----',
      'U1,Ada,a@example.org',
      'Total,,',
      '(1 rows affected),,',
    ];
    expect(await problemsOf('users', lines.join('\n'))).toEqual([
      '2:  is a line that was drawn, and no row: take it out',
      '4:  is a line of totals, and no row: take it out ("Total")',
      '5:  is a line of totals, and no row: take it out ("(1 rows affected)")',
    ]);
    expect(await problemsOf('users', 'ats_id,name,email\nSUM:,,1 204.5\n')).toHaveLength(1);
    const account = newAccount();
    await load(
      account,
      'users',
      'ats_id,name,email\nTotal,Ada Total,a@example.org\n-,Bo,b@example.org\nTotal-1,,\n',
    );
    expect(await stored(account, 'users', 'ats_id')).toHaveLength(3);
  });

  it('says what is wrong with a header', async () => {
    const [unknown, missing] = await problemsOf(
      'jobs',
      'title,salary,title,account\nBaker,1,Baker,default\n',
    );
    expect(unknown).toMatch(
      /^1: {2}"salary" is no column: put what is your own into extra, as JSON\. Columns are ats_id, title,/,
    );
    expect(missing).toBe('1: title is there twice');
    expect(await problemsOf('jobs', 'account,ats_id\nx,1\n')).toEqual([
      '1:  account is no column of the file: choose it with --account',
    ]);
    expect(await problemsOf('jobs', 'ats_id|title\n1|Baker\n')).toEqual([
      expect.stringMatching(/"ats_id\|title" is no column: separate values with commas, semicolons or tabs/),
      '1: ats_id is missing: the header needs it',
    ]);
    expect(await problemsOf('jobs', '')).toEqual(['1:  is empty: there is no header and no row']);
    expect(await problemsOf('jobs', '\n\n')).toEqual(['1:  is empty: there is no header and no row']);
  });

  it('may have a header and no rows', async () => {
    expect(await load(newAccount(), 'packages', 'package,type\n')).toMatchObject({ rows: 0, created: 0 });
  });

  it('with a quote that is never closed says from which line on', async () => {
    const [problem] = await problemsOf('jobs', 'ats_id,title\n1,Baker\n2,"Cook\n3,Waiter\n');
    expect(problem).toMatch(/^\d: {2}a quote is opened before here and never closed$/);
    expect(await problemsOf('jobs', 'ats_id,title\n1,Ba"ker\n2,Cook\n')).toEqual([
      expect.stringMatching(/^2: {2}has a quote inside a value/),
    ]);
  });

  it('that is not UTF-8 says on which line', async () => {
    const latin = Buffer.concat([
      Buffer.from('ats_id,title\n1,Baker\n2,'),
      Buffer.from([0xc4, 0x70]),
      Buffer.from('fel\n'),
    ]);
    expect(await problemsOf('jobs', latin)).toEqual([expect.stringMatching(/^3: {2}is not UTF-8/)]);
  });
});

describe('a file of NDJSON', () => {
  it('has lists of texts, as CSV has them in JSON', async () => {
    const reviewers = [{ name: 'Ada', email: 'ada@rye.test' }];
    const lines = [
      { ats_id: 'R-1', reviewers, interview_ats_ids: ['I-1', 'I,"2'], send_email: true },
      { ats_id: 'R-2', interview_ats_ids: [17], status: 'active' },
    ];
    const told = [
      { ats_id: 'R-1', reviewers, interview_ats_ids: ['I-1', 'I,"2'], send_email: true },
      { ats_id: 'R-2', reviewers: null, interview_ats_ids: ['17'], send_email: null },
    ];
    const csv = 'ats_id,reviewers,interview_ats_ids,send_email\r\n'.concat(
      `R-1,"${JSON.stringify(reviewers).replaceAll('"', '""')}","[""I-1"",""I,\\""2""]",yes\r\n`,
      'R-2,,[17],\r\n',
    );
    for (const content of [lines.map((line) => JSON.stringify(line)).join('\n'), csv]) {
      const account = newAccount();
      expect(await load(account, 'share_requests', content)).toMatchObject({ created: 2 });
      expect(
        await stored(account, 'share_requests', 'ats_id, reviewers, interview_ats_ids, send_email'),
      ).toEqual(told);
    }
    expect(await problemsOf('share_requests', '{"ats_id":"R","interview_ats_ids":"I-1"}')).toEqual([
      '1: interview_ats_ids must be a list of texts: "\\"I-1\\""',
    ]);
    expect(await problemsOf('share_requests', 'ats_id,interview_ats_ids\nR,I-1\nS,"[{}]"\n')).toEqual([
      '2: interview_ats_ids is not JSON: "I-1"',
      '3: interview_ats_ids must be a list of texts: "[{}]"',
    ]);
  });

  it('becomes rows, by its ending or by how it begins', async () => {
    const lines = [
      { ats_id: 17, candidate_name: 'A', questions: [{ text: 'Why?', time_limit: 30 }], share: true },
      { ats_id: 'b', priority: 5, sms_consent: 'no', extra: { x: [1] } },
      { ats_id: 'c', deadline_at: '2031-05-01T00:00:00Z', questions: null },
    ];
    for (const name of ['rows.ndjson', 'rows.jsonl', 'stdin']) {
      const account = newAccount();
      const content = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n\n`;
      expect(await load(account, 'interviews', content, name)).toMatchObject({ rows: 3, created: 3 });
      expect(
        await stored(account, 'interviews', 'ats_id, questions, share, priority, sms_consent, extra'),
      ).toEqual([
        {
          ats_id: '17',
          questions: lines[0]!.questions,
          share: true,
          priority: 0,
          sms_consent: false,
          extra: {},
        },
        { ats_id: 'b', questions: null, share: false, priority: 5, sms_consent: false, extra: { x: [1] } },
        { ats_id: 'c', questions: null, share: false, priority: 0, sms_consent: false, extra: {} },
      ]);
    }
  });

  it('names every wrong line', async () => {
    const lines = [
      '{"package": "a", "deadline_days": 7}',
      '{"package": "b", "deadline_days": "soon"}',
      'nothing',
      '[1]',
      '{"package": {}, "type": true, "salary": 1}',
      '{"package": "a"}',
      '{"type": "live"}',
      '{"package": "c", "questions": ["\\u0000"]}',
      '{"package": "d", "questions": "\\ud800"}',
    ];
    expect(await problemsOf('packages', lines.join('\n'), 'x.jsonl')).toEqual([
      '2: deadline_days must be a number: "soon"',
      '3:  is not JSON',
      '4:  is not a JSON object',
      expect.stringMatching(/^5: {2}"salary" is no column/),
      '5: package must be text, not an object',
      '5: type must be text, not a boolean',
      '6: package "a" was on line 1 already',
      '7: package is missing',
      '8: questions holds a NUL character or half of a character, which PostgreSQL cannot store',
      '9: questions holds a NUL character or half of a character, which PostgreSQL cannot store',
    ]);
  });
});

describe('a big file', () => {
  const size = 25_000;

  it('streams: all of its rows', async () => {
    const account = newAccount();
    async function* lines() {
      yield Buffer.from('ats_id,title\n');
      for (let n = 0; n < size; n += 1000) {
        yield Buffer.from(Array.from({ length: 1000 }, (_, i) => `J${n + i},"Job ${n + i}"\n`).join(''));
      }
    }
    const counts = await importFile(shared.db, { account, table: 'jobs', source: lines(), name: 'big' });
    expect(counts).toEqual({ rows: size, created: size, updated: 0, unchanged: 0 });
  });

  it('or none of them, if the last one is wrong or reading ends early', async () => {
    const account = newAccount();
    async function* lines(end: () => Buffer) {
      yield Buffer.from('ats_id,title\n');
      for (let n = 0; n < 5000; n++) yield Buffer.from(`J${n},Job\n`);
      yield end();
    }
    const source = lines(() => Buffer.from('J0,Job\n'));
    await expect(
      importFile(shared.db, { account, table: 'jobs', source, name: 'big' }),
    ).rejects.toMatchObject({
      problems: [{ line: 5002, column: 'ats_id', problem: '"J0" was on line 2 already' }],
    });
    const failing = lines(() => {
      throw new Error('the disk is gone');
    });
    await expect(
      importFile(shared.db, { account, table: 'jobs', source: failing, name: 'big' }),
    ).rejects.toThrow('the disk is gone');
    expect(await stored(account, 'jobs', 'ats_id')).toEqual([]);
  });
});

it('rows that a trigger of somebody else drops are counted as such, whether they are new or changed', async () => {
  const account = newAccount();
  expect(await load(account, 'jobs', 'ats_id,title\nJ-1,Baker\nJ-2,Cook\n', 'rows.csv')).toEqual({
    rows: 2,
    ...{ created: 2, updated: 0, unchanged: 0 },
  });
  await query(
    shared.db,
    `create function public.drop_cooks() returns trigger language plpgsql as
     $$begin if new.account = '${account}' and new.title ~ 'cook' then return null; end if; return new; end$$`,
  );
  await query(
    shared.db,
    `create trigger no_cooks before insert or update on ats.jobs for each row execute function public.drop_cooks()`,
  );
  try {
    const file = 'ats_id,title\nJ-1,Baker\nJ-2,Head cook\nJ-3,Sous-chef\nJ-4,Line cook\nJ-5,\n';
    expect(await load(account, 'jobs', file, 'rows.csv')).toEqual({
      rows: 5,
      ...{ created: 2, updated: 0, unchanged: 1, dropped: 2 },
    });
    expect(await load(account, 'jobs', 'ats_id\nJ-1\nJ-5\n', 'rows.csv')).toEqual({
      rows: 2,
      ...{ created: 0, updated: 0, unchanged: 2 },
    });
  } finally {
    await query(shared.db, 'drop trigger no_cooks on ats.jobs; drop function public.drop_cooks');
  }
  expect(await stored(account, 'jobs', 'ats_id, title')).toEqual([
    { ats_id: 'J-1', title: 'Baker' },
    { ats_id: 'J-2', title: 'Cook' },
    { ats_id: 'J-3', title: 'Sous-chef' },
    { ats_id: 'J-5', title: null },
  ]);
});
