/** Requests to share: one advanced link for each reviewer, through the built program. */
import { describe, expect, it } from 'vitest';
import { anInterview, aShareRequest, openPushScene, type PushScene } from '../../support/push-scene.js';
import { completed, mailed, openConflicts } from '../../support/share-requests.js';

type Post = { reviewers: [{ email: string }]; interviews: Array<{ uuid: string }>; send_email?: boolean };

const reviewerOf = ({ reviewers }: Post) => reviewers[0].email.toLowerCase();

/** What was posted since the last call, by reviewer: several leave at the same time. */
const posts = (scene: PushScene): Post[] =>
  scene
    .writes()
    .filter(({ method, path }) => method === 'POST' && path === '/v1.0/share_links')
    .map(({ body }) => body as Post)
    .sort((a, b) => (reviewerOf(a) < reviewerOf(b) ? -1 : 1));

/** Whether each reviewer's link opens, by name. */
const links = ({ emulator }: PushScene) =>
  Object.fromEntries(
    [...emulator.state.shareLinks.values()].map((link) => [link.reviewer.name, link.status]),
  );

/** `sync`, as it is when the time has come to look at share links and the plan again. */
async function syncAll(scene: PushScene) {
  await scene.rows(`update sync.checkpoints set completed_at = completed_at - interval '1 day'
    where kind = 'incremental' and resource in ('share_links', 'plans')`);
  return scene.run(['sync']);
}

