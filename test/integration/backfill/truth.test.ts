/** The mirror against the emulated account, before and after a lot has happened there. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { seededRandom, someDeletions, something } from '../../support/emulated-life.js';
import {
  differences,
  expectedMirror,
  type Mirror,
  mirroredTables,
  rawDifferences,
} from '../../support/mirror-oracle.js';
import { inTurn } from '../../support/rotation.js';

let mirror: TestMirror;
let emulator: Emulator;
let account: string;
let accounts = 0;
beforeAll(async () => {
  mirror = await openTestMirror();
});
afterAll(() => mirror?.close());
beforeEach(() => {
  account = `account-${++accounts}`;
});

/** Which version of each row PostgreSQL keeps, and when its content last changed. */
async function versions(): Promise<Map<string, { xmin: string; mirrored_at: Date }>> {
  const found = new Map();
  for (const table of mirroredTables) {
    const key = table === 'plans' ? `'plan'` : 'uuid::text';
    const rows = await mirror.rows<{ key: string; xmin: string; mirrored_at: Date }>(
      `select ${key} as key, xmin::text, mirrored_at from sparkhire.${table} where account = $1`,
      [account],
    );
    for (const { key, ...version } of rows) found.set(`${table} ${key}`, version);
  }
  return found;
}

const lastChange = async () =>
  Number(
    (await mirror.rows<{ seq: string }>('select coalesce(max(seq), 0) as seq from sync.changes'))[0]!.seq,
  );

const changesAfter = (seq: number) =>
  mirror.rows<{ resource: string; uuid: string; change: string; changed_fields: string[] }>(
    'select resource, uuid, change, changed_fields from sync.changes where seq > $1 order by seq',
    [seq],
  );

/** Rows that are new, gone, or different in a column. */
function moved(before: Mirror, after: Mirror) {
  const found = {
    created: new Set<string>(),
    deleted: new Set<string>(),
    updated: new Map<string, string[]>(),
  };
  for (const table of mirroredTables) {
    for (const [uuid, row] of after[table]) {
      const old = before[table].get(uuid);
      if (!old) found.created.add(`${table} ${uuid}`);
      else {
        const fields = Object.keys(row).filter(
          (name) => JSON.stringify(row[name]) !== JSON.stringify(old[name]),
        );
        if (fields.length > 0) found.updated.set(`${table} ${uuid}`, fields);
      }
    }
    for (const uuid of before[table].keys()) {
      if (!after[table].has(uuid)) found.deleted.add(`${table} ${uuid}`);
    }
  }
  return found;
}

const seeds = Array.from({ length: Number(process.env.SEEDS ?? 3) }, (_, i) => i + 1);

