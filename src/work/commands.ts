/** sync.commands: work that a command asks the owner of an account to do. */

import type { ProgressState } from '../backfill/progress-feed.js';
import { type Database, query } from '../db/database.js';

export const commandsChannel = 'sparkhire_commands';
/** An asker that gave no sign of life for so long is gone; what it asked for is not begun any more. */
const patienceSeconds = 20;

export interface AskedCommand {
  id: string;
  kind: string;
  arguments: unknown;
}

export type CommandState = 'asked' | 'running' | 'done' | 'withdrawn';

export interface CommandView {
  state: CommandState;
  progress: ProgressState | null;
  result: unknown;
}

export async function askCommand(
  db: Database,
  account: string,
  kind: string,
  args: unknown,
): Promise<string> {
  const [row] = await query<{ id: string }>(
    db,
    'insert into sync.commands (account, kind, arguments) values ($1, $2, $3) returning id',
    [account, kind, JSON.stringify(args)],
  );
  return row!.id;
}

/** What became of it; also says that the asker still waits. */
export async function followCommand(db: Database, id: string): Promise<CommandView> {
  const [row] = await query<CommandView>(
    db,
    `update sync.commands set asker_seen_at = clock_timestamp() where id = $1
     returning state, progress, result`,
    [id],
  );
  return row ?? { state: 'withdrawn', progress: null, result: null };
}

/** The asker does the work itself, or gave up. @returns false if it was finished in the meantime */
export async function withdrawCommand(db: Database, id: string): Promise<boolean> {
  const rows = await query(
    db,
    `update sync.commands set state = 'withdrawn', finished_at = clock_timestamp()
     where id = $1 and state in ('asked', 'running') returning id`,
    [id],
  );
  return rows.length > 0;
}

/** Asks whoever works on it to stop. */
export async function cancelCommand(db: Database, id: string): Promise<void> {
  await query(db, 'update sync.commands set cancel = true where id = $1', [id]);
}

/** The commands of an account that wait for its owner; those a dead owner had begun are begun anew. */
export async function openCommands(db: Database, account: string): Promise<AskedCommand[]> {
  return query<AskedCommand>(
    db,
    `select id, kind, arguments from sync.commands
     where account = $1 and state in ('asked', 'running') and not cancel
       and asker_seen_at > clock_timestamp() - $2 * interval '1 second'
     order by id`,
    [account, patienceSeconds],
  );
}

/** @returns false if it was withdrawn meanwhile */
export async function beginCommand(db: Database, id: string): Promise<boolean> {
  const rows = await query(
    db,
    `update sync.commands set state = 'running', started_at = clock_timestamp()
     where id = $1 and state in ('asked', 'running') returning id`,
    [id],
  );
  return rows.length > 0;
}

/** @returns whether it is to be stopped */
export async function tellProgress(db: Database, id: string, progress: ProgressState): Promise<boolean> {
  const [row] = await query<{ stop: boolean }>(
    db,
    `update sync.commands set progress = $2 where id = $1 returning cancel or state <> 'running' as stop`,
    [id, JSON.stringify(progress)],
  );
  return row?.stop ?? true;
}

export async function finishCommand(db: Database, id: string, result: unknown): Promise<void> {
  await query(
    db,
    `update sync.commands set state = 'done', result = $2, finished_at = clock_timestamp()
     where id = $1 and state = 'running'`,
    [id, JSON.stringify(result)],
  );
}
