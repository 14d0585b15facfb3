/** Reading Lever: what is the ATS's alone, each a trap that others have fallen into. */
import { describe, expect, it } from 'vitest';
import type { LeverRequest } from '#emulators/ats-emulator/lever/index';
import { type ConnectedLever, connectLever, hasten } from './fixture.js';

const rows = async (scene: ConnectedLever) =>
  (
    await scene.rows<{ row: string }>(
      `select candidate_email || ' ' || coalesce(desired, 'invited') as row from ats.interviews order by 1`,
    )
  ).map(({ row }) => row);
const skipped = (scene: ConnectedLever) =>
  scene.rows('select application_id, reason from sync.ats_skipped order by reason');

/** Once, after the answer to the nth list of opportunities. */
function afterPage(scene: ConnectedLever, nth: number, what: () => void): void {
  let lists = 0;
  scene.lever.onAnswer(({ path }: LeverRequest) => {
    if (path === '/v1/opportunities' && ++lists === nth) what();
  });
}

describe('an opportunity of Lever', () => {
  it('is invited by its entry into the stage, under a key of opportunity, stage and time', async () => {
    const scene = await connectLever();
    await scene.pull();
    const { id, contact, stage, stageChanges, applications } = scene.lever.act.apply({
      stage: 'Video interview',
      name: 'Zoë Müller',
      emails: ['not an address', 'zoe@home.test'],
    });
    await scene.pull();
    const entry = `${id}:${stage}:${stageChanges.at(-1)!.updatedAt}`;
    const posting = scene.lever.state.applications.get(applications[0]!)!.posting;
    expect(
      await scene.rows(
        'select ats_id, job_ats_id, candidate_name, candidate_email, candidate_phone, extra from ats.interviews',
      ),
    ).toEqual([
      {
        ats_id: `lv-${entry}`,
        job_ats_id: posting,
        candidate_name: 'Zoë Müller',
        candidate_email: 'zoe@home.test',
        candidate_phone: null,
        extra: {
          connector: 'lever',
          application_id: id,
          candidate_id: contact,
          entry_id: entry,
          requested_by: stageChanges.at(-1)!.userId,
          url: `https://hire.example.com/candidates/${id}`,
        },
      },
    ]);
  });

  it('whose application cannot be read, or that is listed in another form, keeps no other from being invited', async () => {
    const scene = await connectLever({ switches: { expand: 'ignored' } }, { ATS_FROM: 'all' });
    await scene.pull();
    const enter = (name: string) =>
      scene.lever.act.apply({ stage: 'Video interview', emails: [`${name}@home.test`] });
    const [ann, , cid] = [enter('ann'), enter('bob'), enter('cid')];
    const mend = scene.lever.faults.add({
      path: new RegExp(`/opportunities/${ann.id}/applications`),
      effect: { kind: 'status', status: 422 },
    });
    const { contact } = cid;
    Object.assign(cid, { contact: 7 });
    await scene.pull();
    expect(await rows(scene)).toEqual(['bob@home.test invited']);
    scene.lever.faults.remove(mend);
    Object.assign(cid, { contact });
    await hasten(scene, 'unshown');
    await scene.pull();
    expect(await rows(scene)).toEqual([
      'ann@home.test invited',
      'bob@home.test invited',
      'cid@home.test invited',
    ]);
  });

  it('that stood in the stage before the connector came is not invited, nor later by what is done to it', async () => {
    const scene = await connectLever();
    const { id } = scene.lever.act.apply({ stage: 'Video interview', emails: ['ann@home.test'] });
    await scene.pull();
    scene.lever.act.addNote({ opportunity: id, value: 'Called.' });
    scene.lever.act.edit({ opportunity: id, tags: ['Night shifts'] });
    await scene.pull();
    await hasten(scene, 'standing');
    await scene.pull();
    expect([await rows(scene), await skipped(scene)]).toEqual([
      [],
      [{ application_id: id, reason: 'before_from' }],
    ]);
  });

  it('that is archived, of no posting, without an address, anonymized or confidential is skipped for that', async () => {
    const scene = await connectLever();
    await scene.pull();
    const { act } = scene.lever;
    const at = { stage: 'Video interview' };
    act.archive({ opportunity: act.apply(at).id, reason: 'Hired' });
    act.addLead(at);
    act.apply({ ...at, emails: [] });
    act.anonymize({ opportunity: act.apply(at).id });
    act.apply({ ...at, confidentiality: 'confidential' });
    await scene.pull();
    expect((await skipped(scene)).map(({ reason }) => reason)).toEqual([
      'anonymized',
      'no_email',
      'not_active',
      'prospect',
    ]);
    scene.reconnect({}, { include: { private: true, confidential: false } });
    await scene.pull();
    expect(await rows(scene)).toHaveLength(1);
  });

  it('of a confidential posting is skipped, and invited where the settings include such postings', async () => {
    const scene = await connectLever({}, { ATS_FROM: 'all' });
    const posting = scene.lever.act.addPosting({ confidentiality: 'confidential' });
    scene.lever.act.apply({ stage: 'Video interview', posting: posting.id });
    await scene.pull();
    expect((await skipped(scene)).map(({ reason }) => reason)).toEqual([]);
    scene.reconnect({}, { include: { private: false, confidential: true } });
    await scene.pull();
    expect(await rows(scene)).toHaveLength(1);
  });

  it('that comes back to the stage is another entry, which is not invited unless the settings say so', async () => {
    const scene = await connectLever();
    await scene.pull();
    const { id: opportunity } = scene.lever.act.apply({ stage: 'Video interview' });
    await scene.pull();
    await scene.rows(
      `insert into sync.links (resource, ats_id, uuid, how) select 'interviews', ats_id, gen_random_uuid(), 'created' from ats.interviews`,
    );
    scene.lever.act.moveToStage({ opportunity, stage: 'Offer' });
    scene.lever.act.moveToStage({ opportunity, stage: 'Video interview' });
    expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
    expect(await skipped(scene)).toEqual([{ application_id: opportunity, reason: 'already_invited' }]);
  });

  it('of several applications is for the posting of the latest one that is open', async () => {
    const scene = await connectLever();
    await scene.pull();
    const { act } = scene.lever;
    scene.lever.clock.advance(-1000);
    const { id: opportunity } = act.apply({ stage: 'Phone screen' });
    const second = act.addPosting({ text: 'Second' });
    scene.lever.clock.advance(1000);
    act.applyFor({ opportunity, posting: second.id });
    act.moveToStage({ opportunity, stage: 'Video interview' });
    await scene.pull();
    expect(await scene.rows('select job_ats_id from ats.interviews')).toEqual([{ job_ats_id: second.id }]);
  });

  it('is told by the stage of the settings, by its name or the id that it has for all postings, and by the posting', async () => {
    const scene = await connectLever();
    const { act, state } = scene.lever;
    const stage = [...state.stages.values()].find(({ text }) => text === 'Video interview')!;
    const one = act.addPosting({ text: 'Night Porter' });
    scene.reconnect({}, { triggers: [{ stage: stage.id, jobs: ['night porter'], package: 'standard' }] });
    await scene.pull();
    act.apply({ stage: 'Video interview', emails: ['other@home.test'] });
    act.apply({ stage: 'Video interview', posting: one.id, emails: ['porter@home.test'] });
    await scene.pull();
    expect(await rows(scene)).toEqual(['porter@home.test invited']);
    scene.reconnect({}, { triggers: [{ stage: stage.id, jobs: [one.id], package: 'standard' }] });
    await scene.pull();
    act.apply({ stage: 'Video interview', posting: one.id, emails: ['second@home.test'] });
    await scene.pull();
    expect(await rows(scene)).toEqual(['porter@home.test invited', 'second@home.test invited']);
  });

  it('that was deleted is taken back once it was asked for twice and was not there', async () => {
    const scene = await connectLever({}, { ATS_ON_LEAVE: 'cancel' });
    await scene.pull();
    const { id: opportunity } = scene.lever.act.apply({
      stage: 'Video interview',
      emails: ['ann@home.test'],
    });
    scene.lever.act.apply({ stage: 'Video interview', emails: ['bob@home.test'] });
    await scene.pull();
    scene.lever.act.deleteOpportunity({ opportunity });
    for (const expected of ['ann@home.test invited', 'ann@home.test canceled']) {
      await hasten(scene, 'applications');
      await scene.pull();
      expect((await rows(scene))[0]).toBe(expected);
    }
  });
});

