/** Files as spreadsheets, other programs and slow pipes bring them into schema ats. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { query } from '../../../src/db/database.js';
import type { AtsTableName } from '../../../src/db/objects/ats-tables.js';
import { type ImportError, importFile } from '../../../src/desired/import/import.js';
import { readNdjson } from '../../../src/desired/import/json.js';
import { desiredDatabase } from './fixture.js';

const shared = desiredDatabase();
let accounts = 0;
const newAccount = () => `f${++accounts}`;

/** In pieces, so that every boundary falls somewhere odd. */
function load(account: string, table: AtsTableName, content: string | Buffer, name = 'rows', piece = 3) {
  const bytes = Buffer.from(content);
  const parts: Buffer[] = [];
  const size = Math.max(piece, Math.ceil(bytes.length / 1000));
  for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size));
  return importFile(shared.db, { account, table, source: Readable.from(parts), name });
}

async function problemsOf(
  table: AtsTableName,
  content: string | Buffer,
  name?: string,
  account = newAccount(),
) {
  const before = await query(shared.db, `select from ats.${table} where account = $1`, [account]);
  const error = await load(account, table, content, name).then(
    () => null,
    (thrown: unknown) => thrown as ImportError,
  );
  expect(error).toMatchObject({ code: 'IMPORT_INVALID' });
  const after = await query(shared.db, `select from ats.${table} where account = $1`, [account]);
  expect(after).toHaveLength(before.length);
  return error!.problems.map(({ line, column, problem }) => `${line}: ${column ?? ''} ${problem}`);
}

const stored = (account: string, table: string, columns: string) =>
  query(shared.db, `select ${columns} from ats.${table} where account = $1 order by 1`, [account]);

describe('the lines of a CSV file', () => {
  const jobs = [
    { ats_id: '1', title: 'Baker' },
    { ats_id: '2', title: 'Cook' },
  ];

  it.each([
    ['LF and then CRLF', 'title,ats_id\nBaker,1\r\nCook,2\r\n'],
    ['CRLF and then LF', 'title,ats_id\r\nBaker,1\nCook,2\n'],
    ['CR alone', 'title,ats_id\rBaker,1\rCook,2\r'],
    ['CR alone, the last one without', 'title,ats_id\rBaker,1\rCook,2'],
    ['all kinds, and empty lines', '\r\n\ntitle,ats_id\rBaker,1\r\n\r\rCook,2\n\n'],
    ['a byte order mark and CRLF', '\uFEFFtitle,ats_id\r\nBaker,1\r\nCook,2'],
  ])('may end with %s', async (_, content) => {
    for (const piece of [1, 2, 3, 1000]) {
      const account = newAccount();
      expect(await load(account, 'jobs', content, 'rows.csv', piece)).toMatchObject({ created: 2 });
      expect(await stored(account, 'jobs', 'ats_id, title')).toEqual(jobs);
    }
  });

  it('carry a cancellation to the rows that were loaded with other line ends', async () => {
    const account = newAccount();
    await load(account, 'interviews', 'ats_id,candidate_name\r\nK1,Mia\r\nK2,Zoë\r\n');
    const counts = await load(account, 'interviews', 'desired,ats_id\ncanceled,K1\r\ncanceled,K2\r\n');
    expect(counts).toEqual({ rows: 2, created: 0, updated: 2, unchanged: 0 });
  });

  it('keep the breaks within quotes as they are, and are counted right after them', async () => {
    const account = newAccount();
    const content = 'ats_id,description\n1,"a\r\nb\rc\nd"\r\n\r\n2,"x\r\n"\r\n';
    await load(account, 'jobs', content);
    expect(await stored(account, 'jobs', 'description')).toEqual([
      { description: 'a\r\nb\rc\nd' },
      { description: 'x\r\n' },
    ]);
    expect(await problemsOf('jobs', `${content},none\r\n`)).toEqual(['9: ats_id is missing']);
    expect(await problemsOf('jobs', 'sep=,\r\nats_id,title\r\n\r\n3,a"b\r\n')).toEqual([
      expect.stringMatching(/^4: {2}has a quote inside/),
    ]);
  });
});

