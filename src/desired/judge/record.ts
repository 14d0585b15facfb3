/** Judges a row of schema ats as it was read. */
import type { JudgedRow, PushResource } from '../../reconcile/types.js';
import type { AtsInterview, AtsJob, AtsPackage, AtsUser } from '../ats-rows.js';
import { judgeForgotten, judgeInterview, judgeJob, judgeUser } from './judge.js';
import type { Words } from './words.js';

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
