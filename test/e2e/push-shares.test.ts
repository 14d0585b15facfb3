/** Requests to share: one advanced link for each reviewer, through the built program. */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, aShareRequest, openPushScene, type PushScene } from '../support/push-scene.js';

type Post = { reviewers: [{ email: string }]; interviews: Array<{ uuid: string }>; send_email?: boolean };

const reviewerOf = ({ reviewers }: Post) => reviewers[0].email.toLowerCase();

/** What was posted since the last call, by reviewer: several leave at the same time. */
const posts = (scene: PushScene): Post[] =>
  scene
    .writes()
    .filter(({ method, path }) => method === 'POST' && path === '/v1.0/share_links')
    .map(({ body }) => body as Post)
    .sort((a, b) => (reviewerOf(a) < reviewerOf(b) ? -1 : 1));

/** Reviewers that Spark Hire wrote to. */
const mailed = ({ emulator }: PushScene) =>
  emulator.outbox.flatMap(({ kind, to }) => (kind === 'share_link' ? [to] : [])).sort();

/** Interviews I-1 and so on that were completed in Spark Hire. */
async function completed(scene: PushScene, many: number): Promise<string[]> {
  await scene.put('jobs', aJob('J-1'));
  const rows = Array.from({ length: many }, (_, n) =>
    anInterview(`I-${n + 1}`, 'J-1', `c${n + 1}@example.org`),
  );
  await scene.put('interviews', ...rows);
  expect((await scene.run(['apply'])).code).toBe(0);
  const uuids = Object.values(await scene.view('interview')).map((row) => row.sparkhire_uuid!);
  for (const uuid of uuids) {
    scene.emulator.act.acceptInterview(uuid);
    scene.emulator.act.completeInterview(uuid);
  }
  scene.writes();
  return uuids;
}

describe.concurrent('a share request', () => {
  it('becomes a link for each reviewer once its interviews are completed', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const uuids = await completed(scene, 2);
    await scene.put('interviews', anInterview('I-3', 'J-1', 'c3@example.org'));
    await scene.put(
      'share_requests',
      aShareRequest('R-1', ['I-1', 'I-2'], ['jane', 'Liv'], { send_email: true }),
      aShareRequest('R-2', ['I-1', 'I-3'], ['jane']),
      aShareRequest('R/3', ['I-9'], ['jane']),
      aShareRequest('R-4', [], []),
    );
    const plan = await scene.run(['plan']);
    const { actions } = plan.json as { actions: Array<Record<string, unknown>> };
    expect(actions).toMatchObject([
      { resource: 'interviews', action: 'create', ats_id: 'I-3' },
      {
        resource: 'share_links',
        ats_id: 'R-1/jane@reviewers.example',
        uuid: null,
        action: 'create',
        changes: [
          {
            field: 'reviewer',
            from: null,
            to: { name: 'jane', email: 'jane@reviewers.example' },
          },
          { field: 'interviews', from: null, to: ['I-1', 'I-2'] },
          { field: 'send_email', from: null, to: true },
          { field: 'status', from: null, to: 'active' },
        ],
      },
      { resource: 'share_links', ats_id: 'R-1/liv@reviewers.example' },
    ]);
    expect(scene.writes()).toEqual([]);

    const first = await scene.run(['apply']);
    expect([first.code, first.json]).toMatchObject([3, { pushed: { created: 3, held: 2, rejected: 1 } }]);
    const body = (name: string, email: string) => ({
      status: 'active',
      reviewers: [{ name, email }],
      interviews: uuids.map((uuid) => ({ uuid })),
      send_email: true,
    });
    expect(posts(scene)).toEqual([
      body('jane', 'jane@reviewers.example'),
      body('Liv', 'Liv@reviewers.example'),
    ]);
    expect(mailed(scene)).toEqual(['Liv@reviewers.example', 'jane@reviewers.example']);
    const view = await scene.view('share_request');
    const [jane, liv] = ['jane', 'Liv'].map((name) =>
      [...scene.emulator.state.shareLinks.values()].find(({ reviewer }) => reviewer.name === name),
    );
    expect(view).toEqual({
      'R-1': {
        account: 'default',
        ats_id: 'R-1',
        state: 'synced',
        issues: [],
        synced_at: expect.any(Date),
        links: [
          {
            reviewer_email: 'jane@reviewers.example',
            sparkhire_uuid: jane!.uuid,
            url: jane!.url,
            status: 'active',
          },
          {
            reviewer_email: 'Liv@reviewers.example',
            sparkhire_uuid: liv!.uuid,
            url: liv!.url,
            status: 'active',
          },
        ],
      },
      'R-2': expect.objectContaining({ state: 'held', issues: [], links: [] }),
      'R-4': expect.objectContaining({
        state: 'rejected',
        issues: [
          expect.objectContaining({ code: 'REQUIRED_FIELD_MISSING', field: 'interview_ats_ids' }),
          expect.objectContaining({ code: 'REQUIRED_FIELD_MISSING', field: 'reviewers' }),
        ],
      }),
      'R/3': expect.objectContaining({
        state: 'held',
        issues: [expect.objectContaining({ code: 'UNKNOWN_REFERENCE', field: 'interview_ats_ids' })],
      }),
    });
    // The mirror has them whole at once.
    expect(
      await scene.rows(
        'select uuid, interview_uuids from sparkhire.share_links order by lower(reviewer_email)',
      ),
    ).toEqual([
      { uuid: jane!.uuid, interview_uuids: uuids },
      { uuid: liv!.uuid, interview_uuids: uuids },
    ]);

    // What they wait for comes.
    const third = (await scene.view('interview'))['I-3']!.sparkhire_uuid!;
    scene.emulator.act.acceptInterview(third);
    scene.emulator.act.completeInterview(third);
    await scene.put('share_requests', aShareRequest('R-4', ['I-3'], ['kit']));
    const second = await scene.run(['apply']);
    expect([second.code, second.json]).toMatchObject([0, { pushed: { created: 2, held: 1, rejected: 0 } }]);
    expect(posts(scene)).toMatchObject([
      { reviewers: [{ name: 'jane' }], interviews: [{ uuid: uuids[0] }, { uuid: third }] },
      { reviewers: [{ name: 'kit' }] },
    ]);
    expect(await scene.states('share_request')).toEqual({
      'R-1': 'synced',
      'R-2': 'synced',
      'R-4': 'synced',
      'R/3': 'held',
    });
    await scene.run(['apply']);
    expect(scene.writes()).toEqual([]);
  }, 60_000);
});
