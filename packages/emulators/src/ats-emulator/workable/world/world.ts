import type { EmulatedClock } from '../../../emulation/emulated-clock.js';

/** A step of a pipeline. */
export interface StageRow {
  id: number;
  identifier: string;
  slug: string;
  name: string;
  kind: string;
  position: number;
}

export interface Member {
  id: string;
  name: string;
  email: string;
  role: 'admin' | 'simple';
  active: boolean;
}

/** Times are milliseconds. */
export interface Job {
  id: string;
  shortcode: string;
  title: string;
  code: string | null;
  state: 'draft' | 'published' | 'closed' | 'archived';
  sample: boolean;
  confidential: boolean;
  city: string | null;
  region: string | null;
  country: string | null;
  description: string;
  /** Its own pipeline; null: that of the account. */
  stages: StageRow[] | null;
  created_at: number;
  updated_at: number;
}

/** A person at one job. */
export interface Candidate {
  id: string;
  firstname: string;
  lastname: string;
  email: string | null;
  phone: string | null;
  job: string;
  /** The slug of a stage. */
  stage: string;
  disqualified: boolean;
  disqualified_at: number | null;
  withdrew: boolean;
  anonymized: boolean;
  hired_at: number | null;
  sourced: boolean;
  tags: string[];
  originating: string | null;
  created_at: number;
  updated_at: number;
}

export interface Activity {
  id: string;
  candidate: string;
  action: string;
  /** Slugs of the stage that the candidate was in, and of the one they are moved to. */
  action_stage: string | null;
  target_stage: string | null;
  member: string | null;
  body: string | null;
  created_at: number;
}

export interface Tables {
  members: Map<string, Member>;
  jobs: Map<string, Job>;
  candidates: Map<string, Candidate>;
  activities: Map<string, Activity>;
}

export const tableNames = ['members', 'jobs', 'candidates', 'activities'] as const;

const kinds = ['sourced', 'applied', 'phone-screen', 'assessment', 'interview', 'offer', 'hired'];
const names = ['Sourced', 'Applied', 'Phone Screen', 'Assessment', 'Interview', 'Offer', 'Hired'];

export class World {
  readonly clock: EmulatedClock;
  readonly account = { id: 'b4e8e', name: 'Acme', subdomain: 'acme' };
  readonly tables: Tables = {
    members: new Map(),
    jobs: new Map(),
    candidates: new Map(),
    activities: new Map(),
  };
  /** The pipeline of the account. */
  readonly stages: StageRow[];
  #last = {
    members: 0x1f3900,
    jobs: 0x5b5c00,
    candidates: 0x27270000,
    activities: 0x90746000,
    stages: 5_272_200,
  };

  constructor(clock: EmulatedClock) {
    this.clock = clock;
    this.stages = kinds.map((kind, at) => this.newStage(names[at]!, kind, at + 1));
    this.stages.splice(4, 0, this.newStage('Video interview', 'interview', 5));
    for (const [at, stage] of this.stages.entries()) stage.position = at + 1;
  }

  /** Ids are numbers in hexadecimal, in the order in which things were made. */
  nextId(of: 'members' | 'jobs' | 'candidates' | 'activities'): string {
    this.#last[of] += 1;
    return this.#last[of].toString(16);
  }

  newStage(name: string, kind: string, position: number): StageRow {
    this.#last.stages += 1;
    const id = this.#last.stages;
    const slug = name.toLowerCase().replace(/\W+/g, '-');
    return { id, identifier: id.toString(16), slug, name, kind, position };
  }

  stagesOf(shortcode: string): StageRow[] {
    return this.tables.jobs.get(shortcode)?.stages ?? this.stages;
  }

  /** By slug or name, in the pipeline of the job. */
  stage(shortcode: string, wanted: string): StageRow | undefined {
    return this.stagesOf(shortcode).find(({ slug, name }) => slug === wanted || name === wanted);
  }
}
