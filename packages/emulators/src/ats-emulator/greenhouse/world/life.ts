import type { GreenhouseSwitches } from '../switch-table.js';
import type { Happened } from '../webhooks/webhook-events.js';
import type { Application, Candidate, Contact, Job, JobStage, Note } from './records.js';
import { duties, jobBoardId, stageNames } from './seed-words.js';
import type { NewRow } from './table.js';
import type { Tables, World } from './world.js';

/** What life works with: the rows, the readings in force, and whoever is to be told. */
export interface Living {
  readonly world: World;
  readonly switches: GreenhouseSwitches;
  tell(happened: Happened): void;
}

export function stagesOf(tables: Tables, jobId: number): JobStage[] {
  return tables.job_interview_stages
    .filter((stage) => stage.job_id === jobId && stage.active)
    .sort((a, b) => a.sort_order - b.sort_order);
}

/** @throws RangeError naming the stages there are */
export function stageNamed(tables: Tables, jobId: number, stage: string | number): JobStage {
  const stages = stagesOf(tables, jobId);
  const found = stages.find((one) => one.id === stage || one.name === stage);
  if (found) return found;
  throw new RangeError(
    `Job ${jobId} has no stage ${stage}, but ${stages.map(({ name }) => name).join(', ')}.`,
  );
}

/** Somebody new, who has applied for nothing yet. */
export function addCandidate(
  { world }: Living,
  fields: Partial<NewRow<Candidate>> & { email_addresses?: readonly Contact[] },
): Candidate {
  return world.tables.candidates.add({
    first_name: null,
    last_name: null,
    preferred_name: null,
    company: null,
    title: null,
    last_activity_at: world.clock.now(),
    private: false,
    can_email: true,
    tags: [],
    phone_numbers: [],
    email_addresses: [],
    custom_values: {},
    ...fields,
  });
}

/** An application in the job's first stage, or a prospect in none. */
export function apply(
  living: Living,
  candidateId: number,
  jobId: number | null,
  fields: Partial<NewRow<Application>> = {},
): Application {
  const { tables, clock } = living.world;
  tables.candidates.one(candidateId);
  const prospect = fields.prospect ?? jobId === null;
  const owner = (type: 'recruiter' | 'coordinator') =>
    tables.job_owners.find((row) => row.job_id === jobId && row.type === type && row.responsible)?.user_id ??
    null;
  const post = tables.job_posts.find((row) => row.job_id === jobId && row.live);
  let application = tables.applications.add({
    candidate_id: candidateId,
    job_id: prospect ? null : jobId,
    job_post_id: prospect ? null : (post?.id ?? null),
    recruiter_id: owner('recruiter'),
    coordinator_id: owner('coordinator'),
    source_id: [...tables.sources.values()][0]?.id ?? null,
    referrer_id: null,
    status: 'in_process',
    needs_decision: false,
    prospect,
    rejected_at: null,
    last_activity_at: clock.now(),
    location_address: null,
    prospective_job_ids: prospect && jobId !== null ? [jobId] : [],
    custom_values: {},
    entry_id: null,
    ...fields,
  });
  if (!prospect && jobId !== null) {
    const first = stagesOf(tables, jobId)[0];
    if (!first) throw new RangeError(`Job ${jobId} has no stage.`);
    application = enter(living, application, first.id);
  }
  living.tell({ event: prospect ? 'new_prospect_application' : 'new_candidate_application', application });
  return application;
}

/** Leaves the stage it is in and enters another: two rows move. */
export function enter(living: Living, application: Application, stageId: number): Application {
  const { tables, clock } = living.world;
  const now = clock.now();
  if (application.entry_id !== null) leave(living, application.entry_id);
  const entry = tables.application_stages.add({
    application_id: application.id,
    job_interview_stage_id: stageId,
    entered_at: now,
    exited_at: null,
    current: true,
  });
  return tables.applications.change(application.id, { entry_id: entry.id, last_activity_at: now });
}

function leave({ world }: Living, entryId: number): void {
  world.tables.application_stages.change(entryId, { exited_at: world.clock.now(), current: false });
}

/** @throws RangeError if the application is not in process, or its job has no such stage */
export function moveToStage(living: Living, applicationId: number, stage: string | number): Application {
  const { tables } = living.world;
  const application = tables.applications.one(applicationId);
  if (application.status !== 'in_process' || application.job_id === null) {
    throw new RangeError(`Application ${applicationId} is in no stage.`);
  }
  const target = stageNamed(tables, application.job_id, stage);
  if (tables.application_stages.get(application.entry_id)?.job_interview_stage_id === target.id) {
    throw new RangeError(`Application ${applicationId} is in that stage.`);
  }
  const moved = enter(living, application, target.id);
  living.tell({ event: 'candidate_stage_change', application: moved });
  return moved;
}

/** To the first stage of another job; its history stays or goes, as the switch says. */
export function transfer(living: Living, applicationId: number, jobId: number): Application {
  const { tables } = living.world;
  const application = tables.applications.one(applicationId);
  const first = stagesOf(tables, jobId)[0];
  if (!first || application.status !== 'in_process')
    throw new RangeError(`That cannot be moved to ${jobId}.`);
  let moved = application;
  if (living.switches.transferHistory === 'dropped') {
    dropEntries(living, applicationId);
    moved = tables.applications.change(applicationId, { entry_id: null });
  }
  moved = tables.applications.change(applicationId, { job_id: jobId, job_post_id: null });
  moved = enter(living, moved, first.id);
  living.tell({ event: 'candidate_stage_change', application: moved });
  return moved;
}

