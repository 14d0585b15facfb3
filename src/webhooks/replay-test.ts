/** Proves that the way from Spark Hire to here is open: has an event sent again and waits until it has arrived. */
import type { AccountSession } from '../account-session.js';
import { type Clock, sleep, systemClock } from '../clock.js';
import { query } from '../db/database.js';
import { SyncError } from '../errors.js';
import { ApiError, type WebhookEvent, webhookEvents } from '../sparkhire/client.js';
import { listWebhooks } from './register.js';

export interface WebhookTestOptions {
  /** For all of it together. */
  timeoutMs: number;
  /** Only this event; unless given, those that came before are tried first, then the others. */
  event?: WebhookEvent;
  clock?: Clock;
}

export interface WebhookTestResult {
  ok: true;
  /** The event that arrived. */
  event: string;
  /** From the first request for a replay to its arrival here. */
  seconds: number;
}

const pollMs = 100;

/**
 * The 204 of a replay proves nothing: only the event in sync.webhook_events does.
 * @throws SyncError WEBHOOK_NOT_REGISTERED, WEBHOOK_NOTHING_TO_SEND, WEBHOOK_TEST_FAILED; ApiError
 */
export async function testWebhook(
  session: AccountSession,
  { timeoutMs, event, clock = systemClock }: WebhookTestOptions,
): Promise<WebhookTestResult> {
  const { db, account, client, signal } = session;
  const registered = await listWebhooks(session);
  if (!registered.some(({ ours }) => ours)) {
    throw new SyncError('WEBHOOK_NOT_REGISTERED', `Account ${account.name} has no webhook of this program.`, {
      remedy: 'Set SYNC_PUBLIC_URL and run `sparkhire-sync webhooks register`.',
    });
  }
  const seen = await seenEvents(session);
  const candidates =
    event === undefined ? [...seen, ...webhookEvents.filter((name) => !seen.includes(name))] : [event];
  const [last] = await query<{ id: string }>(
    db,
    'select coalesce(max(id), 0) as id from sync.webhook_events where account = $1',
    [account.name],
  );
  const started = clock.monotonic();
  const asked: string[] = [];
  for (const [index, name] of candidates.entries()) {
    const left = timeoutMs - (clock.monotonic() - started);
    if (left <= 0) break;
    if (!(await replay(client, name, signal))) continue;
    asked.push(name);
    // The last of them has all the time that is left; any that was asked for will do.
    const share = Math.max(1000, left / Math.min(4, candidates.length - index));
    const until = clock.monotonic() + (index === candidates.length - 1 ? left : Math.min(left, share));
    for (;;) {
      const arrived = await arrival(session, last!.id, asked);
      const seconds = (clock.monotonic() - started) / 1000;
      if (arrived !== null) return { ok: true, event: arrived, seconds };
      if (clock.monotonic() >= until) break;
      await sleep(clock, pollMs, signal);
    }
  }
  throw failed(asked, timeoutMs);
}

/** @returns false if Spark Hire has none of these to send */
async function replay(
  client: AccountSession['client'],
  event: WebhookEvent,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await client.webhooks.replay(event, { lane: 'interactive', signal });
    return true;
  } catch (error) {
    const nothing = error instanceof ApiError && ['NOT_FOUND', 'REQUEST_REFUSED'].includes(error.code);
    if (!nothing) throw error;
    return false;
  }
}

/** The documented events that have come before, the latest first. */
async function seenEvents(session: AccountSession): Promise<WebhookEvent[]> {
  const rows = await query<{ event: WebhookEvent }>(
    session.db,
    `select event from sync.webhook_events where account = $1 and event = any($2::text[])
     group by event order by max(id) desc`,
    [session.account.name, webhookEvents],
  );
  return rows.map(({ event }) => event);
}

async function arrival(
  session: AccountSession,
  after: string,
  events: readonly string[],
): Promise<string | null> {
  const [row] = await query<{ event: string }>(
    session.db,
    `select event from sync.webhook_events
     where account = $1 and id > $2 and event = any($3::text[]) order by id limit 1`,
    [session.account.name, after, events],
  );
  return row?.event ?? null;
}

function failed(asked: readonly string[], timeoutMs: number): SyncError {
  if (asked.length === 0) {
    return new SyncError('WEBHOOK_NOTHING_TO_SEND', 'Spark Hire has no event that it could send again.', {
      remedy: 'Let something happen first: create or change a job in Spark Hire, then test again.',
    });
  }
  return new SyncError(
    'WEBHOOK_TEST_FAILED',
    `Spark Hire was asked to send ${asked.length === 1 ? asked[0] : `the last events of ${asked.length} types`} again, but within ${timeoutMs / 1000} s nothing arrived.`,
    {
      remedy:
        'Check that the service is running and that SYNC_PUBLIC_URL leads to it from the internet (proxy, firewall, certificate). If nothing has happened in the account yet, change a job first. A webhook that Spark Hire disabled is made again by `sparkhire-sync webhooks unregister`, then `register`.',
    },
  );
}
