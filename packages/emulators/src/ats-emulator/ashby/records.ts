/** Rows have the names of the API's fields; times are milliseconds. What no answer shows is said where it stands. */
export interface Row {
  readonly id: string;
}

export interface Member {
  readonly userId: string;
  readonly role: string;
}

export interface Place {
  readonly addressCountry?: string;
  readonly addressRegion?: string;
  readonly addressLocality?: string;
}

export interface Location extends Row {
  readonly name: string;
  readonly place: Place | null;
  readonly isRemote: boolean;
}

export interface Plan extends Row {
  readonly title: string;
}

/** A stage is of a plan, which several jobs may have. */
export interface Stage extends Row {
  readonly title: string;
  readonly type: 'Lead' | 'PreInterviewScreen' | 'Active' | 'Offer' | 'Hired' | 'Archived';
  readonly orderInInterviewPlan: number;
  readonly interviewPlanId: string;
}

export interface Job extends Row {
  readonly title: string;
  readonly status: 'Draft' | 'Open' | 'Closed' | 'Archived';
  readonly confidential: boolean;
  readonly locationId: string;
  readonly defaultInterviewPlanId: string;
  readonly interviewPlanIds: readonly string[];
  readonly jobPostingIds: readonly string[];
  readonly hiringTeam: readonly Member[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Posting extends Row {
  readonly jobId: string;
  readonly descriptionHtml: string;
  readonly isListed: boolean;
}

export interface User extends Row {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly isEnabled: boolean;
  readonly updatedAt: number;
}

export interface Contact {
  readonly value: string;
  readonly type: 'Personal' | 'Work' | 'Other';
  readonly isPrimary: boolean;
}

export interface Candidate extends Row {
  readonly name: string;
  readonly emailAddresses: readonly Contact[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One stay of an application in a stage. People may set when it began, and delete it. */
export interface HistoryEntry {
  readonly id: string;
  readonly stageId: string;
  readonly enteredStageAt: number;
  readonly leftStageAt: number | null;
  readonly actorId: string | null;
}

export interface Application extends Row {
  readonly candidateId: string;
  readonly jobId: string;
  readonly status: 'Active' | 'Hired' | 'Archived' | 'Lead';
  readonly stageId: string;
  readonly history: readonly HistoryEntry[];
  readonly hiringTeam: readonly Member[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly archivedAt: number | null;
}

export interface Note extends Row {
  readonly candidateId: string;
  readonly content: string;
  readonly createdAt: number;
}

export interface Webhook extends Row {
  readonly webhookType: WebhookType;
  readonly requestUrl: string;
  readonly secretToken: string;
  /** False once a delivery was answered with 400 or more, until somebody enables it. */
  readonly enabled: boolean;
}

export const webhookTypes = [
  'applicationSubmit',
  'applicationUpdate',
  'candidateHire',
  'candidateStageChange',
  'candidateDelete',
  'candidateMerge',
  'interviewPlanTransition',
] as const;
export type WebhookType = (typeof webhookTypes)[number];

/** What one key may do, and what it is shown. */
export interface Key {
  readonly key: string;
  readonly permissions: Set<Permission>;
  isActive: boolean;
  /** Whether jobs that are confidential are shown to it, and who applied for them. */
  seesConfidential: boolean;
}

export const permissions = [
  'candidatesRead',
  'candidatesWrite',
  'jobsRead',
  'interviewsRead',
  'organizationRead',
  'apiKeysRead',
  'apiKeysWrite',
] as const;
export type Permission = (typeof permissions)[number];
