/** What must be true of a world that has come to rest. */
import { approveHeld } from './approve.js';
import { calmDown } from './around.js';
import { decide } from './events.js';
import { judgeDecisions, judgeInStep, judgeQuestions } from './in-step.js';
import { stateNamesOf } from './shares.js';
import { isWanted, type World } from './world.js';

const mostRounds = 12;

/**
 * All troubles end, time passes, and the program runs until it writes nothing any more, as many rounds as are told. Those after
 * a quiet one read no more than what is new: the mirror is compared with Spark Hire besides.
 * @param quiet rounds before in which nothing was written
 */
async function comeToRest(world: World, quietRounds: number, quiet = 0): Promise<void> {
  const { scene } = world;
  const { emulator } = scene;
  emulator.faults.clear();
  world.within.clear();
  const [first] = emulator.state.users.values();
  if (first!.role !== 'administrator') emulator.act.setRole(first!.uuid, { role: 'administrator' });
  emulator.act.setPlan({
    jobLimit: -1,
    userLimit: -1,
    customIntegration: true,
    features: { advanced_share_links: true },
  });
  await calmDown(world);
  let written: unknown[] = [];
  for (let round = 0; quiet < quietRounds; round += 1) {
    if (round === mostRounds) {
      world.violations.push(`still writes after ${mostRounds} rounds: ${JSON.stringify(written)}`);
      return;
    }
    emulator.clock.advance(100_000_000);
    await scene.later(100_000);
    const before = emulator.requests.length;
    const codes = [quiet === 0 ? await world.run(['backfill']) : 0, await world.run(['sync'])];
    if (codes.includes(1)) world.violations.push(`fails at rest: ${world.lastOutput}`);
    if (codes.includes(1)) return;
    await approveHeld(world);
    // What was refused is tried again once a day, as long as nothing tells that it is of no use.
    written = emulator.requests
      .slice(before)
      .filter(({ method, status }) => method !== 'GET' && status < 400)
      .map(({ method, path, body }) => ({ method, path, body }));
    const unsettled = await scene.rows(
      `select from sync.desired_rows where state in ('pending', 'in_flight') limit 1`,
    );
    quiet = written.length + unsettled.length === 0 ? quiet + 1 : 0;
  }
}

interface State {
  resource: string;
  ats_id: string;
  state: string;
  uuid: string | null;
  issues: number;
  conflicts: number;
}

async function judgeRows(world: World, doubtful: readonly string[]): Promise<void> {
  const { scene, violations } = world;
  const states = await scene.rows<State>(
    `select d.resource, d.ats_id, d.state, l.uuid,
       (select count(*) from sync.issues i where i.resource = d.resource and i.ats_id = d.ats_id
         and i.resolved_at is null)::int as issues,
       (select count(*) from sync.conflicts c where c.resource = d.resource and c.ats_id = d.ats_id
         and c.resolved_at is null)::int as conflicts
     from sync.desired_rows d left join sync.links l using (account, resource, ats_id)`,
  );
  const { interviews, jobs, users, shareLinks } = scene.emulator.state;
  const there = (uuid: string) => [interviews, jobs, users, shareLinks].some((all) => all.has(uuid));
  const known = new Map(states.map((one) => [`${one.resource} ${one.ats_id}`, one]));
  for (const one of states) {
    const name = `${one.resource} ${one.ats_id}`;
    if (one.state === 'pending' || one.state === 'in_flight')
      violations.push(`${name} is ${one.state} at rest`);
    if ((one.state === 'held' || one.state === 'rejected') && one.issues === 0)
      violations.push(`${name} is ${one.state}, and nothing says why`);
    if (one.state === 'synced' && one.conflicts > 0) violations.push(`${name} is synced, and asks something`);
    if (one.state === 'conflict' && one.conflicts === 0)
      violations.push(`${name} is a conflict, and there is none`);
  }
  for (const row of world.rows) {
    for (const name of stateNamesOf(row)) {
      const one = known.get(name);
      // A package says how somebody is invited, and nothing any more once they are.
      const isWrong = Object.keys(row.sound ?? {}).some(
        (column) => column !== 'package' || one?.uuid == null,
      );
      // A request that was withdrawn before anybody saw it was never taken apart.
      if (one?.state === 'synced' && isWrong && isWanted(row.wish))
        violations.push(`${name} is synced, and cannot be used`);
      const isUnseen = row.table === 'share_requests' && !isWanted(row.wish);
      if (one === undefined) violations.push(...(isUnseen ? [] : [`${name} has no state`]));
      else if (isWanted(row.wish) && !row.wish.decided && row.sound === null) {
        if (one.state === 'gone') violations.push(`${name} is gone although it is wanted`);
        const isThere = one.uuid !== null && there(one.uuid);
        if (one.state === 'synced' && !doubtful.includes(one.resource) && !isThere)
          violations.push(`${name} is synced without an object`);
      }
    }
  }
  const open = await scene.rows(
    `select id from sync.intents where state in ('prepared', 'sent', 'unknown') and look_at is not null`,
  );
  if (open.length > 0) violations.push(`${open.length} writes are open at rest`);
}

