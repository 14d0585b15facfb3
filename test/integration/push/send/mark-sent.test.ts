/** The last look at the mirror before a creation leaves: what is there already is not made again. */
import { expect, it } from 'vitest';
import { query } from '../../../../src/db/database.js';
import { type IntentDetail, markSent, prepareIntent } from '../../../../src/ledger/intents.js';
import type { PushResource } from '../../../../src/reconcile/types.js';
import { desiredDatabase, seed, uuidOf } from '../../desired/fixture.js';

const shared = desiredDatabase();
let accounts = 0;

const email = 'mia@rye.test';
const long = (tail: string) => `${'m'.repeat(310)}${tail}@rye.test`;

/** @returns whether the creation of this row may leave while the mirror has this object */
async function mayLeave(
  resource: PushResource,
  object: Record<string, unknown>,
  look: Record<string, unknown>,
  more: Partial<IntentDetail> = {},
): Promise<boolean> {
  const account = `a${++accounts}`;
  await seed(shared.db, `sparkhire.${resource}`, [{ account, raw: {}, ...object }]);
  await seed(shared.db, `ats.${resource}`, [{ account, ats_id: 'X' }]);
  await query(shared.db, 'delete from sync.desired_queue where account = $1', [account]);
  const detail = {
    linked: null,
    settles: { type: { ats: 'one_way', sparkhire: 'one_way' } },
    expects: {},
    identity: null,
    look: look as IntentDetail['look'],
    final: 'synced',
    label: 'X',
    ...more,
  } satisfies IntentDetail;
  const intent = { resource, atsId: 'X', action: 'create', detail, uuid: null, fingerprint: 'x' } as const;
  return (await markSent(shared.db, (await prepareIntent(shared.db, account, intent))!, 0)) !== null;
}

const invitation = (more: Record<string, unknown> = {}) => ({
  uuid: uuidOf(1),
  job_uuid: uuidOf(2),
  candidate_email: email,
  status: 'requested',
  type: 'one_way',
  ...more,
});

it.each([
  ['a pending one of the same person to the same job', {}, {}],
  ['a pending one whose address is written in capitals', { candidate_email: 'Mia@RYE.test' }, {}],
  ['a pending one that does not tell its type', { type: null }, {}],
  ['a pending one with the same very long address', { candidate_email: long('x') }, { email: long('X') }],
])('no invitation leaves while there is %s', async (_, object, look) => {
  const sought = { email, jobUuid: uuidOf(2), ...look };
  expect(await mayLeave('interviews', invitation(object), sought)).toBe(false);
});

it.each([
  ['one to another job', { job_uuid: uuidOf(3) }, {}],
  ['one to no known job', { job_uuid: null }, {}],
  ['one of somebody without an address', { candidate_email: null }, {}],
  ['one that has ended', { status: 'completed' }, {}],
  ['one of another type', { type: 'live' }, {}],
  ['one that was deleted', { deleted_at: '2031-01-01T00:00:00Z' }, {}],
  ['one whose very long address only begins the same', { candidate_email: long('x') }, { email: long('y') }],
  ['one, and its own job is no uuid', {}, { jobUuid: 'J-1' }],
  ['one, and its own job is almost a uuid', {}, { jobUuid: `${uuidOf(2)}0` }],
  ['one, and its own job is not known', {}, { jobUuid: null }],
  ['one, and its own address is not known', {}, { email: null }],
])('an invitation leaves while there is %s', async (_, object, look) => {
  const sought = { email, jobUuid: uuidOf(2), ...look };
  expect(await mayLeave('interviews', invitation(object), sought)).toBe(true);
});

it('an invitation leaves beside the one that a person saw and wants another of', async () => {
  const look = { email, jobUuid: uuidOf(2) };
  expect(await mayLeave('interviews', invitation(), look, { beside: [uuidOf(1)] })).toBe(true);
  expect(await mayLeave('interviews', invitation(), look, { beside: [uuidOf(5)] })).toBe(false);
});

it.each([
  ['an active one with the same address', { active: true, email: 'MIA@rye.test' }],
  ['one with the same address that does not tell whether it is active', { active: null, email }],
])('no user is made while there is %s', async (_, object) => {
  expect(await mayLeave('users', { uuid: uuidOf(1), ...object }, { email })).toBe(false);
});

it.each([
  ['one with the same address that is not active', { active: false, email }],
  ['one with another address', { active: true, email: 'pia@rye.test' }],
  ['one without an address', { active: true, email: null }],
])('a user is made while there is %s', async (_, object) => {
  expect(await mayLeave('users', { uuid: uuidOf(1), ...object }, { email })).toBe(true);
});
