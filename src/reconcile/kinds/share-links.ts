/**
 * Advanced share links: one for each reviewer of a request. Whether it opens is written and accepted; its reviewer and
 * its interviews are those it was made with. One that is not wanted any more is closed, and never deleted.
 */

import { addressForm } from '../../text/forms.js';
import { act, ask, type Draft, mergeField, raise } from '../draft.js';
import { alike, isAnothers, shows } from '../kin/kin.js';
import type {
  Base,
  DesiredShareLink,
  Json,
  ObservedShareLink,
  RowContext,
  SharedInterview,
} from '../types.js';
import { sameStatus, sameValue, sameWords, statusOf } from '../values/equality.js';
import { onceForList } from '../values/shared-lists.js';
import type { Rules } from './rules.js';

const interviewsField = 'interview_ats_ids';
/** In a message. */
const mostNamed = 5;

export const shareLinks: Rules<DesiredShareLink, ObservedShareLink> = {
  identity: ({ reviewer, interviewAtsIds }) => ({
    reviewer_email: addressForm(reviewer.email),
    interview_ats_ids: interviewAtsIds,
  }),
  label: ({ reviewer }) => reviewer.email,
  labelOf: ({ reviewerEmail, reviewerName, uuid }) => reviewerEmail ?? reviewerName ?? uuid,
  firstContact: () => 'link',
  likeness: 'the same reviewer and interviews',

  // One that is closed was ended by somebody: it is no link to be given to the reviewer again without a question. Where its
  // row has only just gone, this is the same wish under another key: it goes on with it, and nobody is written to.
  candidates: (values, context) =>
    alike<ObservedShareLink>(values, context).filter(
      (link) => sameStatus(link.status, values.status) || goesOn(link, context),
    ),
  over: (values, context) =>
    alike<ObservedShareLink>(values, context).filter(
      (link) =>
        values.status === 'active' && !sameStatus(link.status, values.status) && !goesOn(link, context),
    ),

  beforeCreate(_values, draft) {
    const message = whyWaits(draft.context.shares?.interviews ?? []);
    if (message !== null) raise(draft, 'UNKNOWN_REFERENCE', interviewsField, message);
    if (draft.context.shares?.inPlan === false) limit(draft);
  },

  content: ({ reviewer, interviewAtsIds, sendEmail, status }) => ({
    reviewer: { ...reviewer },
    interviews: interviewAtsIds,
    send_email: sendEmail,
    status,
  }),

  settled({ reviewer, interviewAtsIds, status }, adopted): Base {
    return {
      reviewer: { ats: { ...reviewer }, sparkhire: null },
      interviews: { ats: interviewAtsIds, sparkhire: null },
      ...(adopted === null ? { status: { ats: status, sparkhire: status } } : {}),
    };
  },

  fields: ({ status }, observed) => [
    { field: 'status', desired: status, observed: observed.status, same: sameStatus },
  ],

  linked(values, { link: { base, uuid }, observed }, draft) {
    unchangeable(values, observed, base, draft);
    for (const field of shareLinks.fields(values, observed, base)) mergeField(draft, base, uuid, field);
    if (draft.changes.length === 0) return;
    const closes = values.status === 'inactive';
    act(
      draft,
      closes ? 'close' : 'update',
      uuid,
      shareLinks.labelOf(observed),
      closes ? 'inactive in the ATS' : null,
    );
    if (closes) draft.why.delete('changed in the ATS');
  },

  withdrawn({ link: { base, uuid }, observed }, draft) {
    // One that somebody opened again in Spark Hire after that stays open: only that side changed.
    mergeField(draft, base, uuid, {
      field: 'status',
      desired: 'inactive',
      observed: observed.status,
      same: sameStatus,
    });
    if (draft.changes.length === 0) return;
    draft.why.delete('changed in the ATS');
    act(draft, 'close', uuid, shareLinks.labelOf(observed), 'withdrawn in the ATS');
  },
};

const goesOn = ({ uuid }: ObservedShareLink, { formerRows }: RowContext) =>
  formerRows.some((row) => row.uuid === uuid && !row.longGone);

/** Only completed interviews can be shared. What needs somebody to do something is told first. */
const whyWaits = onceForList((interviews: readonly SharedInterview[]): string | null => {
  const unusable = interviews.map(problemOf).find((message) => message !== null);
  const waits = interviews.filter(({ observedStatus }) => statusOf(observedStatus) !== 'completed');
  if (waits.length === 0 && unusable === undefined) return null;
  const names = waits.slice(0, mostNamed).map(({ atsId }) => atsId);
  if (waits.length > mostNamed) names.push(`${waits.length - mostNamed} more`);
  return (
    unusable ??
    `The link is made once all its interviews are completed. Not completed so far: ${names.join(', ')}.`
  );
});

function problemOf({ atsId, known, observedStatus }: SharedInterview): string | null {
  const status = statusOf(observedStatus);
  if (!known) return `There is no usable interview ${atsId} (yet): this row waits for it.`;
  if (['canceled', 'expired', 'deleted'].includes(status))
    return `Interview ${atsId} is ${status}, so it cannot be shown: take it out, or name another one.`;
  return null;
}

function limit(draft: Draft): void {
  const message =
    'The plan of the Spark Hire account has no advanced share links, so none was made. Change the plan in Spark Hire, or withdraw the request.';
  raise(draft, 'PLAN_LIMIT', null, message);
  ask(draft, {
    kind: 'plan_limit',
    ats: { label: draft.context.atsId },
    sparkhire: { advanced_share_links: false },
    reason: message,
  });
}

function unchangeable(values: DesiredShareLink, observed: ObservedShareLink, base: Base, draft: Draft): void {
  const { reviewer, interviewAtsIds } = values;
  const was = base.reviewer?.ats as Partial<Record<string, Json>> | undefined;
  if (was?.name !== undefined && !sameWords(reviewer.name, was.name)) {
    raise(
      draft,
      'IMMUTABLE_AFTER_SEND',
      'reviewers',
      `The link of ${reviewer.email} was made for another name, and that cannot be changed: set it back.`,
    );
  }
  const sent = base.interviews?.ats;
  const interviews = draft.context.shares?.interviews ?? [];
  if (sent === undefined) return;
  // The keys may be the same, and the rows of these interviews mean others by now.
  if (sameValue(interviewAtsIds, sent) && !isAnothers(values, base, observed, interviews)) return;
  if (shows(observed, interviews)) {
    // The same interviews under other ids.
    draft.settles.interviews = { ats: interviewAtsIds, sparkhire: null };
    return;
  }
  raise(
    draft,
    'IMMUTABLE_AFTER_SEND',
    interviewsField,
    'A link keeps showing the interviews it was made for. Set this back, or withdraw this request and add a new one.',
  );
}
