/** What the receiver of an ATS's webhooks answers, and that 200 means stored. */
import { createHmac } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Webhook } from '../../../src/connectors/connector.js';
import { hintsRead, waitingHints } from '../../../src/connectors/hints.js';
import { kinds } from '../../../src/connectors/open.js';
import { type Database, openDatabase, query } from '../../../src/db/database.js';
import { createLogger } from '../../../src/log.js';
import { createWebServer } from '../../../src/web/server.js';
import { createAtsReceiver } from '../../../src/webhooks/receive/ats.js';
import type { ReceiveOutcome } from '../../../src/webhooks/receive/refusals.js';
import { desiredDatabase, seed } from '../desired/fixture.js';

const shared = desiredDatabase();
const secret = 'a-secret-of-some-length';
let accounts = 0;

async function listening(db: Database = shared.db, more: Partial<Webhook> = {}) {
  const account = `h${++accounts}`;
  const outcomes: ReceiveOutcome[] = [];
  let logged = '';
  const lines = new PassThrough().on('data', (chunk) => {
    logged += chunk;
  });
  const log = createLogger({ level: 'trace', destination: lines });
  const { title } = kinds.greenhouse;
  const webhook = { ...kinds.greenhouse.webhook!, ...more };
  const ats = createAtsReceiver({
    db,
    senders: new Map([
      [account, { source: 'greenhouse', title, webhook, secrets: ['another-secret-of-theirs', secret] }],
    ]),
    log,
    onOutcome: (outcome) => outcomes.push(outcome),
    patienceMs: 2000,
  });
  const web = createWebServer({
    receiver: { handle: () => {} },
    ats,
    readiness: async () => ({ ready: true, troubles: [], accounts: [] }),
    metrics: { contentType: 'text/plain', text: async () => '' },
    log,
  });
  const { url } = await web.listen('127.0.0.1', 0);
  onTestFinished(() => web.close());
  const post = async (
    body: string,
    { id, signature, to = account }: { id?: string; signature?: string; to?: string } = {},
  ): Promise<number> => {
    const own = `sha256 ${createHmac('sha256', secret).update(body).digest('hex')}`;
    const response = await fetch(`${url}/ats/${to}`, {
      method: 'POST',
      body,
      headers: { signature: signature ?? own, ...(id === undefined ? {} : { 'greenhouse-event-id': id }) },
    });
    return response.status;
  };
  const stored = () =>
    query<Record<string, unknown>>(
      shared.db,
      'select delivery_id, kind, application_ids, candidate_ids from sync.ats_hints where account = $1 order by id',
      [account],
    );
  return { account, url, post, stored, outcomes, logged: () => logged };
}

const moved = (id: number) =>
  JSON.stringify({
    action: 'candidate_stage_change',
    payload: {
      application: { id, candidate: { first_name: 'Zoë', email_addresses: [{ value: 'zoe@example.org' }] } },
    },
  });

describe('a delivery of the ATS', () => {
  it('is answered with 200 once what it names is stored, and nothing personal of it is', async () => {
    const to = await listening();
    expect(await to.post(moved(5), { id: 'a' })).toBe(200);
    expect(await to.stored()).toEqual([
      { delivery_id: 'a', kind: 'changed', application_ids: ['5'], candidate_ids: [] },
    ]);
    expect(to.logged()).not.toContain('zoe');
  });

  it('that comes again is answered with 200 and stored once; without a name each is stored', async () => {
    const to = await listening();
    for (const id of ['a', 'a', 'b', undefined, undefined]) expect(await to.post(moved(5), { id })).toBe(200);
    expect((await to.stored()).map(({ delivery_id }) => delivery_id)).toEqual(['a', 'b', null, null]);
  });

  it('is answered with 200 and not stored if it is a ping or tells of nothing that matters here', async () => {
    const to = await listening();
    expect(await to.post('{"action":"ping","payload":{"web_hook_id":1}}')).toBe(200);
    expect(await to.post('{"action":"job_updated","payload":{"job":{"id":1}}}')).toBe(200);
    expect([to.outcomes, await to.stored()]).toEqual([['ignored', 'ignored'], []]);
  });

  it('with a wrong signature is answered with 401, and one log line tells what to compare', async () => {
    const to = await listening();
    expect(await to.post(moved(5), { signature: `sha256 ${'0'.repeat(64)}` })).toBe(401);
    expect(await to.post(moved(5), { signature: '' })).toBe(401);
    expect(await to.stored()).toEqual([]);
    expect(to.logged().split('ATS_WEBHOOK_SECRET')).toHaveLength(2);
    expect(to.logged()).not.toContain(secret);
  });

  it('is answered with 404, 413, 400 or 405 where it is not what it should be', async () => {
    const to = await listening();
    expect(await to.post(moved(5), { to: 'nobody' })).toBe(404);
    expect(await to.post(moved(5), { to: '%ff' })).toBe(404);
    expect(await to.post(`"${'x'.repeat(1_048_576)}"`)).toBe(413);
    expect(await to.post('no JSON')).toBe(400);
    expect(await to.post('[1]')).toBe(400);
    expect((await fetch(`${to.url}/ats/${to.account}`)).status).toBe(405);
    expect(await to.stored()).toEqual([]);
  });

  it('is answered with 503 while it cannot be stored', async () => {
    const away = openDatabase('postgres://nobody@127.0.0.1:9/none');
    onTestFinished(() => away.destroy());
    const to = await listening(away);
    expect(await to.post(moved(5))).toBe(503);
    expect(to.outcomes).toEqual(['unavailable']);
  });

  it('is answered with success all the same where the ATS would send no more', async () => {
    expect(kinds.ashby.webhook).toMatchObject({ comesOnce: true });
    const away = openDatabase('postgres://nobody@127.0.0.1:9/none');
    onTestFinished(() => away.destroy());
    const to = await listening(away, { comesOnce: true });
    expect(await to.post(moved(5))).toBe(200);
    expect(await to.post(moved(5), { signature: `sha256 ${'0'.repeat(64)}` })).toBe(401);
    expect(to.outcomes).toEqual(['unavailable', 'unauthorized']);
  });
});

describe('what deliveries name', () => {
  it('is asked for once each: applications, and those of its candidates that are known here', async () => {
    const to = await listening();
    const extra = { application_id: '71', candidate_id: '7' };
    await seed(shared.db, 'ats.interviews', [
      { account: to.account, ats_id: 'gh-1', source: 'greenhouse', extra },
      { account: to.account, ats_id: 'other', extra: { application_id: '72', candidate_id: '7' } },
    ]);
    await to.post(moved(5));
    await to.post(moved(5));
    await to.post('{"action":"merge_candidate","payload":{"person":{"id":7,"new_candidate_id":8}}}');
    await to.post(
      '{"action":"delete_candidate","payload":{"person":{"id":7,"deleted_application_ids":[71,73]}}}',
    );
    const waiting = await waitingHints(shared.db, to.account, 'greenhouse');
    expect([waiting.ids.length, waiting.applicationIds.sort()]).toEqual([4, ['5', '71', '73']]);
    await hintsRead(shared.db, waiting.ids);
    expect(await waitingHints(shared.db, to.account, 'greenhouse')).toEqual({ ids: [], applicationIds: [] });
  });
});
