/**
 * What carrying invitations over asks of the limit beside the invitations themselves: counted, not timed.
 * @module-tag rare
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { push } from '../../../src/push/push.js';
import { runDetails } from '../../../src/tick/details.js';
import { type Applied, openApplied, policies, settleMs } from './send/fixture.js';

let applied: Applied;
beforeEach(async () => {
  applied = await openApplied({ interviews: 40, jobs: 2 });
});
afterEach(() => applied.close());

const options = { policies, settleMs, concurrency: 6, waitForUnknown: false };
const single = /^\/v1\.0\/interviews\/[0-9a-f-]+$/;

function singleReads(from = 0): string[] {
  return applied.emulator.requests
    .slice(from)
    .filter(({ method, path }) => method === 'GET' && single.test(path))
    .map(({ path }) => path.split('/').at(-1)!);
}

describe('details', () => {
  it('wait while invitations are sent, and are read afterwards', async () => {
    const { emulator, mirror } = applied;
    await mirror.pull(emulator, { details: false });
    const session = await applied.process();
    await applied.invite(30);
    let details: ReturnType<typeof runDetails> | undefined;
    let readWhileSending = -1;
    let sent = 0;
    emulator.onRequest(({ method, path }) => {
      if (method !== 'POST' || path !== '/v1.0/interviews') return;
      sent += 1;
      details ??= runDetails(session, {
        detailConcurrency: 8,
        progress: { begin() {}, advance() {}, end() {} },
      });
      if (sent === 30) readWhileSending = singleReads().length;
    });
    const { pushed, error } = await push(session, options);
    expect(error).toBeNull();
    expect(pushed.created).toBe(31);
    expect(readWhileSending).toBe(0);
    expect((await details)?.ok).toBe(true);
    expect(singleReads()).toHaveLength(40);
  });

  it('of an invitation are those of its answer: no request more', async () => {
    const { emulator, mirror } = applied;
    await mirror.pull(emulator);
    const session = await applied.process();
    await applied.invite(4);
    expect((await push(session, options)).error).toBeNull();
    const from = emulator.requests.length;
    await mirror.pull(emulator);
    const made = await applied.rows<{ uuid: string }>(
      `select uuid from sync.links where resource = 'interviews' order by ats_id`,
    );
    expect(made).toHaveLength(4);
    expect(singleReads(from).filter((uuid) => made.some((one) => one.uuid === uuid))).toEqual([]);
    expect(await mirror.wrong(emulator)).toEqual([]);

    // Where the answer lacked them, and where the interview changed since, they are read.
    await applied.rows(`update sparkhire.interviews set raw = raw - 'questions' where uuid = $1`, [
      made[0]!.uuid,
    ]);
    await applied.rows(
      `update sparkhire.interviews set updated_at = created_at + interval '1 s' where uuid = $1`,
      [made[1]!.uuid],
    );
    const then = emulator.requests.length;
    await mirror.pull(emulator);
    const read = singleReads(then).filter((uuid) => made.some((one) => one.uuid === uuid));
    expect(read.sort()).toEqual([made[0]!.uuid, made[1]!.uuid].sort());
  });
});
