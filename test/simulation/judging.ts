/** What the program did within a run, or a part of one in which nothing else happened, against what was wanted then. */
import { childrenOf, jobOf } from './rows.js';
import { firstOf } from './second-rows.js';
import { isOpen } from './values.js';
import { isWanted, type Wish, type World } from './world.js';
import { judgeTwinJobs } from './writes.js';

export interface Seen {
  interviews: Map<string, string>;
  jobs: Map<string, string>;
  users: Map<string, string>;
  shareLinks: Map<string, string>;
  /** Rows by the object they are linked to. */
  linked: Map<string, string>;
  /** Objects that rows were left with when keys moved: none asked for its own. */
  left: Set<string>;
  /** What was settled last as Spark Hire's value, of fields that were settled once, by `UUID FIELD`. */
  settled: Map<string, string | null>;
  /** Open jobs that the mirror knows, and that are no row's. */
  freeJobs: Set<string>;
  /** The jobs of interviews that are pending, as Spark Hire has it and the mirror knows. */
  pending: Map<string, string>;
}

export async function look({ scene }: World): Promise<Seen> {
  const { state } = scene.emulator;
  const links = await scene.rows<{
    uuid: string;
    resource: string;
    ats_id: string;
    settled: Record<string, string | null>;
    is_left: boolean;
  }>(
    `select uuid, resource, ats_id, (select coalesce(jsonb_object_agg(key, value #>> '{sparkhire}'), '{}') from jsonb_each(base)) as settled,
       base #>> '{left,ats}' is not null as is_left from sync.links`,
  );
  const mirrored = await scene.rows<{ kind: string; uuid: string }>(
    `select 'interviews' as kind, uuid from sparkhire.interviews
       where deleted_at is null and status in ('requested', 'accepted')
     union all select 'jobs', uuid from sparkhire.jobs where deleted_at is null and status = 'active'`,
  );
  const known = (kind: string) => mirrored.filter((one) => one.kind === kind);
  const isLinked = new Set(links.map(({ uuid }) => uuid));
  const free = known('jobs').filter(({ uuid }) => !isLinked.has(uuid) && state.jobs.has(uuid));
  const pending = known('interviews').flatMap(({ uuid }) => {
    const one = state.interviews.get(uuid);
    return one !== undefined && isOpen(one) ? [[uuid, one.jobUuid] as const] : [];
  });
  return {
    freeJobs: new Set(free.map(({ uuid }) => uuid)),
    pending: new Map(pending),
    interviews: new Map([...state.interviews.values()].map(({ uuid, status }) => [uuid, status])),
    jobs: new Map([...state.jobs.values()].map(({ uuid, status }) => [uuid, status])),
    users: new Map(
      [...state.users.values()].map(({ uuid, active }) => [uuid, active ? 'active' : 'disabled']),
    ),
    shareLinks: new Map([...state.shareLinks.values()].map(({ uuid, status }) => [uuid, status])),
    linked: new Map(links.map(({ uuid, resource, ats_id }) => [uuid, `${resource} ${ats_id}`])),
    left: new Set(links.flatMap(({ uuid, is_left }) => (is_left ? [uuid] : []))),
    settled: new Map(
      links.flatMap(({ uuid, settled }) =>
        Object.entries(settled).map(([field, value]) => [`${uuid} ${field}`, value] as const),
      ),
    ),
  };
}

