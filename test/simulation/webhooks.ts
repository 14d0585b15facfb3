/** Webhooks that come late, twice, in any order or never, and the service that works them off beside its other rounds. */
import { judgeOpenWrites } from './judging.js';
import { addressOf, bring, type Letter, lettersOf } from './post.js';
import { at, type Numbers, type Play } from './rows.js';
import { asOwner, type RoundName } from './service.js';
import { inviteSomebody } from './starts.js';
import { judgeSubscription, strangeLetters } from './strange-letters.js';
import { ifPossible, type World } from './world.js';
import { judgeLinks } from './writes.js';

/** What may go on while a request of another round is on its way. Details wait for writes, so they are none of these. */
const meanwhile: readonly RoundName[] = ['tick', 'sweep', 'push', 'refresh'];
const begun: readonly RoundName[] = [
  'tick',
  'push',
  'sweep',
  'events',
  'refresh',
  'housekeeping',
  'webhooks',
];

/** Some of the letters in another order; one of them stays to be brought again, one is lost, one is about nothing of ours. */
function drawn(letters: Letter[], { a, b, c }: Numbers): Letter[] {
  const taken: Letter[] = [];
  for (let n = 0; n <= a % 4 && letters.length > 0; n += 1) {
    const index = (b + n * c) % letters.length;
    const letter = letters[index]!;
    if ((a + n) % 5 !== 0) letters.splice(index, 1);
    if ((b + n) % 7 === 0) continue;
    taken.push(letter);
    if ((c + n) % 6 === 0) taken.push(aboutStrangers(letter, b));
  }
  return taken;
}

/** The same news of an object that is another company's; as a rating of it; as something that nobody knows. */
function aboutStrangers({ headers, body }: Letter, n: number): Letter {
  const uuid = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const strange = body.replace(/"uuid":"[0-9a-f-]{36}"/i, `"uuid":"${uuid}"`);
  if (n % 3 === 0) return { headers, body: strange };
  if (n % 3 === 1) return { headers: { ...headers, 'x-sparkhire-event': 'InterviewDeleted' }, body: strange };
  return { headers: { ...headers, 'x-sparkhire-event': 'SomethingNew' }, body: '{"what":"nobody knows"}' };
}

/** Where nothing was sent yet, it is asked for, somebody is invited, and answers. */
async function haveSomeSent(world: World, numbers: Numbers): Promise<void> {
  await known.registerWebhook!(world, numbers);
  await inviteSomebody(world);
  const { act, state } = world.scene.emulator;
  const uuid = [...state.interviews.keys()].at(-1);
  if (uuid === undefined) return;
  ifPossible(() => act.acceptInterview(uuid));
  ifPossible(() => act.completeInterview(uuid));
  if (numbers.a % 2 === 0) ifPossible(() => act.resetInterview(uuid));
}

interface Mirrored {
  uuid: string;
  deleted: boolean;
  at: Date | null;
}

async function mirrored({ scene }: World): Promise<Map<string, Mirrored>> {
  const rows = await scene.rows<Mirrored>(
    `select uuid, deleted_at is not null as deleted, updated_at as at from sparkhire.interviews
     union all select uuid, deleted_at is not null, updated_at from sparkhire.jobs`,
  );
  return new Map(rows.map((row) => [row.uuid, row]));
}

/** The latest that webhooks said of each object, of those that were stored, or left to a newer one or to what was mirrored. */
async function told({ scene }: World): Promise<Map<string, number>> {
  const rows = await scene.rows<{ uuid: string; body: string }>(
    `select object_uuid as uuid, body from sync.webhook_events where outcome in ('applied', 'superseded', 'stale')`,
  );
  const latest = new Map<string, number>();
  for (const { uuid, body } of rows) {
    const { updated_at: text } = JSON.parse(body);
    // One without an offset tells nothing.
    const time = /Z$|[+-]\d\d:\d\d$/.test(text ?? '') ? Date.parse(text) : Number.NaN;
    if (time > (latest.get(uuid) ?? 0)) latest.set(uuid, time);
  }
  return latest;
}

