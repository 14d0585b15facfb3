/**
 * Whether a row of schema ats means something that can be sent. Pure: rows in, judged rows out.
 *
 * Every problem becomes one issue of its column, with a sentence that says what to do; the first found of a column
 * counts. Problems of a row that is withdrawn matter to nobody. What refers to other rows is left to the deciders,
 * but for the package: without it there are no values to decide about.
 */
import { onlyLiveIsCompleted } from '../../reconcile/kinds/interviews.js';
import type {
  DesiredInterview,
  DesiredJob,
  DesiredUser,
  JudgedRow,
  Place,
  PushResource,
} from '../../reconcile/types.js';
import { lineProblem, textProblem } from '../../text/lines.js';
import {
  type AtsInterview,
  type AtsJob,
  type AtsPackage,
  type AtsUser,
  blankToNull,
  referenceOf,
  wordOf,
} from '../ats-rows.js';
import { type Findings, findings, forgottenMessage, shown } from './findings.js';
import { judgeDeadline, judgeEmail, judgeTimezone, judgeUuid } from './formats.js';
import { identityProblem } from './identities.js';
import { judgePhone } from './phones.js';
import { judgeQuestions } from './questions.js';
import { judgeText } from './texts.js';
import { jobStatuses, roles, type Words } from './words.js';

/** Resources whose rows are rows of the table with their name. */
export type TableResource = Exclude<PushResource, 'share_links'>;

/** What rows are judged by. */
export interface Judging {
  /** Milliseconds since the epoch. */
  now: number;
  /** Words of other systems; none unless given. */
  words?: Words | undefined;
  /** Of an interview that names a package which is not there: one that looks like it. */
  likelyPackage?: string | undefined;
  /** Its candidate was erased. */
  isForgotten?: boolean | undefined;
}

type PackageColumns = { has_package: boolean; p_deadline_days: string | null } & {
  [Column in Exclude<keyof AtsPackage, 'deadline_days'> as `p_${Column}`]: AtsPackage[Column];
};

export function judgeRecord(
  resource: TableResource,
  record: unknown,
  linked: boolean,
  { now, words, likelyPackage, isForgotten }: Judging,
): Omit<JudgedRow, 'arrived'> {
  if (resource === 'users') return judgeUser(record as AtsUser, linked, words);
  if (resource === 'jobs') return judgeJob(record as AtsJob, linked, words);
  if (isForgotten) return judgeForgotten(record as AtsInterview);
  const template = packageOf(record as PackageColumns);
  return judgeInterview(record as AtsInterview, { package: template, likelyPackage, linked, now });
}

function packageOf(record: PackageColumns): AtsPackage | null {
  if (!record.has_package) return null;
  return {
    type: record.p_type,
    question_set_uuid: record.p_question_set_uuid,
    questions: record.p_questions,
    deadline_days: record.p_deadline_days === null ? null : Number(record.p_deadline_days),
    email_message: record.p_email_message,
    timezone: record.p_timezone,
  };
}

const workModes = ['remote', 'on_site', 'hybrid'] as const;
const types = ['one_way', 'live'] as const;
const desires = ['invited', 'canceled', 'completed'] as const;

/** What judging answers, besides what identifies the row. */
type Judged<D extends DesiredUser | DesiredJob | DesiredInterview> = Omit<JudgedRow<D>, 'arrived'>;

/**
 * @param found what stops the row
 * @param alone of a row that is linked: what stops its own column alone
 * @param aside what stops nothing
 */
