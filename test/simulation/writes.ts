/** How the program writes: what it changes it has looked at, nothing is made that is there, and not too much goes at once. */
import type { RequestRecord } from '#emulators/emulator/index';
import type { Seen } from './judging.js';
import { heldBy, isOpen } from './values.js';
import type { World } from './world.js';

const anObject = /\/(?:users|jobs|interviews)\/[^/]+$/;
type Sent = Pick<RequestRecord, 'method' | 'path' | 'status' | 'body'>;
const notForUs = [403, 404, 410];

const endsIt = ({ method, body }: Sent) =>
  method === 'DELETE' ||
  ['canceled', 'inactive'].includes(String((body as { status?: unknown } | undefined)?.status));

/**
 * What is changed has been looked at in the same run, and is edited only if it was seen.
 * @param ended interviews of which nothing was to come when the run began
 */
export function changedUnseen(requests: readonly Sent[], ended: ReadonlySet<string>): string[] {
  const looks = new Map<string, Sent>();
  const wrong: string[] = [];
  for (const one of requests) {
    const { method, path } = one;
    if (!anObject.test(path)) continue;
    if (method === 'GET') looks.set(path, one);
    if (method !== 'PUT' && method !== 'DELETE') continue;
    const look = looks.get(path);
    if (look === undefined) wrong.push(`${path} was changed without a look at it`);
    else if (notForUs.includes(look.status) && !endsIt(one))
      wrong.push(`${path} was edited though it was not seen: ${look.status}`);
    if (ended.has(path.split('/').at(-1)!) && (one.body as { status?: string })?.status === 'canceled')
      wrong.push(`${path} was to be canceled, and had ended`);
  }
  return wrong;
}

const overStatuses = ['completed', 'expired', 'canceled'];

/** @param requests of one run that began and ended by itself, in which nothing else happened where `alone` says so */
export function judgeWrites(
  { violations }: World,
  requests: readonly RequestRecord[],
  before: Seen,
  alone: boolean,
): void {
  const ended = [...before.interviews].filter(([, status]) => overStatuses.includes(status));
  const isEnded = new Set(alone ? ended.map(([uuid]) => uuid) : []);
  violations.push(...changedUnseen(requests, isEnded));
}

/** A job that is there under the same title, at the same place, and is nobody's, is not made again unasked. */
export function judgeTwinJobs(world: World, before: Seen, after: Seen): void {
  const { setting, wishes, byHand, violations } = world;
  if (setting.firstContact === 'create') return;
  const decided = new Set<unknown>(
    wishes.filter(({ decided }) => decided).flatMap(({ row }) => row?.fields.title ?? []),
  );
  for (const uuid of after.jobs.keys()) {
    const made = heldBy(world, 'jobs', uuid)!;
    if (before.jobs.has(uuid) || byHand.has(uuid) || decided.has(made.title)) continue;
    for (const other of before.freeJobs) {
      const there = heldBy(world, 'jobs', other);
      if (after.linked.has(other) || there?.title !== made.title || there?.place !== made.place) continue;
      violations.push(`job ${uuid} was made, though ${other} is called the same and nobody's`);
    }
  }
}

/** What a row is linked to by a run that succeeded is in the mirror, unless it is gone. */
export async function judgeLinks({ scene, violations }: World): Promise<void> {
  const { users, jobs, interviews } = scene.emulator.state;
  const rows = await scene.rows<{ name: string; uuid: string }>(
    ['users', 'jobs', 'interviews']
      .map(
        (kind) => `select concat_ws(' ', l.resource, l.ats_id) as name, l.uuid from sync.links l
          where l.resource = '${kind}' and not exists (select from sparkhire.${kind} m where (m.account, m.uuid) = (l.account, l.uuid))`,
      )
      .join(' union all '),
  );
  for (const { name, uuid } of rows)
    if ([users, jobs, interviews].some((all) => all.has(uuid)))
      violations.push(`${name} is linked to ${uuid}, which is not mirrored`);
}

/** Nobody is told that something was refused which was done. @param before when nothing but the program's work followed */
export async function judgeRefusedEnds({ scene, violations }: World, before: Seen): Promise<void> {
  const { interviews, jobs } = scene.emulator.state;
  const refused = await scene.rows<{ row: string; uuid: string }>(
    `select concat_ws(' ', d.resource, d.ats_id) as row, i.uuid
     from sync.desired_rows d join lateral (select * from sync.intents i
       where (i.account, i.resource, i.ats_id) = (d.account, d.resource, d.ats_id) order by id desc limit 1) i on true
     where d.state = 'rejected' and i.state = 'rejected' and i.action in ('cancel', 'close', 'delete')`,
  );
  for (const { row, uuid } of refused) {
    const was = before.interviews.get(uuid) ?? before.jobs.get(uuid);
    const now = (interviews.get(uuid) ?? jobs.get(uuid))?.status;
    if (isOpen({ status: was }) && !isOpen({ status: now }))
      violations.push(`${row} is rejected, and ${uuid} has ended as it was told to`);
  }
}
