/** What is true of the account as a whole: whose key this is, its company, its plan. */
import type { AccountSession } from '../account-session.js';
import { accountKeyMark } from '../db/account-key.js';
import { query } from '../db/database.js';
import { SyncError } from '../errors.js';
import { companyRow } from '../mirror/mapping.js';
import { storePlan } from '../mirror/plan.js';
import { inMirrorTransaction, storeRows } from '../mirror/store.js';
import {
  ApiError,
  assertCompanyUser,
  type CallOptions,
  type Client,
  type Lane,
  type Me,
  type Plan,
} from '../sparkhire/client.js';
import { addCounts, noCounts, type ResourceCounts } from './progress.js';

/** Whose eyes the listings are seen with. */
export interface KeyView {
  userUuid: string | null;
  /** Whether the key may read keys, which only an administrator's may; null if that could not be told. */
  administers: boolean | null;
  /** Whether either is other than when the rows were last seen whole. */
  changed: boolean;
}

/**
 * Checks the key before anything else is done.
 * @throws ApiError KEY_REFUSED; SyncError KEY_OF_JOB_SEEKER, NOT_FOUND where there is no such API
 */
export async function readMe(session: AccountSession): Promise<Me> {
  try {
    const { value } = await session.client.me.get({ lane: 'interactive', signal: session.signal });
    assertCompanyUser(value);
    return value;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'NOT_FOUND') throw error;
    // Every key has its /me: what is missing is the API.
    throw new SyncError('NOT_FOUND', error.message, {
      remedy:
        'Check the base URL: it must lead to the API with its version, as in https://api.sparkhire.com/v1.0.',
      cause: error,
    });
  }
}

export async function readKeyView(session: AccountSession, me: Me): Promise<KeyView> {
  const administers = me.uuid === null ? null : await mayReadKeys(session, me.uuid, 'sweep', false);
  const [known] = await query<{ key_user_uuid: string | null; key_administers: boolean | null }>(
    session.db,
    'select key_user_uuid, key_administers from sync.accounts where account = $1',
    [session.account.name],
  );
  const another = known?.key_user_uuid != null && me.uuid !== null && known.key_user_uuid !== me.uuid;
  const demoted = known?.key_administers === true && administers === false;
  return { userUuid: me.uuid, administers, changed: another || demoted };
}

/**
 * From now on rows may be what this key shows: whatever becomes of the pass, a later key that shows less is told from
 * it. Another user's key counts only once the rows were seen whole with it.
 */
export async function noteKeyView(
  session: AccountSession,
  { userUuid, administers }: KeyView,
): Promise<void> {
  await query(
    session.db,
    `insert into sync.accounts as a (account, key_user_uuid, key_administers) values ($1, $2, $3)
     on conflict (account) do update set key_user_uuid = coalesce(a.key_user_uuid, excluded.key_user_uuid),
       key_administers = coalesce(a.key_administers or excluded.key_administers, a.key_administers,
         excluded.key_administers)
     where a.key_user_uuid is null or a.key_user_uuid is not distinct from excluded.key_user_uuid`,
    [session.account.name, userUuid, administers],
  );
}

/** Two companies of one owner may have the same name. */
const called = (name: string | null, uuid: string) => (name ? `${name} (${uuid})` : uuid);

/** So many linked objects are asked for where a key seems to be of another company. */
const triedWithKey = 3;

/**
 * Whether a key that the account was not worked on with before is of the same company. With one of another, people would
 * be invited in a stranger's name. Where nothing was agreed with a company yet, any is taken.
 * @param me whose key it is; asked for if the key is another one, unless given
 * @throws SyncError KEY_OF_ANOTHER_COMPANY
 */
export async function checkCompanyOfKey(session: AccountSession, me?: Me): Promise<void> {
  const { db, account, client, signal } = session;
  const mark = accountKeyMark(account.name, account.apiKey);
  const [known] = await query<{ another: boolean; jobs: string[]; companies: string[]; name: string | null }>(
    db,
    `with linked as (select uuid from sync.links where account = $1 and resource = 'jobs' order by linked_at desc limit $3)
     select coalesce((select key_mark <> $2 from sync.accounts where account = $1), false) as another,
       array(select uuid::text from linked) as jobs,
       array(select uuid::text from sparkhire.companies where account = $1
         union select m.company_uuid::text from sparkhire.jobs m join linked l on l.uuid = m.uuid
         where m.account = $1 and m.company_uuid is not null) as companies,
       (select name from sparkhire.companies where account = $1 order by mirrored_at desc limit 1) as name`,
    [account.name, mark, triedWithKey],
  );
  const { another, jobs, companies, name } = known!;
  if (!another) return;
  const { company } = me ?? (await readMe(session));
  const isElsewhere = company?.uuid != null && companies.length > 0 && !companies.includes(company.uuid);
  if (isElsewhere && jobs.length > 0) {
    let seen = false;
    for (const uuid of jobs) {
      if (seen) break;
      const answer = await answerOf(client.jobs.get(uuid, { lane: 'interactive', signal }));
      if (answer instanceof ApiError && !['NOT_FOUND', 'FORBIDDEN'].includes(answer.code)) throw answer;
      seen = !(answer instanceof ApiError);
    }
    if (!seen) {
      throw new SyncError(
        'KEY_OF_ANOTHER_COMPANY',
        `The API key belongs to another company, ${called(company.name, company.uuid!)}; account "${account.name}" works for ${called(name, companies[0]!)}.`,
        {
          remedy:
            'Give this account a key of its own company again. If two accounts have changed keys, change them back. Another company is another account of the settings, with rows of its own.',
        },
      );
    }
  }
  await query(
    db,
    'update sync.accounts set key_mark = $2, key_changed_at = clock_timestamp() where account = $1',
    [account.name, mark],
  );
}

