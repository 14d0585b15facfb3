/**
 * A small world for one seed: an ATS, people at Spark Hire, the program between them, and what each of them meant. The
 * model here is kept from the events alone; the invariants compare it with what the program did.
 */
import type { ApiError } from '#emulators/emulator/http/api-error';
import { type AtsTable, openPushScene, type PushScene } from '../support/push-scene.js';
import { Actors } from './acting.js';
import { borrowDatabase, giveBack } from './databases.js';
import { type Death, dyingProgram } from './death.js';
import { Edits } from './edits.js';
import { Erasures } from './erasures.js';
import type { Open } from './events.js';
import { impatient, patience } from './hangs.js';
import { type Meddling, meddle } from './process.js';
import { childrenOf, jobOf, titleOf } from './rows.js';
import { firstOf, SecondRows } from './second-rows.js';
import { type Setting, switchesOf, yamlOf } from './settings.js';
import { Shares } from './shares.js';
import { Within } from './within.js';

/** What somebody wants, under whatever keys its row has had. */
export interface Wish {
  table: 'users' | 'jobs' | 'interviews' | 'share_requests';
  /** How many invitations may have been sent for it by now: one, and one for each time somebody asked for another. */
  invitations: number;
  /** Its row as it is now; null while there is none. */
  row: Row | null;
  /** Whom an interview invites, in small letters. */
  address: string | null;
  /** Keys that its row had before: what stands for one of them is not to be ended either. */
  formerKeys: Set<string>;
  /** What was made for it, or taken over: it is not to be ended. */
  objects: Set<string>;
  /** Of these, what is on a job that its row does not name any more: under another key it is to be ended. */
  elsewhere?: ReadonlySet<string>;
  /** How often what it means became something else. */
  others?: number;
  /** A job's title when a run began that succeeded and settled it: what the program knows it by. */
  seenTitle?: unknown;
  /** A job that got another key and another title at once, which may make it another job. */
  renamed?: true;
  /** A person decided about it: what became of it is their doing. */
  decided: boolean;
}

export interface Row {
  table: Wish['table'];
  atsId: string;
  /** Its columns. */
  fields: Record<string, unknown>;
  /** What its columns were before it was made unusable; null while it is usable. */
  sound: Record<string, unknown> | null;
  wish: Wish;
}

export interface World {
  scene: PushScene;
  setting: Setting;
  rows: Row[];
  wishes: Wish[];
  edits: Edits;
  within: Within;
  shares: Shares;
  actors: Actors;
  secondRows: SecondRows;
  /** Candidates who were erased. */
  erasures: Erasures;
  /** Columns that rows of a table have had. */
  columns: Map<Row['table'], Set<string>>;
  /** Rows that follow others to their new keys: they are written with what is written next. */
  following: Set<Row>;
  /** Wishes that were none at some moment of the run: what the program did about them it did on what it knew then. */
  doubted: Set<Wish>;
  /** Interviews that people opened again after the ATS had canceled them. */
  openedAgain: Set<string>;
  /** What people made by hand. */
  byHand: Set<string>;
  /** Has the program give up requests that hang. */
  givingUp: Meddling;
  /** A reading of the API changed midway. */
  turned: boolean;
  /** What stood for lines that went, where other lines have their keys now. */
  leftBehind: Set<string>;
  /** Jobs that were closed for rows that went, whose keys are used again: nobody wants them. */
  retired: Set<string>;
  /** What was decided last about a field, by `UUID FIELD`. */
  decisions: Map<string, Open & { take: string }>;
  /** Kinds of conflicts with what was taken. */
  taken: string[];
  /** What the last command printed. */
  lastOutput: string;
  /** What was broken so far, as sentences. */
  violations: string[];
  env: Record<string, string | undefined>;
  /** Runs the program, unless it works already; what it did is judged. */
  run(args: string[], death?: Death, input?: string): Promise<number | null>;
  /** Has the program work in some other way, unless it works already, and judges what it did. @param isPush whether it looks at the ATS's rows */
  judged(
    work: () => Promise<{ code: number | null; output: string }>,
    isPush?: boolean,
  ): Promise<number | null>;
  /** Writes rows of the ATS as they are in the model now, and removes others, in one transaction. */
  commit(changed: readonly Row[], removed?: readonly Row[]): Promise<void>;
  nextNumber(): number;
}

