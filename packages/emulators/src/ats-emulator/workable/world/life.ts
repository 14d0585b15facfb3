/** What happens to people and jobs. */
import type { WorkableSwitches } from '../switch-table.js';
import type { Activity, Candidate, Job, Member, World } from './world.js';

export type CandidateEvent = 'candidate_created' | 'candidate_moved' | 'candidate_deleted';

/** What subscriptions may want to hear of. */
export interface Happened {
  event: CandidateEvent;
  candidate: Candidate;
}

export interface Living {
  world: World;
  switches: WorkableSwitches;
  tell(happened: Happened): void;
}

export function note(
  { world }: Living,
  candidate: Candidate,
  activity: Pick<Activity, 'action'> & Partial<Activity>,
): Activity {
  const row: Activity = {
    action_stage: candidate.stage,
    target_stage: null,
    member: null,
    body: null,
    created_at: world.clock.now(),
    ...activity,
    id: world.nextId('activities'),
    candidate: candidate.id,
  };
  world.tables.activities.set(row.id, row);
  return row;
}

export function touch({ world }: Living, row: Candidate | Job): void {
  row.updated_at = world.clock.now();
}

export interface NewCandidate {
  job: string;
  firstname: string;
  lastname: string;
  email: string | null;
  sourced: boolean;
}

/** Into the first stage that people of their kind begin in. */
export function apply(living: Living, given: NewCandidate): Candidate {
  const { world } = living;
  const now = world.clock.now();
  const kind = given.sourced ? 'sourced' : 'applied';
  const stages = world.stagesOf(given.job);
  const candidate: Candidate = {
    ...given,
    id: world.nextId('candidates'),
    phone: null,
    stage: (stages.find((one) => one.kind === kind) ?? stages[0]!).slug,
    disqualified: false,
    disqualified_at: null,
    withdrew: false,
    anonymized: false,
    hired_at: null,
    tags: [],
    originating: null,
    created_at: now,
    updated_at: now,
  };
  world.tables.candidates.set(candidate.id, candidate);
  const action_stage = living.switches.applicantStage === 'yes' ? candidate.stage : null;
  note(living, candidate, { action: given.sourced ? 'uploaded' : 'applied', action_stage });
  living.tell({ event: 'candidate_created', candidate });
  return candidate;
}

export function move(living: Living, candidate: Candidate, slug: string, member: string | null): Activity {
  const from = candidate.stage;
  candidate.stage = slug;
  const { kind } = living.world.stage(candidate.job, slug)!;
  candidate.hired_at = kind === 'hired' ? living.world.clock.now() : null;
  touch(living, candidate);
  const activity = note(living, candidate, { action: slug, action_stage: from, target_stage: slug, member });
  living.tell({ event: 'candidate_moved', candidate });
  return activity;
}

export function disqualify(
  living: Living,
  candidate: Candidate,
  { member, withdrew }: { member: string | null; withdrew: boolean },
): void {
  candidate.disqualified = true;
  candidate.disqualified_at = living.world.clock.now();
  candidate.withdrew = withdrew;
  touch(living, candidate);
  note(living, candidate, { action: 'disqualified', member, body: 'Not a match' });
  living.tell({ event: 'candidate_moved', candidate });
}

export function revert(living: Living, candidate: Candidate, member: string | null): void {
  candidate.disqualified = false;
  candidate.disqualified_at = null;
  candidate.withdrew = false;
  touch(living, candidate);
  note(living, candidate, { action: 'reverted', member });
  living.tell({ event: 'candidate_moved', candidate });
}

export function comment(living: Living, candidate: Candidate, member: string | null, body: string): Activity {
  if (living.switches.commentTouches === 'yes') touch(living, candidate);
  return note(living, candidate, { action: 'comment', member, body });
}

/** Another record, which takes the activities with it under their ids. */
export function relocate(
  living: Living,
  candidate: Candidate,
  { job, stage, member }: { job: string; stage: string; member: string | null },
): Candidate {
  const { tables } = living.world;
  const moved: Candidate = { ...candidate, id: living.world.nextId('candidates'), job, stage };
  tables.candidates.set(moved.id, moved);
  for (const activity of tables.activities.values())
    if (activity.candidate === candidate.id) activity.candidate = moved.id;
  if (living.switches.relocated === 'nothing') tables.candidates.delete(candidate.id);
  else disqualify(living, candidate, { member, withdrew: false });
  enterJob(living, moved, 'moved', member);
  return moved;
}

export function copy(
  living: Living,
  candidate: Candidate,
  { job, stage, member }: { job: string; stage: string; member: string | null },
): Candidate {
  const now = living.world.clock.now();
  const id = living.world.nextId('candidates');
  const copied: Candidate = { ...candidate, id, job, stage, originating: candidate.id, created_at: now };
  living.world.tables.candidates.set(copied.id, copied);
  enterJob(living, copied, 'copied', member);
  return copied;
}

/** Into a stage that is not the first one a second activity follows, from the stage to itself. */
function enterJob(
  living: Living,
  candidate: Candidate,
  action: 'moved' | 'copied',
  member: string | null,
): void {
  touch(living, candidate);
  note(living, candidate, { action, member });
  const { slug, kind } = living.world.stage(candidate.job, candidate.stage)!;
  if (kind !== 'sourced') note(living, candidate, { action: slug, target_stage: slug, member });
  living.tell({ event: 'candidate_created', candidate });
}

export function remove(living: Living, candidate: Candidate): void {
  const { tables } = living.world;
  tables.candidates.delete(candidate.id);
  for (const [id, activity] of tables.activities)
    if (activity.candidate === candidate.id) tables.activities.delete(id);
  living.tell({ event: 'candidate_deleted', candidate });
}

/** By one of the video interview providers that Workable itself has. */
export function requestVideoInterview(living: Living, candidate: Candidate, member: string | null): void {
  touch(living, candidate);
  note(living, candidate, { action: 'message', member, body: 'Please record your video interview' });
  note(living, candidate, { action: 'video-interview-requested', member });
}

export function anonymize(living: Living, candidate: Candidate): void {
  Object.assign(candidate, { firstname: '', lastname: '', email: null, phone: null, anonymized: true });
  touch(living, candidate);
}

export function addJob({ world }: Living, given: Partial<Job>): Job {
  const now = world.clock.now();
  const id = world.nextId('jobs');
  const job: Job = {
    shortcode: `${id.toUpperCase()}F00D`,
    title: 'Baker',
    code: null,
    state: 'published',
    sample: false,
    confidential: false,
    city: 'Boston',
    region: 'Massachusetts',
    country: 'United States',
    description: '<p>Who bakes, and likes it.</p>',
    stages: null,
    created_at: now,
    updated_at: now,
    ...given,
    id,
  };
  world.tables.jobs.set(job.shortcode, job);
  return job;
}

export function addMember(
  { world }: Living,
  given: Pick<Member, 'name' | 'email'> & Partial<Member>,
): Member {
  const member: Member = { role: 'admin', active: true, ...given, id: world.nextId('members') };
  world.tables.members.set(member.id, member);
  return member;
}
