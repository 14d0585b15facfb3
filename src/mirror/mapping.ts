/** What each mirrored row takes from an object of Spark Hire: pure, one function a resource. */
import { createHash } from 'node:crypto';
import type {
  AdvancedShareLink,
  Company,
  Interview,
  InterviewQuestion,
  Job,
  Plan,
  QuestionSet,
  Read,
  User,
} from '../sparkhire/client.js';
import { asUuid, isObject } from '../sparkhire/fields.js';
import { type MirrorRow, mirrorTables, type TableName } from './tables.js';

/** Where a row comes from: a listing, which lacks the details, or the single object. */
export type Origin = 'list' | 'single';

/** Indexed columns are kept short enough for an index; `raw` has the whole text. */
function indexed(text: string | null): string | null {
  if (text === null || text.length <= 500) return text;
  // Not between the halves of a surrogate pair.
  return text.slice(0, /[\ud800-\udbff]/.test(text[499]!) ? 499 : 500);
}

function row(
  table: TableName,
  origin: Origin,
  read: { value: { uuid: string }; raw: unknown },
  columns: Record<string, unknown>,
  carried: Record<string, boolean> = {},
): MirrorRow {
  const paths = mirrorTables[table].detailPaths;
  return {
    uuid: read.value.uuid,
    columns,
    raw: read.raw,
    keep: origin === 'list' ? paths : paths.filter((path) => carried[path] !== true),
    single: origin === 'single',
  };
}

export function userRow(read: Read<User>, origin: Origin): MirrorRow {
  const { value } = read;
  return row(
    'users',
    origin,
    read,
    {
      name: value.name,
      email: indexed(value.email),
      role: value.role,
      active: value.active,
      avatar: value.avatar,
      company_uuid: value.company?.uuid,
      created_at: value.created_at,
      updated_at: value.updated_at,
    },
    { role: value.role !== undefined },
  );
}

export function jobRow(read: Read<Job>, origin: Origin): MirrorRow {
  const { value } = read;
  return row(
    'jobs',
    origin,
    read,
    {
      title: value.title,
      status: indexed(value.status),
      description: value.description,
      location: value.location?.formatted_address,
      open_interview_uuid: value.open_interview?.uuid,
      open_interview_link: value.open_interview?.link,
      open_interview_expires_at: value.open_interview?.expires_at,
      open_interview_status: value.open_interview?.status,
      created_by_uuid: value.created_by?.uuid,
      created_by_email: value.created_by?.email,
      status_updated_by_uuid: value.status_updated_by?.uuid,
      status_updated_at: value.status_updated_at,
      company_uuid: value.company?.uuid,
      created_at: value.created_at,
      updated_at: value.updated_at,
    },
    {
      description: value.description !== undefined,
      'open_interview.questions': value.open_interview?.questions !== undefined,
    },
  );
}

/** Where a company user watches a completed interview; the API document gives this address. */
export function watchUrl(value: Pick<Interview, 'uuid' | 'status'>): string | null {
  return value.status === 'completed' ? `https://www.sparkhire.com/interview/${value.uuid}/watch` : null;
}

export function interviewRow(read: Read<Interview>, origin: Origin): MirrorRow {
  const { value } = read;
  return row(
    'interviews',
    origin,
    read,
    {
      type: value.type,
      status: indexed(value.status),
      rating: value.rating,
      job_uuid: value.job?.uuid,
      job_title: value.job?.title,
      candidate_uuid: value.assigned_to?.uuid,
      candidate_name: value.assigned_to?.name,
      candidate_email: indexed(value.assigned_to?.email ?? null),
      created_by_uuid: value.created_by?.uuid,
      created_by_email: value.created_by?.email,
      scheduled_at: value.scheduled_at,
      completed_at: value.completed_at,
      share_link_uuid: value.share_link?.uuid,
      share_url: value.share_link?.url,
      share_status: value.share_link?.status,
      watch_url: watchUrl(value),
      company_uuid: value.company?.uuid,
      created_at: value.created_at,
      updated_at: value.updated_at,
    },
    { questions: value.questions !== undefined, share_link: value.share_link !== undefined },
  );
}

