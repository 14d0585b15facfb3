/** Who is invited and who is not, and why: from what the ATS tells of an entry and its application. Pure. */
import type { SyncError } from '../../errors.js';
import type { Application, Entry } from '../connector.js';
import type { SettingsOfEach, Trigger } from '../settings-of-each.js';

/** In the order in which they are looked at: the first that holds is told. */
export type SkipReason =
  | 'before_from'
  | 'prospect'
  | 'not_active'
  | 'unread'
  | 'left_stage'
  | 'confidential_job'
  | 'private'
  | 'anonymized'
  | 'may_not_email'
  | 'no_email'
  | 'forgotten'
  | 'already_invited'
  | 'interview_pending'
  | 'unmapped_package'
  | 'draft_job'
  | 'another_writer';

export interface Skip {
  reason: SkipReason;
  /** Nothing personal. */
  message: string;
}

export interface Known {
  /** Since when entries count for the trigger; null: all of them. */
  since: Date | null;
  job: 'shown' | 'confidential' | 'hidden' | 'draft';
  /** Whether other entries of the application into the same stage were invited, or this address to this job with this package. */
  isInvited: boolean;
  /** A row that invites them to this job and is not finished: for `this` interview, or for another one. */
  pending: { row: string; isThis: boolean; sent: boolean } | null;
  /** A row whose interview was this one, and ended after they had entered. */
  endedSince: string | null;
  /** Whether one of those began at the same moment: then it is this one, which had another key. */
  isSameEntry: boolean;
  hasPackage: boolean;
  /** The person was erased. */
  isForgotten: boolean;
  /** What of it another writer has a row of the same key for. */
  taken: 'job' | 'interview' | null;
}

export const notShown =
  'the ATS does not show the application: it was deleted, or is hidden from the credential';

/** @param failure what kept it from being read, though others could be */
export function cannotRead(what: 'application' | 'job', failure: SyncError): Skip {
  return { reason: 'unread', message: `the ${what} could not be read: ${failure.message}` };
}

/** Whether it began before it counts: then nothing else of it is looked at. */
export function judgeTime({ enteredAt, isFresh }: Entry, since: Date | null): Skip | null {
  if (since === null || (enteredAt === null ? isFresh === true : enteredAt >= since)) return null;
  const message =
    enteredAt === null
      ? `it is not known when they entered the stage; who entered before ${since.toISOString()} is not invited`
      : `entered the stage before ${since.toISOString()}, from when on people are invited`;
  return { reason: 'before_from', message };
}

/** @returns why they are not invited; null if they are */
export function judge(
  entry: Entry,
  application: Application | null,
  { package: name, stage }: Trigger,
  { since, job, isInvited, pending, endedSince, isSameEntry, hasPackage, isForgotten, taken }: Known,
  settings: Pick<SettingsOfEach, 'include' | 'reentry'>,
): Skip | null {
  const late = judgeTime(entry, since);
  if (late !== null) return late;
  if (application === null) {
    return { reason: 'not_active', message: notShown };
  }
  if (application.isProspect)
    return { reason: 'prospect', message: 'is a prospect, who has not applied for a job' };
  if (!application.isActive) return { reason: 'not_active', message: 'the application has ended' };
  const now = application.entries.find(({ id }) => id === entry.id);
  if (now?.isCurrent !== true)
    return { reason: 'left_stage', message: `has left the stage “${stage}” again` };
  if (job === 'hidden') {
    return {
      reason: 'confidential_job',
      message: 'the ATS does not show the job: it is confidential, a template, or hidden from the credential',
    };
  }
  if (job === 'confidential' && !settings.include.confidential) {
    return {
      reason: 'confidential_job',
      message: 'the job is confidential; `include.confidential` takes such jobs too',
    };
  }
  const { candidate } = application;
  if (candidate === null) {
    return {
      reason: 'private',
      message: 'the ATS does not show the candidate: they are private, or hidden from the credential',
    };
  }
  if (candidate.isPrivate && !settings.include.private) {
    return { reason: 'private', message: 'the candidate is private; `include.private` takes them too' };
  }
  if (candidate.isAnonymized)
    return { reason: 'anonymized', message: 'the candidate was anonymized, or has no name' };
  if (!candidate.mayEmail)
    return { reason: 'may_not_email', message: 'the candidate has not agreed to get e-mail' };
  if (candidate.email === null) return { reason: 'no_email', message: 'the candidate has no e-mail address' };
  if (isForgotten)
    return { reason: 'forgotten', message: 'the person was erased with `sparkhire-sync forget`' };
  if (isSameEntry) {
    return {
      reason: 'already_invited',
      message: 'was invited for this entry into the stage, which had another key then',
    };
  }
  const { askedElsewhere } = application;
  const asksAnew = settings.reentry === 'invite' && entry.enteredAt !== null;
  if (askedElsewhere && (!asksAnew || askedElsewhere >= entry.enteredAt!)) {
    return {
      reason: 'already_invited',
      message: 'was asked for a video interview in the ATS itself, by a provider that it has',
    };
  }
  if (isInvited && settings.reentry === 'ignore') {
    return {
      reason: 'already_invited',
      message: 'was invited to this job with this package before; `reentry: invite` invites again',
    };
  }
  if (pending?.isThis) {
    return {
      reason: 'already_invited',
      message: `was invited to this job with this package before, and that interview is not finished (row ${pending.row}): it continues. Who enters the stage after its end is invited again`,
    };
  }
  if (endedSince !== null) {
    return {
      reason: 'already_invited',
      message: `was invited to this job with this package before, and entered the stage before that interview ended (row ${endedSince}). Who enters the stage after its end is invited again`,
    };
  }
  if (pending !== null) {
    return {
      reason: 'interview_pending',
      message: `has another interview for this job that is not finished (row ${pending.row}): they are invited once it has ended, if they stand in the stage then`,
    };
  }
  if (!hasPackage) {
    return {
      reason: 'unmapped_package',
      message: `there is no package “${name}”: neither in the settings nor in ats.packages`,
    };
  }
  if (job === 'draft')
    return {
      reason: 'draft_job',
      message: 'the job is a draft in the ATS; they are invited once it is open',
    };
  if (taken !== null) {
    return {
      reason: 'another_writer',
      message: `ats.${taken}s has a row of another writer with the key that this ${taken} has; nobody is invited by it. Give that row another key, or remove it`,
    };
  }
  return null;
}
