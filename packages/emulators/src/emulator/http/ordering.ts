export type SortKey = number | string;
export type KeyOf<T> = (record: T) => SortKey;

interface Sortable {
  readonly seq: number;
  readonly uuid: string;
}

/** Records in ascending order of a key, ties by age. Kept sorted while records come, change and go. */
class SortedIndex<T extends Sortable> {
  readonly rows: T[];
  readonly #key: KeyOf<T>;

  constructor(records: Iterable<T>, key: KeyOf<T>) {
    this.#key = key;
    // Keys are computed once: making them in the comparison would cost n log n lower-casings.
    const keyed = Array.from(records, (record) => ({ record, key: key(record) }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.record.seq - b.record.seq));
    this.rows = keyed.map((one) => one.record);
  }

  insert(record: T): void {
    this.rows.splice(this.#position(record), 0, record);
  }

  /** @param record as it was when it was inserted: the position is found by its key */
  remove(record: T): void {
    const at = this.#position(record);
    if (this.rows[at] === record) this.rows.splice(at, 1);
    else {
      // Somebody changed the record behind the collection's back.
      const found = this.rows.indexOf(record);
      if (found >= 0) this.rows.splice(found, 1);
    }
  }

  #position(record: T): number {
    const key = this.#key(record);
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.rows[middle]!;
      const otherKey = this.#key(other);
      if (otherKey < key || (otherKey === key && other.seq < record.seq)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * A Map of records by uuid that keeps its orders: an index is built when it is first asked for and maintained from
 * then on, so that a page deep inside 200,000 rows costs no sort. Fields are changed through {@link change}.
 */
export class Collection<T extends Sortable> extends Map<string, T> {
  #version = 0;
  #indexes: Map<string, SortedIndex<T>> = new Map();

  /** Grows with every change: caches compare it. */
  get version(): number {
    return this.#version;
  }

  override set(uuid: string, record: T): this {
    const former = this.get(uuid);
    for (const index of this.#indexes.values()) {
      if (former) index.remove(former);
      index.insert(record);
    }
    this.#version++;
    return super.set(uuid, record);
  }

  override delete(uuid: string): boolean {
    const record = this.get(uuid);
    if (!record) return false;
    for (const index of this.#indexes.values()) index.remove(record);
    this.#version++;
    return super.delete(uuid);
  }

  override clear(): void {
    this.#indexes.clear();
    this.#version++;
    super.clear();
  }

  /** Changes fields of a record that is in the collection. */
  change(record: T, mutate: (record: T) => void): void {
    const present = this.get(record.uuid) === record;
    if (present) for (const index of this.#indexes.values()) index.remove(record);
    try {
      mutate(record);
    } finally {
      if (present) for (const index of this.#indexes.values()) index.insert(record);
      this.#version++;
    }
  }

  /** Ascending by `key`; `name` identifies the key from call to call. */
  ordered(name: string, key: KeyOf<T>): readonly T[] {
    let index = this.#indexes.get(name);
    if (!index) {
      index = new SortedIndex(this.values(), key);
      this.#indexes.set(name, index);
    }
    return index.rows;
  }

  /** Says that something changed which is kept elsewhere, like who may see what. */
  touch(): void {
    this.#version++;
  }

  /** Forgets indexes whose key depends on something that changed elsewhere. */
  forgetOrder(matches: (name: string) => boolean): void {
    for (const name of this.#indexes.keys()) if (matches(name)) this.#indexes.delete(name);
    this.#version++;
  }
}
