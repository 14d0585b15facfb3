/**
 * One planned action, from its intent to its recorded outcome.
 *
 * Whatever happens, an intent is committed before a request leaves, and says afterwards what came of it.
 */
import type { AccountSession } from '../../account-session.js';
import { listedResource } from '../../backfill/resources.js';
import { storeSingles } from '../../backfill/singles.js';
import { accountKeyMark } from '../../db/account-key.js';
import {
  actedByAdministrator,
  holdIntent,
  holdRow,
  type Intent,
  type IntentDetail,
  markUnknown,
  prepareIntent,
  removeIntent,
} from '../../ledger/intents.js';
import { named } from '../../ledger/journal.js';
import { inMirrorTransaction } from '../../mirror/store.js';
import { seenBeside } from '../../reconcile/answers.js';
import { identityOf } from '../../reconcile/kinds/index.js';
import type { Json, PlannedAction, RowContext, RowState } from '../../reconcile/types.js';
import { fingerprint } from '../../reconcile/values/fingerprint.js';
import { ApiError } from '../../sparkhire/client.js';
import type { Acting } from '../acting.js';
import type { Outcome } from '../result.js';
import { type Answered, isFormOfBoth, isWhole, observedOf, unmoved } from './answered.js';
import { confirm } from './confirm.js';
import { failed } from './failed.js';
import { PartlyDone, type Performed, perform } from './perform.js';
import type { NotThere } from './refusal.js';
import { type Means, MovedOn, sendOnce } from './sending.js';

/** What was decided about a row, and is to be carried out now. */
export interface Planned {
  action: PlannedAction;
  context: RowContext;
  /** State of the row once the action is confirmed; `synced`, or `gone` for a withdrawn row, unless given. */
  next?: RowState | undefined;
  /** The object could not be seen just before: nothing is sent. */
  unseen?: NotThere | undefined;
}

/** @throws what concerns more than this action, and the row is in order: the database, or a step that died */
export async function execute(means: Means, planned: Planned): Promise<Outcome> {
  const { session, keys } = means;
  const { db, account } = session;
  const { action, context } = planned;
  const { resource, atsId, uuid } = action;
  // Its job was meant to be made before it, and was not.
  const waits = resource === 'interviews' && action.action === 'create' && !context.parents.job?.uuid;
  if (waits) return { kind: 'postponed' };
  const detail = detailOf(planned);
  if (action.action === 'adopt') {
    const how = action.byPerson === true ? 'resolved' : 'adopted';
    const linking = { id: null, resource, atsId, action: action.action, detail };
    const formerRow = context.formerRows.find((former) => former.uuid === uuid)?.atsId;
    const told = await confirm(session, linking, { uuid: uuid!, read: null, how, formerRow });
    return { kind: told === 'taken' ? 'rejected' : 'done' };
  }
  const acting = (await keys?.acting(context)) ?? { kind: 'administrator' };
  if (acting.kind === 'held') {
    await holdRow(db, { account: account.name, resource, atsId }, acting.issue);
    return { kind: 'held', remedy: acting.remedy };
  }
  const intent = await prepareIntent(db, account.name, {
    resource,
    atsId,
    action: action.action,
    detail: {
      ...detail,
      ...(acting.kind === 'user' ? { actor: acting.user.uuid } : { keyMark: keyMarkOf(session) }),
    },
    uuid,
    fingerprint: fingerprint(action),
  });
  if (intent === null) return { kind: 'in_flight' };
  const release = holdIntent(db, intent);
  try {
    return await carryIntent(means, intent, planned, acting);
  } finally {
    release();
  }
}

const keyMarkOf = ({ account }: AccountSession) => accountKeyMark(account.name, account.apiKey);

async function carryIntent(
  means: Means,
  intent: Intent,
  planned: Planned,
  acting: Exclude<Acting, { kind: 'held' }>,
): Promise<Outcome> {
  const { session, clock, onStep } = means;
  const { action, context, unseen } = planned;
  const { expects } = intent.detail;
  await onStep('prepared', intent);
  const user = acting.kind === 'user' ? acting.user : null;
  let performed: Performed;
  const client = user?.client ?? session.client;
  try {
    const reader = user === null ? undefined : session.client;
    const now = clock.now();
    if (unseen !== undefined) throw unseen;
    performed = await sendOnce(means, intent, client, action, (sender, call) =>
      perform(sender, call, action, context, { now, expects, reader, signal: session.signal }),
    );
  } catch (error) {
    if (error instanceof MovedOn) {
      await removeIntent(session.db, intent);
      await storeMoved(session, error);
      return { kind: 'postponed', movedOn: true };
    }
    const cause = error instanceof PartlyDone ? error.cause : error;
    const tried = { action, client, user };
    if (user === null || !isKeyRefused(cause)) return failed(means, intent, error, tried);
    const instead = await user.refused();
    // Of what was done before, and of a first attempt, it says nothing.
    if (instead === null || cause !== error || cause.outcome !== 'refused')
      return failed(means, intent, error, tried);
    if (instead.kind === 'administrator') {
      await actedByAdministrator(session.db, intent, keyMarkOf(session));
      const { actor: _, ...detail } = intent.detail;
      return carryIntent(means, { ...intent, detail }, planned, instead);
    }
    await holdRow(session.db, { account: session.account.name, ...intent }, instead.issue, intent);
    return { kind: 'held', remedy: instead.remedy };
  }
  await onStep('answered', intent);
  const outcome = await record(session, intent, performed);
  await user?.used();
  await onStep('recorded', intent);
  return outcome;
}

