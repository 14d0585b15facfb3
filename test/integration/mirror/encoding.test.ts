/** Whatever is received is read back as it was, by every way into the table, and one bad row harms no other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inMirrorTransaction, type StoreOptions, storeRows } from '../../../src/mirror/store.js';
import { type ColumnType, type MirrorRow, mirrorTables, type TableName } from '../../../src/mirror/tables.js';
import { anyLetter } from '../../support/any-letter.js';
import { runsOf } from '../../support/rotation.js';
import {
  interviewItem,
  interviewObject,
  type Json,
  jobObject,
  listed,
  questionSet,
  single,
  useMirror,
  user,
  uuidAt,
} from './fixture.js';

const tables = Object.keys(mirrorTables) as TableName[];
const mirror = useMirror('sync.quarantine', 'sync.changes', ...tables.map((name) => `sparkhire.${name}`));

// A small batch is merged from a JSON parameter, a middle one looked up first, a large one goes through COPY.
const ways: Record<string, StoreOptions> = {
  'a parameter': { copyFrom: Number.POSITIVE_INFINITY },
  COPY: { copyFrom: 1 },
  'what fits the size': {},
};

const oddStrings = [
  '',
  ' ',
  '\\N',
  '\\.',
  '\\',
  '\\\\',
  '\\u0000',
  '\\ud800',
  'a\tb\nc\r\nd',
  '\b\f\v\u0001\u001f\u007f\u0085\u2028\u2029\ufeff\uffff',
  '"quoted" \'single\' `back`',
  '{"json": [1]}',
  '{}',
  'null',
  'NULL',
  "'; drop table sparkhire.users; --",
  '$1 $$ %s',
  'naïve Ünïcode \u202eيمين',
  '👩‍🚀🇺🇳e\u0301',
  '\ud83d',
  '\ude00 half \ud83d',
  '\ud83d\ud83d\ude00',
  'nul\u0000 in \u0000it',
  '\u0000',
];
const oddString = fc.oneof(
  fc.constantFrom(...oddStrings),
  fc.array(fc.constantFrom(...oddStrings), { maxLength: 4 }).map((parts) => parts.join('')),
  fc.string({ unit: anyLetter }),
  fc.string(),
);
const oddNumber = fc.oneof(
  fc.constantFrom(0, -0, 1e308, -1e308, 5e-324, 1e-7, 2 ** 53, 1e21, 0.1 + 0.2, 12345678901234567000),
  // What JSON.parse makes of 1e400.
  fc.constant(Number.POSITIVE_INFINITY),
  fc.integer(),
  fc.double({ noNaN: true }),
);
const { json: anyJson } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(oddString, oddNumber, fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(oddString, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const object = fc.dictionary(oddString, anyJson, { maxKeys: 5, noNullPrototype: true }) as fc.Arbitrary<Json>;
const uuid = fc.integer({ min: 1, max: 0xffffff }).map(uuidAt);
const timestamp = fc
  .tuple(
    fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
    fc.constantFrom('Z', '+00:00', '-05:30', '+14:00', '-12:00'),
    fc.constantFrom('', '.5', '.123456', '.123456789'),
  )
  .map(([date, offset, fraction]) => `${date.toISOString().slice(0, 19)}${fraction}${offset}`);
const columnValue: Record<ColumnType, fc.Arbitrary<unknown>> = {
  text: oddString,
  boolean: fc.boolean(),
  integer: fc.integer({ min: -2_147_483_647, max: 2_147_483_647 }),
  'numeric(3,2)': fc.double({ min: 0, max: 5, noNaN: true }).map((n) => Number(n.toFixed(4))),
  uuid,
  'uuid[]': fc.array(uuid, { maxLength: 3 }),
  timestamptz: timestamp,
  jsonb: fc.array(anyJson, { maxLength: 3 }),
};

// Text that has an index is cut where rows are made, see mapping.ts: what is longer never gets here.
function rowsOf(name: TableName, minLength: number, maxLength: number): fc.Arbitrary<MirrorRow[]> {
  const { columns, detailPaths } = mirrorTables[name];
  const row = fc
    .record({
      uuid: fc.integer({ min: 1, max: 80 }).map(uuidAt),
      columns: fc.record(
        Object.fromEntries(
          columns.map(([column, type]) => [column, fc.option(columnValue[type], { freq: 4, nil: null })]),
        ),
        { requiredKeys: [] },
      ),
      raw: object,
      single: fc.boolean(),
    })
    .map((drawn): MirrorRow => ({ ...drawn, keep: drawn.single ? [] : detailPaths }));
  return fc.array(row, { minLength, maxLength });
}

/** What a jsonb value is read back as: without what no text in PostgreSQL can hold. */
function readBack(value: unknown): unknown {
  if (typeof value === 'string') return readBackText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (Array.isArray(value)) return value.map(readBack);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [readBackText(key), readBack(item)]));
}

