/** What is done by POST, PUT and DELETE. */
import { z } from 'zod';
import { type Asked, opportunityOf } from './reads.js';
import { badRequest } from './refusal.js';
import { shownNote, shownOpportunity } from './shapes.js';
import { addNote, archive, type Living, moveTo, touch } from './world/life.js';
import type { Opportunity } from './world/world.js';

export interface WriteAnswer {
  status: number;
  /** Undefined: no content. */
  data?: unknown;
}

function parsed<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw badRequest(`${issue.path.join('.') || 'body'}: ${issue.message}`);
}

/** In whose name; null: the key's. @throws Refusal 400 */
function performer({ switches }: Living, { query, world }: Asked): string | null {
  const id = query.get('perform_as');
  if (id === null) {
    if (switches.performAs === 'required') throw badRequest('perform_as is required');
    return null;
  }
  const user = world.tables.users.get(id);
  if (user === undefined || user.deactivatedAt !== null) throw badRequest('perform_as is not an active user');
  return id;
}

/** Some answers show nobody's name, though nobody was anonymized. */
function answered(row: Opportunity, asked: Asked, emptied: boolean): WriteAnswer {
  const shown = shownOpportunity(row, asked);
  if (!emptied || asked.switches.writeAnswer === 'in-full') return { status: 200, data: shown };
  return { status: 200, data: { ...shown, name: '', headline: '', emails: [], phones: [] } };
}

const texts = z.array(z.string().min(1)).min(1);
const sets = {
  addLinks: { field: 'links', adds: true, emptied: false },
  removeLinks: { field: 'links', adds: false, emptied: false },
  addTags: { field: 'tags', adds: true, emptied: true },
  removeTags: { field: 'tags', adds: false, emptied: true },
} as const;

export type SetName = keyof typeof sets;
export const isSetName = (name: string | undefined): name is SetName =>
  name !== undefined && Object.hasOwn(sets, name);

export function changeSet(
  living: Living,
  asked: Asked,
  id: string,
  name: SetName,
  body: unknown,
): WriteAnswer {
  const row = opportunityOf(id, asked);
  performer(living, asked);
  const { field, adds, emptied } = sets[name];
  const given = parsed(z.object({ [field]: texts }), body)[field]!;
  const before = row[field];
  const piles = field === 'links' && living.switches.linksAreSet === 'yes';
  const after = adds ? [...before, ...given] : before.filter((one) => !given.includes(one));
  row[field] = piles ? after : [...new Set(after)];
  if (living.switches.touches === 'yes') touch(living.world, row);
  return answered(row, asked, emptied);
}

export function changeStage(living: Living, asked: Asked, id: string, body: unknown): WriteAnswer {
  const row = opportunityOf(id, asked);
  const by = performer(living, asked);
  const { stage } = parsed(z.object({ stage: z.string() }), body);
  if (!living.world.tables.stages.has(stage)) throw badRequest('stage does not exist');
  moveTo(living, row, stage, by);
  return answered(row, asked, true);
}

export function changeArchived(living: Living, asked: Asked, id: string, body: unknown): WriteAnswer {
  const row = opportunityOf(id, asked);
  performer(living, asked);
  const { reason } = parsed(z.object({ reason: z.string().nullable() }), body);
  if (reason !== null && !living.world.tables.archiveReasons.has(reason))
    throw badRequest('reason does not exist');
  archive(living, row, reason);
  return answered(row, asked, true);
}

export function createNote(living: Living, asked: Asked, id: string, body: unknown): WriteAnswer {
  const row = opportunityOf(id, asked);
  const by = performer(living, asked);
  const { value } = parsed(z.object({ value: z.string().min(1) }), body);
  const note = addNote(living, row, value, by);
  return { status: 201, data: { ...shownNote(note, asked), noteId: note.id } };
}
