/**
 * Finding out what became of writes whose outcome is unknown: by looking, again and again, until Spark Hire has had
 * the time in which a request lands or dies.
 *
 * A creation is looked for at least three times: at once, after half of the settling time, and at the earliest when
 * it has passed since the write can last have left, so that the last look also lies a settling time after the first,
 * whatever the clocks did meanwhile. An attempt that is over does not leave any more; one whose process is gone may,
 * until the fence (`fenceMs`) keeps it back.
 */
import type { AccountSession } from '../../account-session.js';
import { concernsOne } from '../../backfill/failures.js';
import { byThemselves } from '../../db/database.js';
import { closeAbandoned, type Intent } from '../../ledger/intents.js';
import { linkedAmong } from '../../ledger/links.js';
import {
  canBeSought,
  endIntent,
  endResolved,
  type OpenIntent,
  openIntents,
  openUnclear,
  planNextLook,
  waitingIntents,
} from '../../ledger/unknown-intents.js';
import { type ActionName, type PushResource, pushResources } from '../../reconcile/types.js';
import type { Interview, Read } from '../../sparkhire/client.js';
import { ApiError } from '../../sparkhire/client.js';
import { addressForm } from '../../text/forms.js';
import type { Looker, UserKeys } from '../acting.js';
import { type Answered, canBeTold, notShown, observedOf, showsDeleted, unmoved } from '../send/answered.js';
import { confirm } from '../send/confirm.js';
import { openShareLink } from '../send/payloads.js';
import { sharedBy } from '../send/perform.js';
import { judgeLooks, type Seen, type Sought } from './judge-looks.js';
import { lookFor, measureSkew, readObject } from './looking.js';
import { type Sight, sightOf } from './sight.js';
import { refuseUnshown } from './unshown.js';

export interface SettleOptions {
  /** How long a write is looked for, once it cannot leave any more; may be a fraction. */
  settleSeconds: number;
  /** Who acted looks as well, besides the account's own key. */
  keys?: Pick<UserKeys, 'lookersOf'> | undefined;
}

export interface Settled {
  /** Writes whose outcome is known now, one way or the other. */
  settled: number;
  /** Of these, what turned out to be done. */
  done: ActionName[];
  /** Those that are being looked for. */
  waiting: number;
  /** Those that wait for a person. */
  unclear: number;
  /** null if nothing is being looked for. */
  nextLookInMs: number | null;
}

const looksNeeded = 3;
/** Who writes when an object was made may have another clock than who writes the Date of an answer. */
const marginMs = 600_000;
/** Without a Date in the answers nothing says how the clocks stand. */
const unknownSkewMs = 600_000;
/** Looks that prove nothing go on for so many settling times, then a person is asked. */
const vainTimes = 10;

const nothingTold =
  'The outcome of a write is unknown, and its record no longer says what it was: nobody can look for it. Look in Spark Hire.';

/** After so long a person is asked at the latest. Milliseconds. */
export function longestLookMs(settleMs: number): number {
  return Math.max(vainTimes * settleMs, unknownSkewMs);
}

/** One look at everything that is due. @throws if nothing can be asked, or the work is stopped */
export async function settleUnknown(session: AccountSession, options: SettleOptions): Promise<Settled> {
  const { db } = session;
  const account = session.account.name;
  if (!(await closeAbandoned(db, account)))
    return { settled: 0, done: [], waiting: 0, unclear: 0, nextLookInMs: null };
  const done: ActionName[] = [];
  let settled = await endResolved(db, account);
  const all = await openIntents(db, account);
  for (const intent of all) {
    if (intent.due && !canBeSought(intent))
      await openUnclear(session, intent, { candidates: [], reason: nothingTold });
  }
  const open = all.filter(canBeSought);
  const due = open.filter((intent) => intent.due);
  if (due.length > 0) {
    const actors = [...new Set(due.flatMap(({ detail }) => detail.actor ?? []))];
    const own = { client: session.client, user: null };
    const lookers = [own, ...((await options.keys?.lookersOf(actors)) ?? [])];
    const skewMs = await measureSkew(session);
    const run: Run = { session, options, lookers, open, done, skewMs, sight: sightOf(session) };
    for (const resource of pushResources) {
      const creations = due.filter((intent) => intent.resource === resource && intent.action === 'create');
      if (creations.length === 0) continue;
      settled += await whatCanBeAsked(run, creations, () => settleCreations(run, resource, creations));
    }
    for (const intent of due) {
      session.signal.throwIfAborted();
      if (intent.action === 'create') continue;
      settled += await whatCanBeAsked(run, [intent], () => settleChange(run, intent));
    }
  }
  return { settled, done, ...(await waitingIntents(db, account)) };
}

