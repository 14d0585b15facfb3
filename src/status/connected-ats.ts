/** What `status` tells of a connected ATS: how far behind it is read, and who is skipped. */
import type { Statements, Transaction } from '../db/database.js';
import { ago, count, skippedWords } from './render/words.js';

export interface ConnectedAts {
  source: string;
  /** Everything that the ATS changed before this moment has been read; null before the first reading. */
  readUntil: string | null;
  /** How far that is behind now. */
  behindSeconds: number | null;
  failure: { code: string; message: string; remedy: string | null; since: string } | null;
  /** When a webhook of it last named something, and how many wait to be read for. */
  lastWebhookAt: string | null;
  webhooksWaiting: number;
  /** Rows of ats.interviews that came of it. */
  entries: number;
  /** How many are skipped, by reason. */
  skipped: Record<string, number>;
}

export type CountedEntries = Pick<ConnectedAts, 'source' | 'entries' | 'skipped'> & { account: string };

/** How many were asked for and how many skipped, by account and ATS. */
export function countConnected(tx: Statements, accounts: readonly string[]): Promise<CountedEntries[]> {
  return tx.query<CountedEntries>(
    `select c.account, c.source,
       (select count(*)::int from sync.ats_entries e where e.account = c.account and e.source = c.source) as entries,
       coalesce((select jsonb_object_agg(s.reason, s.people) from (select reason, count(*) as people from sync.ats_skipped
         where account = c.account and source = c.source group by 1) s), '{}') as skipped
     from sync.ats_cursors c where c.account = any($1)`,
    [accounts],
  );
}

export async function readConnectedAts(
  tx: Transaction,
  accounts: readonly string[],
  counted: readonly CountedEntries[],
): Promise<Array<ConnectedAts & { account: string }>> {
  const rows = await tx.query<
    Omit<ConnectedAts, 'readUntil' | 'lastWebhookAt' | 'entries' | 'skipped'> & {
      account: string;
      readUntil: Date | null;
      lastWebhookAt: Date | null;
    }
  >(
    `select c.account, c.source, c.read_until as "readUntil", c.failure,
       greatest(0, extract(epoch from clock_timestamp() - c.read_until))::float8 as "behindSeconds",
       (select h.received_at from sync.ats_hints h where h.account = c.account and h.source = c.source
         order by h.id desc limit 1) as "lastWebhookAt",
       (select count(*)::int from sync.ats_hints h
         where h.account = c.account and h.source = c.source and h.read_at is null) as "webhooksWaiting"
     from sync.ats_cursors c where c.account = any($1)`,
    [accounts],
  );
  const none = { entries: 0, skipped: {} };
  return rows.map((row) => ({
    ...none,
    ...counted.find(({ account, source }) => account === row.account && source === row.source),
    ...row,
    readUntil: row.readUntil?.toISOString() ?? null,
    lastWebhookAt: row.lastWebhookAt?.toISOString() ?? null,
    behindSeconds: row.behindSeconds === null ? null : Math.round(row.behindSeconds),
  }));
}

export function connectedWords(
  { source, readUntil, failure, lastWebhookAt, webhooksWaiting, entries, skipped }: ConnectedAts,
  now: string,
): string {
  const read = readUntil === null ? 'not read yet' : `read up to ${ago(readUntil, now)}`;
  const waiting = webhooksWaiting > 0 ? ` (${count(webhooksWaiting)} to be read for)` : '';
  const webhook = lastWebhookAt === null ? '' : `; last webhook ${ago(lastWebhookAt, now)}${waiting}`;
  const reasons = Object.entries(skipped).sort(([a], [b]) => (a < b ? -1 : 1));
  const told = reasons.map(([reason, people]) => `${skippedWords(reason)} (${count(people)})`).join(', ');
  const people = `${count(entries)} ${entries === 1 ? 'invitation' : 'invitations'} asked for so far${told === '' ? '' : `; skipped: ${told}`}`;
  const failing = failure === null ? '' : `; it cannot be read (${failure.code}): ${failure.message}`;
  return `${source}, ${read}${webhook}; ${people}${failing}`;
}
