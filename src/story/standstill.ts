/** What keeps a whole account: its rounds fail, or nobody works for it, so that rows are not looked at, and nothing is said of them one by one. */
import { type Database, query } from '../db/database.js';
import { strayAccounts, strayRemedy } from '../db/objects/stray-accounts.js';
import { takesKey, takesPerson } from '../errors.js';
import type { Cause } from './subject.js';

/** What the rounds of an account fail with. */
export interface Standstill {
  account: string;
  code: string;
  message: string;
  remedy: string;
  waitsFor: 'person' | 'itself';
  since: Date;
}

/** Rows that are not processed. */
export interface Unprocessed {
  account: string;
  count: number;
  /** The oldest of them. */
  rows: Array<{ resource: string; ats_id: string; since: string }>;
}

/**
 * What to do about what an activity fails with.
 * @param remedy its own; null if it has none
 */
export function remedyOfFailure(code: string | null, remedy: string | null): string {
  const asks = code?.startsWith('ATS_') ? 'ats check' : 'doctor';
  const known = remedy ?? `\`sparkhire-sync ${asks}\` looks for the cause. It is tried again automatically.`;
  return takesKey(code)
    ? `${known} Set another key where the settings have the one of this account (\`SPARKHIRE_API_KEY\`), and start the service again.`
    : known;
}

/** So many entries tell since when an account waits: nobody takes them out of its queue. */
const mostLookedAt = 100;

/** What waits for an account of which nobody is sure that it exists, once others are worked for and it is not. */
async function readStrays(db: Database, account: string | null): Promise<Standstill[]> {
  const strays = await query<{ account: string; since: Date }>(
    db,
    `select s.account, q.since from (${strayAccounts}) s,
       lateral (select min(queued_at) as since from (select queued_at from sync.desired_queue
         where account = s.account order by resource, ats_id limit ${mostLookedAt}) of_account) q
     where exists (select from sync.accounts) and q.since < now() - interval '1 minute' and ($1::text is null or s.account = $1)
     order by 1`,
    [account],
  );
  return strays.map(({ account: of, since }) => ({
    account: of,
    code: 'ACCOUNT_UNKNOWN',
    message: `nobody has ever worked for account "${of}".`,
    remedy: strayRemedy,
    waitsFor: 'person',
    since,
  }));
}

/** @param account only this one; null: all */
export async function readStandstills(db: Database, account: string | null): Promise<Standstill[]> {
  const failing = await query<Omit<Standstill, 'waitsFor' | 'remedy'> & { remedy: string | null }>(
    db,
    `select distinct on (account) account, coalesce(error_code, 'INTERNAL') as code, coalesce(error, 'it is not known with what') as message,
       remedy, coalesce(failing_since, now()) as since
     from sync.activities where failures > 0 and activity in ('tick', 'push') and ($1::text is null or account = $1)
     order by account, failing_since`,
    [account],
  );
  const told = failing.map(
    ({ remedy, ...one }): Standstill => ({
      ...one,
      remedy: remedyOfFailure(one.code, remedy),
      waitsFor: takesPerson(one.code) ? 'person' : 'itself',
    }),
  );
  return [...told, ...(await readStrays(db, account))];
}

/**
 * Rows that the next round is to look at, or to send: of each account, the oldest first. One statement, over all of them.
 * @param most so many are named; null: all
 */
export async function readUnprocessed(
  db: Database,
  accounts: readonly string[],
  most: number | null,
): Promise<Unprocessed[]> {
  const read = await query<Unprocessed>(
    db,
    `with u as (
       select account, resource, ats_id, min(since) as since from (
         select account, resource, ats_id, queued_at as since from sync.desired_queue where account = any($1)
         union all
         select d.account, d.resource, d.ats_id, d.updated_at from sync.desired_rows d
         where d.account = any($1) and d.state = 'pending' and (select true from sync.issues i
           where i.account = d.account and i.resource = d.resource and i.ats_id = d.ats_id and i.resolved_at is null limit 1) is null) q
       group by account, resource, ats_id),
     placed as (select *, row_number() over (partition by account order by since, ats_id collate "C") as place from u)
     select account, count(*)::int as count, coalesce(jsonb_agg(jsonb_build_object('resource', resource, 'ats_id', ats_id,
       'since', since at time zone 'UTC') order by place) filter (where $2::int is null or place <= $2), '[]') as rows
     from placed group by account`,
    [accounts, most],
  );
  const asTime = (text: string) => new Date(`${text}Z`).toISOString();
  return read.map((one) => ({
    ...one,
    rows: one.rows.map((row) => ({ ...row, since: asTime(row.since) })),
  }));
}

/** Why none of the account's rows is further. */
export function causeOf({ code, message, remedy, waitsFor }: Standstill): Cause {
  const why = code === 'ACCOUNT_UNKNOWN' ? message : `the account's rounds fail: ${message}`;
  return {
    code,
    root: { resource: 'account', ats_id: null, name: null, field: null, conflict: null },
    message: `Not processed, since ${why}`,
    remedy,
    waits_for: waitsFor,
  };
}