export async function openWorld(
  onFinished: Parameters<typeof openPushScene>[0],
  setting: Setting,
): Promise<World> {
  const database = await borrowDatabase();
  onFinished(() => giveBack(database));
  const scene = await openPushScene(onFinished, {
    databaseUrl: database.url,
    switches: switchesOf(setting),
    jobSlots: setting.jobSlots,
    userSeats: setting.userSeats,
    questionSets: 1,
  });
  // The test's own connection is there before any that the program makes.
  await scene.rows('select');
  const config = scene.settingsFile(yamlOf(setting));
  const SYNC_ENCRYPTION_KEY = setting.keysStored ? Buffer.alloc(32, 1).toString('base64') : undefined;
  const SPARKHIRE_PAGE_SIZE = setting.pageSize?.toString();
  const env = { SYNC_CONFIG: config, SYNC_ENCRYPTION_KEY, SPARKHIRE_PAGE_SIZE, ...patience };
  let number = 0;
  const world: World = {
    scene,
    setting,
    rows: [],
    wishes: [],
    env,
    edits: new Edits(),
    within: new Within(),
    shares: new Shares(),
    actors: new Actors(),
    secondRows: new SecondRows(),
    erasures: new Erasures(),
    columns: new Map(),
    following: new Set(),
    doubted: new Set(),
    openedAgain: new Set(),
    byHand: new Set(),
    leftBehind: new Set(),
    retired: new Set(),
    givingUp: impatient(scene.emulator),
    turned: false,
    decisions: new Map(),
    taken: [],
    lastOutput: '',
    violations: [],
    nextNumber: () => ++number,
    async commit(changed, removed = []) {
      await scene.rows('begin');
      for (const { table, atsId } of removed) {
        await scene.rows(`delete from ats.${table} where ats_id = $1`, [atsId]);
      }
      const written = new Set([...changed, ...world.rows.filter((row) => world.following.has(row))]);
      world.following.clear();
      for (const row of written) await scene.put(row.table as AtsTable, wholeRow(world, row));
      await scene.rows('commit');
      world.secondRows.note(world);
    },
    async run(args, death, input) {
      const isPush = ['sync', 'apply'].includes(args[0]!);
      const code = await world.judged(() => dyingProgram(scene, args, env, death, input), isPush);
      // Whoever asks for an erasure is told of whom.
      if (code !== null && args[0] !== 'forget') world.erasures.judgeOutput(world, world.lastOutput);
      return code;
    },
    async judged(work, isPush = true) {
      if (world.within.isHappening) return null;
      await world.edits.begin(world);
      world.doubted.clear();
      doubt(world);
      world.shares.begin(world);
      world.actors.begin(world);
      const titles = new Map(
        world.rows.filter(({ table }) => table === 'jobs').map((row) => [row.wish, titleOf(row)]),
      );
      let before = await look(world);
      const stop = world.within.watch(world, async (waiting, happens) => {
        await judge(world, before);
        await world.edits.during(world, waiting, happens);
        doubt(world);
        world.shares.doubt(world);
        world.actors.note(world);
        before = await look(world);
      });
      const { code, output } = await meddle(world.givingUp, work);
      await stop();
      world.lastOutput = output;
      if (/bug in sparkhire-sync/.test(output)) world.violations.push(`a bug was told of: ${output}`);
      const { settled } = await judge(world, before);
      if (code === 0 || code === 3) {
        world.edits.succeeded(settled);
        const waiting = isPush ? await jobsThatWait(world) : [];
        for (const [wish, title] of isPush ? titles : [])
          if (!waiting.includes(wish.row?.atsId ?? '')) wish.seenTitle = title;
        if (isPush) await judgeOpenWrites(world);
      }
      return code;
    },
  };
  return world;
}

