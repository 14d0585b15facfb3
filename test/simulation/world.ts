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
import { dropDecisions } from './in-step.js';
import { jobsThatWait, judge, judgeFound, judgeOpenWrites, judgeRefused, look } from './judging.js';
import { type Meddling, meddle } from './process.js';
import { noteUnknownJobs, titleOf } from './rows.js';
import { SecondRows } from './second-rows.js';
import { type Setting, switchesOf, yamlOf } from './settings.js';
import { Shares } from './shares.js';
import { Theirs } from './values.js';
import { Within } from './within.js';
import { judgeLinks, judgeRefusedEnds, judgeWrites } from './writes.js';

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
  /** Its line moved and was edited in one load, and the program has not looked since: only whom it has invited tells which job it is. */
  isKnownByItsCandidates?: boolean;
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
  theirs: Theirs;
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
  /** The database was lost and restored. */
  restored: boolean;
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
  const byHand = new Set<string>();
  const world: World = {
    scene,
    setting,
    rows: [],
    wishes: [],
    env,
    edits: new Edits(),
    theirs: new Theirs(byHand),
    within: new Within(),
    shares: new Shares(),
    actors: new Actors(),
    secondRows: new SecondRows(),
    erasures: new Erasures(),
    columns: new Map(),
    following: new Set(),
    doubted: new Set(),
    openedAgain: new Set(),
    byHand,
    leftBehind: new Set(),
    retired: new Set(),
    givingUp: impatient(scene.emulator),
    turned: false,
    restored: false,
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
      noteUnknownJobs(world);
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
      world.theirs.note(world);
      await dropDecisions(world);
      world.doubted.clear();
      doubt(world);
      world.shares.begin(world);
      world.actors.begin(world);
      const titles = new Map(
        world.rows.filter(({ table }) => table === 'jobs').map((row) => [row.wish, titleOf(row)]),
      );
      let before = await look(world);
      const begun = { before, from: scene.emulator.requests.length, played: world.within.played.length };
      const stop = world.within.watch(world, async (waiting, happens) => {
        await judge(world, before);
        await world.edits.during(world, waiting, happens);
        world.theirs.note(world);
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
          if (!waiting.includes(wish.row?.atsId ?? ''))
            Object.assign(wish, { seenTitle: title, isKnownByItsCandidates: false });
        if (isPush) await judgeOpenWrites(world);
        if (isPush) await judgeLinks(world);
        if (isPush && !world.restored) await judgeFound(world);
        if (isPush && !world.restored) await judgeRefused(world);
      }
      const isAlone = begun.played === world.within.played.length;
      if (code !== null) judgeWrites(world, scene.emulator.requests.slice(begun.from), begun.before, isAlone);
      if (code !== null && isAlone) await judgeRefusedEnds(world, begun.before);
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

/** What people do that cannot be done just now does not happen. */
export function ifPossible(act: () => void): void {
  try {
    act();
  } catch (error) {
    const { name } = (error as ApiError | Error).constructor;
    if (name !== 'ApiError' && name !== 'RangeError') throw error;
  }
}