/** One row of the ATS invites a person to a job at a time, and whoever is invited is invited by one. */
function judgeTwins(world: World): void {
  const pending = new Map<string, number>();
  for (const one of world.scene.emulator.state.interviews.values()) {
    if (!['requested', 'accepted'].includes(one.status) || world.byHand.has(one.uuid)) continue;
    const name = `${one.candidate.email.toLowerCase()} ${one.jobUuid}`;
    pending.set(name, (pending.get(name) ?? 0) + 1);
  }
  const decided = new Set(world.wishes.filter((wish) => wish.decided).map(({ address }) => address));
  for (const [name, times] of pending)
    if (times > 1 && !decided.has(name.split(' ')[0]!))
      world.violations.push(`${times} pending invitations: ${name}`);
}

/** Whoever a row invites is the one who was invited for it, and whoever a request names is shown what it names. */
async function judgePeople(world: World): Promise<void> {
  const { scene, rows, violations } = world;
  const links = await scene.rows<{ name: string; uuid: string; state: string }>(
    `select resource || ' ' || ats_id as name, uuid, state from sync.links join sync.desired_rows using (account, resource, ats_id)
     where resource in ('interviews', 'share_links')`,
  );
  const linksOf = (isInStep: boolean) =>
    new Map(
      links.flatMap(({ name, uuid, state }) =>
        (state === 'synced') === isInStep ? [[name, uuid] as const] : [],
      ),
    );
  const linked = linksOf(true);
  world.shares.judgeRest(world, linked, linksOf(false));
  for (const { table, atsId, wish, sound, fields } of rows) {
    if (table !== 'interviews' || sound !== null || wish.decided || !isWanted(wish)) continue;
    const email = scene.emulator.state.interviews
      .get(linked.get(`interviews ${atsId}`) ?? '')
      ?.candidate.email.toLowerCase();
    const address = email?.replace(/^(moved\.)+/, '');
    const theirs: unknown[] = [undefined, wish.address, String(fields.candidate_email).toLowerCase()];
    if (!theirs.includes(address))
      violations.push(`row ${atsId} of ${wish.address} is synced with the interview of ${email}`);
  }
}

/** Nobody asks to delete the user by whose key all is done. */
function judgeKeyUser({ scene: { emulator }, violations }: World): void {
  const [first] = emulator.state.users.values();
  if (
    emulator.requests.some(
      ({ method, path }) => method === 'DELETE' && path.endsWith(`/users/${first!.uuid}`),
    )
  )
    violations.push("the key's own user was to be deleted");
}

