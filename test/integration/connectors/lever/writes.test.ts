/** Results written into Lever: what is looked for, what is written, and what is not written twice. */
import { describe, expect, it } from 'vitest';
import type { LeverOptions, Opportunity } from '#emulators/ats-emulator/lever/index';
import type { Result, Sent } from '../../../../src/connectors/connector.js';
import type { LeverSettings } from '../../../../src/connectors/lever/settings.js';
import { type ConnectedLever, connectLever } from './fixture.js';

const signal = new AbortController().signal;
const uuid = '5a5a5a5a-0000-4000-8000-000000000001';
const watch = `https://www.sparkhire.com/interview/${uuid}/watch`;

async function invited(options: LeverOptions = {}, settings: Partial<LeverSettings> = {}) {
  const scene = await connectLever(options, {}, settings);
  const one = scene.lever.act.apply({
    stage: 'Video interview',
    name: 'Ann Baker',
    emails: ['ann@home.test'],
  });
  scene.asked();
  return Object.assign(scene, { one });
}

function resultFor(one: Opportunity, kind: Result['kind'], more: Partial<Result> = {}): Result {
  const { toStageId, updatedAt } = one.stageChanges.at(-1)!;
  const state = more.state ?? 'completed';
  return {
    marker: `[sparkhire-sync ${uuid} ${state}]`,
    kind,
    state,
    applicationId: one.id,
    entryId: `${one.id}:${toStageId}:${updatedAt}`,
    text: kind === 'note' ? `Completed.\n[sparkhire-sync ${uuid} ${state}]` : '',
    links: [watch],
    target: '',
    ownStages: [],
    isLost: false,
    ...more,
  };
}

/** Looks, and writes where nothing is there. @returns what was found or done */
async function tell({ connector }: ConnectedLever, result: Result): Promise<string> {
  const found = (await connector.writer!.look([result], signal)).get(result.marker)!;
  if (found.is !== 'absent') return found.is === 'overtaken' ? found.reason : found.is;
  let left = 0;
  const sent: Sent = await found.write(async () => void left++, signal);
  return `${sent.outcome}${left > 1 ? ` in ${left}` : ''}${found.isDoubtful ? ', in doubt' : ''}`;
}

