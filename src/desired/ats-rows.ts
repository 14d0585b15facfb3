/** Rows of schema ats as they are read: types are PostgreSQL's, nothing is known of their meaning. One with `deleted_at` is none. */
import { trimmed } from '../text/invisible.js';

interface AtsRow {
  atsId: string;
}

export interface AtsUser extends AtsRow {
  name: string | null;
  email: string | null;
  role: string | null;
  active: boolean | null;
}

export interface AtsJob extends AtsRow {
  title: string | null;
  description: string | null;
  status: string | null;
  city: string | null;
  region: string | null;
  country: string | null;
  work_mode: string | null;
  work_place: string | null;
  owner_ats_id: string | null;
}

export interface AtsPackage {
  type: string | null;
  question_set_uuid: string | null;
  questions: unknown;
  /** May be NaN or infinite, as numeric may. */
  deadline_days: number | null;
  email_message: string | null;
  timezone: string | null;
}

export interface AtsInterview extends AtsRow {
  job_ats_id: string | null;
  candidate_name: string | null;
  candidate_email: string | null;
  candidate_phone: string | null;
  candidate_phone_e164: string | null;
  sms_consent: boolean | null;
  type: string | null;
  package: string | null;
  question_set_uuid: string | null;
  questions: unknown;
  /** Milliseconds since the epoch; may be infinite, as timestamptz may. */
  deadline_at: number | null;
  timezone: string | null;
  email_message: string | null;
  requested_by_ats_id: string | null;
  desired: string | null;
  share: boolean | null;
  priority: number | null;
}

export interface AtsShareRequest extends AtsRow {
  reviewers: unknown;
  /** Arrays of PostgreSQL may have several dimensions. */
  interview_ats_ids: unknown;
  send_email: boolean | null;
  status: string | null;
}

/** Text of nothing but blanks, and of what nobody sees, says nothing: many exports write it for null. */
export function blankToNull(text: string | null | undefined): string | null {
  return text === null || text === undefined || trimmed(text) === '' ? null : text;
}

/** Only nothing refers to nobody: a reference of blanks is one that was lost. */
export function referenceOf(text: string | null): string | null {
  return text === '' ? null : text;
}

/** A word as it is compared with the known ones: blanks and case do not matter, nor how `canceled` is spelled. */
export function wordOf(text: string | null): string | null {
  const word = text === null ? null : trimmed(text).toLowerCase() || null;
  return word === 'cancelled' ? 'canceled' : word;
}