function judged<D extends DesiredUser | DesiredJob | DesiredInterview>(
  resource: D['resource'],
  atsId: string,
  wanted: boolean,
  { found, alone = null, aside }: { found: Findings; alone?: Findings | null; aside?: Findings },
  values: () => D,
): Judged<D> {
  const usable = found.issues.length === 0 && found.waits.length === 0;
  const { unsendable } = alone ?? found;
  const issues = usable ? [] : [...found.issues, ...(alone?.issues ?? unsendable)];
  const columns = alone?.issues ?? [];
  return {
    resource,
    atsId,
    wanted,
    values: usable ? values() : null,
    issues: wanted ? issues : [],
    waits: wanted && issues.length === 0 ? found.waits : [],
    ...(wanted && usable && unsendable.length > 0 ? { unsendable } : {}),
    ...(wanted && usable && columns.length > 0 ? { columnIssues: columns } : {}),
    ...(aside !== undefined && aside.issues.length > 0 ? { asides: aside.issues } : {}),
  };
}

/** @param linked whether the user is in Spark Hire: the role cannot be changed then, so it stops nothing else */
export function judgeUser(row: AtsUser, linked = false, words: Words = {}): Judged<DesiredUser> {
  const found = findings();
  const alone = linked ? findings() : null;
  judgeText(alone ?? found, 'ats_id', row.atsId, identityProblem);
  const name = found.required('name', row.name, 'the full name of the user');
  judgeText(found, 'name', name, lineProblem);
  const email = judgeEmail(found, 'email', row.email, 'the e-mail address of the user');
  const role = (alone ?? found).oneOf('role', row.role, roles, undefined, {
    mapping: words.roles,
    setting: 'policies.users.roles',
  });
  return judged<DesiredUser>('users', row.atsId, true, { found, alone }, () => ({
    resource: 'users',
    name: name!,
    email: email!,
    role,
    roleOfNone: words.roles?.[''] ?? null,
    active: row.active,
  }));
}

/** @param linked whether the job is in Spark Hire: a place that cannot be used leaves it where it is, and stops nothing else */
export function judgeJob(row: AtsJob, linked = false, words: Words = {}): Judged<DesiredJob> {
  const found = findings();
  const alone = linked ? findings() : null;
  const column = alone ?? found;
  judgeText(column, 'ats_id', row.atsId, identityProblem);
  judgeText(column, 'owner_ats_id', referenceOf(row.owner_ats_id), identityProblem);
  const title = found.required('title', row.title, 'the title of the job');
  judgeText(found, 'title', title, lineProblem);
  const description = found.required(
    'description',
    row.description,
    'the text of the advertisement, which Spark Hire demands',
  );
  judgeText(found, 'description', description, textProblem);
  found.required('status', row.status, 'open or closed');
  const status = found.oneOf('status', row.status, jobStatuses, undefined, {
    mapping: words.statuses,
    setting: 'policies.jobs.statuses',
  });
  const place = judgePlace(column, row);
  return judged<DesiredJob>('jobs', row.atsId, true, { found, alone }, () => ({
    resource: 'jobs',
    title: title!,
    description,
    status: status === 'open' ? 'active' : 'inactive',
    place,
    ownerAtsId: referenceOf(row.owner_ats_id),
  }));
}

function judgePlace(found: Findings, row: AtsJob): Place | null {
  const mode = found.oneOf('work_mode', row.work_mode, workModes);
  const [city, region, country] = [row.city, row.region, row.country].map(blankToNull) as [
    string | null,
    string | null,
    string | null,
  ];
  const workPlace = blankToNull(row.work_place);
  for (const [field, text] of Object.entries({ city, region, country, work_place: workPlace })) {
    judgeText(found, field, text, lineProblem);
    if (found.has(field)) return null;
  }
  if (mode === 'remote') return { kind: 'locality', work_mode: mode, work_place: workPlace };
  if (mode !== null) {
    if (workPlace === null && city === null) {
      found.add(
        'REQUIRED_FIELD_MISSING',
        'work_place',
        `Give work_place or city: a job of work_mode ${mode} needs a place.`,
      );
      return null;
    }
    const address = [city, region, country].filter((part) => part !== null).join(', ');
    return { kind: 'locality', work_mode: mode, work_place: workPlace ?? address };
  }
  if (found.has('work_mode')) return null;
  if (city === null) {
    found.add('REQUIRED_FIELD_MISSING', 'city', 'Give city and country, or work_mode: a job needs a place.');
    return null;
  }
  if (country === null) {
    found.add(
      'REQUIRED_FIELD_MISSING',
      'country',
      'Give country: a city alone is no place for Spark Hire (or give work_mode).',
    );
    return null;
  }
  return { kind: 'location', city, state: region, country };
}

