/** What the emulated company holds. Times are milliseconds since the epoch. */

export type Role = 'administrator' | 'standard' | 'evaluator';
export type ActiveStatus = 'active' | 'inactive';
export type InterviewType = 'one_way' | 'live';
export type InterviewStatus = 'requested' | 'accepted' | 'completed' | 'expired' | 'canceled';

/** `seq` grows with every record made: the stable tie-break of every order. */
interface Row {
  readonly seq: number;
  readonly uuid: string;
}

export interface User extends Row {
  name: string;
  email: string;
  role: Role;
  active: boolean;
  avatar: string;
  createdAt: number;
  updatedAt: number;
}

export interface ApiKey {
  key: string;
  userUuid: string;
  description: string;
  type: string;
  /** Made through /users/:uuid/integration_key; a user has at most one of these. */
  integration: boolean;
  lastUsedAt: number | null;
  createdAt: number;
  updatedAt: number;
}

export interface JobLocation {
  uuid: string;
  address: string;
  workMode: 'remote' | 'on_site' | 'hybrid' | null;
}

export interface OpenInterview {
  uuid: string;
  link: string;
  expiresAt: number;
  status: ActiveStatus;
  questions: Array<{ uuid: string; timeLimit: number; text: string }>;
}

export interface Job extends Row {
  title: string;
  description: string;
  status: ActiveStatus;
  location: JobLocation;
  openInterview: OpenInterview | null;
  createdBy: string;
  statusUpdatedBy: string;
  statusUpdatedAt: number;
  /** Users besides the creator who were put on the job. */
  members: Set<string>;
  createdAt: number;
  updatedAt: number;
}

export interface Candidate {
  uuid: string;
  name: string;
  email: string;
  avatar: string;
  phone: string | null;
  phoneParsed: string | null;
}

export interface Question {
  uuid: string;
  text: string;
  timeLimit: number;
  /** -1: unlimited. */
  takesLimit: number;
  takesCompleted: number;
  completed: boolean;
  skipped: boolean;
  createdAt: number;
  updatedAt: number;
  startedAt: number | null;
}

export interface ShareLink {
  uuid: string;
  url: string;
  status: ActiveStatus;
  updatedBy: string;
  createdAt: number;
  updatedAt: number;
}

export interface InterviewFields extends Row {
  type: InterviewType;
  status: InterviewStatus;
  /** 0 to 5, or null while nobody rated it. */
  rating: number | null;
  scheduledAt: number;
  acceptedAt: number | null;
  completedAt: number | null;
  jobUuid: string;
  candidate: Candidate;
  createdBy: string;
  shareLink: ShareLink | null;
  emailMessage: string | null;
  timezone: string;
  createdAt: number;
  updatedAt: number;
}

/** An interview. Its questions are made when first looked at: a large seed would not fit otherwise. */
export class Interview implements InterviewFields {
  declare readonly seq: number;
  declare readonly uuid: string;
  declare type: InterviewType;
  declare status: InterviewStatus;
  declare rating: number | null;
  declare scheduledAt: number;
  declare acceptedAt: number | null;
  declare completedAt: number | null;
  declare jobUuid: string;
  declare candidate: Candidate;
  declare createdBy: string;
  declare shareLink: ShareLink | null;
  declare emailMessage: string | null;
  declare timezone: string;
  declare createdAt: number;
  declare updatedAt: number;
  #questions: Question[] | ((interview: Interview) => Question[]);

  constructor(fields: InterviewFields, questions: Question[] | ((interview: Interview) => Question[])) {
    Object.assign(this, fields);
    this.#questions = questions;
  }

  get questions(): Question[] {
    if (typeof this.#questions === 'function') this.#questions = this.#questions(this);
    return this.#questions;
  }
}

export interface SetQuestion {
  uuid: string;
  text: string;
  timeLimit: number;
  takes: number;
  /** Seconds; -1: no limit. */
  thinkTime: number;
}

export interface QuestionSet extends Row {
  name: string;
  questions: SetQuestion[];
  createdAt: number;
  updatedAt: number;
}

export interface AdvancedLink extends Row {
  url: string;
  status: ActiveStatus;
  reviewer: { name: string; email: string };
  createdBy: string;
  updatedBy: string;
  items: Array<{ uuid: string; interviewUuid: string }>;
  createdAt: number;
  updatedAt: number;
}

export interface Webhook extends Row {
  userUuid: string;
  description: string;
  url: string;
  /** `user:password`, or null. */
  httpAuth: string | null;
  createdAt: number;
  /** Times of the failures of the last 48 hours. */
  failures: number[];
  failingSince: number | null;
  disabledAt: number | null;
}

export interface Company {
  uuid: string;
  name: string;
  website: string;
  summary: string;
  avatar: string;
  logo: string;
  industry: { uuid: string; name: string };
  location: { uuid: string; address: string; placeId: string };
  createdAt: number;
  updatedAt: number;
}

export interface Plan {
  name: string;
  startedAt: number;
  renewsAt: number;
  /** Job slots; -1: unlimited. What remains follows from the active jobs. */
  jobLimit: number;
  /** User seats; -1: unlimited. What remains follows from the active users. */
  userLimit: number;
  usersPaid: number;
  downgradesTo: { name: string; at: number } | null;
  features: Record<string, boolean>;
  /** Whether administrators may make keys for users. */
  customIntegration: boolean;
}

export type MailKind =
  | 'interview_invitation'
  | 'sms_invitation'
  | 'interview_rescheduled'
  | 'interview_canceled'
  | 'user_welcome'
  | 'share_link';

/** A mail or text message the service would have sent. */
export interface OutboxMail {
  kind: MailKind;
  /** The address, or the number of a text message. */
  to: string;
  subject: string;
  /** The uuid of the interview, user or link it is about. */
  about: string;
  at: number;
}
