/** Edits of people at Spark Hire that the program may not have seen yet: none of them vanishes unless a person decides so. */
import type { World } from './world.js';

/** What is edited: where the emulator keeps it, and what conflicts call it. */
const fields = {
  title: { kind: 'jobs', column: 'title' },
  status: { kind: 'jobs', column: 'status' },
  name: { kind: 'users', column: 'name' },
  scheduledAt: { kind: 'interviews', column: 'scheduled_at' },
} as const;
export type Field = keyof typeof fields;

interface Edit {
  uuid: string;
  field: Field;
  value: unknown;
  /** The run of the program in which it came, or after which. */
  run: number;
  /** How many requests had come that may not show it. */
  at: number;
}

export class Edits {
  readonly #unseen = new Map<string, Edit>();
  /** How often the program has been run. */
  #run = 0;
  /** Requests that arrived and are not handled while a person edits: they show the edit. */
  #waiting = 0;

  /** What it is now is what a person made of it. */
  note(world: World, field: Field, uuid: string): void {
    const value = currentOf(world, field, uuid);
    const at = world.scene.emulator.requests.length - this.#waiting;
    this.#unseen.set(`${uuid} ${field}`, { uuid, field, value, run: this.#run, at });
  }

  /** Something else happens than the program: what it changes of what was edited is another edit. */
  async during(world: World, waiting: number, happens: () => unknown): Promise<void> {
    this.#waiting = waiting;
    try {
      await happens();
      for (const { field, uuid, value } of this.#unseen.values())
        if (currentOf(world, field, uuid) !== value) this.note(world, field, uuid);
    } finally {
      this.#waiting = 0;
    }
  }

  async begin(world: World): Promise<void> {
    await this.during(world, 0, () => {});
    this.#run += 1;
  }

  /** What became of them, by the program alone. */
  async judge(world: World): Promise<void> {
    for (const [name, edit] of this.#unseen) {
      const { field, uuid, value } = edit;
      const { kind, column } = fields[field];
      const now = currentOf(world, field, uuid);
      if (now === undefined || now === value) continue;
      this.#unseen.delete(name);
      if (!this.#couldBeKnown(world, edit)) continue;
      // Times are written otherwise there: of them any record will do. No policy of a field is set.
      const [told] = await world.scene.rows(
        `select from sync.conflicts where uuid = $1 and field = $2 and resolution = 'ats' and ($3::text is null
           or sparkhire_value #>> '{}' = $3 and ats_value #>> '{}' = $4) limit 1`,
        [uuid, column, typeof value === 'string' ? value : null, String(now)],
      );
      if (told === undefined)
        world.violations.push(`${field} of ${kind} ${uuid}: "${value}" of a person is "${now}" now`);
    }
  }

  /**
   * A run that succeeded has seen what was edited before it began. As long as that is not settled the ATS's next edit is one more
   * question: a person's value that is accepted is none that both sides agreed on.
   * @param settled what was settled as Spark Hire's value, by object and the name that conflicts have for the field
   */
  succeeded(settled: ReadonlyMap<string, string | null>): void {
    for (const [name, { run, uuid, field, value }] of this.#unseen) {
      const agreed = settled.get(`${uuid} ${fields[field].column}`);
      // Times are written otherwise there.
      const isAgreed = agreed !== undefined && (field === 'scheduledAt' || agreed === value);
      if (run < this.#run && isAgreed) this.#unseen.delete(name);
    }
  }

  /**
   * The object is read just before it is written: an edit between the two is seen by nobody, one before is. What cannot be
   * read is not written.
   */
  #couldBeKnown(world: World, { uuid, field, run, at }: Edit): boolean {
    if (run < this.#run) return true;
    const since = world.scene.emulator.requests.slice(at);
    const path = `/v1.0/${fields[field].kind}/${uuid}`;
    const written = since.findIndex((one) => one.method === 'PUT' && one.path === path);
    return since
      .slice(0, Math.max(0, written))
      .some((one) => one.method === 'GET' && one.path === path && one.fault !== 'stale');
  }
}

export function currentOf({ scene: { emulator } }: World, field: Field, uuid: string): unknown {
  const record = emulator.state[fields[field].kind].get(uuid) as Partial<Record<Field, unknown>> | undefined;
  return record?.[field];
}
