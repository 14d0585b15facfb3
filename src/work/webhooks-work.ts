/** The work behind `sparkhire-sync webhooks`: done by the account's owner, told in lines for people. */
import type { AccountSession } from '../account-session.js';
import type { Settings } from '../config.js';
import { audit, type Person } from '../db/audit.js';
import { byThemselves } from '../db/database.js';
import { SyncError } from '../errors.js';
import type { WebhookEvent } from '../sparkhire/client.js';
import {
  checkRegistration,
  type ListedWebhook,
  listWebhooks,
  removeOther,
  unregister,
  webhookUrl,
} from '../webhooks/register.js';
import { testWebhook } from '../webhooks/replay-test.js';

export interface WebhooksArguments {
  action: 'list' | 'register' | 'unregister' | 'test';
  timeoutMs: number;
  event?: WebhookEvent;
  /** The uuid of one of another installation: only that one is removed. */
  other?: string;
  /** Who wants it; nothing is written into the audit unless given. */
  by?: Person;
}

export interface WebhooksResult {
  ok: true;
  webhooks?: ListedWebhook[];
  /** Registered only now, or already there as it should be. */
  state?: 'registered' | 'registered_now';
  removed?: number;
  event?: string;
  seconds?: number;
  /** The same for people. */
  lines: string[];
}

export async function doWebhooksWork(
  { action, timeoutMs, event, other, by }: WebhooksArguments,
  session: AccountSession,
  settings: Settings,
): Promise<WebhooksResult> {
  const { publicUrl } = settings.http;
  switch (action) {
    case 'list': {
      const webhooks = await listWebhooks(session);
      const lines = webhooks.map(
        ({ ours, url, description }) =>
          `${ours ? 'ours  ' : 'other '} ${url ?? '(no address)'}  ${description ?? ''}`,
      );
      return { ok: true, webhooks, lines: lines.length > 0 ? lines : ['This API key has no webhooks.'] };
    }
    case 'register': {
      if (publicUrl === null) throw noPublicUrl();
      const { state, removed } = await checkRegistration(session, {
        publicUrl,
        webhookAuth: settings.secrets.webhookAuth,
      });
      const url = webhookUrl(publicUrl, session.account.name);
      if (state === 'registered_now' || removed > 0) {
        await note(session, by, { what: 'webhooks register', target: url, after: { state, removed } });
      }
      const done = state === 'registered_now' ? 'Registered' : 'Already registered as it should be';
      return {
        ok: true,
        state: state === 'registered_now' ? state : 'registered',
        removed,
        lines: [`${done}: ${url}`, ...(removed > 0 ? [`Removed ${removed} of our older webhooks.`] : [])],
      };
    }
    case 'unregister': {
      const { removed } = other === undefined ? await unregister(session) : await removeOther(session, other);
      if (removed > 0) {
        await note(session, by, { what: 'webhooks unregister', target: other, after: { removed } });
      }
      return {
        ok: true,
        removed,
        lines: [removedLine(removed, other)],
      };
    }
    case 'test': {
      const result = await testWebhook(session, { timeoutMs, event });
      return {
        ...result,
        lines: [`Webhooks work: ${result.event} arrived in ${result.seconds.toFixed(1)} s.`],
      };
    }
  }
}

/** Spark Hire has no part in a transaction: it is written once the change is done there. */
async function note(
  { db, account }: AccountSession,
  by: Person | undefined,
  act: { what: string; target?: string | undefined; after: unknown },
): Promise<void> {
  if (by !== undefined) await audit(byThemselves(db), by, { account: account.name, ...act });
}

function removedLine(removed: number, other: string | undefined): string {
  if (other !== undefined) return `Removed webhook ${other} of another installation.`;
  return removed === 0 ? 'There was no webhook of ours.' : `Removed ${removed} of our webhooks.`;
}

function noPublicUrl(): SyncError {
  return new SyncError('SETTINGS_INVALID', 'SYNC_PUBLIC_URL: is not set, so there is nothing to register.', {
    remedy: 'Set it to the address under which Spark Hire reaches this service.',
  });
}
