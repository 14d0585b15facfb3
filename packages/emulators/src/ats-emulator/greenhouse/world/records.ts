import type { Row } from './table.js';

/** Rows have the names of the API's fields; what a list does not show stands beside them. */
export interface Office extends Row {
  readonly name: string;
  readonly location: string | null;
  readonly parent_id: number | null;
  readonly external_id: string | null;
  readonly primary_in_house_contact_user_id: number | null;
}

export interface Department extends Row {
  readonly name: string;
  readonly parent_id: number | null;
  readonly external_id: string | null;
}

export interface User extends Row {
  readonly first_name: string | null;
  readonly last_name: string | null;
  /** Empty for a service account. */
  readonly primary_email: string;
  readonly job_title: string | null;
  readonly deactivated: boolean;
  readonly site_admin: boolean;
  readonly employee_id: string | null;
  readonly office_ids: readonly number[];
  readonly department_ids: readonly number[];
  /** Not shown: hidden from lists unless asked for. */
  readonly service_account: boolean;
}

export interface Job extends Row {
  readonly name: string;
  readonly requisition_id: string | null;
  readonly notes: string | null;
  readonly confidential: boolean;
  readonly status: 'open' | 'draft' | 'closed';
  readonly opened_at: number | null;
  readonly closed_at: number | null;
  readonly is_template: boolean;
  readonly copied_from_id: number | null;
  readonly department_id: number | null;
  readonly office_ids: readonly number[];
  readonly custom_values: CustomValues;
}

export interface JobPost extends Row {
  readonly job_id: number;
  readonly job_board_id: number;
  readonly title: string;
  readonly internal: boolean;
  readonly active: boolean;
  readonly live: boolean;
  readonly featured: boolean;
  readonly first_published_at: number | null;
  readonly content: string | null;
  readonly language: string | null;
}

export interface JobStage extends Row {
  readonly job_id: number;
  readonly sort_order: number;
  readonly name: string;
  readonly active: boolean;
}

export interface JobOwner extends Row {
  readonly job_id: number;
  readonly user_id: number;
  readonly type: 'sourcer' | 'recruiter' | 'coordinator';
  readonly responsible: boolean;
}

export interface HiringManager extends Row {
  readonly job_id: number;
  readonly user_id: number;
}

export interface Contact {
  readonly value: string;
  readonly type: string;
}

export interface Candidate extends Row {
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly preferred_name: string | null;
  readonly company: string | null;
  readonly title: string | null;
  readonly last_activity_at: number | null;
  readonly private: boolean;
  readonly can_email: boolean;
  readonly tags: readonly string[];
  readonly phone_numbers: readonly Contact[];
  readonly email_addresses: readonly Contact[];
  readonly custom_values: CustomValues;
}

export interface Application extends Row {
  readonly candidate_id: number;
  /** Null for a prospect without a job. */
  readonly job_id: number | null;
  readonly job_post_id: number | null;
  readonly recruiter_id: number | null;
  readonly coordinator_id: number | null;
  readonly source_id: number | null;
  readonly referrer_id: number | null;
  readonly status: 'rejected' | 'hired' | 'converted' | 'in_process';
  readonly needs_decision: boolean | null;
  readonly prospect: boolean;
  readonly rejected_at: number | null;
  readonly last_activity_at: number | null;
  readonly location_address: string | null;
  readonly prospective_job_ids: readonly number[];
  readonly custom_values: CustomValues;
  /** Not shown by itself: the current row of its stage entries. */
  readonly entry_id: number | null;
}

/** One stay of an application in a stage. */
export interface StageEntry extends Row {
  readonly application_id: number;
  readonly job_interview_stage_id: number;
  readonly entered_at: number | null;
  readonly exited_at: number | null;
  readonly current: boolean;
}

export interface Note extends Row {
  readonly candidate_id: number;
  readonly application_id: number | null;
  readonly user_id: number | null;
  readonly body: string;
  readonly type: 'NOTE' | 'ACTIVITY' | 'EMAIL';
  readonly visibility: 'admin_only_visible' | 'privately_visible' | 'publicly_visible';
}

export interface RejectionDetail extends Row {
  readonly application_id: number;
  /** Null: by itself. */
  readonly rejected_by_id: number | null;
  readonly rejection_note_id: number | null;
  readonly rejection_reason_id: number | null;
  readonly rejected_at: number | null;
}

export interface RejectionReason extends Row {
  readonly name: string;
  readonly type: { readonly id: number; readonly key: string; readonly name: string };
}

export interface Source extends Row {
  readonly name: string;
  readonly type: { readonly id: number; readonly name: string };
}

export interface CustomField extends Row {
  readonly field_type: 'application' | 'candidate' | 'job';
  readonly sort_order: number;
  readonly name: string;
  readonly name_key: string;
  readonly value_type: 'short_text' | 'long_text' | 'url' | 'number' | 'date' | 'yes_no' | 'single_select';
  readonly private: boolean;
  readonly active: boolean;
}

export interface CustomFieldOption extends Row {
  readonly custom_field_id: number;
  readonly name: string;
  readonly external_id: string | null;
  readonly sort_order: number;
  readonly active: boolean;
}

/** By name_key. A selection is the name of its option. */
export type CustomValues = Readonly<Record<string, string | number | boolean | null>>;
