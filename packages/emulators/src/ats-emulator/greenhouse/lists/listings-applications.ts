import { selectedOption, shownCustomFields } from '../custom-values.js';
import type { Application, StageEntry } from '../world/records.js';
import { boolean, flag, ids, oneOf, time, word } from './filters.js';
import { type Listing, listing } from './listing.js';
import type { Reading } from './reading.js';
import { seesApplication, seesCandidate, seesOfApplication, seesOfCandidate } from './visibility.js';

const times = ['id', 'created_at', 'updated_at'];
const day = 86_400_000;

/** The stage that the application is in, as the application itself names it. */
function currentStage(application: Application, { view, switches }: Reading) {
  const entry =
    application.status === 'in_process' ? view.application_stages.get(application.entry_id) : undefined;
  const stage = entry && view.job_interview_stages.get(entry.job_interview_stage_id);
  if (!entry || !stage) return { stage_id: null, stage_name: null };
  return { stage_id: switches.stageId === 'entry' ? entry.id : stage.id, stage_name: stage.name };
}

function enteredAt(entry: StageEntry, { switches }: Reading): number | null {
  if (switches.enteredAt === 'all' || (switches.enteredAt === 'past' && !entry.current)) return null;
  return entry.entered_at;
}

/** Lists of candidates, applications, what stages they were in and what is written about them. */
export const applicationListings: Readonly<Record<string, Listing>> = {
  application_stages: listing<'application_stages'>({
    table: 'application_stages',
    fields: [
      ...times,
      'application_id',
      'job_interview_stage_id',
      'entered_at',
      'exited_at',
      'days_in_stage',
      'current',
    ],
    filters: {
      application_ids: ids((row) => row.application_id),
      job_interview_stage_ids: ids((row) => row.job_interview_stage_id),
      current: flag((row) => row.current),
    },
    computed: (entry, reading) => ({
      entered_at: enteredAt(entry, reading),
      days_in_stage: Math.floor(
        ((entry.exited_at ?? reading.now) - (entry.entered_at ?? entry.created_at)) / day,
      ),
    }),
    seen: (entry, reading) => seesOfApplication(entry.application_id, reading),
  }),
  applications: listing<'applications'>({
    table: 'applications',
    fields: [
      ...times,
      'agency_note_id',
      'candidate_id',
      'coordinator_id',
      'job_id',
      'job_post_id',
      'recruiter_id',
      'referrer_id',
      'source_id',
      'stage_id',
      'stage_name',
      'status',
      'needs_decision',
      'prospect',
      'rejected_at',
      'last_activity_at',
      'location_address',
      'answers',
      'prospective_job_ids',
      'custom_fields',
    ],
    filters: {
      candidate_ids: ids((row) => row.candidate_id),
      job_ids: ids((row) => row.job_id),
      prospective_job_ids: ids((row) => row.prospective_job_ids),
      job_post_ids: ids((row) => row.job_post_id),
      source_ids: ids((row) => row.source_id),
      referrer_ids: ids((row) => row.referrer_id),
      stage_ids: ids((row, reading) => currentStage(row, reading).stage_id),
      // Asked in other words than answered.
      status: word((row) => row.status, {
        active: 'in_process',
        rejected: 'rejected',
        hired: 'hired',
        converted: 'converted',
      }),
      stage_name: word((row, reading) => currentStage(row, reading).stage_name),
      custom_field_option_id: selectedOption(),
      last_activity_at: time((row) => row.last_activity_at),
      prospect: flag((row) => row.prospect),
    },
    nullable: ['answers', 'custom_fields'],
    computed: (application, reading) => ({
      ...currentStage(application, reading),
      agency_note_id: null,
      answers: [],
      custom_fields: shownCustomFields(reading.view, 'application', application.custom_values),
    }),
    seen: seesApplication,
  }),
  candidates: listing<'candidates'>({
    table: 'candidates',
    fields: [
      ...times,
      'first_name',
      'last_name',
      'preferred_name',
      'company',
      'title',
      'last_activity_at',
      'private',
      'can_email',
      'time_zone',
      'tags',
      'linked_user_ids',
      'phone_numbers',
      'addresses',
      'email_addresses',
      'website_addresses',
      'social_media_addresses',
      'custom_fields',
    ],
    filters: {
      last_activity_at: time((row) => row.last_activity_at),
      custom_field_option_id: selectedOption(),
      // Whether private ones come too; not: only those.
      private: (text, name) => {
        const wanted = boolean(text, name);
        return (row) => wanted || !row.private;
      },
      email: (text) => (row) =>
        row.email_addresses.some(({ value }) => value.toLowerCase() === text.toLowerCase()),
      tag: (text) => (row) => row.tags.includes(text),
    },
    nullable: ['custom_fields'],
    computed: (candidate, { view }) => ({
      time_zone: null,
      linked_user_ids: [],
      addresses: [],
      website_addresses: [],
      social_media_addresses: [],
      custom_fields: shownCustomFields(view, 'candidate', candidate.custom_values),
    }),
    seen: seesCandidate,
  }),
  notes: listing<'notes'>({
    table: 'notes',
    fields: [
      ...times,
      'candidate_id',
      'application_id',
      'body',
      'subject',
      'type',
      'user_id',
      'email_from',
      'email_to',
      'email_cc',
      'import_hash',
      'body_with_tags',
      'visibility',
      'email_attachment_file_names',
    ],
    filters: {
      candidate_ids: ids((row) => row.candidate_id),
      user_ids: ids((row) => row.user_id),
      application_ids: ids((row) => row.application_id),
      type: word(
        (row) => row.type,
        oneOf(
          'NOTE',
          'ACTIVITY',
          'INTERVIEW',
          'EMAIL',
          'FOLLOW_UP',
          'TAKE_HOME_TEST',
          'LINKEDIN_NOTE',
          'LINKEDIN_INMAIL',
          'AVAILABILITY_REQUEST',
          'MIGRATION_ERROR',
          'TOUCHPOINT',
          'FORM',
          'FEEDBACK',
        ),
      ),
      visibility: word(
        (row) => row.visibility,
        oneOf('admin_only_visible', 'privately_visible', 'publicly_visible'),
      ),
    },
    computed: (note) => ({
      subject: null,
      email_from: null,
      email_to: null,
      email_cc: null,
      import_hash: null,
      body_with_tags: note.body,
      email_attachment_file_names: null,
    }),
    seen: (note, reading) =>
      seesOfCandidate(note.candidate_id, reading) && seesOfApplication(note.application_id, reading),
  }),
  rejection_details: listing<'rejection_details'>({
    table: 'rejection_details',
    fields: [
      ...times,
      'application_id',
      'rejected_by_id',
      'rejection_note_id',
      'rejection_reason_id',
      'rejected_at',
      'question_custom_fields',
    ],
    filters: {
      application_ids: ids((row) => row.application_id),
      rejection_reason_ids: ids((row) => row.rejection_reason_id),
      custom_field_option_id: ids(() => null),
    },
    computed: () => ({ question_custom_fields: null }),
    seen: (detail, reading) => seesOfApplication(detail.application_id, reading),
  }),
};
