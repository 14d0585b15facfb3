/** What can happen in a world. Each event is played by three numbers that choose among what is there just then. */
import { explain } from '../../src/conflicts/choices.js';
import { aJob, anInterview } from '../support/push-scene.js';
import { actors, keyCommands, keysThere } from './acting.js';
import { answers } from './answers.js';
import { approveHeld } from './approve.js';
import { around, aroundWeights } from './around.js';
import { both, editThere } from './both.js';
import { choiceOf } from './coverage.js';
import { erasures } from './erasures.js';
import { habits } from './habits.js';
import { loaders } from './loaders.js';
import { news } from './news.js';
import { rekeys } from './rekeys.js';
import { allowDeleted } from './restore.js';
import {
  at,
  childrenOf,
  edit,
  isAnother,
  type Numbers,
  type Play,
  retitle,
  rowsOf,
  spoils,
  wish,
  wishedAgain,
} from './rows.js';
import { secondRows } from './second-rows.js';
import { seldom } from './seldom.js';
import { sending } from './sending.js';
import { linksThere, requestsThatShow, shares, stateNamesOf } from './shares.js';
import { newUser, starts } from './starts.js';
import { within } from './within.js';
import { ifPossible, type Row, type World } from './world.js';

export interface Happening {
  name: string;
  a: number;
  b: number;
  c: number;
}

const day = 86_400_000;
function forget(world: World, row: Row): void {
  world.rows.splice(world.rows.indexOf(row), 1);
  row.wish.row = null;
}

async function spoil(world: World, row: Row | undefined, n: number): Promise<void> {
  if (row === undefined || row.sound !== null) return;
  const wrong = at(spoils[row.table], n)!;
  row.sound = Object.fromEntries(Object.keys(wrong).map((name) => [name, row.fields[name] ?? null]));
  Object.assign(row.fields, wrong);
  await world.commit([row]);
}

async function mend(world: World, row: Row | undefined): Promise<void> {
  if (row === undefined) return;
  Object.assign(row.fields, row.sound);
  row.sound = null;
  await world.commit([row]);
}

const ats: Record<string, Play> = {
  newJob: (world, { a }) =>
    wish(world, 'jobs', (atsId) => aJob(atsId, a % 4 === 0 ? { status: 'closed' } : {})),
  newUser: (world, { b }) => newUser(world, b % 3 === 0),
  newInterview(world, { a }) {
    const job = at(rowsOf(world, 'jobs'), a);
    if (job === undefined) return;
    return wish(world, 'interviews', (atsId) =>
      anInterview(atsId, job.atsId, `${atsId.toLowerCase()}@example.org`),
    );
  },
  editTitle: (world, { a, b }) => retitle(world, at(rowsOf(world, 'jobs'), a), `Title ${b % 5}`),
  editUser: (world, { a, b }) => edit(world, at(rowsOf(world, 'users'), a), { name: `Name ${b % 5}` }),
  editDeadline: (world, { a, b }) =>
    edit(world, at(rowsOf(world, 'interviews'), a), {
      deadline_at: new Date(Math.floor(Date.now() / day + 8 + (b % 20)) * day).toISOString(),
    }),
  closeJob: (world, { a }) => edit(world, at(rowsOf(world, 'jobs'), a), { status: 'closed' }),
  openJob: (world, { a }) => edit(world, at(rowsOf(world, 'jobs'), a), { status: 'open' }),
  cancel: (world, { a }) => edit(world, at(rowsOf(world, 'interviews'), a), { desired: 'canceled' }),
  inviteAfterAll(world, { a }) {
    const row = at(
      rowsOf(world, 'interviews').filter(({ fields }) => fields.desired === 'canceled'),
      a,
    );
    return edit(world, row, { desired: 'invited' });
  },
  remove(world, { a }) {
    const row = at(world.rows, a);
    if (row === undefined) return;
    forget(world, row);
    return world.commit([], [row]);
  },
  softDelete: (world, { a }) => edit(world, at(world.rows, a), { deleted_at: new Date().toISOString() }),
  undelete(world, { a }) {
    const row = at(
      world.rows.filter(({ fields }) => fields.deleted_at != null),
      a,
    );
    const job = world.rows.find(({ table, atsId }) => table === 'jobs' && atsId === row?.fields.job_ats_id);
    if (row !== undefined && (row.table === 'jobs' || job?.wish.renamed === true)) wishedAgain(world, row);
    return edit(world, row, { deleted_at: null });
  },
  spoil: (world, { a, b }) => spoil(world, at(world.rows, a), b),
  mend: (world, { a }) =>
    mend(
      world,
      at(
        world.rows.filter(({ sound }) => sound !== null),
        a,
      ),
    ),
  ...rekeys,
  ...loaders,
  async reload(world) {
    await world.commit(world.rows, world.rows);
  },
};

const object = <T>(list: Iterable<T>, n: number): T | undefined => at([...list], n);