describe('a file from a spreadsheet', () => {
  const rows = [
    { ats_id: '1', title: 'Baker', city: 'Graz, Austria' },
    { ats_id: '2', title: 'Cook; Chef', city: null },
  ];
  const content = (delimiter: string) =>
    [
      ['ats_id', 'title', 'city'],
      ['1', 'Baker', '"Graz, Austria"'],
      ['2', '"Cook; Chef"', ''],
    ]
      .map((cells) => `${cells.join(delimiter)}\r\n`)
      .join('');

  it.each([
    ['semicolons', content(';')],
    ['tabs', content('\t')],
    ['a line about its delimiter', `sep=;\r\n${content(';')}`],
    ['a line about a rare delimiter', `"sep=|"\r\n${content('|')}`],
    ['a line about commas', `sep=,\n${content(',')}`],
    ['UTF-16 and tabs', Buffer.from(`\uFEFF${content('\t')}`, 'utf16le')],
    ['UTF-16 without a byte order mark', Buffer.from(content(';'), 'utf16le')],
    ['UTF-16 the other way round', Buffer.from(`\uFEFF${content(',')}`, 'utf16le').swap16()],
    ['UTF-16 the other way round, without the mark', Buffer.from(content(','), 'utf16le').swap16()],
    ['empty rows and columns', `${content(',').replaceAll('\r\n', ',,\r\n')},,,,\r\n , ,,,\r\n`],
  ])('may have %s', async (_, file) => {
    for (const piece of [1, 3, 1000]) {
      const account = newAccount();
      expect(await load(account, 'jobs', file, 'rows.csv', piece)).toMatchObject({ rows: 2, created: 2 });
      expect(await stored(account, 'jobs', 'ats_id, title, city')).toEqual(rows);
    }
  });

  it('counts its lines from the first, whatever stands there', async () => {
    expect(await problemsOf('jobs', 'sep=;\r\nats_id;title\r\n;Baker\r\n;;;\r\n1;2;3\r\n')).toEqual([
      '3: ats_id is missing',
      '5:  has 3 values, the header has 2',
    ]);
  });

  it('in another encoding says what to do', async () => {
    const latin = Buffer.from('ats_id;title\r1;Baker\r2;K\xf6chin\r', 'latin1');
    expect(await problemsOf('jobs', latin)).toEqual([
      '3:  is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8). What follows was not read',
    ]);
    const cut = Buffer.concat([Buffer.from('ats_id\n1\n', 'utf16le'), Buffer.from([0x3d, 0xd8])]);
    expect(await problemsOf('jobs', cut)).toEqual([
      expect.stringMatching(/^3: {2}is not UTF-16; save it as UTF-8/),
    ]);
  });

  it('may write its headings as people do', async () => {
    const account = newAccount();
    await load(account, 'users', 'ATS_ID;Name; E-Mail ;Role\nU1;Ada;ada@mill.test;standard\n');
    expect(await stored(account, 'users', 'ats_id, name, email, role')).toEqual([
      { ats_id: 'U1', name: 'Ada', email: 'ada@mill.test', role: 'standard' },
    ]);
    await load(
      account,
      'interviews',
      '{"atsId": "I1", "Candidate Name": "Mia", "candidate-phone-e164": "+43", "smsConsent": true}',
    );
    expect(
      await stored(account, 'interviews', 'ats_id, candidate_name, candidate_phone_e164, sms_consent'),
    ).toEqual([{ ats_id: 'I1', candidate_name: 'Mia', candidate_phone_e164: '+43', sms_consent: true }]);
  });

  it.each([
    ['users', 'id', 'ats_id'],
    ['users', 'full name', 'name'],
    ['jobs', 'external_id', 'ats_id'],
    ['jobs', 'job title', 'title'],
    ['jobs', 'descripton', 'description'],
    ['jobs', 'owner_id', 'owner_ats_id'],
    ['interviews', 'E-Mail', 'candidate_email'],
    ['interviews', 'Name', 'candidate_name'],
    ['interviews', 'job_id', 'job_ats_id'],
    ['interviews', 'phone', 'candidate_phone'],
    ['interviews', 'deadline', 'deadline_at'],
    ['packages', 'deadline', 'deadline_days'],
    ['share_requests', 'interview_ids', 'interview_ats_ids'],
  ] as const)('of %s that has a column "%s" is asked whether it means %s', async (table, name, column) => {
    const key = table === 'packages' ? 'package' : 'ats_id';
    const [problem] = await problemsOf(table, `${name},${key}\n,1\n`);
    expect(problem).toContain(`${JSON.stringify(name)} is no column: did you mean ${column}?`);
  });

  it('may say true and false in the language of the spreadsheet', async () => {
    const account = newAccount();
    await load(account, 'users', 'ats_id;active\n1;WAHR\n2;FALSCH\n3;VRAI\n4;FAUX\n');
    expect((await stored(account, 'users', 'ats_id, active')).map(({ active }) => active)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('with two headings for one column is refused', async () => {
    expect(await problemsOf('jobs', 'ats_id,Title,title\n1,Baker,Cook\n')).toEqual([
      '1: title is there twice',
    ]);
    expect(await problemsOf('jobs', '{"ats_id":"1","Title":"a","title":"b"}')).toEqual([
      '1: title is there twice',
    ]);
  });
});

it('a file of one endless line is refused, however long that is', { tags: ['rare'] }, async () => {
  const [problem] = await problemsOf('jobs', `ats_id${' x'.repeat(600_000)}`, 'rows.csv');
  expect(problem).toMatch(/^1: {2}"ats_id x x.*" is no column/);
});

it('a line of NDJSON that comes in a hundred thousand pieces is put together once', async () => {
  async function* pieces() {
    yield '{"ats_id": "1", "extra": {"x": "';
    for (let n = 0; n < 100_000; n++) yield 'y'.repeat(80);
    yield '"}}\n\n{"ats_id": ';
    yield '"2"}';
  }
  const read: unknown[] = [];
  for await (const line of readNdjson(pieces())) {
    read.push([line.line, line.kind === 'members' ? JSON.stringify(line.members).length : line.kind]);
  }
  expect(read).toEqual([
    [1, 8_000_000 + '{"ats_id":"1","extra":{"x":""}}'.length],
    [3, '{"ats_id":"2"}'.length],
  ]);
});

describe('a JSON list', () => {
  it('becomes rows like NDJSON, on one line or on many', async () => {
    const list = [
      { ats_id: '1', title: 'Ba"k[er,', extra: { x: [1, { y: ']' }] } },
      { ats_id: '2', title: 'a\\', extra: {} },
    ];
    for (const content of [JSON.stringify(list), `\n ${JSON.stringify(list, null, 2)}\n\n`]) {
      for (const name of ['rows', 'rows.json', 'rows.jsonl']) {
        const account = newAccount();
        expect(await load(account, 'jobs', content, name, 1)).toMatchObject({ created: 2 });
        expect(await stored(account, 'jobs', 'ats_id, title, extra')).toEqual(list);
      }
    }
    expect(await load(newAccount(), 'jobs', '[ ]')).toMatchObject({ rows: 0 });
  });

  it.each([
    [
      'a wrong element',
      '[\n{"ats_id": "1"},\n 7,\n\n{"ats_id": \n}]',
      ['3:  is not a JSON object', '5:  is not JSON'],
    ],
    ['a comma at its end', '[{"ats_id": "1"},\n]', ['2:  has a comma too many']],
    [
      'no end',
      '[{"ats_id": "1"},\n{"ats',
      ['2:  is the end, and a bracket is not closed: the file is not whole'],
    ],
    ['something behind it', '[{"ats_id": "1"}]\n[', ['2:  is behind the end of the list']],
    ['another bracket', '[{"ats_id": "1"]]', ['1:  is not JSON']],
    ['the same key', '[{"ats_id": "1"},\n{"ats_id": 1}]', ['2: ats_id "1" was on line 1 already']],
  ])('with %s is refused', async (_, content, problems) => {
    expect(await problemsOf('jobs', content, 'rows.json')).toEqual(problems);
  });
});

const keepText = '(format the column as text there, or write the value in quotes)';

describe('a key in a file', () => {
  const blanks = [' ', '\t', '\u00a0', '\u200b', '\ufeff', '\u3000', '\r'];

  it('is what stands between blanks of any kind, as are references and addresses', async () => {
    for (const blank of blanks) {
      const account = newAccount();
      const csv = (id: string) =>
        `ats_id,job_ats_id,requested_by_ats_id,candidate_email\n"${id}","J1${blank}","${blank}","${blank}a@b.test"\n`;
      await load(account, 'interviews', csv('K2'));
      const [row] = await stored(
        account,
        'interviews',
        'ats_id, job_ats_id, requested_by_ats_id, candidate_email',
      );
      expect(row).toEqual({
        ats_id: 'K2',
        job_ats_id: 'J1',
        requested_by_ats_id: null,
        candidate_email: 'a@b.test',
      });
      expect(await load(account, 'interviews', csv(`${blank}K2${blank}`))).toMatchObject({ unchanged: 1 });
      await load(account, 'packages', `package,type\n"p${blank}",live\n`);
      expect(await stored(account, 'packages', 'package')).toEqual([{ package: 'p' }]);
      const request = { ats_id: `R${blank}`, interview_ats_ids: [`${blank}K2`] };
      await load(account, 'share_requests', JSON.stringify(request));
      expect(await stored(account, 'share_requests', 'ats_id, interview_ats_ids')).toEqual([
        { ats_id: 'R', interview_ats_ids: ['K2'] },
      ]);
    }
  });

  it('leaves an address without the link or the quotes of a spreadsheet', async () => {
    const account = newAccount();
    await load(account, 'users', `ats_id,email\nU1,mailto:a@b.test\nU2,'a@b.test'\nU3,a@b.test?subject=x\n`);
    expect(await stored(account, 'users', 'email')).toEqual([
      { email: 'a@b.test' },
      { email: 'a@b.test' },
      { email: 'a@b.test?subject=x' },
    ]);
  });

  it('that cannot be told from another one is refused, and what nobody sees is shown', async () => {
    const content = [
      'title,ats_id',
      'a,K\u200b2',
      'b,K\u00a02',
      'c,"K\n2"',
      'd, \u00a0 ',
      'e,K2',
      'f, K2',
      'g,#REF!',
      'h,4.10888E+17',
      'i,"1,5E+12"',
      'j,K 3',
      'k,1E5',
    ].join('\n');
    expect(await problemsOf('jobs', content)).toEqual([
      '2: ats_id has an invisible character inside: "K<U+200B>2"',
      '3: ats_id has an invisible character inside: "K<U+00A0>2"',
      '4: ats_id has an invisible character inside: "K<U+000A>2"',
      '6: ats_id is missing',
      '8: ats_id "K2" was on line 7 already',
      '9: ats_id is an error of a spreadsheet: "#REF!"',
      `10: ats_id is a number whose digits a spreadsheet dropped: "4.10888E+17" ${keepText}`,
      `11: ats_id is a number whose digits a spreadsheet dropped: "1,5E+12" ${keepText}`,
    ]);
  });

  it('whose row stands in the table with its blanks makes no second one', async () => {
    const account = newAccount();
    await query(shared.db, `insert into ats.interviews (account, ats_id) values ($1, 'K2 ')`, [account]);
    expect(await problemsOf('interviews', 'ats_id\nK1\nK2 \n', 'rows.csv', account)).toEqual([
      '3: ats_id "K2␠" is a row of ats.interviews with these blanks: take them out there first',
    ]);
  });
});

describe('a number in JSON', () => {
  const inexact =
    "must be written in quotes: it is a number of more digits than JSON's numbers keep, or no whole one";

  it('with more digits than are kept is refused as text', async () => {
    const lines = [
      '{"ats_id": 410888000000123457}',
      '{"ats_id": 410888000000123458}',
      '{"ats_id": 1.10}',
      '{"ats_id": "a", "job_ats_id": 9007199254740993}',
      '{"ats_id": "b", "candidate_phone": -1e400}',
      '{"ats_id": 9007199254740991, "candidate_phone": 43664}',
    ];
    expect(await problemsOf('interviews', lines.join('\n'))).toEqual([
      `1: ats_id ${inexact}`,
      `2: ats_id ${inexact}`,
      `3: ats_id ${inexact}`,
      `4: job_ats_id ${inexact}`,
      `5: candidate_phone ${inexact}`,
    ]);
    expect(await problemsOf('share_requests', '{"ats_id": "R", "interview_ats_ids": [1e17]}')).toEqual([
      `1: interview_ats_ids ${inexact}`,
    ]);
    const account = newAccount();
    await load(account, 'interviews', lines.at(-1)!);
    expect(await stored(account, 'interviews', 'ats_id, candidate_phone')).toEqual([
      { ats_id: '9007199254740991', candidate_phone: '43664' },
    ]);
  });

  it.each([
    ['1e400', false],
    ['[1E+2, 25e-1, 0e-9]', true],
    ['{"a": [-1e400]}', false],
    ['{"a": [{"id": 410888000000123457}]}', false],
    ['{"a": [0.1, 1.5e-7, 17, -9007199254740991]}', true],
  ])('within extra %s is kept, or refused', async (extra, isKept) => {
    for (const content of [
      `{"ats_id": "1", "extra": ${extra}}`,
      `ats_id,extra\n1,"${extra.replaceAll('"', '""')}"\n`,
    ]) {
      if (isKept) {
        const account = newAccount();
        await load(account, 'jobs', content);
        expect(await stored(account, 'jobs', 'extra')).toEqual([{ extra: JSON.parse(extra) }]);
      } else {
        expect(await problemsOf('jobs', content)).toEqual([
          expect.stringMatching(
            /^\d: extra holds a number of more digits than JSON keeps: write it in quotes$/,
          ),
        ]);
      }
    }
  });
});

it('a value that is nested beyond all measure is refused', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(await problemsOf('jobs', `{"ats_id": "1", "extra": ${deep}}`)).toEqual([
    '1: extra has more than 500 lists and objects within each other',
  ]);
});

describe('a slow source', () => {
  it('keeps no transaction open while it is read', async () => {
    const account = newAccount();
    const seen: unknown[] = [];
    async function* slow() {
      yield Buffer.from('ats_id\n');
      for (let n = 0; n < 3; n++) {
        yield Buffer.from(Array.from({ length: 3000 }, (_, i) => `J${n}-${i}\n`).join(''));
        const [open] = await query(
          shared.db,
          `select count(*)::int as n from pg_stat_activity where datname = current_database()
           and xact_start is not null and pid <> pg_backend_pid()`,
        );
        seen.push(open);
      }
    }
    const counts = await importFile(shared.db, {
      account,
      table: 'jobs',
      source: slow(),
      name: 'stdin',
      mayStall: true,
    });
    expect(counts).toMatchObject({ rows: 9000, created: 9000 });
    expect(seen).toEqual([{ n: 0 }, { n: 0 }, { n: 0 }]);
  });

  it('may bring more than the memory is to hold', async () => {
    const account = newAccount();
    async function* rows() {
      for (let n = 0; n < 9000; n++) {
        const title = n % 2 === 0 ? { title: `Köchin ${n} 🥖` } : { city: 'Graz' };
        yield Buffer.from(`${JSON.stringify({ ats_id: `J${n}`, ...title })}\n`);
      }
    }
    const options = {
      account,
      table: 'jobs',
      source: rows(),
      name: 'stdin',
      mayStall: true,
      mostInMemory: 100_000,
    } as const;
    expect(await importFile(shared.db, options)).toMatchObject({ rows: 9000, created: 9000 });
    expect(
      await query(
        shared.db,
        `select count(*) filter (where title = 'Köchin ' || substr(ats_id, 2) || ' 🥖')::int as titled,
           count(*) filter (where city = 'Graz')::int as placed from ats.jobs where account = $1`,
        [account],
      ),
    ).toEqual([{ titled: 4500, placed: 4500 }]);
  });
});

describe('a file that is no text', () => {
  const utf32 = (text: string, mark: boolean) =>
    Buffer.concat(
      [...(mark ? '\uFEFF' : ''), ...text].map((char) => {
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32LE(char.codePointAt(0)!);
        return bytes;
      }),
    );

  it.each<[string, string | Buffer, RegExp]>([
    [
      'rows.xlsx',
      Buffer.from('PK\x03\x04\x14\0\x06\0\x08\0\n\n', 'latin1'),
      /^1: {2}is no text, but an Excel workbook \(\.xlsx\)/,
    ],
    [
      'rows.csv',
      Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\n', 'latin1'),
      /^1: {2}is no text, but an old Excel workbook \(\.xls\)/,
    ],
    ['rows.xls', '\uFEFF\n<html><body><table>\n<tr><td>ats_id</td></tr>\n', /^1: {2}is HTML or XML/],
    ['rows.csv', utf32('ats_id\n1\n', true), /^1: {2}is written in UTF-32/],
    ['rows.csv', utf32('ats_id\n1\n', false), /^1: {2}is written in UTF-32/],
  ])('%s says what it is, and what to save it as', async (name, content, expected) => {
    const problems = await problemsOf('jobs', content, name);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
    expect(problems[0]).toContain('save it as "CSV UTF-8", and import that');
  });
});

describe('JSON', () => {
  it('may be a single object over many lines', async () => {
    const object = { ats_id: '1', title: 'Baker', extra: { a: [1, { b: 2 }] } };
    for (const text of [JSON.stringify(object, null, 2), `\n${JSON.stringify(object, null, 1)}\n`]) {
      const account = newAccount();
      expect(await load(account, 'jobs', text, 'rows.json')).toMatchObject({ created: 1 });
      expect(await stored(account, 'jobs', 'ats_id, title, extra')).toEqual([object]);
    }
  });

  it('of several objects over many lines, or of half of one, is one problem', async () => {
    const spread = JSON.stringify({ ats_id: '1', title: 'Baker' }, null, 2);
    const asLines = 'write each object on a line of its own, or all of them as a list in [ ]';
    expect(await problemsOf('jobs', `${spread}\n${spread}\n`, 'rows.json')).toEqual([
      `1:  is not JSON: ${asLines}`,
    ]);
    expect(await problemsOf('jobs', spread.slice(0, -2), 'rows.json')).toEqual([
      `3:  is the end, and a bracket is not closed: the file is not whole: ${asLines}`,
    ]);
  });

  it.each([
    ['{"ats_id":"1","title":"a","title":"b"}', '"title"'],
    ['{"ats_id":"1","extra":{"x":[{"a\\u0062":1, "ab" :2}]}}', '"ab"'],
    ['[{"ats_id":"1", "ats_id":"1"}]', '"ats_id"'],
  ])('with a member twice is refused: %s', async (text, name) => {
    expect(await problemsOf('jobs', text)).toEqual([
      `1:  has the member ${name} twice in one object: leave one of them`,
    ]);
  });

  it('in a cell is held to the same', async () => {
    expect(await problemsOf('jobs', 'ats_id,extra\n1,"{""a"":1,""a"":2}"\n')).toEqual([
      '2: extra has the member "a" twice in one object: leave one of them',
    ]);
  });

  it('keeps what only looks like two, and fractions that lose nothing', async () => {
    const account = newAccount();
    const extra =
      '{"a":"\\\\","b":"a\\":","a:":{"a":1,"b":[{"a":2},{"a":0.30000000000000004}]},"c":-1.50e3,"d":0.0}';
    expect(await load(account, 'jobs', `{"ats_id":"1","extra":${extra}}`)).toMatchObject({ created: 1 });
    expect(await stored(account, 'jobs', 'extra')).toEqual([{ extra: JSON.parse(extra) }]);
  });

  it('with a fraction of more digits than are kept is refused', async () => {
    expect(await problemsOf('jobs', '{"ats_id":"1","extra":{"n":1.2345678901234567890123}}')).toEqual([
      '1:  holds a number of more digits than JSON keeps, 1.2345678901234567890123: write it in quotes',
    ]);
    expect(await problemsOf('jobs', '{"ats_id":"1","extra":{"n":-1e-400}}')).toEqual([
      '1:  holds a number of more digits than JSON keeps, -1e-400: write it in quotes',
    ]);
  });
});
