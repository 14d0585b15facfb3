/** A database, an emulator and pushes between them: the rounds that production runs, without its waiting. */

import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import { type AccountSession, openOwnedAccount } from '../../../../src/account-session.js';
import { checkCompanyOfKey } from '../../../../src/backfill/facts.js';
import { type Clock, systemClock } from '../../../../src/clock.js';
import { loadSettings } from '../../../../src/config.js';
import { openDatabase } from '../../../../src/db/database.js';
import { atsTables } from '../../../../src/db/objects/ats-tables.js';
import { createLogger } from '../../../../src/log.js';
import type { UserKeys } from '../../../../src/push/acting.js';
import { Allotment } from '../../../../src/push/decide/allotment.js';
import type { Considered } from '../../../../src/push/decide/among-rows.js';
import { decideNow, recordDecided } from '../../../../src/push/decide/decisions.js';
import { type PushOptions, type PushResult, push } from '../../../../src/push/push.js';
import type { Means } from '../../../../src/push/send/sending.js';
import { Slots } from '../../../../src/push/slots.js';
import type { Policies, PushResource } from '../../../../src/reconcile/types.js';
import { openTestMirror, type TestMirror } from '../../../support/backfill-in-process.js';
import { hastyClock } from '../../../support/hasty-clock.js';

export const policies: Policies = {
  fields: { users: {}, jobs: {}, interviews: {}, share_links: {} },
  jobs: { firstContact: 'ask', withdrawn: 'inactive', closeUnderInterviews: false, withoutSlot: 'wait' },
  users: { paid: 'refuse', withdrawn: 'propose' },
  keys: { provision: 'command', missing: 'administrator', refused: 'hold', absent: 'hold' },
  massChange: { share: 1, rows: 1_000_000 },
};

export const settleMs = 60_000;

export interface RoundOptions extends Partial<PushOptions> {
  session?: AccountSession;
  /** Called when the first write of a resource has been decided, and nothing of it is committed yet. */
  between?: (resource: PushResource) => Promise<void>;
}

export interface ProcessOptions {
  /** The account's key; the administrator's unless given. */
  key?: string;
  signal?: AbortSignal;
  fence?: () => Promise<void>;
  /** Of its requests; see {@link givingUp}. */
  clock?: Clock;
}

export interface Applied {
  emulator: Emulator;
  mirror: TestMirror;
  /** A process that owns the account; each has an own database connection, client and limiter. */
  process(options?: ProcessOptions): Promise<AccountSession>;
  /** Rows for a table of schema ats. */
  put(table: 'users' | 'jobs' | 'interviews', rows: ReadonlyArray<Record<string, unknown>>): Promise<void>;
  /** A job in the ATS and interviews of it: rows `I-1` to `I-n` for c1@example.org and so on. */
  invite(n: number): Promise<void>;
  /** One push that waits for nothing, as the service does it. @throws what ended it early */
  round(options?: RoundOptions): Promise<PushResult['pushed']>;
  /** Rounds until nothing is pending or unknown any more; between them the time passes that they would wait for. */
  rounds(options?: RoundOptions): Promise<void>;
  /** As if the time until the next look at what is unknown had passed. @returns how long that was, in milliseconds */
  untilDue(): Promise<number>;
  /** What is decided and recorded about these rows now. */
  decided(resource: PushResource, atsIds: string[]): Promise<Considered[]>;
  states(resource: PushResource): Promise<Record<string, string>>;
  rows<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** How many invitations each address got, the number of times as the key. */
  invitations(): Record<string, number>;
  close(): Promise<void>;
}

/** Each unknown outcome takes three looks, and what it turns out to be may take as many again. */
const mostRounds = 60;

