/** Text and JSON as PostgreSQL takes them, and lines that COPY reads back as the fields they were made of. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyLine, listHash, recordset, storableJson, storableText } from '../../../src/mirror/encoding.js';
import { mirrorTables } from '../../../src/mirror/tables.js';
import {
  interviewItem,
  listed,
  questionSet,
  single,
  user,
  uuidAt,
} from '../../integration/mirror/fixture.js';
import { runsOf } from '../../support/rotation.js';

/** Any string of UTF-16 units, halves of surrogate pairs and NUL characters among them. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 9, 10, 13, 0x5c, 0x4e, 0x75, 0x30, 0xd83d, 0xde00),
    ),
  )
  .map((units) => String.fromCharCode(...units));

describe('storable text', () => {
  it('has no NUL and no half of a surrogate pair, and is the same if it had none', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const stored = storableText(text);
        expect(stored).not.toContain('\u0000');
        expect(stored).toBe(stored.toWellFormed());
        expect(storableText(stored)).toBe(stored);
        if (!text.includes('\u0000') && text === text.toWellFormed()) expect(stored).toBe(text);
      }),
      { numRuns: runsOf(500) },
    );
  });

  it.each([
    ['nul\u0000', 'nul'],
    ['\ud83d alone', '\ufffd alone'],
    ['\ude00\ud83d', '\ufffd\ufffd'],
    ['\ud83d\ude00', '😀'],
    ['\\u0000', '\\u0000'],
  ])('%j becomes %j', (text, stored) => {
    expect(storableText(text)).toBe(stored);
  });
});

describe('storable JSON', () => {
  it('is JSON of the same value with storable text in it, keys too', () => {
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        anyText,
        fc.double({ noNaN: true }),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(anyText, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        const text = storableJson(value);
        // The escapes that jsonb refuses: \u0000 and halves; doubled backslashes before them make them text.
        expect(text.replace(/\\\\/g, '')).not.toMatch(/\\u0000|\\ud[89a-f]/i);
        const plain = JSON.stringify(value, (_, item) =>
          typeof item === 'string' ? storableText(item) : item,
        );
        if (!plain.replace(/\\\\/g, '').match(/\\u0000|\\ud[89a-f]/i)) {
          expect(JSON.parse(text)).toEqual(JSON.parse(plain));
        }
      }),
      { numRuns: runsOf(500) },
    );
  });

  it('of nothing is null', () => {
    expect(storableJson(undefined)).toBe('null');
    expect(storableJson(null)).toBe('null');
  });

  it('keeps text that only looks like an escape', () => {
    const value = { '\\u0000': '\\ud800', a: 'C:\\users\\ude00' };
    expect(JSON.parse(storableJson(value))).toEqual(value);
  });
});

/** What COPY's text format makes of a line: its fields, null for \N. */
function readCopyLine(line: string): Array<string | null> {
  expect(line.endsWith('\n')).toBe(true);
  const body = line.slice(0, -1);
  expect(body).not.toMatch(/[\n\r]/);
  const escapes: Record<string, string> = { t: '\t', n: '\n', r: '\r', '\\': '\\' };
  return body.split('\t').map((field) =>
    field === '\\N'
      ? null
      : field.replace(/\\(.)/g, (_, letter: string) => {
          expect(Object.keys(escapes)).toContain(letter);
          return escapes[letter]!;
        }),
  );
}

describe('a line for COPY', () => {
  it('is read back as the fields of its row', () => {
    const table = mirrorTables.question_sets;
    fc.assert(
      fc.property(
        fc.option(anyText, { nil: null }),
        fc.dictionary(anyText, anyText, { noNullPrototype: true }),
        (name, extra) => {
          const row = {
            ...listed('question_sets', questionSet(1, extra)),
            columns: { name, questions: [extra] },
          };
          const [uuid, ...fields] = readCopyLine(copyLine(table, row));
          expect(uuid).toBe(row.uuid);
          expect(fields).toEqual([
            name === null ? null : storableText(name),
            storableJson([extra]),
            null,
            null,
            storableJson(row.raw),
            '{}',
            'f',
            listHash(storableJson(row.raw)),
          ]);
        },
      ),
      { numRuns: runsOf(300) },
    );
  });

  it('tells null, empty and the word for null apart', () => {
    const line = (name: unknown) =>
      readCopyLine(copyLine(mirrorTables.users, { ...single('users', user(1)), columns: { name } }))[1];
    expect([line(null), line(undefined), line(''), line('\\N'), line('null')]).toEqual([
      null,
      null,
      '',
      '\\N',
      'null',
    ]);
  });

  it('has no hash for a single read, which is no list item', () => {
    const fields = readCopyLine(copyLine(mirrorTables.interviews, single('interviews', interviewItem(1))));
    expect(fields.slice(-3)).toEqual(['{questions,share_link}', 't', null]);
  });
});

describe('rows as one parameter', () => {
  it('are an array of objects with the columns of the table', () => {
    const rows = [listed('interviews', interviewItem(1)), single('interviews', interviewItem(2))];
    const parsed = JSON.parse(recordset(mirrorTables.interviews, rows));
    expect(parsed).toHaveLength(2);
    expect(parsed[0]).toMatchObject({ uuid: uuidAt(1), single: false, rating: 3.5, raw: interviewItem(1) });
    expect(parsed[1]).toMatchObject({ uuid: uuidAt(2), single: true, list_hash: null });
    for (const [column] of mirrorTables.interviews.columns) expect(parsed[0]).toHaveProperty(column);
  });
});

describe('the hash of a list item', () => {
  it('is of 128 bits in hexadecimal, the same for the same text alone', () => {
    expect(listHash('{}')).toMatch(/^[0-9a-f]{32}$/);
    expect(listHash('{"a":1}')).toBe(listHash('{"a":1}'));
    expect(listHash('{"a":1}')).not.toBe(listHash('{"a":2}'));
  });
});
