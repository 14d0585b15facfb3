/** What Spark Hire answers: faults, lost answers, lists that lag behind, another reading, slots and seats that run out. */
import { type FaultEffect, switchAlternatives } from '#emulators/emulator/index';
import { at, type Play } from './rows.js';
import { switchesToTurn } from './settings.js';

type Form = 'json' | 'html' | 'empty';
const statuses = [
  400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 413, 415, 418, 422, 423, 424, 425, 426, 428, 431,
  451, 499, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 522, 524, 599,
];
/** After these nobody knows whether it was done. */
const doubtful = [408, 500, 502, 503, 504, 520, 524];
const codes = [
  undefined,
  undefined,
  'api.strange',
  'job.not_found',
  'interview.job_inactive',
  'plan.limit_reached',
];
const otherwise: readonly FaultEffect[] = [
  { kind: 'html' },
  { kind: 'truncated' },
  { kind: 'truncated', closes: true },
  { kind: 'wrong-shape' },
  { kind: 'reset', when: 'before' },
  { kind: 'reset', when: 'after' },
  { kind: 'hang', when: 'before' },
  { kind: 'hang', when: 'after' },
  { kind: 'rate-limited', retryAfter: 0 },
  { kind: 'rate-limited' },
  { kind: 'status', status: 204, body: 'empty', when: 'after' },
  { kind: 'status', status: 200, body: 'empty', when: 'after' },
];
const methods = [undefined, undefined, 'POST', 'PUT', 'DELETE', 'GET'];
const paths = [
  '/interviews$',
  '/jobs$',
  '/users$',
  '/interviews/',
  '/jobs/',
  '/users/',
  '/me$',
  '/plan$',
  '',
];

function effectOf(kind: number, n: number): FaultEffect {
  const body = at<Form>(['json', 'html', 'empty'], n)!;
  if (kind % 3 === 0) return { kind: 'status', status: at(statuses, n)!, body, code: at(codes, n >> 2) };
  if (kind % 3 === 1) return { kind: 'status', status: at(doubtful, n)!, body, when: 'after' };
  return at(otherwise, n)!;
}

export const answers: Record<string, Play> = {
  fault({ scene: { emulator } }, { a, b, c }) {
    emulator.faults.add({
      method: at(methods, a),
      path: at(paths, b),
      nth: c % 7 === 0 ? 1 + (a % 4) : undefined,
      count: 1 + (a % 4),
      // Not by what chose the path: each path is to be answered in each manner.
      effect: effectOf(c, Math.floor(c / 3)),
    });
  },
  faultsEnd: ({ scene: { emulator } }) => emulator.faults.clear(),
  /** It is not found once, and is there all the same. */
  notFound({ scene: { emulator } }, { a, b, c }) {
    const { interviews, jobs, users } = emulator.state;
    const one = at([...interviews.values(), ...jobs.values(), ...users.values()], a);
    const status = b % 3 === 0 ? 410 : 404;
    if (one !== undefined)
      emulator.faults.add({
        method: at(['GET', 'GET', 'PUT', 'DELETE', undefined], c),
        path: `/${one.uuid}$`,
        count: 1,
        effect: { kind: 'status', status },
      });
  },
  /** Lists show what was a request or two ago: a lost answer is looked for three times, so it is found. */
  lag({ scene: { emulator } }, { a, b, c }) {
    emulator.faults.add({
      method: 'GET',
      path: at(['/(jobs|interviews|users|share_links)(\\?|$)', '/interviews(\\?|$)', '/jobs(\\?|$)'], a),
      count: c % 2 === 0 ? undefined : 1 + (c % 9),
      effect: { kind: 'stale', requests: 1 + (b % 2) },
    });
  },
  /** What the document leaves open is otherwise from now on. */
  reading(world, { a, b }) {
    const { emulator } = world.scene;
    world.turned = true;
    const name = at(switchesToTurn, a)!;
    Object.assign(emulator.switches, { [name]: at(switchAlternatives[name], b) });
  },
  slots: ({ scene: { emulator } }, { a }) => emulator.act.setPlan({ jobLimit: a % 3 === 0 ? -1 : a % 6 }),
  seats: ({ scene: { emulator } }, { a }) =>
    emulator.act.setPlan({ userLimit: a % 3 === 0 ? -1 : 1 + (a % 5) }),
};
