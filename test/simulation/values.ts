/**
 * What rows say and what objects hold, field by field, each value in one form. Who changed a field last shows without looking at
 * events: what becomes of it while the program works is the program's doing, all else is people's.
 */
import type { State } from '#emulators/emulator/index';
import type { Row, World } from './world.js';

/** By the names that conflicts have for fields. */
export type Values = Readonly<Record<string, string>>;

const kinds = { users: 'users', jobs: 'jobs', interviews: 'interviews', share_links: 'shareLinks' } as const;
export type Kind = keyof typeof kinds;
type Held<K extends Kind> = State[(typeof kinds)[K]] extends ReadonlyMap<string, infer T> ? T : never;

const words = (value: unknown) =>
  String(value ?? '')
    .replace(/\s+/g, ' ')
    .trim();
const seconds = (ms: number) => String(Math.floor(ms / 1000));
const address = (value: unknown) => words(value).toLowerCase();
const question = ({ text, limit }: { text: string; limit: number }) => `${words(text)} (${limit} s)`;

/** A value as conflicts write it. @returns it in the form of here */
export function formOf(field: string, value: unknown): string {
  if (field === 'email') return address(value);
  return field === 'scheduled_at' ? seconds(Date.parse(String(value))) : words(value);
}

/** What a row says that can be used. */
export function saidBy({ table, fields }: Pick<Row, 'table' | 'fields'>): Values {
  if (table === 'users') return { name: words(fields.name), email: address(fields.email) };
  if (table === 'jobs') {
    const { title, description, status, city, region, country } = fields;
    return {
      title: words(title),
      description: words(description),
      status: status === 'closed' ? 'inactive' : 'active',
      place: words([city, region, country].filter(Boolean).join(', ')),
    };
  }
  if (table !== 'interviews') return {};
  const questions = (fields.questions ?? []) as Array<{ text: string; time_limit: number }>;
  return {
    scheduled_at: seconds(Date.parse(String(fields.deadline_at))),
    questions: questions.map(({ text, time_limit: limit }) => question({ text, limit })).join(' '),
    type: String(fields.type),
    candidate_name: words(fields.candidate_name),
  };
}

const holds: { [K in Kind]: (object: Held<K>) => Values } = {
  users: ({ name, email, active }) => ({
    name: words(name),
    email: address(email),
    status: active ? 'active' : 'inactive',
  }),
  jobs: ({ title, description, status, location }) => ({
    title: words(title),
    description: words(description),
    status,
    place: words(location.address),
  }),
  interviews: ({ scheduledAt, questions, type, candidate, status }) => ({
    scheduled_at: seconds(scheduledAt),
    questions: questions.map(({ text, timeLimit: limit }) => question({ text, limit })).join(' '),
    type,
    candidate_name: words(candidate.name),
    status,
  }),
  share_links: ({ status }) => ({ status }),
};

/** What Spark Hire holds; undefined where it has no such object. */
export function heldBy({ scene: { emulator } }: World, kind: string, uuid: string): Values | undefined {
  if (!(kind in kinds)) return undefined;
  const object = emulator.state[kinds[kind as Kind]].get(uuid);
  return object === undefined ? undefined : holds[kind as Kind](object as never);
}

/** Whether somebody may still answer, come in or look. */
export const isOpen = ({ status }: { readonly status?: string }) =>
  ['requested', 'accepted', 'active'].includes(status ?? '');

/** Fields that people gave their value. */
export class Theirs {
  #seen = new Map<string, Values>();
  readonly #fields = new Set<string>();
  readonly #reopened = new Set<string>();

  /** @param byHand what people made: all of it is theirs */
  constructor(private readonly byHand: ReadonlySet<string>) {}

  /** The program has worked. */
  look(world: World): void {
    this.#seen = new Map(everything(world));
  }

  /** Others have done something since. */
  note(world: World): void {
    for (const [uuid, now] of everything(world)) {
      const before = this.#seen.get(uuid);
      for (const [field, value] of Object.entries(now))
        if (before?.[field] !== value) this.#note(world, uuid, field);
      if (before !== undefined && !isOpen(before) && isOpen(now)) this.#reopened.add(uuid);
    }
    this.look(world);
  }

  /** Nobody knows who did what: the program has forgotten. */
  all(world: World): void {
    for (const [uuid, values] of everything(world))
      for (const field of Object.keys(values)) this.#note(world, uuid, field);
  }

  has(uuid: string, field: string): boolean {
    return this.byHand.has(uuid) || this.#fields.has(`${uuid} ${field}`);
  }

  /** What had ended, and people opened again. */
  isReopened(uuid: string): boolean {
    return this.#reopened.has(uuid);
  }

  #note({ decisions }: World, uuid: string, field: string): void {
    this.#fields.add(`${uuid} ${field}`);
    decisions.delete(`${uuid} ${field}`);
  }
}

function everything(world: World): Array<[string, Values]> {
  const { state } = world.scene.emulator;
  return (Object.keys(kinds) as Kind[]).flatMap((kind) =>
    [...state[kinds[kind]].keys()].map((uuid): [string, Values] => [uuid, heldBy(world, kind, uuid)!]),
  );
}
