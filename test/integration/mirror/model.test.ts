/**
 * The mirror against a model of itself: any sequence of listings, single reads and deletions leaves what the rules
 * say. Contents come from a small set, so that states return, which is where a wrong "unchanged" would show.
 * @module-tag rare
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inMirrorTransaction, markDeleted, type StoreCounts, storeRows } from '../../../src/mirror/store.js';
import { mirrorTables } from '../../../src/mirror/tables.js';
import { runsOf } from '../../support/rotation.js';
import { type Json, listed, single, useMirror, uuidAt } from './fixture.js';

const mirror = useMirror();

type Operation =
  | { kind: 'list' | 'single'; uuid: string; raw: Json; copy: boolean }
  | { kind: 'delete'; uuid: string };

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** What both forms of an interview carry; undefined keys are left out. */
const shared = fc.record({
  status: fc.constantFrom('requested', 'completed'),
  rating: optional(fc.constantFrom<unknown>(0, 4.333, '4.333', null)),
  completed_at: optional(fc.constantFrom(null, '2031-01-30T08:00:00+00:00')),
  updated_at: fc.constantFrom<unknown>('2031-02-01T08:00:00Z', '2031-02-01T09:00:00+00:00', null),
  // Of no use to any column: it shows how raw is merged.
  note: optional(fc.constantFrom<unknown>(1, [1, { a: null }])),
  job_post: fc.record(
    {
      uuid: fc.constantFrom(uuidAt(1), uuidAt(2)),
      title: fc.constantFrom('Miller', 'Baker'),
      more: fc.constantFrom(1, 2),
    },
    { requiredKeys: ['uuid', 'title'] },
  ),
});
const details = fc.record(
  {
    share_link: fc.constantFrom<unknown>(null, 'https://links.test/1', { uuid: uuidAt(9), status: 'active' }),
    questions: fc.constantFrom<unknown>(null, [], [{ uuid: uuidAt(3), text: 'Why?' }]),
  },
  { requiredKeys: [] },
);

const defined = (raw: Json): Json =>
  Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
const uuid = fc.constantFrom(uuidAt(101), uuidAt(102));
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(uuid, shared, fc.boolean())
      .map(([uuid, raw, copy]) => ({ kind: 'list' as const, uuid, raw: defined({ uuid, ...raw }), copy })),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(uuid, shared, details, fc.boolean()).map(([uuid, raw, more, copy]) => ({
      kind: 'single' as const,
      uuid,
      raw: defined({ uuid, ...raw, ...more }),
      copy,
    })),
  },
  { weight: 1, arbitrary: uuid.map((uuid) => ({ kind: 'delete' as const, uuid })) },
);

interface Modelled {
  raw: Json;
  deleted: boolean;
  due: boolean;
}

const instant = (raw: Json) => (typeof raw.updated_at === 'string' ? Date.parse(raw.updated_at) : null);
const listedKeys = ['status', 'rating', 'completed_at', 'updated_at', 'job_post', 'uuid'];
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const empty = (value: unknown) => value === undefined || value === null || JSON.stringify(value) === '[]';

/** A list item over what is stored: it is a part of the object. */
function overlaid(item: Json, kept: Json): Json {
  const merged: Json = { ...item };
  for (const [key, value] of Object.entries(kept)) {
    const detail = key === 'questions' || key === 'share_link';
    if (key in item) {
      const [fresh, old] = [item[key], value];
      if (isObject(fresh) && isObject(old) && fresh.uuid === old.uuid) merged[key] = { ...old, ...fresh };
      if (detail && empty(fresh) && value !== null) merged[key] = value;
    } else if (!listedKeys.includes(key)) merged[key] = value;
  }
  return merged;
}

/** A single read over what is stored: it is the object, but for details it does not mention. */
function replaced(object: Json, kept: Json): Json {
  const merged: Json = { ...object };
  for (const key of ['questions', 'share_link']) {
    if (!(key in object) && (kept[key] ?? null) !== null) merged[key] = kept[key];
  }
  return merged;
}

/** The columns of a merged object, as the mapping of the object by itself gives them. */
function columnsOf(raw: Json): Json {
  const { columns } = single('interviews', raw);
  const at = (value: unknown) => (typeof value === 'string' ? new Date(value) : null);
  return {
    status: columns.status,
    rating: columns.rating === null ? null : Number(columns.rating).toFixed(2),
    completed_at: at(columns.completed_at),
    updated_at: at(columns.updated_at),
    job_uuid: columns.job_uuid ?? null,
    job_title: columns.job_title ?? null,
    share_link_uuid: columns.share_link_uuid ?? null,
    share_url: columns.share_url ?? null,
    share_status: columns.share_status ?? null,
    watch_url: columns.watch_url,
  };
}

