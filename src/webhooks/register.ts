/**
 * Keeps exactly one webhook of this daemon registered for an account. Its row in sync.webhooks, with a random
 * token that also stands in the description, is committed before Spark Hire is asked for it: should the answer be
 * lost, the webhook is known again by its token. Webhooks of others are never touched, whatever their address.
 */
import { randomBytes } from 'node:crypto';
import type { AccountSession } from '../account-session.js';
import { checkCompanyOfKey } from '../backfill/facts.js';
import { query } from '../db/database.js';
import { assertMayWrite } from '../db/locks/home.js';
import { SyncError } from '../errors.js';
import { ApiError, type Webhook } from '../sparkhire/client.js';
import { chosenCredentials, isCurrent, randomCredentials } from './credentials.js';

export interface RegistrationSettings {
  /** Where Spark Hire reaches the receiver, without a slash at its end; null: webhooks are off. */
  publicUrl: string | null;
  /** `user:password` of the settings; without it each webhook gets random credentials of its own. */
  webhookAuth?: string;
  /** Registers another in any case: one that Spark Hire disabled may look like any other. */
  renew?: boolean;
}

export interface Registration {
  /** `off`: no public URL is set, and Spark Hire was not asked. */
  state: 'registered' | 'registered_now' | 'off';
  /** Webhooks of ours that were in the way and are gone now. */
  removed: number;
  /** Webhooks of others under the same key. */
  foreign: number;
}

export interface ListedWebhook {
  uuid: string;
  description: string | null;
  url: string | null;
  http_auth: boolean | null;
  /** Whether this daemon registered it. */
  ours: boolean;
}

interface OwnRow {
  id: string;
  token: string;
  url: string;
  uuid: string | null;
  auth_hash: string;
  ended: boolean;
  /** Whether an answer to its registration can still be under way. */
  fresh: boolean;
}

interface Listed {
  webhook: Webhook;
  /** Our row of it. */
  row: OwnRow | undefined;
}

const label = 'sparkhire-sync';

/** The address an account's webhook has. */
export function webhookUrl(publicUrl: string, account: string): string {
  return `${publicUrl}/webhooks/${encodeURIComponent(account)}`;
}

/**
 * Registers the account's webhook if it is missing, points elsewhere or has other credentials than it should;
 * removes what else is ours.
 * @throws SyncError DATABASE_MOVED, KEY_OF_ANOTHER_COMPANY; ApiError; a registration whose answer was lost is found and kept, or removed, by the next check
 */
export async function checkRegistration(
  session: AccountSession,
  settings: RegistrationSettings,
): Promise<Registration> {
  if (settings.publicUrl === null) return { state: 'off', removed: 0, foreign: 0 };
  assertMayWrite(session);
  const url = webhookUrl(settings.publicUrl, session.account.name);
  const { listed, rows } = await look(session);
  const ours = listed.filter(({ row }) => row !== undefined);
  const kept = settings.renew ? null : await usable(ours, url, settings.webhookAuth);
  let keptRow: string;
  if (kept !== null) {
    keptRow = kept.row!.id;
    await claim(session, kept);
  } else {
    if (!settings.renew && rows.some(({ uuid, ended }) => uuid !== null && !ended)) {
      session.log.warn(
        { event: 'webhook_lost' },
        'the webhook is missing, points elsewhere or has other credentials: it is registered again',
      );
    }
    await checkCompanyOfKey(session);
    keptRow = await register(session, url, settings.webhookAuth);
  }
  let removed = 0;
  for (const one of ours) if (one !== kept && (await remove(session, one))) removed++;
  const listedRows = new Set(ours.map(({ row }) => row!.id));
  const missing = rows.filter(
    ({ id, ended, fresh, uuid }) =>
      !ended && id !== keptRow && !listedRows.has(id) && !(uuid === null && fresh),
  );
  await end(
    session,
    missing.map(({ id }) => id),
  );
  return {
    state: kept === null ? 'registered_now' : 'registered',
    removed,
    foreign: listed.length - ours.length,
  };
}

/** All webhooks of the key's user. */
export async function listWebhooks(session: AccountSession): Promise<ListedWebhook[]> {
  const { listed } = await look(session);
  return listed.map(({ webhook, row }) => ({ ...webhook, ours: row !== undefined }));
}

/** Removes every webhook of ours. @returns how many there were */
export async function unregister(session: AccountSession): Promise<{ removed: number }> {
  assertMayWrite(session);
  const { listed, rows } = await look(session);
  let removed = 0;
  for (const one of listed) if (one.row !== undefined && (await remove(session, one))) removed++;
  await end(
    session,
    rows.filter(({ ended, uuid, fresh }) => !ended && !(uuid === null && fresh)).map(({ id }) => id),
  );
  return { removed };
}

/**
 * Removes what another installation of this program has left behind.
 * @throws SyncError WEBHOOK_NOT_REGISTERED if there is no such webhook; DATABASE_MOVED
 */
export async function removeOther(session: AccountSession, uuid: string): Promise<{ removed: number }> {
  assertMayWrite(session);
  const { listed } = await look(session);
  const others = listed.filter(isLeftByOther);
  if (!others.some(({ webhook }) => webhook.uuid === uuid)) {
    throw new SyncError(
      'WEBHOOK_NOT_REGISTERED',
      `No other sparkhire-sync has registered a webhook ${uuid}.`,
      {
        remedy: 'Look at them with `sparkhire-sync webhooks list --json`.',
      },
    );
  }
  await session.client.webhooks.remove(uuid, { signal: session.signal });
  await noteOthers(
    session,
    others.filter(({ webhook }) => webhook.uuid !== uuid),
  );
  return { removed: 1 };
}

