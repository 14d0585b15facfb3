/** What every row has. Times are milliseconds since the epoch. */
export interface Row {
  readonly id: number;
  readonly created_at: number;
  readonly updated_at: number;
}

/** What a row is made of; its times are set when it is added. */
export type NewRow<T extends Row> = Omit<T, 'id' | 'created_at' | 'updated_at'> & {
  created_at?: number;
  updated_at?: number;
};

interface Change<T> {
  at: number;
  id: number;
  before: T | undefined;
}

/** Answers may be at most so far behind. */
export const longestLagMs = 3_600_000;

/** Rows of one kind as they are, and for a while as they were. Rows are never changed in place. */
export class Table<T extends Row> {
  readonly #now: () => number;
  readonly #firstId: number;
  /** By id, counted from the first; undefined: it is gone. */
  readonly #rows: (T | undefined)[] = [];
  #changes: Change<T>[] = [];
  #size = 0;

  /** @param firstId ids of different tables never meet */
  constructor(firstId: number, now: () => number) {
    this.#firstId = firstId;
    this.#now = now;
  }

  get size(): number {
    return this.#size;
  }

  get(id: number | null): T | undefined {
    return id === null ? undefined : this.#rows[id - this.#firstId];
  }

  /** @throws RangeError if there is none */
  one(id: number): T {
    const row = this.get(id);
    if (!row) throw new RangeError(`There is no ${id}.`);
    return row;
  }

  /** In order of id. */
  *values(): IterableIterator<T> {
    for (const row of this.#rows) if (row) yield row;
  }

  /** The rows of which `matches` holds, in order of id. */
  filter(matches: (row: T) => boolean): T[] {
    return this.#rows.filter((row): row is T => row !== undefined && matches(row));
  }

  /** The first of the rows of which `matches` holds, in order of id. */
  find(matches: (row: T) => boolean): T | undefined {
    return this.#rows.find((row) => row !== undefined && matches(row));
  }

  /** @param past it was always so: no answer is behind it */
  add(fields: NewRow<T>, past = false): T {
    const now = this.#now();
    const id = this.#firstId + this.#rows.length;
    const row = {
      ...fields,
      id,
      created_at: fields.created_at ?? now,
      updated_at: fields.updated_at ?? fields.created_at ?? now,
    } as unknown as T;
    if (!past) this.#remember(id);
    this.#rows.push(row);
    this.#size++;
    return row;
  }

  /** @param touches whether updated_at moves to now */
  change(id: number, changes: Partial<T>, touches = true): T {
    const row = { ...this.one(id), ...changes, ...(touches ? { updated_at: this.#now() } : {}) };
    this.#remember(id);
    this.#rows[id - this.#firstId] = row;
    return row;
  }

  /** Changes a row of the past: nobody sees it move. */
  load(id: number, changes: Partial<T>): T {
    const row = { ...this.one(id), ...changes };
    this.#rows[id - this.#firstId] = row;
    return row;
  }

  delete(id: number): void {
    if (!this.get(id)) return;
    this.#remember(id);
    this.#rows[id - this.#firstId] = undefined;
    this.#size--;
  }

  /** The rows as they were at `at`, at most {@link longestLagMs} ago. */
  asOf(at: number): Snapshot<T> {
    const past = new Map<number, T | undefined>();
    for (let i = this.#changes.length - 1; i >= 0; i--) {
      const change = this.#changes[i]!;
      if (change.at <= at) break;
      past.set(change.id, change.before);
    }
    return new Snapshot(this.#firstId, this.#rows, past);
  }

  #remember(id: number): void {
    const at = this.#now();
    this.#changes.push({ at, id, before: this.get(id) });
    if (this.#changes[0]!.at < at - 2 * longestLagMs) {
      this.#changes = this.#changes.filter((change) => change.at >= at - longestLagMs);
    }
  }
}

/** The rows of a table at one time. */
export class Snapshot<T extends Row> {
  readonly #firstId: number;
  readonly #rows: readonly (T | undefined)[];
  readonly #past: ReadonlyMap<number, T | undefined>;

  constructor(firstId: number, rows: readonly (T | undefined)[], past: ReadonlyMap<number, T | undefined>) {
    this.#firstId = firstId;
    this.#rows = rows;
    this.#past = past;
  }

  get(id: number | null): T | undefined {
    if (id === null) return undefined;
    return this.#past.has(id) ? this.#past.get(id) : this.#rows[id - this.#firstId];
  }

  /** Descending by id; only ids below `below`. */
  *newestFirst(below = Number.POSITIVE_INFINITY): Iterable<T> {
    const last = Math.min(this.#rows.length, below - this.#firstId) - 1;
    for (let i = last; i >= 0; i--) {
      const row = this.#past.size === 0 ? this.#rows[i] : this.get(this.#firstId + i);
      if (row) yield row;
    }
  }
}
