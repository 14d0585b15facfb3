/** Looking at Spark Hire before anything else is done: the work that several kinds begin with. */
import type { AccountSession } from '../account-session.js';
import { type BackfillOptions, backfill } from '../backfill/backfill.js';
import type { Progress } from '../backfill/progress.js';
import { resourceNames } from '../backfill/resources.js';
import { type BackfillResult, mergeResult } from '../backfill/result.js';
import { databaseNow } from '../backfill/sweep/pass.js';
import type { Settings } from '../config.js';
import { runDetails } from '../tick/details.js';
import { isBootstrapped } from '../tick/start.js';
import { runTick } from '../tick/tick.js';

export interface WorkContext {
  session: AccountSession;
  settings: Settings;
  progress: Progress;
}

/** A backfill as the settings have it. */
export function fullPass(
  wanted: Pick<BackfillOptions, 'resources' | 'details' | 'fresh'>,
  { session, settings, progress }: WorkContext,
): Promise<BackfillResult> {
  return backfill(session, {
    ...wanted,
    detailConcurrency: settings.mirror.detailConcurrency,
    detailsAgain: settings.mirror.detailsAgainPerSweep,
    limits: settings.mirror.massDisappearance,
    progress,
  });
}

/** What looking at Spark Hire came to. */
export interface Observation {
  result: BackfillResult;
  /** Users, jobs and interviews are as they are there now. Writing rests on these; what else failed may be old. */
  fresh: boolean;
}

/**
 * One tick; on an empty mirror, which has no place to go on from, the full pass.
 * @param details whether single objects are read too, and what ticks cannot tell is told
 */
export async function observe(context: WorkContext, details: boolean): Promise<Observation> {
  const { session, settings, progress } = context;
  const refreshMs = settings.schedule.refreshSeconds * 1000;
  if (!(await isBootstrapped(session))) {
    session.log.info({ event: 'first_sweep' }, 'nothing is mirrored yet: reading the whole account first');
    const result = await fullPass({ resources: resourceNames, details, fresh: false }, context);
    if (result.ok || session.signal.aborted || !(await isBootstrapped(session)))
      return { result, fresh: result.ok };
    // Something failed; whether it matters a tick of the rest tells.
    const { unordered: _, fresh, ...tick } = await runTick(session, { refreshMs: null });
    mergeResult(result, tick);
    return { result, fresh };
  }
  const since = details ? await databaseNow(session) : undefined;
  const { unordered, fresh, ...result } = await runTick(session, { refreshMs });
  if (!details) return { result, fresh };
  for (const name of unordered) {
    result.notes.push(
      session.oddFields.isTimeless(`GET /${name}`)
        ? `${name}: Spark Hire writes times in a form that cannot be read: \`sparkhire-sync doctor\` shows it`
        : `${name}: the listing does not show what is new; \`sparkhire-sync backfill\` finds it`,
    );
  }
  if (session.signal.aborted || (!result.ok && Object.keys(result.resources).length === 0))
    return { result, fresh };
  mergeResult(
    result,
    await runDetails(session, { detailConcurrency: settings.mirror.detailConcurrency, progress, since }),
  );
  return { result, fresh };
}
