/** Rows of the ATS of a world, and what may become of them. */
import type { Row, Wish, World } from './world.js';

export interface Numbers {
  a: number;
  b: number;
  c: number;
}
export type Play = (world: World, numbers: Numbers) => unknown;

export const at = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];
export const rowsOf = ({ rows }: World, table: Row['table']) => rows.filter((row) => row.table === table);
export const keyOf = (world: World, table: Row['table']) =>
  `${table[0]!.toUpperCase()}-${world.nextNumber()}`;

export const titleOf = ({ fields, sound }: Row) => sound?.title ?? fields.title;

/** Of an interview, also where its column is wrong just now. */
export const jobOf = ({ fields, sound }: Row) => String(sound?.job_ats_id ?? fields.job_ats_id);

/** Its interviews name the job by another key. */
export function follow(child: Row, key: string): void {
  const kept = child.sound?.job_ats_id === undefined ? child.fields : child.sound;
  kept.job_ats_id = key;
}

/**
 * Somebody asks for it once more: a canceled one is wanted after all, a deleted one again, a job is to be another one.
 * Where the first one has ended that is another invitation, and another one for each interview of the job.
 */
export function wishedAgain(world: World, row: Row): void {
  row.wish.invitations += 1;
  if (row.table !== 'jobs') return;
  for (const child of childrenOf(world, row.atsId)) child.wish.invitations += 1;
}

/** What is edited of a row that is wrong just now is right from then on. */
export async function edit(
  world: World,
  row: Row | undefined,
  fields: Record<string, unknown>,
): Promise<void> {
  if (row === undefined) return;
  Object.assign(row.fields, fields);
  if (row.sound !== null) {
    for (const name of Object.keys(fields)) delete row.sound[name];
    if (Object.keys(row.sound).length === 0) row.sound = null;
  }
  await world.commit([row]);
}

export const childrenOf = (world: World, atsId: string) =>
  rowsOf(world, 'interviews').filter((row) => jobOf(row) === atsId);

export const spoils: Record<Row['table'], ReadonlyArray<Record<string, unknown>>> = {
  users: [{ email: 'nobody' }, { role: 'boss' }, { name: ' ' }],
  jobs: [{ status: 'opne' }, { title: '' }, { country: null }, { title: '#REF!' }],
  share_requests: [{ reviewers: [{ name: '', email: 'x' }] }, { status: 'opne' }, { interview_ats_ids: [] }],
  interviews: [
    { type: 'by telephone' },
    { candidate_name: '' },
    { package: 'none' },
    { job_ats_id: null },
    { job_ats_id: 'nobody' },
  ],
};

export async function wish(
  world: World,
  table: Row['table'],
  fieldsOf: (atsId: string) => Record<string, unknown>,
  more: Partial<Wish> = {},
): Promise<void> {
  const atsId = keyOf(world, table);
  const { ats_id: _, ...fields } = fieldsOf(atsId);
  const address = table === 'interviews' ? String(fields.candidate_email).toLowerCase() : null;
  const made: Wish = {
    table,
    invitations: 1,
    row: null,
    address,
    formerKeys: new Set(),
    objects: new Set(),
    decided: false,
    ...more,
  };
  made.row = { table, atsId, fields, sound: null, wish: made };
  world.rows.push(made.row);
  world.wishes.push(made);
  await world.commit([made.row]);
}

/** With another key and another title only its invitations tell whether it is the same job: without any it may be closed. */
export function mayBeAnother({ wish: one }: Row): void {
  isAnother(one);
  one.renamed = true;
}

/** By a row that is there: one that is marked as deleted invites nobody. */
export function hasInvited(world: World, row: Row): boolean {
  const { interviews, jobs } = world.scene.emulator.state;
  const isTheirs = (uuid = '') => jobs.has(uuid) && row.wish.objects.has(uuid);
  return childrenOf(world, row.atsId).some(
    ({ fields, wish }) =>
      fields.deleted_at == null && [...wish.objects].some((uuid) => isTheirs(interviews.get(uuid)?.jobUuid)),
  );
}

/** A job under another key and title whose candidates are gone as well, before the program looked: nothing tells which it is. */
export function noteUnknownJobs(world: World): void {
  for (const row of rowsOf(world, 'jobs')) {
    if (row.wish.isKnownByItsCandidates !== true || hasInvited(world, row)) continue;
    row.wish.isKnownByItsCandidates = false;
    for (const child of childrenOf(world, row.atsId)) isAnother(child.wish);
    mayBeAnother(row);
  }
}

/** What stood for it may end. */
export function isAnother(one: Wish): void {
  one.others = (one.others ?? 0) + 1;
  one.formerKeys.clear();
  one.objects.clear();
}

/** Whether the program has seen it under the key that it has now. */
export async function isLinked({ scene }: World, { table, atsId }: Row): Promise<boolean> {
  const found = await scene.rows('select from sync.links where resource = $1 and ats_id = $2', [
    table,
    atsId,
  ]);
  return found.length > 0;
}

/** A job gets another title. */
export async function retitle(world: World, row: Row | undefined, title: string): Promise<void> {
  if (row === undefined) return;
  if (row.wish.formerKeys.size > 0 && !(await isLinked(world, row))) mayBeAnother(row);
  await edit(world, row, { title });
}
