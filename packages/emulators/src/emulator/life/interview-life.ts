import type { Core } from '../core.js';
import { conflict } from '../http/api-error.js';
import {
  type Candidate,
  Interview,
  type InterviewType,
  type MailKind,
  type Question,
  type User,
} from '../records.js';
import { deadlineOf } from '../state.js';
import type { WebhookEvent } from '../webhooks.js';

/*
 *   requested ──accept──▶ accepted ──complete──▶ completed
 *    │  ▲ ▲                │   │                     │
 *    │  │ └──reschedule────│───│── expired ◀─deadline┤ (from requested, accepted)
 *    │  └────────reset─────│───│─────────────────────┘ (customer support, from any)
 *    └──────cancel─────────┴───▶ canceled
 */

export interface NewQuestion {
  text: string;
  timeLimit: number;
  takes: number;
}

export interface NewInterview {
  type: InterviewType;
  scheduledAt: number;
  jobUuid: string;
  candidate: { name: string; email: string; phone?: string | null; phoneParsed?: string | null };
  createdBy: string;
  questions: NewQuestion[];
  emailMessage?: string | null;
  timezone?: string;
}

/** Tells the webhooks what happened to the interview. */
export function announce(core: Core, event: WebhookEvent, interview: Interview): void {
  core.webhooks.emit({
    event,
    visibleTo: (user) => core.visibility.seesInterview(user, interview),
    payload: () => {
      if (event === 'InterviewDeleted' && core.switches.deletedPayload === 'uuid-only') {
        return { uuid: interview.uuid };
      }
      return core.render.interview(interview, core.switches.webhookPayload === 'detail');
    },
  });
}

export function mail(core: Core, kind: MailKind, to: string, subject: string, about: string): void {
  core.state.outbox.push({ kind, to, subject, about, at: core.clock.now() });
}

/** The job seeker with this address; made when he is invited for the first time. */
export function candidateFor(core: Core, person: NewInterview['candidate']): Candidate {
  const known = core.state.candidates.get(person.email.toLowerCase());
  if (known && !person.phone && known.name === person.name) return known;
  const uuid = known?.uuid ?? core.state.ids.uuid();
  const candidate: Candidate = {
    uuid,
    name: person.name,
    email: person.email,
    avatar: `https://cdn.example.com/avatars/${uuid.slice(0, 8)}.png`,
    phone: person.phone ?? null,
    phoneParsed: person.phoneParsed ?? null,
  };
  core.state.candidates.set(person.email.toLowerCase(), candidate);
  return candidate;
}

export function newQuestion(core: Core, question: NewQuestion): Question {
  const now = core.clock.now();
  return {
    uuid: core.state.ids.uuid(),
    text: question.text,
    timeLimit: question.timeLimit,
    takesLimit: question.takes,
    takesCompleted: 0,
    completed: false,
    skipped: false,
    createdAt: now,
    updatedAt: now,
    startedAt: null,
  };
}

/** Makes the interview, mails the candidate and tells the webhooks. */
export function createInterview(core: Core, fields: NewInterview): Interview {
  const { state } = core;
  const now = core.clock.now();
  const interview = new Interview(
    {
      seq: state.nextSeq(),
      uuid: state.ids.uuid(),
      type: fields.type,
      status: 'requested',
      rating: null,
      scheduledAt: fields.scheduledAt,
      acceptedAt: null,
      completedAt: null,
      jobUuid: fields.jobUuid,
      candidate: candidateFor(core, fields.candidate),
      createdBy: fields.createdBy,
      shareLink: null,
      emailMessage: fields.emailMessage ?? null,
      timezone: fields.timezone ?? 'UTC',
      createdAt: now,
      updatedAt: now,
    },
    fields.questions.map((question) => newQuestion(core, question)),
  );
  state.addInterview(interview);
  const title = state.anyJob(fields.jobUuid)?.title ?? '';
  const subject = `Your ${fields.type === 'live' ? 'live' : 'video'} interview for ${title}`;
  mail(core, 'interview_invitation', fields.candidate.email, subject, interview.uuid);
  if (fields.candidate.phoneParsed && state.plan.features.interview_sms_notifications) {
    mail(core, 'sms_invitation', fields.candidate.phoneParsed, subject, interview.uuid);
  }
  announce(core, 'InterviewCreated', interview);
  return interview;
}

function change(core: Core, interview: Interview, mutate: () => void, at = core.clock.now()): void {
  core.state.interviews.change(interview, () => {
    mutate();
    interview.updatedAt = at;
  });
  core.state.watchDeadline(interview);
}

