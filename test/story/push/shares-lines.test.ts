/**
 * Share requests whose keys are the numbers of lines: each link goes on with the line that asks for it.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { anInterview, aShareRequest, openPushScene, type PushScene } from '../../support/push-scene.js';
import { completed, mailed } from '../../support/share-requests.js';

/** Who is shown which interviews, by their numbers; `R-1` and so on. */
type Line = [reviewers: string, interviews: string];

/** Writes all requests anew in one transaction, and lets the service come to rest. */
async function load(scene: PushScene, lines: readonly Line[], also = ''): Promise<void> {
  await scene.rows(`begin; delete from ats.share_requests; ${also}`);
  for (const [index, [reviewers, interviews]] of lines.entries())
    await scene.put(
      'share_requests',
      aShareRequest(
        `R-${index + 1}`,
        interviews.split(' ').map((n) => `I-${n}`),
        reviewers.split(' '),
        { send_email: true },
      ),
    );
  await scene.rows('commit');
  for (const command of ['apply', 'sync', 'apply', 'sync']) await scene.run([command]);
}

async function loaded(
  lines: readonly Line[],
  onTestFinished: Parameters<typeof openPushScene>[0],
): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await completed(scene, 4);
  await load(scene, lines);
  expect(mailed(scene)).toHaveLength(lines.length);
  scene.writes();
  return scene;
}

/** What every link shows, by the numbers of the candidates, and whether it opens. */
const shown = ({ emulator: { state } }: PushScene) =>
  [...state.shareLinks.values()]
    .map(({ reviewer, items, status }) => {
      const candidates = items.map(
        ({ interviewUuid }) => state.interviews.get(interviewUuid)!.candidate.email,
      );
      return `${reviewer.name} ${candidates
        .map((email) => email.replace(/\D/g, ''))
        .sort()
        .join(' ')} ${status}`;
    })
    .sort();

const toJane: Line[] = [
  ['jane', '1'],
  ['jane', '2'],
  ['jane', '3'],
];

it.for<[string, Line[], Line[], string[], number]>([
  ['a line goes', toJane, toJane.slice(1), ['jane 1 inactive', 'jane 2 active', 'jane 3 active'], 0],
  [
    'a line comes',
    toJane,
    [['jane', '4'], ...toJane],
    ['jane 1 active', 'jane 2 active', 'jane 3 active', 'jane 4 active'],
    1,
  ],
  [
    'two change places',
    toJane,
    [toJane[1]!, toJane[0]!, toJane[2]!],
    ['jane 1 active', 'jane 2 active', 'jane 3 active'],
    0,
  ],
  [
    'a line goes, and another one is edited',
    toJane,
    [
      ['jane', '2'],
      ['jane', '4'],
    ],
    ['jane 1 inactive', 'jane 2 active', 'jane 3 inactive', 'jane 4 active'],
    1,
  ],
  [
    'two reviewers change places',
    [
      ['jane', '1'],
      ['kit', '2'],
    ],
    [
      ['kit', '2'],
      ['jane', '1'],
    ],
    ['jane 1 active', 'kit 2 active'],
    0,
  ],
  [
    'a line goes, and all show the same interview',
    [
      ['jane', '1'],
      ['kit', '1'],
      ['lu', '1'],
    ],
    [
      ['kit', '1'],
      ['lu', '1'],
    ],
    ['jane 1 inactive', 'kit 1 active', 'lu 1 active'],
    0,
  ],
] as const)(
  'keeps every link that is wanted where %s, and makes none twice',
  async ([_, before, after, links, mails], { onTestFinished }) => {
    const scene = await loaded(before, onTestFinished);
    await load(scene, after);
    expect(shown(scene)).toEqual(links);
    expect(mailed(scene)).toHaveLength(before.length + mails);
    // Nothing that is wanted was closed on the way.
    const closed = scene.writes().filter(({ body }) => (body as { status?: string }).status === 'inactive');
    expect(closed).toHaveLength(links.filter((one) => one.endsWith('inactive')).length);
    expect(new Set(Object.values(await scene.states('share_request')))).toEqual(
      new Set(before.length > after.length ? ['synced', 'gone'] : ['synced']),
    );
  },
);

/** Interviews are numbered by lines, and the first one goes: a transaction is begun with that. */
async function beginFirstLineGone(scene: PushScene): Promise<void> {
  await scene.rows('begin; delete from ats.interviews');
  for (const n of [2, 3, 4])
    await scene.put('interviews', anInterview(`I-${n - 1}`, 'J-1', `c${n}@example.org`));
}

it('keeps every link that is wanted where the interviews are numbered by lines as well', async ({
  onTestFinished,
}) => {
  const scene = await loaded(toJane, onTestFinished);
  await beginFirstLineGone(scene);
  await load(scene, toJane.slice(0, 2));
  expect(shown(scene)).toEqual(['jane 1 inactive', 'jane 2 active', 'jane 3 active']);
  expect(mailed(scene)).toHaveLength(3);
});

it('shows what requests name by now where the lines of interviews move and those of requests are not written', async ({
  onTestFinished,
}) => {
  const scene = await loaded(toJane, onTestFinished);
  await beginFirstLineGone(scene);
  await scene.rows('commit');
  for (const command of ['apply', 'sync', 'apply', 'sync']) await scene.run([command]);
  expect(shown(scene)).toEqual(['jane 1 inactive', 'jane 2 active', 'jane 3 active', 'jane 4 active']);
  expect(mailed(scene)).toHaveLength(4);
  expect(new Set(Object.values(await scene.states('share_request')))).toEqual(new Set(['synced']));
});

it('opens no link of before for a line that comes back with another interview', async ({
  onTestFinished,
}) => {
  const scene = await loaded(toJane, onTestFinished);
  await load(scene, toJane.slice(0, 2));
  await load(scene, [...toJane.slice(0, 2), ['jane', '4']]);
  expect(shown(scene)).toEqual(['jane 1 active', 'jane 2 active', 'jane 3 inactive', 'jane 4 active']);
  expect(mailed(scene)).toHaveLength(4);
});