describe('a result in Lever', () => {
  it.each(['link', 'tag', 'note'] as const)('as a %s is written once, and found afterwards', async (kind) => {
    const scene = await invited();
    expect(await tell(scene, resultFor(scene.one, kind))).toBe('done');
    expect(await tell(scene, resultFor(scene.one, kind))).toBe('there');
    expect([scene.one.links, scene.one.tags.slice(1), [...scene.lever.state.notes.values()].length]).toEqual([
      kind === 'link' ? [watch] : [],
      kind === 'tag' ? ['Spark Hire: completed'] : [],
      kind === 'note' ? 1 : 0,
    ]);
  });

  it.each(['link', 'tag', 'note'] as const)(
    'as a %s whose answer was lost is found by a look',
    async (kind) => {
      const scene = await invited();
      scene.lever.faults.add({ method: 'POST', nth: 1, effect: { kind: 'reset', when: 'after' } });
      expect(await tell(scene, resultFor(scene.one, kind))).toBe('unknown');
      expect(await tell(scene, resultFor(scene.one, kind, { isLost: true }))).toBe('there');
    },
  );

  it('as a link counts as there by any address of the interview, however it is written', async () => {
    const scene = await invited({ switches: { linksAreSet: 'yes' } });
    scene.lever.act.edit({ opportunity: scene.one.id, links: [`${watch.toUpperCase()}/`] });
    const shared = resultFor(scene.one, 'link', { links: ['https://share.test/x', watch] });
    expect(await tell(scene, shared)).toBe('there');
  });

  it('as a link is a tag while there is nothing to watch', async () => {
    const scene = await invited();
    expect(await tell(scene, resultFor(scene.one, 'link', { state: 'invited', links: [] }))).toBe('done');
    expect([scene.one.links, scene.one.tags.at(-1)]).toEqual([[], 'Spark Hire: invited']);
  });

  it('as a tag takes the place of the tag before, and leaves those of people', async () => {
    const scene = await invited();
    const tags = scene.one.tags;
    await tell(scene, resultFor(scene.one, 'tag', { state: 'invited' }));
    expect(await tell(scene, resultFor(scene.one, 'tag'))).toBe('done in 2');
    expect(scene.one.tags).toEqual([...tags, 'Spark Hire: completed']);
  });

  it.each(['link', 'note'] as const)('as a %s takes the tag of another state away', async (kind) => {
    const scene = await invited();
    await tell(scene, resultFor(scene.one, 'tag', { state: 'invited' }));
    scene.lever.faults.add({ path: /removeTags/, nth: 1, effect: { kind: 'reset', when: 'before' } });
    expect(await tell(scene, resultFor(scene.one, kind))).toBe('unknown in 2');
    expect(await tell(scene, resultFor(scene.one, kind, { isLost: true }))).toBe('done');
    expect(await tell(scene, resultFor(scene.one, kind))).toBe('there');
    expect([scene.one.tags.length, scene.lever.state.notes.size + scene.one.links.length]).toEqual([1, 1]);
  });

  it('whose tag was added and the one before not taken away, since the process died, is put right', async () => {
    const scene = await invited();
    await tell(scene, resultFor(scene.one, 'tag', { state: 'invited' }));
    scene.lever.faults.add({ path: /removeTags/, nth: 1, effect: { kind: 'reset', when: 'before' } });
    expect(await tell(scene, resultFor(scene.one, 'tag'))).toBe('unknown in 2');
    expect(await tell(scene, resultFor(scene.one, 'tag', { isLost: true }))).toBe('done');
    expect(scene.one.tags.filter((tag) => tag.startsWith('Spark Hire'))).toEqual(['Spark Hire: completed']);
  });

  it('as a note is in doubt where it was lost and Lever shows no notes at all', async () => {
    const scene = await invited();
    scene.lever.faults.add({ method: 'POST', nth: 1, effect: { kind: 'reset', when: 'before' } });
    expect(await tell(scene, resultFor(scene.one, 'note'))).toBe('unknown');
    expect(await tell(scene, resultFor(scene.one, 'note', { isLost: true }))).toBe('done, in doubt');
  });

  it('is missing where the opportunity is gone, and an error where Lever shows none at all', async () => {
    const scene = await invited({ switches: { missingRight: 'empty' } }, { from: 'all' });
    await scene.pull();
    const gone = scene.lever.act.apply();
    scene.lever.act.deleteOpportunity({ opportunity: gone.id });
    expect(await tell(scene, resultFor(gone, 'tag'))).toBe('missing');
    scene.lever.act.revokeRight({ right: 'opportunities:read' });
    await expect(tell(scene, resultFor(scene.one, 'tag'))).rejects.toMatchObject({ code: 'ATS_FORBIDDEN' });
  });

  it('that cannot be looked for keeps no other from being written, and is an error where none can be', async () => {
    const scene = await invited();
    const other = scene.lever.act.apply({ stage: 'Video interview', name: 'Bob', emails: ['bob@home.test'] });
    scene.lever.faults.add({
      path: new RegExp(`/opportunities/${scene.one.id}`),
      effect: { kind: 'status', status: 403 },
    });
    const [his, hers] = [resultFor(other, 'tag', { marker: 'his' }), resultFor(scene.one, 'tag')];
    const found = await scene.connector.writer!.look([hers, his], signal);
    expect([found.get('his')!.is, found.get(hers.marker)!.is]).toEqual(['absent', 'failed']);
    await expect(scene.connector.writer!.look([hers], signal)).rejects.toMatchObject({
      code: 'ATS_FORBIDDEN',
    });
  });

  it('never takes a name or an address from the answer to a write, which may show none', async () => {
    const scene = await invited({}, { from: 'all' });
    await scene.pull();
    await tell(scene, resultFor(scene.one, 'tag'));
    await scene.pull();
    expect(await scene.rows('select candidate_name, candidate_email from ats.interviews')).toEqual([
      { candidate_name: 'Ann Baker', candidate_email: 'ann@home.test' },
    ]);
  });
});

