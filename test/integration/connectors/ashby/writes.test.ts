/** What is written into Ashby: notes found again by their marker, moves that look before, webhooks without a list of them. */
import { describe, expect, it } from 'vitest';
import type { AshbyOptions } from '#emulators/ats-emulator/ashby/index';
import type { Found, Result, Sent } from '../../../../src/connectors/connector.js';
import { type AshbyConnected, applicant, connectAshby, lastEntry } from './fixture.js';

const marker = '[sparkhire-sync 5a completed]';
const text = `Completed the video interview with <Spark Hire> & co.\nRating: 4 of 5.\n${marker}`;

function resultOf(scene: AshbyConnected, applicationId: string, more: Partial<Result> = {}): Result {
  return {
    marker,
    kind: 'note',
    state: 'completed',
    applicationId,
    entryId: lastEntry(scene, applicationId),
    text,
    links: [],
    target: '',
    ownStages: [],
    isLost: false,
    ...more,
  };
}

const look = async ({ connector, session }: AshbyConnected, result: Result) =>
  (await connector.writer!.look([result], session.signal)).get(result.marker)!;

const write = async ({ session }: AshbyConnected, found: Found): Promise<Sent> =>
  found.is === 'absent' ? found.write(async () => {}, session.signal) : Promise.reject(new Error(found.is));

const notesOf = ({ ashby }: AshbyConnected) => [...ashby.state.notes.values()].map(({ content }) => content);

async function opened(switches: AshbyOptions['switches'] = {}) {
  const scene = await connectAshby({ switches });
  return { scene, ...applicant(scene) };
}

describe('a note', () => {
  it.each(['as-sent', 'html'] as const)('is written once and found again (%s)', async (noteContent) => {
    const { scene, id } = await opened({ noteContent, pageCap: 2 });
    for (let i = 0; i < 5; i++)
      scene.ashby.act.addNote({
        candidate_id: scene.ashby.state.applications.one(id).candidateId,
        content: `${i}`,
      });
    const sent = await write(scene, await look(scene, resultOf(scene, id)));
    expect(sent).toMatchObject({ outcome: 'done', reference: expect.any(String) });
    expect(await look(scene, resultOf(scene, id))).toEqual({
      is: 'there',
      reference: (sent as { reference: string }).reference,
    });
    expect(notesOf(scene).filter((one) => one.includes(marker))).toHaveLength(1);
    expect(scene.ashby.requests.find(({ path }) => path === '/candidate.createNote')!.body).toMatchObject({
      note: { type: 'text/plain', value: text },
      sendNotifications: false,
    });
  });

  it('whose answer was lost is unknown, and found by the next look', async () => {
    const { scene, id } = await opened();
    scene.ashby.faults.add({ path: /createNote/, nth: 1, effect: { kind: 'reset', when: 'after' } });
    expect(await write(scene, await look(scene, resultOf(scene, id)))).toEqual({ outcome: 'unknown' });
    expect(await look(scene, resultOf(scene, id, { isLost: true }))).toMatchObject({ is: 'there' });
    expect(notesOf(scene)).toHaveLength(1);
  });

  it('is written on the candidate that the application has by then', async () => {
    const { scene, id, candidateId } = await opened();
    const winner = scene.ashby.act.apply();
    scene.ashby.act.merge({ winner_id: winner.candidateId, loser_id: candidateId });
    await write(scene, await look(scene, resultOf(scene, id)));
    expect([...scene.ashby.state.notes.values()].map((note) => note.candidateId)).toEqual([
      winner.candidateId,
    ]);
  });

  it('that Ashby refuses with status 200 is refused, with its words', async () => {
    const { scene, id } = await opened();
    const found = await look(scene, resultOf(scene, id, { text: '' }));
    scene.ashby.act.deleteCandidate({ candidate_id: scene.ashby.state.applications.one(id).candidateId });
    expect(await write(scene, found)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/candidate.createNote was refused: There is no such candidate/),
    });
  });

  it('without the right is no refusal of this note', async () => {
    const { scene, id } = await opened({ missingPermission: '200' });
    scene.ashby.act.revokePermission({ permission: 'candidatesWrite' });
    await expect(write(scene, await look(scene, resultOf(scene, id)))).rejects.toMatchObject({
      code: 'ATS_FORBIDDEN',
    });
  });

  it('of an application that is not shown is missing', async () => {
    const { scene, id, candidateId } = await opened();
    const result = resultOf(scene, id);
    scene.ashby.act.apply();
    scene.ashby.act.deleteCandidate({ candidate_id: candidateId });
    expect(await look(scene, result)).toEqual({ is: 'missing' });
  });
});

