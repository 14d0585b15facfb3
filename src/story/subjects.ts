/** What a story is about: a key, a uuid or an e-mail address, found wherever it is. Every look goes by an index. */
import { type Database, query } from '../db/database.js';
import { entriesOf } from './entries.js';
import type { Subject } from './subject.js';

export interface Found {
  subjects: Subject[];
  /** Accounts that were searched. */
  accounts: string[];
  /** What was searched, in words. */
  searched: string[];
  /** Whether more was found than is told. */
  more: boolean;
}

const uuidForm = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const resources = ['users', 'jobs', 'packages', 'interviews', 'share_requests', 'share_links'] as const;
const objects = ['users', 'jobs', 'interviews', 'question_sets', 'share_links', 'companies'] as const;
const linked = ['users', 'jobs', 'interviews', 'share_links'] as const;
/** Of one kind: nobody reads a longer story. */
const most = 100;

/** @param asked as in `K1`, `interviews:K1`, a uuid, an e-mail address */
export async function findSubjects(db: Database, asked: string, only?: readonly string[]): Promise<Found> {
  const accounts = only === undefined ? await accountsIn(db) : [...only];
  const subjects = new Map<string, Subject>();
  const searched: string[] = [];
  const add = (rows: readonly Row[]) => {
    for (const { account: of, resource, ats_id: atsId, uuid } of rows)
      subjects.set(JSON.stringify([of, resource, atsId, uuid]), { account: of, resource, atsId, uuid });
  };
  const keys = keysIn(asked);
  for (const { resource, atsId } of keys) add(await rowsOfKey(db, accounts, atsId, resource));
  const inTable = keys.find(({ resource }) => resource !== null);
  searched.push(
    `rows with the key "${asked}"${inTable === undefined ? '' : `, and with the key "${inTable.atsId}" in ${inTable.resource}`}`,
  );
  if (uuidForm.test(asked)) {
    add(await rowsOfUuid(db, accounts, asked));
    searched.push('objects of Spark Hire with this uuid');
  }
  if (asked.includes('@')) {
    add(await rowsOfPerson(db, accounts, asked));
    searched.push('users, candidates and reviewers with this e-mail address');
  }
  add(await rowsOfApplication(db, accounts, asked));
  const plain = [...subjects.values()];
  const told = plain.slice(0, most * 2);
  const met = await entriesOf(
    db,
    accounts,
    asked,
    keys.map(({ atsId }) => atsId),
  );
  searched.push('applications, candidates, and entries into stages, of a connected ATS');
  return {
    subjects: withoutRows(await paired(db, told), met),
    accounts,
    searched,
    more: plain.length > told.length,
  };
}

/** Entries that have a row are told with it. */
function withoutRows(subjects: readonly Subject[], entries: readonly Subject[]): Subject[] {
  const rows = new Set(
    subjects.flatMap(({ account, resource, atsId }) =>
      resource === 'interviews' && atsId !== null ? [`${account}\0${atsId.slice(3)}`] : [],
    ),
  );
  return [...subjects, ...entries.filter(({ account, atsId }) => !rows.has(`${account}\0${atsId}`))];
}

interface Row {
  account: string;
  resource: string;
  ats_id: string | null;
  uuid: string | null;
}

/** The key as it stands, and what follows the name of a table. */
function keysIn(asked: string): Array<{ resource: string | null; atsId: string }> {
  const [, table, key] = /^([a-z_]+):(.+)$/s.exec(asked) ?? [];
  const resource = resources.find((name) => name === table || name === `${table}s`);
  const whole = { resource: null, atsId: asked };
  return resource === undefined ? [whole] : [whole, { resource, atsId: key! }];
}

/** Every account that some table knows: its key leads the indexes, so each is one look. */
async function accountsIn(db: Database): Promise<string[]> {
  const tables = [
    'sync.desired_rows',
    'sync.accounts',
    'sync.ats_skipped',
    ...['users', 'jobs', 'packages', 'interviews', 'share_requests'].map((name) => `ats.${name}`),
    ...['users', 'jobs', 'interviews'].map((name) => `sparkhire.${name}`),
  ];
  const each = tables.map(
    (table) => `(with recursive a(account) as (
       (select account from ${table} order by account limit 1)
       union all select (select t.account from ${table} t where t.account > a.account order by t.account limit 1) from a where a.account is not null)
     select account from a where account is not null)`,
  );
  const rows = await query<{ account: string }>(
    db,
    `select account from (${each.join(' union ')}) known order by 1`,
  );
  return rows.map(({ account }) => account);
}