/** The candidate accepts the invitation. */
export function acceptInterview(core: Core, interview: Interview): void {
  if (interview.status !== 'requested') {
    throw conflict('interview.not_requested', 'Only a requested interview can be accepted.');
  }
  change(core, interview, () => {
    interview.status = 'accepted';
    interview.acceptedAt = core.clock.now();
  });
  announce(core, 'InterviewAccepted', interview);
}

/** The candidate (or, for a live one, the company) completes it; a requested one counts as accepted on the way. */
export function completeInterview(core: Core, interview: Interview): void {
  if (interview.status !== 'requested' && interview.status !== 'accepted') {
    throw conflict('interview.not_open', 'The interview is no longer open.');
  }
  const now = core.clock.now();
  for (const question of interview.questions) {
    question.completed = true;
    question.takesCompleted = Math.max(1, question.takesCompleted);
    question.startedAt ??= now;
    question.updatedAt = now;
  }
  change(core, interview, () => {
    interview.status = 'completed';
    interview.acceptedAt ??= now;
    interview.completedAt = now;
  });
  announce(core, 'InterviewCompleted', interview);
}

/** @param at when the deadline passed */
export function expireInterview(core: Core, interview: Interview, at = core.clock.now()): void {
  if (interview.status !== 'requested' && interview.status !== 'accepted') {
    throw conflict('interview.not_open', 'The interview is no longer open.');
  }
  const touched = core.switches.expiryTouches ? at : interview.updatedAt;
  change(core, interview, () => (interview.status = 'expired'), touched);
  announce(core, 'InterviewExpired', interview);
}

export function cancelInterview(core: Core, interview: Interview): void {
  if (interview.status === 'completed' || interview.status === 'canceled') {
    throw conflict('interview.not_cancelable', `The interview is already ${interview.status}.`);
  }
  change(core, interview, () => (interview.status = 'canceled'));
  mail(core, 'interview_canceled', interview.candidate.email, 'Your interview was canceled', interview.uuid);
}

/** A new deadline or start. An expired interview is requested again by it; so is an accepted live one. */
export function rescheduleInterview(core: Core, interview: Interview, scheduledAt: number): void {
  if (interview.status === 'completed' || interview.status === 'canceled') {
    throw conflict('interview.not_reschedulable', `The interview is already ${interview.status}.`);
  }
  change(core, interview, () => {
    interview.scheduledAt = scheduledAt;
    const again = interview.status === 'expired' || interview.type === 'live';
    if (again) {
      interview.status = 'requested';
      interview.acceptedAt = null;
    }
  });
  mail(core, 'interview_rescheduled', interview.candidate.email, 'Your interview was moved', interview.uuid);
  announce(core, 'InterviewRescheduled', interview);
}

/** Customer support sets the interview back to the start; its answers and its rating are gone. */
export function resetInterview(core: Core, interview: Interview, scheduledAt?: number): void {
  const now = core.clock.now();
  for (const question of interview.questions) {
    question.completed = false;
    question.takesCompleted = 0;
    question.startedAt = null;
    question.updatedAt = now;
  }
  change(core, interview, () => {
    interview.status = 'requested';
    interview.acceptedAt = null;
    interview.completedAt = null;
    interview.rating = null;
    if (scheduledAt !== undefined) interview.scheduledAt = scheduledAt;
    else if (deadlineOf(interview) <= now) interview.scheduledAt = now + 7 * 86_400_000;
  });
  announce(core, 'InterviewReset', interview);
}

/** @param rating 0 to 5, or null to take the rating back */
export function rateInterview(core: Core, interview: Interview, rating: number | null, by?: User): void {
  const now = core.clock.now();
  const touched = core.switches.ratingTouches ? now : interview.updatedAt;
  change(core, interview, () => (interview.rating = rating), touched);
  core.webhooks.emit({
    event: 'InterviewRated',
    visibleTo: (user) => core.visibility.seesInterview(user, interview),
    payload: () => core.render.ratingPayload(interview, by, now),
  });
}

/** Somebody edits something the API does not show. */
export function touchInterview(core: Core, interview: Interview): void {
  change(core, interview, () => {});
}

/** @param silent no event: it goes with its job */
export function deleteInterview(core: Core, interview: Interview, silent = false): void {
  core.state.interviews.delete(interview.uuid);
  core.state.deleted.interviews.set(interview.uuid, interview);
  if (!silent) announce(core, 'InterviewDeleted', interview);
}

/** Expires everything whose deadline has passed by the emulated date. */
export function expireOverdue(core: Core): void {
  for (const { interview, at } of core.state.overdue(core.clock.now())) expireInterview(core, interview, at);
}
