/** What is known of the account as a whole, and asked for once in a while: its stages, and which posting an application is for. */
import { z } from 'zod';
import type { Clock } from '../../clock.js';
import { SyncError } from '../../errors.js';
import type { Stage } from '../connector.js';
import { wholeList } from '../decoded.js';
import { foldName } from '../pull/triggers.js';
import { id, type LeverClient } from './client.js';
import {
  applicationOf,
  applicationSchema,
  type LeverApplication,
  type Opportunity,
  partsOf,
  stageIdOf,
} from './opportunities.js';
import type { LeverSettings } from './settings.js';

const stageSchema = z.object({ id, text: z.string() });
/** Nobody has seen one: what names nothing is nobody's business. */
const deletedSchema = z.object({ id: id.nullish().catch(null) });
type LeverStage = z.output<typeof stageSchema>;

export interface LeverAccount {
  /** In the order of the pipeline. */
  stages(signal: AbortSignal): Promise<LeverStage[]>;
  stageOf(posting: string, stage: LeverStage, title: string | null): Stage;
  stagesOf(ids: readonly string[], signal: AbortSignal): Promise<Stage[]>;
  /** The stages that triggers name, whatever their jobs. @param met stages that have to be known for it */
  triggerStages(met: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** null: of none. */
  postingOf(row: Opportunity, signal: AbortSignal): Promise<string | null>;
  /** Ids of opportunities; none where the key may not list them: a single one that is gone is not shown either. */
  deletedSince(from: Date, signal: AbortSignal): Promise<string[]>;
}

/** A stage may be renamed: whoever asks for all of them is told how they are now, others how they were lately. */
const stagesKnownMs = 5 * 60_000;
const nowMs = 10_000;
/** An application never changes its posting. */
const mostApplications = 20_000;

export function leverAccount(client: LeverClient, settings: LeverSettings, clock: Clock): LeverAccount {
  let stages: { all: LeverStage[]; at: number } | null = null;
  const applications = new Map<string, LeverApplication>();

  async function readStages(signal: AbortSignal): Promise<LeverStage[]> {
    const all = await wholeList(client.list('/stages', stageSchema, {}, signal));
    stages = { all, at: clock.monotonic() };
    return all;
  }

  /** @param met read again where one of them is not known */
  async function knownStages(
    met: readonly string[],
    signal: AbortSignal,
    forMs = stagesKnownMs,
  ): Promise<LeverStage[]> {
    const isFresh = stages !== null && clock.monotonic() - stages.at < forMs;
    if (!isFresh) return readStages(signal);
    const known = new Set(stages!.all.map((stage) => stage.id));
    return met.every((one) => known.has(one)) ? stages!.all : readStages(signal);
  }

  const stageOf = (posting: string, stage: LeverStage, jobTitle: string | null): Stage => ({
    id: stageIdOf(posting, stage.id),
    sharedId: stage.id,
    name: stage.text,
    jobId: posting,
    jobTitle,
    isActive: true,
  });

  /** Lever may answer with ids where applications were asked for. Which of its two ways to them a key may go is not known. */
  async function read(of: Opportunity, application: string | LeverApplication, signal: AbortSignal) {
    if (typeof application !== 'string') return application;
    const known = applications.get(application);
    if (known !== undefined) return known;
    const path = `/opportunities/${encodeURIComponent(of.id)}/applications`;
    const one = `${path}/${encodeURIComponent(application)}`;
    const row = await unlessRefused(client.one(one, applicationSchema, {}, signal), null);
    const rows = row !== null ? [row] : await wholeList(client.list(path, applicationSchema, {}, signal));
    if (applications.size >= mostApplications) applications.clear();
    for (const each of rows) applications.set(each.id, each);
    return applications.get(application) ?? null;
  }

  return {
    stages: (signal) => knownStages([], signal, nowMs),
    stageOf,
    async stagesOf(ids, signal) {
      const parts = ids.map(partsOf);
      const all = await knownStages(
        parts.map(({ stage }) => stage),
        signal,
      );
      return parts.flatMap(({ posting, stage }) => {
        const found = all.find((one) => one.id === stage);
        return found === undefined ? [] : stageOf(posting, found, null);
      });
    },
    async triggerStages(met, signal) {
      const all = await knownStages(met, signal);
      const isWanted = ({ id: own, text }: LeverStage) =>
        settings.triggers.some(
          ({ stage }) => partsOf(stage).stage === own || foldName(stage) === foldName(text),
        );
      return new Set(all.filter(isWanted).map((stage) => stage.id));
    },
    async postingOf(row, signal) {
      const all = await Promise.all((row.applications ?? []).map((one) => read(row, one, signal)));
      return applicationOf(all.filter((one) => one !== null))?.posting ?? null;
    },
    async deletedSince(from, signal) {
      const parameters = { deleted_at_start: from.getTime() };
      const all = wholeList(client.list('/opportunities/deleted', deletedSchema, parameters, signal));
      return (await unlessRefused(all, [])).flatMap(({ id }) => id ?? []);
    },
  };
}

/** Where the key may not ask for it, or Lever has no such thing to ask for. */
async function unlessRefused<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof SyncError && ['ATS_FORBIDDEN', 'ATS_REQUEST_REFUSED'].includes(error.code))
      return otherwise;
    throw error;
  }
}
