/**
 * In whose name an order is carried out: only who has a key here, and sees the job in Spark Hire.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { desiredDatabase, seed, uuidOf } from '../desired/fixture.js';
import { orderWorld } from './world.js';

const shared = desiredDatabase();

interface Recruiter {
  role?: string;
  owns?: boolean;
  key?: 'usable' | 'refused' | null;
  deleted?: 'ats' | 'sparkhire';
  /** As the order has it. */
  as?: string;
}

let n = 0;

it.each<[string, Recruiter, boolean]>([
  ['an administrator with a key', { role: 'administrator' }, true],
  ['an administrator whose role is written otherwise', { role: 'Administrator' }, true],
  [
    'an administrator, by an address in other letters',
    { role: 'administrator', as: ' REC@company.example ' },
    true,
  ],
  ['a standard user who owns the job', { owns: true }, true],
  ['a standard user who does not', {}, false],
  ['a standard user who owns the job, without a key', { owns: true, key: null }, false],
  ['a standard user who owns the job, whose key is refused', { owns: true, key: 'refused' }, false],
  ['somebody who is gone in Spark Hire', { role: 'administrator', deleted: 'sparkhire' }, false],
  ['somebody who is gone in the ATS', { role: 'administrator', deleted: 'ats' }, false],
  ['somebody else', { role: 'administrator', as: 'other@company.example' }, false],
])(
  '%s',
  async (_, {
    role = 'standard',
    owns = false,
    key = 'usable',
    deleted,
    as = 'rec@company.example',
  }, isNamed) => {
    for (const protocol of ['greenhouse', 'teamtailor'] as const) {
      const world = await orderWorld(shared.db, protocol);
      const { account } = world;
      const uuid = uuidOf(++n);
      const gone = '2031-01-01T00:00:00Z';
      await seed(shared.db, 'ats.users', [
        {
          account,
          ats_id: 'U',
          name: 'Rec',
          email: 'Rec@company.example',
          role,
          deleted_at: deleted === 'ats' ? gone : null,
        },
      ]);
      await seed(shared.db, 'sparkhire.users', [
        {
          account,
          uuid,
          email: 'rec@Company.example',
          role,
          raw: {},
          deleted_at: deleted === 'sparkhire' ? gone : null,
        },
      ]);
      if (owns) await world.rows(`update ats.jobs set owner_ats_id = 'U' where account = $1`);
      if (key !== null)
        await world.rows(
          `insert into sync.user_keys (account, user_uuid, email, cipher, key_id, source, state) values ($1, $2, 'rec@company.example', 'x', 'k', 'set', $3)`,
          [uuid, key],
        );
      expect((await world.order({ by: as })).status).toBe(200);
      expect(
        await world.rows('select requested_by_ats_id as by from ats.interviews where account = $1'),
      ).toEqual([{ by: isNamed ? 'U' : null }]);
    }
  },
);