/** Whatever answers are lost, no job is made twice. */
function judgeMade({ wishes, byHand, scene: { emulator }, violations }: World): void {
  const { jobs, deleted } = emulator.state;
  const made = [...jobs.keys(), ...deleted.jobs.keys()].filter((uuid) => !byHand.has(uuid)).length;
  const asked = wishes.filter(({ table }) => table === 'jobs');
  const most = asked.reduce((sum, { invitations, others = 0 }) => sum + invitations + others, 0);
  if (made > most) violations.push(`${made} jobs were made where ${most} were asked for`);
}

/** Nothing is deleted unless the policies say so, and no user is changed to end them. */
function judgePolicies({ setting, scene: { emulator }, violations }: World): void {
  const kept = [
    'interviews',
    ...(setting.usersWithdrawn === 'delete' ? [] : ['users']),
    ...(setting.jobsWithdrawn === 'delete' ? [] : ['jobs']),
  ];
  for (const { method, path } of emulator.requests)
    if (method === 'DELETE' && kept.some((kind) => path.split('/').at(-2) === kind))
      violations.push(`${path} was to be deleted, against the policies`);
}

/** Kinds of objects of which a person has to say whether they are gone: until then the mirror keeps them. */
async function inDoubt({ scene }: World): Promise<string[]> {
  const rows = await scene.rows<{ resource: string }>(
    `select resource from sync.conflicts where kind = 'mass_disappearance' and resolved_at is null`,
  );
  return rows.flatMap(({ resource }) =>
    resource === 'interviews' ? [resource, 'interview_questions'] : resource,
  );
}

async function judgeRest(world: World): Promise<void> {
  const doubtful = await inDoubt(world);
  await judgeRows(world, doubtful);
  judgeTwins(world);
  await judgePeople(world);
  await judgeInStep(world, doubtful);
  await judgeDecisions(world);
  await judgeQuestions(world);
  judgeKeyUser(world);
  judgePolicies(world);
  judgeMade(world);
  await world.erasures.judgeTables(world);
  const roleIsHidden = world.scene.emulator.switches.userRole !== 'always';
  for (const wrong of await world.scene.wrong()) {
    if (doubtful.some((kind) => wrong.startsWith(`${kind} `))) continue;
    if (world.erasures.explains(world, wrong)) continue;
    // What is not shown any more is kept.
    if (world.turned && wrong.endsWith(' instead of null')) continue;
    // What only the answer to a creation shows is kept; whoever asks later is not shown it.
    if (!(roleIsHidden && / role: /.test(wrong))) world.violations.push(`mirror: ${wrong}`);
  }
}

/** Comes to rest, is judged, has everything decided that can be, and is judged again. */
export async function endWell(world: World, numbers: readonly number[]): Promise<void> {
  await comeToRest(world, 1);
  await judgeRest(world);
  if (world.violations.length > 0) return;
  // Each decision may open the next question, but not for ever.
  let turn = 0;
  while (turn < 30 && (await decide(world, { a: 0, b: numbers[turn % numbers.length] ?? 0 }))) turn += 1;
  if (turn === 30) world.violations.push('30 decisions, and there is still something to decide');
  // Two rounds after what happened last write nothing.
  await comeToRest(world, 2, turn > 0 ? 0 : 1);
  await judgeRest(world);
  const undone = await world.scene.rows<{ id: string; kind: string; resource: string; ats_id: string }>(
    `select c.id, c.kind, c.resource, c.ats_id
     from sync.conflicts c join sync.desired_rows d using (account, resource, ats_id)
     where c.resolved_at is not null and c.acted_at is null and c.resolved_by <> 'sparkhire-sync'
       and c.resolution not in ('none', 'sparkhire') and d.state not in ('held', 'rejected', 'conflict')`,
  );
  for (const { id, kind, resource, ats_id: atsId } of undone) {
    // What was decided about a row goes on holding while the row is away, or says what it waits for.
    const row = world.rows.find((one) => one.table === resource && one.atsId === atsId);
    if (row !== undefined && isWanted(row.wish))
      world.violations.push(`decision ${id} about ${kind} of ${atsId} was never carried out`);
  }
}
