/**
 * Results written into Ashby: a note on the candidate, or a move to another stage.
 *
 * Ashby takes the same note twice, and shows a candidate's notes: they are looked through for the marker before one is sent,
 * and after one whose answer was lost. A move does not say from where: where the application stands is looked at just before.
 */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import type { Found, Result, Sent, Write, Writer } from '../connector.js';
import { textOrNull } from '../decoded.js';
import { LostWrite } from '../http.js';
import { foldName } from '../pull/triggers.js';
import { lookAtEach } from '../write-back/look-at-each.js';
import { type AshbyClient, id } from './client.js';
import { type ApplicationRow, applicationOf, applicationSchema } from './read-applications.js';
import { type PlanStage, readPlan, readPlanOf } from './read-jobs.js';
import type { AshbySettings } from './settings.js';

const noteSchema = z.object({ id, content: textOrNull });
type Note = z.output<typeof noteSchema>;
const madeSchema = z.object({ id });

export interface AshbyWriterOptions {
  client: AshbyClient;
  settings: AshbySettings;
  /** Throws where nothing at all is shown, since that is no news of what was asked for. */
  prove(signal: AbortSignal): Promise<void>;
}

export function ashbyWriter({ client, settings, prove }: AshbyWriterOptions): Writer {
  const application = (applicationId: string, signal: AbortSignal) =>
    client.info('application.info', applicationSchema, { applicationId }, signal);

  async function send(
    endpoint: string,
    body: object,
    leaving: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<Sent> {
    try {
      const made = madeSchema.safeParse(await client.write(endpoint, body, signal, leaving), {
        jitless: true,
      });
      return { outcome: 'done', reference: made.success ? made.data.id : null };
    } catch (error) {
      if (error instanceof LostWrite) return { outcome: 'unknown' };
      if (error instanceof SyncError && error.code === 'ATS_REQUEST_REFUSED')
        return { outcome: 'refused', reason: error.message };
      throw error;
    }
  }

  function noteOf(result: Result, { candidate }: ApplicationRow, notes: readonly Note[]): Found {
    const there = notes.find(({ content }) => content?.includes(result.marker));
    if (there !== undefined) return { is: 'there', reference: there.id };
    const note = { type: 'text/plain', value: result.text };
    const body = { candidateId: candidate.id, note, sendNotifications: false };
    const write: Write = (leaving, signal) => send('candidate.createNote', body, leaving, signal);
    return { is: 'absent', write, isDoubtful: false };
  }

  function moveOf(result: Result, row: ApplicationRow, plan: readonly PlanStage[]): Found {
    const target = plan.find((stage) => isCalled(result.target, stage));
    if (target === undefined) return { is: 'overtaken', reason: `its job has no stage “${result.target}”` };
    if (row.currentInterviewStage?.id === target.id) return { is: 'there', reference: target.id };
    // What it would enter would be a trigger: people would be invited by our own doing.
    if (settings.triggers.some(({ stage }) => isCalled(stage, target)))
      return { is: 'overtaken', reason: `people are invited because of the stage “${result.target}”` };
    if (target.type === 'Archived')
      return {
        is: 'overtaken',
        reason: 'Ashby archives an application for a reason only, which a person has to give',
      };
    const judged = (now: ApplicationRow): string | null => {
      const { isActive, entries } = applicationOf(now);
      if (!isActive) return 'the application has ended';
      const standing = entries.find(({ isCurrent }) => isCurrent);
      const stage = plan.find((one) => one.id === now.currentInterviewStage?.id);
      const isOurs = stage !== undefined && result.ownStages.some((own) => isCalled(own, stage));
      if (standing?.id === result.entryId || isOurs) return null;
      return 'somebody moved the application to another stage meanwhile';
    };
    const reason = judged(row);
    if (reason !== null) return { is: 'overtaken', reason };
    const write: Write = async (leaving, signal) => {
      const now = await application(row.id, signal);
      const late = now === null ? 'Ashby does not have it any more' : judged(now);
      if (late !== null) return { outcome: 'refused', reason: late };
      const body = { applicationId: row.id, interviewStageId: target.id };
      return send('application.changeStage', body, leaving, signal);
    };
    return { is: 'absent', write, isDoubtful: false };
  }

  return {
    async look(results, signal) {
      const read = (id: string) => application(id, signal);
      const notes = once(async (candidateId: string) => {
        return (await client.list('candidate.listNotes', noteSchema, { candidateId }, signal)).rows;
      });
      const plans = once((planId: string) => readPlan(client, planId, signal));
      return lookAtEach(
        results,
        read,
        () => prove(signal),
        async (result, row): Promise<Found> => {
          if (result.kind === 'note') return noteOf(result, row, await notes(row.candidate.id));
          if (result.kind !== 'move') return { is: 'overtaken', reason: 'Ashby has no such field' };
          const planId =
            row.currentInterviewStage?.interviewPlanId ?? (await readPlanOf(client, row.job.id, signal));
          return moveOf(result, row, planId === null ? [] : await plans(planId));
        },
      );
    },
  };
}

const isCalled = (wanted: string, stage: PlanStage) =>
  wanted === stage.id || foldName(wanted) === foldName(stage.title);

/** Asked once for each key. */
function once<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const before = known.get(key) ?? ask(key);
    known.set(key, before);
    return before;
  };
}