function readBackText(text: string): string {
  // Iterating a string yields code points: one that is a surrogate has lost its other half.
  return [...text.split('\u0000').join('')]
    .map((point) => (/^[\ud800-\udfff]$/.test(point) ? '\ufffd' : point))
    .join('');
}

const comparable = (name: TableName) =>
  `select to_jsonb(t) - array['account', 'mirrored_at', 'details_at', 'status_since'] as row
   from sparkhire.${name} t where account = $1 order by uuid`;

describe('rows of any content', () => {
  it.each(tables)('come to the same by every way: %s', async (name) => {
    let account = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(rowsOf(name, 1, 70), { minLength: 1, maxLength: 3 }), async (batches) => {
        const outcomes = [];
        for (const [way, options] of Object.entries(ways)) {
          account++;
          const counts = [];
          for (const batch of batches) {
            counts.push(
              await inMirrorTransaction(mirror.db, `${way} ${account}`, (tx) =>
                storeRows(tx, name, batch, options),
              ),
            );
          }
          const changes = await mirror.sql<{ uuid: string; change: string; changed_fields: string[] }>(
            'select uuid, change, changed_fields from sync.changes where account = $1 order by uuid, seq',
            [`${way} ${account}`],
          );
          outcomes.push({
            counts,
            changes,
            rows: await mirror.sql(comparable(name), [`${way} ${account}`]),
          });
        }
        expect(outcomes[1]).toEqual(outcomes[0]);
        expect(outcomes[2]).toEqual(outcomes[0]);
      }),
      { numRuns: runsOf(12) },
    );
  });

  it.each(Object.entries(ways))('are read back as they were put in through %s', async (_, options) => {
    const columns = mirrorTables.question_sets.columns.map(([column]) => column);
    await fc.assert(
      fc.asyncProperty(rowsOf('question_sets', 1, 8), async (drawn) => {
        await mirror.sql('truncate sparkhire.question_sets');
        const rows = [...new Map(drawn.map((row) => [row.uuid, row])).values()];
        await mirror.store('question_sets', rows, options);
        const stored = new Map((await mirror.rows('question_sets')).map((row) => [row.uuid, row]));
        expect(stored.size).toBe(rows.length);
        for (const row of rows) {
          const found = stored.get(row.uuid)!;
          expect(found.raw).toEqual(readBack(row.raw));
          for (const column of columns) {
            const given = row.columns[column] ?? null;
            if (column.endsWith('_at')) {
              // PostgreSQL keeps microseconds, a Date milliseconds: enough to tell that nothing was garbled.
              const at = found[column] as Date | null;
              expect(at === null).toBe(given === null);
              if (at !== null) expect(Math.abs(at.getTime() - Date.parse(String(given)))).toBeLessThan(2);
            } else expect(found[column]).toEqual(readBack(given));
          }
        }
      }),
      { numRuns: runsOf(30) },
    );
  });
});