describe('the list of opportunities, whose order moves while it is read', () => {
  it('misses nobody for good who moves to where it has been read already', async () => {
    const scene = await connectLever({ switches: { pageCap: 2 } });
    await scene.pull();
    const { act } = scene.lever;
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      act.apply({ stage: 'Video interview', emails: [`${name}@home.test`] });
    // Behind all of them, and then before them.
    const { id: opportunity } = act.apply({ stage: 'Offer', emails: ['late@home.test'] });
    afterPage(scene, 2, () => act.moveToStage({ opportunity, stage: 'Video interview' }));
    await scene.pull();
    expect(await rows(scene)).toHaveLength(5);
    await scene.pull();
    expect(await rows(scene)).toHaveLength(6);
  });

  it('invites nobody twice who moves on and is met once more', async () => {
    const scene = await connectLever({ switches: { pageCap: 1 } });
    await scene.pull();
    const { act } = scene.lever;
    const first = act.apply({ stage: 'Phone screen', emails: ['ann@home.test'] });
    act.apply({ stage: 'On-site interview' });
    afterPage(scene, 1, () => act.moveToStage({ opportunity: first.id, stage: 'Video interview' }));
    await scene.pull();
    await scene.pull();
    expect(await rows(scene)).toEqual(['ann@home.test invited']);
  });

  it('is read from its beginning where Lever does not take the offset any more, and fails if that goes on', async () => {
    const scene = await connectLever({ switches: { pageCap: 2, offsetMoved: 'refused' } });
    await scene.pull();
    const { act } = scene.lever;
    const ids = ['a', 'b', 'c', 'd'].map(
      (name) => act.apply({ stage: 'Video interview', emails: [`${name}@home.test`] }).id,
    );
    afterPage(scene, 1, () => {
      for (const opportunity of ids) act.moveToStage({ opportunity, stage: 'On-site interview' });
      for (const opportunity of ids) act.moveToStage({ opportunity, stage: 'Video interview' });
    });
    await scene.pull();
    // Who moved only now is met again.
    await scene.pull();
    expect(new Set(await rows(scene)).size).toBe(4);
    const fault = scene.lever.faults.add({
      path: /offset=/,
      effect: { kind: 'status', status: 400, body: 'json' },
    });
    act.apply({ stage: 'Video interview' });
    await expect(scene.pull()).rejects.toMatchObject({ code: 'ATS_REQUEST_REFUSED' });
    scene.lever.faults.remove(fault);
    await scene.pull();
    expect(await rows(scene)).toHaveLength(5);
  });

  it('never gets an offset of a reading before', async () => {
    const scene = await connectLever({ switches: { pageCap: 1 } });
    await scene.pull();
    for (const _ of [1, 2, 3]) scene.lever.act.apply({ stage: 'Video interview' });
    const fault = scene.lever.faults.add({
      path: /offset=/,
      nth: 2,
      effect: { kind: 'status', status: 422 },
    });
    await expect(scene.pull()).rejects.toMatchObject({ code: 'ATS_REQUEST_REFUSED' });
    scene.lever.faults.remove(fault);
    scene.asked();
    await scene.pull();
    expect(scene.asked()[0]).not.toContain('offset=');
    const [{ position }] = (await scene.rows('select position::text from sync.ats_cursors')) as [
      { position: string },
    ];
    expect(position).not.toContain('%5B');
  });

  it.each(['has-next-false', 'next-null', 'no-has-next', 'empty-page'] as const)(
    'has an end that is proven: %s',
    async (lastPage) => {
      const scene = await connectLever({ switches: { lastPage, pageCap: 2 } });
      await scene.pull();
      for (const name of ['a', 'b', 'c', 'd'])
        scene.lever.act.apply({ stage: 'Video interview', emails: [`${name}@home.test`] });
      expect(await scene.pull()).toMatchObject({ invited: 4 });
    },
  );
});

