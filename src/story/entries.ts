/** Entries into stages of a connected ATS: why a row was written for one, or nobody invited. */
import { type Database, query } from '../db/database.js';
import type { StorySubject, Subject } from './subject.js';

/** Kinds of connectors: the index of entries begins with account and kind. */
const connectors = ['greenhouse', 'ashby', 'workable', 'lever', 'sql'] as const;

/** How an entry is called that has no row. */
export const entries = 'entries';

export interface Entry {
  account: string;
  source: string;
  entry_id: string;
  application_id: string;
  candidate_id: string | null;
  /** Of one that has a row. */
  ats_id: string | null;
  stage: string | null;
  package: string | null;
  entered_at: string | null;
  seen_at: string;
  /** Why nobody was invited; null: a row was written. */
  reason: string | null;
  message: string | null;
}

/** Of one kind: nobody reads a longer story. */
const most = 100;

/**
 * Entries by their own identifiers, by the application's, by the candidate's, and by their address.
 * @param keys as in `777`, or `gh-777`: a row has that with two letters before it
 */
export async function entriesOf(
  db: Database,
  accounts: readonly string[],
  asked: string,
  keys: readonly string[],
): Promise<Subject[]> {
  const ids = keys.flatMap((key) => (/^[a-z]{2}-./.test(key) ? [key, key.slice(3)] : [key]));
  const byKey = (table: string) => `select account, entry_id from sync.${table}
    where account = any($1) and source = any($3) and entry_id = any($2)`;
  const skipped = (where: string) =>
    `(select account, entry_id from sync.ats_skipped where account = any($1) and ${where} order by seen_at desc limit ${most})`;
  const rows = await query<{ account: string; entry_id: string }>(
    db,
    [
      byKey('ats_skipped'),
      byKey('ats_entries'),
      skipped('application_id = $4'),
      skipped('candidate_id = $4'),
      ...(asked.includes('@') ? [skipped('address = sync.address_mark($4)')] : []),
    ].join(' union '),
    [accounts, ids, [...connectors], asked],
  );
  return rows.map(({ account, entry_id: atsId }) => ({ account, resource: entries, atsId, uuid: null }));
}

/** The entries of rows, and those that have none. A row's is in what its connector wrote beside it. */
export async function readEntries(db: Database, subjects: readonly Subject[]): Promise<Entry[]> {
  const ofRows = subjects.flatMap(({ account, resource, atsId }) =>
    resource === 'interviews' && atsId !== null && /^[a-z]{2}-./.test(atsId)
      ? [{ account, entryId: atsId.slice(3), atsId }]
      : [],
  );
  const known = new Set(ofRows.map(({ account, entryId }) => `${account}\0${entryId}`));
  const all = [
    ...ofRows,
    ...subjects.flatMap(({ account, resource, atsId }) =>
      resource === entries && !known.has(`${account}\0${atsId}`)
        ? [{ account, entryId: atsId!, atsId: null }]
        : [],
    ),
  ];
  if (all.length === 0) return [];
  return query<Entry>(
    db,
    `select k.account, k.ats_id, e.* from unnest($1::text[], $2::text[], $3::text[]) as k(account, entry_id, ats_id)
     cross join lateral (
       select source, entry_id, application_id, null as candidate_id, stage, package, to_jsonb(entered_at) as entered_at,
         to_jsonb(seen_at) as seen_at, null as reason, null as message from sync.ats_entries
       where account = k.account and source = any($4) and entry_id = k.entry_id
       union all
       select source, entry_id, application_id, candidate_id, null, null, null, to_jsonb(seen_at), reason, message
       from sync.ats_skipped where account = k.account and source = any($4) and entry_id = k.entry_id) e`,
    [
      all.map((one) => one.account),
      all.map((one) => one.entryId),
      all.map((one) => one.atsId),
      [...connectors],
    ],
  );
}

const itself = 'Nothing: ';
const remedies: Readonly<Record<string, string>> = {
  before_from:
    'Move them out of the stage and in again in the ATS, or set `from` in the settings to an earlier time.',
  prospect: `${itself}who applies for a job and enters its stage is invited.`,
  not_active: 'Reopen the application in the ATS, if they are to be invited.',
  unread: `${itself}they are asked for again within half an hour. If it goes on, open the application in the ATS.`,
  left_stage: 'Move them into the stage again in the ATS, if they are to be invited.',
  confidential_job: 'Let the credential see the job in the ATS, or set `include.confidential`.',
  private: 'Let the credential see the candidate in the ATS, or set `include.private`.',
  anonymized: `${itself}the ATS has no name of them any more.`,
  may_not_email:
    'Put down in the ATS that they agreed to get e-mail; they are looked at again within half an hour.',
  no_email: 'Add their address in the ATS; they are looked at again within half an hour.',
  forgotten: 'Nothing, unless that is to end: `sparkhire-sync forget EMAIL --lift`.',
  already_invited: 'Nothing, unless whoever comes back is to be invited again: `reentry: invite`.',
  interview_pending: `${itself}they are invited once that interview has ended, if they stand in the stage then.`,
  unmapped_package: 'Add the package to `packages` in the settings, or name another one in the trigger.',
  draft_job: `${itself}they are invited once the job is open in the ATS.`,
  another_writer: 'Let one program alone write the rows of ats.jobs and ats.interviews with these keys.',
};

/** An entry without a row, as a story shows it. */
export function subjectOf(entry: Entry): StorySubject {
  const { source, entry_id: atsId, application_id, candidate_id, reason, message } = entry;
  const subject = {
    resource: entries,
    ats_id: atsId,
    uuid: null,
    name: null,
    state: null,
    status: null,
    entry: { source, application_id, candidate_id },
  };
  if (reason === null)
    return { ...subject, summary: 'A row was written for it, and is gone from ats.interviews.', causes: [] };
  const remedy = remedies[reason] ?? "See the connector's page of the documentation.";
  return {
    ...subject,
    summary: 'Not invited.',
    causes: [
      {
        code: reason,
        root: { resource: entries, ats_id: atsId, name: null, field: null, conflict: null },
        message: `${reason}: ${message}`,
        remedy,
        waits_for: remedy.startsWith(itself) ? 'itself' : 'person',
      },
    ],
  };
}
