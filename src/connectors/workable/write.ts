/**
 * Results written into Workable: a comment on the candidate, or a move to another stage.
 *
 * A comment can neither be changed nor taken back, and Workable knows no key that would keep it from being written twice: so
 * the activities of the candidate are looked through for the marker before one is sent, and after one whose answer was lost.
 */
import { SyncError } from '../../errors.js';
import type { Found, Result, Write, Writer } from '../connector.js';
import { foldName, triggerOf } from '../pull/triggers.js';
import { lookAtEach } from '../write-back/look-at-each.js';
import { memberOf } from './check.js';
import type { WorkableClient } from './client.js';
import { type Activity, activitySchema, type History, historyOf } from './history.js';
import { type CandidateRow, candidateSchema } from './read-candidates.js';
import { type PipelineStage, readMembers, readPipeline, stageOfJob } from './read-jobs.js';
import type { WorkableSettings } from './settings.js';

interface Looked {
  candidate: CandidateRow;
  activities: Activity[];
  history: History;
}

/** @param prove throws where nothing at all is shown, since that is no news of what was asked for */
export function workableWriter(
  client: WorkableClient,
  settings: WorkableSettings,
  prove: (signal: AbortSignal) => Promise<void>,
): Writer {
  /** The member of the settings, whose id may have to be found by an address. */
  let writer: string | null = null;

  async function lookAt(candidateId: string, signal: AbortSignal): Promise<Looked | null> {
    const path = `/candidates/${encodeURIComponent(candidateId)}`;
    const candidate = await client.one(path, 'candidate', candidateSchema, signal);
    if (candidate === null) return null;
    const activities = await client.listOf(`${path}/activities`, 'activities', activitySchema, signal);
    if (activities === null) return null;
    const standing = { id: candidate.id, job: candidate.job ?? null, stage: candidate.stage };
    return { candidate, activities, history: historyOf(standing, activities) };
  }

  async function nameWriter(signal: AbortSignal): Promise<void> {
    const { memberId } = settings;
    if (memberId === null || writer !== null) return;
    const member = memberId.includes('@')
      ? memberOf(memberId, await readMembers(client, signal))
      : { id: memberId };
    if (member === undefined)
      throw new SyncError(
        'ATS_REQUEST_REFUSED',
        'Workable has no member with the address of `ats.memberId`.',
        {
          remedy: 'Set `ats.memberId` to the id or the e-mail address of a member who is active.',
        },
      );
    writer = member.id;
  }

  /** Whoever moved the candidate into the stage speaks for this program, unless the settings name somebody. */
  function memberFor({ history: { steps } }: Looked, entryId: string): string | null {
    const step = steps.find(({ entry }) => entry.id === entryId) ?? steps.at(-1);
    return writer ?? step?.member ?? steps.findLast(({ member }) => member !== null)?.member ?? null;
  }

  function post(path: string, member: string | null, body: object): Write {
    return async (leaving, signal) => {
      const named = member === null ? {} : { member_id: member };
      const sent = await client.write('POST', path, { ...named, ...body }, signal, leaving);
      // Not for what it says, then: it would be refused whatever that is.
      if (sent.outcome !== 'refused' || writer !== null || sent.reason.includes('(404)')) return sent;
      throw new SyncError('ATS_FORBIDDEN', `No Workable member is known to write as. ${sent.reason}`, {
        remedy:
          'Set `ats.memberId` to the id or the e-mail address of the member whom comments are to be from.',
      });
    };
  }

  function lookForComment(result: Result, looked: Looked): Found {
    const { activities, candidate } = looked;
    const comment = activities.find(
      ({ action, body }) => action === 'comment' && body?.includes(result.marker),
    );
    if (comment !== undefined) return { is: 'there', reference: comment.id };
    const path = `/candidates/${encodeURIComponent(candidate.id)}/comments`;
    const write = post(path, memberFor(looked, result.entryId), { comment: { body: result.text } });
    return { is: 'absent', write, isDoubtful: false };
  }

  function judgeMove(result: Result, looked: Looked, pipeline: readonly PipelineStage[]): Found {
    const { candidate, history } = looked;
    const target = pipeline.find((stage) => isCalled(result.target, stage));
    if (target === undefined) return { is: 'overtaken', reason: `its job has no stage “${result.target}”` };
    const current = history.steps.find(({ entry }) => entry.isCurrent);
    if (candidate.stage !== null && foldName(candidate.stage) === foldName(target.name))
      return { is: 'there', reference: current?.entry.id ?? null };
    // What they would enter would be a trigger: people would be invited by our own doing.
    const job = { shortcode: candidate.job?.shortcode ?? '', title: candidate.job?.title ?? null };
    if (triggerOf(settings.triggers, stageOfJob(job, target)) !== null)
      return { is: 'overtaken', reason: `people are invited because of the stage “${result.target}”` };
    if (candidate.disqualified || (candidate.hired_at ?? null) !== null)
      return { is: 'overtaken', reason: 'the application has ended' };
    const isOurs = result.ownStages.some((own) => foldName(own) === foldName(candidate.stage ?? ''));
    if (current === undefined || (current.entry.id !== result.entryId && !isOurs))
      return { is: 'overtaken', reason: 'somebody moved the candidate to another stage meanwhile' };
    const path = `/candidates/${encodeURIComponent(candidate.id)}/move`;
    const write = post(path, memberFor(looked, result.entryId), { target_stage: target.slug });
    return { is: 'absent', write, isDoubtful: false };
  }

  return {
    async look(results, signal) {
      await nameWriter(signal);
      const pipelines = new Map<string, Promise<PipelineStage[] | null>>();
      const pipelineOf = (job: string) => {
        const known = pipelines.get(job) ?? readPipeline(client, job, signal);
        pipelines.set(job, known);
        return known;
      };
      return lookAtEach(
        results,
        (id) => lookAt(id, signal),
        () => prove(signal),
        async (result, looked) =>
          result.kind === 'note'
            ? lookForComment(result, looked)
            : judgeMove(result, looked, (await pipelineOf(looked.candidate.job?.shortcode ?? '')) ?? []),
      );
    },
  };
}

const isCalled = (wanted: string, { name, slug }: PipelineStage) =>
  wanted === slug || foldName(wanted) === foldName(name);