describe.each(inTurn(seeds))('an account (seed %i)', (seed) => {
  it('is mirrored, followed through whatever happens, and left alone where nothing does', async () => {
    emulator = await startEmulator({
      seed,
      users: 10,
      jobs: 15,
      interviews: 120,
      questionSets: 4,
      shareLinks: 6,
      rateLimit: 1_000_000,
      switches: { unknownFields: 'fields', userRole: seed === 2 ? 'always' : 'create-only' },
    });
    const options = { account, pageSize: 17, anyAbsence: true };
    try {
      const first = await mirror.pull(emulator, options);
      expect(await mirror.wrong(emulator, { account })).toEqual([]);
      expect(await rawDifferences(emulator, mirror.client, account)).toEqual([]);
      const { interviews, interview_questions, jobs, users } = first.resources;
      expect(users).toMatchObject({ read: 10, created: 10, updated: 0, unchanged: 0, deleted: 0 });
      expect(jobs).toMatchObject({
        read: 15,
        created: 15,
        updated: 0,
        unchanged: 0,
        deleted: 0,
        details: 15,
      });
      expect(interviews).toMatchObject({ read: 120, created: 120, updated: 0, unchanged: 0, details: 120 });
      const questions = [...emulator.state.interviews.values()].flatMap((one) => one.questions).length;
      expect(interview_questions).toMatchObject({ read: questions, created: questions, updated: 0 });
      const created = (await changesAfter(0)).filter(({ change }) => change === 'created');
      const known = mirroredTables.reduce((sum, table) => sum + expectedMirror(emulator)[table].size, 0);
      expect(new Set(created.map(({ resource, uuid }) => `${resource} ${uuid}`)).size).toBeGreaterThanOrEqual(
        known,
      );

      // Nothing happens.
      const quiet = await versions();
      let seq = await lastChange();
      const second = await mirror.pull(emulator, options);
      expect(second.resources.interviews).toMatchObject({
        read: 120,
        created: 0,
        updated: 0,
        unchanged: 120,
      });
      expect(await versions()).toEqual(quiet);
      expect(await changesAfter(seq)).toEqual([]);
      expect(second.requests).toBeLessThan(40);

      // A lot happens.
      for (let round = 0; round < 2; round++) {
        const before = await mirror.stored(account);
        const old = await versions();
        seq = await lastChange();
        const random = seededRandom(seed * 10 + round);
        for (let i = 0; i < 30; i++) something(emulator, random);
        if (round === 1) someDeletions(emulator, random);
        const result = await mirror.pull(emulator, options);
        expect(result).toMatchObject({ ok: true, complete: true, openConflicts: 0 });
        expect(await mirror.wrong(emulator, { account })).toEqual([]);
        expect(await rawDifferences(emulator, mirror.client, account)).toEqual([]);

        const happened = moved(before, await mirror.stored(account));
        const recorded = new Map<string, { changes: Set<string>; fields: Set<string> }>();
        for (const { resource, uuid, change, changed_fields } of await changesAfter(seq)) {
          const key = `${resource} ${resource === 'plans' ? 'plan' : uuid}`;
          const entry = recorded.get(key) ?? { changes: new Set(), fields: new Set() };
          recorded.set(key, entry);
          entry.changes.add(change);
          for (const field of changed_fields) entry.fields.add(field);
        }
        for (const table of mirroredTables) {
          const kinds = [...recorded]
            .filter(([key]) => key.startsWith(`${table} `))
            .map(([, entry]) => entry.changes);
          const counted = result.resources[table];
          if (counted === undefined) continue;
          expect({ ...counted, details: 0 }, table).toEqual({
            read: counted.created + counted.updated + counted.unchanged,
            created: kinds.filter((one) => one.has('created')).length,
            updated: kinds.filter((one) => one.has('updated') && !one.has('created') && !one.has('deleted'))
              .length,
            unchanged: counted.unchanged,
            deleted: kinds.filter((one) => one.has('deleted')).length,
            quarantined: 0,
            details: 0,
          });
        }
        for (const key of happened.created) expect(recorded.get(key)?.changes, key).toContain('created');
        for (const key of happened.deleted) expect(recorded.get(key)?.changes, key).toContain('deleted');
        for (const [key, fields] of happened.updated) {
          expect([...(recorded.get(key)?.fields ?? [])], key).toEqual(expect.arrayContaining(fields));
        }
        // Rows whose content is the same were not touched, and nobody was told of them.
        for (const [key, version] of await versions()) {
          if (recorded.has(key)) continue;
          expect(version.mirrored_at, key).toEqual(old.get(key)!.mirrored_at);
        }
        for (const [key, { changes }] of recorded) {
          const kinds = happened.created.has(key) || happened.deleted.has(key) || happened.updated.has(key);
          // What no column shows is in raw: the name of somebody who made it, the edited job of an interview.
          if (!kinds)
            expect([key, ...changes, ...recorded.get(key)!.fields]).toEqual([key, 'updated', 'raw']);
        }
      }

      // Every column again, this time by reading all of it anew.
      const last = await mirror.stored(account);
      expect(await mirror.pull(emulator, { ...options, fresh: true })).toMatchObject({ ok: true });
      expect(differences(last, await mirror.stored(account))).toEqual([]);
    } finally {
      await emulator.close();
    }
  });
});

