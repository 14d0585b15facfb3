/**
 * Jobs: title, description, status and a changed location are written. How a job is worked can't be changed after it
 * was made. A withdrawn job is closed, or deleted if the policy says so; not under pending interviews.
 */

import { folded } from '../../text/forms.js';
import { statusWritten } from '../actions.js';
import { act, change, type Draft, holdBack, mergeField, raise, unsettle } from '../draft.js';
import { alike } from '../kin/kin.js';
import { waitForUser } from '../parents.js';
import type { Base, DesiredJob, ObservedJob, Place } from '../types.js';
import { sameStatus, sameText, sameValue, sameWords } from '../values/equality.js';
import { decideField } from '../values/fields.js';
import { placeValue } from '../values/places.js';
import { changedActor, namedActor, type Rules } from './rules.js';

export const jobs: Rules<DesiredJob, ObservedJob> = {
  identity: ({ title, place }) => ({
    title: folded(title),
    place: place === null ? null : placeValue(place),
  }),
  label: ({ title }) => title,
  labelOf: ({ title, uuid }) => title ?? uuid,
  firstContact: (policies) => policies.jobs.firstContact,
  likeness: 'the same title and place',

  candidates: alike,

  beforeCreate(values, draft) {
    if (values.description === null) {
      raise(draft, 'REQUIRED_FIELD_MISSING', 'description', 'Give a description: Spark Hire needs one.');
    }
    if (values.place === null) {
      raise(draft, 'REQUIRED_FIELD_MISSING', 'city', 'Give a city, region and country, or a work mode.');
    } else if (values.place.kind === 'location' && values.place.country === null) {
      raise(draft, 'REQUIRED_FIELD_MISSING', 'country', 'Give the country: Spark Hire needs it with a city.');
    }
    const { ownerAtsId } = values;
    waitForUser(draft, 'owner_ats_id', ownerAtsId, draft.context.parents.owner);
  },

  content: ({ title, description, status, place }) => ({
    title,
    description,
    status,
    place: place === null ? null : placeValue(place),
  }),

  settled({ title, description, status, place, ownerAtsId }, adopted): Base {
    const where = place === null ? null : placeValue(place);
    const owner = namedActor('owner', ownerAtsId);
    if (adopted !== null)
      return place === null ? owner : { place: { ats: where, sparkhire: null }, ...owner };
    return {
      ...owner,
      title: { ats: title, sparkhire: title },
      description: { ats: description, sparkhire: description },
      status: { ats: status, sparkhire: status },
      place: { ats: where, sparkhire: null },
    };
  },

  fields: ({ title, description, status }, observed, base) => [
    { field: 'title', desired: title, observed: observed.title, same: sameWords },
    // Not read yet: taken as unchanged; without a base there is nothing to compare it with until it was read.
    ...(observed.description === undefined && base.description === undefined
      ? []
      : [
          {
            field: 'description',
            desired: description ?? undefined,
            observed: observed.description === undefined ? base.description!.sparkhire : observed.description,
            same: sameText,
          },
        ]),
    {
      field: 'status',
      desired: status,
      observed: observed.status,
      same: sameStatus,
      ...(status === 'active' ? { asks: madeInactive } : {}),
    },
  ],

  linked(values, { link: { base, uuid }, observed }, draft) {
    for (const field of jobs.fields(values, observed, base)) mergeField(draft, base, uuid, field);
    if (values.place !== null) mergePlace(values.place, base, draft);
    Object.assign(draft.settles, changedActor(base, 'owner', values.ownerAtsId));
    if (base.deleted?.ats === true) draft.settles.deleted = { ats: false, sparkhire: null };
    holdOpen(draft);
    if (draft.changes.length === 0) return;
    const closes = draft.changes.length === 1 && closing(draft);
    act(
      draft,
      closes ? 'close' : 'update',
      uuid,
      jobs.labelOf(observed),
      closes ? 'closed in the ATS' : null,
    );
    if (closes) draft.why.delete('changed in the ATS');
  },

  withdrawn({ link: { base, uuid }, observed }, draft) {
    const { policies, context } = draft;
    if (policies.jobs.withdrawn === 'delete') {
      // Deleted jobs may go on being listed as inactive.
      if (base.deleted?.ats === true) {
        draft.note =
          'Deleted when the ATS withdrew it, and still there in Spark Hire: that is left as it is.';
        return;
      }
      if (context.pendingInterviews > 0 && !policies.jobs.closeUnderInterviews)
        return waitForInterviews(draft);
      draft.writes.deleted = { ats: true, sparkhire: null };
      act(draft, 'delete', uuid, jobs.labelOf(observed), 'withdrawn in the ATS');
      return;
    }
    mergeField(draft, base, uuid, {
      field: 'status',
      desired: 'inactive',
      observed: observed.status,
      same: sameStatus,
    });
    // Who closed it were people: that the row is not there agrees to nothing, and it may come back under another key.
    if (context.row === null) unsettle(draft, 'status');
    holdOpen(draft);
    if (draft.changes.length === 0) return;
    draft.why.delete('changed in the ATS');
    act(draft, 'close', uuid, jobs.labelOf(observed), 'withdrawn in the ATS');
  },
};

const madeInactive =
  'It is not active in Spark Hire any more, and the ATS has it open: invitations to it wait.';

const closing = ({ changes }: Draft) => statusWritten(changes) === 'inactive';

/** A job under pending interviews stays open, unless the policy says otherwise. */
function holdOpen(draft: Draft): void {
  if (draft.policies.jobs.closeUnderInterviews || draft.context.pendingInterviews === 0 || !closing(draft))
    return;
  holdBack(draft, 'status');
  waitForInterviews(draft);
}

function waitForInterviews(draft: Draft): void {
  const { pendingInterviews: n } = draft.context;
  const [are, they] = n === 1 ? ['1 interview is', 'it has'] : [`${n} interviews are`, 'they have'];
  // Also where this plan cancels them: whether that succeeds is known afterwards.
  draft.waits.push(`stays open while ${are} pending: it is closed once ${they} ended`);
}

/** The place cannot be read back: it is compared with what was last sent. A job's work mode is for ever. */
function mergePlace(place: Place, base: Base, draft: Draft): void {
  const value = placeValue(place);
  const pair = base.place;
  if (pair === undefined || pair.ats === null) {
    draft.settles.place = { ats: value, sparkhire: null };
    return;
  }
  const last = pair.ats as unknown as Place;
  if (place.kind === 'location' && last.kind === 'location') {
    const policy = draft.policies.fields.jobs.place ?? 'merge';
    const { kind } = decideField({
      field: 'place',
      base: pair,
      desired: value,
      observed: undefined,
      policy,
      same: sameValue,
    });
    if (kind !== 'write') return;
    if (place.country === null) {
      raise(draft, 'REQUIRED_FIELD_MISSING', 'country', 'Give the country: Spark Hire needs it with a city.');
      return;
    }
    change(draft, 'place', pair.ats, value, null);
    draft.why.add('changed in the ATS');
    return;
  }
  const asks = (of: Place) => (of.kind === 'locality' ? of : { work_mode: null, work_place: null });
  for (const field of ['work_mode', 'work_place'] as const) {
    const [wanted, was] = [asks(place)[field], asks(last)[field]];
    if (sameWords(wanted, was)) continue;
    raise(
      draft,
      'IMMUTABLE_AFTER_SEND',
      field,
      `The API cannot change how or where a job is worked: set this back to ${was === null ? 'nothing' : was}, or change it in Spark Hire by hand.`,
    );
  }
}