/** Nothing old is put over what is newer; without a failing API nothing is marked as deleted that is there, nor brought back. */
export async function asService(world: World, play: Parameters<typeof asOwner>[2]): Promise<void> {
  const { state, faults } = world.scene.emulator;
  const [administrator] = state.users.values();
  const surely =
    faults.list().length === 0 && administrator!.role === 'administrator' && world.within.isQuiet;
  const before = await mirrored(world);
  const url = await addressOf(world);
  const done = new Set<RoundName>();
  await world.judged(() =>
    asOwner(world, url, async (owner) => {
      await play(owner);
      for (const name of owner.done) done.add(name);
    }),
  );
  if (done.has('webhooks')) await judgeSubscription(world);
  if (done.has('push')) {
    await judgeOpenWrites(world);
    await judgeLinks(world);
  }
  const newest = await told(world);
  for (const { uuid, deleted, at } of (await mirrored(world)).values()) {
    const there = state.interviews.get(uuid) ?? state.jobs.get(uuid);
    const earlier = before.get(uuid);
    if (surely && deleted && earlier?.deleted !== true && there !== undefined)
      world.violations.push(`${uuid} is marked as deleted, and is there`);
    if (
      surely &&
      earlier?.deleted === true &&
      !deleted &&
      there === undefined &&
      !state.deleted.jobs.has(uuid)
    )
      world.violations.push(`${uuid} is mirrored again, and is gone`);
    // Spark Hire's own clock may have been set back.
    const isNow = at?.getTime() === Math.floor((there?.updatedAt ?? 0) / 1000) * 1000;
    if (at === null || there === undefined || isNow) continue;
    if (earlier?.at != null && at < earlier.at)
      world.violations.push(`${uuid} is mirrored as it was before what was mirrored`);
    if (at.getTime() < Math.floor((newest.get(uuid) ?? 0) / 1000) * 1000)
      world.violations.push(`${uuid} is mirrored as it was before what a webhook told`);
  }
}

const known: Record<string, Play> = {
  async registerWebhook(world) {
    const SYNC_PUBLIC_URL = await addressOf(world);
    await world.judged(() => command(world, ['webhooks', 'register'], { SYNC_PUBLIC_URL }));
  },
  unregisterWebhook: (world) => world.run(['webhooks', 'unregister']),
  async letters(world, numbers) {
    if ((await lettersOf(world)).length === 0) await haveSomeSent(world, numbers);
    const letters = await lettersOf(world);
    if (letters.length === 0) return;
    await bring(world, drawn(letters, numbers));
    if (numbers.c % 2 === 0) await asService(world, (owner) => owner.round('events'));
  },
  /** A service that starts, looks, and writes; news comes between, or while a request is on its way. */
  async service(world, { a, b, c }) {
    const letters = await lettersOf(world);
    await asService(world, async (owner) => {
      await owner.round('webhooks');
      if (b % 4 === 0) await owner.round('sweep');
      await bring(world, letters.splice(0, b % 3));
      await owner.round('events');
      await owner.round('tick');
      const first = begun[a % begun.length]!;
      const others = [meanwhile[b % meanwhile.length]!, 'events' as const].filter((name) => name !== first);
      await bring(world, letters.splice(0, c % 3));
      await owner.roundWith(first, 1 + (c % 5), others);
      await owner.round('tick');
      await owner.round('push');
      await owner.round('details');
      if (c % 5 === 0) await owner.round('housekeeping');
    });
  },
  /** For a while no key may see something, and Spark Hire says just that: it is not gone. */
  async hiddenForAWhile(world, { a, b }) {
    const { act, state, switches } = world.scene.emulator;
    const one = at([...state.interviews.values(), ...state.jobs.values()], a);
    if (one === undefined) return;
    switches.invisible = '403';
    world.turned = true;
    act.hide(one.uuid);
    await asService(world, async (owner) => {
      await owner.round('sweep');
      if (b % 2 === 0) await owner.round('details');
    });
    act.show(one.uuid);
  },
  /** A command beside a service, which does its work. */
  async commandBeside(world, { a, b }) {
    const name = ['sync', 'apply', 'plan', 'backfill'][a % 4]!;
    await asService(world, async (owner) => {
      if (b % 2 === 0) await owner.round('tick');
      const { output } = await owner.serving(() => command(world, [name]));
      if (/bug in sparkhire-sync/.test(output)) owner.told.push(output);
    });
  },
};

export const webhooks: Record<string, Play> = {
  ...known,
  ...strangeLetters({
    service: known.service!,
    haveSomeSent,
    worksThemOff: (world) => asService(world, (owner) => owner.round('events')),
  }),
};

async function command({ scene, env }: World, args: string[], more: Record<string, string> = {}) {
  const { code, stdout, stderr } = await scene.run(args, { ...env, ...more });
  return { code, output: `${stdout}\n${stderr}` };
}

/** What is still on its way comes now, last things first, and is worked off: nothing may wait for ever. */
export async function bringTheRest(world: World): Promise<void> {
  const letters = await lettersOf(world);
  const { scene } = world;
  const waiting = () => scene.rows(`select id from sync.webhook_events where state = 'waiting'`);
  if (letters.length > 0) await bring(world, letters.splice(0).reverse());
  for (let turn = 0; (await waiting()).length > 0; turn += 1) {
    if (turn === 8) return void world.violations.push('webhook events still wait at rest');
    await scene.later(1000);
    await asService(world, (owner) => owner.round('events'));
  }
}