/** With every column: a row that gets another one's key keeps nothing of what that one had said. */
function wholeRow({ columns }: World, { table, atsId, fields }: Row): Record<string, unknown> {
  const all = columns.get(table) ?? new Set();
  columns.set(table, all);
  for (const name of Object.keys(fields)) all.add(name);
  return { ats_id: atsId, ...Object.fromEntries([...all].map((name) => [name, null])), ...fields };
}

export interface Seen {
  interviews: Map<string, string>;
  jobs: Map<string, string>;
  users: Map<string, string>;
  shareLinks: Map<string, string>;
  /** Rows by the object they are linked to. */
  linked: Map<string, string>;
  /** Objects that rows were left with when keys moved: none asked for its own. */
  left: Set<string>;
  /** Fields of objects that both sides have settled once: `UUID FIELD`. */
  settled: Set<string>;
}

async function look({ scene }: World): Promise<Seen> {
  const { state } = scene.emulator;
  const links = await scene.rows<{
    uuid: string;
    resource: string;
    ats_id: string;
    fields: string[];
    is_left: boolean;
  }>(
    `select uuid, resource, ats_id, array(select jsonb_object_keys(base)) as fields,
       base #>> '{left,ats}' is not null as is_left from sync.links`,
  );
  return {
    interviews: new Map([...state.interviews.values()].map(({ uuid, status }) => [uuid, status])),
    jobs: new Map([...state.jobs.values()].map(({ uuid, status }) => [uuid, status])),
    users: new Map(
      [...state.users.values()].map(({ uuid, active }) => [uuid, active ? 'active' : 'disabled']),
    ),
    shareLinks: new Map([...state.shareLinks.values()].map(({ uuid, status }) => [uuid, status])),
    linked: new Map(links.map(({ uuid, resource, ats_id }) => [uuid, `${resource} ${ats_id}`])),
    left: new Set(links.flatMap(({ uuid, is_left }) => (is_left ? [uuid] : []))),
    settled: new Set(links.flatMap(({ uuid, fields }) => fields.map((field) => `${uuid} ${field}`))),
  };
}

/** Whether the wish is one for something that is to be there, however wrong its row is just now. */
export function isWanted({ row }: Wish): boolean {
  if (row === null || row.fields.deleted_at != null) return false;
  const { active, desired, status } = { ...row.fields, ...row.sound };
  return active !== false && desired !== 'canceled' && status !== 'closed' && status !== 'inactive';
}

function doubt({ wishes, doubted, openedAgain }: World): void {
  for (const wish of wishes)
    if (!isWanted(wish)) doubted.add(wish);
    // To cancel it after all is another wish.
    else for (const uuid of wish.objects) openedAgain.delete(uuid);
}

/** What the program did is compared with what was wanted while it ran: nothing else happened since the look before. */
async function judge(world: World, before: Seen): Promise<Seen> {
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
  for (const uuid of world.retired)
    if (
      before.jobs.get(uuid) === 'inactive' &&
      after.jobs.get(uuid) === 'active' &&
      !isMeant(world, after, uuid)
    )
      violations.push(`job ${uuid}, whose key another job has now, was opened again`);
  world.shares.judge(world, before, after);
  world.actors.judge(world, before, after);
  await world.edits.judge(world);
  judgeInvitations(world);
  world.erasures.judge(world);
  return after;
}

/** What these say is not settled, so nobody can tell them by it. */
async function jobsThatWait({ scene }: World): Promise<string[]> {
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

/** What people do that cannot be done just now does not happen. */
export function ifPossible(act: () => void): void {
  try {
    act();
  } catch (error) {
    const { name } = (error as ApiError | Error).constructor;
    if (name !== 'ApiError' && name !== 'RangeError') throw error;
  }
}