describe('whatever Lever does about it', () => {
  it('who enters is invited, with or without updatedAt: at the latest when all in the stage are looked at', async () => {
    const scene = await connectLever({ switches: { updatedAt: 'none' } });
    await scene.pull();
    scene.lever.act.apply({ stage: 'Video interview', emails: ['ann@home.test'] });
    await scene.pull();
    expect(await rows(scene)).toEqual([]);
    await hasten(scene, 'standing');
    await scene.pull();
    expect(await rows(scene)).toEqual(['ann@home.test invited']);
  });

  it.each([
    { expand: 'ignored' },
    { stageFilter: 'ignored' },
    { updatedFilter: 'nothing' },
    { updatedFilter: 'older-ones' },
    { absentValues: 'left-out', stageChangeUser: 'no' },
    { unknownFields: 'extra', updatedAt: 'all' },
  ] as const)(
    'who enters is invited once, with the job, and who stood there is not: %j',
    async (switches) => {
      const scene = await connectLever({ opportunities: 60, switches: { ...switches, pageCap: 7 } });
      await scene.pull();
      expect(await rows(scene)).toEqual([]);
      scene.lever.act.apply({ stage: 'Video interview', emails: ['ann@home.test'] });
      await scene.pull();
      await hasten(scene, 'standing');
      await scene.pull();
      expect(await rows(scene)).toEqual(['ann@home.test invited']);
      expect(await scene.rows('select title, city, region, country from ats.jobs')).toEqual([
        { title: 'Night-shift Nurse', city: 'Bergen', region: 'Vestland', country: 'Norway' },
      ]);
    },
  );

  it.each([
    ['of its own', /applications\/[^/]+$/],
    ['in the list of its opportunity', /applications\?/],
  ])('an application that is not expanded is found though Lever does not show it %s', async (_, path) => {
    const scene = await connectLever({ switches: { expand: 'ignored' } });
    await scene.pull();
    scene.lever.faults.add({ path, effect: { kind: 'status', status: 404 } });
    scene.lever.act.apply({ stage: 'Video interview' });
    expect(await scene.pull()).toMatchObject({ invited: 1, jobs: 1 });
  });

  it.each([403, 404])(
    'a list of deleted opportunities that Lever refuses with %i keeps nothing from being read',
    async (status) => {
      const scene = await connectLever({}, { ATS_ON_LEAVE: 'cancel' });
      await scene.pull();
      scene.lever.faults.add({ path: /deleted/, effect: { kind: 'status', status } });
      scene.lever.act.apply({ stage: 'Video interview' });
      await scene.pull();
      await hasten(scene, 'applications');
      await scene.pull();
      expect(scene.asked().some((asked) => asked.includes('/deleted'))).toBe(true);
      expect(await rows(scene)).toHaveLength(1);
    },
  );

  it('an application that is not expanded is asked for once', async () => {
    const scene = await connectLever({ switches: { expand: 'ignored' } });
    await scene.pull();
    scene.lever.act.apply({ stage: 'Video interview' });
    await scene.pull();
    scene.asked();
    await scene.pull();
    expect(scene.asked().filter((path) => path.includes('/applications/'))).toEqual([]);
  });
});

describe('the requests of a reading', () => {
  it('are two where nothing happened, whatever stands in Lever', async () => {
    const scene = await connectLever({ opportunities: 300 });
    await scene.pull();
    for (const turn of ['applications', 'users', 'jobs', 'skipped']) {
      await hasten(scene, turn);
      scene.asked();
      await scene.pull();
      expect([turn, scene.asked().length <= 2]).toEqual([turn, true]);
    }
  });

  it('are a few for a hundred who enter', async () => {
    const scene = await connectLever();
    await scene.pull();
    scene.asked();
    scene.lever.act.applyMany({ count: 100, stage: 'Video interview' });
    expect(await scene.pull()).toMatchObject({ invited: 100 });
    const asked = scene.asked();
    expect([asked.length <= 6, asked.join('\n')]).toEqual([true, expect.anything()]);
  });
});
