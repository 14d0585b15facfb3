/**
 * Results written into Greenhouse: a note on the application, a custom field of it, or a move to another stage.
 *
 * A note can neither be changed nor taken back, and Greenhouse knows no key that would keep it from being written twice: so
 * the notes of an application are looked through for the marker before one is sent, and after one whose answer was lost.
 * A move says from where: Greenhouse refuses it where the application stands somewhere else by then.
 */
import { z } from 'zod';
import type { Clock } from '../../clock.js';
import { SyncError } from '../../errors.js';
import type { Entry, Found, Result, Stage, Write, Writer } from '../connector.js';
import { id, idOrNull, textOrNull } from '../decoded.js';
import { foldName } from '../pull/triggers.js';
import { type Failures, foundOf } from '../write-back/look-at-each.js';
import type { Each, GreenhouseClient } from './client.js';
import type { FieldProofs } from './field-proof.js';
import { noteAuthors } from './note-author.js';
import { activeStatuses, entrySchema } from './read-applications.js';
import { readStagesOfJobs } from './read-jobs.js';
import { send } from './send.js';
import type { GreenhouseSettings } from './settings.js';
import { fieldWriter } from './write-field.js';

const applicationSchema = z.object({
  id,
  candidate_id: id,
  job_id: idOrNull,
  status: z.string(),
  recruiter_id: idOrNull,
  custom_fields: z.unknown(),
});
type ApplicationRow = z.output<typeof applicationSchema>;

const noteSchema = z.object({ id, application_id: idOrNull, body: textOrNull });

type Seen = <T extends { size: number }>(found: T, asked: number, signal: AbortSignal) => Promise<T>;

export interface GreenhouseWriterOptions {
  client: GreenhouseClient;
  settings: GreenhouseSettings;
  proofs: FieldProofs;
  clock: Clock;
  /** Throws where nothing at all is shown, since that is no news of what was asked for. */
  seen: Seen;
}