/** What the program did is compared with what was wanted while it ran: nothing else happened since the look before. */
export async function judge(world: World, before: Seen): Promise<Seen> {
  const { violations } = world;
  const after = await look(world);
  const ended = (kind: 'interviews' | 'jobs' | 'users', is: (status: string | undefined) => boolean) =>
    [...before[kind]]
      .filter(([uuid, status]) => !is(status) && is(after[kind].get(uuid)))
      .map(([uuid]) => uuid);
  own(world, before, after);
  const wishOf = (uuid: string) => world.wishes.find(({ objects }) => objects.has(uuid));
  const gone = (status: string | undefined) => status === undefined || status === 'canceled';
  const shut = (status: string | undefined) => status === undefined || status === 'inactive';
  for (const [kind, uuids] of [
    ['interview', ended('interviews', gone)],
    ['job', ended('jobs', shut)],
    ['user', ended('users', (status) => status === undefined)],
  ] as const) {
    for (const uuid of uuids) {
      const wish = wishOf(uuid);
      const isOnAnother = kind === 'interview' && wish !== undefined && isInvitedInstead(world, after, wish);
      if (wish !== undefined && isWanted(wish) && !wish.decided && !world.doubted.has(wish) && !isOnAnother) {
        violations.push(`${kind} ${uuid} of row ${wish.row!.atsId} was ended although it is wanted`);
      }
      if (kind === 'interview' && world.openedAgain.has(uuid) && wish?.decided !== true)
        violations.push(`interview ${uuid}, which people opened again, was ended`);
      const isRows = before.linked.has(uuid) || after.linked.has(uuid);
      if (!isRows && kind !== 'interview' && world.byHand.has(uuid)) {
        violations.push(`${kind} ${uuid}, which people made, was ended and is no row's`);
      }
    }
  }
  judgeClosed(world, before, after, ended('jobs', shut));
  for (const uuid of world.retired)
    if (
      before.jobs.get(uuid) === 'inactive' &&
      after.jobs.get(uuid) === 'active' &&
      !isMeant(world, after, uuid)
    )
      violations.push(`job ${uuid}, whose key another job has now, was opened again`);
  world.shares.judge(world, before, after);
  world.actors.judge(world, before, after);
  judgeTwinJobs(world, before, after);
  await world.edits.judge(world);
  judgeInvitations(world);
  world.erasures.judge(world);
  world.theirs.look(world);
  return after;
}

/** No job closes under interviews that stay pending, unless the policy says so. @param jobs those that closed */
export function judgeClosed(
  { setting, violations }: Pick<World, 'setting' | 'violations'>,
  before: Pick<Seen, 'pending'>,
  after: Pick<Seen, 'pending'>,
  jobs: readonly string[],
): void {
  if (setting.closeUnderInterviews) return;
  for (const [uuid, job] of after.pending)
    if (jobs.includes(job) && before.pending.get(uuid) === job)
      violations.push(`job ${job} was closed under the pending interview ${uuid}`);
}

/** What these say is not settled, so nobody can tell them by it. */
export async function jobsThatWait({ scene }: World): Promise<string[]> {
  const rows = await scene.rows<{ ats_id: string }>(
    `select ats_id from sync.desired_rows where resource = 'jobs' and state in ('pending', 'held')`,
  );
  return rows.map(({ ats_id }) => ats_id);
}

/** Whoever reads the states is told that the outcome of a write is not known yet, whatever has become of its row. */
export async function judgeOpenWrites({ scene, violations }: World): Promise<void> {
  const rows = await scene.rows<{ row: string; state: string }>(
    `select concat_ws(' ', resource, ats_id) as row, d.state
     from sync.intents i join sync.desired_rows d using (account, resource, ats_id)
     where i.state in ('sent', 'unknown') and d.state not in ('in_flight', 'conflict')`,
  );
  for (const { row, state } of rows) violations.push(`${row} is ${state}, and its write is open`);
}

/** Nobody is told that an invitation was refused which was sent. Beside one that is not known of yet a row may wait so. */
export async function judgeRefused({ scene, rows, byHand, violations }: World): Promise<void> {
  const refused = await scene.rows<{ ats_id: string; linked: string[] }>(
    `select ats_id, array(select uuid::text from sync.links where resource = 'interviews') as linked
     from sync.desired_rows d where resource = 'interviews' and state = 'rejected'
       and not exists (select from sync.intents where state in ('sent', 'unknown'))
       and not exists (select from sync.links l where (l.account, l.resource, l.ats_id) = (d.account, d.resource, d.ats_id))`,
  );
  for (const { ats_id, linked } of refused) {
    const row = rows.find(({ table, atsId }) => table === 'interviews' && atsId === ats_id);
    if (row === undefined || row.sound !== null || row.wish.decided) continue;
    const sent = [...scene.emulator.state.interviews.values()].find(
      ({ uuid, status, candidate }) =>
        isOpen({ status }) &&
        !byHand.has(uuid) &&
        !linked.includes(uuid) &&
        candidate.email.toLowerCase() === row.wish.address,
    );
    if (sent !== undefined) violations.push(`interviews ${ats_id} is rejected, and was sent as ${sent.uuid}`);
  }
}

/**
 * What a write is said to have made is for whom it was sent; and it is none that people made while its own is nobody's, unless a
 * person said so.
 */
