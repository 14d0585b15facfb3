import { shownCustomFields } from '../custom-values.js';
import type { Application, Candidate, Job, User } from '../world/records.js';
import type { World } from '../world/world.js';
import type { Happened } from './webhook-events.js';

const iso = (ms: number | null) => (ms === null ? null : `${new Date(ms).toISOString().slice(0, 19)}Z`);

/** What is told of an event: the payload, as the object is now. */
export function payloadOf(world: World, happened: Happened): Record<string, unknown> {
  switch (happened.event) {
    case 'delete_application': {
      const { application } = happened;
      return {
        application: {
          id: application.id,
          candidate_id: application.candidate_id,
          job_id: application.job_id,
          created_at: iso(application.created_at),
          source_id: application.source_id,
          candidate_rejection_reason_id: null,
          rejection_note_id: null,
          rejected_at: iso(application.rejected_at),
          referrer_id: application.referrer_id,
          prospect: application.prospect,
          rejected_by_user_id: null,
        },
      };
    }
    case 'hire_candidate': {
      // Where the application stands is not told with a hire.
      const { id, source, credited_to, custom_fields, candidate, jobs } = applicationOf(
        world,
        happened.application,
      );
      return {
        application: { id, opening: null, source, credited_to, custom_fields, candidate, jobs, offer: null },
      };
    }
    case 'update_candidate': {
      const { is_private: _, can_email: __, ...candidate } = candidateOf(happened.candidate);
      return { candidate };
    }
    case 'delete_candidate':
      return {
        person: { ...personOf(happened.candidate), deleted_application_ids: happened.applicationIds },
      };
    case 'merge_candidate':
      return { person: { ...personOf(happened.candidate), new_candidate_id: happened.into } };
    case 'candidate_anonymized':
      return { candidate_id: happened.candidateId, anonymized_fields: happened.fields };
    case 'job_updated':
      return { job: jobOf(world, world.tables.jobs.one(happened.jobId)) };
    case 'job_interview_stage_deleted': {
      const { id, job_id, name, active, created_at, updated_at } = happened.stage;
      const times = { created_at: iso(created_at), updated_at: iso(updated_at) };
      return { job_interview_stage: { id, job_id, ...times, name, active } };
    }
    default:
      return { application: applicationOf(world, happened.application) };
  }
}

function applicationOf(world: World, application: Application): Record<string, unknown> {
  const { tables } = world;
  const candidate = tables.candidates.get(application.candidate_id);
  const entry = tables.application_stages.get(application.entry_id);
  const stage = entry && tables.job_interview_stages.get(entry.job_interview_stage_id);
  const source = tables.sources.get(application.source_id);
  const jobIds = application.job_id === null ? application.prospective_job_ids : [application.job_id];
  return {
    id: application.id,
    rejected_at: iso(application.rejected_at),
    prospect: application.prospect,
    status: application.status === 'in_process' ? 'active' : application.status,
    applied_at: iso(application.created_at),
    last_activity_at: iso(application.last_activity_at),
    url: `https://app.example.com/people/${application.candidate_id}?application_id=${application.id}`,
    source: source ? { id: source.id, name: source.name } : null,
    credited_to: null,
    rejection_reason: null,
    rejection_details: null,
    // The stage of the job: not the entry that the API's stage_id is.
    current_stage: stage ? { id: stage.id, name: stage.name, interviews: [] } : null,
    prospect_detail: { prospect_pool: null, prospect_stage: null, prospect_owner: null },
    custom_fields: shownCustomFields(world.view(world.clock.now()), 'application', application.custom_values),
    candidate: candidate && {
      ...candidateOf(candidate),
      recruiter: colleague(tables.users.get(application.recruiter_id)),
      coordinator: colleague(tables.users.get(application.coordinator_id)),
    },
    jobs: jobIds.flatMap((id) => {
      const job = tables.jobs.get(id);
      return job ? [jobOf(world, job)] : [];
    }),
  };
}

function colleague(user: User | undefined) {
  if (!user) return null;
  const name = `${user.first_name} ${user.last_name}`;
  return { id: user.id, email: user.primary_email, name, employee_id: user.employee_id };
}

function candidateOf(candidate: Candidate): Record<string, unknown> {
  return {
    id: candidate.id,
    first_name: candidate.first_name,
    last_name: candidate.last_name,
    title: candidate.title,
    company: candidate.company,
    created_at: iso(candidate.created_at),
    external_id: null,
    photo_url: null,
    url: `https://app.example.com/people/${candidate.id}`,
    is_private: candidate.private,
    can_email: candidate.can_email,
    phone_numbers: candidate.phone_numbers,
    email_addresses: candidate.email_addresses,
    addresses: [],
    website_addresses: [],
    social_media_addresses: [],
    educations: [],
    employments: [],
    recruiter: null,
    coordinator: null,
    attachments: [],
    tags: candidate.tags,
    custom_fields: {},
  };
}

function personOf(candidate: Candidate): Record<string, unknown> {
  return {
    id: candidate.id,
    first_name: candidate.first_name,
    last_name: candidate.last_name,
    company: candidate.company,
    title: candidate.title,
    created_at: iso(candidate.created_at),
    headline: null,
    is_private: candidate.private,
    recruiter_user_id: null,
    coordinator_user_id: null,
    can_email: candidate.can_email,
  };
}

function jobOf({ tables }: World, job: Job): Record<string, unknown> {
  const department = tables.departments.get(job.department_id);
  return {
    id: job.id,
    name: job.name,
    requisition_id: job.requisition_id,
    notes: job.notes,
    confidential: job.confidential,
    job_post_id: tables.job_posts.find((post) => post.job_id === job.id)?.id ?? null,
    status: job.status,
    created_at: iso(job.created_at),
    opened_at: iso(job.opened_at),
    closed_at: iso(job.closed_at),
    departments: department
      ? [{ id: department.id, name: department.name, external_id: department.external_id }]
      : [],
    offices: job.office_ids.flatMap((id) => {
      const office = tables.offices.get(id);
      return office
        ? [{ id, name: office.name, location: office.location, external_id: office.external_id }]
        : [];
    }),
    custom_fields: {},
  };
}