async function look(session: AccountSession): Promise<{ listed: Listed[]; rows: OwnRow[] }> {
  const { db, client, account, signal } = session;
  const rows = await query<OwnRow>(
    db,
    // Ended ones too: a removal may have gone wrong unnoticed, a registration may have worked in the end.
    `select id, token, url, uuid, auth_hash, ended_at is not null as ended,
       created_at > clock_timestamp() - interval '10 min' as fresh
     from sync.webhooks where account = $1 order by id`,
    [account.name],
  );
  const listing = await client.webhooks.list({ lane: 'interactive', signal });
  const listed = listing.rows.flatMap((row) => {
    if (!row.ok) return [];
    const webhook = row.value;
    const own = rows.find(
      ({ uuid, token }) => uuid === webhook.uuid || webhook.description?.includes(token) === true,
    );
    return [{ webhook, row: own }];
  });
  await noteOthers(session, listed.filter(isLeftByOther));
  return { listed, rows };
}

/** What this program writes into a description, with the token of whichever database it was. */
const anyOfOurs = new RegExp(`^${label} [0-9a-f]{24}$`);

export function isOfAnother({ ours, description }: Pick<ListedWebhook, 'ours' | 'description'>): boolean {
  return !ours && anyOfOurs.test(description ?? '');
}

/** Webhooks that this program registered with another database: it works for the same account. */
function isLeftByOther({ webhook: { description }, row }: Listed): boolean {
  return isOfAnother({ ours: row !== undefined, description });
}

async function noteOthers({ db, account, log }: AccountSession, found: readonly Listed[]): Promise<void> {
  const others = found.map(({ webhook: { uuid, url } }) => ({ uuid, url }));
  const [changed] = await query(
    db,
    `update sync.accounts set others = $2 where account = $1 and others is distinct from $2::jsonb returning 1`,
    [account.name, others.length === 0 ? null : JSON.stringify(others)],
  );
  if (changed === undefined || others.length === 0) return;
  log.warn(
    { event: 'other_installation', webhooks: others.map(({ url }) => url) },
    'another sparkhire-sync works for the same account with another database, or did: two invite people twice. `sparkhire-sync doctor` says what to do',
  );
}

/** The newest of ours that is as it should be. */
async function usable(
  ours: readonly Listed[],
  url: string,
  webhookAuth: string | undefined,
): Promise<Listed | null> {
  for (const one of [...ours].sort((a, b) => Number(b.row!.id) - Number(a.row!.id))) {
    const { webhook, row } = one;
    if (!sameUrl(row!.url, url) || !sameUrl(webhook.url, url) || webhook.http_auth === false) continue;
    if (await isCurrent(row!.auth_hash, webhookAuth)) return one;
  }
  return null;
}

function sameUrl(one: string | null, other: string): boolean {
  if (one === null || !URL.canParse(one)) return false;
  return new URL(one).href === new URL(other).href;
}

/** Notes the uuid of a webhook whose answer was lost: Spark Hire has credentials for it whose hash is here. */
async function claim(session: AccountSession, { webhook, row }: Listed): Promise<void> {
  if (row!.uuid === webhook.uuid && !row!.ended) return;
  await query(
    session.db,
    `update sync.webhooks
     set uuid = $2, registered_at = coalesce(registered_at, clock_timestamp()), ended_at = null where id = $1`,
    [row!.id, webhook.uuid],
  );
  session.log.info({ event: 'webhook_found' }, 'a webhook whose registration got no answer was found');
}

async function register(
  session: AccountSession,
  url: string,
  webhookAuth: string | undefined,
): Promise<string> {
  const { db, client, account, log, signal } = session;
  const token = randomBytes(12).toString('hex');
  const { httpAuth, hash } =
    webhookAuth === undefined ? randomCredentials() : await chosenCredentials(webhookAuth);
  const [row] = await query<{ id: string }>(
    db,
    'insert into sync.webhooks (account, token, url, auth_hash) values ($1, $2, $3, $4) returning id',
    [account.name, token, url, hash],
  );
  try {
    const { value } = await client.webhooks.create(
      { description: `${label} ${token}`, url, http_auth: httpAuth },
      { signal },
    );
    await query(db, 'update sync.webhooks set uuid = $2, registered_at = clock_timestamp() where id = $1', [
      row!.id,
      value.uuid,
    ]);
  } catch (error) {
    const came = error instanceof ApiError && (error.outcome === 'unknown' || error.outcome === 'done');
    if (error instanceof ApiError && !came) await end(session, [row!.id]);
    throw error;
  }
  log.info({ event: 'webhook_registered' }, 'the webhook is registered');
  return row!.id;
}

/** @returns whether it was there */
async function remove(session: AccountSession, { webhook, row }: Listed): Promise<boolean> {
  const { client, log, signal } = session;
  let there = true;
  try {
    await client.webhooks.remove(webhook.uuid, { signal });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'NOT_FOUND') throw error;
    there = false;
  }
  await query(
    session.db,
    // A duplicate by its token leaves the row to the webhook it belongs to.
    `update sync.webhooks set ended_at = clock_timestamp()
     where id = $1 and ended_at is null and (uuid is null or uuid = $2)`,
    [row!.id, webhook.uuid],
  );
  log.info({ event: 'webhook_removed' }, 'a webhook of ours that is not needed any more was removed');
  return there;
}

async function end(session: AccountSession, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await query(
    session.db,
    'update sync.webhooks set ended_at = clock_timestamp() where id = any($1::bigint[]) and ended_at is null',
    [ids],
  );
}
