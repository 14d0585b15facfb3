// Keeps a table of one's own in step with the interviews of the mirror: each change is carried over exactly once.
//
//   DATABASE_URL=postgres://analyst@host/database node docs/examples/copy-interviews.mjs
//
// The user is a member of sparkhire_reader and owns the schema `warehouse`.
import { pathToFileURL } from 'node:url';
import { changes, tableCursor } from 'sparkhire-sync/reader';

const tables = `
  create table if not exists warehouse.interviews (
    account text, uuid uuid, status text, job_title text, candidate_email text, gone boolean, primary key (account, uuid));
  create table if not exists warehouse.status_changes (
    seq bigint primary key, uuid uuid, was text, is_now text, at timestamptz);`;

// A row is copied as it is now: also after several changes of it, and for readers that begin late.
const copy = `
  insert into warehouse.interviews
  select account, uuid, status, job_title, candidate_email, deleted_at is not null from sparkhire.interviews
  where account = $1 and uuid = $2
  on conflict (account, uuid) do update set status = excluded.status, job_title = excluded.job_title,
    candidate_email = excluded.candidate_email, gone = excluded.gone`;

const note = `insert into warehouse.status_changes values ($1, $2, $3, $4, $5)`;

/** @param {{ connection: string, signal?: AbortSignal, onCommitted?: (seq: string) => void }} options */
export async function copyInterviews({ connection, signal, onCommitted }) {
  const feed = changes({
    connection,
    cursor: tableCursor('warehouse.cursors', 'interviews'),
    resources: ['interviews'],
    signal,
  });
  for await (const batch of feed.batches()) {
    await feed.commit(batch.at(-1), async (tx) => {
      await tx.query(tables);
      for (const change of batch) {
        await tx.query(copy, [change.account, change.uuid]);
        // What is told of a change is what it was then.
        if (change.after !== null && 'status' in change.after) {
          const was = change.before?.status ?? null;
          await tx.query(note, [change.seq, change.uuid, was, change.after.status, change.recordedAt]);
        }
      }
    });
    onCommitted?.(batch.at(-1).seq);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  await copyInterviews({ connection: process.env.DATABASE_URL, signal: stop.signal });
}
