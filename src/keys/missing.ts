/** Whom rows of the ATS name although they cannot act now. */
import { byThemselves, type Database, query } from '../db/database.js';
import { atsTables } from '../db/objects/ats-tables.js';
import type { AtsUser } from '../desired/ats-rows.js';
import { judgeUser } from '../desired/judge/judge.js';
import { readActors } from '../desired/read/actors.js';
import { readableColumns } from '../desired/read/readable.js';
import type { EncryptionKeys } from '../encryption.js';
import { whoActs } from '../reconcile/acting/acting.js';
import { isOfKey, type KeyRemedy, remedyText } from '../reconcile/acting/key-remedy.js';
import type { KeyPolicies, Policies } from '../reconcile/types.js';
import { foldedEmail } from './store.js';

/** How many rows that are not done with name each user that the ATS has, and who is or will be in Spark Hire. */
const whoIsNamed = `
  select named as "atsId", count(*)::int as rows, bool_or(l.uuid is not null) as linked from (
    select 'jobs' as resource, ats_id, owner_ats_id as named from ats.jobs where account = $1 and deleted_at is null
    union all
    select 'interviews', ats_id, requested_by_ats_id from ats.interviews where account = $1 and deleted_at is null) r
  left join sync.desired_rows d on d.account = $1 and d.resource = r.resource and d.ats_id = r.ats_id
  left join sync.desired_rows o on o.account = $1 and o.resource = 'users' and o.ats_id = named
  left join sync.links l on l.account = $1 and l.resource = 'users' and l.ats_id = named
  where exists (select from ats.users u where u.account = $1 and u.ats_id = named)
    and (l.uuid is not null or coalesce(o.state, 'pending') in ('pending', 'in_flight', 'synced'))
    and coalesce(d.state, 'pending') not in ('synced', 'gone') group by 1`;

/** What Spark Hire said just now. */
export interface AccountTold {
  /** Whose key the account is worked with: they need no other. */
  me?: { uuid: string | null; email: string | null };
  /** Whether it shows keys to the account; null: that could not be told. */
  showsKeys?: boolean | null;
}

interface Lacking {
  /** By e-mail address where it is known, in order. */
  people: string[];
  /** How many rows they keep waiting. */
  rows: number;
}

/** Told before the first row waits. @returns who keeps rows waiting without a stored key, and what ends that: one for each such end */
export async function lackingUsers(
  db: Database,
  account: string,
  { keys: policies, users }: Pick<Policies, 'keys' | 'users'>,
  { byId }: EncryptionKeys,
  { me, showsKeys = null }: AccountTold = {},
): Promise<Array<{ detail: string; remedy: string }>> {
  const all = await query<{ atsId: string; rows: number; linked: boolean }>(db, whoIsNamed, [account]);
  const unusable = await unusableUsers(
    db,
    account,
    all.filter(({ linked }) => !linked).map(({ atsId }) => atsId),
    users.roles,
  );
  const named = all.filter(({ atsId }) => !unusable.has(atsId));
  const actors = await readActors(
    byThemselves(db),
    account,
    named.map(({ atsId }) => atsId),
    [...byId.keys()],
  );
  const lacking = new Map<KeyRemedy, Lacking>();
  for (const { atsId, rows } of named) {
    const actor = actors.get(atsId)!;
    const isMe = me?.uuid != null ? me.uuid === actor.uuid : false;
    const hasMyAddress = me?.email != null && foldedEmail(me.email) === actor.label;
    const isStored = ['usable', 'refused', 'unreadable'].includes(actor.key);
    if (isMe || hasMyAddress || isStored) continue;
    // Whoever is not linked yet will be.
    const coming = { ...actor, uuid: actor.uuid ?? atsId };
    const noneMade = showsKeys === false || actor.noneMade === true;
    const acts = whoActs({ ...coming, noneMade }, { ...policies, foresees: true });
    if (acts.kind !== 'wait') continue;
    const known = lacking.get(acts.remedy) ?? { people: [], rows: 0 };
    const people = [...new Set([...known.people, actor.label])].sort();
    lacking.set(acts.remedy, { people, rows: known.rows + rows });
  }
  return [...lacking].map(([remedy, who]) => ({
    detail: detailOf(remedy, who),
    remedy: remedyOf(remedy, policies),
  }));
}

/** Rows that nobody may have judged yet, and that are withdrawn or will be rejected: no key ends what waits for them. */
async function unusableUsers(
  db: Database,
  account: string,
  keys: readonly string[],
  roles: Policies['users']['roles'],
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = await query<AtsUser & { deleted: boolean }>(
    db,
    `select ats_id as "atsId", deleted_at is not null as deleted, ${readableColumns(atsTables.users, 'u')}
     from ats.users u where account = $1 and ats_id = any($2)`,
    [account, keys],
  );
  const unusable = rows.filter((row) => row.deleted || judgeUser(row, false, { roles }).values === null);
  return new Set(unusable.map(({ atsId }) => atsId));
}

function detailOf(remedy: KeyRemedy, { people, rows }: Lacking): string {
  const who = firstOf(people);
  const wait = rows === 1 ? 'the row that names them waits' : `the ${rows} rows that name them wait`;
  if (isOfKey(remedy)) return `no API key of ${who} is stored, so ${wait} (policies.keys.missing: hold)`;
  const what = remedy === 'enable' ? 'disabled in Spark Hire' : 'gone from Spark Hire';
  return `${who}: ${what}, so ${wait} (policies.keys.refused: hold)`;
}

function remedyOf(remedy: KeyRemedy, policies: KeyPolicies): string {
  if (remedy === 'set')
    return 'Spark Hire makes none for this account: give each with `sparkhire-sync keys set EMAIL`.';
  if (remedy === 'provision') return 'Have Spark Hire make them: `sparkhire-sync keys provision`.';
  if (remedy === 'again')
    return 'Spark Hire failed to make them just now. It is tried again; `sparkhire-sync keys provision` asks at once.';
  const text = remedyText(remedy, 'EMAIL', policies);
  const then =
    remedy === 'encryption_key'
      ? ' Then keys are made when they are needed, where Spark Hire makes them; `sparkhire-sync keys set EMAIL` gives one.'
      : '';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${then}`;
}

/** Five people, and whether there are more. */
export function firstOf(people: readonly string[]): string {
  const who = people.slice(0, 5);
  return `${who.join(', ')}${people.length > who.length ? ' …' : ''}`;
}
