/** Which changes of an open conflict are another revision of it, and what a decision for an earlier one meets. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { findConflict } from '../../../src/conflicts/conflicts.js';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { resolveConflict } from '../../support/decide.js';
import { eventually } from '../../support/service.js';

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openTestMirror();
});
afterAll(() => mirror.close());
beforeEach(() => mirror.rows('delete from sync.conflicts'));

/** With values of its kind. */
async function open(kind: 'field_diverged' | 'mass_disappearance'): Promise<number> {
  const values = {
    field_diverged: `'J-1', 'title', '{"ats": "A", "sparkhire": "A"}', '"ATS ONE"', '"SPARK ONE"', 'Both.'`,
    mass_disappearance: `null, null, null, null,
      '{"missing": 9, "known": 90, "listed": 81, "viewChanged": false, "examples": ["one"]}', '9 of 90 are missing'`,
  };
  const [row] = await mirror.rows<{ id: string }>(
    `insert into sync.conflicts (resource, kind, ats_id, field, base_value, ats_value, sparkhire_value, reason)
     values ('jobs', '${kind}', ${values[kind]}) returning id`,
  );
  return Number(row!.id);
}

it.each([
  ["the ATS's value", 'field_diverged', `ats_value = '"ATS TWO"'`],
  ["the ATS's value to none", 'field_diverged', 'ats_value = null'],
  ["Spark Hire's value", 'field_diverged', `sparkhire_value = '"SPARK TWO"'`],
  ['what both last agreed on', 'field_diverged', `base_value = '{"ats": "B", "sparkhire": "A"}'`],
  ['the object', 'field_diverged', 'uuid = gen_random_uuid()'],
  [
    'the number of missing rows',
    'mass_disappearance',
    `sparkhire_value = sparkhire_value || '{"missing": 10}'`,
  ],
  [
    'the rows that are missing',
    'mass_disappearance',
    `sparkhire_value = sparkhire_value || '{"examples": ["two"]}'`,
  ],
  ['who looks', 'mass_disappearance', `sparkhire_value = sparkhire_value || '{"viewChanged": true}'`],
] as const)('the revision of an open conflict goes up with %s', async (_, kind, change) => {
  const id = await open(kind);
  await mirror.rows(`update sync.conflicts set ${change}`);
  expect(await findConflict(mirror.db, id)).toMatchObject({ revision: 2 });
  // The same once more is no change.
  await mirror.rows(`update sync.conflicts set ats_value = ats_value, reason = 'In other words.'`);
  expect(await findConflict(mirror.db, id)).toMatchObject({ revision: 2 });
});

it.each([
  ['other words for it', 'field_diverged', `reason = 'In other words.'`],
  ['another policy', 'field_diverged', `policy = 'merge'`],
  [
    'the same values',
    'field_diverged',
    `ats_value = '"ATS ONE"', base_value = '{"sparkhire": "A", "ats": "A"}'`,
  ],
  [
    'a listing of another size',
    'mass_disappearance',
    `sparkhire_value = sparkhire_value || '{"known": 91, "listed": 82}', reason = '9 of 91 are missing'`,
  ],
  ['its end', 'field_diverged', `ats_value = null, resolved_at = now(), resolution = 'ats'`],
] as const)('the revision of an open conflict stays with %s', async (_, kind, change) => {
  const id = await open(kind);
  await mirror.rows(`update sync.conflicts set ${change}`);
  expect(await findConflict(mirror.db, id)).toMatchObject({ revision: 1 });
});

it('the revision stays when what became of a decision is noted', async () => {
  const id = await open('mass_disappearance');
  await resolveConflict(mirror.db, { id, take: 'sparkhire', by: 'somebody' });
  await mirror.rows(`update sync.conflicts set sparkhire_value = sparkhire_value || '{"release": "used"}'`);
  expect(await findConflict(mirror.db, id)).toMatchObject({ revision: 1 });
});

it('a refused decision tells in words what a conflict without values of the ATS is about now', async () => {
  const id = await open('mass_disappearance');
  await mirror.rows(
    `update sync.conflicts set sparkhire_value = sparkhire_value || '{"missing": 12}', reason = '12 of 90 are missing'`,
  );
  await expect(resolveConflict(mirror.db, { id, take: 'sparkhire', by: 'somebody' })).rejects.toMatchObject({
    code: 'CONFLICT_CHANGED',
    message: `The values of conflict ${id} have changed since it was opened: it is at revision 2. Now: 12 of 90 are missing.`,
  });
  await resolveConflict(mirror.db, { id, revision: 2, take: 'sparkhire', by: 'somebody' });
  expect(await findConflict(mirror.db, id)).toMatchObject({
    resolution: 'sparkhire',
    resolved_by: 'somebody',
  });
});

it('a refused decision shows the beginning of a value that is long', async () => {
  const id = await open('field_diverged');
  await mirror.rows(
    `update sync.conflicts set ats_value = to_jsonb(repeat('long ', 100)), sparkhire_value = null`,
  );
  await expect(resolveConflict(mirror.db, { id, take: 'ats', by: 'somebody' })).rejects.toMatchObject({
    message: expect.stringMatching(/The ATS now has "long .{194}…, Spark Hire nothing\.$/),
  });
});

it.each([
  ['other values', `ats_value = '"ATS TWO"'`, 'CONFLICT_CHANGED'],
  ['an end', `resolved_at = now(), resolution = 'its cause is gone'`, 'CONFLICT_RESOLVED'],
])(
  'a decision is refused where %s came between looking the conflict up and recording it',
  async (_, change, code) => {
    const id = await open('field_diverged');
    const other = await mirror.client.connect();
    try {
      await other.query('begin');
      await other.query(`update sync.conflicts set ${change}`);
      const decided = resolveConflict(mirror.db, { id, take: 'ats', by: 'somebody' });
      const refused = expect(decided).rejects.toMatchObject({ code });
      // It has looked the conflict up, and waits for whoever writes it.
      await eventually(async () =>
        expect(
          await mirror.rows(
            `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          ),
        ).toHaveLength(1),
      );
      await other.query('commit');
      await refused;
    } finally {
      other.release();
    }
    expect((await findConflict(mirror.db, id)).resolved_by).toBeNull();
  },
);

it('a person whose user is called as the service is, is told from the service', async () => {
  const id = await open('mass_disappearance');
  await resolveConflict(mirror.db, { id, take: 'sparkhire', by: 'sparkhire-sync' });
  expect(await mirror.rows('select resolved_by from sync.conflicts')).toEqual([
    { resolved_by: 'sparkhire-sync (user)' },
  ]);
});
