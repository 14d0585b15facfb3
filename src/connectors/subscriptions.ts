/** Webhooks of a connected ATS that this program makes: what is remembered of them, and what is wrong with them. */
import { byThemselves, type Database, query } from '../db/database.js';
import { messageOf } from '../errors.js';
import type { Connector, SubscriptionMemory } from './connector.js';

interface Remembered {
  values?: Record<string, string>;
  problem?: string | null;
}

interface OfAccount {
  db: Database;
  account: string;
  source: string;
}

/** Where the ATS is to send them. */
export function atsWebhookUrl(publicUrl: string, account: string): string {
  return `${publicUrl}/ats/${encodeURIComponent(account)}`;
}

/** @returns what is wrong with them, in words; null: nothing. Never rejects for what the ATS answers */
export async function ensureSubscriptions(
  { db, account, connector }: Omit<OfAccount, 'source'> & { connector: Connector },
  publicUrl: string,
  signal: AbortSignal,
): Promise<string | null> {
  const of = { db, account, source: connector.kind };
  if (connector.subscriptions === undefined) return null;
  let problem: string | null;
  try {
    problem = await connector.subscriptions.ensure(atsWebhookUrl(publicUrl, account), memoryOf(of), signal);
  } catch (error) {
    signal.throwIfAborted();
    problem = messageOf(error);
  }
  await remember(of, { problem });
  return problem;
}

/** What was wrong with them when they were last looked after. */
export async function subscriptionProblem(of: OfAccount): Promise<string | null> {
  return (await recall(of)).problem ?? null;
}

function memoryOf(of: OfAccount): SubscriptionMemory {
  return {
    read: async () => (await recall(of)).values ?? {},
    write: (values) => remember(of, { values }),
  };
}

async function recall({ db, account, source }: OfAccount): Promise<Remembered> {
  const [row] = await query<{ webhooks: Remembered | null }>(
    db,
    'select webhooks from sync.ats_cursors where account = $1 and source = $2',
    [account, source],
  );
  return row?.webhooks ?? {};
}

async function remember({ db, account, source }: OfAccount, change: Remembered): Promise<void> {
  await byThemselves(db).query(
    `insert into sync.ats_cursors as c (account, source, webhooks) values ($1, $2, $3)
     on conflict (account, source) do update set webhooks = coalesce(c.webhooks, '{}') || excluded.webhooks`,
    [account, source, JSON.stringify(change)],
  );
}
