/** Keeps the account's webhook registered, and has it proven when nothing has come for long. */
import type { AccountSession } from '../account-session.js';
import { ensureSubscriptions } from '../connectors/subscriptions.js';
import { query } from '../db/database.js';
import { SyncError } from '../errors.js';
import { checkRegistration, type RegistrationSettings } from '../webhooks/register.js';
import { testWebhook } from '../webhooks/replay-test.js';

/** A webhook that Spark Hire disabled is listed as if nothing were wrong: silence for so long asks for a proof. */
const silentHours = 24;

/** @returns whether events can be relied on to arrive */
export async function watchWebhook(
  session: AccountSession,
  settings: RegistrationSettings,
  proofMs = 20_000,
): Promise<boolean> {
  const { state } = await checkRegistration(session, settings);
  if (state === 'off') return false;
  if (!(await isSilent(session))) return true;
  try {
    await testWebhook(session, { timeoutMs: proofMs });
    return true;
  } catch (error) {
    const code = error instanceof SyncError ? error.code : null;
    if (code === 'WEBHOOK_NOTHING_TO_SEND') return true;
    if (code !== 'WEBHOOK_TEST_FAILED') throw error;
    session.log.warn(
      { event: 'webhook_silent', hours: silentHours },
      'no event has arrived for long, nor one that was asked for: the webhook is registered again',
    );
    await checkRegistration(session, { ...settings, renew: true });
    return false;
  }
}

/** Whether neither an event nor a registration is recent. */
async function isSilent(session: AccountSession): Promise<boolean> {
  const [row] = await query<{ silent: boolean }>(
    session.db,
    `select not exists (select from sync.webhook_events
         where account = $1 and received_at > clock_timestamp() - $2 * interval '1 hour')
       and not exists (select from sync.webhooks
         where account = $1 and ended_at is null and registered_at > clock_timestamp() - $2 * interval '1 hour')
       as silent`,
    [session.account.name, silentHours],
  );
  return row!.silent;
}

/** Those of the connected ATS, where it lets programs make them and their deliveries can be proven. */
export async function watchAtsWebhooks(session: AccountSession, publicUrl: string): Promise<void> {
  const { ats, account, db, log, signal } = session;
  if (ats === undefined || account.ats?.webhookSecret == null) return;
  const problem = await ensureSubscriptions({ db, account: account.name, connector: ats }, publicUrl, signal);
  if (problem !== null) log.warn({ event: 'ats_webhooks' }, `${ats.title}'s webhooks: ${problem}`);
}
