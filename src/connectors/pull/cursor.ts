/** sync.ats_cursors: how far an ATS was read, and why the last reading failed. */
import { byThemselves, type Database, query, type Statements } from '../../db/database.js';
import { messageOf, SyncError } from '../../errors.js';
import type { AskedWait } from '../http.js';

/** Times are ISO texts: it is kept as JSON. */
export interface Position {
  /** Since when entries count, of each trigger that was met with `from: now`. */
  since: Record<string, string>;
  /** What the settings were when all who stand in their stages were last looked at. */
  surveyed: string | null;
  /** The packages of the settings as they were written. */
  packages: string | null;
  aheadMs: number;
  /** Up to when changes of other objects were read. */
  turns: Record<string, string>;
  /** Where that is earlier than when they were looked at: since when nothing at all was shown. */
  turnsFrom: Record<string, string>;
  /** What the ATS gave to go on from, where it has marks of its own. */
  marks: Record<string, string>;
  /** Whether the last reading was shown nothing, and did not ask whether it is shown anything. */
  unproven: boolean;
  /** Stages that the last window met: they are met again in its overlap. */
  stages: Record<
    string,
    { name: string; sharedId?: string | undefined; jobId: string; jobTitle: string | null; at: string }
  >;
  /** Applications that could not be read when they were last asked for, though others could. */
  unread: Unread[];
  /** Since when applications were not shown, of those that were not when they were last asked for. */
  absent: Record<string, string>;
  unshown: Unshown[];
  /** Who is not invited since the application had ended: it may become active again. */
  ended: Unshown[];
  blocked: Blocked[];
  /** Of rows that wait, the last that was read again, where there are others. */
  waitingAfter: string | null;
  /** Triggers of the settings that no job had when the stages were last looked at, in words. */
  unmatched: string[];
}

/** Who was listed, and not shown when asked for. */
export interface Unshown {
  /** null where it is not known by which entry. */
  entry: string | null;
  application: string;
  /** ISO. */
  since: string;
}

export interface Unread {
  application: string;
  /** What kept it from being read. */
  why: string;
  /** When that began and was met last, in ISO. */
  since: string;
  at: string;
}

/** Who waits for the end of another interview. */
export interface Blocked {
  entry: string;
  application: string;
  /** The key of its row. */
  by: string;
  /** Only if that is taken back before it leaves. */
  ifTakenBack: boolean;
}

export interface Cursor {
  readUntil: Date | null;
  position: Position;
}

const nothing: Position = {
  since: {},
  surveyed: null,
  packages: null,
  aheadMs: 0,
  turns: {},
  turnsFrom: {},
  marks: {},
  unproven: false,
  stages: {},
  absent: {},
  unshown: [],
  unread: [],
  ended: [],
  blocked: [],
  waitingAfter: null,
  unmatched: [],
};

export async function readCursor(db: Database, account: string, source: string): Promise<Cursor> {
  const [row] = await query<{ readUntil: Date | null; position: Partial<Position> }>(
    db,
    'select read_until as "readUntil", position from sync.ats_cursors where account = $1 and source = $2',
    [account, source],
  );
  return { readUntil: row?.readUntil ?? null, position: { ...nothing, ...row?.position } };
}

export async function saveCursor(
  at: Statements,
  account: string,
  source: string,
  { readUntil, position }: Cursor,
): Promise<void> {
  await at.query(
    `insert into sync.ats_cursors (account, source, read_until, position) values ($1, $2, $3, $4)
     on conflict (account, source) do update set read_until = excluded.read_until, position = excluded.position,
       failure = null, updated_at = clock_timestamp()`,
    [account, source, readUntil, JSON.stringify(position)],
  );
}

/** That alone: not how far it was read. */
export async function saveEnded(
  at: Statements,
  account: string,
  source: string,
  ended: Position['ended'],
): Promise<void> {
  await at.query(
    `update sync.ats_cursors set position = jsonb_set(position, '{ended}', $3::jsonb) where account = $1 and source = $2`,
    [account, source, JSON.stringify(ended)],
  );
}

/** A long wait that the ATS asked for, by the clock of the database. */
export function askedWait(db: Database, account: string, source: string): AskedWait {
  return {
    async left() {
      const [row] = await query<{ ms: number }>(
        db,
        `select extract(epoch from wait_until - clock_timestamp())::float8 * 1000 as ms from sync.ats_cursors
         where account = $1 and source = $2 and wait_until > clock_timestamp()`,
        [account, source],
      );
      return row?.ms ?? 0;
    },
    async ask(ms) {
      await byThemselves(db).query(
        `insert into sync.ats_cursors (account, source, wait_until)
         values ($1, $2, clock_timestamp() + $3 * interval '1 ms')
         on conflict (account, source) do update set wait_until = excluded.wait_until`,
        [account, source, ms],
      );
    },
  };
}

/** Why the last reading failed. */
export interface ReadingFailure {
  code: string;
  message: string;
  remedy: string | null;
  /** Since when all of them have, in ISO. */
  since: string;
}

/** null: the last one did not. */
export async function readFailure(
  db: Database,
  account: string,
  source: string,
): Promise<ReadingFailure | null> {
  const [row] = await query<{ failure: ReadingFailure | null }>(
    db,
    'select failure from sync.ats_cursors where account = $1 and source = $2',
    [account, source],
  );
  return row?.failure ?? null;
}

export async function noteFailure(
  db: Database,
  account: string,
  source: string,
  error: unknown,
): Promise<void> {
  const coded = error instanceof SyncError ? error : null;
  const failure = {
    code: coded?.code ?? 'INTERNAL',
    message: messageOf(error),
    remedy: coded?.remedy ?? null,
  };
  await query(
    db,
    `insert into sync.ats_cursors as c (account, source, failure)
     values ($1, $2, $3::jsonb || jsonb_build_object('since', to_jsonb(clock_timestamp())))
     on conflict (account, source) do update set updated_at = clock_timestamp(),
       failure = excluded.failure || jsonb_build_object('since', coalesce(c.failure -> 'since', excluded.failure -> 'since'))`,
    [account, source, JSON.stringify(failure)],
  );
}
