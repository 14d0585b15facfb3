/**
 * The client against the emulator: one tour of the API under every single reading of what its document leaves open.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import {
  type Emulator,
  type EmulatorOptions,
  type SwitchName,
  startEmulator,
  switchAlternatives,
  switchNames,
} from '#emulators/emulator/index';
import {
  ApiError,
  type Client,
  createClient,
  createLimiter,
  type Listing,
  type Read,
} from '../../../src/sparkhire/client.js';
import { startWithLimitMet } from '../../support/limit-met.js';
import { inTurn } from '../../support/rotation.js';

/** Runs `use` with an emulator and a client of it that are closed afterwards. */
async function withEmulator(
  options: EmulatorOptions,
  use: (client: Client, emulator: Emulator) => Promise<void>,
  limiter = createLimiter({ limit: 100_000, windowMs: 60_000 }),
  start: (options: EmulatorOptions & { rateLimit: number }) => Promise<Emulator> = startEmulator,
): Promise<void> {
  const emulator = await start({
    users: 4,
    jobs: 5,
    interviews: 12,
    questionSets: 2,
    shareLinks: 2,
    rateLimit: 100_000,
    jobSlots: 50,
    ...options,
  });
  const client = createClient({
    baseUrl: emulator.url,
    key: emulator.adminKey,
    limiter,
    retry: { baseMs: 2, capMs: 4 },
  });
  try {
    await use(client, emulator);
  } finally {
    await client.close();
    limiter.stop();
    await emulator.close();
  }
}

function values<T>(listing: Listing<T>): T[] {
  expect(listing.rows.filter((row) => !row.ok)).toEqual([]);
  return listing.rows.flatMap((row) => (row.ok ? [row.value] : []));
}

const uuidOf = (read: Read<{ uuid: string }>) => read.value.uuid;