describe.each(Object.entries(ways))('through %s', (_, options) => {
  it('very long text is kept whole', async () => {
    const description = `${'Mehl & Korn \\ \t\n "quoted" 👩‍🚀 '.repeat(40_000)}end`;
    expect(description.length).toBeGreaterThan(1_000_000);
    const counts = await mirror.store(
      'jobs',
      [single('jobs', jobObject(1, { description })), single('jobs', jobObject(2))],
      options,
    );
    expect(counts).toMatchObject({ created: 2, quarantined: 0 });
    const row = await mirror.row('jobs', uuidAt(1));
    expect(row.description === description).toBe(true);
    expect(row.raw.description === description).toBe(true);
  });

  it('very long values of indexed columns are cut there and whole in raw', async () => {
    // Random letters, or the index would compress them until they fit.
    const noise = Array.from({ length: 10_000 }, (_, n) =>
      String.fromCodePoint(0x4e00 + ((n * 7919 + ((n * n) % 4093)) % 20_000)),
    ).join('');
    const email = `${noise}@mill.test`;
    const rows = [
      listed('interviews', interviewItem(1, { status: noise, assigned_to: { uuid: uuidAt(7), email } })),
    ];
    expect(await mirror.store('interviews', rows, options)).toMatchObject({ created: 1, quarantined: 0 });
    expect(await mirror.store('users', [listed('users', user(1, { email }))], options)).toMatchObject({
      created: 1,
    });
    const row = await mirror.row('interviews', uuidAt(1));
    expect(email.startsWith(row.candidate_email as string)).toBe(true);
    expect(row.raw).toMatchObject({ status: noise, assigned_to: { email } });
    expect(await mirror.store('interviews', rows, options)).toMatchObject({ unchanged: 1 });
  });

  it('deep nesting is kept', async () => {
    let deep: unknown = 'bottom';
    for (let n = 0; n < 500; n++) deep = n % 2 ? [deep] : { deep };
    await mirror.store('interviews', [listed('interviews', interviewItem(1, { deep }))], options);
    await mirror.store('interviews', [single('interviews', interviewObject(1, { deep }))], options);
    await mirror.store('interviews', [listed('interviews', interviewItem(1, { deep, rating: 1 }))], options);
    expect((await mirror.row('interviews', uuidAt(1))).raw.deep).toEqual(deep);
  });
});

/** More nested than JSON.stringify or PostgreSQL would follow. */
function bottomless(depth: number): unknown {
  let deep: unknown = 0;
  for (let n = 0; n < depth; n++) deep = [deep];
  return deep;
}

const refused: Array<[string, (n: number) => MirrorRow]> = [
  [
    'an impossible timestamp',
    (n) => ({ ...good(n), columns: { ...good(n).columns, created_at: '2031-02-30T00:00:00Z' } }),
  ],
  ['a malformed uuid', (n) => ({ ...good(n), columns: { ...good(n).columns, company_uuid: 'not-a-uuid' } })],
  ['a boolean that is none', (n) => ({ ...good(n), columns: { ...good(n).columns, active: 'perhaps' } })],
  [
    'an index entry too large',
    (n) => ({ ...good(n), columns: { ...good(n).columns, email: incompressible } }),
  ],
  [
    'nesting PostgreSQL does not follow',
    (n) => ({ ...good(n), raw: { ...user(n), deep: bottomless(7000) } }),
  ],
  ['nesting nobody follows', (n) => ({ ...good(n), raw: { ...user(n), deep: bottomless(200_000) } })],
];
const incompressible = Array.from({ length: 4000 }, (_, n) =>
  String.fromCodePoint(0x4e00 + ((n * 7919 + n * n) % 20_000)),
).join('');
const good = (n: number) => listed('users', user(n));

