/** The work on a connected ATS: reading it before anything is decided, and what `sparkhire-sync ats` shows. */
import type { AccountSession } from '../account-session.js';
import { systemClock } from '../clock.js';
import { hintsRead, waitingHints } from '../connectors/hints.js';
import { type PullResult, pull, withdrawWaiting } from '../connectors/pull/pull.js';
import type { PullSession } from '../connectors/pull/session.js';
import { triggerOf } from '../connectors/pull/triggers.js';
import { messageOf, SyncError } from '../errors.js';
import { checkAts } from '../status/checks/ats-checks.js';
import type { Check } from '../status/checks/check.js';

export interface AtsArguments {
  action: 'check' | 'stages' | 'pull';
}

/** A stage of a job, as `ats stages` shows it. */
export interface AtsStage {
  job_id: string;
  job: string | null;
  stage_id: string;
  stage: string;
  /** The package of the trigger it belongs to. */
  package: string | null;
}

export interface AtsResult {
  checks?: Check[];
  stages?: AtsStage[];
  pull?: PullResult;
}

export interface AtsFailure {
  code: string;
  message: string;
  remedy?: string;
}

/**
 * Also what its webhooks named is looked at.
 * @param isAsked whether somebody waits for the answer: the stages of the settings are looked up as well
 * @throws SyncError ATS_…
 */
export async function pullAts(session: AccountSession, isAsked = false): Promise<PullResult> {
  const { account, db, log } = session;
  const reading = pullSession(session);
  const named =
    reading.settings.webhookSecret === null
      ? { ids: [], applicationIds: [] }
      : await waitingHints(db, account.name, reading.connector.kind);
  const result = await pull({ ...reading, isAsked }, named.applicationIds);
  await hintsRead(db, named.ids);
  for (const note of result.notes) log.warn({ event: 'ats_note' }, note);
  return result;
}

function pullSession(session: AccountSession): PullSession {
  const { account, db, log, signal, fence } = session;
  return { ...connected(session), db, account: account.name, clock: systemClock, log, signal, fence };
}

/** Before a person's approval sends what has waited. A failure of the ATS is told and keeps nothing from being done. */
export async function readWaitingAgain(session: AccountSession): Promise<void> {
  if (session.ats === undefined) return;
  try {
    const canceled = await withdrawWaiting(pullSession(session));
    if (canceled > 0)
      session.log.info(
        { event: 'ats_withdrawn', canceled },
        `${canceled} taken back before anything was sent`,
      );
  } catch (error) {
    session.signal.throwIfAborted();
    session.log.warn(
      { event: 'ats_unread' },
      `waiting rows could not be read again in the ATS: ${messageOf(error)}`,
    );
  }
}

export type PulledFirst = { result: PullResult } | { failure: AtsFailure };

/** A failure of the ATS keeps nothing else from being done: it is told. */
export async function pullFirst(session: AccountSession): Promise<PulledFirst> {
  try {
    return { result: await pullAts(session, true) };
  } catch (error) {
    session.signal.throwIfAborted();
    if (error instanceof SyncError && error.code.startsWith('DATABASE_')) throw error;
    const coded = error instanceof SyncError ? error : null;
    const failure = { code: coded?.code ?? 'INTERNAL', message: messageOf(error), remedy: coded?.remedy };
    session.log.warn(
      { event: 'ats_unread', code: failure.code },
      `the ATS could not be read: ${failure.message}`,
    );
    return { failure };
  }
}

export async function doAtsWork({ action }: AtsArguments, session: AccountSession): Promise<AtsResult> {
  const { connector, settings } = connected(session);
  if (action === 'check') {
    connector.insist?.();
    return { checks: await checkAts(session) };
  }
  if (action === 'pull') return { pull: await pullAts(session, true) };
  const stages = await connector.stages(session.signal);
  return {
    stages: stages.map((stage) => ({
      job_id: stage.jobId,
      job: stage.jobTitle,
      stage_id: stage.sharedId ?? stage.id,
      stage: stage.name,
      package: triggerOf(settings.triggers, stage)?.package ?? null,
    })),
  };
}

function connected({ ats, account }: AccountSession) {
  if (ats !== undefined && account.ats !== undefined) return { connector: ats, settings: account.ats };
  throw new SyncError('ATS_NOT_CONNECTED', `No ATS is connected to account ${account.name}.`, {
    remedy: 'Set ATS_KIND and what it needs, or `ats` in the settings: docs/greenhouse.md shows how.',
  });
}