function onInterview(act: (world: World, uuid: string, numbers: Numbers) => void): Play {
  return (world, numbers) => {
    const one = object(world.scene.emulator.state.interviews.values(), numbers.a);
    if (one !== undefined) ifPossible(() => act(world, one.uuid, numbers));
  };
}

function onJob(act: (world: World, uuid: string, numbers: Numbers) => void): Play {
  return (world, numbers) => {
    const one = object(world.scene.emulator.state.jobs.values(), numbers.a);
    if (one !== undefined) ifPossible(() => act(world, one.uuid, numbers));
  };
}

const people: Record<string, Play> = {
  accept: onInterview(({ scene: { emulator } }, uuid) => emulator.act.acceptInterview(uuid)),
  complete: onInterview(({ scene: { emulator } }, uuid) =>
    emulator.act.completeInterview(uuid, { rating: 3 }),
  ),
  expire: onInterview(({ scene: { emulator } }, uuid) => emulator.act.expireInterview(uuid)),
  cancelThere: onInterview(({ scene: { emulator } }, uuid) => emulator.act.cancelInterview(uuid)),
  reset: onInterview(({ scene: { emulator } }, uuid) => emulator.act.resetInterview(uuid)),
  reschedule: onInterview((world, uuid, { b }) => {
    const { act, clock } = world.scene.emulator;
    const scheduledAt = clock.now() + (8 + (b % 9)) * day;
    editThere(world, 'scheduledAt', uuid, () => act.rescheduleInterview(uuid, { scheduledAt }));
  }),
  async deleteInterview(world, { a }) {
    const one = object(world.scene.emulator.state.interviews.values(), a);
    if (one === undefined) return;
    await allowDeleted(world, one.uuid);
    ifPossible(() => world.scene.emulator.act.deleteInterview(one.uuid));
  },
  shareThere: onInterview(({ scene: { emulator } }, uuid) => void emulator.act.shareInterview(uuid)),
  editJobThere: onJob((world, uuid, { b }) => {
    const title = `Theirs ${b % 5}`;
    editThere(world, 'title', uuid, () => world.scene.emulator.act.editJob(uuid, { title }));
  }),
  closeJobThere: onJob((world, uuid) =>
    editThere(world, 'status', uuid, () => world.scene.emulator.act.editJob(uuid, { status: 'inactive' })),
  ),
  openJobThere: onJob((world, uuid) =>
    editThere(world, 'status', uuid, () => world.scene.emulator.act.editJob(uuid, { status: 'active' })),
  ),
  deleteJobThere: onJob(({ scene: { emulator } }, uuid) => emulator.act.deleteJob(uuid)),
  inviteByHand(world, { a }) {
    const row = at(rowsOf(world, 'interviews'), a);
    const { state, act } = world.scene.emulator;
    const job = object(state.jobs.values(), a);
    if (row === undefined || job === undefined) return;
    ifPossible(() => {
      const email = String(row.fields.candidate_email);
      const { uuid } = act.addInterview({ jobUuid: job.uuid, email, name: 'By Hand' });
      world.byHand.add(uuid);
      world.edits.note(world, 'scheduledAt', uuid);
    });
  },
  addJobThere(world, { a }) {
    const title = at(rowsOf(world, 'jobs'), a)?.fields.title;
    if (typeof title !== 'string' || title === '') return;
    ifPossible(() => world.byHand.add(world.scene.emulator.act.addJob({ title, status: 'active' }).uuid));
  },
  editUserThere(world, { a, b }) {
    const { act, state } = world.scene.emulator;
    const one = object([...state.users.values()].slice(1), a);
    if (one !== undefined)
      editThere(world, 'name', one.uuid, () => act.editUser(one.uuid, { name: `Their name ${b % 5}` }));
  },
  disableUser({ scene: { emulator } }, { a }) {
    // The first user has the key.
    const one = object([...emulator.state.users.values()].slice(1), a);
    if (one !== undefined) ifPossible(() => emulator.act.disableUser(one.uuid));
  },
};

const troubles: Record<string, Play> = {
  demote({ scene: { emulator } }) {
    const [first] = emulator.state.users.values();
    ifPossible(() => emulator.act.setRole(first!.uuid, { role: 'standard' }));
  },
  promote({ scene: { emulator } }) {
    const [first] = emulator.state.users.values();
    ifPossible(() => emulator.act.setRole(first!.uuid, { role: 'administrator' }));
  },
  aMinute: ({ scene }) => later(scene, 60),
  aDay: ({ scene }) => later(scene, 86_400),
};

async function later(scene: World['scene'], seconds: number): Promise<void> {
  scene.emulator.clock.advance(seconds * 1000);
  await scene.later(seconds);
}

const program: Record<string, Play> = {
  sync: (world) => world.run(['sync']),
  apply: (world) => world.run(['apply']),
  backfill: (world) => world.run(['backfill']),
  async dieInApply(world, { a, b }) {
    await world.run(['apply'], { after: 20 + (a % 90), answerless: b % 2 === 0 });
    await world.scene.later(10);
  },
  async dieInSync(world, { a, b }) {
    await world.run(['sync'], { after: 10 + (a % 120), answerless: b % 2 === 0 });
    await world.scene.later(10);
  },
  decide,
  approve: approveHeld,
};