describe('parts of an account', () => {
  beforeAll(async () => {
    emulator = await startEmulator({ users: 4, jobs: 5, interviews: 20, rateLimit: 1_000_000 });
  });
  afterAll(() => emulator.close());

  it('without details', async () => {
    const result = await mirror.pull(emulator, { account, details: false });
    expect(await mirror.wrong(emulator, { account, details: false })).toEqual([]);
    expect(result.requests).toBeLessThan(20);
    expect(result.resources).not.toHaveProperty('interview_questions');
    await mirror.pull(emulator, { account });
    expect(await mirror.wrong(emulator, { account })).toEqual([]);
  });

  it('one resource', async () => {
    emulator.requests.length = 0;
    const result = await mirror.pull(emulator, { account, resource: ['jobs'] });
    expect(Object.keys(result.resources)).toEqual(['jobs']);
    expect(new Set(emulator.requests.map(({ path }) => path.split('/')[2]))).toEqual(
      new Set(['me', 'users', 'jobs']),
    );
    const stored = await mirror.stored(account);
    expect(stored.jobs).toEqual(expectedMirror(emulator).jobs);
    expect(stored.interviews.size + stored.users.size).toBe(0);
  });

  it('two accounts in one database know nothing of each other', async () => {
    const other = await startEmulator({ seed: 9, users: 3, jobs: 2, interviews: 10, rateLimit: 1_000_000 });
    try {
      await mirror.pull(emulator, { account });
      await mirror.pull(other, { account: `${account}-other` });
      await mirror.pull(emulator, { account });
      expect(await mirror.wrong(emulator, { account })).toEqual([]);
      expect(await mirror.wrong(other, { account: `${account}-other` })).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

describe('strange content', () => {
  it('is mirrored where it can be, put aside where it cannot, and never stops anything', async () => {
    const odd = await startEmulator({ seed: 4, users: 4, jobs: 12, interviews: 60, rateLimit: 1_000_000 });
    try {
      const { jobs, interviews } = odd.state;
      const [first, second, third] = jobs.values();
      jobs.change(first!, (job) => {
        job.title = 'Tab\tnewline\nback\\slash \\N "quoted" {curly} ☕ 日本語 \u202e';
        job.description = 'x'.repeat(1_500_000);
      });
      jobs.change(second!, (job) => {
        job.title = 'NUL\u0000 and half a \ud83d pair';
      });
      // A row without a usable name, in the middle of the others.
      jobs.set('no-uuid', Object.assign(Object.create(null), third, { uuid: 'no-uuid', seq: 99_999 }));
      const [one, two] = interviews.values();
      interviews.change(one!, (interview) => {
        interview.rating = 73;
        interview.scheduledAt = Date.parse('9999-12-31T23:59:59Z');
        interview.candidate = {
          ...interview.candidate,
          name: '',
          email: `${'long'.repeat(900)}@example.com`,
        };
      });
      interviews.change(two!, (interview) => {
        interview.completedAt = Date.parse('0001-01-01T00:00:00Z');
      });

      const options = { account, pageSize: 10 };
      for (let round = 0; round < 2; round++) {
        const result = await mirror.pull(odd, options);
        expect(result).toMatchObject({ ok: true, complete: true, openConflicts: 0 });
        expect(result.resources.jobs).toMatchObject({ read: 13, quarantined: 1, deleted: 0 });
        expect(result.notes.join()).toContain('sync.quarantine');
      }
      const aside = await mirror.rows('select resource, content from sync.quarantine where account = $1', [
        account,
      ]);
      expect(aside).toMatchObject([{ resource: 'jobs', content: expect.stringContaining('no-uuid') }]);
      const stored = await mirror.stored(account);
      expect(stored.jobs.size).toBe(12);
      expect(stored.jobs.get(first!.uuid)).toMatchObject({
        title: first!.title,
        description: first!.description,
      });
      expect(stored.jobs.get(second!.uuid)!.title).toBe('NUL and half a \ufffd pair');
      expect(stored.interviews.get(one!.uuid)).toMatchObject({
        rating: null,
        scheduled_at: Date.parse('9999-12-31T23:59:59Z'),
        candidate_name: '',
      });
      expect(stored.interviews.get(two!.uuid)!.completed_at).toBe(Date.parse('0001-01-01T00:00:00Z'));
      const [raw] = await mirror.rows<{ rating: number; email: string }>(
        `select (raw -> 'rating')::int as rating, raw -> 'assigned_to' ->> 'email' as email
         from sparkhire.interviews where account = $1 and uuid = $2`,
        [account, one!.uuid],
      );
      expect(raw).toEqual({ rating: 73, email: one!.candidate.email });
    } finally {
      await odd.close();
    }
  });
});