export function dropEntries({ world }: Living, applicationId: number): void {
  const entries = world.tables.application_stages;
  for (const entry of entries.filter((row) => row.application_id === applicationId)) entries.delete(entry.id);
}

/** @param by null: an automatic rule */
export function reject(living: Living, applicationId: number, by: number | null): Application {
  const { tables, clock } = living.world;
  const application = inProcess(living, applicationId);
  const now = clock.now();
  tables.rejection_details.add({
    application_id: applicationId,
    rejected_by_id: by,
    rejection_note_id: null,
    rejection_reason_id: [...tables.rejection_reasons.values()][0]?.id ?? null,
    rejected_at: now,
  });
  return end(living, application, 'rejected', 'reject_candidate', { rejected_at: now });
}

export function unreject(living: Living, applicationId: number): Application {
  const { tables, clock } = living.world;
  const application = tables.applications.one(applicationId);
  if (application.status !== 'rejected')
    throw new RangeError(`Application ${applicationId} is not rejected.`);
  for (const row of tables.rejection_details.filter((one) => one.application_id === applicationId)) {
    tables.rejection_details.delete(row.id);
  }
  const entry = tables.application_stages.get(application.entry_id);
  if (entry && !entry.current) tables.application_stages.change(entry.id, { current: true, exited_at: null });
  const changed = tables.applications.change(applicationId, {
    status: 'in_process',
    rejected_at: null,
    last_activity_at: clock.now(),
  });
  living.tell({ event: 'unreject_candidate', application: changed });
  return changed;
}

export function hire(living: Living, applicationId: number): Application {
  return end(living, inProcess(living, applicationId), 'hired', 'hire_candidate', {});
}

function inProcess({ world }: Living, applicationId: number): Application {
  const application = world.tables.applications.one(applicationId);
  if (application.status !== 'in_process') throw new RangeError(`Application ${applicationId} has ended.`);
  return application;
}

function end(
  living: Living,
  application: Application,
  status: 'rejected' | 'hired',
  event: 'reject_candidate' | 'hire_candidate',
  changes: Partial<Application>,
): Application {
  const { tables, clock } = living.world;
  const exits = living.switches.endedEntry === 'exits';
  if (exits && application.entry_id !== null) leave(living, application.entry_id);
  const changed = tables.applications.change(application.id, {
    ...changes,
    status,
    last_activity_at: clock.now(),
  });
  living.tell({ event, application: changed });
  return changed;
}

export function addNote(living: Living, fields: NewRow<Note>): Note {
  const { tables, clock } = living.world;
  const note = tables.notes.add(fields);
  const { noteTouches } = living.switches;
  if (noteTouches !== 'nothing') {
    const activity = { last_activity_at: clock.now() };
    const both = noteTouches === 'both';
    if (note.application_id !== null) tables.applications.change(note.application_id, activity, both);
    tables.candidates.change(note.candidate_id, activity, both);
  }
  return note;
}

/** What a job starts with; left out: the first office, the usual stages and an advertisement. */
export interface JobInput {
  name?: string | undefined;
  office_id?: number | null | undefined;
  stages?: readonly string[] | undefined;
  content?: string | null | undefined;
  confidential?: boolean | undefined;
  status?: Job['status'] | undefined;
  recruiter_id?: number | undefined;
}

export function addJob({ world }: Living, input: JobInput): Job {
  const { tables, clock } = world;
  const now = clock.now();
  const status = input.status ?? 'open';
  const office = input.office_id === undefined ? [...tables.offices.values()][0]?.id : input.office_id;
  const job = tables.jobs.add({
    name: input.name ?? `Care Assistant ${tables.jobs.size + 1}`,
    requisition_id: null,
    notes: null,
    confidential: input.confidential ?? false,
    status,
    opened_at: status === 'draft' ? null : now,
    closed_at: status === 'closed' ? now : null,
    is_template: false,
    copied_from_id: null,
    department_id: null,
    office_ids: office == null ? [] : [office],
    custom_values: {},
  });
  for (const [sort_order, name] of (input.stages ?? stageNames).entries()) {
    tables.job_interview_stages.add({ job_id: job.id, sort_order, name, active: true });
  }
  const recruiter =
    input.recruiter_id ?? tables.users.find((user) => !user.service_account && !user.deactivated)?.id;
  if (recruiter !== undefined) {
    tables.job_owners.add({ job_id: job.id, user_id: recruiter, type: 'recruiter', responsible: true });
  }
  if (input.content === null) return job;
  tables.job_posts.add({
    job_id: job.id,
    job_board_id: jobBoardId,
    title: job.name,
    internal: false,
    active: true,
    live: status === 'open',
    featured: false,
    first_published_at: status === 'open' ? now : null,
    content: input.content ?? `<p>${duties[0]}</p>`,
    language: 'en',
  });
  return job;
}