export function greenhouseWriter({ client, settings, proofs, clock, seen }: GreenhouseWriterOptions): Writer {
  const author = noteAuthors(client, settings.subject);

  async function applicationsOf(ids: readonly string[], failed: Failures, signal: AbortSignal) {
    const read = await client.each('/applications', applicationSchema, 'ids', ids, signal);
    for (const [id, failure] of read.failed) failed.set(id, failure);
    return seen(new Map(read.rows.map((row) => [row.id, row])), ids.length, signal);
  }

  async function lookForNotes(
    results: readonly Result[],
    applications: Map<string, ApplicationRow>,
    failed: Failures,
    signal: AbortSignal,
  ): Promise<Array<[string, Found]>> {
    const ids = results.map(({ applicationId }) => applicationId).filter((one) => applications.has(one));
    const read = await client.each('/notes', noteSchema, 'application_ids', ids, signal);
    noteOf(read.failed, results, failed);
    const notes = read.rows;
    const isDoubtful =
      notes.length === 0 && results.some(({ isLost }) => isLost) && !(await showsNotes(client, signal));
    const absent = results.filter(({ marker }) => !notes.some(({ body }) => body?.includes(marker)));
    const unwritten = absent.flatMap(({ applicationId }) => applications.get(applicationId) ?? []);
    const authorOf = await author(unwritten, signal);
    const found: Array<[string, Found]> = [];
    for (const result of results) {
      const application = applications.get(result.applicationId);
      const note = notes.find(({ body }) => body?.includes(result.marker));
      if (note !== undefined) found.push([result.marker, { is: 'there', reference: note.id }]);
      else if (application === undefined) found.push([result.marker, { is: 'missing' }]);
      else {
        const write = noteWrite(result, application, authorOf(application));
        found.push([result.marker, { is: 'absent', write, isDoubtful }]);
      }
    }
    return found;
  }

  function noteWrite(result: Result, application: ApplicationRow, author: string | null): Write {
    return async (leaving, signal) => {
      const sent = await send(
        client,
        'POST',
        '/notes',
        {
          candidate_id: Number(application.candidate_id),
          application_id: Number(application.id),
          ...(author === null ? {} : { user_id: Number(author) }),
          body: result.text,
          visibility: settings.writeBack.visibility,
          note_type: 'NOTE',
        },
        leaving,
        signal,
      );
      if (sent.outcome !== 'refused' || author !== null) return sent;
      // Not for what it says, then: it would be refused whatever that is.
      throw new SyncError('ATS_FORBIDDEN', `No Greenhouse user is known to write notes as. ${sent.reason}`, {
        remedy: 'Set `ats.subject` to the number of the Greenhouse user whom the notes are to be from.',
      });
    };
  }

  async function lookForMoves(
    results: readonly Result[],
    applications: Map<string, ApplicationRow>,
    failed: Failures,
    signal: AbortSignal,
  ): Promise<Array<[string, Found]>> {
    const known = results.flatMap(({ applicationId }) => applications.get(applicationId) ?? []);
    const jobs = known.flatMap(({ job_id }) => job_id ?? []);
    const stages = await readStagesOfJobs(client, jobs, signal);
    const standing = new Map<string, Entry>();
    const ids = known.map((row) => row.id);
    const read = await client.each('/application_stages', entrySchema, 'application_ids', ids, signal, {
      parameters: { current: true },
    });
    noteOf(read.failed, results, failed);
    for (const entry of read.rows) if (entry.isCurrent) standing.set(entry.applicationId, entry);
    return results.map((result) => {
      const application = applications.get(result.applicationId);
      if (application === undefined) return [result.marker, { is: 'missing' }];
      return [result.marker, judgeMove(result, application, standing.get(application.id) ?? null, stages)];
    });
  }

  function judgeMove(
    result: Result,
    application: ApplicationRow,
    standing: Entry | null,
    stages: readonly Stage[],
  ): Found {
    const theirs = stages.filter(({ jobId, isActive }) => isActive && jobId === application.job_id);
    const target = theirs.find(({ id: stageId, name }) => isCalled(result.target, stageId, name));
    if (target === undefined) return { is: 'overtaken', reason: `its job has no stage “${result.target}”` };
    if (standing?.stageId === target.id) return { is: 'there', reference: standing.id };
    // What it would enter would be a trigger: people would be invited by our own doing.
    if (settings.triggers.some(({ stage }) => isCalled(stage, target.id, target.name)))
      return { is: 'overtaken', reason: `people are invited because of the stage “${result.target}”` };
    if (!activeStatuses.has(application.status))
      return { is: 'overtaken', reason: 'the application has ended' };
    const stage = stages.find((one) => one.id === standing?.stageId);
    const isOurs = result.ownStages.some((own) => isCalled(own, stage?.id ?? '', stage?.name ?? ''));
    if (standing === null || (standing.id !== result.entryId && !isOurs))
      return { is: 'overtaken', reason: 'somebody moved the application to another stage meanwhile' };
    return { is: 'absent', write: moveWrite(application.id, standing, target.id), isDoubtful: false };
  }

  /** Sources differ on whose id `from_stage_id` is: what is refused did nothing. */
  function moveWrite(applicationId: string, standing: Entry, to: string): Write {
    const path = `/applications/${applicationId}/move`;
    const from = (stage: string) => ({ from_stage_id: Number(stage), to_stage_id: Number(to) });
    return async (leaving, signal) => {
      const sent = await send(client, 'POST', path, from(standing.id), leaving, signal);
      return sent.outcome === 'refused'
        ? send(client, 'POST', path, from(standing.stageId), leaving, signal)
        : sent;
    };
  }

  const fields = fieldWriter(client, proofs, clock, async (application, signal) => {
    const failed: Failures = new Map();
    const row = (await applicationsOf([application], failed, signal)).get(application);
    const failure = failed.get(application);
    if (failure) throw failure;
    return row === undefined ? undefined : (row.custom_fields ?? {});
  });

  return {
    async look(results, signal) {
      const ids = [...new Set(results.map(({ applicationId }) => applicationId).filter((one) => one !== ''))];
      const failed: Failures = new Map();
      const applications = await applicationsOf(ids, failed, signal);
      const notes = results.filter(({ kind }) => kind === 'note');
      const changes = results.filter(({ kind }) => kind === 'field');
      const shown = new Map([...applications].map(([key, row]) => [key, row.custom_fields ?? {}]));
      const moves = results.filter(({ kind }) => kind === 'move');
      const found = new Map([
        ...(notes.length === 0 ? [] : await lookForNotes(notes, applications, failed, signal)),
        ...(changes.length === 0 ? [] : await fields.look(changes, shown, signal)),
        ...(moves.length === 0 ? [] : await lookForMoves(moves, applications, failed, signal)),
      ]);
      return foundOf(results, ({ marker }) => found.get(marker) ?? null, failed);
    },
  };
}

const isCalled = (wanted: string, stageId: string, name: string) =>
  wanted === stageId || foldName(wanted) === foldName(name);

/** Of the results of these applications. */
function noteOf(failures: Each<unknown>['failed'], results: readonly Result[], failed: Failures): void {
  for (const { applicationId, marker } of results) {
    const failure = failures.get(applicationId);
    if (failure !== undefined) failed.set(marker, failure);
  }
}

async function showsNotes(client: GreenhouseClient, signal: AbortSignal): Promise<boolean> {
  for await (const page of client.list('/notes', noteSchema, {}, signal)) return page.length > 0;
  return false;
}