/** How it may be said that the user has no key, to somebody who may ask: only a change to FORBIDDEN says something. */
export const saysNoKey: ReadonlySet<string> = new Set(['NOT_FOUND', 'REQUEST_REFUSED', 'METHOD_NOT_ALLOWED']);

/**
 * An administrator's right that can be looked at without an effect. Its answer, a secret, is not kept. Their own key a
 * standard user may perhaps read as well, so it is somebody else's that is asked for, where anybody else is known.
 * @param isProof whether that somebody has no key has to be told from that they are hidden: one request more
 * @returns null where it could not be told
 */
export async function mayReadKeys(
  session: AccountSession,
  ownUuid: string,
  lane: Lane,
  isProof: boolean,
): Promise<boolean | null> {
  const answer = await answerOf(readsKeys(session, ownUuid, { lane, signal: session.signal }, isProof));
  return answer instanceof ApiError ? null : answer;
}

/** The same for who wants to hear why it cannot be told. @throws ApiError */
export async function readsKeys(
  { db, account, client: { users } }: Pick<AccountSession, 'db' | 'account' | 'client'>,
  ownUuid: string,
  options: CallOptions,
  isProof: boolean,
): Promise<boolean | null> {
  const [other] = await query<{ uuid: string }>(
    db,
    `select uuid from sparkhire.users where account = $1 and uuid <> $2 and active and deleted_at is null
     order by uuid limit 1`,
    [account.name, ownUuid],
  );
  const answer = await answerOf(users.integrationKey.get(other?.uuid ?? ownUuid, options));
  if (!(answer instanceof ApiError)) return true;
  if (answer.code === 'FORBIDDEN') return false;
  if (!saysNoKey.has(answer.code)) throw answer;
  // Somebody who is hidden from this key, or gone, is answered like somebody without one.
  return !isProof ||
    other === undefined ||
    !((await answerOf(users.get(other.uuid, options))) instanceof ApiError)
    ? true
    : null;
}

async function answerOf<T>(request: Promise<T>): Promise<T | ApiError> {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === 'ABORTED') throw error;
    return error;
  }
}

/** The rows were seen whole with this key: the next sweeps are compared with it. */
export async function rememberKeyView(session: AccountSession, view: KeyView): Promise<void> {
  await query(
    session.db,
    `insert into sync.accounts (account, key_user_uuid, key_administers, seen_at) values ($1, $2, $3, now())
     on conflict (account) do update set key_user_uuid = excluded.key_user_uuid,
       key_administers = coalesce(excluded.key_administers, sync.accounts.key_administers), seen_at = now(),
       key_changed_at = case when sync.accounts.key_demoted_at is not null and excluded.key_administers
         then clock_timestamp() else sync.accounts.key_changed_at end,
       key_demoted_at = case when excluded.key_administers is null then sync.accounts.key_demoted_at end`,
    [session.account.name, view.userUuid, view.administers],
  );
}

/** The company /me names or that is mirrored, else the one most mirrored objects belong to. */
async function companyUuid(session: AccountSession, me: Me | null): Promise<string | null> {
  if (me?.company?.uuid) return me.company.uuid;
  if (me === null) {
    const [known] = await query<{ uuid: string }>(
      session.db,
      'select uuid from sparkhire.companies where account = $1 order by mirrored_at desc limit 1',
      [session.account.name],
    );
    if (known !== undefined) return known.uuid;
  }
  const [row] = await query<{ company_uuid: string }>(
    session.db,
    `select company_uuid from (select company_uuid from sparkhire.users where account = $1
       union all select company_uuid from sparkhire.jobs where account = $1) c
     where company_uuid is not null group by 1 order by count(*) desc, 1 limit 1`,
    [session.account.name],
  );
  return row?.company_uuid ?? null;
}

/** @param me null where /me was not asked: the company is known from earlier */
export async function pullCompany(
  session: AccountSession,
  me: Me | null,
  lane: Lane = 'sweep',
): Promise<ResourceCounts> {
  const uuid = await companyUuid(session, me);
  const counts = noCounts();
  if (uuid === null) return counts;
  const company = await session.client.companies.get(uuid, { lane, signal: session.signal });
  addCounts(
    counts,
    await inMirrorTransaction(session.db, session.account.name, (tx) =>
      storeRows(tx, 'companies', [companyRow(company)]),
    ),
  );
  return counts;
}

/** Names the plan in sync.changes where no company is known. */
const noCompany = '00000000-0000-0000-0000-000000000000';

export async function pullPlan(
  session: AccountSession,
  me: Me | null,
  lane: Lane = 'sweep',
): Promise<ResourceCounts> {
  return (await readPlan(session, me, lane)).counts;
}

/** Reads the plan and stores it. @param client the session's unless given */
export async function readPlan(
  session: AccountSession,
  me: Me | null,
  lane: Lane,
  client: Client = session.client,
): Promise<{ plan: Plan; counts: ResourceCounts }> {
  const plan = await client.plan.get({ lane, signal: session.signal });
  const uuid = (await companyUuid(session, me)) ?? noCompany;
  const counts = noCounts();
  addCounts(
    counts,
    await inMirrorTransaction(session.db, session.account.name, (tx) => storePlan(tx, plan, uuid)),
  );
  return { plan: plan.value, counts };
}