export async function openApplied(options: EmulatorOptions = {}): Promise<Applied> {
  const mirror = await openTestMirror();
  const emulator = await startEmulator({
    users: 2,
    jobs: 0,
    interviews: 0,
    questionSets: 0,
    shareLinks: 0,
    jobSlots: -1,
    userSeats: -1,
    rateLimit: 1_000_000,
    ...options,
  });
  const closing: Array<() => Promise<void>> = [];
  const settings = loadSettings({
    environment: {
      DATABASE_URL: mirror.url,
      SPARKHIRE_BASE_URL: emulator.url,
      SPARKHIRE_API_KEY: emulator.adminKey,
      SPARKHIRE_RATE_LIMIT: '1000000',
    },
  });
  const account = settings.accounts[0]!;
  const { rows } = mirror;

  async function openProcess(given: ProcessOptions = {}) {
    const { signal = new AbortController().signal, fence = async () => {}, clock = hasty, key } = given;
    const db = openDatabase(mirror.url);
    const log = createLogger({ level: 'silent' });
    const owned = await openOwnedAccount({
      account: { ...account, apiKey: key ?? account.apiKey },
      db,
      log,
      signal,
      fence,
      clock,
    });
    closing.push(async () => {
      await owned.close();
      await db.destroy();
    });
    const session = owned.session();
    // As the tick that comes before each push: with which key the account is worked on is noted by it.
    await checkCompanyOfKey(session);
    return session;
  }
  let opening: Promise<AccountSession> | undefined;
  const usual = () => {
    opening ??= openProcess();
    return opening;
  };

  const applied: Applied = {
    emulator,
    mirror,
    rows,
    process: openProcess,
    async decided(resource, atsIds) {
      const session = await usual();
      const means = meansOf(session);
      const allotment = new Allotment(session, means.slots);
      const decided = await decideNow({ ...means, policies, allotment }, resource, atsIds);
      await recordDecided(session, decided);
      return decided;
    },
    async put(table, given) {
      await rows(
        `insert into ats.${table} select (jsonb_populate_record(null::ats.${table},
           jsonb_build_object('account', 'default', 'extra', '{}'::jsonb) || r)).*
         from jsonb_array_elements($1::jsonb) r
         on conflict (account, ats_id) do update set (${atsTables[table].columns.map(([name]) => name).join()})
           = (${atsTables[table].columns.map(([name]) => `excluded.${name}`).join()})`,
        [JSON.stringify(given)],
      );
    },
    async invite(n) {
      await applied.put('jobs', [job('J-1')]);
      await applied.put(
        'interviews',
        Array.from({ length: n }, (_, index) => interview(`I-${index + 1}`, `c${index + 1}@example.org`)),
      );
    },
    async round({ session, between, ...given } = {}) {
      const { pushed, error } = await push(session ?? (await usual()), {
        policies,
        settleMs,
        concurrency: 6,
        waitForUnknown: false,
        clock: stillClock(),
        ...given,
        keys: between === undefined ? given.keys : interrupted(between, given.keys),
      });
      if (error !== null) throw error;
      return pushed;
    },
    async rounds(given) {
      let failed: unknown;
      for (let round = 0; round < mostRounds; round += 1) {
        failed = undefined;
        await applied.round(given).catch((error) => {
          failed = error;
        });
        const open = await rows(`select from sync.desired_rows where state in ('pending', 'in_flight')`);
        if (open.length === 0) return;
        await applied.untilDue();
      }
      throw failed ?? new Error(`after ${mostRounds} rounds rows are still not carried out`);
    },
    async untilDue() {
      const [passed] = await rows<{ ms: number }>(
        `update sync.intents set look_at = look_at - passed, sent_at = sent_at - passed,
           created_at = created_at - passed, updated_at = updated_at - passed
         from (select min(look_at) - clock_timestamp() as passed from sync.intents where state = 'unknown') due
         where state = 'unknown' and passed > interval '0'
         returning extract(epoch from passed)::float8 * 1000 as ms`,
      );
      return passed?.ms ?? 0;
    },
    async states(resource) {
      const found = await rows<{ ats_id: string; state: string }>(
        'select ats_id, state from sync.desired_rows where resource = $1 order by ats_id',
        [resource],
      );
      return Object.fromEntries(found.map(({ ats_id, state }) => [ats_id, state]));
    },
    invitations() {
      const to = new Map<string, number>();
      for (const mail of emulator.outbox) {
        if (mail.kind === 'interview_invitation') to.set(mail.to, (to.get(mail.to) ?? 0) + 1);
      }
      return Object.fromEntries([...to].sort());
    },
    async close() {
      for (const end of closing) await end();
      await emulator.close();
      await mirror.close();
    },
  };
  return applied;
}