describe('a share request', () => {
  it('a share request becomes a link for each reviewer once its interviews are completed', async ({
    onTestFinished,
  }) => {
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
        changed_at: expect.any(Date),
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
      'R-2': expect.objectContaining({
        state: 'held',
        issues: [
          expect.objectContaining({
            message: expect.stringMatching(/completed\. Not completed so far: I-3\.$/),
          }),
        ],
        links: [],
      }),
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
  });

  it('share links are opened and closed from both sides, and follow their reviewers and their row', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    await completed(scene, 2);
    const { state } = scene.emulator;
    await scene.put('share_requests', aShareRequest('R-1', ['I-1'], ['jane', 'kit']));
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(links(scene)).toEqual({ jane: 'active', kit: 'active' });
    expect(mailed(scene)).toEqual([]);
    scene.writes();

    // Closed by somebody in Spark Hire: that stands.
    const jane = [...state.shareLinks.values()].find(({ reviewer }) => reviewer.name === 'jane')!;
    state.shareLinks.change(jane, () => {
      jane.status = 'inactive';
    });
    expect((await syncAll(scene)).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    const told = (await scene.view('share_request'))['R-1']!.links!;
    expect(told.map(({ status }) => status)).toEqual(['inactive', 'active']);

    // Closed in the ATS: what is closed already is not written.
    await scene.put('share_requests', { ats_id: 'R-1', status: 'inactive' });
    const closing = await scene.run(['apply']);
    expect([closing.code, closing.json]).toMatchObject([0, { pushed: { updated: 1 } }]);
    expect(scene.writes()).toEqual([
      { method: 'PUT', path: expect.stringContaining('/share_links/'), body: { status: 'inactive' } },
    ]);
    await scene.put('share_requests', { ats_id: 'R-1', status: 'active' });
    await scene.run(['apply']);
    expect(links(scene)).toEqual({ jane: 'active', kit: 'active' });

    // One reviewer goes, another comes; what cannot be changed is said.
    const kitAndLu = aShareRequest('R-1', ['I-1'], ['kit', 'lu']);
    await scene.put('share_requests', kitAndLu);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(links(scene)).toEqual({ jane: 'inactive', kit: 'active', lu: 'active' });
    scene.writes();
    await scene.put('share_requests', { ...kitAndLu, interview_ats_ids: ['I-2', 'I-1'] });
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);
    expect((await scene.view('share_request'))['R-1']).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'interview_ats_ids' }],
    });
    await scene.put('share_requests', kitAndLu);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect((await scene.view('share_request'))['R-1']).toMatchObject({ state: 'synced', issues: [] });

    await scene.rows('delete from ats.share_requests');
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(links(scene)).toEqual({ jane: 'inactive', kit: 'inactive', lu: 'inactive' });
    expect(await scene.states('share_request')).toEqual({ 'R-1': 'gone' });
    expect(scene.writes().map(({ method }) => method)).toEqual(['PUT', 'PUT']);
    // It was only missing for a while: the same links open again.
    await scene.put('share_requests', kitAndLu);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(links(scene)).toEqual({ jane: 'inactive', kit: 'active', lu: 'active' });
    expect(state.shareLinks.size).toBe(3);
  });

  it('of two share requests that say the same of a reviewer one writes to them, and the other says which', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    await completed(scene, 2);
    const mails = { send_email: true };
    await scene.put(
      'share_requests',
      aShareRequest('R-1', ['I-1', 'I-2'], ['jane', 'liv'], mails),
      aShareRequest('R-2', ['I-2', 'I-1'], ['jane', 'odd'], mails),
      aShareRequest('R-3', ['I-1'], ['jane'], mails),
    );
    const { actions } = (await scene.run(['plan'])).json as { actions: unknown[] };
    expect(actions).toHaveLength(4);
    await scene.run(['sync']);
    // A load later, under a key that comes first.
    await scene.put('share_requests', aShareRequest('K-1', ['I-1', 'I-2'], ['liv'], mails));
    expect((await scene.run(['sync'])).code).toBe(3);
    const [jane, liv, odd] = ['jane', 'liv', 'odd'].map((name) => `${name}@reviewers.example`);
    expect(mailed(scene)).toEqual([jane, jane, liv, odd]);
    expect(await scene.view('share_request')).toMatchObject({
      'K-1': {
        state: 'rejected',
        issues: [{ code: 'DUPLICATE', message: expect.stringMatching(/^Row R-1 /) }],
      },
      'R-1': { state: 'synced' },
      'R-2': {
        state: 'rejected',
        issues: [{ code: 'DUPLICATE', message: expect.stringMatching(/^Row R-1 /) }],
      },
      'R-3': { state: 'synced' },
    });
    // Withdrawn, the link goes on with the other request.
    await scene.rows(`delete from ats.share_requests where ats_id = 'R-1'`);
    for (const _ of [1, 2]) await scene.run(['sync']);
    expect(mailed(scene)).toHaveLength(4);
    expect(new Set(Object.values(await scene.states('share_request')))).toEqual(new Set(['synced', 'gone']));
  });

  it('a share request waits for a plan that has such links', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    await completed(scene, 1);
    scene.emulator.act.setPlan({ features: { advanced_share_links: false } });
    await scene.put('share_requests', aShareRequest('R-1', ['I-1'], ['jane', 'kit']));
    const refused = await syncAll(scene);
    expect([refused.code, refused.json]).toMatchObject([3, { pushed: { held: 2, rejected: 0 } }]);
    expect(scene.writes()).toEqual([]);
    expect((await scene.view('share_request'))['R-1']).toMatchObject({
      state: 'held',
      issues: [{ code: 'PLAN_LIMIT', field: null }],
    });
    expect(await scene.rows(openConflicts)).toEqual([
      { kind: 'plan_limit', ats_id: 'R-1/jane@reviewers.example' },
      { kind: 'plan_limit', ats_id: 'R-1/kit@reviewers.example' },
    ]);
    scene.emulator.act.setPlan({ features: { advanced_share_links: true } });
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(links(scene)).toEqual({ jane: 'active', kit: 'active' });
    expect((await scene.view('share_request'))['R-1']).toMatchObject({ state: 'synced', issues: [] });
    expect(await scene.rows(openConflicts)).toEqual([]);
  });

  it('a share request takes over a link made by hand, and asks before a deleted one is made again', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const [first, second] = await completed(scene, 2);
    const { emulator } = scene;
    const byHand = async (uuid: string) => {
      const body = { status: 'active', reviewers: [reviewer], interviews: [{ uuid }] };
      const answer = await fetch(`${emulator.url}/share_links`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${emulator.adminKey}:`).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(201);
      const [made] = (await answer.json()) as Array<{ uuid: string }>;
      return made!.uuid;
    };
    const reviewer = { name: 'Jane', email: 'Jane@reviewers.example' };
    const mine = await byHand(first!);
    await byHand(second!);
    expect((await syncAll(scene)).code).toBe(0);
    scene.writes();
    await scene.put('share_requests', aShareRequest('R-1', ['I-1'], ['jane']));
    const adopted = await scene.run(['apply']);
    expect([adopted.code, adopted.json]).toMatchObject([0, { pushed: { adopted: 1, created: 0 } }]);
    expect(scene.writes()).toEqual([]);
    expect((await scene.view('share_request'))['R-1']!.links).toMatchObject([{ sparkhire_uuid: mine }]);

    emulator.state.shareLinks.delete(mine);
    emulator.state.deleted.shareLinks.add(mine);
    expect((await scene.run(['backfill', '--resource', 'share_links'])).code).toBe(0);
    expect((await scene.run(['apply'])).code).toBe(3);
    expect((await scene.view('share_request'))['R-1']).toMatchObject({ state: 'conflict', links: [] });
    const [conflict] = await scene.rows<{ id: string; kind: string }>(
      'select id, kind from sync.conflicts where resolved_at is null',
    );
    expect(conflict!.kind).toBe('remote_deleted');
    const decided = await scene.command(['conflicts', 'resolve', conflict!.id, '--take', 'ats']).ended;
    expect(decided.code).toBe(0);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes().map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v1.0/share_links']);
    expect((await scene.view('share_request'))['R-1']!.links).toHaveLength(1);
  });

  it('a share request with another key goes on with its links, and nobody is written to again', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    await completed(scene, 2);
    const mail = { send_email: true };
    await scene.put('share_requests', aShareRequest('R-1', ['I-1', 'I-2'], ['jane', 'Liv', 'Odd'], mail));
    expect((await scene.run(['apply'])).code).toBe(0);
    const made = Object.values((await scene.view('share_request'))['R-1']!.links!);
    scene.writes();

    // Its interviews too, all in one; and one of the reviewers is named no more.
    const rows = async (sql: string) => scene.rows(sql);
    await rows('begin');
    await rows(`delete from ats.share_requests where ats_id = 'R-1'`);
    await scene.put('share_requests', aShareRequest('R-9', ['I-8', 'I-9'], ['Liv', 'jane'], mail));
    await rows(`update ats.interviews set ats_id = 'I-8' where ats_id = 'I-1'`);
    await rows(`update ats.interviews set ats_id = 'I-9' where ats_id = 'I-2'`);
    await rows('commit');
    for (let time = 0; time < 3; time += 1) await scene.run(['apply']);
    expect(scene.writes().map(({ method, body }) => [method, body])).toEqual([
      ['PUT', { status: 'inactive' }],
    ]);
    expect(links(scene)).toEqual({ jane: 'active', Liv: 'active', Odd: 'inactive' });
    expect(mailed(scene)).toHaveLength(3);
    const view = await scene.view('share_request');
    expect(view['R-9']).toMatchObject({ state: 'synced', issues: [] });
    const urls = (of: typeof made) => of.map(({ url }) => url).sort();
    const kept = made.filter(({ reviewer_email: email }) => !email.startsWith('Odd'));
    expect(urls(view['R-9']!.links!)).toEqual(urls(kept));
    expect(view['R-1']).toMatchObject({ state: 'gone' });
    expect(await scene.rows(openConflicts)).toEqual([]);

    // Withdrawn first, and wanted again in a later transaction: the same.
    await rows(`delete from ats.share_requests where ats_id = 'R-9'`);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(links(scene)).toEqual({ jane: 'inactive', Liv: 'inactive', Odd: 'inactive' });
    await scene.put('share_requests', aShareRequest('R-10', ['I-8', 'I-9'], ['Liv', 'jane'], mail));
    for (let time = 0; time < 2; time += 1) expect((await scene.run(['apply'])).code).toBe(0);
    expect(links(scene)).toEqual({ jane: 'active', Liv: 'active', Odd: 'inactive' });
    // So is a reviewer who is named by another request from then on.
    await scene.put('share_requests', aShareRequest('R-10', ['I-8', 'I-9'], ['Liv'], mail));
    expect((await scene.run(['apply'])).code).toBe(0);
    await scene.put('share_requests', aShareRequest('R-11', ['I-8', 'I-9'], ['jane'], mail));
    for (let time = 0; time < 2; time += 1) expect((await scene.run(['apply'])).code).toBe(0);
    expect(urls((await scene.view('share_request'))['R-11']!.links!)).toEqual(
      urls(kept.filter(({ reviewer_email: email }) => email.startsWith('jane'))),
    );
    expect(links(scene)).toEqual({ jane: 'active', Liv: 'active', Odd: 'inactive' });
    expect(mailed(scene)).toHaveLength(3);
  });

  it('a share request that comes days after the same was withdrawn is asked about, and after a month a new wish', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    await completed(scene, 1);
    const request = aShareRequest('R-1', ['I-1'], ['jane'], { send_email: true });
    await scene.put('share_requests', request);
    await scene.run(['apply']);
    await scene.rows('delete from ats.share_requests');
    await scene.run(['apply']);
    await scene.later(3 * 86_400);
    await scene.put('share_requests', { ...request, ats_id: 'R-2' });
    expect((await syncAll(scene)).code).toBe(3);
    expect(await scene.rows(openConflicts)).toMatchObject([{ kind: 'possible_duplicate' }]);
    expect(mailed(scene)).toHaveLength(1);
    await scene.rows('delete from ats.share_requests');
    await scene.run(['apply']);
    await scene.later(31 * 86_400);
    await scene.put('share_requests', { ...request, ats_id: 'R-3' });
    expect((await syncAll(scene)).code).toBe(0);
    expect(mailed(scene)).toHaveLength(2);
    expect(await scene.rows(openConflicts)).toEqual([]);
  });

  it('a link that a person closed stays closed where its request gets another key', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    await completed(scene, 1);
    const { state } = scene.emulator;
    const request = aShareRequest('R-1', ['I-1'], ['jane', 'kit'], { send_email: true });
    await scene.put('share_requests', request);
    expect((await scene.run(['apply'])).code).toBe(0);
    const jane = [...state.shareLinks.values()].find(({ reviewer }) => reviewer.name === 'jane')!;
    state.shareLinks.change(jane, () => {
      jane.status = 'inactive';
    });
    expect((await syncAll(scene)).code).toBe(0);
    scene.writes();
    await scene.rows('begin');
    await scene.rows('delete from ats.share_requests');
    // Nor is it opened, or doubled, while the request cannot be used.
    await scene.put('share_requests', { ...request, ats_id: 'R-2', reviewers: null });
    await scene.rows('commit');
    await scene.run(['apply']);
    await scene.put('share_requests', { ...request, ats_id: 'R-2' });
    await scene.run(['apply']);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    expect(links(scene)).toEqual({ jane: 'inactive', kit: 'active' });
    expect(await scene.states('share_request')).toEqual({ 'R-1': 'gone', 'R-2': 'synced' });

    // It goes on as it was: closed and opened in the ATS, it opens.
    for (const status of ['inactive', 'active']) {
      await scene.put('share_requests', { ...request, ats_id: 'R-2', status });
      expect((await scene.run(['apply'])).code).toBe(0);
    }
    expect(links(scene)).toEqual({ jane: 'active', kit: 'active' });
    expect(state.shareLinks.size).toBe(2);
  });

  it('links of a request that is closed keep it when it gets another key, and nobody is written to again', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    await completed(scene, 1);
    const closed = aShareRequest('R-1', ['I-1'], ['jane'], { send_email: true, status: 'inactive' });
    await scene.put('share_requests', closed);
    expect((await scene.run(['apply'])).code).toBe(0);
    const before = mailed(scene).length;
    scene.writes();
    await scene.rows(`update ats.share_requests set ats_id = 'R-2'`);
    for (let time = 0; time < 2; time += 1) expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    expect(mailed(scene)).toHaveLength(before);
    expect(await scene.states('share_request')).toEqual({ 'R-1': 'gone', 'R-2': 'synced' });
    expect(links(scene)).toEqual({ jane: 'inactive' });
  });
});
