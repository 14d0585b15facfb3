/** What is told late, and lists that move: drawn for it, since hardly a day comes upon them. */
import { bring, lettersOf } from './post.js';
import { at, type Numbers, type Play } from './rows.js';
import { inviteSomebody } from './starts.js';
import { asService, webhooks } from './webhooks.js';
import { ifPossible, type World } from './world.js';

/** Times there are whole seconds: what follows is of a later one. */
function aMoment({ scene }: World): void {
  scene.emulator.clock.advance(3000);
}

type Act = (world: World, uuid: string, n: number) => void;
const day = 86_400_000;
const acts: readonly Act[] = [
  ({ scene }, uuid) => scene.emulator.act.acceptInterview(uuid),
  // A rating has the object read, whatever else is told of it.
  ({ scene }, uuid) => scene.emulator.act.completeInterview(uuid),
  ({ scene }, uuid) => scene.emulator.act.resetInterview(uuid),
  ({ scene }, uuid) => scene.emulator.act.expireInterview(uuid),
  (world, uuid, n) => {
    const { act, clock } = world.scene.emulator;
    act.rescheduleInterview(uuid, { scheduledAt: clock.now() + (8 + (n % 9)) * day });
    world.edits.note(world, 'scheduledAt', uuid);
  },
];

/** Some invitation has a life, and what is told of it is still on its way. */
async function live(world: World, { a, b }: Numbers): Promise<string | undefined> {
  await webhooks.registerWebhook!(world, { a, b, c: 0 });
  // Where the only one goes, a person is asked first.
  await inviteSomebody(world);
  await inviteSomebody(world);
  const uuid = [...world.scene.emulator.state.interviews.keys()].at(-1);
  if (uuid === undefined) return;
  for (let n = 0; n < 3; n += 1) {
    aMoment(world);
    ifPossible(() => at(acts, a + n * (1 + (b % 3)))!(world, uuid, b));
  }
  return uuid;
}

/** In another order, each of them once: the first of those that are left, or the last. */
function shuffled<T>(some: T[], n: number): T[] {
  const all = [...some];
  const out: T[] = [];
  for (let turn = n; all.length > 0; turn = Math.floor(turn / 2) + 1)
    out.push(turn % 2 === 0 ? all.shift()! : all.pop()!);
  return out;
}

export const news: Record<string, Play> = {
  /** All that is told of an invitation comes at once, in another order; the program has seen the end of it, or nothing. */
  async newsAtOnce(world, numbers) {
    const { a, b, c } = numbers;
    if ((await live(world, numbers)) === undefined) return;
    if (c % 3 === 0) await world.run(['sync']);
    const letters = shuffled((await lettersOf(world)).splice(0), a + b);
    const { faults } = world.scene.emulator;
    // What is told is all that is known as long as the object itself cannot be read.
    const effect = { kind: 'status', status: 503 } as const;
    const unread =
      b % 2 === 0 ? faults.add({ method: 'GET', path: '/interviews/[^/]+$', effect }) : undefined;
    const halves = c % 2 === 0 ? [letters] : [letters.slice(0, 2), letters.slice(2)];
    for (const some of halves) {
      await bring(world, some);
      await asService(world, (owner) => owner.round('events'));
    }
    if (unread !== undefined) faults.remove(unread);
  },
  /** What is told of an invitation comes when it has gone, and the program has seen that. */
  async newsOfGone(world, numbers) {
    const { b, c } = numbers;
    const uuid = await live(world, numbers);
    if (uuid === undefined) return;
    // It has been mirrored as it was before.
    const letters = (await lettersOf(world)).splice(0);
    ifPossible(() => world.scene.emulator.act.deleteInterview(uuid));
    await world.run([c % 2 === 0 ? 'backfill' : 'sync']);
    if (b % 3 === 0) letters.push(...(await lettersOf(world)).splice(0));
    await bring(world, shuffled(letters, b));
    await asService(world, (owner) => owner.round('events'));
  },
  /** While the list of interviews is read page by page, those on the pages before go: what was there all the while is met. */
  async listMoves(world, { a, b, c }) {
    const { emulator } = world.scene;
    const { act, state, switches, faults } = emulator;
    if (state.jobs.size === 0) await inviteSomebody(world);
    const { uuid: jobUuid } = [...state.jobs.values()].at(-1)!;
    const made = new Set<string>();
    for (let n = 0; n < 9; n += 1) {
      aMoment(world);
      ifPossible(() => {
        const email = `seldom-${world.nextNumber()}@example.org`;
        made.add(act.addInterview({ jobUuid, email, name: 'By Hand' }).uuid);
      });
    }
    for (const uuid of made) world.byHand.add(uuid);
    const listed = [...state.interviews.keys()];
    const [administrator] = state.users.values();
    const isSure =
      faults.list().length === 0 && world.within.isQuiet && administrator!.role === 'administrator';
    let left = 2 + (a % 3);
    const stop = emulator.onRequest(({ method, path }) => {
      if (method !== 'GET' || !path.endsWith('/interviews') || --left !== 0) return;
      const first = [...made].slice(0, b % 5);
      for (const uuid of first) ifPossible(() => act.deleteInterview(uuid));
    });
    const before = { size: world.env.SPARKHIRE_PAGE_SIZE, shortPages: switches.shortPages };
    world.env.SPARKHIRE_PAGE_SIZE = String(at([3, 4, 5], c));
    if (c % 4 === 0) switches.shortPages = 'random';
    const from = emulator.requests.length;
    const code = await world.run(['backfill']);
    stop();
    // One that was interrupted goes on where it was.
    const first = emulator.requests.slice(from).find(({ path }) => path.endsWith('/interviews'));
    const isWhole = /range=[01]-/.test(first?.query ?? '');
    world.env.SPARKHIRE_PAGE_SIZE = before.size;
    switches.shortPages = before.shortPages;
    if (isSure && isWhole && code === 0) await judgeMet(world, listed);
  },
};

/** A complete look at a list has met what was there from its beginning to its end. */
export async function judgeMet(world: World, listed: readonly string[]): Promise<void> {
  const { scene, lastOutput, violations } = world;
  if (!/"complete": ?true/.test(lastOutput)) return;
  const rows = await scene.rows<{ uuid: string }>(
    'select uuid from sparkhire.interviews where deleted_at is null',
  );
  const mirrored = new Set(rows.map(({ uuid }) => uuid));
  for (const uuid of listed)
    if (scene.emulator.state.interviews.has(uuid) && !mirrored.has(uuid))
      violations.push(`interview ${uuid} was there while the list was read, and is not mirrored`);
}
