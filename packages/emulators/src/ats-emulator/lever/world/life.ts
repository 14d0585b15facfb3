import type { LeverSwitches } from '../switch-table.js';
import type { Application, Note, Opportunity, Posting, User, World } from './world.js';

export type WebhookEvent =
  | 'applicationCreated'
  | 'candidateHired'
  | 'candidateStageChange'
  | 'candidateArchiveChange'
  | 'candidateDeleted'
  | 'contactUpdated';

export interface Happened {
  event: WebhookEvent;
  opportunity: Opportunity;
  fromStage?: string | undefined;
}

/** What life works with: the rows, the readings in force, and whoever is to be told. */
export interface Living {
  readonly world: World;
  readonly switches: LeverSwitches;
  tell(happened: Happened): void;
}

/** Who does it; null: nobody, a rule. */
type By = string | null;

export interface Person {
  name?: string | undefined;
  emails?: readonly string[] | undefined;
  phones?: readonly { type: string; value: string }[] | undefined;
  origin?: string | undefined;
  confidentiality?: Opportunity['confidentiality'] | undefined;
  /** Two journeys of one person have the same. */
  contact?: string | undefined;
}

/** A journey of a person that begins in the first stage for applicants, with an application if there is a posting. */
export function begin({ world, tell }: Living, person: Person, posting: Posting | null): Opportunity {
  const { tables, clock } = world;
  const now = clock.now();
  const n = tables.opportunities.size + 1;
  const stage = posting === null ? 'lead-new' : 'applicant-new';
  const owner = posting?.owner ?? activeUser(world)?.id ?? null;
  const id = world.newId();
  const made: Opportunity = {
    id,
    name: person.name ?? `Candidate No. ${n}`,
    contact: person.contact ?? world.newId(),
    headline: '',
    stage,
    confidentiality: person.confidentiality ?? 'non-confidential',
    phones: [...(person.phones ?? [])],
    emails: [...(person.emails ?? [`candidate.${n}@mail.example.com`])],
    links: [],
    tags: posting === null ? [] : [posting.text],
    sources: ['Applied'],
    archived: null,
    stageChanges: [
      { toStageId: stage, toStageIndex: world.positionOf(stage), updatedAt: now, userId: owner },
    ],
    origin: person.origin ?? (posting === null ? 'sourced' : 'applied'),
    owner,
    applications: [],
    createdAt: now,
    updatedAt: now,
    lastInteractionAt: now,
    lastAdvancedAt: now,
    isAnonymized: false,
  };
  tables.opportunities.set(id, made);
  if (posting !== null) applyTo(world, made, posting);
  tell({ event: 'applicationCreated', opportunity: made });
  return made;
}

export function applyTo(world: World, opportunity: Opportunity, posting: Posting): Application {
  const application: Application = {
    id: world.newId(),
    opportunityId: opportunity.id,
    posting: posting.id,
    type: 'posting',
    createdAt: world.clock.now(),
  };
  world.tables.applications.set(application.id, application);
  opportunity.applications.push(application.id);
  return application;
}

export function activeUser({ tables }: World): User | undefined {
  return [...tables.users.values()].find(({ deactivatedAt }) => deactivatedAt === null);
}

/** Also to the stage where it stands already: then nothing happens. */
export function moveTo({ world, tell }: Living, opportunity: Opportunity, stage: string, by: By): void {
  if (opportunity.stage === stage) return;
  const now = world.clock.now();
  const fromStage = opportunity.stage;
  opportunity.stage = stage;
  opportunity.stageChanges = [
    ...opportunity.stageChanges,
    { toStageId: stage, toStageIndex: world.positionOf(stage), updatedAt: now, userId: by },
  ];
  opportunity.lastAdvancedAt = now;
  touch(world, opportunity);
  tell({ event: 'candidateStageChange', opportunity, fromStage });
}

/** It keeps its stage. @param reason null: none any more */
export function archive({ world, tell }: Living, opportunity: Opportunity, reason: string | null): void {
  opportunity.archived = reason === null ? null : { reason, archivedAt: world.clock.now() };
  touch(world, opportunity);
  const isHired = reason !== null && world.tables.archiveReasons.get(reason)?.type === 'hired';
  tell({ event: isHired ? 'candidateHired' : 'candidateArchiveChange', opportunity });
}

export function anonymize(living: Living, opportunity: Opportunity): void {
  Object.assign(opportunity, { name: 'Anonymized', headline: '', emails: [], phones: [], links: [] });
  opportunity.isAnonymized = true;
  edit(living, opportunity, {});
}

export function edit({ world, tell }: Living, opportunity: Opportunity, changes: Partial<Opportunity>): void {
  Object.assign(opportunity, changes);
  touch(world, opportunity);
  tell({ event: 'contactUpdated', opportunity });
}

export function remove({ world, tell }: Living, opportunity: Opportunity): void {
  const { tables, clock } = world;
  tables.opportunities.delete(opportunity.id);
  tables.deletedOpportunities.set(opportunity.id, clock.now());
  for (const id of opportunity.applications) tables.applications.delete(id);
  for (const note of tables.notes.values())
    if (note.opportunityId === opportunity.id) tables.notes.delete(note.id);
  tell({ event: 'candidateDeleted', opportunity });
}

export function addNote(
  { world, switches }: Living,
  opportunity: Opportunity,
  value: string,
  user: By,
): Note {
  const note: Note = {
    id: world.newId(),
    opportunityId: opportunity.id,
    value,
    user,
    stage: opportunity.stage,
    createdAt: world.clock.now(),
  };
  world.tables.notes.set(note.id, note);
  if (switches.touches === 'yes') touch(world, opportunity);
  return note;
}

export function touch({ clock }: World, opportunity: Opportunity): void {
  opportunity.updatedAt = clock.now();
  opportunity.lastInteractionAt = clock.now();
}