interface Run {
  session: AccountSession;
  options: SettleOptions;
  lookers: readonly Looker[];
  open: readonly OpenIntent[];
  /** Is added to. */
  done: ActionName[];
  skewMs: number | null;
  sight: Sight;
}

const settleMs = ({ options }: Run) => options.settleSeconds * 1000;

/** What cannot be read now is looked at later; it does not keep the rest from its turn. */
async function whatCanBeAsked(
  run: Run,
  intents: readonly OpenIntent[],
  look: () => Promise<number>,
): Promise<number> {
  try {
    return await look();
  } catch (error) {
    if (run.session.signal.aborted || !concernsOne(error)) throw error;
    run.session.log.warn(
      { event: 'look_failed', resource: intents[0]!.resource, code: error.code },
      `${intents.length === 1 ? 'the outcome of a write' : `the outcomes of ${intents.length} writes`} cannot be looked up now: ${error.message}`,
    );
    for (const intent of intents) await planNextLook(run.session.db, intent, settleMs(run), false);
    return 0;
  }
}

async function settleCreations(
  run: Run,
  resource: PushResource,
  creations: readonly OpenIntent[],
): Promise<number> {
  const { session, lookers, open, sight } = run;
  const { db } = session;
  const sought = new Map(
    open
      .filter((intent) => intent.resource === resource && intent.action === 'create')
      .map((intent) => [intent.id, soughtBy(run, intent)]),
  );
  const since = Math.min(...creations.map(({ id }) => sought.get(id)!.since));
  const look = await lookFor(session, lookers, resource, since);
  const { seen, complete: looked } = look;
  // Read after the looking: whatever was confirmed meanwhile is explained by it.
  const linked = await linkedAmong(
    byThemselves(db),
    session.account.name,
    resource,
    seen.map(({ uuid }) => uuid),
  );
  if (resource === 'share_links') await readShown(run, seen, linked, [...sought.values()]);
  let settled = 0;
  for (const intent of creations) {
    session.signal.throwIfAborted();
    const complete = await sight.covers(intent, looked);
    const waited = intent.ageMs >= settleMs(run);
    const over = complete && waited && intent.looked + 1 >= looksNeeded;
    const others = [...sought.values()];
    const verdict = judgeLooks(sought.get(intent.id)!, { seen, linked, others, over });
    if (verdict.kind === 'found') {
      const read = await readObject(session, lookers, resource, verdict.uuid);
      const usable = typeof read === 'string' ? null : read;
      if (usable === null) await look.store([verdict.uuid]);
      await confirm(session, intent, { uuid: verdict.uuid, read: usable, later: true });
      run.done.push('create');
      linked.add(verdict.uuid);
      sought.delete(intent.id);
      settled += 1;
    } else if (verdict.kind === 'absent') {
      settled += await endIntent(db, intent, 'absent');
    } else if (verdict.kind === 'unclear') {
      await look.store(verdict.candidates.map(({ uuid }) => uuid));
      await openUnclear(session, intent, verdict);
    } else if (!complete && intent.ageMs > longestLookMs(settleMs(run))) {
      const reason =
        'The outcome of a write is unknown, and no working key is certain to see what it may have made.';
      await openUnclear(session, intent, { candidates: [], reason });
    } else {
      await planNextLook(db, intent, settleMs(run), complete);
    }
  }
  return settled;
}

/** Since when it can have been made: the earlier reading of the clocks, and a margin. */
function soughtBy(run: Run, { id, resource, detail, sentAtMs, nowMs }: OpenIntent): Sought {
  const skews = [detail.skewMs, run.skewMs].filter((skew) => typeof skew === 'number');
  const margin = marginMs + (skews.length === 0 ? unknownSkewMs : 0);
  let since = (sentAtMs ?? nowMs) + (skews.length === 0 ? 0 : Math.min(...skews)) - margin;
  // A clock that was set back: what was sent was not sent in the future.
  const serverNow = nowMs + (run.skewMs ?? 0);
  if (since > serverNow) since = serverNow - 3_600_000;
  const { email = null, jobUuid = null, title = null, interviewUuids = null, status = null } = detail.look;
  return {
    id,
    resource,
    email,
    jobUuid,
    title,
    interviewUuids,
    status,
    since,
    knownThen: detail.knownThen ?? null,
  };
}