describe('in whose name a result is written', () => {
  const byWhom = ({ lever }: ConnectedLever) =>
    lever.requests
      .filter(({ method }) => method === 'POST')
      .map(({ query, status }) => `${new URLSearchParams(query).get('perform_as') ?? 'nobody'} ${status}`);

  it("is nobody's, or where Lever does not take that, the owner's of the opportunity", async () => {
    const open = await invited();
    await tell(open, resultFor(open.one, 'tag'));
    expect(byWhom(open)).toEqual(['nobody 200']);
    const strict = await invited({ switches: { performAs: 'required' } });
    await tell(strict, resultFor(strict.one, 'note'));
    expect(byWhom(strict)).toEqual(['nobody 400', `${strict.one.owner} 201`]);
    await tell(strict, resultFor(strict.one, 'tag'));
    expect(byWhom(strict).at(-2)).toBe(`${strict.one.owner} 201`);
  });

  it('is the user of the settings, by id or address', async () => {
    const scene = await invited({ switches: { performAs: 'required' } });
    const { id, email } = scene.lever.act.addUser({ email: 'Bot@fjellvik.example.com' });
    scene.reconnect({}, { performAs: email.toLowerCase() });
    await tell(scene, resultFor(scene.one, 'tag'));
    scene.reconnect({}, { performAs: id });
    await tell(scene, resultFor(scene.one, 'note'));
    expect(byWhom(scene)).toEqual([`${id} 200`, `${id} 201`]);
  });

  it('is told to be missing where nobody can be named: nothing is given up for it', async () => {
    const scene = await invited({ switches: { performAs: 'required' } });
    scene.lever.act.edit({ opportunity: scene.one.id, owner: null });
    await expect(tell(scene, resultFor(scene.one, 'tag'))).rejects.toMatchObject({
      code: 'ATS_FORBIDDEN',
      remedy: expect.stringContaining('ats.performAs'),
    });
    scene.reconnect({}, { performAs: 'nobody@fjellvik.example.com' });
    await expect(tell(scene, resultFor(scene.one, 'tag'))).rejects.toMatchObject({
      remedy: expect.stringContaining('ats.performAs'),
    });
  });
});

describe('a move in Lever', () => {
  const to = (one: Opportunity, more: Partial<Result> = {}) =>
    resultFor(one, 'move', { target: 'on-site interview', ...more });

  it('goes to the stage of the settings, and is there afterwards', async () => {
    const scene = await invited();
    expect(await tell(scene, to(scene.one))).toBe('done');
    expect(scene.lever.state.stages.get(scene.one.stage)?.text).toBe('On-site interview');
    expect(await tell(scene, to(scene.one))).toBe('there');
  });

  it.each([
    ['to a stage that is not there', { target: 'Nowhere' }, () => {}, 'Lever has no stage “Nowhere”'],
    [
      'to a stage that invites',
      { target: 'Video interview' },
      ({ lever, one }: Awaited<ReturnType<typeof invited>>) =>
        lever.act.moveToStage({ opportunity: one.id, stage: 'Offer' }),
      'people are invited because of the stage “Video interview”',
    ],
    [
      'of who was moved by somebody',
      {},
      ({ lever, one }: Awaited<ReturnType<typeof invited>>) =>
        lever.act.moveToStage({ opportunity: one.id, stage: 'Offer' }),
      'somebody moved the application to another stage meanwhile',
    ],
    [
      'of who is archived',
      {},
      ({ lever, one }: Awaited<ReturnType<typeof invited>>) => lever.act.archive({ opportunity: one.id }),
      'the application has ended',
    ],
  ] as const)('%s is not made', async (_, more, happens, why) => {
    const scene = await invited();
    const result = to(scene.one, more);
    happens(scene);
    expect(await tell(scene, result)).toBe(why);
    expect(scene.lever.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('is not made of who was moved between the look and the write', async () => {
    const scene = await invited();
    const found = (await scene.connector.writer!.look([to(scene.one)], signal)).values().next().value!;
    scene.lever.act.moveToStage({ opportunity: scene.one.id, stage: 'Offer' });
    const sent = found.is === 'absent' && (await found.write(async () => {}, signal));
    expect(sent).toMatchObject({ outcome: 'refused' });
    expect(scene.lever.state.stages.get(scene.one.stage)?.text).toBe('Offer');
  });
});
