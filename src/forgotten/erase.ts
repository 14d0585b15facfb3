/**
 * Erasing one candidate: finding what is theirs, and emptying it. For whoever works on the account alone.
 *
 * In comes an address; out go the rows that were emptied, and a hash by which the same person is known again. It
 * lists every column that holds personal data. It asks nobody outside the database.
 */
import { randomUUID } from 'node:crypto';
import type { Transaction } from '../db/database.js';
import { enqueue } from '../ledger/queue.js';
import { addressForm } from '../text/forms.js';
import { hashKey, hashOf, type Identity } from './hashes.js';
import { isIntent, type PersonalData, personalData, whoColumns, wholeAddress } from './personal-data.js';

/** What is theirs here. */
export interface Traces {
  /** As they are written here, in lower case. */
  addresses: string[];
  interviews: Array<{ uuid: string; status: string | null; deleted: boolean }>;
  candidates: string[];
  /** Rows of ats.interviews that invite them, or did. */
  rows: string[];
  /** Of these, what another writer than a connector has there. */
  foreign: Array<{ table: string; ats_id: string }>;
  /** With the kind of the connector before: `greenhouse 7001`. */
  atsCandidates: string[];
  /** Entries into stages of a connected ATS for which they were not invited. */
  skipped: number;
  /** Keys of share links for them, and the links. */
  shares: string[];
  shareLinks: string[];
  /** Whether a user of Spark Hire or a row of ats.users has the address. */
  isUser: boolean;
}

const same = (email: string) => {
  const form = addressForm(email);
  return (other: string | null) => other !== null && addressForm(other) === form;
};

/** What LIKE takes for these very characters. */
const asLike = (text: string) => text.replace(/[\\%_]/g, '\\$&');

