/** Rows as answers show them. */
import type { Application, Candidate, Job, Location, Member, Note, Stage, User } from './records.js';
import type { AshbySwitches } from './switch-table.js';
import type { World } from './world/world.js';

export const iso = (ms: number) => new Date(ms).toISOString();

const primary = ({ emailAddresses }: Candidate) => {
  const email = emailAddresses.find(({ isPrimary }) => isPrimary);
  return email === undefined ? {} : { primaryEmailAddress: email };
};

function team({ tables }: World, members: readonly Member[]): object[] {
  return members.map(({ userId, role }) => {
    const { firstName, lastName, email } = tables.users.one(userId);
    return { email, firstName, lastName, role, userId };
  });
}

export const showStage = ({ id, title, type, orderInInterviewPlan, interviewPlanId }: Stage) => ({
  id,
  title,
  type,
  interviewPlanId,
  orderInInterviewPlan,
  interviewStageGroupId: null,
});

export function showApplication(world: World, { stageOfApplication }: AshbySwitches, row: Application) {
  const { tables } = world;
  const candidate = tables.candidates.one(row.candidateId);
  const job = tables.jobs.one(row.jobId);
  const stage = tables.stages.one(row.stageId);
  return {
    id: row.id,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
    ...(row.archivedAt === null ? {} : { archivedAt: iso(row.archivedAt) }),
    candidate: { id: candidate.id, name: candidate.name, ...primary(candidate) },
    status: row.status,
    customFields: [],
    currentInterviewStage: stageOfApplication === 'whole' ? showStage(stage) : { id: stage.id },
    source: null,
    creditedToUser: null,
    archiveReason: null,
    job: { id: job.id, title: job.title, locationId: job.locationId, departmentId: null },
    hiringTeam: team(world, row.hiringTeam),
    appliedViaJobPostingId: null,
    submitterClientIp: null,
    submitterUserAgent: null,
  };
}

/** As application.info has it: with its history. */
export function showWhole(world: World, switches: AshbySwitches, row: Application) {
  return {
    ...showApplication(world, switches, row),
    applicationHistory: row.history.map((entry, stageNumber) => ({
      id: entry.id,
      stageId: entry.stageId,
      title: world.tables.stages.one(entry.stageId).title,
      stageNumber,
      enteredStageAt: iso(entry.enteredStageAt),
      ...(entry.leftStageAt !== null
        ? { leftStageAt: iso(entry.leftStageAt) }
        : switches.openEntry === 'null'
          ? { leftStageAt: null }
          : {}),
      allowedActions: entry.leftStageAt === null ? ['set_entered_at'] : ['set_entered_at', 'delete'],
      actorId: entry.actorId,
    })),
  };
}

export function showCandidate({ tables }: World, row: Candidate) {
  return {
    id: row.id,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
    name: row.name,
    ...primary(row),
    emailAddresses: row.emailAddresses,
    phoneNumbers: [],
    socialLinks: [],
    tags: [],
    applicationIds: tables.applications
      .filter(({ candidateId }) => candidateId === row.id)
      .map(({ id }) => id),
    fileHandles: [],
    customFields: [],
    profileUrl: `https://app.ashbyhq.com/candidate-searches/new/right-side/candidates/${row.id}`,
    source: null,
    creditedToUser: null,
    timezone: null,
  };
}

export const showLocation = ({ id, name, place, isRemote }: Location) => ({
  id,
  name,
  isArchived: false,
  ...(place === null ? {} : { address: { postalAddress: place } }),
  isRemote,
});

export function showJob(world: World, row: Job, withLocation: boolean) {
  const location = world.tables.locations.get(row.locationId);
  return {
    id: row.id,
    title: row.title,
    confidential: row.confidential,
    status: row.status,
    employmentType: 'FullTime',
    locationId: row.locationId,
    departmentId: null,
    defaultInterviewPlanId: row.defaultInterviewPlanId,
    interviewPlanIds: row.interviewPlanIds,
    jobPostingIds: row.jobPostingIds,
    customFields: [],
    hiringTeam: team(world, row.hiringTeam),
    customRequisitionId: null,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
    ...(withLocation && location !== undefined ? { location: showLocation(location) } : {}),
  };
}

export const showUser = ({ id, firstName, lastName, email, isEnabled, updatedAt }: User) => ({
  id,
  firstName,
  lastName,
  email,
  globalRole: 'Elevated Access',
  isEnabled,
  updatedAt: iso(updatedAt),
});

export const showNote = ({ id, createdAt, content }: Note) => ({
  id,
  createdAt: iso(createdAt),
  isPrivate: false,
  content,
  author: null,
});
