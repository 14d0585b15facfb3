/** At rest both sides are in step: each field is what somebody gave it last, and what nobody wants any more is over. */
import { firstOf } from './second-rows.js';
import { stateNamesOf } from './shares.js';
import { formOf, heldBy, isOpen, saidBy, type Values } from './values.js';
import { isWanted, type Row, type World } from './world.js';

interface Link {
  resource: string;
  ats_id: string;
  uuid: string;
  state: string;
}

/** Fields that are not what the row says, and nobody but the program gave them their value. */
export function differing(said: Values, held: Values, isTheirs: (field: string) => boolean): string[] {
  return Object.keys(said).filter((field) => held[field] !== said[field] && !isTheirs(field));
}

/** What holds for as long as somebody may still answer. */
const whilePending = new Set(['scheduled_at', 'questions']);

const linksOf = ({ scene }: World) =>
  scene.rows<Link>(
    `select resource, ats_id, uuid, state from sync.links join sync.desired_rows using (account, resource, ats_id)`,
  );

const rowOf = ({ rows }: World, { resource, ats_id }: Link) =>
  rows.find((row) => stateNamesOf(row).includes(`${resource} ${ats_id}`));

/** A closed job is there. */
function isThere({ table, fields, sound, wish }: Row): boolean {
  if (sound !== null || fields.deleted_at != null) return false;
  return table === 'jobs' || isWanted(wish);
}

function judgeFields(world: World, link: Link, row: Row, held: Values): void {
  if (link.state !== 'synced' || row.wish.decided || !isThere(row)) return;
  const said = saidBy(row);
  const mayChange = link.resource !== 'interviews' || isOpen(held);
  const wrong = differing(said, held, (field) => world.theirs.has(link.uuid, field));
  for (const field of wrong)
    if (mayChange || !whilePending.has(field))
      world.violations.push(
        `${field} of ${link.resource} ${link.uuid} is "${held[field]}", and row ${link.ats_id} says "${said[field]}"`,
      );
}

function judgeEnd(world: World, link: Link, row: Row | undefined, held: Values): void {
  const { resource, uuid, state } = link;
  const { setting, scene, theirs, wishes, violations } = world;
  const [keyUser] = scene.emulator.state.users.keys();
  if (resource === 'users' && (setting.usersWithdrawn !== 'delete' || uuid === keyUser)) return;
  // These say what they wait for.
  if (['held', 'conflict', 'rejected'].includes(state)) return;
  const wish = row?.wish ?? wishes.find(({ objects }) => objects.has(uuid));
  if (wish?.decided === true || theirs.isReopened(uuid)) return;
  if (isOpen(held))
    violations.push(`${resource} ${uuid} of ${link.ats_id} is ${held.status}, and nobody wants it`);
}

/** @param doubtful kinds of objects of which nobody knows whether they are there */
export async function judgeInStep(world: World, doubtful: readonly string[]): Promise<void> {
  const links = await linksOf(world);
  if (!world.restored) await judgeInvited(world, new Set(links.map(({ uuid }) => uuid)));
  for (const link of links) {
    const held = heldBy(world, link.resource, link.uuid);
    if (held === undefined || doubtful.includes(link.resource)) continue;
    const row = rowOf(world, link);
    if (row !== undefined) judgeFields(world, link, row, held);
    if (row === undefined || !(isWanted(row.wish) || isThere(row))) judgeEnd(world, link, row, held);
  }
}

/** What a person decided about the values of now, Spark Hire has. */
export async function judgeDecisions(world: World): Promise<void> {
  const { decisions, violations } = world;
  for (const link of await linksOf(world)) {
    const held = heldBy(world, link.resource, link.uuid);
    const row = rowOf(world, link);
    if (held === undefined || row === undefined || link.state !== 'synced') continue;
    for (const [field, now] of Object.entries(held)) {
      const decision = decisions.get(`${link.uuid} ${field}`);
      if (decision === undefined || !['ats', 'sparkhire'].includes(decision.take)) continue;
      // Spark Hire may show its own time without an offset.
      if (decision.take === 'sparkhire' && field === 'scheduled_at') continue;
      const [ats, sparkhire] = [decision.ats_value, decision.sparkhire_value].map((one) =>
        formOf(field, one),
      );
      const wanted = decision.take === 'ats' ? ats : sparkhire;
      if (saidBy(row)[field] === ats && now !== wanted)
        violations.push(
          `${field} of ${link.resource} ${link.uuid} is "${now}" although a person decided for "${wanted}"`,
        );
    }
  }
}

/** What is decided about a value that the ATS has changed since decides nothing, also where it comes back. */
export async function dropDecisions(world: World): Promise<void> {
  if (world.decisions.size === 0) return;
  const said = new Map<string, string | undefined>();
  for (const link of await linksOf(world)) {
    const row = rowOf(world, link);
    if (row === undefined || row.sound !== null) continue;
    for (const [field, value] of Object.entries(saidBy(row))) said.set(`${link.uuid} ${field}`, value);
  }
  for (const [about, { field, ats_value: ats }] of world.decisions)
    if (said.get(about) !== formOf(field ?? '', ats)) world.decisions.delete(about);
}

/** People are asked about a field only if somebody changed it at Spark Hire. */
export async function judgeQuestions({ scene, theirs, violations }: World): Promise<void> {
  const asked = await scene.rows<{ name: string; uuid: string; field: string }>(
    `select concat_ws(' ', resource, ats_id) as name, uuid, field from sync.conflicts
     where kind = 'field_diverged' and resolved_at is null and uuid is not null
       and field in ('title', 'description', 'status', 'name', 'email', 'scheduled_at', 'questions')`,
  );
  for (const { name, uuid, field } of asked)
    if (!theirs.has(uuid, field))
      violations.push(`${field} of ${name} is asked about, and nobody has changed it at Spark Hire`);
}

/** Whom the program invited is invited for a row, unless that waits, a person was asked about it or decided something else, or they were erased. */
export async function judgeInvited(world: World, linked: ReadonlySet<string>): Promise<void> {
  const { scene, wishes, byHand, erasures, violations } = world;
  const rows = await scene.rows<{ ats_id: string }>(
    `select ats_id from sync.desired_rows where resource = 'interviews' and state not in ('synced', 'gone')`,
  );
  const waiting = new Set(rows.map(({ ats_id }) => ats_id));
  const asked = await scene.rows<{ shown: string }>(
    `select sparkhire_value::text as shown from sync.conflicts where resource = 'interviews'`,
  );
  const isAsked = (uuid: string) => asked.some(({ shown }) => shown?.includes(uuid));
  const apart = new Set(erasures.addresses);
  for (const { decided, address, row } of wishes)
    if (address !== null && (decided || waiting.has(row?.atsId ?? ''))) apart.add(firstOf(address));
  for (const { uuid, status, candidate } of scene.emulator.state.interviews.values()) {
    const address = firstOf(candidate.email.toLowerCase().replace(/^(moved\.)+/, ''));
    const isTheirs = byHand.has(uuid) || isAsked(uuid) || linked.has(uuid);
    if (isOpen({ status }) && !isTheirs && !apart.has(address))
      violations.push(`interview ${uuid} of ${candidate.email} is pending, and is no row's`);
  }
}