export async function findTraces(tx: Transaction, account: string, email: string): Promise<Traces> {
  const isTheirs = same(email);
  // Spark Hire may show another address by now than the one they were invited at. All changes are looked through for it: an index
  // would cost each of them more than it saves here.
  const looked = await tx.query<{ uuid: string; candidate: string | null; email: string }>(
    `select t.uuid, i.candidate_uuid as candidate, t.email
     from (
       select uuid, candidate_email as email from sparkhire.interviews
         where account = $1 and sync.likeness(candidate_email) = sync.likeness($2)
       union
       select uuid, base #>> '{candidate,ats,email}' from sync.links
         where account = $1 and resource = 'interviews' and sync.likeness(base #>> '{candidate,ats,email}') = sync.likeness($2)
       union
       select uuid, before ->> 'candidate_email' from sync.changes
         where account = $1 and resource = 'interviews' and 'candidate_email' = any(changed_fields)
           and sync.likeness(before ->> 'candidate_email') = sync.likeness($2)) t
     left join sparkhire.interviews i on i.account = $1 and i.uuid = t.uuid`,
    [account, email],
  );
  const found = looked.filter((row) => isTheirs(row.email));
  const candidates = [...new Set(found.flatMap(({ candidate }) => candidate ?? []))];
  // And with another address they are the same candidate. No index serves that: it would cost every sweep more than it saves here.
  const isOf = `uuid = any($2::uuid[])${candidates.length === 0 ? '' : ' or candidate_uuid = any($3::uuid[])'}`;
  const interviews = await tx.query<{
    uuid: string;
    status: string | null;
    email: string | null;
    deleted: boolean;
  }>(
    `select uuid, status, candidate_email as email, deleted_at is not null as deleted from sparkhire.interviews
     where account = $1 and (${isOf})`,
    [account, found.map(({ uuid }) => uuid), ...(candidates.length === 0 ? [] : [candidates])],
  );
  const uuids = interviews.map(({ uuid }) => uuid);
  const rows = await tx.query<{
    ats_id: string;
    email: string | null;
    was: Array<string | null>;
    linked: boolean;
    foreign: boolean;
    ats_candidate: string | null;
  }>(
    `select k.ats_id, a.candidate_email as email, array[l.base #>> '{candidate,ats,email}', l.base #>> '{candidate,sparkhire,email}'] as was,
       coalesce(l.uuid = any($3::uuid[]), false) as linked, a.ats_id is not null and a.source is null as foreign,
       case when a.source is not null then a.source || ' ' || (a.extra ->> 'candidate_id') end as ats_candidate
     from (
       select ats_id from ats.interviews where account = $1 and sync.likeness(candidate_email) = sync.likeness($2)
       union
       select ats_id from sync.links where account = $1 and resource = 'interviews'
         and sync.likeness(base #>> '{candidate,ats,email}') = sync.likeness($2)
       union
       select ats_id from sync.links where account = $1 and resource = 'interviews' and base #>> '{candidate,sparkhire,email}' is not null
         and sync.likeness(base #>> '{candidate,sparkhire,email}') = sync.likeness($2)
       union
       select ats_id from sync.links where account = $1 and resource = 'interviews' and uuid = any($3::uuid[])) k
     left join ats.interviews a on a.account = $1 and a.ats_id = k.ats_id
     left join sync.links l on l.account = $1 and l.resource = 'interviews' and l.ats_id = k.ats_id`,
    [account, email, uuids],
  );
  const theirs = rows.filter((row) => isTheirs(row.email) || row.was.some(isTheirs) || row.linked);
  const shares = await tx.query<{ ats_id: string }>(
    ['desired_rows', 'intents', 'links']
      .map(
        (table) => `select ats_id from sync.${table} where account = $1 and resource = 'share_links'
          and sync.likeness(regexp_replace(ats_id, '^.*/', '')) = sync.likeness($2)`,
      )
      .join(' union '),
    [account, email],
  );
  const keys = shares
    .map(({ ats_id: key }) => key)
    .filter((key) => isTheirs(key.slice(key.lastIndexOf('/') + 1)));
  const links = await tx.query<{ uuid: string; email: string }>(
    `select uuid, reviewer_email as email from sparkhire.share_links
     where account = $1 and sync.likeness(reviewer_email) = sync.likeness($2)`,
    [account, email],
  );
  const requests = await tx.query<{ ats_id: string; email: string }>(
    `select distinct s.ats_id, r ->> 'email' as email from ats.share_requests s,
       jsonb_array_elements(case jsonb_typeof(s.reviewers) when 'array' then s.reviewers else '[]' end) r
     where s.account = $1 and lower(s.reviewers::text) like $2`,
    [account, `%${asLike(email.trim().toLowerCase())}%`],
  );
  const skipped = await tx.query<{ ats_candidate: string | null }>(
    `select source || ' ' || candidate_id as ats_candidate from sync.ats_skipped
     where account = $1 and address = sync.address_mark($2)`,
    [account, email],
  );
  const [user] = await tx.query<{ user: boolean }>(
    `select exists (select from sparkhire.users where account = $1 and sync.likeness(email) = sync.likeness($2))
       or exists (select from ats.users where account = $1 and sync.likeness(email) = sync.likeness($2)) as user`,
    [account, email],
  );
  const addresses = [email, ...[...interviews, ...theirs, ...links].flatMap((row) => row.email ?? [])];
  return {
    addresses: [...new Set(addresses.map((address) => address.trim().toLowerCase()))],
    interviews: interviews.map(({ uuid, status, deleted }) => ({ uuid, status, deleted })),
    candidates,
    rows: theirs.map(({ ats_id: atsId }) => atsId),
    foreign: [
      ...theirs.filter((row) => row.foreign).map((row) => ({ table: 'ats.interviews', ats_id: row.ats_id })),
      ...requests
        .filter((row) => isTheirs(row.email))
        .map((row) => ({ table: 'ats.share_requests', ats_id: row.ats_id })),
    ],
    atsCandidates: [...theirs, ...skipped].flatMap((row) => row.ats_candidate ?? []),
    skipped: skipped.length,
    shares: keys,
    shareLinks: links.filter((row) => isTheirs(row.email)).map(({ uuid }) => uuid),
    isUser: user!.user,
  };
}

export function isEmpty(traces: Traces): boolean {
  const { interviews, rows, foreign, shares, shareLinks, skipped } = traces;
  return skipped === 0 && [interviews, rows, foreign, shares, shareLinks].every((list) => list.length === 0);
}

/** Since when they are not to be met again; null if they may be. */
export async function forgottenSince(tx: Transaction, account: string, email: string): Promise<Date | null> {
  const hash = hashOf(await hashKey(tx), { kind: 'email', value: email });
  const [row] = await tx.query<{ at: Date }>(
    'select forgotten_at as at from sync.forgotten where account = $1 and hash = $2 and erased_at is not null',
    [account, hash],
  );
  return row?.at ?? null;
}

