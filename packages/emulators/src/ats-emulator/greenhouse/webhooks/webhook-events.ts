import type { Application, Candidate, JobStage } from '../world/records.js';

/** The events that a webhook can be set up for, as far as something here makes them happen. */
export const webhookEvents = [
  'new_candidate_application',
  'new_prospect_application',
  'application_updated',
  'delete_application',
  'candidate_stage_change',
  'hire_candidate',
  'reject_candidate',
  'unreject_candidate',
  'update_candidate',
  'delete_candidate',
  'merge_candidate',
  'candidate_anonymized',
  'job_updated',
  'job_interview_stage_deleted',
] as const;

export type WebhookEvent = (typeof webhookEvents)[number];

/** What happened, as far as it is told. */
export type Happened =
  | {
      event:
        | 'new_candidate_application'
        | 'new_prospect_application'
        | 'application_updated'
        | 'delete_application'
        | 'candidate_stage_change'
        | 'hire_candidate'
        | 'reject_candidate'
        | 'unreject_candidate';
      application: Application;
    }
  | { event: 'update_candidate'; candidate: Candidate }
  | { event: 'delete_candidate'; candidate: Candidate; applicationIds: readonly number[] }
  | { event: 'merge_candidate'; candidate: Candidate; into: number }
  | { event: 'candidate_anonymized'; candidateId: number; fields: readonly string[] }
  | { event: 'job_updated'; jobId: number }
  | { event: 'job_interview_stage_deleted'; stage: JobStage };
