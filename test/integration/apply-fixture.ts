/** A database, an emulator and rounds of carrying over between them, with every part the real one. */
import { type AccountSession, openOwnedAccount } from '../../src/account-session.js';
import { type CarryOutCounts, type CarryOutOptions, carryOut } from '../../src/apply/carry-out.js';
import { recordDecisions } from '../../src/apply/record.js';
import { type SettleOptions, settleUnknown } from '../../src/apply/settle.js';
import { sleep, systemClock } from '../../src/clock.js';
import { loadSettings } from '../../src/config.js';
import { inTransaction } from '../../src/db/database.js';
import { loadContexts } from '../../src/desired/contexts.js';
import { enqueueObserved } from '../../src/desired/queue.js';
import { atsTables, contentHash, tableOf } from '../../src/desired/tables.js';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.js';
import { createLogger } from '../../src/log.js';
import { decide } from '../../src/reconcile/decide.js';
import {
  type Decision,
  type PlannedAction,
  type Policies,
  type PushResource,
  pushResources,
  type RowContext,
} from '../../src/reconcile/types.js';
import { openTestMirror, type TestMirror } from '../support/backfill-in-process.js';

export const policies: Policies = {
  fields: { users: {}, jobs: {}, interviews: {}, share_links: {} },
  jobs: { firstContact: 'ask', withdrawn: 'inactive', closeUnderInterviews: false, withoutSlot: 'wait' },
  users: { paid: 'refuse', withdrawn: 'propose' },
  keys: { provision: 'command', missing: 'auto', refused: 'hold' },
  massChange: { share: 1, rows: 1_000_000 },
};

export interface RoundOptions extends Partial<CarryOutOptions> {
  policies?: Policies;
  /** Encryption keys of the users' keys. */
  keyIds?: readonly string[];
  session?: AccountSession;
  settle?: Partial<SettleOptions>;
  /** Called between deciding and carrying out. */
  between?: (resource: PushResource) => Promise<void>;
}

export interface Applied {
  emulator: Emulator;
  mirror: TestMirror;
  /** A process that owns the account; each has an own client and limiter. */
  process(signal?: AbortSignal, fence?: () => Promise<void>): Promise<AccountSession>;
  /** Rows for a table of schema ats. */
  put(table: 'users' | 'jobs' | 'interviews', rows: ReadonlyArray<Record<string, unknown>>): Promise<void>;
  /** A job in the ATS and interviews of it: rows `I-1` to `I-n` for c1@example.org and so on. */
  invite(n: number): Promise<void>;
  /** Settles, decides and carries out once: what a tick does. */
  round(options?: RoundOptions): Promise<CarryOutCounts>;
  /** Rounds until nothing is pending or unknown any more. */
  rounds(options?: RoundOptions): Promise<void>;
  decided(resource: PushResource): Promise<Array<{ decision: Decision; context: RowContext }>>;
  states(resource: PushResource): Promise<Record<string, string>>;
  rows<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** How many invitations each address got, the number of times as the key. */
  invitations(): Record<string, number>;
  close(): Promise<void>;
}

export const settleMs = 300;

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
      SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '3',
    },
  });
  const account = settings.accounts[0]!;
  const { rows, db } = mirror;

  async function openProcess(signal = new AbortController().signal, fence = async () => {}) {
    const log = createLogger({ level: 'silent' });
    const owned = await openOwnedAccount({ account, db, log, signal, fence });
    closing.push(() => owned.close());
    return owned.session();
  }
  let usual: Promise<AccountSession> | undefined;

  async function decided(resource: PushResource, given = policies, keyIds: readonly string[] = []) {
    const found: Array<{ decision: Decision; context: RowContext }> = [];
    await inTransaction(db, (tx) => enqueueObserved(tx, account.name));
    for await (const chunk of loadContexts(db, account.name, resource, { now: Date.now(), keyIds })) {
      for (const { parents } of chunk.contexts) {
        // What is only meant to be there is no use to what is sent now.
        if (parents.job !== null && parents.job.uuid === null) parents.job.willBeActive = false;
      }
      const decisions = chunk.contexts.map((context) => decide(context, given));
      await inTransaction(db, (tx) =>
        recordDecisions(tx, account.name, decisions, {
          queueIds: [...chunk.read.values()].flatMap(({ queueIds }) => queueIds),
          hashes: new Map([...chunk.read].map(([atsId, { hash }]) => [atsId, hash])),
        }),
      );
      for (const [index, context] of chunk.contexts.entries()) {
        found.push({ decision: decisions[index]!, context });
      }
    }
    return found;
  }

  const applied: Applied = {
    emulator,
    mirror,
    rows,
    process: openProcess,
    decided,
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
    async round(given = {}) {
      usual ??= openProcess();
      const session = given.session ?? (await usual);
      await settleUnknown(session, { settleSeconds: settleMs / 1000, ...given.settle });
      let counts: CarryOutCounts | undefined;
      for (const resource of pushResources) {
        const all = await decided(resource, given.policies, given.keyIds);
        await given.between?.(resource);
        const actions = all.flatMap(({ decision }): PlannedAction[] =>
          decision.action === null ? [] : [decision.action],
        );
        const next = new Map(all.map(({ decision }) => [decision.atsId, decision.next]));
        counts = await carryOut(
          session,
          actions,
          all.map(({ context }) => context),
          {
            settleMs,
            contentHash: (of, alias) => contentHash(tableOf[of], alias),
            nextState: ({ atsId }) => next.get(atsId),
            ...given,
          },
          counts,
        );
      }
      return counts!;
    },
    async rounds(given) {
      const end = Date.now() + 60_000;
      for (;;) {
        await applied.round(given).catch((error) => {
          if (Date.now() > end) throw error;
        });
        const [open] = await rows<{ n: number; wait: number | null }>(
          `select count(*)::integer as n, (select extract(epoch from min(look_at) - clock_timestamp())::float8 * 1000
             from sync.intents where state = 'unknown') as wait
           from sync.desired_rows where state in ('pending', 'in_flight')`,
        );
        if (open!.n === 0) return;
        if (Date.now() > end) throw new Error(`${open!.n} rows are still not carried out`);
        if (open!.wait !== null) await sleep(systemClock, Math.max(1, open!.wait));
      }
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

/** One each for the first n. */
export function onceEach(n: number): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: n }, (_, index) => [`c${index + 1}@example.org`, 1]).sort() as Array<
      [string, number]
    >,
  );
}
