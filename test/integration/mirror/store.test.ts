/** What is written, what is not, and what wins where two observations of one object disagree. */
import { describe, expect, it } from 'vitest';
import type { StoreOptions } from '../../../src/mirror/store.js';
import {
  interviewItem,
  interviewObject,
  type Json,
  jobItem,
  listed,
  questionSet,
  single,
  useMirror,
  user,
  uuidAt,
} from './fixture.js';

const mirror = useMirror(
  'sparkhire.users',
  'sparkhire.jobs',
  'sparkhire.interviews',
  'sparkhire.question_sets',
);

const later = '2031-02-01T08:00:01+00:00';
const muchLater = '2031-02-02T08:00:00+00:00';
const earlier = '2031-01-31T08:00:00+00:00';

/** The same object with its keys, at every depth, in the opposite order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, turned(item)]),
  );
}

// Small batches go in a JSON parameter, large ones through COPY: both must do the same.
const ways: Array<[string, StoreOptions]> = [
  ['a parameter', {}],
  ['COPY', { copyFrom: 1 }],
];

describe.each(ways)('rows through %s', (_, options) => {
  const storeUsers = (...raws: Json[]) =>
    mirror.store(
      'users',
      raws.map((raw) => listed('users', raw)),
      options,
    );
  const storeInterviews = (...raws: Json[]) =>
    mirror.store(
      'interviews',
      raws.map((raw) => listed('interviews', raw)),
      options,
    );
  const storeInterview = (raw: Json) => mirror.store('interviews', [single('interviews', raw)], options);

  it('are new, changed or unchanged, and an unchanged one is not written', async () => {
    expect(await storeUsers(user(1), user(2), user(3))).toEqual({
      read: 3,
      created: 3,
      updated: 0,
      unchanged: 0,
      quarantined: 0,
    });
    const before = await mirror.rows('users');
    await mirror.newChanges();

    const counts = await storeUsers(user(1), user(2, { name: 'Renamed', updated_at: later }), user(3));

    expect(counts).toEqual({ read: 3, created: 0, updated: 1, unchanged: 2, quarantined: 0 });
    const after = await mirror.rows('users');
    expect(after[0]).toEqual(before[0]);
    expect(after[2]).toEqual(before[2]);
    expect(after[1]).toMatchObject({ name: 'Renamed' });
    expect(after[1]!.mirrored_at.getTime()).toBeGreaterThan(before[1]!.mirrored_at.getTime());
    expect(await mirror.newChanges()).toMatchObject([
      { resource: 'users', uuid: uuidAt(2), change: 'updated', changed_fields: ['name', 'updated_at'] },
    ]);
  });

  it('with their keys in another order are unchanged', async () => {
    await storeInterviews(interviewItem(1));
    const before = await mirror.row('interviews', uuidAt(1));
    await mirror.newChanges();

    const other = turned(interviewItem(1)) as Json;
    expect(Object.keys(other)).not.toEqual(Object.keys(interviewItem(1)));
    const counts = await storeInterviews(other);

    expect(counts).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await mirror.newChanges()).toEqual([]);
    const after = await mirror.row('interviews', uuidAt(1));
    expect(after).toMatchObject({ raw: before.raw, mirrored_at: before.mirrored_at });
  });

  it('of another account are left alone', async () => {
    const other = listed('users', user(1, { name: 'Elsewhere' }));
    await mirror.sql(
      `insert into sparkhire.users (account, uuid, name, raw) values ('north', $1, 'Elsewhere', '{}')`,
      [other.uuid],
    );
    await storeUsers(user(1));
    await mirror.remove('users', uuidAt(1));
    expect(
      await mirror.sql('select account, name, deleted_at from sparkhire.users order by account desc'),
    ).toMatchObject([{ account: 'north', name: 'Elsewhere', deleted_at: null }, { name: 'User 1' }]);
  });

  it('that are older never replace newer ones, from a listing over a single read', async () => {
    await storeInterview(interviewObject(1, { status: 'completed' }));
    const before = await mirror.row('interviews', uuidAt(1));
    await mirror.newChanges();
    const counts = await storeInterviews(interviewItem(1, { status: 'requested', updated_at: earlier }));
    expect(counts).toMatchObject({ read: 1, updated: 0, unchanged: 1 });
    expect(await mirror.row('interviews', uuidAt(1))).toEqual(before);
    expect(await mirror.newChanges()).toEqual([]);
  });

  it('that are older never replace newer ones, from a single read over a listing', async () => {
    await storeInterviews(interviewItem(1, { status: 'completed' }));
    const before = await mirror.row('interviews', uuidAt(1));
    const counts = await storeInterview(interviewObject(1, { status: 'requested', updated_at: earlier }));
    expect(counts).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await mirror.row('interviews', uuidAt(1))).toEqual(before);
    // What is due stays due: the old answer did not bring the details of the new state.
    expect(before).toMatchObject({ details_due: true });
  });

  it('that are older replace what was stored more than an hour ago: the clock of Spark Hire was set back', async () => {
    await storeInterviews(interviewItem(1, { status: 'requested' }));
    await mirror.sql(`update sparkhire.interviews set mirrored_at = mirrored_at - interval '61 min'`);
    await storeInterviews(interviewItem(1, { status: 'completed', updated_at: earlier }));
    expect(await mirror.row('interviews', uuidAt(1))).toMatchObject({ status: 'completed' });
    const counts = await storeInterviews(interviewItem(1, { status: 'completed', updated_at: earlier }));
    expect(counts).toMatchObject({ updated: 0, unchanged: 1 });
  });

  it('of the same second with other content replace each other, the last observation wins', async () => {
    await storeInterviews(interviewItem(1, { status: 'requested' }));
    await storeInterviews(interviewItem(1, { status: 'accepted' }));
    expect(await mirror.row('interviews', uuidAt(1))).toMatchObject({ status: 'accepted' });
    await storeInterview(interviewObject(1, { status: 'completed' }));
    expect(await mirror.row('interviews', uuidAt(1))).toMatchObject({ status: 'completed' });
    await storeInterviews(interviewItem(1, { status: 'expired' }));
    expect(await mirror.row('interviews', uuidAt(1))).toMatchObject({ status: 'expired' });
    expect((await mirror.newChanges()).map(({ changed_fields }) => changed_fields)).toEqual([
      [],
      ['status'],
      expect.arrayContaining(['status']),
      expect.arrayContaining(['status']),
    ]);
  });

  it('go back to what a listing said before, if a single read said otherwise between', async () => {
    await storeInterviews(interviewItem(1, { rating: 3 }));
    await storeInterview(interviewObject(1, { rating: 4.5 }));
    expect(await mirror.row('interviews', uuidAt(1))).toMatchObject({ rating: '4.50' });
    await storeInterviews(interviewItem(1, { rating: 3 }));
    expect(await mirror.row('interviews', uuidAt(1))).toMatchObject({ rating: '3.00', raw: { rating: 3 } });
  });

  it('go back also in what has no column', async () => {
    const withNote = (note: string) => ({ note, job_post: { uuid: uuidAt(5), title: 'Miller', note } });
    await storeInterviews(interviewItem(1, withNote('old')));
    await storeInterview(interviewObject(1, withNote('new')));
    await storeInterviews(interviewItem(1, withNote('old')));
    const { raw } = await mirror.row('interviews', uuidAt(1));
    expect(raw).toMatchObject(withNote('old'));
  });

  it('of a newer and an older state in one batch leave the newer one, whichever comes first', async () => {
    const counts = await storeUsers(
      user(1, { name: 'Newer', updated_at: muchLater }),
      user(1, { name: 'Older' }),
      user(2, { name: 'Older' }),
      user(2, { name: 'Newer', updated_at: muchLater }),
      user(3, { name: 'First of the same second' }),
      user(3, { name: 'Last of the same second' }),
    );
    expect(counts).toEqual({ read: 6, created: 3, updated: 0, unchanged: 3, quarantined: 0 });
    expect((await mirror.rows('users')).map(({ name }) => name)).toEqual([
      'Newer',
      'Newer',
      'Last of the same second',
    ]);
  });

  it('of one batch are told apart by fractions of a second, down to microseconds', async () => {
    await storeUsers(
      user(1, { name: 'Newer', updated_at: '2031-02-01T08:00:00.123457Z' }),
      user(1, { name: 'Older', updated_at: '2031-02-01T08:00:00.123456Z' }),
    );
    expect(await mirror.row('users', uuidAt(1))).toMatchObject({ name: 'Newer' });
  });

  it('of one batch are told apart across time zones', async () => {
    await storeUsers(
      user(1, { name: 'Newer', updated_at: '2031-02-01T02:00:01-06:00' }),
      user(1, { name: 'Older', updated_at: '2031-02-01T17:00:00+09:00' }),
    );
    expect(await mirror.row('users', uuidAt(1))).toMatchObject({
      name: 'Newer',
      updated_at: new Date('2031-02-01T08:00:01Z'),
    });
  });

  it('without a time of their last update are stored, over and under those that have one', async () => {
    await storeUsers(user(1, { updated_at: null, name: 'Timeless' }));
    await storeUsers(user(1, { name: 'Timed' }));
    expect(await mirror.row('users', uuidAt(1))).toMatchObject({ name: 'Timed' });
    const { updated_at: _, ...timeless } = user(1, { name: 'Timeless again' });
    expect(await storeUsers(timeless)).toMatchObject({ updated: 1 });
    expect(await mirror.row('users', uuidAt(1))).toMatchObject({ name: 'Timeless again', updated_at: null });
    expect(await storeUsers(timeless)).toMatchObject({ unchanged: 1 });
  });

  it('lose to ones with a time in their own batch if they have none', async () => {
    await storeUsers(user(1, { name: 'Timed' }), user(1, { name: 'Timeless', updated_at: null }));
    expect(await mirror.row('users', uuidAt(1))).toMatchObject({ name: 'Timed' });
  });

  it('are the same by any spelling of their uuid', async () => {
    await storeUsers(user(1), user(1, { uuid: uuidAt(1).toUpperCase(), name: 'Loud' }));
    const rows = await mirror.rows('users');
    expect(rows).toMatchObject([{ uuid: uuidAt(1), name: 'Loud' }]);
  });

  it('that change only in unmapped parts are updated, as `raw`', async () => {
    await mirror.store('jobs', [listed('jobs', jobItem(1))], options);
    await mirror.newChanges();
    await mirror.store('jobs', [listed('jobs', jobItem(1, { hotness: 3 }))], options);
    expect(await mirror.newChanges()).toMatchObject([{ change: 'updated', changed_fields: ['raw'] }]);
    expect((await mirror.row('jobs', uuidAt(1))).raw).toMatchObject({ hotness: 3 });
  });

  it('come back from deletion as restored, also when nothing else about them changed', async () => {
    await storeUsers(user(1));
    expect(await mirror.remove('users', uuidAt(1), uuidAt(7))).toBe(1);
    expect(await mirror.remove('users', uuidAt(1))).toBe(0);
    const removed = await mirror.row('users', uuidAt(1));
    expect(removed.deleted_at).toEqual(removed.mirrored_at);
    await mirror.newChanges();

    expect(await storeUsers(user(1))).toMatchObject({ created: 0, updated: 1 });

    expect(await mirror.row('users', uuidAt(1))).toMatchObject({ deleted_at: null, name: 'User 1' });
    expect(await mirror.newChanges()).toMatchObject([
      { change: 'restored', changed_fields: ['deleted_at'], uuid: uuidAt(1) },
    ]);
    expect(await storeUsers(user(1))).toMatchObject({ unchanged: 1 });
  });

  it('that are older than their deleted object do not bring it back', async () => {
    await storeUsers(user(1));
    await mirror.remove('users', uuidAt(1));
    expect(await storeUsers(user(1, { updated_at: earlier, name: 'Old news' }))).toMatchObject({
      unchanged: 1,
    });
    const { deleted_at, name } = await mirror.row('users', uuidAt(1));
    expect(deleted_at).not.toBeNull();
    expect(name).toBe('User 1');
  });

  it('are compared as they are stored: a rating with many digits is not an update each time', async () => {
    await storeInterviews(interviewItem(1, { rating: 4.333333 }));
    await mirror.newChanges();
    await storeInterview(interviewObject(1, { rating: 4.333333 }));
    expect((await mirror.newChanges()).flatMap(({ changed_fields }) => changed_fields)).not.toContain(
      'rating',
    );
    expect(await storeInterview(interviewObject(1, { rating: 4.333333 }))).toMatchObject({ unchanged: 1 });
    expect(await mirror.row('interviews', uuidAt(1))).toMatchObject({ rating: '4.33' });
  });

  it('are compared as they are stored: timestamps finer than microseconds', async () => {
    const updated_at = '2031-02-01T08:00:00.123456789Z';
    await mirror.store('question_sets', [listed('question_sets', questionSet(1, { updated_at }))], options);
    const again = [single('question_sets', questionSet(1, { updated_at }))];
    expect(await mirror.store('question_sets', again, options)).toMatchObject({ unchanged: 1 });
  });
});

describe('an empty batch', () => {
  it('is nothing', async () => {
    expect(await mirror.store('users', [])).toEqual({
      read: 0,
      created: 0,
      updated: 0,
      unchanged: 0,
      quarantined: 0,
    });
    expect(await mirror.newChanges()).toEqual([]);
  });
});

describe('batches around the size from which COPY is used', () => {
  it.each([599, 600, 601])('of %d rows are stored whole, and again as unchanged', async (size) => {
    const rows = Array.from({ length: size }, (_, n) => listed('users', user(n)));
    expect(await mirror.store('users', rows)).toMatchObject({ created: size });
    expect(await mirror.store('users', rows)).toMatchObject({ unchanged: size, updated: 0 });
    expect((await mirror.rows('users')).map(({ uuid }) => uuid)).toEqual(rows.map(({ uuid }) => uuid));
    expect((await mirror.newChanges()).length).toBe(size);
  });
});