describe('a move', () => {
  const move = (scene: AshbyConnected, id: string, target: string, more: Partial<Result> = {}) =>
    resultOf(scene, id, { kind: 'move', target, ownStages: [target], text: '', ...more });
  const stageOf = ({ ashby }: AshbyConnected, id: string) =>
    ashby.state.stages.one(ashby.state.applications.one(id).stageId).title;

  it.each(['whole', 'id-only'] as const)(
    'goes to the stage of that name, once (%s)',
    async (stageOfApplication) => {
      const { scene, id } = await opened({ stageOfApplication });
      const result = move(scene, id, ' onsite');
      expect(await write(scene, await look(scene, result))).toMatchObject({ outcome: 'done' });
      expect(stageOf(scene, id)).toBe('Onsite');
      expect(await look(scene, result)).toMatchObject({ is: 'there' });
    },
  );

  it.each([
    ['the job has no such stage', 'Nowhere', 'its job has no stage “Nowhere”'],
    [
      'it would archive',
      'Archived',
      'Ashby archives an application for a reason only, which a person has to give',
    ],
  ])('is not made where %s', async (_, target, reason) => {
    const { scene, id } = await opened();
    expect(await look(scene, move(scene, id, target))).toEqual({ is: 'overtaken', reason });
  });

  it('is not made into a stage that invites, nor for somebody who was moved or has ended', async () => {
    const { scene, id } = await opened();
    expect(await look(scene, move(scene, id, 'Onsite', { ownStages: [] }))).toMatchObject({ is: 'absent' });
    const result = move(scene, id, 'Onsite');
    const other = scene.ashby.act.apply({ stage: 'Phone Screen' });
    expect(await look(scene, move(scene, other.id, 'Video interview'))).toEqual({
      is: 'overtaken',
      reason: 'people are invited because of the stage “Video interview”',
    });
    scene.ashby.act.moveToStage({ application_id: id, stage: 'Offer' });
    expect(await look(scene, result)).toEqual({
      is: 'overtaken',
      reason: 'somebody moved the application to another stage meanwhile',
    });
    scene.ashby.act.archive({ application_id: other.id });
    expect(await look(scene, move(scene, other.id, 'Onsite'))).toEqual({
      is: 'overtaken',
      reason: 'the application has ended',
    });
  });

  it('looks once more just before: who was moved meanwhile stays where they are', async () => {
    const { scene, id } = await opened();
    const found = await look(scene, move(scene, id, 'Onsite'));
    scene.ashby.act.moveToStage({ application_id: id, stage: 'Offer' });
    expect(await write(scene, found)).toMatchObject({ outcome: 'refused' });
    expect(stageOf(scene, id)).toBe('Offer');
  });
});

describe('webhooks that this program makes', () => {
  const url = 'http://127.0.0.1:9/ats/default';

  async function scene() {
    const connected = await connectAshby(
      { switches: { createPing: 'no' } },
      { ATS_WEBHOOK_SECRET: 'a-secret' },
    );
    const remembered: Array<Record<string, string>> = [];
    const memory = {
      read: async () => ({ ...remembered.at(-1) }),
      write: async (values: Record<string, string>) => void remembered.push({ ...values }),
    };
    return {
      ...connected,
      remembered,
      ensure: (at = url) => connected.connector.subscriptions!.ensure(at, memory, connected.session.signal),
      there: () => [...connected.ashby.state.webhooks.values()],
    };
  }

  it('are made once each; each is remembered before it is made, and by its id after', async () => {
    const { ensure, there, remembered, asked } = await scene();
    expect(await ensure()).toBeNull();
    expect(
      there().map(({ webhookType, requestUrl, secretToken }) => [webhookType, requestUrl, secretToken]),
    ).toEqual(
      ['candidateStageChange', 'applicationSubmit', 'candidateDelete'].map((one) => [one, url, 'a-secret']),
    );
    expect(remembered[0]).toEqual({ candidateStageChange: '' });
    expect(remembered.at(-1)).toEqual(
      Object.fromEntries(there().map(({ webhookType, id }) => [webhookType, id])),
    );
    asked();
    expect(await ensure()).toBeNull();
    expect(asked()).toEqual(['webhook.info', 'webhook.info', 'webhook.info']);
  });

  it('that were switched off, or lead elsewhere, are mended; one that was deleted is made anew', async () => {
    const { ensure, there, ashby } = await scene();
    await ensure();
    const [first, second, third] = there();
    ashby.state.webhooks.change(first!.id, { enabled: false });
    ashby.state.webhooks.change(second!.id, { secretToken: 'another' });
    ashby.state.webhooks.delete(third!.id);
    expect(await ensure('http://127.0.0.1:9/other')).toBeNull();
    expect(there().map(({ enabled, requestUrl, secretToken }) => [enabled, requestUrl, secretToken])).toEqual(
      [1, 2, 3].map(() => [true, 'http://127.0.0.1:9/other', 'a-secret']),
    );
  });

  it('one that was made and not answered for is told, and no second one is made', async () => {
    const { ensure, there, ashby } = await scene();
    ashby.faults.add({ path: /webhook.create/, nth: 1, effect: { kind: 'reset', when: 'after' } });
    await expect(ensure()).rejects.toMatchObject({ code: 'ATS_FAILED' });
    expect(await ensure()).toMatch(/candidateStageChange.*Delete it in Ashby/);
    expect(there()).toHaveLength(3);
    ashby.state.webhooks.delete(there()[0]!.id);
    expect(await ensure()).toBeNull();
  });
});
