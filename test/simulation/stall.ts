/**
 * A process that stands still between two of its statements, as a stopped one or a suspended machine does: it sends
 * nothing, and does not notice that its lock is lost. Others work meanwhile; then it wakes and goes on where it was.
 */
import type pg from 'pg';
import type { ProgramResult } from '../support/program.js';
import { pass } from './clocks.js';
import { arrived } from './hangs.js';
import { isStream, type Meddling, meddle, streamOf } from './process.js';
import type { Play } from './rows.js';
import type { World } from './world.js';

interface Process {
  world: World;
  /** Statements that it sends before it stands still. */
  left: number;
  state: 'works' | 'stands still' | 'woke';
  standsStill(): void;
  stands: Promise<void>;
  awake: Promise<void>;
  wake(): void;
  /** How much later its clocks are than those of whoever did not sleep. */
  sleptMs: number;
  connections: Set<pg.Client>;
  ended: Promise<ProgramResult | null>;
}

const asleep = new WeakMap<World, Process>();

const pidOf = (client: pg.Client) => (client as unknown as { processID: number | null }).processID;

/** Its statements until it stands still; what it begins then waits until it wakes. */
const standing = (one: Process): Meddling => ({
  query(client, statement, send) {
    one.connections.add(client);
    // What streams is under way already.
    if (isStream(statement) || one.state === 'woke' || (one.state === 'works' && one.left-- > 0))
      return send();
    one.standsStill();
    return one.awake.then(send);
  },
  async connect(_, connect) {
    if (one.state === 'stands still') await one.awake;
    return connect();
  },
  laterMs: () => one.sleptMs,
});

function newProcess(world: World, statements: number): Process {
  const one: Process = {
    world,
    left: statements,
    state: 'works',
    standsStill: () => {},
    stands: Promise.resolve(),
    awake: Promise.resolve(),
    wake: () => {},
    sleptMs: 0,
    connections: new Set(),
    ended: Promise.resolve(null),
  };
  one.stands = new Promise((resolve) => {
    one.standsStill = () => {
      one.state = 'stands still';
      resolve();
    };
  });
  one.awake = new Promise((resolve) => {
    one.wake = () => {
      one.state = 'woke';
      resolve();
    };
  });
  return one;
}

/** Runs a command until it stands still, or to its end; loses its lock where it does. */
async function stall(world: World, args: string[], statements: number): Promise<void> {
  if (asleep.has(world)) return;
  const { scene, env } = world;
  const one = newProcess(world, statements);
  const from = scene.emulator.requests.length;
  await world.judged(async () => {
    const running = meddle(standing(one), () => scene.run(args, env));
    one.ended = running;
    await Promise.race([one.stands, running]);
    await arrived(scene.emulator, from);
    if (one.state !== 'stands still') {
      const { code, stdout, stderr } = await running;
      return { code, output: `${stdout}\n${stderr}` };
    }
    asleep.set(world, one);
    await cutOff(one);
    return { code: null, output: '' };
  });
}

/** PostgreSQL has ended the connection with the lock, and what stood still within a transaction: nobody reads that yet. */
async function cutOff({ world: { scene }, connections }: Process): Promise<void> {
  const pids = [...connections]
    .filter((one) => !streamOf(one).destroyed)
    .map(pidOf)
    .filter((pid) => pid !== null);
  for (const connection of connections) streamOf(connection).pause();
  await scene.rows(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where pid = any($1::int[]) and (application_name like 'sparkhire-sync owner of %' or state like 'idle in trans%')`,
    [pids],
  );
}

async function goOn(one: Process, readsFirst: boolean): Promise<void> {
  const read = () => {
    for (const connection of one.connections) streamOf(connection).resume();
  };
  if (readsFirst) read();
  one.wake();
  if (!readsFirst) setImmediate(read);
  await one.ended;
}

/** It wakes, and comes to its end. */
export async function wake(world: World, readsFirst: boolean): Promise<void> {
  const one = asleep.get(world);
  if (one === undefined) return;
  asleep.delete(world);
  await world.judged(async () => {
    await goOn(one, readsFirst);
    const { stdout, stderr } = (await one.ended)!;
    // What it looked at is old by now: it has not seen what people did since.
    return { code: null, output: `${stdout}\n${stderr}` };
  });
}

/** The world ends before it woke. */
export async function neverMind(world: World): Promise<void> {
  const one = asleep.get(world);
  asleep.delete(world);
  if (one !== undefined) await goOn(one, true);
}

const seconds = [6, 9, 40, 700];

export const stalls: Record<string, Play> = {
  async stall(world, { a, b, c }) {
    await stall(world, [['apply', 'sync', 'apply', 'backfill'][c % 4]!], 15 + (a % 110));
    const one = asleep.get(world);
    if (one === undefined) return;
    const slept = seconds[b % seconds.length]!;
    one.sleptMs += slept * 1000;
    await pass(world, slept);
    if (c % 3 !== 0) await world.run([b % 2 === 0 ? 'apply' : 'sync']);
  },
  wake: (world, { b }) => wake(world, b % 2 === 0),
};
