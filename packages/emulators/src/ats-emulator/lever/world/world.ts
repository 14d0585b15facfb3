import type { EmulatedClock } from '../../../emulation/emulated-clock.js';
import { Random } from '../../../emulation/random.js';

/** Times are milliseconds since the epoch, and fields have the API's names, unless it is said otherwise. */
export interface Stage {
  readonly id: string;
  text: string;
}

export interface User {
  readonly id: string;
  name: string;
  username: string;
  email: string;
  accessRole: 'super admin' | 'admin' | 'team member' | 'limited team member' | 'interviewer';
  readonly createdAt: number;
  deactivatedAt: number | null;
}

export interface Posting {
  readonly id: string;
  text: string;
  state: 'published' | 'internal' | 'closed' | 'draft' | 'pending' | 'rejected';
  owner: string | null;
  hiringManager: string | null;
  /** Shown as categories.location. */
  location: string | null;
  country: string | null;
  description: string;
  confidentiality: Confidentiality;
  workplaceType: 'unspecified' | 'on-site' | 'remote' | 'hybrid';
  readonly createdAt: number;
  updatedAt: number;
}

export type Confidentiality = 'non-confidential' | 'confidential';

export interface StageChange {
  toStageId: string;
  /** Where the stage stood in the pipeline then. */
  toStageIndex: number;
  updatedAt: number;
  userId: string | null;
}

export interface Opportunity {
  readonly id: string;
  name: string;
  readonly contact: string;
  headline: string;
  /** The id of a stage. */
  stage: string;
  confidentiality: Confidentiality;
  phones: { type: string; value: string }[];
  emails: string[];
  links: string[];
  tags: string[];
  sources: string[];
  archived: { reason: string; archivedAt: number } | null;
  stageChanges: StageChange[];
  origin: string;
  owner: string | null;
  /** Ids of its applications: none for somebody who is only considered. */
  applications: string[];
  readonly createdAt: number;
  /** null: not changed since Lever keeps it. */
  updatedAt: number | null;
  lastInteractionAt: number;
  lastAdvancedAt: number;
  isAnonymized: boolean;
}

export interface Application {
  readonly id: string;
  readonly opportunityId: string;
  posting: string;
  type: 'posting' | 'user' | 'referral';
  readonly createdAt: number;
}

export interface Note {
  readonly id: string;
  readonly opportunityId: string;
  readonly value: string;
  readonly user: string | null;
  /** The stage at that time. */
  readonly stage: string;
  readonly createdAt: number;
}

export interface ArchiveReason {
  readonly id: string;
  readonly text: string;
  readonly type: 'hired' | 'non-hired';
}

export interface Tables {
  /** In the order of the pipeline. */
  readonly stages: Map<string, Stage>;
  readonly users: Map<string, User>;
  readonly postings: Map<string, Posting>;
  readonly opportunities: Map<string, Opportunity>;
  readonly applications: Map<string, Application>;
  readonly notes: Map<string, Note>;
  readonly archiveReasons: Map<string, ArchiveReason>;
  /** When each was deleted. */
  readonly deletedOpportunities: Map<string, number>;
}

export const tableNames = [
  'stages',
  'users',
  'postings',
  'opportunities',
  'applications',
  'notes',
  'archiveReasons',
  'deletedOpportunities',
] as const satisfies readonly (keyof Tables)[];

/** The company's recruiting, in memory. */
export class World {
  readonly tables: Tables = {
    stages: new Map(),
    users: new Map(),
    postings: new Map(),
    opportunities: new Map(),
    applications: new Map(),
    notes: new Map(),
    archiveReasons: new Map(),
    deletedOpportunities: new Map(),
  };
  readonly clock: EmulatedClock;
  readonly #ids: Random;

  constructor(clock: EmulatedClock, seed: number) {
    this.clock = clock;
    this.#ids = new Random(`lever ids ${seed}`);
  }

  newId(): string {
    return this.#ids.uuid();
  }

  /** @throws RangeError if there is none */
  one<K extends keyof Tables>(table: K, id: string): NonNullable<ReturnType<Tables[K]['get']>> {
    const row = this.tables[table].get(id);
    if (row === undefined) throw new RangeError(`There is no ${id} in ${table}.`);
    return row as NonNullable<ReturnType<Tables[K]['get']>>;
  }

  /** @throws RangeError naming the stages there are */
  stageNamed(stage: string): Stage {
    const stages = [...this.tables.stages.values()];
    const found = stages.find(({ id, text }) => id === stage || text === stage);
    if (found) return found;
    throw new RangeError(`There is no stage ${stage}, but ${stages.map(({ text }) => text).join(', ')}.`);
  }

  /** Where it stands in the pipeline. */
  positionOf(stage: string): number {
    return [...this.tables.stages.keys()].indexOf(stage);
  }
}
