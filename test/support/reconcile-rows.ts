/** Rows and objects for tests of deciding, and Spark Hire as it would be once a decision was carried out. */
import { decide } from '../../src/reconcile/decide.js';
import {
  type Answer,
  type Base,
  type Decision,
  type Desired,
  type DesiredInterview,
  type DesiredJob,
  type DesiredShareLink,
  type DesiredUser,
  type Issue,
  type Json,
  nothingAlike,
  type Observed,
  type ObservedInterview,
  type ObservedJob,
  type ObservedShareLink,
  type ObservedUser,
  type Pair,
  type Place,
  type Policies,
  type RowContext,
  type ShareFacts,
} from '../../src/reconcile/types.js';
import { fingerprint } from '../../src/reconcile/values/fingerprint.js';

export const policies: Policies = {
  fields: { users: {}, jobs: {}, interviews: {}, share_links: {} },
  jobs: { firstContact: 'ask', withdrawn: 'inactive', closeUnderInterviews: false, withoutSlot: 'wait' },
  users: { paid: 'refuse', withdrawn: 'propose' },
  keys: { provision: 'command', missing: 'hold', refused: 'hold', absent: 'hold' },
  massChange: { share: 0.2, rows: 10 },
};

export const oslo: Place = { kind: 'location', city: 'Oslo', state: null, country: 'Norway' };

export function job(over: Partial<DesiredJob> = {}): DesiredJob {
  return {
    resource: 'jobs',
    title: 'Baker',
    description: 'Bakes bread.',
    status: 'active',
    place: oslo,
    ownerAtsId: null,
    ...over,
  };
}

export function user(over: Partial<DesiredUser> = {}): DesiredUser {
  return {
    resource: 'users',
    name: 'Ida Moe',
    email: 'ida@example.com',
    role: 'standard',
    roleOfNone: null,
    active: null,
    ...over,
  };
}

export function interview(over: Partial<DesiredInterview> = {}): DesiredInterview {
  return {
    resource: 'interviews',
    type: 'one_way',
    jobAtsId: 'J-1',
    candidate: { name: 'Per Lie', email: 'per@example.com', phone: null, phoneE164: null },
    smsConsent: false,
    questionSetUuid: null,
    questions: [{ text: 'Why bread?', time_limit: 60, takes: null }],
    deadline: { at: '2027-03-01T12:00:00Z' },
    timezone: null,
    emailMessage: null,
    requestedByAtsId: null,
    share: false,
    priority: 0,
    ...over,
  };
}

export function shareLink(over: Partial<DesiredShareLink> = {}): DesiredShareLink {
  return {
    resource: 'share_links',
    reviewer: { name: 'Liv Dahl', email: 'liv@example.com' },
    interviewAtsIds: ['I-1', 'I-2'],
    sendEmail: false,
    status: 'active',
    ...over,
  };
}

export function seenShareLink(over: Partial<ObservedShareLink> = {}): ObservedShareLink {
  return {
    resource: 'share_links',
    uuid: 'link-a',
    deleted: false,
    createdAt: 0,
    status: 'active',
    reviewerName: 'Liv Dahl',
    reviewerEmail: 'liv@example.com',
    interviewUuids: ['interview-1', 'interview-2'],
    ...over,
  };
}

export function seenJob(over: Partial<ObservedJob> = {}): ObservedJob {
  return {
    resource: 'jobs',
    uuid: 'job-a',
    deleted: false,
    createdAt: 0,
    title: 'Baker',
    description: 'Bakes bread.',
    status: 'active',
    location: 'Oslo, Norway',
    ...over,
  };
}

export function seenUser(over: Partial<ObservedUser> = {}): ObservedUser {
  return {
    resource: 'users',
    uuid: 'user-a',
    deleted: false,
    createdAt: 0,
    name: 'Ida Moe',
    email: 'ida@example.com',
    role: null,
    active: true,
    ...over,
  };
}

export function seenInterview(over: Partial<ObservedInterview> = {}): ObservedInterview {
  return {
    resource: 'interviews',
    uuid: 'interview-a',
    deleted: false,
    createdAt: 0,
    type: 'one_way',
    status: 'requested',
    scheduledAt: '2027-03-01T12:00:00Z',
    jobUuid: 'job-a',
    candidateName: 'Per Lie',
    candidateEmail: 'per@example.com',
    shared: false,
    ...over,
  };
}

const both = (value: Json): Pair => ({ ats: value, sparkhire: value });
const sent = (value: unknown): Pair => ({ ats: value as Json, sparkhire: null });

/** As it stands after a creation that was confirmed. */
export const settledBase = {
  users: { name: both('Ida Moe'), email: both('ida@example.com'), role: sent('standard') } as Base,
  jobs: {
    title: both('Baker'),
    description: both('Bakes bread.'),
    status: both('active'),
    place: sent(oslo),
  } as Base,
  interviews: {
    scheduled_at: both('2027-03-01T12:00:00Z'),
    candidate: sent(interview().candidate),
    questions: sent({ questions: interview().questions, questionSetUuid: null }),
    type: sent('one_way'),
    job: sent('J-1'),
  } as Base,
  share_links: {
    status: both('active'),
    reviewer: sent(shareLink().reviewer),
    interviews: sent(['I-1', 'I-2']),
  } as Base,
};

export const activeJob = {
  atsId: 'J-1',
  known: true,
  wanted: true,
  uuid: 'job-a',
  observedStatus: 'active',
  willBeActive: true,
};