async function tour(client: Client): Promise<void> {
  const me = await client.me.get();
  if (me.value.company?.uuid) await client.companies.get(me.value.company.uuid);
  expect((await client.plan.get()).value).toMatchObject({
    name: expect.any(String),
    renews_at: expect.any(String),
  });

  const [firstUser] = values(await client.users.list());
  await client.users.get(firstUser!.uuid);
  const [firstJob] = values(
    await client.jobs.list({ status: ['active'], orderby: 'created_asc', range: [1, 5] }),
  );
  await client.jobs.get(firstJob!.uuid);
  const interviews = values(await client.interviews.list({ orderby: 'updated_asc', range: [1, 12] }));
  for (const { uuid } of interviews.slice(0, 6)) {
    const { value } = await client.interviews.get(uuid);
    expect(value.rating === null || (value.rating >= 0 && value.rating <= 5)).toBe(true);
    expect(value.job?.uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(value.status).not.toBe('cancelled');
    values(await client.interviews.questions.list(uuid));
  }

  const locality = { work_mode: 'remote' } as const;
  const job = uuidOf(
    await client.jobs.create({ title: 'Baker', description: 'Bakes', status: 'active', locality }),
  );
  await client.jobs.update(job, { title: 'Head baker' });
  expect((await client.jobs.get(job)).value.title).toBe('Head baker');

  const set = uuidOf(
    await client.questionSets.create({
      name: 'Basics',
      questions: [{ text: 'Why?', time_limit: 60, takes: 2 }],
    }),
  );
  expect((await client.questionSets.get(set)).value.questions?.[0]).toMatchObject({
    text: 'Why?',
    takes: { limit: 2 },
  });
  await client.questionSets.update(set, { questions: [{ text: 'How?', time_limit: 30 }] });
  expect(values(await client.questionSets.list()).map(({ uuid }) => uuid)).toContain(set);

  const invited = await client.interviews.create({
    type: 'one_way',
    scheduled_at: new Date(Date.now() + 7 * 86_400_000),
    assigned_to: [{ name: 'Noor Adel', email: 'noor@adel.example' }],
    job_post: { uuid: job },
    interview_question_set: set,
  });
  expect(invited).toHaveLength(1);
  const interview = uuidOf(invited[0]!);
  const question = uuidOf(
    await client.interviews.questions.create(interview, { text: 'When?', time_limit: 90 }),
  );
  await client.interviews.questions.update(interview, question, { text: 'Where?' });
  expect((await client.interviews.questions.get(interview, question)).value.text).toBe('Where?');
  await client.interviews.questions.remove(interview, question);
  await client.interviews.update(interview, { status: 'canceled' });
  expect((await client.interviews.get(interview)).value.status).toBe('canceled');
  await client.interviews.remove(interview);
  await client.questionSets.remove(set);
  await client.jobs.remove(job);

  const completed = interviews.find(({ status }) => status === 'completed');
  const link = await client.interviews.shareLink.create(completed!.uuid);
  await client.interviews.shareLink.update(completed!.uuid, uuidOf(link), { status: 'inactive' });
  expect((await client.interviews.shareLink.get(completed!.uuid)).value.status).toBe('inactive');
  const [advanced] = await client.shareLinks.create({
    status: 'active',
    reviewers: [{ name: 'Otto', email: 'otto@otto.example' }],
    interviews: [{ uuid: completed!.uuid }],
  });
  expect((await client.shareLinks.get(uuidOf(advanced!))).value.interviews).toMatchObject([
    { uuid: completed!.uuid },
  ]);
  values(await client.shareLinks.list());
  await client.shareLinks.remove(uuidOf(advanced!));

  const hook = await client.webhooks.create({
    description: 'd',
    url: 'http://127.0.0.1:9/',
    http_auth: 'u:p',
  });
  expect(hook.value.http_auth).toBe(true);
  expect(values(await client.webhooks.list())).toHaveLength(1);
  await client.webhooks.remove(uuidOf(hook));
  const gone = await client.jobs.get('00000000-0000-4000-8000-000000000000').catch((error: unknown) => error);
  expect(gone).toBeInstanceOf(ApiError);
}

describe.concurrent('one tour of the API', () => {
  // Not for the client to smooth over: a key that is refused, and a list that shows less than was asked for.
  const elsewhere: SwitchName[] = ['meType', 'pageCap', 'shortPages', 'invisible'];
  const readings = switchNames
    .filter((name) => !elsewhere.includes(name))
    .flatMap((name) => switchAlternatives[name].slice(1).map((reading) => ({ name, reading })));

  it('works under the default readings', () => withEmulator({}, tour));

  it.each(inTurn(readings))('works with $name = $reading', ({ name, reading }) =>
    withEmulator({ switches: { [name]: reading } }, (client) =>
      // From where ranges count a backfill learns.
      tour(name === 'rangeFrom' && reading === 'zero' ? client.countingFrom(0) : client),
    ),
  );
});

describe.concurrent('the limit', () => {
  it.each(['sliding', 'fixed'] as const)(
    'is never met by a client that keeps to it: %s window',
    async (rateWindow) => {
      const own = createLimiter({ limit: 30, windowMs: 1000 });
      const options = { rateLimit: 30, rateWindowSeconds: 1, switches: { rateWindow } };
      await withEmulator(
        options,
        async (client, { requests }) => {
          await Promise.all(Array.from({ length: 100 }, () => client.me.get()));
          expect(requests).toHaveLength(100);
          expect(requests.filter(({ rateLimited }) => rateLimited)).toEqual([]);
        },
        own,
      );
    },
  );

  it.each(['try-again', 'retry-after-seconds', 'retry-after-date', 'none'] as const)(
    'is kept after it was met: the 429 says %s',
    async (rateHeaders) => {
      const greedy = createLimiter({ limit: 1000, windowMs: 1000 });
      const options = { rateLimit: 20, rateWindowSeconds: 1, switches: { rateHeaders } };
      await withEmulator(
        options,
        async (client, { requests }) => {
          await Promise.all(Array.from({ length: 30 }, () => client.me.get()));
          expect(greedy.stats().rateLimited).toBeGreaterThan(0);
          expect(requests.filter(({ status }) => status === 200)).toHaveLength(30);
        },
        greedy,
        startWithLimitMet,
      );
    },
  );
});