function rowsOfKey(db: Database, accounts: string[], key: string, resource: string | null): Promise<Row[]> {
  const tables = resources.filter((name) => name !== 'share_links');
  const ats = tables.map(
    (name) => `select account, '${name}' as resource from ats.${name}
      where account = any($1) and ${name === 'packages' ? 'package' : 'ats_id'} = $2`,
  );
  return query<Row>(
    db,
    `select distinct account, resource, $2 as ats_id, null as uuid from (
       ${ats.join(' union all ')}
       union all select account, resource from sync.desired_rows
         where account = any($1) and resource = any($3) and ats_id = $2
       union all select account, resource from sync.links
         where account = any($1) and resource = any($3) and ats_id = $2) r
     where $4::text is null or resource = $4
     union all
     select account, 'share_links', ats_id, null from sync.desired_rows
     where account = any($1) and resource = 'share_links' and regexp_replace(ats_id, '/[^/]*$', '') = $2
       and ats_id <> $2 and coalesce($4, 'share_requests') = 'share_requests'
     order by 1, 2, 3 limit ${most}`,
    [accounts, key, [...resources], resource],
  );
}

function rowsOfUuid(db: Database, accounts: string[], uuid: string): Promise<Row[]> {
  const mirror = objects.map(
    (name) =>
      `select account, '${name}' as resource from sparkhire.${name} where account = any($1) and uuid = $2`,
  );
  return query<Row>(
    db,
    `select distinct account, resource, null as ats_id, $2::uuid as uuid from (
       ${mirror.join(' union all ')}
       union all select account, resource from sync.links
         where account = any($1) and resource = any($3) and uuid = $2) o
     union all
     select account, resource, ats_id, $2::uuid from sync.conflicts
     where account = any($1) and uuid = $2 and kind = 'remote_deleted' and ats_id is not null
     order by 1, 2, 3 limit ${most}`,
    [accounts, uuid, [...linked]],
  );
}

/** Case does not matter, nor the form of letters; as wherever else people are told apart. */
function rowsOfPerson(db: Database, accounts: string[], email: string): Promise<Row[]> {
  const like = (column: string) => `account = any($1) and sync.likeness(${column}) = sync.likeness($2)`;
  const one = (resource: string, columns: string, from: string, where: string) =>
    `(select account, '${resource}' as resource, ${columns} from ${from} where ${where} limit ${most})`;
  return query<Row>(
    db,
    [
      one('users', 'ats_id, null::uuid as uuid', 'ats.users', like('email')),
      one('interviews', 'ats_id, null', 'ats.interviews', like('candidate_email')),
      one('users', 'null, uuid', 'sparkhire.users', like('email')),
      one('interviews', 'null, uuid', 'sparkhire.interviews', like('candidate_email')),
      one('share_links', 'null, uuid', 'sparkhire.share_links', like('reviewer_email')),
      one(
        'interviews',
        'ats_id, uuid',
        'sync.links',
        `resource = 'interviews' and ${like(`base #>> '{candidate,ats,email}'`)}`,
      ),
      one('users', 'ats_id, uuid', 'sync.links', `resource = 'users' and ${like(`base #>> '{email,ats}'`)}`),
      one(
        'share_links',
        'ats_id, null',
        'sync.desired_rows',
        `resource = 'share_links' and ${like(`regexp_replace(ats_id, '^.*/', '')`)}`,
      ),
    ].join(' union '),
    [accounts, email],
  );
}

/** Rows with the objects they stand for, and objects with their rows; each once. */
async function paired(db: Database, subjects: readonly Subject[]): Promise<Subject[]> {
  const rows = await query<Row>(
    db,
    `select k.account, k.resource, coalesce(k.ats_id, o.ats_id) as ats_id, coalesce(k.uuid, r.uuid) as uuid
     from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as k(account, resource, ats_id, uuid)
     left join lateral (select uuid from sync.links
       where account = k.account and resource = k.resource and ats_id = k.ats_id limit 1) r on true
     left join lateral (select ats_id from sync.links
       where account = k.account and resource = k.resource and uuid = k.uuid limit 1) o on true`,
    [
      subjects.map(({ account }) => account),
      subjects.map(({ resource }) => resource),
      subjects.map(({ atsId }) => atsId),
      subjects.map(({ uuid }) => uuid),
    ],
  );
  const each = new Map<string, Subject>();
  for (const { account, resource, ats_id: atsId, uuid } of rows)
    each.set(JSON.stringify([account, resource, atsId, uuid]), { account, resource, atsId, uuid });
  return [...each.values()];
}

/** Rows that a connector wrote, by the ATS's own identifier of the application or the candidate. */
function rowsOfApplication(db: Database, accounts: string[], asked: string): Promise<Row[]> {
  return query<Row>(
    db,
    ['application_id', 'candidate_id']
      .map(
        (name) => `(select account, 'interviews' as resource, ats_id, null as uuid from ats.interviews
          where account = any($1) and source is not null and extra ->> '${name}' = $2 order by 1, 3 limit ${most})`,
      )
      .join(' union '),
    [accounts, asked],
  );
}
