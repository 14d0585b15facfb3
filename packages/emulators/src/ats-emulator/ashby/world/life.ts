import type { Application, Candidate, Contact, HistoryEntry, Job, Member, Stage } from '../records.js';
import type { AshbySwitches } from '../switch-table.js';
import type { Happened } from '../webhook-bodies.js';
import type { World } from './world.js';

/** What lives: the world, the readings in force, and whom to tell of what happens. */
export interface Living {
  readonly world: World;
  readonly switches: AshbySwitches;
  tell(happened: Happened): void;
}

export const stageTypes = [
  ['New Lead', 'Lead'],
  ['Application Review', 'PreInterviewScreen'],
  ['Phone Screen', 'Active'],
  ['Video interview', 'Active'],
  ['Onsite', 'Active'],
  ['Offer', 'Offer'],
  ['Hired', 'Hired'],
  ['Archived', 'Archived'],
] as const;

/** A plan with these stages between the lead's and the end's. */
export function addPlan({ world }: Living, title: string, names?: readonly string[]): string {
  const plan = world.tables.plans.put({ id: world.newId(), title });
  const usual = names === undefined ? stageTypes : [...names.map((name) => [name, 'Active'] as const)];
  const all = names === undefined ? usual : [stageTypes[0], ...usual, ...stageTypes.slice(-2)];
  for (const [order, [stage, type]] of all.entries()) {
    world.tables.stages.put({
      id: world.newId(),
      title: stage,
      type,
      orderInInterviewPlan: order,
      interviewPlanId: plan.id,
    });
  }
  return plan.id;
}

export function stagesOfPlan({ world }: Living, planId: string): Stage[] {
  return world.tables.stages
    .filter((stage) => stage.interviewPlanId === planId)
    .sort((a, b) => a.orderInInterviewPlan - b.orderInInterviewPlan);
}

/** Of the job's default plan: by its id, or its title. @throws RangeError */
export function stageOf(living: Living, jobId: string, wanted: string): Stage {
  const { defaultInterviewPlanId } = living.world.tables.jobs.one(jobId);
  const found = stagesOfPlan(living, defaultInterviewPlanId).find(
    ({ id, title }) => id === wanted || title.toLowerCase() === wanted.toLowerCase(),
  );
  if (!found) throw new RangeError(`The job has no stage "${wanted}".`);
  return found;
}

export function personal(email: string): Contact[] {
  return [{ value: email, type: 'Personal', isPrimary: true }];
}

export function addCandidate({ world }: Living, name: string, emailAddresses: readonly Contact[]): Candidate {
  const now = world.clock.now();
  return world.tables.candidates.put({
    id: world.newId(),
    name,
    emailAddresses,
    createdAt: now,
    updatedAt: now,
  });
}

export function apply(
  living: Living,
  candidateId: string,
  jobId: string,
  { stage, isLead = false, at }: { stage?: string | undefined; isLead?: boolean; at?: number } = {},
): Application {
  const { world } = living;
  const now = at ?? world.clock.now();
  const { id: stageId } = stageOf(living, jobId, stage ?? (isLead ? 'New Lead' : firstStage(living, jobId)));
  const application = world.tables.applications.put({
    id: world.newId(),
    candidateId: world.tables.candidates.one(candidateId).id,
    jobId,
    status: isLead ? 'Lead' : 'Active',
    stageId,
    history: [entry(living, stageId, now)],
    hiringTeam: world.tables.jobs.one(jobId).hiringTeam,
    createdAt: now,
    updatedAt: now,
    archivedAt: null,
  });
  living.tell({ type: 'applicationSubmit', application });
  return application;
}

function firstStage(living: Living, jobId: string): string {
  const { defaultInterviewPlanId } = living.world.tables.jobs.one(jobId);
  return stagesOfPlan(living, defaultInterviewPlanId).find(({ type }) => type !== 'Lead')!.id;
}

function entry({ world }: Living, stageId: string, at: number): HistoryEntry {
  return { id: world.newId(), stageId, enteredStageAt: at, leftStageAt: null, actorId: null };
}

/** The open entry is left, and another one begins. */
function enter(living: Living, application: Application, stageId: string): readonly HistoryEntry[] {
  const now = living.world.clock.now();
  const left = application.history.map((one) =>
    one.leftStageAt === null ? { ...one, leftStageAt: now } : one,
  );
  return [...left, entry(living, stageId, now)];
}

export function change(living: Living, id: string, changes: Partial<Application>): Application {
  const { world } = living;
  return world.tables.applications.change(id, { updatedAt: world.clock.now(), ...changes });
}

/** A lead who is moved has applied. */
export function move(living: Living, id: string, stageId: string): Application {
  const before = living.world.tables.applications.one(id);
  const { type } = living.world.tables.stages.one(stageId);
  const status =
    type === 'Hired' ? 'Hired' : type === 'Archived' ? 'Archived' : type === 'Lead' ? 'Lead' : 'Active';
  const history = enter(living, before, stageId);
  const archivedAt = status === 'Archived' ? living.world.clock.now() : null;
  const application = change(living, id, { stageId, status, history, archivedAt });
  living.tell({ type: 'candidateStageChange', application });
  if (status === 'Hired') living.tell({ type: 'candidateHire', application });
  return application;
}

