/** One thing an API's documents leave open. The first alternative is the default. */
export interface Reading<A extends readonly unknown[] = readonly unknown[], T extends string = string> {
  readonly alternatives: A;
  readonly topic: T;
  readonly question: string;
}

/** @returns what makes readings of a topic: the question, then the alternatives, the default first */
export function topic<const T extends string>(name: T) {
  return <const A extends readonly unknown[]>(question: string, ...alternatives: A): Reading<A, T> => ({
    alternatives,
    topic: name,
    question,
  });
}

/** A reading that takes any whole number above 0, or null for none; the listed ones are those worth testing. */
export function limit<T extends string>(reading: Reading<readonly unknown[], T>) {
  return reading as Reading<readonly (number | null)[], T>;
}

/** The readings in force: a value for each switch of the table. */
export type ReadingsOf<Table extends Record<string, Reading>> = {
  -readonly [K in keyof Table]: Table[K]['alternatives'][number];
};

/** What programs and people do with a table of readings. */
export class SwitchTable<Table extends Record<string, Reading>> {
  readonly names: Array<keyof Table & string>;
  /** Every plausible reading of each switch, the default first. */
  readonly alternatives: Record<keyof Table & string, readonly unknown[]>;
  /** What each switch asks of the documents. */
  readonly questions: Record<keyof Table & string, { topic: string; question: string }>;
  readonly defaults: ReadingsOf<Table>;

  constructor(table: Table) {
    this.names = Object.keys(table);
    const mapped = <V>(value: (reading: Reading) => V) =>
      Object.fromEntries(this.names.map((name) => [name, value(table[name]!)])) as Record<
        keyof Table & string,
        V
      >;
    this.alternatives = mapped(({ alternatives }) => alternatives);
    this.questions = mapped(({ topic, question }) => ({ topic, question }));
    this.defaults = mapped(({ alternatives }) => alternatives[0]) as ReadingsOf<Table>;
  }

  has(name: string): name is keyof Table & string {
    return Object.hasOwn(this.alternatives, name);
  }

  /** Whether `value` can be set: a listed reading, or any whole number above 0 where one of them is a number. */
  accepts(name: keyof Table & string, value: unknown): boolean {
    const alternatives = this.alternatives[name];
    if (alternatives.includes(value)) return true;
    const numeric = alternatives.some((one) => typeof one === 'number');
    return numeric && typeof value === 'number' && Number.isInteger(value) && value > 0;
  }

  /**
   * Reads a switch from text, as a command line or a form gives it.
   * @throws RangeError naming the switch and what it accepts
   */
  parse(name: string, text: string): Partial<ReadingsOf<Table>> {
    if (!this.has(name)) throw new RangeError(`There is no switch called "${name}".`);
    const value = text === 'null' ? null : text === 'true' ? true : text === 'false' ? false : text;
    const number = /^\d+$/.test(text) ? Number(text) : undefined;
    for (const candidate of [number, value]) {
      if (candidate !== undefined && this.accepts(name, candidate)) {
        return { [name]: candidate } as Partial<ReadingsOf<Table>>;
      }
    }
    throw new RangeError(`"${text}" is no reading of ${name}; it accepts ${this.describe(name)}.`);
  }

  /** The readings of a switch for a sentence: `a, b or c`. */
  describe(name: keyof Table & string): string {
    const listed = this.alternatives[name].map((one) => String(one));
    return listed.length < 2 ? listed.join('') : `${listed.slice(0, -1).join(', ')} or ${listed.at(-1)}`;
  }

  /**
   * The defaults with what was given in their place.
   * @throws RangeError for a switch or a reading that does not exist
   */
  checked(given: Partial<ReadingsOf<Table>>): ReadingsOf<Table> {
    for (const [name, value] of Object.entries(given)) {
      if (!this.has(name)) throw new RangeError(`There is no switch called "${name}".`);
      if (!this.accepts(name, value)) {
        throw new RangeError(`${String(value)} is no reading of ${name}; it accepts ${this.describe(name)}.`);
      }
    }
    return { ...this.defaults, ...given };
  }
}
