/**
 * Any ATS that somebody replicates into this database: a view or query of entries into stages.
 *
 * It is not read by windows of time: a loader brings late what happened long ago, hours or two days after. A round asks for
 * what differs from what is known: entries without a row, rows whose entry was left, jobs that say something else. That
 * is one statement, and its answer serves the rest of the round. What the view does not have says nothing: a loader that
 * makes a table anew leaves it empty for a moment.
 */
import { query } from '../../db/database.js';
import type { Application, Connector, ConnectorOptions, Job, Stage, Window } from '../connector.js';
import { checkSql } from './check.js';
import { applicationOf, entryOf, jobOf, type StageRow, stageIdOf, stageOf, userOf } from './decode.js';
import { sqlReader } from './reader.js';
import type { SqlSettings } from './settings.js';
import { coarseNames, type EntryRow, type JobRow, type RoundRow } from './statements.js';

/** Entries that were over before they were read are told, if that was in the last days. */
const pastMs = 7 * 86_400_000;

export function sql({ db, account, settings, clock }: ConnectorOptions<SqlSettings>): Connector {
  const reader = sqlReader(db, account, settings, clock);
  const wanted = settings.triggers.map(({ stage }) => stage);
  /** Of the last round: rows of applications that were not asked for yet, stages, jobs. */
  let round = emptyRound();

  /** Takes the rows over; entries are answered once each. */
  function take(rows: readonly EntryRow[]): void {
    for (const row of rows) {
      round.applications.set(row.application_id, [
        ...(round.applications.get(row.application_id) ?? []),
        row,
      ]);
      round.stages.set(stageIdOf(row), stageOf(row));
      if (row.job_id !== null) round.jobIds.add(row.job_id);
    }
    const twice = rows.filter(({ copies }) => copies > 1);
    if (twice.length > 0) {
      round.notes.push(
        `${twice.length} ${twice.length === 1 ? 'entry_id stands' : 'entry_ids stand'} in several rows of stage_entries; the first by entered_at counts. An entry_id is to name one entry.`,
      );
    }
  }

  return {
    kind: 'sql',
    prefix: 'sq',
    title: 'stage_entries',
    missingSaysNothing: true,
    requests: reader.statements,
    aheadMs: reader.aheadMs,
    check: (signal) => checkSql(reader, account, settings, signal),

    async stages(signal) {
      const rows = await reader.read<StageRow>((all) => all.stages, [account], signal);
      return rows.map(stageOf);
    },

    stagesOf: async (ids) => ids.flatMap((id) => round.stages.get(id) ?? []),

    async *entries({ from, to }: Window, signal) {
      round = emptyRound();
      const since = new Date(from.getTime() - pastMs);
      const until = settings.lagSeconds > 0 ? to : null;
      const values = [
        account,
        coarseNames(wanted),
        wanted,
        since,
        until,
        settings.onLeave === 'cancel',
        settings.jobs === 'open',
      ];
      const rows = await reader.read<RoundRow>((all) => all.round, values, signal);
      for (const { is_job, job_id } of rows) if (is_job) round.changedJobs.add(job_id!);
      const entered = rows.filter(({ is_new, is_left }) => is_new || is_left);
      take(entered);
      yield entered.map((row) => ({ ...entryOf(row), isAgain: row.is_again }));
    },

    async *standing(stageIds, signal) {
      round = emptyRound();
      if (stageIds.length === 0) return;
      const rows = await reader.read<EntryRow>((all) => all.standing, [account, stageIds], signal);
      take(rows);
      yield rows.map(entryOf);
    },

    async applications(ids, signal) {
      const found = new Map<string, Application>();
      for (const id of ids) {
        const rows = round.applications.get(id);
        if (rows === undefined) continue;
        // Once each: whoever asks later asks for how it is then.
        round.applications.delete(id);
        found.set(id, applicationOf(rows));
      }
      const others = ids.filter((id) => !found.has(id));
      if (others.length === 0) return found;
      const rows = await reader.read<EntryRow>((all) => all.applications, [account, others], signal);
      const grouped = new Map<string, EntryRow[]>();
      for (const row of rows)
        grouped.set(row.application_id, [...(grouped.get(row.application_id) ?? []), row]);
      for (const [id, theirs] of grouped) found.set(id, applicationOf(theirs));
      return found;
    },

    async jobs(ids, signal) {
      const asked = ids === 'open' ? null : ids;
      if (asked === null || asked.some((id) => !round.jobs.has(id))) {
        // With them those of the whole round: a statement for each batch of people would read the view again and again.
        const all = asked === null ? null : [...new Set([...asked, ...round.jobIds])];
        const rows = await reader.read<JobRow>((each) => each.jobs, [account, all], signal);
        if (asked === null) return new Map(rows.map((row) => [row.job_id, jobOf(row)]));
        for (const row of rows) round.jobs.set(row.job_id, jobOf(row));
      }
      return new Map(asked.flatMap((id) => (round.jobs.has(id) ? [[id, round.jobs.get(id)!]] : [])));
    },

    // All that is known of somebody is the address.
    // Asked for by the key of the row that has the address, where there is one.
    async users(ids) {
      const rows = await query<{ id: string; email: string }>(
        db,
        'select ats_id as id, email from ats.users where account = $1 and ats_id = any($2) and email is not null',
        [account, ids],
      );
      const addresses = new Map(rows.map(({ id, email }) => [id, email]));
      return new Map(ids.map((id) => [id, { ...userOf(addresses.get(id) ?? id), id }]));
    },

    // A round has told of every application already.
    changed: async (what) => (what === 'jobs' ? [...round.changedJobs] : []),

    notes: () => round.notes.splice(0),
    close: async () => {},
  };
}

function emptyRound() {
  return {
    applications: new Map<string, EntryRow[]>(),
    stages: new Map<string, Stage>(),
    jobIds: new Set<string>(),
    jobs: new Map<string, Job>(),
    changedJobs: new Set<string>(),
    notes: [] as string[],
  };
}