/** Its interviews are completed: I-1 is interview-1, and so on. */
export function sharing({ interviewAtsIds }: DesiredShareLink): ShareFacts {
  const interviews = interviewAtsIds.map((atsId) => ({
    atsId,
    known: true,
    uuid: atsId.replace('I-', 'interview-'),
    observedStatus: 'completed',
  }));
  return { interviews, inPlan: true };
}

/** A row that is not linked. */
export function unlinked(values: Desired, over: Partial<RowContext> = {}): RowContext {
  const { resource } = values;
  const atsId = { users: 'U-1', jobs: 'J-1', interviews: 'I-1', share_links: 'R-1/liv@example.com' }[
    resource
  ];
  return {
    resource,
    atsId,
    row: { resource, atsId, wanted: true, values, issues: [], arrived: 1 },
    ...{ isMissing: false, wasGone: false, link: null, observed: null },
    ...{ openIntent: null, edit: null, openConflicts: [], answers: [], refused: null, wishedAt: 0 },
    ...nothingAlike(),
    ...{ formerDeleted: [], deletedHere: false, isUsedAgain: false, isLeftOver: false, successor: null },
    ...{ twin: null, twinIsOver: false },
    parents: { job: resource === 'interviews' ? activeJob : null, requestedBy: null, owner: null },
    ...{ questionSet: null, formerSet: null, smsNotifications: false, actor: null, pendingInterviews: 0 },
    ...{ addressHolder: null, noRoom: null, waitsFor: null, isKeyUser: false },
    shares: values.resource === 'share_links' ? sharing(values) : null,
    ...over,
  };
}

/** A row whose object was created and confirmed. */
export function linked(values: Desired, observed: Observed, over: Partial<RowContext> = {}): RowContext {
  const base = settledBase[values.resource];
  return unlinked(values, { link: { uuid: observed.uuid, base, how: 'created' }, observed, ...over });
}

/** Spark Hire refused what is decided about the row: to the administrator, unless a user acted. */
export function refused(
  context: RowContext,
  issue: Issue,
  actor: string | null = null,
  by: Policies = policies,
): RowContext {
  const { action } = decide(context, by);
  const print = action === null ? 'none' : fingerprint(action);
  return { ...context, refused: { issue, fingerprint: print, actor, forMs: 0 } };
}

export function withdrawn(context: RowContext): RowContext {
  return { ...context, row: { ...context.row!, wanted: false } };
}

/** What a person chose; whether its kind takes that is left to the test. */
export function answer(
  over: Partial<Pick<Answer, 'id' | 'kind' | 'field' | 'uuid' | 'ats' | 'sparkhire'> & { take: string }>,
): Answer {
  const about = { kind: 'field_diverged', field: null, uuid: null, ats: null, sparkhire: null };
  return { id: '1', take: 'ats', ...about, ...over } as Answer;
}

let made = 0;

/** The row's context once its decision was carried out and confirmed, and the mirror shows it. */
export function carriedOut(context: RowContext, decision: Decision): RowContext {
  const { action } = decision;
  let { link, observed, adoptable } = context;
  if (link !== null) link = { ...link, base: { ...link.base, ...decision.settles } };
  if (decision.unlink) [link, observed] = [null, null];
  if (action?.action === 'create') {
    observed = objectOf(context.row!.values!, `made-${++made}`, context);
    const base = { ...action.settles };
    if (observed.resource === 'interviews') {
      base.scheduled_at = { ats: base.scheduled_at!.ats, sparkhire: observed.scheduledAt };
    }
    link = { uuid: observed.uuid, base, how: 'created' };
  } else if (action?.action === 'adopt') {
    observed = adoptable.find(({ uuid }) => uuid === action.uuid) ?? null;
    adoptable = adoptable.filter(({ uuid }) => uuid !== action.uuid);
    link = { uuid: action.uuid!, base: action.settles, how: 'adopted' };
  } else if (action !== null) {
    observed = changed(observed!, decision);
    link = { ...link!, base: { ...link!.base, ...action.settles } };
  }
  return {
    ...context,
    link,
    observed,
    adoptable,
    openConflicts: decision.conflicts.map(({ kind, field, uuid }, at) => ({
      id: `${at}`,
      kind,
      field,
      uuid,
    })),
    answers: context.answers.filter(
      ({ id }) => ![decision.carriedOut, decision.putAside, action?.answers ?? []].flat().includes(id),
    ),
  };
}

function objectOf(values: Desired, uuid: string, { parents, shares }: RowContext): Observed {
  switch (values.resource) {
    case 'users':
      return seenUser({ uuid, name: values.name, email: values.email });
    case 'jobs':
      return seenJob({ uuid, title: values.title, description: values.description, status: values.status });
    case 'interviews':
      return seenInterview({
        uuid,
        type: values.type,
        scheduledAt: 'at' in values.deadline ? values.deadline.at : '2027-02-01T00:00:00Z',
        jobUuid: parents.job?.uuid ?? null,
        candidateName: values.candidate.name,
        candidateEmail: values.candidate.email,
      });
    case 'share_links':
      return seenShareLink({
        uuid,
        status: values.status,
        reviewerName: values.reviewer.name,
        reviewerEmail: values.reviewer.email,
        interviewUuids: shares!.interviews.flatMap((one) => one.uuid ?? []),
      });
  }
}

function changed(observed: Observed, { action }: Decision): Observed {
  if (action!.action === 'delete') return { ...observed, deleted: true };
  const columns: Record<string, string> = { scheduled_at: 'scheduledAt', desired: 'status', share: 'shared' };
  const values = action!.changes
    .filter(({ field }) => field !== 'place')
    .map(({ field, to }) => [columns[field] ?? field, to]);
  return { ...observed, ...Object.fromEntries(values) } as Observed;
}