describe('a row that cannot be stored', () => {
  const cases = refused.flatMap(([what, bad]) =>
    Object.entries(ways).map(([way, options]) => [what, way, bad, options] as const),
  );

  it.each(cases)('for %s is put aside alone, through %s', async (_, __, bad, options) => {
    const rows = [good(1), good(2), bad(3), good(4), good(5)];
    const counts = await mirror.store('users', rows, options);
    expect(counts).toEqual({ read: 5, created: 4, updated: 0, unchanged: 0, quarantined: 1 });
    expect((await mirror.rows('users')).map(({ uuid }) => uuid)).toEqual([1, 2, 4, 5].map(uuidAt));
    expect((await mirror.newChanges()).map(({ uuid }) => uuid).sort()).toEqual([1, 2, 4, 5].map(uuidAt));
    const [entry, ...more] = await mirror.quarantined();
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ account: 'default', resource: 'users', uuid: uuidAt(3) });
    expect(entry!.problem).not.toBe('');
  });

  it('is put aside alone where its text is made while PostgreSQL stores those before it', async () => {
    const deep = { ...good(1200), raw: { ...user(1200), deep: bottomless(200_000) } };
    const rows = [...Array.from({ length: 1199 }, (_, n) => good(n + 1)), deep];
    expect(await mirror.store('users', rows)).toMatchObject({ created: 1199, quarantined: 1 });
  });

  it('is noted once however often it is met', async () => {
    const bad = refused[0]![1](3);
    for (let round = 0; round < 3; round++) {
      const counts = await mirror.store('users', [good(1), bad]);
      expect(counts.quarantined).toBe(1);
    }
    const entries = await mirror.quarantined();
    expect(entries).toHaveLength(1);
    expect((entries[0]!.last_seen_at as Date) > (entries[0]!.first_seen_at as Date)).toBe(true);
  });

  it('is noted for itself, also where its content cannot be shown', async () => {
    const deep = refused.at(-1)![1];
    await mirror.store('users', [deep(3), good(1), deep(4)]);
    expect((await mirror.quarantined()).map(({ uuid }) => uuid)).toEqual([uuidAt(3), uuidAt(4)]);
  });

  it.each([
    ['first', 0],
    ['in the middle', 700],
    ['last', 1399],
  ])('harms no other of a batch of many pages, standing %s', async (_, at) => {
    // Some megabytes, so that much is still unsent when PostgreSQL refuses the row.
    const filler = 'x'.repeat(4000);
    const rows = Array.from({ length: 1400 }, (_, n) => listed('users', user(n + 1, { filler })));
    rows[at] = refused[0]![1](at + 1);
    expect(await mirror.store('users', rows)).toMatchObject({ created: 1399, quarantined: 1 });
    // Again over what is stored, so that it goes through the temporary table.
    const changed = rows.map((row) => ({ ...row, raw: { ...(row.raw as Json), filler: `${filler}y` } }));
    expect(await mirror.store('users', changed)).toMatchObject({ updated: 1399, quarantined: 1 });
    expect(await mirror.sql('select count(*)::int as n from sparkhire.users')).toEqual([{ n: 1399 }]);
  });

  it('leaves the stored row of the same object as it was', async () => {
    await mirror.store('users', [good(3)]);
    const before = await mirror.row('users', uuidAt(3));
    await mirror.store('users', [refused[0]![1](3)]);
    expect(await mirror.row('users', uuidAt(3))).toEqual(before);
  });

  it('in a batch of nothing but bad rows', async () => {
    const rows = Array.from({ length: 9 }, (_, n) => refused[0]![1](n + 1));
    expect(await mirror.store('users', rows)).toMatchObject({ created: 0, unchanged: 0, quarantined: 9 });
    expect(await mirror.quarantined()).toHaveLength(9);
  });
});

describe('an error that is not about a row', () => {
  it('is not taken for one: the whole transaction fails', async () => {
    await mirror.sql('alter table sparkhire.users rename to users_away');
    try {
      await expect(mirror.store('users', [good(1)])).rejects.toThrow(/users/);
      await expect(mirror.store('users', [good(1)], { copyFrom: 1 })).rejects.toThrow(/users/);
    } finally {
      await mirror.sql('alter table sparkhire.users_away rename to users');
    }
    expect(await mirror.quarantined()).toEqual([]);
  });
});

describe('a question set', () => {
  it('keeps its questions as they came', async () => {
    const questions = [{ text: 'a\u0000b\\', takes: 3 }, 'odd', null, [1]];
    await mirror.store('question_sets', [listed('question_sets', questionSet(1, { questions }))]);
    expect(await mirror.row('question_sets', uuidAt(1))).toMatchObject({ questions: readBack(questions) });
  });
});
