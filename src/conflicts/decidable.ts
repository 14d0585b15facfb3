/** Which conflicts a person decides, as it is written on a command line and in messages. Pure. */

export interface Decidable {
  id: number;
  /** The revision whose values the person saw; the first unless given. */
  revision?: number;
}

/** `7`, or `7.2` once its values are not the first ones. */
export function decidableName({ id, revision = 1 }: Decidable): string {
  return revision === 1 ? String(id) : `${id}.${revision}`;
}

/** What `decidableName` says; the number alone stands for the values the conflict was opened with. null: it is none. */
export function decidedOf(text: string): Decidable | null {
  const [, number, revision] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const id = Number(number);
  if (!Number.isSafeInteger(id)) return null;
  return revision === undefined ? { id } : { id, revision: Number(revision) };
}

/** Each number once; one that is named with its revision is meant so. */
export function distinct(decided: readonly Decidable[]): Decidable[] {
  const each = new Map<number, Decidable>();
  for (const one of decided)
    if (each.get(one.id)?.revision === undefined)
      each.set(one.id, one.revision === undefined ? (each.get(one.id) ?? one) : one);
  return [...each.values()];
}
