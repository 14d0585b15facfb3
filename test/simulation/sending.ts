/** What happens just as something is sent: answers are lost that nobody can see, the process dies, a row or its object becomes something else. */
import { aJob, anInterview } from '../support/push-scene.js';
import { keyCommands } from './acting.js';
import { approveHeld } from './approve.js';
import { at, edit, jobOf, type Play, rowsOf, wish } from './rows.js';
import { inviteSomebody, newUser } from './starts.js';
import { asService } from './webhooks.js';
import { ifPossible, type Row, type World } from './world.js';

/** A job, and so many who are to be invited to it. */
async function severalWishes(world: World, many: number): Promise<Row[]> {
  await wish(world, 'jobs', (atsId) => aJob(atsId));
  const { atsId: job } = rowsOf(world, 'jobs').at(-1)!;
  for (let n = 0; n < many; n += 1)
    await wish(world, 'interviews', (atsId) => anInterview(atsId, job, `${atsId.toLowerCase()}@example.org`));
  return rowsOf(world, 'interviews').slice(-many);
}

/** Rounds of a service in which something happens once, as the first of several invitations arrive; they wait for it. */
async function asTheyLeave(
  world: World,
  happens: (tick: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { emulator } = world.scene;
  await asService(world, async (owner) => {
    await owner.round('tick');
    let once: Promise<void> | undefined;
    const stop = emulator.onRequest(({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/interviews')) return;
      once ??= happens(() => owner.round('tick'));
      return once;
    });
    await owner.round('push');
    stop();
  });
}

/** Invitations that the program sent to an address. */
const sentTo = ({ scene: { emulator }, byHand }: World, address: string | null) =>
  emulator.outbox.filter(
    ({ kind, to, about }) =>
      kind === 'interview_invitation' && to.toLowerCase() === address && !byHand.has(about),
  ).length;

/** By the policy of `smallMassChange` (settings.ts). */
export const isTooMuch = (canceled: number, of: number) => canceled >= 2 && canceled > 0.3 * of;

/** What a row says whose write is looked for: that somebody else asks for it, or nobody does. */
const otherwise = (n: number) => (n % 4 === 0 ? { requested_by_ats_id: null } : { desired: 'canceled' });

const pendingOf = ({ scene: { emulator } }: World) =>
  [...emulator.state.interviews.values()].filter(({ status }) => ['requested', 'accepted'].includes(status));

const aList = '/(jobs|interviews|users)(\\?|$)';
const notThere = (n: number) => ({ kind: 'status', status: n % 2 === 0 ? 404 : 403 }) as const;

/** The last invitation ends, and the answer is lost: who says so again is refused, since it has ended. */
async function endIsLost(world: World, n: number): Promise<void> {
  await edit(world, rowsOf(world, 'interviews').at(-1), { desired: 'canceled' });
  const { faults } = world.scene.emulator;
  const effect =
    n % 2 === 0
      ? ({ kind: 'reset', when: 'after' } as const)
      : ({ kind: 'status', status: 503, when: 'after' } as const);
  const lost = faults.add({ method: 'PUT', path: '/interviews/', count: 1, effect });
  await world.run(['apply']);
  faults.remove(lost);
}

export const sending: Record<string, Play> = {
  /**
   * What was made cannot be seen at first: lists show what was before. Or they alone show it, and whoever asks for it finds
   * nothing. It may be withdrawn then, and that answer be lost, too.
   */
  async lostInLag(world, { a, b, c }) {
    const { faults } = world.scene.emulator;
    const lost = faults.add({
      method: 'POST',
      path: at(['/interviews$', '/interviews$', '/jobs$'], a),
      count: 1,
      effect: { kind: 'reset', when: 'after' },
    });
    const lag = faults.add({
      method: 'GET',
      path: aList,
      effect: { kind: 'stale', requests: 1 + (b % 3) },
    });
    const alone =
      c % 3 === 1
        ? [faults.add({ method: 'GET', path: '/(jobs|interviews)/[^/]+$', effect: notThere(b) })]
        : [];
    try {
      await inviteSomebody(world);
      if (c % 2 === 0) await world.run(['apply']);
    } finally {
      for (const rule of [lost, lag, ...alone]) faults.remove(rule);
    }
    if (a % 4 === 3) await endIsLost(world, b);
  },
  /** The process dies as soon as something is made, which no list shows at first: nobody hears of it. */
  async dieSending(world, { a, b, c }) {
    const path = at(['/interviews', '/interviews', '/jobs', '/users'], a)!;
    await severalWishes(world, 2);
    await newUser(world);
    const { faults } = world.scene.emulator;
    // From before it: lists go back to nothing that was not remembered. With the most, the look before the next plan does not
    // meet what was made.
    const requests = at([1, 3, 8], c)!;
    const lag = faults.add({ method: 'GET', path: aList, effect: { kind: 'stale', requests } });
    try {
      await world.run(['apply'], { after: Number.POSITIVE_INFINITY, answerless: b % 2 === 0, made: path });
      await world.scene.later(10);
      if (b % 3 !== 0) await world.run(['apply']);
    } finally {
      faults.remove(lag);
    }
  },
  /**
   * Somebody else's key made a job and invited to it, and the answer is lost. That key is taken away, and the account's own sees
   * neither for a while: until the program writes again, or until that has looked often enough.
   */
  async lostFromSight(world, { b, c }) {
    const { emulator } = world.scene;
    const { act, state, faults } = emulator;
    await newUser(world);
    await world.run(['sync']);
    const { atsId: actor } = rowsOf(world, 'users').at(-1)!;
    await keyCommands.setKey!(world, { a: state.users.size - 2, b: 1, c });
    await wish(world, 'jobs', (atsId) => aJob(atsId, c % 3 === 0 ? {} : { owner_ats_id: actor }));
    await world.run(['apply']);
    const { atsId: job } = rowsOf(world, 'jobs').at(-1)!;
    await wish(world, 'interviews', (atsId) =>
      anInterview(atsId, job, `${atsId.toLowerCase()}@example.org`, { requested_by_ats_id: actor }),
    );
    const row = rowsOf(world, 'interviews').at(-1)!;
    const [administrator] = state.users.values();
    const promote = () => ifPossible(() => act.setRole(administrator!.uuid, { role: 'administrator' }));
    const reset = { kind: 'reset', when: 'after' } as const;
    const lost = faults.add({ method: 'POST', path: '/interviews$', count: 1, effect: reset });
    let isMade = false;
    const off = [
      emulator.onRequest(({ method }) => {
        if (isMade && method === 'POST') promote();
      }),
      emulator.onAnswer(({ method, path }) => {
        if (isMade || method !== 'POST' || !path.endsWith('/interviews')) return;
        isMade = true;
        // Nobody can look with it any more.
        for (const { key, userUuid } of [...state.keys.values()])
          if (userUuid !== administrator!.uuid) act.revokeKey({ key });
        ifPossible(() => act.setRole(administrator!.uuid, { role: 'standard' }));
      }),
    ];
    await asService(world, async (owner) => {
      await owner.round('tick');
      await owner.round('push');
      if (b % 2 === 0) await edit(world, row, otherwise(b));
      for (let look = 0; look < 4; look += 1) {
        await world.scene.later(60);
        await owner.round('push');
      }
    });
    for (const stop of off) stop();
    faults.remove(lost);
    promote();
  },
  /** As the first of several are invited, the last is not to be any more. */
  async withdrawnAsTheyLeave(world, { b }) {
    const row = (await severalWishes(world, 10)).at(-1)!;
    let isWithdrawn = false;
    await asTheyLeave(world, async () => {
      await edit(
        world,
        row,
        b % 2 === 0 ? { desired: 'canceled' } : { deleted_at: new Date().toISOString() },
      );
      isWithdrawn = sentTo(world, row.wish.address) === 0;
    });
    if (isWithdrawn && sentTo(world, row.wish.address) > 0)
      world.violations.push(`${row.wish.address} was invited after the ATS had withdrawn them`);
  },
  /** As the first of several are invited, people invite the last, and the program sees it. */
  async invitedAsTheyLeave(world) {
    const { act, state } = world.scene.emulator;
    const row = (await severalWishes(world, 10)).at(-1)!;
    let isKnown = false;
    await asTheyLeave(world, async (tick) => {
      const job = [...state.jobs.values()].find(({ title }) => title === `Job ${jobOf(row)}`);
      if (job === undefined) return;
      ifPossible(() => {
        const email = String(row.fields.candidate_email);
        const { uuid } = act.addInterview({ jobUuid: job.uuid, email, name: 'By Hand' });
        world.byHand.add(uuid);
      });
      await tick();
      const [known] = await world.scene.rows(
        'select from sparkhire.interviews where candidate_email = $1 and job_uuid = $2',
        [row.wish.address, job.uuid],
      );
      isKnown = known !== undefined && sentTo(world, row.wish.address) === 0;
    });
    if (isKnown && sentTo(world, row.wish.address) > 0)
      world.violations.push(`${row.wish.address} was invited though the mirror had somebody's invitation`);
  },
  /** Most rows of a table go at once. */
  async manyGo(world, { b }) {
    await severalWishes(world, 5);
    await world.run(['sync']);
    await approveHeld(world);
    const isLinked = new Set(
      (await world.scene.rows<{ uuid: string }>('select uuid from sync.links')).map(({ uuid }) => uuid),
    );
    const before = pendingOf(world).filter(({ uuid }) => isLinked.has(uuid));
    const gone = rowsOf(world, 'interviews');
    for (const row of gone) {
      world.rows.splice(world.rows.indexOf(row), 1);
      row.wish.row = null;
    }
    await world.commit([], gone);
    await world.run([b % 2 === 0 ? 'sync' : 'apply']);
    const left = new Set(pendingOf(world).map(({ uuid }) => uuid));
    const canceled = before.filter(({ uuid }) => !left.has(uuid)).length;
    if (world.setting.smallMassChange && isTooMuch(canceled, before.length))
      world.violations.push(`${canceled} of ${before.length} interviews were canceled at once, unasked`);
    if (b % 3 === 0) await approveHeld(world);
  },
};