/** From now on nobody of them is invited: what is decided already is judged again before it leaves. */
export async function block(tx: Transaction, account: string, email: string, traces: Traces): Promise<void> {
  const key = await hashKey(tx);
  const identities: Identity[] = [
    ...traces.addresses.map((value) => ({ kind: 'email' as const, value })),
    { kind: 'email', value: email },
    ...traces.candidates.map((value) => ({ kind: 'candidate' as const, value })),
    ...traces.interviews.map(({ uuid }) => ({ kind: 'interview' as const, value: uuid })),
    ...traces.atsCandidates.map((value) => ({ kind: 'ats_candidate' as const, value })),
  ];
  const hashes = new Map(identities.map((identity) => [hashOf(key, identity), identity.kind]));
  await tx.query(
    `insert into sync.forgotten (account, hash, kind, person)
     select $1, h.hash, h.kind, coalesce((select person from sync.forgotten where account = $1 and hash = any($2) limit 1), $4)
     from unnest($2::text[], $3::text[]) as h(hash, kind)
     on conflict (account, hash) do nothing`,
    [account, [...hashes.keys()], [...hashes.values()], randomUUID()],
  );
  await enqueue(
    tx,
    account,
    `select case f.table_name when 'ats.interviews' then 'interviews' else 'share_requests' end, f.ats_id
     from unnest($2::text[], $3::text[]) as f(table_name, ats_id)`,
    [traces.foreign.map(({ table }) => table), traces.foreign.map(({ ats_id: atsId }) => atsId)],
  );
}

/** What the conditions of `personalData` know of them, as JSON. */
function whoOf(account: string, traces: Traces): string {
  const { addresses, candidates, rows, shares } = traces;
  return JSON.stringify({
    account,
    interviews: traces.interviews.map(({ uuid }) => uuid),
    rows,
    shares,
    share_links: traces.shareLinks,
    ats_candidates: traces.atsCandidates,
    mentions: [...addresses, ...candidates],
    likes: [...addresses, ...candidates].map((text) => `%${asLike(text)}%`),
    patterns: [...addresses.map(wholeAddress), ...candidates],
  });
}

const who = `who as (select * from jsonb_to_record($1) as w(${whoColumns}))`;

/**
 * Writes of which something is kept.
 * @returns `open`: theirs, or that speak of them, and on their way or with answers that were lost: these cannot be emptied.
 *   `toThem`: that invite them, or share with them, whatever became of these
 */
export async function writesOf(
  tx: Transaction,
  account: string,
  traces: Traces,
): Promise<{ open: number; toThem: number }> {
  const [row] = await tx.query<{ open: number; toThem: number }>(
    `with ${who} select count(*) filter (where t.state in ('sent', 'unknown') and ${isIntent})::int as open,
       count(*) filter (where t.resource in ('interviews', 'share_links')
         and lower(t.detail #>> '{look,email}') = any(who.mentions))::int as "toThem"
     from sync.intents t, who where t.account = who.account`,
    [whoOf(account, traces)],
  );
  return row!;
}

/** What is empty already is not written. */
function statement({ table, where, becomes, times }: PersonalData): string {
  const theirs = `who where t.account = who.account and (${where})`;
  if (becomes === 'row') return `delete from ${table} t using ${theirs}`;
  const sets = Object.entries({ ...becomes, ...times }).map(([name, sql]) => `${name} = ${sql}`);
  const [was, is] = [Object.keys(becomes).map((name) => `t.${name}`), Object.values(becomes)];
  return `update ${table} t set ${sets.join(', ')} from ${theirs}
    and row(${was.join(', ')}) is distinct from row(${is.join(', ')})`;
}

/** @returns rows that were emptied or removed, by table; those without any are left out */
export async function erase(
  tx: Transaction,
  account: string,
  traces: Traces,
): Promise<Record<string, number>> {
  const about = whoOf(account, traces);
  const erased: Record<string, number> = {};
  for (const data of personalData) {
    const { table } = data;
    const [row] = await tx.query<{ rows: number }>(
      `with ${who}, done as (${statement(data)} returning 1)
       select count(*)::int as rows from done`,
      [about],
    );
    if (row!.rows > 0) erased[table] = (erased[table] ?? 0) + row!.rows;
  }
  const key = await hashKey(tx);
  const hashes = traces.addresses.map((value) => hashOf(key, { kind: 'email', value }));
  await tx.query(
    `update sync.forgotten f set erased_at = clock_timestamp()
     where f.account = $1 and f.erased_at is null and f.person in (
       select person from sync.forgotten where account = $1 and hash = any($2))`,
    [account, hashes],
  );
  return erased;
}