export interface Open {
  id: number;
  uuid: string | null;
  revision: number;
  kind: string;
  resource: string;
  ats_id: string | null;
  field: string | null;
  sparkhire_value: unknown;
  ats_value: unknown;
}

/** A person takes any of the choices that are offered. @param isMeant which of the questions may be answered */
export async function decide(
  world: World,
  { a, b }: Pick<Numbers, 'a' | 'b'>,
  isMeant: (one: Open) => boolean = () => true,
): Promise<boolean> {
  const open = (await world.scene.rows<Open>(
    'select * from sync.conflicts where resolved_at is null order by id',
  )) as Open[];
  const decidable = open
    .filter(isMeant)
    .map((one) => ({ one, ...explain({ ...one, seen: one.sparkhire_value, wanted: one.ats_value }) }))
    .filter(({ choices }) => choices.length > 0);
  const chosen = at(decidable, a);
  if (chosen === undefined) return false;
  const { one } = chosen;
  const { take } = at(chosen.choices, b)!;
  const isFormer = ({ table, wish }: Row) => table === one.resource && wish.formerKeys.has(one.ats_id ?? '');
  const row =
    world.rows.find((each) => stateNamesOf(each).includes(`${one.resource} ${one.ats_id}`)) ??
    world.rows.find(isFormer);
  if (row !== undefined) {
    row.wish.decided = true;
    if (['ats', 'create', 'send'].includes(take)) wishedAgain(world, row);
    // It is another one then, what stood for the former row ends, and so do links that show that.
    if (take === 'create') {
      const others = [row, ...childrenOf(world, row.atsId)];
      const shown = requestsThatShow(world, others);
      for (const one of shown) wishedAgain(world, one);
      for (const one of [...others, ...shown]) isAnother(one.wish);
    }
  }
  await world.run(['conflicts', 'resolve', `${one.id}.${one.revision}`, '--take', take]);
  if (one.kind === 'field_diverged') world.decisions.set(`${one.uuid} ${one.field}`, { ...one, take });
  world.taken.push(`${one.kind} ${choiceOf(take)}`);
  return true;
}

// What is written slowly, or after a look, is nothing without runs of its own.
const { rekeySlowly: _, rekeyChanged: __, ...atOnce } = ats;
const those = { ...actors, ...shares, ...keysThere, ...linksThere };
const { truncateReload, halfRow, otherZone, recaseKeys } = habits;
const whole = { truncateReload, halfRow, otherZone, recaseKeys } as Record<string, Play>;
const meanwhile = within({ ...atOnce, ...whole, ...people, ...both, ...answers, ...those });

export const events: Readonly<Record<string, Play>> = {
  ...ats,
  ...habits,
  ...people,
  ...both,
  ...answers,
  ...those,
  ...starts,
  ...troubles,
  ...program,
  ...keyCommands,
  ...erasures,
  ...secondRows,
  ...seldom,
  ...news,
  ...sending,
  meanwhile,
  ...around((name, world, numbers) => events[name]!(world, numbers)),
};

/** How often each comes, where it is not once. */
export const weights: Readonly<Record<string, number>> = {
  newJob: 3,
  newInterview: 6,
  rekey: 3,
  rekeySlowly: 2,
  rekeyChanged: 5,
  rekeyOtherwise: 3,
  comeBack: 3,
  comeBackOneByOne: 2,
  rekeyMoved: 2,
  shiftLines: 3,
  shiftRequests: 1.5,
  exportTwice: 3,
  softRekey: 3,
  reuseKey: 2,
  reuseJobKey: 2,
  truncateReload: 2,
  halfRow: 2,
  recaseKeys: 2,
  mergeCandidates: 3,
  splitJob: 2,
  applyAgain: 2,
  spoil: 2,
  mend: 2,
  fault: 5,
  notFound: 2,
  newShareRequest: 2,
  shareSomething: 3,
  actForSomebody: 3,
  nameActor: 4,
  newUser: 2,
  setKey: 2,
  lag: 2,
  reading: 2,
  sync: 6,
  apply: 8,
  backfill: 2,
  dieInApply: 3,
  dieInSync: 2,
  decide: 4,
  forgetCandidate: 1.5,
  decideTooEarly: 2,
  keyUser: 2.5,
  twinInterview: 2,
  editAddress: 2,
  duplicateOfEnded: 2,
  withdrawUser: 1.5,
  openedAgain: 2,
  agree: 2,
  decideField: 2,
  editTwice: 1.5,
  closeUnder: 1.5,
  editText: 2,
  lostInLag: 2,
  dieSending: 2,
  lostFromSight: 1.5,
  withdrawnAsTheyLeave: 0.5,
  invitedAsTheyLeave: 0.5,
  listMoves: 2,
  newsAtOnce: 2,
  newsOfGone: 1.5,
  demote: 0.3,
  aMinute: 2,
  meanwhile: 14,
  ...aroundWeights,
};
