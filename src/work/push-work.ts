/** The work behind `plan`, `apply` and the second half of `sync`: look at Spark Hire first, then plan, then write. */

import { type BackfillResult, countOpenConflicts, fail, mergeResult } from '../backfill/result.js';
import { policiesOf } from '../config.js';
import type { Person } from '../db/audit.js';
import { scanSince } from '../desired/queue.js';
import { encryptionKeys } from '../encryption.js';
import { type UserKeys, userKeys } from '../push/acting.js';
import { type PushResult, planPush, push } from '../push/push.js';
import { type PlanJson, planJson } from '../reconcile/plan/plan.js';
import { isWhole, type PlanFilter, renderPlan, shownActions } from '../reconcile/plan/render.js';
import { type AtsFailure, pullFirst, readWaitingAgain } from './ats-work.js';
import { observe, type WorkContext } from './observe.js';
import { type SkippedPerson, skippedLines, skippedPeople, withStages } from './plan-of-ats.js';
import { carryBackInto } from './results-work.js';

export interface PlanResult {
  ok: boolean;
  /** Why Spark Hire could not be looked at: then there is no plan. */
  error?: BackfillResult['error'];
  plan:
    | (PlanJson & {
        actionsInAll?: number;
        skipped?: SkippedPerson[];
        atsError?: AtsFailure;
        atsNotes?: string[];
      })
    | null;
  /** The same for people. */
  text: string;
  /** Whether a person is needed: it is held, or there are conflicts or rows that are wrong. */
  waits: boolean;
}

export async function planWork(filter: PlanFilter, context: WorkContext): Promise<PlanResult> {
  const { session, settings } = context;
  const { result, fresh } = await observe(context, false);
  const ats = session.ats === undefined ? null : await pullFirst(session);
  if (!fresh) return { ok: false, error: result.error, plan: null, text: '', waits: false };
  await lookPastTriggers(session);
  const policies = policiesOf(settings, session.account);
  const keys = { ...policies.keys, foresees: true };
  const decided = await planPush(session, { ...policies, keys }, keysOf(context));
  const plan = await withStages(session, decided);
  const skipped = ats === null ? [] : await skippedPeople(session);
  const atsError = ats !== null && 'failure' in ats ? ats.failure : undefined;
  const atsNotes = ats !== null && 'result' in ats ? ats.result.notes : [];
  const waits =
    atsError !== undefined ||
    plan.held !== null ||
    plan.conflicts.length > 0 ||
    plan.waiting.some(
      ({ state, lacks }) => state === 'rejected' || state === 'conflict' || lacks !== undefined,
    ) ||
    (await countOpenConflicts(session)) > 0;
  const told =
    ats === null
      ? {}
      : {
          skipped,
          ...(atsError === undefined ? {} : { atsError }),
          ...(atsNotes.length === 0 ? {} : { atsNotes }),
        };
  const actions = shownActions(plan, filter);
  const whole = isWhole(filter) ? {} : { actionsInAll: plan.actions.length };
  return {
    ok: true,
    plan: { ...planJson(session.account.name, { ...plan, actions }), ...whole, ...told },
    text: [
      ...atsNotes.map((note) => `! ${note}`),
      ...skippedLines(skipped, atsError),
      renderPlan(plan, filter),
    ].join('\n'),
    waits,
  };
}

export async function applyWork(
  { approve, by }: { approve?: string; by?: Person },
  context: WorkContext,
): Promise<BackfillResult> {
  const { result, fresh } = await observe(context, false);
  if (fresh) {
    await readWaitingAgain(context.session);
    await pushInto(result, context, approve, by);
  }
  return result;
}

/** Carries the ATS's wishes over and adds what came of it to the result of the looking before. */
export async function pushInto(
  result: BackfillResult,
  context: WorkContext,
  approve?: string,
  by?: Person,
): Promise<void> {
  const { session } = context;
  const before = { ...session.sent };
  const started = performance.now();
  try {
    await lookPastTriggers(session);
  } catch (error) {
    return fail(result, error);
  }
  const pushed = await carryOver(context, { approve, by, waitForUnknown: true });
  mergeResult(result, {
    ...result,
    ok: true,
    complete: true,
    error: undefined,
    resources: {},
    notes: [],
    requests: session.sent.requests - before.requests,
    rateLimited: session.sent.rateLimited - before.rateLimited,
    seconds: (performance.now() - started) / 1000,
    pushed: pushed.pushed,
    openConflicts: await countOpenConflicts(session),
  });
  const { withoutKey, withoutUser } = pushed;
  Object.assign(result, {
    ...(withoutKey === undefined ? {} : { withoutKey }),
    ...(withoutUser === undefined ? {} : { withoutUser }),
  });
  if (pushed.planHeld !== null) {
    result.planHeld = pushed.planHeld;
    result.notes.push(
      `nothing was written to Spark Hire: ${pushed.planHeld.reason} Look at it with \`sparkhire-sync plan\`, release it with \`sparkhire-sync apply --approve ${pushed.planHeld.checksum}\`.`,
    );
  }
  const failure = pushed.error ?? pushed.unread;
  if (failure !== null) fail(result, failure);
  if (!session.signal.aborted) await carryBackInto(result, session, context.settings);
}

/** The service has an hourly look of its own; whoever runs commands has this one. */
async function lookPastTriggers({ db, account, log }: WorkContext['session']): Promise<void> {
  const scanned = Object.entries(await scanSince(db, account.name)).filter(([, rows]) => rows > 0);
  if (scanned.length === 0) return;
  log.info(
    { event: 'past_triggers', rows: Object.fromEntries(scanned) },
    `${scanned.map(([table, rows]) => `${rows} of ats.${table}`).join(', ')}: written past their triggers; \`sparkhire-sync doctor\` checks these`,
  );
}

export function carryOver(
  { session, settings, progress }: WorkContext,
  options: { approve?: string; by?: Person; waitForUnknown: boolean },
): Promise<PushResult> {
  return push(session, {
    policies: policiesOf(settings, session.account),
    settleMs: settings.write.settleSeconds * 1000,
    concurrency: settings.write.concurrency,
    keys: keysOf({ session, settings }),
    progress,
    ...options,
  });
}

export function keysOf({ session, settings }: Pick<WorkContext, 'session' | 'settings'>): UserKeys {
  return userKeys(session, encryptionKeys(settings.secrets), policiesOf(settings, session.account).keys);
}
