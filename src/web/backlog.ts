/** Gauges of what the ATS wants: rows by what became of them, how long they wait, why, and writes and keys in doubt. */
import type { Gauge } from 'prom-client';
import type { Clock } from '../clock.js';
import { type Database, query } from '../db/database.js';

type Counted = { account: string; rows: number };

export interface Backlog {
  /** `oldest`: seconds since the row of them that has been so for longest changed. */
  waiting: Array<Counted & { resource: string; state: string; oldest: number }>;
  /** Rows that are in step, or gone. */
  settled: Array<Counted & { resource: string; state: string }>;
  /** Rows that wait to be looked at, or to be sent. */
  backlog: Array<Counted & { resource: string }>;
  issues: Array<Counted & { resource: string; code: string }>;
  unknown: Counted[];
  refusedKeys: Counted[];
}

const waitingStates = ['pending', 'held', 'rejected', 'conflict', 'in_flight'] as const;
const settledStates = ['synced', 'gone'] as const;
const resources = `('users', 'jobs', 'interviews', 'share_links')`;

/** What is in step is most of the rows, and no index counts it: it is counted so seldom. */
const settledMs = 60_000;

/** @returns a look at all of it; rows that are in step are as old as a minute */
export function backlogReader(clock: Pick<Clock, 'monotonic'>): (db: Database) => Promise<Backlog> {
  let known: { at: number; settled: Backlog['settled'] } | undefined;
  return async (db) => {
    // By the partial index on rows that are not in step.
    const waiting = await query<Backlog['waiting'][number]>(
      db,
      `select account, resource, state, count(*)::int as rows,
         greatest(0, extract(epoch from clock_timestamp() - min(updated_at)))::float8 as oldest
       from sync.desired_rows
       where state in ('pending', 'held', 'rejected', 'conflict', 'in_flight') and resource in ${resources}
       group by 1, 2, 3`,
    );
    const backlog = await query<Backlog['backlog'][number]>(
      db,
      `select account, resource, count(*)::int as rows from (
         select account, resource, ats_id from sync.desired_queue
         union select account, resource, ats_id from sync.desired_rows
           where state in ('pending', 'held', 'rejected', 'conflict', 'in_flight') and state = 'pending') waiting
       group by 1, 2`,
    );
    const issues = await query<Backlog['issues'][number]>(
      db,
      `select account, resource, code, count(*)::int as rows from sync.issues where resolved_at is null
       group by 1, 2, 3`,
    );
    const unknown = await query<Counted>(
      db,
      `select account, count(*)::int as rows from sync.intents
       where state in ('prepared', 'sent', 'unknown') and state = 'unknown' group by 1`,
    );
    const refusedKeys = await query<Counted>(
      db,
      `select account, count(*)::int as rows from sync.user_keys where state = 'refused' group by 1`,
    );
    const now = clock.monotonic();
    if (known === undefined || now - known.at >= settledMs) {
      const settled = await query<Backlog['settled'][number]>(
        db,
        `select account, resource, state, count(*)::int as rows from sync.desired_rows
         where state in ('synced', 'gone') and resource in ${resources} group by 1, 2, 3`,
      );
      known = { at: now, settled };
    }
    return { waiting, settled: known.settled, backlog, issues, unknown, refusedKeys };
  };
}

type MakeGauge = <Label extends string>(name: string, help: string, labels: readonly Label[]) => Gauge<Label>;

const word = /^[a-z_]{1,20}$/;
const codeForm = /^[A-Z_]{1,40}$/;
const named = (form: RegExp, value: string) => (form.test(value) ? value : 'other');

/** @returns what sets them; `since`: seconds since the look; `accounts`: all that have rows unless given */
export function backlogGauges(gauge: MakeGauge) {
  const rows = gauge(
    'ats_rows',
    'Rows of the ATS by what became of them; those in step as of the last minute',
    ['account', 'resource', 'state'],
  );
  const oldest = gauge(
    'oldest_waiting_seconds',
    'Since the row of this state that has waited for longest came into it, or was last judged',
    ['account', 'resource', 'state'],
  );
  const backlog = gauge('backlog_rows', 'Rows of the ATS that are not processed yet or wait to be sent', [
    'account',
    'resource',
  ]);
  const issues = gauge('open_issues', 'Open issues of rows of the ATS', ['account', 'resource', 'code']);
  const unknown = gauge('unknown_writes', 'Writes whose outcome is not known', ['account']);
  const refused = gauge('refused_keys', "Users' API keys that Spark Hire refuses", ['account']);

  return (
    known: Backlog | undefined,
    { since, accounts }: { since: number; accounts: readonly string[] | undefined },
  ): void => {
    for (const one of [rows, oldest, backlog, issues, unknown, refused]) one.reset();
    if (known === undefined) return;
    const chosen = new Set(accounts ?? [...known.waiting, ...known.settled].map(({ account }) => account));
    const of = <Row extends { account: string }>(all: readonly Row[]) =>
      all.filter(({ account }) => chosen.has(account));
    // A series that is 0 is there: an alert can tell it from one that is missing.
    for (const { account, resource } of of([...known.waiting, ...known.settled])) {
      backlog.set({ account, resource }, 0);
      for (const state of [...waitingStates, ...settledStates]) rows.set({ account, resource, state }, 0);
      for (const state of waitingStates) oldest.set({ account, resource, state }, 0);
    }
    for (const account of chosen) {
      unknown.set({ account }, 0);
      refused.set({ account }, 0);
    }
    for (const { account, resource, state, rows: n } of of([...known.waiting, ...known.settled]))
      rows.set({ account, resource, state: named(word, state) }, n);
    for (const { account, resource, state, oldest: seconds } of of(known.waiting))
      oldest.set({ account, resource, state }, seconds + since);
    for (const { account, resource, rows: n } of of(known.backlog))
      backlog.set({ account, resource: named(word, resource) }, n);
    for (const { account, resource, code, rows: n } of of(known.issues))
      issues.inc({ account, resource: named(word, resource), code: named(codeForm, code) }, n);
    for (const { account, rows: n } of of(known.unknown)) unknown.set({ account }, n);
    for (const { account, rows: n } of of(known.refusedKeys)) refused.set({ account }, n);
  };
}
