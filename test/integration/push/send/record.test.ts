/** What was decided, recorded: once, as a set, and undone when it is gone. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inTransaction } from '../../../../src/db/database.js';
import { recordDecisions } from '../../../../src/ledger/record.js';
import type { ConflictDraft, Decision } from '../../../../src/reconcile/types.js';
import { openTestMirror, type TestMirror } from '../../../support/backfill-in-process.js';

let mirror: TestMirror;
beforeEach(async () => {
  mirror = await openTestMirror();
});
afterEach(() => mirror.close());

const decision = (atsId: string, more: Partial<Decision> = {}): Decision => ({
  resource: 'jobs',
  atsId,
  state: 'synced',
  next: 'synced',
  reason: null,
  issues: [],
  action: null,
  conflicts: [],
  keeps: [],
  settles: {},
  overwritten: [],
  carriedOut: [],
  putAside: [],
  unlink: false,
  ...more,
});
const uuid = (n: number) => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
const diverged = (more: Partial<ConflictDraft> = {}): ConflictDraft => ({
  kind: 'field_diverged',
  uuid: uuid(1),
  field: 'title',
  base: { ats: 'Baker', sparkhire: 'Baker' },
  ats: 'Head Baker',
  sparkhire: 'Chef',
  reason: 'Changed on both sides.',
  policy: 'merge',
  ...more,
});

const record = (decisions: Decision[], queueIds: string[] = [], hashes?: Map<string, string | null>) =>
  inTransaction(mirror.db, (tx) => recordDecisions(tx, 'default', decisions, { queueIds, hashes }));
const versions = async () => {
  const all: string[] = [];
  for (const table of ['issues', 'conflicts', 'links', 'desired_rows']) {
    all.push(
      ...(
        await mirror.rows<{ row: string }>(
          `select concat_ws(' ', '${table}', xmin, ctid) as row from sync.${table}`,
        )
      )
        .map(({ row }) => row)
        .sort(),
    );
  }
  return all;
};
const issues = () =>
  mirror.rows('select ats_id, field, code, message from sync.issues where resolved_at is null order by 1, 2');
const conflicts = () =>
  mirror.rows(
    `select kind, ats_id, field, ats_value, resolution, resolved_by from sync.conflicts order by id`,
  );

describe('recording decisions', () => {
  it('tells of a held row all that it waits for', async () => {
    const reason = 'waits for job J-9 to be active';
    const named = { code: 'UNKNOWN_REFERENCE', field: 'owner_ats_id', message: 'There is no U-1.' } as const;
    const held = { state: 'held', next: 'held', reason } as const;
    await record([
      decision('J-1', held),
      decision('J-2', { ...held, issues: [named] }),
      decision('J-3', { reason }),
    ]);
    expect(await issues()).toEqual([
      { ats_id: 'J-1', code: 'UNKNOWN_REFERENCE', field: null, message: 'Waits for job J-9 to be active.' },
      { ats_id: 'J-2', ...named },
      { ats_id: 'J-2', code: 'UNKNOWN_REFERENCE', field: null, message: 'Waits for job J-9 to be active.' },
    ]);
    await record([decision('J-1'), decision('J-2', held)]);
    expect(await issues()).toMatchObject([{ ats_id: 'J-2', field: null }]);
  });

  it('a row that a person has to decide about says so, and one whose plan is held', async () => {
    await record([decision('J-1', { state: 'conflict', conflicts: [diverged()] })]);
    await record([decision('J-2', { state: 'conflict' })]);
    const action = { action: 'update' } as Decision['action'];
    await inTransaction(mirror.db, (tx) =>
      recordDecisions(tx, 'default', [decision('J-3', { state: 'pending', action })], {
        queueIds: [],
        held: 'mass_change',
      }),
    );
    const told = { code: 'DECISION_NEEDED', message: expect.stringContaining('sparkhire-sync') };
    expect(await issues()).toMatchObject([
      { ats_id: 'J-1', field: 'title', ...told },
      { ats_id: 'J-2', field: null, ...told },
      { ats_id: 'J-3', field: null, ...told },
    ]);
    await record([decision('J-1'), decision('J-2'), decision('J-3')]);
    expect(await issues()).toEqual([]);
  });

  it('writes nothing the second time', async () => {
    await mirror.rows(
      `insert into sync.links (resource, ats_id, uuid, how) values ('jobs', 'J-1', $1, 'created')`,
      [uuid(1)],
    );
    const decisions = [
      decision('J-1', {
        state: 'conflict',
        settles: { title: { ats: 'A', sparkhire: 'A' } },
        conflicts: [diverged({ field: 'status' })],
        overwritten: [diverged({ policy: 'ats' })],
      }),
      decision('J-2', {
        state: 'rejected',
        issues: [
          { code: 'REQUIRED_FIELD_MISSING', field: 'title', message: 'Give a title.' },
          { code: 'DUPLICATE', field: null, message: 'There is another.' },
        ],
      }),
    ];
    const hashes = new Map([['J-1', uuid(7)]]);
    await record(decisions, [], hashes);
    const before = await versions();
    expect(before).toHaveLength(8);
    await record(decisions, [], hashes);
    // Without a hash the one that is known stays.
    await record(decisions);
    expect(await versions()).toEqual(before);
    expect(await mirror.rows('select base from sync.links')).toEqual([
      { base: { title: { ats: 'A', sparkhire: 'A' } } },
    ]);
    expect(await mirror.rows('select ats_id, state, hash from sync.desired_rows order by 1')).toEqual([
      { ats_id: 'J-1', state: 'conflict', hash: uuid(7) },
      { ats_id: 'J-2', state: 'rejected', hash: null },
    ]);
  });

  it('keeps, changes and resolves issues, one a field', async () => {
    const missing = { code: 'REQUIRED_FIELD_MISSING', field: 'title', message: 'Give a title.' } as const;
    const whole = { code: 'REMOTE_REJECTED', field: null, message: 'No.' } as const;
    const other = decision('J-2', { state: 'rejected', issues: [whole] });
    await record([decision('J-1', { state: 'rejected', issues: [missing, whole] }), other]);
    await record([
      decision('J-1', {
        state: 'rejected',
        issues: [{ ...missing, code: 'INVALID_FORMAT', message: 'Too long.' }],
      }),
    ]);
    expect(await issues()).toEqual([
      { ats_id: 'J-1', field: 'title', code: 'INVALID_FORMAT', message: 'Too long.' },
      { ats_id: 'J-2', ...whole },
    ]);
    // Another code is another issue; the same one goes on.
    expect(
      await mirror.rows('select code from sync.issues where resolved_at is not null order by 1'),
    ).toEqual([{ code: 'REMOTE_REJECTED' }, { code: 'REQUIRED_FIELD_MISSING' }]);
    await record([decision('J-1')]);
    expect(await issues()).toEqual([{ ats_id: 'J-2', ...whole }]);
  });

  it('opens conflicts once, brings their values up to date, and closes what is gone', async () => {
    await record([
      decision('J-1', { conflicts: [diverged()] }),
      decision('J-2', { conflicts: [diverged()] }),
    ]);
    await record([decision('J-1', { conflicts: [diverged({ ats: 'Master Baker' })] })]);
    expect(await conflicts()).toMatchObject([
      { ats_id: 'J-1', ats_value: 'Master Baker', resolution: null },
      { ats_id: 'J-2', ats_value: 'Head Baker', resolution: null },
    ]);
    await record([decision('J-1')]);
    expect(await conflicts()).toMatchObject([
      { ats_id: 'J-1', resolution: 'its cause is gone', resolved_by: 'sparkhire-sync' },
      { ats_id: 'J-2', resolution: null },
    ]);
  });

  it('leaves alone what was not judged, and what waits for the outcome of a write', async () => {
    await record([decision('J-1', { conflicts: [diverged()] })]);
    const [{ id }] = (await mirror.rows<{ id: string }>('select id from sync.conflicts')) as [{ id: string }];
    await record([decision('J-1', { keeps: [id] })]);
    expect(await conflicts()).toMatchObject([{ resolution: null }]);

    await mirror.rows(
      `insert into sync.conflicts (resource, kind, ats_id) values ('jobs', 'unknown_outcome', 'J-2')`,
    );
    await mirror.rows(`insert into sync.intents (resource, ats_id, action, fingerprint, state)
      values ('jobs', 'J-2', 'create', 'f', 'unknown')`);
    await record([decision('J-2', { state: 'in_flight' })]);
    expect((await conflicts())[1]).toMatchObject({ kind: 'unknown_outcome', resolution: null });
    await mirror.rows(`update sync.intents set state = 'confirmed'`);
    await record([decision('J-2')]);
    expect((await conflicts())[1]).toMatchObject({ resolution: 'its cause is gone' });
  });

  it('records what a policy overwrote, once for each time it did', async () => {
    const overwriting = decision('J-1', { state: 'pending', overwritten: [diverged({ policy: 'ats' })] });
    await record([overwriting]);
    // The write was put off, and is decided again.
    await record([overwriting]);
    expect(await conflicts()).toMatchObject([{ resolution: 'policy ats', resolved_by: 'sparkhire-sync' }]);
    await mirror.rows(`insert into sync.intents (resource, ats_id, action, fingerprint, state)
      values ('jobs', 'J-1', 'update', 'f', 'confirmed')`);
    await record([overwriting]);
    expect(await conflicts()).toHaveLength(2);
  });

  it('says which answers were carried out, and which were put aside', async () => {
    const [done, aside, held] = await mirror.rows<{ id: string }>(
      `insert into sync.conflicts (resource, kind, ats_id, field, resolved_at, resolution, resolved_by)
       select 'jobs', 'field_diverged', 'J-1', f, now(), 'ats', 'somebody' from unnest('{title,status,place}'::text[]) f
       returning id`,
    );
    await record([decision('J-1', { carriedOut: [done!.id], putAside: [aside!.id] })]);
    const ends = await mirror.rows(
      'select id, acted_at is not null as ended, carried_out from sync.conflicts',
    );
    expect(ends).toEqual([
      { id: held!.id, ended: false, carried_out: null },
      { id: done!.id, ended: true, carried_out: true },
      { id: aside!.id, ended: true, carried_out: false },
    ]);
  });

  it('ends links, states and turns in the queue', async () => {
    await mirror.rows(
      `insert into sync.links (resource, ats_id, uuid, how) values ('jobs', 'J-1', $1, 'created')`,
      [uuid(1)],
    );
    await mirror.rows(`insert into sync.desired_queue (account, resource, ats_id)
      values ('default', 'jobs', 'J-1'), ('default', 'jobs', 'J-1'), ('other', 'jobs', 'J-1')`);
    const queued = await mirror.rows<{ id: string }>('select id from sync.desired_queue order by id');
    await record([decision('J-1', { state: 'gone', unlink: true })], [queued[0]!.id, queued[2]!.id]);
    expect(await mirror.rows('select * from sync.links')).toEqual([]);
    expect(await mirror.rows('select id from sync.desired_queue order by id')).toEqual(queued.slice(1));
    expect(await mirror.rows('select state, synced_at is not null as told from sync.desired_rows')).toEqual([
      { state: 'gone', told: true },
    ]);
  });

  it('tells what was decided while the plan is held, and ends nothing', async () => {
    await mirror.rows(
      `insert into sync.links (resource, ats_id, uuid, how) values
       ('jobs', 'J-1', $1, 'created'), ('jobs', 'J-2', $2, 'created'), ('jobs', 'J-3', $3, 'created')`,
      [uuid(1), uuid(2), uuid(3)],
    );
    const [{ id }] = (await mirror.rows<{ id: string }>(
      `insert into sync.conflicts (resource, kind, ats_id, resolved_at, resolution, resolved_by)
       values ('jobs', 'remote_deleted', 'J-1', now(), 'sparkhire', 'somebody') returning id`,
    )) as [{ id: string }];
    const gone = { state: 'gone', next: 'gone' } as const;
    const settles = { title: { ats: 'A', sparkhire: 'A' } };
    await inTransaction(mirror.db, (tx) =>
      recordDecisions(
        tx,
        'default',
        [
          decision('J-1', { ...gone, unlink: true, putAside: [id] }),
          decision('J-2', { ...gone, settles }),
          decision('J-3', { settles }),
          decision('J-4', {
            state: 'rejected',
            issues: [{ code: 'DUPLICATE', field: null, message: 'No.' }],
          }),
          decision('J-5', gone),
          decision('J-6', { state: 'pending', overwritten: [diverged({ policy: 'ats' })] }),
        ],
        { queueIds: [], held: 'mass_change' },
      ),
    );
    // That both sides show the same is no matter of the plan.
    expect(await mirror.rows('select ats_id, base from sync.links order by 1')).toEqual([
      { ats_id: 'J-1', base: {} },
      { ats_id: 'J-2', base: {} },
      { ats_id: 'J-3', base: settles },
    ]);
    expect(await mirror.rows('select acted_at from sync.conflicts')).toEqual([{ acted_at: null }]);
    expect(await mirror.rows('select ats_id, state from sync.desired_rows order by 1')).toEqual([
      { ats_id: 'J-1', state: 'pending' },
      { ats_id: 'J-2', state: 'pending' },
      { ats_id: 'J-3', state: 'synced' },
      { ats_id: 'J-4', state: 'rejected' },
      { ats_id: 'J-5', state: 'gone' },
      { ats_id: 'J-6', state: 'pending' },
    ]);
    expect(await issues()).toHaveLength(1);
  });

  it('takes as many statements for a thousand rows as for one', async () => {
    const counted = async (n: number) => {
      let statements = 0;
      await inTransaction(mirror.db, (tx) => {
        const counting: typeof tx = {
          connection: tx.connection,
          query: (sql, values) => {
            statements += 1;
            return tx.query(sql, values);
          },
        };
        const decisions = Array.from({ length: n }, (_, i) =>
          decision(`R-${i}`, {
            conflicts: [diverged()],
            overwritten: [diverged({ policy: 'ats', field: 'status' })],
            settles: { title: { ats: 1, sparkhire: 1 } },
            issues: [{ code: 'DUPLICATE', field: null, message: 'There is another.' }],
          }),
        );
        return recordDecisions(counting, 'default', decisions, { queueIds: ['1'] });
      });
      return statements;
    };
    const one = await counted(1);
    expect(one).toBeGreaterThan(5);
    expect(await counted(1000)).toBe(one);
  });
});
