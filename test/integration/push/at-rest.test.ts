/** Whether a push would find nothing to do: then none is made. */
import { expect, it } from 'vitest';
import { isAtRest } from '../../../src/push/news.js';
import { desiredDatabase, seed, uuidOf } from '../desired/fixture.js';

const shared = desiredDatabase();
const row = { resource: 'jobs', ats_id: 'J' };
const write = { ...row, action: 'create', fingerprint: 'f' };
const question = { ...row, kind: 'field_diverged' };
const answered = { resolved_at: new Date(), resolution: 'ats' };
const change = { resource: 'jobs', uuid: uuidOf(1), change: 'updated' };

it.each<[string, string, Record<string, unknown>]>([
  ['a row is queued', 'sync.desired_queue', row],
  ['a row waits', 'sync.desired_rows', { ...row, state: 'held' }],
  ['a write is in doubt', 'sync.intents', { ...write, state: 'unknown' }],
  ['a question is open', 'sync.conflicts', question],
  ['a person has just answered one, whose row waits', 'sync.desired_rows', { ...row, state: 'conflict' }],
  ['something of it has changed in Spark Hire', 'sync.changes', change],
])('an account where %s is not at rest', async (what, table, values) => {
  await seed(shared.db, table, [{ account: what, ...values }]);
  expect(await isAtRest(shared.db, what)).toBe(false);
  expect(await isAtRest(shared.db, 'another')).toBe(true);
});

it.each<[string, string, Record<string, unknown>]>([
  ['rows in step', 'sync.desired_rows', { ...row, state: 'synced' }],
  ['writes that are done', 'sync.intents', { ...write, state: 'confirmed' }],
  ['what was written back to the ATS', 'sync.intents', { ...write, resource: 'ats_results', state: 'sent' }],
  ['answers that go on holding', 'sync.conflicts', { ...question, ...answered, resolved_by: 'Ann' }],
  ['questions that went away', 'sync.conflicts', { ...question, ...answered, resolved_by: 'sparkhire-sync' }],
])('%s leave an account at rest', async (what, table, values) => {
  await seed(shared.db, table, [{ account: what, ...values }]);
  expect(await isAtRest(shared.db, what)).toBe(true);
});
