/** The program is killed while links are made for reviewers. */
import { expect, it } from 'vitest';
import { killAround } from '../../support/kill-around.js';
import { aShareRequest, openPushScene } from '../../support/push-scene.js';
import { completed, mailed, openConflicts } from '../../support/share-requests.js';

it('a share request makes one link a reviewer, whenever the process is killed and whatever answers are lost', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  // One more for each round: two requests that say the same are one.
  await completed(scene, 13);
  const { emulator } = scene;
  const isPost = ({ method, path }: { method: string; path: string }) =>
    method === 'POST' && path === '/v1.0/share_links';
  const rounds = [
    ['before', 1],
    ['after', 2],
    ['during', 1],
    ['after', 5],
  ] as const;
  const wanted: string[] = [];
  const put = async (round: number) => {
    // The same reviewers again and again, for interviews that overlap.
    const own = `I-${round + 4}`;
    const sets = [[own], ['I-1', own], ['I-2', own, 'I-1']];
    const requests = sets.map((set, n) =>
      aShareRequest(`R-${round}-${n}`, set, ['jane', `r${round}`], { send_email: true }),
    );
    wanted.push(...requests.flatMap(({ reviewers }) => reviewers.map(({ email }) => email)));
    await scene.put('share_requests', ...requests);
  };
  for (const [round, [when, nth]] of rounds.entries()) {
    await put(round);
    const program = scene.process(['apply', '--json'], { SYNC_SETTLE_SECONDS: '0.5' });
    killAround(scene.emulator, when, isPost, nth, program);
    expect((await program.ended).signal).toBe('SIGKILL');
  }
  // What the killed ones left behind is brought to its end first.
  expect((await scene.run(['apply'])).code).toBe(0);
  // A process that lives on, and loses answers in every way.
  for (const [at, effect] of (
    [
      { kind: 'reset', when: 'after' },
      { kind: 'reset', when: 'before' },
      { kind: 'hang', when: 'after' },
      { kind: 'truncated' },
      { kind: 'html' },
      { kind: 'wrong-shape' },
    ] as const
  ).entries()) {
    await put(rounds.length + at);
    emulator.faults.add({ method: 'POST', path: /\/share_links$/, count: 2, effect });
    const lost = await scene.run(['apply']);
    expect([effect, lost.code]).toEqual([effect, 0]);
  }
  const last = await scene.run(['apply']);
  expect([last.code, last.json]).toMatchObject([0, { ok: true }]);
  expect(new Set(Object.values(await scene.states('share_request')))).toEqual(new Set(['synced']));
  // Every reviewer of every request has one link, and all of them show what was asked for.
  expect([...emulator.state.shareLinks.values()].map(({ reviewer }) => reviewer.email).sort()).toEqual(
    wanted.sort(),
  );
  expect(mailed(scene)).toEqual(wanted.sort());
  const shown = await scene.rows<{ ats_id: string; wanted: string[]; shown: string[] }>(
    `select r.ats_id, array(select i.uuid::text from sync.links i
         where i.resource = 'interviews' and i.ats_id = any(r.interview_ats_ids) order by 1) as wanted,
       array(select u::text from unnest(m.interview_uuids) u order by 1) as shown
     from ats.share_requests r join ats.share_request_sync s using (account, ats_id)
     cross join jsonb_array_elements(s.links) l
     join sparkhire.share_links m on m.uuid = (l ->> 'sparkhire_uuid')::uuid`,
  );
  expect(shown).toHaveLength(wanted.length);
  for (const one of shown) expect([one.ats_id, one.shown]).toEqual([one.ats_id, one.wanted]);
  expect(await scene.rows(openConflicts)).toEqual([]);
  scene.writes();
  await scene.run(['apply']);
  expect(scene.writes()).toEqual([]);
});