/** What a round would write with, as the administrator. */
export function meansOf(session: AccountSession): Means {
  return { session, policies, clock: systemClock, slots: new Slots(session, policies), onStep: () => {} };
}

/** A clock that moves by hand alone: a busy machine makes nothing late. Milliseconds. */
export function stillClock(): Clock & { pass(by: { monotonic: number; now: number }): void } {
  let [monotonic, now] = [1, Date.now()];
  return {
    ...systemClock,
    monotonic: () => monotonic,
    now: () => now,
    pass(by) {
      monotonic += by.monotonic;
      now += by.now;
    },
  };
}

/** The default of the settings. */
const requestTimeoutMs = 30_000;

const hasty = hastyClock(requestTimeoutMs);

/**
 * A clock by which a request times out once the emulator surely does not answer it: a fault made it hang. For one
 * request at a time.
 * @param when what the fault says: before the request is handled, or after
 */
export function givingUp(emulator: Emulator, when: 'before' | 'after'): Clock {
  const given = new Set<unknown>();
  return {
    ...hasty,
    after(ms, fn, options) {
      if (ms !== requestTimeoutMs) return hasty.after(ms, fn, options);
      const timer = setInterval(() => {
        const silent = emulator.requests.find(
          (request) =>
            request.fault === 'hang' &&
            !given.has(request) &&
            (when === 'before' || request.body !== undefined),
        );
        if (silent === undefined) return;
        given.add(silent);
        clearInterval(timer);
        fn();
      }, 5);
      return () => clearInterval(timer);
    },
  };
}

/** Who writes is asked between deciding and committing: there it can be interrupted. */
function interrupted(
  between: (resource: PushResource) => Promise<void>,
  keys: UserKeys = { keyIds: [], acting: async () => ({ kind: 'administrator' }), lookersOf: async () => [] },
): UserKeys {
  const met = new Map<PushResource, Promise<void>>();
  return {
    ...keys,
    async acting(context) {
      const { resource } = context;
      if (!met.has(resource)) met.set(resource, between(resource));
      await met.get(resource);
      return keys.acting(context);
    },
  };
}

export function job(atsId: string, more: Record<string, unknown> = {}) {
  return {
    ats_id: atsId,
    title: `Baker ${atsId}`,
    description: 'Bakes at night.',
    status: 'open',
    city: 'Utrecht',
    region: 'Utrecht',
    country: 'Netherlands',
    ...more,
  };
}

export function interview(atsId: string, email: string, more: Record<string, unknown> = {}) {
  return {
    ats_id: atsId,
    job_ats_id: 'J-1',
    candidate_name: `Candidate ${atsId}`,
    candidate_email: email,
    type: 'one_way',
    questions: [{ text: 'What do you bake best?', time_limit: 60 }],
    deadline_at: new Date(Date.now() + 20 * 86_400_000).toISOString(),
    ...more,
  };
}

/** States of the first n interviews. */
export function allSynced(n: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: n }, (_, index) => [`I-${index + 1}`, 'synced']));
}

/** One each for the first n. */
export function onceEach(n: number): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: n }, (_, index) => [`c${index + 1}@example.org`, 1]).sort() as Array<
      [string, number]
    >,
  );
}
