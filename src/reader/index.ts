/**
 * Reading sync.changes from another program: `import { changes, tableCursor } from 'sparkhire-sync/reader'`.
 *
 * Every change comes at least once, in the order of `seq`, and none is missed: `seq` grows in the order of commits. What the
 * program does between two commits of the cursor, in the transaction of the commit, is done exactly once.
 *
 * The room reader/ is for other programs. In come a connection of theirs and where they stand; out go rows of sync.changes. It
 * writes nothing but the cursor, in a place of theirs, and imports nothing of this program.
 */
import pg from 'pg';
import type { CursorStore, Queryable } from './cursor.js';

export { CursorMovedError, type CursorStore, type Queryable, tableCursor } from './cursor.js';

/** A row of sync.changes. */
export interface Change {
  /** A whole number, as text: it may be larger than JavaScript's safe ones. */
  seq: string;
  account: string;
  /** The table of schema sparkhire, as `interviews`. */
  resource: string;
  uuid: string;
  change: 'created' | 'updated' | 'deleted' | 'restored';
  /** Columns that changed; empty for a created row. */
  changedFields: string[];
  /** The changed columns as they were; null for a created row, and where it is not told. */
  before: Record<string, unknown> | null;
  /** The changed columns as they are. */
  after: Record<string, unknown> | null;
  recordedAt: Date;
}

export interface ChangesOptions {
  /** A connection string, or the settings of a client of `pg`; of a role that may read (sparkhire_reader). */
  connection: string | Record<string, unknown>;
  /** Where the reader stands: `tableCursor(…)`, or a store of the program's own. */
  cursor: CursorStore;
  /** Where a reader begins that has no cursor yet: with the oldest change that is kept, or after the latest. */
  from?: 'oldest' | 'latest';
  /** Only of this account. */
  account?: string;
  /** Only of these resources. */
  resources?: readonly string[];
  /** Changes read at once; 500 unless given. */
  batchSize?: number;
  /** How long it waits at most for a notification before it looks again, in milliseconds; 30,000 unless given. */
  pollMs?: number;
  /** Ends the reading: the iteration is over then, without an error. */
  signal?: AbortSignal;
  /** Told of each connection that broke; it is made anew after a pause. */
  onReconnect?: (error: unknown) => void;
}

export interface ChangeFeed extends AsyncIterable<Change> {
  /** The same, as many at once as are there, at most `batchSize`. */
  batches(): AsyncIterable<Change[]>;
  /**
   * Saves the cursor: everything up to this change is done. `work` runs in the same transaction, before: both are committed, or
   * neither.
   * @throws CursorMovedError; what `work` throws; errors of the connection: then it is not known whether it was committed, and
   *   a new iteration begins where it truly stands
   */
  commit(upTo: Change, work?: (connection: Queryable) => Promise<void>): Promise<void>;
}

const firstPauseMs = 250;
const longestPauseMs = 15_000;

/** Changes from where the reader stands, and then as they come. Ends by `signal`, or by leaving the loop. */
export function changes(options: ChangesOptions): ChangeFeed {
  const { cursor, signal, batchSize = 500, pollMs = 30_000 } = options;
  const settings =
    typeof options.connection === 'string' ? { connectionString: options.connection } : options.connection;
  let client: pg.Client | null = null;
  /** What is committed, and up to where it was read. */
  let committed: string | null = null;
  let read: string | null = null;
  let isNew = true;
  let wake = () => {};

  async function connect(): Promise<pg.Client> {
    if (client !== null) return client;
    const made = new pg.Client({ application_name: 'sparkhire-sync reader', keepAlive: true, ...settings });
    const lose = (error: unknown) => {
      if (client === made) {
        client = null;
        options.onReconnect?.(error);
      }
      wake();
    };
    made.on('error', lose);
    made.on('end', () => lose(new Error('The connection ended.')));
    made.on('notification', () => wake());
    try {
      await made.connect();
      await made.query('listen sparkhire_changes');
      if (isNew) await begin(made);
    } catch (error) {
      await made.end().catch(() => {});
      throw error;
    }
    isNew = false;
    client = made;
    return made;
  }

  async function begin(on: pg.Client): Promise<void> {
    committed = await cursor.load(on);
    read = committed;
    if (read !== null || options.from !== 'latest') return;
    const { rows } = await on.query('select coalesce(max(seq), 0)::text as seq from sync.changes');
    read = (rows[0] as { seq: string }).seq;
  }

  async function next(on: pg.Client): Promise<Change[]> {
    // With what is left out in mind, so that it is not looked through again and again.
    const { rows: latest } = await on.query('select coalesce(max(seq), 0)::text as seq from sync.changes');
    const { rows } = await on.query(
      `select c.seq::text, account, resource, uuid, change, changed_fields as "changedFields", before, after,
         recorded_at as "recordedAt"
       from sync.changes c
       where c.seq > $1 and ($2::text is null or account = $2) and ($3::text[] is null or resource = any($3))
       order by c.seq limit $4`,
      [read ?? '0', options.account ?? null, options.resources ?? null, batchSize],
    );
    const last = (latest[0] as { seq: string }).seq;
    if (rows.length === 0 && BigInt(last) > BigInt(read ?? '0')) read = last;
    return rows as Change[];
  }

  /** `done` resolves with a notification, a lost connection, the end, after a while, or by `cancel`. */
  function woken(ms: number): { done: Promise<void>; cancel(): void } {
    let cancel = () => {};
    const done = new Promise<void>((resolve) => {
      const timer = setTimeout(() => cancel(), ms);
      cancel = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
        resolve();
      };
    });
    wake = cancel;
    signal?.addEventListener('abort', cancel);
    return { done, cancel };
  }

  async function* batches(): AsyncGenerator<Change[]> {
    let pauseMs = firstPauseMs;
    isNew = true;
    try {
      while (signal?.aborted !== true) {
        // Before it looks: what is committed meanwhile wakes it.
        const waiting = woken(pollMs);
        let found: Change[];
        let on: pg.Client | null = null;
        try {
          on = await connect();
          found = await next(on);
          pauseMs = firstPauseMs;
        } catch (error) {
          waiting.cancel();
          if (!isOfConnection(error)) throw error;
          // One that is not in use any more was told as it broke.
          if (on === null || on === client) options.onReconnect?.(error);
          await lost();
          await woken(pauseMs).done;
          pauseMs = Math.min(longestPauseMs, pauseMs * 2);
          continue;
        }
        if (found.length === 0) {
          await waiting.done;
          continue;
        }
        waiting.cancel();
        yield found;
        read = found.at(-1)!.seq;
      }
    } finally {
      await lost();
    }
  }

  async function lost(): Promise<void> {
    const one = client;
    client = null;
    await one?.end().catch(() => {});
  }

  return {
    batches,
    async *[Symbol.asyncIterator]() {
      for await (const batch of batches()) yield* batch;
    },
    async commit({ seq }, work) {
      const on = await connect();
      await on.query('begin');
      try {
        await work?.(on);
        await cursor.save(on, seq, committed);
        await on.query('commit');
      } catch (error) {
        await on.query('rollback').catch(() => {});
        throw error;
      }
      committed = seq;
    },
  };
}

/** A server that is away or restarts, a connection that breaks; not what a statement did wrong. */
function isOfConnection(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string };
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return /^(08|57P0|53300)/.test(code);
  return typeof code === 'string' || /connection|queryable|timeout/i.test(message ?? '');
}