async function record(session: AccountSession, intent: Intent, performed: Performed): Promise<Outcome> {
  const { uuid, read, isDeleted, shows } = performed;
  if (!shows && !hasEffect(intent, read)) {
    // To believe it unseen could leave an invitation open that the ATS withdrew, or a change undone for ever.
    const error = 'Spark Hire accepted it, and does not show it yet';
    await markUnknown(session.db, intent, error, null, true);
    return { kind: 'unknown', error: null };
  }
  if (!shows) {
    session.log.info(
      { event: 'change_not_shown', ...named(intent) },
      'Spark Hire accepted the change and does not show it; what it shows is compared again in the next round',
    );
  }
  const told = await confirm(session, intent, { uuid, read, isDeleted });
  if (told === 'overtaken') {
    session.log.warn(
      { event: 'intent_overtaken', ...named(intent), uuid },
      'an answer came after its outcome had been found out without it',
    );
  }
  return { kind: told === 'taken' ? 'rejected' : 'done' };
}

/** Whether an update that does not show what was sent shows something else than before. */
function hasEffect({ resource, action, detail }: Intent, read: Answered | null): boolean {
  if (action === 'cancel' || action === 'close' || action === 'delete') return false;
  if (action !== 'update') return true;
  return read !== null && unmoved(observedOf(resource, read), detail.expects, detail.was ?? {}).length === 0;
}

async function storeMoved({ db, account }: AccountSession, { read }: MovedOn): Promise<void> {
  if (!isWhole('interviews', read)) return;
  await inMirrorTransaction(db, account.name, (tx) => storeSingles(tx, listedResource('interviews'), [read]));
}

/** A write, that is: reading goes on with the account's own key. */
function isKeyRefused(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'KEY_REFUSED' && !error.route.startsWith('GET ');
}

// ---- what an intent says of its write: what it is to show, what it settles, and by what it is looked for if its answer is lost

export function detailOf({ action, context, next }: Planned): IntentDetail {
  const { row, isMissing, link, parents, shares } = context;
  const values = row?.values ?? null;
  const wanted = row?.wanted === true;
  const identity = values === null ? null : identityOf(values);
  // Whether a user who is not listed any more is gone, Spark Hire says.
  const unlisted = context.addressHolder?.unlisted ?? [];
  const beside = action.action === 'create' ? seenBeside(context, identity).concat(unlisted) : [];
  return {
    linked: link?.uuid ?? null,
    settles: action.settles,
    ...(action.answers === undefined ? {} : { answers: action.answers }),
    expects: expectsOf(action),
    ...(action.action === 'update' ? { was: wasOf(action, context) } : {}),
    ...(isMissing ? { missing: true } : {}),
    identity,
    ...(beside.length > 0 ? { beside } : {}),
    look: lookOf(),
    final: next ?? (wanted ? 'synced' : 'gone'),
    label: action.label,
    ...(action.room === 'takes' ? { room: action.room, wishedAt: context.wishedAt } : {}),
    ...(action.stillWaits === true ? { stillWaits: true } : {}),
  };

  function lookOf(): IntentDetail['look'] {
    switch (values?.resource) {
      case 'users':
        return { email: values.email };
      case 'jobs':
        return { title: values.title };
      case 'interviews':
        return { email: values.candidate.email, ...(parents.job?.uuid ? { jobUuid: parents.job.uuid } : {}) };
      case 'share_links': {
        const uuids = (shares?.interviews ?? []).flatMap(({ uuid }) => uuid ?? []);
        return { email: values.reviewer.email, interviewUuids: uuids, status: values.status };
      }
      default:
        return {};
    }
  }
}

function expectsOf({ action, changes, settles }: PlannedAction): Record<string, Json> {
  if (action === 'cancel') return { status: 'canceled' };
  if (action === 'share') return { shared: true };
  if (action !== 'update' && action !== 'close') return {};
  return Object.fromEntries(
    changes.map(({ field, to }) => [shownBy(field), settles[field]?.sparkhire ?? to]),
  );
}

/** Whether the ATS wants it ended, its status shows. */
function shownBy(field: string): string {
  return field === 'desired' ? 'status' : field;
}

function wasOf({ changes }: PlannedAction, { link, observed }: RowContext): Record<string, Json> {
  const type = observed?.resource === 'interviews' ? observed.type : null;
  const telling = changes.filter(
    ({ field, from, to }) =>
      field !== 'scheduled_at' || !isFormOfBoth(type, link?.base.scheduled_at, from, to),
  );
  return Object.fromEntries(telling.map(({ field, from }) => [shownBy(field), from]));
}
