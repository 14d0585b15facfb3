/** Webhooks that lead nowhere: what becomes of them at Spark Hire, and letters that tell of nothing that can be read. */
import { addressOf, bring, type Letter, lettersOf } from './post.js';
import { at, type Numbers, type Play } from './rows.js';
import type { World } from './world.js';

/** What a service does in its turn, and how letters come to be there. */
interface Post {
  service: Play;
  haveSomeSent(world: World, numbers: Numbers): Promise<void>;
  worksThemOff(world: World): Promise<void>;
}

/** Deeper than anything that walks through it can. */
const depth = 50_000;
const uuidOf = (n: number) => `00000000-0000-4000-9000-${String(n).padStart(12, '0')}`;

/** Of an interview that nobody can find, without a word of its deletion; of what nobody can understand; of what this key may not see. */
function drawn(world: World, { headers }: Letter, { a, b }: Numbers): Letter {
  const event = (name: string, payload: string) => ({
    ...headers,
    'x-sparkhire-event': name,
    'x-sparkhire-payload': payload,
  });
  const { state, faults } = world.scene.emulator;
  const known = at([...state.interviews.keys()], a) ?? uuidOf(a);
  if (b % 3 === 0)
    return { headers: event('InterviewAccepted', 'Interview'), body: JSON.stringify({ uuid: uuidOf(a) }) };
  if (b % 3 === 1) {
    const nested = `${'['.repeat(depth)}"\\u0041"${']'.repeat(depth)}`;
    return {
      headers: event('InterviewAccepted', 'Interview'),
      body: `{"uuid":"${known}","what":${nested}}`,
    };
  }
  faults.add({ method: 'GET', path: `/${known}$`, count: 1, effect: { kind: 'status', status: 403 } });
  return {
    headers: event('InterviewRated', 'Rating'),
    body: JSON.stringify({ uuid: uuidOf(a), interview_uuid: known }),
  };
}

/** Each fails in its own manner, and may have been done. */
const failures = [
  { kind: 'reset', when: 'after' },
  { kind: 'status', status: 500, when: 'after' },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 403 },
  { kind: 'truncated' },
] as const;

export const strangeLetters = ({ service, haveSomeSent, worksThemOff }: Post): Record<string, Play> => ({
  async strangeLetter(world, numbers) {
    if ((await lettersOf(world)).length === 0) await haveSomeSent(world, numbers);
    const [letter] = await lettersOf(world);
    if (letter === undefined) return;
    await bring(world, [drawn(world, letter, numbers)]);
    if (numbers.c % 3 !== 0) await worksThemOff(world);
  },
  /** A person takes a webhook away at Spark Hire, or Spark Hire gives it up since it failed for long. */
  webhookGoesThere({ scene: { emulator } }, { a, b }) {
    const one = at([...emulator.state.webhooks.values()], a);
    if (one === undefined) return;
    if (b % 2 === 0) emulator.act.removeWebhook(one.uuid);
    else one.disabledAt ??= emulator.clock.now();
  },
  /** The webhook has gone, and to register another fails. */
  async registrationFails(world, numbers) {
    const { act, state, faults } = world.scene.emulator;
    for (const uuid of [...state.webhooks.keys()]) act.removeWebhook(uuid);
    faults.add({
      method: 'POST',
      path: '/webhooks$',
      count: 1 + (numbers.b % 3),
      effect: at(failures, numbers.c)!,
    });
    await service(world, numbers);
  },
});

/** Of the webhooks that are known to be the program's there is one at Spark Hire, once it has looked after them in peace. */
export async function judgeSubscription(world: World): Promise<void> {
  const { scene, violations } = world;
  const moved = await scene.rows('select from sync.accounts where moved_at is not null');
  if (moved.length > 0) return;
  const known = await scene.rows<{ token: string }>('select token from sync.webhooks');
  const url = await addressOf(world);
  const ours = [...scene.emulator.state.webhooks.values()].filter(
    (one) => one.url.startsWith(url) && known.some(({ token }) => one.description.includes(token)),
  );
  if (ours.length !== 1) violations.push(`${ours.length} webhooks of the program are at Spark Hire`);
}
