/** The questions of interviews as rows of their own, read with the single interview over HTTP. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccountSession } from '../../../src/account-session.js';
import { type DetailsResult, noDetails, pullDetails } from '../../../src/backfill/details.js';
import { noProgress } from '../../../src/backfill/progress.js';
import { oddFieldNotes } from '../../../src/db/odd-fields.js';
import { createLogger } from '../../../src/log.js';
import { type Client, createClient, createLimiter, type Limiter } from '../../../src/sparkhire/client.js';
import { type RawServer, startRawServer } from '../../support/raw-server.js';
import {
  interviewItem,
  interviewObject,
  type Json,
  listed,
  type Mirror,
  openMirror,
  question,
  uuidAt,
} from './fixture.js';

let mirror: Mirror;
let server: RawServer;
let client: Client;
let limiter: Limiter;
/** What Spark Hire answers, by path. */
const objects = new Map<string, Json>();

beforeAll(async () => {
  mirror = await openMirror();
  server = await startRawServer(({ path }) => {
    const body = objects.get(path);
    return body === undefined ? { status: 404, body: { reason: 'none', code: 'x' } } : { body };
  });
  limiter = createLimiter({ limit: 10_000, windowMs: 1000 });
  client = createClient({ baseUrl: server.url, key: 'k', limiter });
});
afterAll(async () => {
  await client.close();
  limiter.stop();
  await server.close();
  await mirror.close();
});
beforeEach(async () => {
  objects.clear();
  await mirror.sql('truncate sparkhire.interviews, sparkhire.interview_questions');
  await mirror.newChanges();
});

/** Spark Hire has these interviews now, and all of them are read by themselves. */
async function pull(...interviews: Json[]): Promise<DetailsResult> {
  for (const raw of interviews) objects.set(`/v1.0/interviews/${raw.uuid}`, raw);
  await mirror.store(
    'interviews',
    interviews.map(({ questions: _, share_link: __, ...item }) => listed('interviews', item)),
  );
  await mirror.sql('update sparkhire.interviews set details_due = true');
  const session: AccountSession = {
    account: { name: 'default' } as AccountSession['account'],
    db: mirror.db,
    client,
    limiter,
    sent: { requests: 0, rateLimited: 0 },
    signal: new AbortController().signal,
    fence: async () => {},
    place: { moved: false },
    log: createLogger({ level: 'silent' }),
    journal: createLogger({ level: 'silent' }),
    oddFields: oddFieldNotes(mirror.db, 'default', createLogger({ level: 'silent' })),
  };
  const result = noDetails();
  const pass = { startedAt: new Date().toISOString(), done: {} };
  await pullDetails(session, 'interviews', 1, noProgress, result, pass);
  return result;
}

const questions = () => mirror.rows('interview_questions');