/** The questions of a single interview; null where the object did not carry them. */
export function questionRows(read: Read<Interview>): MirrorRow[] | null {
  const { value, raw } = read;
  if (value.questions === undefined || value.questions === null) return null;
  // Those without a usable uuid are not among the values.
  const items = (raw.questions as unknown[])
    .map((item, index) => ({ item, position: index + 1 }))
    .filter(({ item }) => isObject(item) && asUuid(item.uuid) !== null);
  const met = new Map<string, number>();
  return value.questions.map((question, index) => {
    const { item, position } = items[index]!;
    // The document shows two questions of one interview under one uuid: the second gets one of its own.
    const before = met.get(question.uuid) ?? 0;
    met.set(question.uuid, before + 1);
    return {
      uuid: before === 0 ? question.uuid : derivedUuid(value.uuid, question.uuid, before),
      columns: questionColumns(question, value.uuid, position),
      raw: item,
      keep: [],
      single: true,
    };
  });
}

function questionColumns(question: InterviewQuestion, interviewUuid: string, position: number) {
  return {
    interview_uuid: interviewUuid,
    position,
    text: question.text,
    time_limit: question.time_limit,
    takes_limit: question.takes?.limit,
    takes_completed: question.takes?.completed,
    takes_remaining: question.takes?.remaining,
    completed: question.completed,
    skipped: question.skipped,
    started_at: question.started_at,
    created_at: question.created_at,
    updated_at: question.updated_at,
  };
}

/** A uuid that is always the same for the same parts (version 8, from a hash). */
export function derivedUuid(...parts: Array<string | number>): string {
  const hex = createHash('sha256').update(parts.join(' ')).digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

export function questionSetRow(read: Read<QuestionSet>, origin: Origin): MirrorRow {
  const { value, raw } = read;
  const questions = Array.isArray(raw.questions) ? raw.questions : null;
  // Nothing says whether listed sets carry their questions. None has none.
  const isTold = questions !== null && (origin === 'single' || questions.length > 0);
  const columns = {
    name: value.name,
    questions: isTold ? questions : null,
    created_at: value.created_at,
    updated_at: value.updated_at,
  };
  return { ...row('question_sets', origin, read, columns), keep: isTold ? [] : ['questions'] };
}

export function shareLinkRow(read: Read<AdvancedShareLink>, origin: Origin): MirrorRow {
  const { value } = read;
  return row(
    'share_links',
    origin,
    read,
    {
      url: value.url,
      status: indexed(value.status),
      reviewer_name: value.reviewer?.name,
      reviewer_email: value.reviewer?.email,
      interview_uuids: value.interviews?.map((interview) => interview.uuid),
      created_by_uuid: value.created_by?.uuid,
      created_at: value.created_at,
      updated_at: value.updated_at,
    },
    { interviews: value.interviews !== undefined },
  );
}

export function companyRow(read: Read<Company>): MirrorRow {
  const { value } = read;
  return row('companies', 'single', read, {
    name: value.name,
    website: value.website,
    summary: value.summary,
    industry: value.industry,
    created_at: value.created_at,
    updated_at: value.updated_at,
  });
}

/** Columns of the account's row in sparkhire.plans. */
export function planColumns({ value }: Read<Plan>): Record<string, unknown> {
  return {
    name: value.name,
    job_slots_limit: value.jobs?.limit ?? null,
    job_slots_remaining: value.jobs?.remaining ?? null,
    user_slots_limit: value.users?.limit ?? null,
    user_slots_remaining: value.users?.remaining ?? null,
    users_paid: value.users?.paid ?? null,
    features: value.features,
    renews_at: value.renews_at,
  };
}
