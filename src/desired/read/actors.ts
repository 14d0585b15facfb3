/** Who acts for rows of the ATS, and what is known of their API keys. */
import type { Transaction } from '../../db/database.js';
import type { ActingUser, JudgedRow, Link } from '../../reconcile/types.js';

interface ActorRecord {
  ats_id: string;
  uuid: string | null;
  email: string | null;
  active: boolean | null;
  deleted: boolean;
  key: 'usable' | 'refused' | 'missing' | 'unavailable' | 'failed';
  error: string | null;
  key_id: string | null;
  user_state: ActingUser['state'] | null;
  is_own: boolean | null;
  none_made: boolean;
  keys_unreadable: boolean;
}

/**
 * Whether Spark Hire makes keys for nobody: the account's own key may not read any, or it said no of an active user (not just
 * failed), and no key was ever made.
 */
const noneMade = `exists (select from sync.accounts a where a.account = $1 and a.key_demoted_at is not null)
  or (not exists (select from sync.user_keys where account = $1 and source = 'provisioned' and state <> 'unavailable')
    and (exists (select from sync.accounts a where a.account = $1 and a.key_administers is false)
      or exists (select from sync.user_keys n
        join sparkhire.users b on b.account = n.account and b.uuid = n.user_uuid
          and b.active is not false and b.deleted_at is null
        where n.account = $1 and n.state = 'unavailable' and n.error is null)))`;

/**
 * The user that a job or an interview names; of a row that is gone, the one it named when it was last carried over.
 * @returns the user's ats_id; null: the administrator acts
 */
export function actorOf(row: JudgedRow | null, link: Link | null): string | null {
  const values = row?.values ?? null;
  if (values?.resource === 'users') return null;
  if (values?.resource === 'jobs') return values.ownerAtsId;
  if (values?.resource === 'interviews') return values.requestedByAtsId;
  const kept = link?.base.owner?.ats ?? link?.base.requested_by?.ats;
  return typeof kept === 'string' ? kept : null;
}

/**
 * One statement. A refused key is tried again after its pause, and as soon as something changed about a user who was not
 * active when it was refused; one that could not be made is asked for again likewise. The key of a user whom no row is
 * linked to yet is found by e-mail: the row is to be linked first.
 * @param keyIds encryption keys that can be read with
 */
export async function readActors(
  tx: Pick<Transaction, 'query'>,
  account: string,
  keys: readonly string[],
  keyIds: readonly string[],
): Promise<Map<string, ActingUser>> {
  if (keys.length === 0) return new Map();
  const records = await tx.query<ActorRecord>(
    `select k.ats_id, l.uuid, coalesce(m.email, u.email, a.email) as email, m.active,
       m.deleted_at is not null as deleted, u.key_id, u.user_state, u.error,
       case
         when u.state is null then 'missing'
         when u.state = 'unavailable'
           and (u.ask_again_at <= clock_timestamp() or m.mirrored_at > u.refused_at) then 'missing'
         when u.state = 'unavailable' and u.error is not null then 'failed'
         when u.state = 'refused' and m.active is not false and m.deleted_at is null
           and (u.ask_again_at <= clock_timestamp()
             or u.user_state is distinct from 'active' and m.mirrored_at > u.refused_at) then 'usable'
         else u.state end as key,
       coalesce(l.uuid, e.uuid) = (select key_user_uuid from sync.accounts where account = $1) as is_own,
       (${noneMade}) as none_made,
       exists (select from sync.user_keys where account = $1 and key_id <> all($3)) as keys_unreadable
     from unnest($2::text[]) as k(ats_id)
     left join sync.links l on l.account = $1 and l.resource = 'users' and l.ats_id = k.ats_id
     left join lateral (select * from ats.users where account = $1 and ats_id = k.ats_id limit 1) a on true
     left join lateral (select uuid from sparkhire.users
       where l.uuid is null and account = $1 and sync.likeness(email) = sync.likeness(a.email) and deleted_at is null
       order by active is false, uuid limit 1) e on true
     left join sparkhire.users m on m.account = $1 and m.uuid = coalesce(l.uuid, e.uuid)
     left join sync.user_keys u on u.account = $1 and u.user_uuid = coalesce(l.uuid, e.uuid)`,
    [account, [...new Set(keys)], keyIds],
  );
  return new Map(records.map((record) => [record.ats_id, actingUser(record, keyIds)]));
}

function actingUser(record: ActorRecord, keyIds: readonly string[]): ActingUser {
  const { ats_id: atsId, uuid, email, key, key_id: keyId } = record;
  const isUnreadable = keyId !== null && !keyIds.includes(keyId);
  const stored = isUnreadable ? 'unreadable' : key;
  return {
    atsId,
    uuid,
    label: email?.trim().toLowerCase() || `user ${atsId}`,
    state: stateOf(record),
    key: record.is_own === true && stored !== 'usable' ? 'own' : stored,
    ...(record.none_made ? { noneMade: true } : {}),
    ...(record.keys_unreadable ? { keysUnreadable: true } : {}),
    ...(stored === 'failed' ? { failure: record.error! } : {}),
  };
}

function stateOf({ active, deleted, key, user_state }: ActorRecord): ActingUser['state'] {
  if (deleted) return 'gone';
  if (active === false) return 'inactive';
  // Spark Hire said so when it refused the key; the mirror may not know it yet.
  return key === 'refused' && user_state !== null ? user_state : 'active';
}