describe('the questions of an interview', () => {
  it('become rows in their order', async () => {
    const result = await pull(interviewObject(1));
    expect(result).toMatchObject({ questions: { read: 2, created: 2 }, hidden: 0 });
    expect(await questions()).toMatchObject([
      {
        uuid: uuidAt(0x9001),
        interview_uuid: uuidAt(1),
        position: 1,
        text: `Question ${0x9001}?`,
        time_limit: 60,
        takes_limit: 3,
        takes_completed: 1,
        takes_remaining: 2,
        completed: true,
        skipped: false,
        started_at: new Date('2031-01-30T07:50:00Z'),
        raw: question(0x9001),
        deleted_at: null,
      },
      { uuid: uuidAt(0x9002), position: 2 },
    ]);
  });

  it('are written again only where they changed', async () => {
    await pull(interviewObject(1));
    const before = await questions();
    await mirror.newChanges();
    expect(await pull(interviewObject(1))).toMatchObject({ questions: { unchanged: 2, updated: 0 } });
    expect(await questions()).toEqual(before);
    await pull(interviewObject(1, { questions: [question(0x9001, { text: 'New?' }), question(0x9002)] }));
    const changes = (await mirror.newChanges()).filter(({ resource }) => resource === 'interview_questions');
    expect(changes).toMatchObject([{ uuid: uuidAt(0x9001), change: 'updated', changed_fields: ['text'] }]);
  });

  it('that share a uuid within one interview are both kept, the same way each time', async () => {
    const twins = [question(0x9001, { text: 'One?' }), question(0x9001, { text: 'Two?' })];
    await pull(interviewObject(1, { questions: twins }));
    const before = await questions();
    expect(before.map(({ position, text }) => [position, text]).toSorted()).toEqual([
      [1, 'One?'],
      [2, 'Two?'],
    ]);
    expect(before.map(({ uuid }) => uuid)).toContain(uuidAt(0x9001));
    await pull(interviewObject(1, { questions: twins }));
    expect(await questions()).toEqual(before);
    // Also when another one moves them to other places.
    await pull(interviewObject(1, { questions: [question(0x9003), ...twins] }));
    expect((await questions()).map(({ position, text }) => [position, text]).toSorted()).toEqual([
      [1, `Question ${0x9003}?`],
      [2, 'One?'],
      [3, 'Two?'],
    ]);
  });

  it('keep what they are raw, beside ones that have no usable uuid', async () => {
    await pull(
      interviewObject(1, {
        questions: [
          { text: 'nameless' },
          question(0x9001, { mood: 'a' }),
          'odd',
          question(0x9002, { mood: 'b' }),
        ],
      }),
    );
    expect(await questions()).toMatchObject([
      { uuid: uuidAt(0x9001), position: 2, raw: { uuid: uuidAt(0x9001), mood: 'a' } },
      { uuid: uuidAt(0x9002), position: 4, raw: { uuid: uuidAt(0x9002), mood: 'b' } },
    ]);
  });

  it('are marked as deleted when the interview does not have them any more, and come back', async () => {
    await pull(interviewObject(1));
    await mirror.newChanges();
    expect(await pull(interviewObject(1, { questions: [question(0x9002)] }))).toMatchObject({
      questions: { deleted: 1 },
    });
    const [gone, left] = await questions();
    expect(gone).toMatchObject({ uuid: uuidAt(0x9001), deleted_at: expect.any(Date) });
    expect(left).toMatchObject({ deleted_at: null, position: 1 });
    expect((await mirror.newChanges()).map(({ change, uuid }) => [change, uuid])).toContainEqual([
      'deleted',
      uuidAt(0x9001),
    ]);
    await pull(interviewObject(1));
    expect(await questions()).toMatchObject([{ deleted_at: null }, { deleted_at: null, position: 2 }]);
  });

  it('are all gone when the interview has an empty list of them', async () => {
    await pull(interviewObject(1));
    await pull(interviewObject(1, { questions: [] }));
    expect((await questions()).every(({ deleted_at }) => deleted_at !== null)).toBe(true);
  });

  it.each([
    ['are missing', undefined],
    ['are null', null],
  ])('stay when they %s in the answer: that tells nothing of them', async (_, value) => {
    await pull(interviewObject(1));
    const { questions: __, ...rest } = interviewObject(1);
    await pull(value === undefined ? rest : { ...rest, questions: value });
    expect(await questions()).toMatchObject([{ deleted_at: null }, { deleted_at: null }]);
  });

  it('of other interviews are left alone', async () => {
    await pull(
      interviewObject(1, { questions: [question(0x9001)] }),
      interviewObject(2, { questions: [question(0x9002)] }),
    );
    await pull(interviewObject(1, { questions: [] }));
    expect(await questions()).toMatchObject([{ deleted_at: expect.any(Date) }, { deleted_at: null }]);
  });

  it('with an odd uuid spelling or odd values do not keep the interview from being stored', async () => {
    const odd = question(0x9001, {
      uuid: uuidAt(0x9001).toUpperCase(),
      text: 'nul\u0000',
      time_limit: 99_999_999_999,
      takes: 'many',
      completed: 'yes',
      started_at: '2031-02-30T00:00:00Z',
    });
    expect(await pull(interviewObject(1, { questions: [odd] }))).toMatchObject({
      counts: { quarantined: 0 },
      questions: { created: 1, quarantined: 0 },
    });
    expect(await questions()).toMatchObject([
      { uuid: uuidAt(0x9001), text: 'nul', time_limit: null, completed: null, started_at: null },
    ]);
  });
});

describe('details over HTTP', () => {
  it('of an interview that is gone meanwhile are counted as hidden and not asked for again', async () => {
    await mirror.store('interviews', [listed('interviews', interviewItem(7))]);
    expect(await pull(interviewObject(1))).toMatchObject({ hidden: 1, counts: { read: 1 } });
    expect(await mirror.row('interviews', uuidAt(7))).toMatchObject({ details_due: false, deleted_at: null });
    expect(await mirror.row('interviews', uuidAt(1))).toMatchObject({ details_due: false });
  });

  it('that carry one uuid in two interviews are both kept, and stay what they are', async () => {
    const shared = (n: number) => ({ ...interviewObject(n), questions: [question(1)] });
    await pull(shared(1), shared(2));
    const first = await questions();
    expect(new Set(first.map((row) => row.interview_uuid))).toEqual(
      new Set([interviewItem(1).uuid, interviewItem(2).uuid]),
    );
    expect(first).toHaveLength(2);
    await mirror.newChanges();
    await pull(shared(2), shared(1));
    expect(await questions()).toEqual(first);
    expect(await mirror.newChanges()).toEqual([]);
  });
});