export async function judgeFound({ scene, byHand, violations }: World): Promise<void> {
  const made = await scene.rows<{ ats_id: string; uuid: string; email: string }>(
    `select ats_id, uuid, lower(detail #>> '{look,email}') as email from sync.intents
     where resource = 'interviews' and action = 'create' and state = 'confirmed'`,
  );
  if (made.length === 0) return;
  const linked = new Set(
    (await scene.rows<{ uuid: string }>('select uuid from sync.links')).map(({ uuid }) => uuid),
  );
  const { interviews } = scene.emulator.state;
  const addressOf = ({ candidate }: { candidate: { email: string } }) =>
    candidate.email.toLowerCase().replace(/^(moved\.)+/, '');
  for (const { ats_id, uuid, email } of made) {
    const one = interviews.get(uuid);
    // Whoever was erased is not named any more.
    if (one === undefined || email === null) continue;
    if (addressOf(one) !== email)
      violations.push(
        `interviews ${ats_id} is said to have been sent to ${email} as ${uuid} of ${addressOf(one)}`,
      );
    const own = [...interviews.values()].find(
      (other) =>
        !byHand.has(other.uuid) &&
        !linked.has(other.uuid) &&
        isOpen(other) &&
        other.jobUuid === one.jobUuid &&
        addressOf(other) === email,
    );
    if (byHand.has(uuid) && own !== undefined)
      violations.push(
        `interviews ${ats_id} is said to have been sent as ${uuid}, which people made, and ${own.uuid} is nobody's`,
      );
  }
}

/** A person said which job its row's is, and there it has an invitation that was sent before: what is on another job ends. */
function isInvitedInstead(world: World, { linked }: Seen, { row }: Wish): boolean {
  const job = world.rows.find((one) => one.table === 'jobs' && row !== null && one.atsId === jobOf(row));
  if (job?.wish.decided !== true) return false;
  return [...world.scene.emulator.state.interviews.values()].some(
    ({ uuid, jobUuid, status }) =>
      linked.get(uuid) === `interviews ${row!.atsId}` &&
      ['requested', 'accepted'].includes(status) &&
      jobUuid !== null &&
      job.wish.objects.has(jobUuid),
  );
}

/** People invited somebody there whom a row of the job invites: by that it is the same job (docs/ats.md). */
function isMeant(world: World, { linked }: Seen, job: string): boolean {
  const [, key = ''] = linked.get(job)?.split(' ') ?? [];
  const invited = new Set(childrenOf(world, key).map(({ wish }) => wish.address));
  return [...world.scene.emulator.state.interviews.values()].some(
    ({ uuid, jobUuid, candidate }) =>
      jobUuid === job && world.byHand.has(uuid) && invited.has(candidate.email.toLowerCase()),
  );
}

/** What is somebody's now: what was linked to their row since, unless it is another's, or was left behind by one or with it. */
function own({ rows, wishes, leftBehind }: World, before: Seen, after: Seen): void {
  const taken = new Set(wishes.flatMap(({ row, objects }) => (row === null ? [] : [...objects])));
  const byName = new Map(rows.map((row) => [`${row.table} ${row.atsId}`, row.wish]));
  for (const [uuid, name] of after.linked) {
    const isKnown = before.linked.get(uuid) === name && !before.left.has(uuid);
    if (isKnown || after.left.has(uuid) || taken.has(uuid) || leftBehind.has(uuid)) continue;
    byName.get(name)?.objects.add(uuid);
  }
}

function judgeInvitations({ scene, secondRows, wishes, byHand, violations }: World): void {
  const sent = new Map<string, number>();
  for (const { kind, to, about } of scene.emulator.outbox) {
    if (kind !== 'interview_invitation' || byHand.has(about)) continue;
    const address = to.toLowerCase();
    sent.set(address, (sent.get(address) ?? 0) + 1);
  }
  const allowed = new Map<string, number>();
  for (const { address, invitations } of wishes) {
    if (address !== null) allowed.set(address, (allowed.get(address) ?? 0) + invitations);
  }
  const ofPerson = (counted: ReadonlyMap<string, number>, person: string) =>
    [...counted].reduce((sum, [address, times]) => sum + (firstOf(address) === person ? times : 0), 0);
  for (const [address, one] of sent) {
    const person = firstOf(address);
    // At another address of theirs it is the same person.
    const isOther = address !== person;
    const times = isOther ? ofPerson(sent, person) : one;
    const most = isOther
      ? ofPerson(allowed, person) + secondRows.parted(person)
      : (allowed.get(address) ?? 0);
    if (times > most) violations.push(`${address} got ${times} invitations where ${most} were asked for`);
  }
}