export function archive(living: Living, id: string): Application {
  const before = living.world.tables.applications.one(id);
  if (living.switches.archiving === 'enters-archived')
    return move(living, id, stageOf(living, before.jobId, 'Archived').id);
  const application = change(living, id, { status: 'Archived', archivedAt: living.world.clock.now() });
  living.tell({ type: 'applicationUpdate', application });
  return application;
}

/** Active again where it stood: its last entry goes on. */
export function unarchive(living: Living, id: string): Application {
  const before = living.world.tables.applications.one(id);
  const { stages } = living.world.tables;
  const history = before.history
    .filter(({ stageId }) => stages.one(stageId).type !== 'Archived')
    .map((one, at, all) => (at === all.length - 1 ? { ...one, leftStageAt: null } : one));
  const { stageId } = history.at(-1)!;
  const application = change(living, id, { status: 'Active', archivedAt: null, stageId, history });
  living.tell({ type: 'applicationUpdate', application });
  return application;
}

/** The job gets another plan; who stands in a stage of the old one stands in that of the same name. */
export function switchPlan(living: Living, jobId: string, planId: string): Job {
  const { tables, clock } = living.world;
  const before = tables.jobs.one(jobId);
  const targets = stagesOfPlan(living, planId);
  const target = (stageId: string) =>
    targets.find(({ title }) => title === tables.stages.one(stageId).title)?.id ?? targets[1]!.id;
  for (const application of tables.applications.filter((one) => one.jobId === jobId)) {
    const stageId = target(application.stageId);
    const history =
      living.switches.planSwitch === 'new-entry'
        ? enter(living, application, stageId)
        : application.history.map((one) => (one.leftStageAt === null ? { ...one, stageId } : one));
    change(living, application.id, { stageId, history });
  }
  const job = tables.jobs.change(jobId, {
    defaultInterviewPlanId: planId,
    interviewPlanIds: [...new Set([...before.interviewPlanIds, planId])],
    updatedAt: clock.now(),
  });
  living.tell({ type: 'interviewPlanTransition', job, from: before.defaultInterviewPlanId, to: planId });
  return job;
}

export function anonymize(living: Living, id: string): Candidate {
  const { tables, clock } = living.world;
  const { name } = tables.candidates.one(id);
  const called = {
    Anonymous: 'Anonymous Candidate',
    empty: '',
    initials: name
      .split(' ')
      .map((part) => `${part[0]}.`)
      .join(' '),
  }[living.switches.anonymized];
  const candidate = tables.candidates.change(id, {
    name: called,
    emailAddresses: [],
    updatedAt: clock.now(),
  });
  for (const application of tables.applications.filter(({ candidateId }) => candidateId === id)) {
    const history = living.switches.anonymizedHistory === 'dropped' ? [] : application.history;
    change(living, application.id, { history });
  }
  return candidate;
}

/** Their applications go on under the one who stays. */
export function merge(living: Living, winnerId: string, loserId: string): Candidate {
  const { tables } = living.world;
  const winner = tables.candidates.one(winnerId);
  tables.candidates.one(loserId);
  for (const application of tables.applications.filter(({ candidateId }) => candidateId === loserId))
    change(living, application.id, { candidateId: winnerId });
  tables.candidates.delete(loserId);
  living.tell({ type: 'candidateMerge', deleted: loserId, merged: winnerId });
  return winner;
}

export function deleteCandidate(living: Living, id: string): void {
  const { tables } = living.world;
  tables.candidates.one(id);
  for (const one of tables.applications.filter(({ candidateId }) => candidateId === id))
    tables.applications.delete(one.id);
  tables.candidates.delete(id);
  living.tell({ type: 'candidateDelete', candidateId: id });
}

export function addNote({ world, switches }: Living, candidateId: string, content: string) {
  const { tables, clock } = world;
  const note = tables.notes.put({ id: world.newId(), candidateId, content, createdAt: clock.now() });
  const updatedAt = clock.now();
  if (switches.noteTouches === 'candidate') tables.candidates.change(candidateId, { updatedAt });
  if (switches.noteTouches === 'application')
    for (const one of tables.applications.filter((row) => row.candidateId === candidateId))
      tables.applications.change(one.id, { updatedAt });
  return note;
}

export function addJob(
  living: Living,
  fields: {
    title: string;
    planId: string;
    locationId: string;
    status?: Job['status'];
    confidential?: boolean;
    hiringTeam?: readonly Member[];
    description?: string | null;
  },
): Job {
  const { tables, clock } = living.world;
  const id = living.world.newId();
  const now = clock.now();
  const posting =
    fields.description == null
      ? null
      : tables.postings.put({
          id: living.world.newId(),
          jobId: id,
          descriptionHtml: fields.description,
          isListed: true,
        });
  return tables.jobs.put({
    id,
    title: fields.title,
    status: fields.status ?? 'Open',
    confidential: fields.confidential ?? false,
    locationId: fields.locationId,
    defaultInterviewPlanId: fields.planId,
    interviewPlanIds: [fields.planId],
    jobPostingIds: posting === null ? [] : [posting.id],
    hiringTeam: fields.hiringTeam ?? [],
    createdAt: now,
    updatedAt: now,
  });
}