/** What the rules say: the next state, and the change that is recorded; null for none. */
function next(state: Modelled | undefined, operation: Operation): [Modelled | undefined, string | null] {
  if (operation.kind === 'delete') {
    if (state === undefined || state.deleted) return [state, null];
    return [{ ...state, deleted: true }, 'deleted'];
  }
  const { kind, raw } = operation;
  if (state === undefined) return [{ raw, deleted: false, due: kind === 'list' }, 'created'];
  const [newAt, oldAt] = [instant(raw), instant(state.raw)];
  if (newAt !== null && oldAt !== null && newAt < oldAt) return [state, null];
  const merged = kind === 'list' ? overlaid(raw, state.raw) : replaced(raw, state.raw);
  const moved = JSON.stringify(columnsOf(merged)) !== JSON.stringify(columnsOf(state.raw));
  const change = state.deleted ? 'restored' : moved || !same(merged, state.raw) ? 'updated' : null;
  const due = kind === 'list' && (state.due || moved || state.deleted);
  return [{ raw: merged, deleted: false, due }, change];
}

function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) || !isObject(one) || !isObject(other))
    return JSON.stringify(one) === JSON.stringify(other);
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => key in one && key in other && same(one[key], other[key]));
}

it('any sequence of observations leaves what the rules say, and records each change', async () => {
  let account = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 14 }), async (operations) => {
      const name = `account ${++account}`;
      const model = new Map<string, Modelled>();
      const expected: unknown[] = [];
      for (const operation of operations) {
        const [state, change] = next(model.get(operation.uuid), operation);
        if (state !== undefined) model.set(operation.uuid, state);
        if (change !== null) expected.push({ uuid: operation.uuid, change });
        const counts = await inMirrorTransaction<StoreCounts | number>(mirror.db, name, async (tx) => {
          if (operation.kind === 'delete') return markDeleted(tx, 'interviews', [operation.uuid]);
          const row =
            operation.kind === 'list'
              ? listed('interviews', operation.raw)
              : single('interviews', operation.raw);
          return storeRows(tx, 'interviews', [row], operation.copy ? { copyFrom: 1 } : {});
        });
        if (typeof counts !== 'number') expect(counts.unchanged).toBe(change === null ? 1 : 0);

        const rows = await mirror.sql<Json & { uuid: string }>(
          'select * from sparkhire.interviews where account = $1',
          [name],
        );
        expect(rows.length).toBe(model.size);
        for (const row of rows) {
          const { raw, deleted, due } = model.get(row.uuid)!;
          expect(row.raw).toEqual(raw);
          expect(row).toMatchObject(columnsOf(raw));
          expect({ deleted: row.deleted_at !== null, due: row.details_due }).toEqual({ deleted, due });
        }
      }
      const changes = await mirror.sql<Recorded>(
        'select uuid, change, changed_fields, before, after from sync.changes where account = $1 order by seq',
        [name],
      );
      expect(changes.map(({ uuid, change }) => ({ uuid, change }))).toEqual(expected);
      const rows = await mirror.sql<{ uuid: string; values: Json }>(
        'select uuid, to_jsonb(i) as values from sparkhire.interviews i where account = $1',
        [name],
      );
      const told = played(changes);
      expect(Object.keys(told).sort()).toEqual(rows.map(({ uuid }) => uuid).sort());
      for (const { uuid, values } of rows) expect(values).toMatchObject(told[uuid]!);
    }),
    { numRuns: runsOf(60) },
  );
});

interface Recorded {
  uuid: string;
  change: string;
  changed_fields: string[];
  before: Json | null;
  after: Json;
}

/** The columns of each row as its changes tell: each change begins with what the one before ended with. */
function played(changes: readonly Recorded[]): Record<string, Json> {
  const rows: Record<string, Json> = {};
  const none = Object.fromEntries(mirrorTables.interviews.toldWhenCreated.map((name) => [name, null]));
  for (const { uuid, change, changed_fields, before, after } of changes) {
    if (change === 'created') {
      expect({ before, changed_fields }).toEqual({ before: null, changed_fields: [] });
      rows[uuid] = { ...none, deleted_at: null, ...after };
      continue;
    }
    const names = changed_fields.filter((name) => name !== 'raw').sort();
    expect([Object.keys(before!).sort(), Object.keys(after).sort()]).toEqual([names, names]);
    expect({ ...before, ...rows[uuid] }).toMatchObject(before!);
    rows[uuid] = { ...rows[uuid], ...after };
  }
  return rows;
}
