import type { EmulatedClock } from '../../../emulation/emulated-clock.js';
import { Random } from '../../../emulation/random.js';
import type * as records from '../records.js';

interface Rows {
  locations: records.Location;
  plans: records.Plan;
  stages: records.Stage;
  jobs: records.Job;
  postings: records.Posting;
  users: records.User;
  candidates: records.Candidate;
  applications: records.Application;
  notes: records.Note;
  webhooks: records.Webhook;
}

export type TableName = keyof Rows;

export const tableNames = [
  'locations',
  'plans',
  'stages',
  'jobs',
  'postings',
  'users',
  'candidates',
  'applications',
  'notes',
  'webhooks',
] as const satisfies readonly TableName[];

/** Rows by id, in the order in which they were made. Each change has a number, by which a sync token goes. */
export class Table<T extends records.Row> {
  readonly #rows = new Map<string, T>();
  readonly #changed = new Map<string, number>();
  readonly #count: { changes: number };

  constructor(count: { changes: number }) {
    this.#count = count;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string | null | undefined): T | undefined {
    return id == null ? undefined : this.#rows.get(id);
  }

  /** @throws RangeError if there is none */
  one(id: string): T {
    const row = this.#rows.get(id);
    if (!row) throw new RangeError(`There is no ${id}.`);
    return row;
  }

  values(): IterableIterator<T> {
    return this.#rows.values();
  }

  filter(matches: (row: T) => boolean): T[] {
    return [...this.#rows.values()].filter(matches);
  }

  find(matches: (row: T) => boolean): T | undefined {
    for (const row of this.#rows.values()) if (matches(row)) return row;
    return undefined;
  }

  put(row: T): T {
    this.#rows.set(row.id, row);
    this.#changed.set(row.id, ++this.#count.changes);
    return row;
  }

  change(id: string, changes: Partial<T>): T {
    return this.put({ ...this.one(id), ...changes });
  }

  delete(id: string): void {
    this.#rows.delete(id);
  }

  /** Those that changed after that many changes. */
  since(changes: number): T[] {
    return this.filter(({ id }) => this.#changed.get(id)! > changes);
  }
}

export type Tables = { readonly [K in TableName]: Table<Rows[K]> };

/** The company's recruiting, in memory. */
export class World {
  readonly tables: Tables;
  readonly clock: EmulatedClock;
  readonly #random: Random;
  readonly #count = { changes: 0 };

  constructor(clock: EmulatedClock, seed: number) {
    this.clock = clock;
    this.#random = new Random(`ashby ids ${seed}`);
    const made = tableNames.map((name) => [name, new Table(this.#count)]);
    this.tables = Object.fromEntries(made) as unknown as Tables;
  }

  newId(): string {
    return this.#random.uuid();
  }

  /** How many changes there were so far. */
  get changes(): number {
    return this.#count.changes;
  }
}
