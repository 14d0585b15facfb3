/** The demo's ATS: a job, three invitations of which one is wrong, and what becomes of them. */

import type { Emulator } from '#emulators/emulator/index';
import { type Database, query } from '../../db/database.js';
import { SyncError } from '../../errors.js';
import { table } from '../../status/render/table.js';
import { type AccountWork, workOnAccount } from '../account-work.js';
import { widthOf } from '../report/terminal.js';

/** Prints one line. */
export type Say = (text?: string) => void;

export async function atsRound(where: AccountWork, emulator: Emulator, say: Say): Promise<void> {
  const { account, handle } = where;
  await insertRows(handle.db, account.name);
  say('   The ATS has written a job and three invitations. The plan, with nothing sent yet:');
  say();
  const { text, error } = await workOnAccount('plan', {}, where);
  if (error) throw failed(error.message);
  for (const line of text.trimEnd().split('\n')) say(`   ${line}`.trimEnd());
  say();
  const sentBefore = emulator.outbox.length;
  const applied = await workOnAccount('apply', {}, where);
  if (applied.error) throw failed(applied.error.message);
  say(`   Carried out: ${applied.pushed.created} created. E-mails that Spark Hire has sent:`);
  for (const mail of emulator.outbox.slice(sentBefore)) say(`   - to ${mail.to}: ${mail.subject}`);
  say();
  const again = await workOnAccount('apply', {}, where);
  say(`   Once more: ${again.pushed.created} created, and nobody is invited twice. Each row now:`);
  say();
  const rows = await query<{ ats_id: string; state: string; status: string | null; issue: string | null }>(
    handle.db,
    `select ats_id, state, status, issues -> 0 ->> 'message' as issue
     from ats.interview_sync where account = $1 order by ats_id`,
    [account.name],
  );
  const columns = [{ title: 'row' }, { title: 'state' }, { title: 'status, or why', wraps: true }];
  const cells = rows.map(({ ats_id, state, status, issue }) => [ats_id, state, status ?? issue ?? '']);
  const width = widthOf(where.invocation.stdout);
  for (const line of table(columns, cells, { width, indent: 3, titles: false })) say(line);
  say();
}

async function insertRows(db: Database, account: string): Promise<void> {
  await query(
    db,
    `insert into ats.jobs (account, ats_id, title, description, status, city, region, country)
     values ($1, 'J-1', 'Librarian, Tromsø', 'Looks after the northernmost shelves.', 'open', 'Tromsø', 'Troms', 'Norway')`,
    [account],
  );
  const invitations = [
    ['I-1', 'Kari Nilsen', 'kari.nilsen@example.com', 60],
    ['I-2', 'Ola Berg', 'ola.berg@example.com', 60],
    ['I-3', 'Siri Dahl', 'siri.dahl@example.com', 75],
  ] as const;
  for (const [id, name, email, seconds] of invitations) {
    await query(
      db,
      `insert into ats.interviews (account, ats_id, job_ats_id, candidate_name, candidate_email, type, questions, deadline_at)
       values ($1, $2, 'J-1', $3, $4, 'one_way', $5, now() + interval '10 days')`,
      [
        account,
        id,
        name,
        email,
        JSON.stringify([{ text: 'Which book would you save?', time_limit: seconds, takes: 3 }]),
      ],
    );
  }
}

function failed(message: string): SyncError {
  return new SyncError('INTERNAL', `The demo's round failed: ${message}`, {
    remedy: 'Delete the folder .data and run the demo again.',
  });
}