/** The row of a candidate who was erased: it is not sent, and nothing of it is repeated. */
export function judgeForgotten(row: AtsInterview): Judged<DesiredInterview> {
  const found = findings();
  found.add('FORGOTTEN', 'candidate_email', forgottenMessage);
  const wanted = wordOf(row.desired) !== 'canceled';
  return {
    resource: 'interviews',
    atsId: row.atsId,
    wanted,
    values: null,
    issues: wanted ? found.issues : [],
  };
}

/** What judging an interview needs besides its row. */
export interface InterviewSurroundings {
  /** The package the row names; null if there is none (any more). */
  package: AtsPackage | null;
  /** One that looks like the one which is not there. */
  likelyPackage?: string | undefined;
  /**
   * Whether the invitation was sent: deadlines that passed are no problem then, the package has done its part, and what
   * is wrong with a column (but for `desired`, which says what is wanted at all) stops nothing but that column.
   */
  linked: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

export function judgeInterview(row: AtsInterview, around: InterviewSurroundings): Judged<DesiredInterview> {
  const { linked, now } = around;
  const found = findings();
  const alone = linked ? findings() : null;
  const column = alone ?? found;
  const aside = findings();
  const desired = found.oneOf('desired', row.desired, desires) ?? 'invited';
  const wanted = desired !== 'canceled';
  // A cancellation under a key that looks like another one's may be meant for that.
  const isMistakable = !wanted && !linked;
  judgeText(isMistakable ? aside : column, 'ats_id', row.atsId, identityProblem);
  const jobAtsId = column.required('job_ats_id', row.job_ats_id, 'the ats_id of the job');
  judgeText(column, 'job_ats_id', jobAtsId, identityProblem);
  judgeText(column, 'requested_by_ats_id', referenceOf(row.requested_by_ats_id), identityProblem);
  const name = column.required('candidate_name', row.candidate_name, 'the name of the candidate');
  judgeText(column, 'candidate_name', name, lineProblem);
  const email = judgeEmail(
    column,
    'candidate_email',
    row.candidate_email,
    'the e-mail address of the candidate',
  );
  const { phone, phoneE164 } = judgePhone(column, wanted ? aside : findings(), row, linked);

  const packageName = referenceOf(row.package);
  if (!linked) judgeText(found, 'package', packageName, identityProblem);
  const template = packageName === null ? null : around.package;
  if (packageName !== null && template === null && !linked && !found.has('package')) {
    found.wait(
      'package',
      around.likelyPackage === undefined
        ? `Add the package ${shown(packageName)}, or name another one: there is none of this name.`
        : `Name the package as it is named in ats.packages, or correct it there: the row has ${shown(packageName)}, the package is ${shown(around.likelyPackage)}.`,
    );
  }
  // What the package may still give: of a linked row it is merely noted that the row itself says nothing.
  const open = packageName !== null && (template !== null || linked);
  const fromPackage: string[] = [];
  const source = (column: string, own: boolean): 'row' | 'package' => {
    if (own || !open) return 'row';
    fromPackage.push(column);
    return 'package';
  };
  const waiting = found.waits.length > 0 || found.has('package');
  const where = `package ${shown(packageName ?? '')}`;

  const ownType = blankToNull(row.type);
  const typeFrom = source('type', ownType !== null);
  let type: 'one_way' | 'live' | null;
  if (typeFrom === 'row') {
    // To complete one whose type is not known might complete what only its candidate can.
    const judging = desired === 'completed' ? found : column;
    if (!waiting) judging.required('type', ownType, 'one_way or live, here or in a package');
    type = judging.oneOf('type', ownType, types);
  } else if (linked) {
    type = types.find((known) => known === wordOf(template?.type ?? null)) ?? 'one_way';
  } else {
    const given = blankToNull(template?.type ?? null);
    found.required('type', given, `one_way or live, here or in ${where}`);
    type = found.oneOf('type', given, types, where);
  }

  // Of one that was sent, what was sent tells.
  if (desired === 'completed' && !linked && type !== null && type !== 'live')
    found.add('UNMAPPED_ENUM', 'desired', onlyLiveIsCompleted);

  const ownQuestions = blankToNull(row.question_set_uuid) !== null || !isEmptyList(row.questions);
  const questionsFrom = source('questions', ownQuestions);
  const giver = questionsFrom === 'row' ? row : template;
  const giverName = questionsFrom === 'row' ? null : where;
  // What a package got wrong is no problem of a row that was sent.
  const told = (from: 'row' | 'package') => (linked && from === 'package' ? findings() : column);
  const asked = told(questionsFrom);
  const questionSetUuid = judgeUuid(asked, 'question_set_uuid', giver?.question_set_uuid ?? null, giverName);
  // The set wins: what the list says does not matter then.
  const questions =
    questionSetUuid !== null || asked.has('question_set_uuid')
      ? null
      : judgeQuestions(asked, giver?.questions ?? null, giverName);
  const asksNothing = questionSetUuid === null && questions === null;
  if (
    type === 'one_way' &&
    asksNothing &&
    !waiting &&
    !linked &&
    !column.has('questions', 'question_set_uuid')
  ) {
    const place = packageName === null ? '' : `, here or in ${where}`;
    column.add(
      'REQUIRED_FIELD_MISSING',
      'questions',
      `Give questions or question_set_uuid${place}: a one-way interview needs one of them.`,
    );
  }

  const isUnusable = linked && column.has('questions', 'question_set_uuid');

  const deadlineFrom = source('deadline_at', row.deadline_at !== null);
  const days = deadlineFrom === 'row' ? null : (template?.deadline_days ?? null);
  const deadline = judgeDeadline(
    column,
    { at: row.deadline_at, days, giver: where },
    { linked, waiting, now },
  );

  const timezoneFrom = source('timezone', blankToNull(row.timezone) !== null);
  const timezone =
    timezoneFrom === 'row'
      ? judgeTimezone(column, row.timezone, null)
      : judgeTimezone(told(timezoneFrom), template?.timezone ?? null, where);
  const messageFrom = source('email_message', blankToNull(row.email_message) !== null);
  const emailMessage = messageFrom === 'row' ? row.email_message : (template?.email_message ?? null);
  const messageGiver = messageFrom === 'row' ? undefined : where;
  judgeText(told(messageFrom), 'email_message', blankToNull(emailMessage), textProblem, messageGiver);

  return judged<DesiredInterview>(
    'interviews',
    row.atsId,
    wanted,
    { found, alone, aside },
    // What is missing here is told of a row that was sent; none of it is sent again as long as it is.
    () => ({
      resource: 'interviews',
      type: type ?? 'one_way',
      jobAtsId: jobAtsId ?? '',
      candidate: { name: name ?? '', email: email ?? '', phone, phoneE164 },
      smsConsent: row.sms_consent === true,
      questionSetUuid,
      questions,
      deadline: deadline ?? { days: 0 },
      timezone,
      emailMessage: blankToNull(emailMessage),
      requestedByAtsId: referenceOf(row.requested_by_ats_id),
      share: row.share === true,
      complete: desired === 'completed' && (linked || type === 'live'),
      priority: row.priority ?? 0,
      // What cannot be used is no wish either.
      fromPackage: isUnusable ? [...fromPackage, 'questions'] : fromPackage,
    }),
  );
}

function isEmptyList(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}
