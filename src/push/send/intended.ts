/** What an intent says of its write: what it is to show, what it settles, and by what it is looked for if its answer is lost. Pure. */
import type { IntentDetail } from '../../ledger/intents.js';
import { seenBeside } from '../../reconcile/answers.js';
import { identityOf } from '../../reconcile/kinds/index.js';
import type { Json, PlannedAction, RowContext, RowState } from '../../reconcile/types.js';
import { isFormOfBoth } from './answered.js';
import type { NotThere } from './refusal.js';

/** What was decided about a row, and is to be carried out now. */
export interface Planned {
  action: PlannedAction;
  context: RowContext;
  /** State of the row once the action is confirmed; `synced`, or `gone` for a withdrawn row, unless given. */
  next?: RowState | undefined;
  /** The object could not be seen just before: nothing is sent. */
  unseen?: NotThere | undefined;
}

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