/** Only the single link tells which interviews it shows: those are read that may be sought. */
async function readShown(
  { session, lookers }: Run,
  seen: readonly Seen[],
  linked: ReadonlySet<string>,
  sought: readonly Sought[],
): Promise<void> {
  const reviewers = new Set(sought.map(({ email }) => addressForm(email ?? '')));
  for (const link of seen) {
    if (linked.has(link.uuid) || !reviewers.has(addressForm(link.email ?? ''))) continue;
    const read = await readObject(session, lookers, 'share_links', link.uuid);
    const observed = typeof read === 'string' ? null : observedOf('share_links', read);
    if (observed?.resource === 'share_links') link.interviewUuids = observed.interviewUuids;
  }
}

/** Changes are repeatable: what does not show in the end is simply decided again. */
async function settleChange(run: Run, intent: OpenIntent): Promise<number> {
  const { session, lookers, sight } = run;
  const { resource, action, detail } = intent;
  const uuid = intent.uuid!;
  const now = await readObject(session, lookers, resource, uuid);
  const read = action === 'share' && typeof now !== 'string' ? await opened(run, intent, now) : now;
  // Who may not see it says nothing of it.
  const isGone =
    (read === 'gone' && (await sight.covers(intent, new Set(lookers.map(({ user }) => user))))) ||
    (typeof read !== 'string' && showsDeleted(resource, read, detail.accepted === true));
  if (action === 'delete' ? isGone : typeof read !== 'string' && shows(intent, read)) {
    const object = typeof read === 'string' ? null : read;
    await confirm(session, intent, {
      uuid,
      read: object,
      isDeleted: read === 'gone',
      later: true,
    });
    run.done.push(action);
    return 1;
  }
  if (intent.ageMs < settleMs(run)) {
    await planNextLook(session.db, intent, settleMs(run), true);
    return 0;
  }
  if (detail.accepted === true && typeof read !== 'string') {
    await refuseUnshown(session, intent, observedOf(resource, read));
    return 1;
  }
  if (detail.accepted === true && read === 'hidden' && action === 'update') {
    // Nobody who could be asked may see it: Spark Hire's word is all there is.
    await confirm(session, intent, { uuid, read: null, later: true });
    run.done.push(action);
    return 1;
  }
  return endIntent(session.db, intent, 'it does not show');
}

function shows({ resource, action, detail }: Intent, read: Answered): boolean {
  const observed = observedOf(resource, read);
  if (action === 'update' && detail.accepted === true)
    return unmoved(observed, detail.expects, detail.was ?? {}).length === 0;
  return notShown(observed, detail.expects).length === 0 && canBeTold(observed, detail.expects);
}

/** With its link, which is opened if it was made and is not open: by whoever made it. */
async function opened(run: Run, { detail: { actor } }: OpenIntent, interview: Answered): Promise<Answered> {
  const read = (await withShareLink(run, interview)) as Read<Interview>;
  const { uuid, share_link: link } = read.value;
  if (typeof link !== 'object' || link?.status !== 'inactive' || link.uuid === null) return read;
  const { session, lookers } = run;
  const client = lookers.find(({ user }) => user === (actor ?? null))?.client;
  if (client === undefined) return read;
  try {
    const options = { lane: 'write', signal: session.signal } as const;
    await client.interviews.shareLink.update(uuid, link.uuid, openShareLink(), options);
  } catch (error) {
    if (!(error instanceof ApiError) || error.outcome !== 'refused') throw error;
    return read;
  }
  const now = await readObject(session, lookers, 'interviews', uuid);
  return withShareLink(run, typeof now === 'string' ? read : now);
}

/** An interview may keep its link to itself; then the link is asked for. */
async function withShareLink({ session, lookers }: Run, read: Answered): Promise<Answered> {
  const interview = read as Read<Interview>;
  if (interview.value.share_link !== undefined && interview.value.share_link !== null) return read;
  for (const { client } of lookers) {
    try {
      const options = { lane: 'write', signal: session.signal } as const;
      const { shareLink } = client.interviews;
      return sharedBy(interview, await shareLink.get(interview.value.uuid, undefined, options));
    } catch (error) {
      if (!(error instanceof ApiError) || error.outcome !== 'refused') throw error;
    }
  }
  return read;
}
