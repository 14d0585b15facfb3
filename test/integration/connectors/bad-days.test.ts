/**
 * What may go wrong between this program and an ATS, whichever it is: nobody is lost, nobody invited twice, nothing withdrawn for it.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import type { FaultEffect } from '#emulators/emulation/faults';
import { pull } from '../../../src/connectors/pull/pull.js';
import { withNewSessions } from '../../support/warm-connections.js';
import { ashbyWorld } from './ashby/world.js';
import { type AtsWorld, greenhouseWorld, leverWorld, sqlWorld, workableWorld } from './world.js';

// A view that is made anew would be read by the plan of the one before.
withNewSessions();

/** A line for each kind. */
const kinds = [
  ['greenhouse', greenhouseWorld],
  ['ashby', ashbyWorld],
  ['lever', leverWorld],
  ['sql', sqlWorld],
  ['workable', workableWorld],
] as const;

const invited = async (world: AtsWorld) =>
  (
    await world.rows<{ row: string }>(
      `select candidate_email || ' ' || coalesce(desired, 'invited') as row from ats.interviews order by 1`,
    )
  ).map(({ row }) => row);

/** As if everything that was not shown had been so for twenty minutes. */
const later = (world: AtsWorld) =>
  world.rows(
    `update sync.ats_cursors set position = jsonb_set(position, '{absent}', coalesce(
       (select jsonb_object_agg(key, to_char(now() - interval '20 minutes', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
        from jsonb_each_text(position -> 'absent')), '{}'))`,
  );

describe.each(kinds)('with an ATS of kind %s', (_, open) => {
  it('a reading that fails in the middle leaves everything as it was, and the next one has it all', async () => {
    const world = await open();
    await world.pull();
    for (const name of ['ann', 'bob', 'cid']) await world.enters(`${name}@home.test`);
    const mend = await world.breaks();
    await expect(world.pull()).rejects.toMatchObject({
      code: expect.stringMatching(/^ATS_/),
      remedy: expect.stringMatching(/\S/),
    });
    expect(await invited(world)).toEqual([]);
    await mend();
    expect(await world.pull()).toMatchObject({ invited: 3 });
  });

  it('a process that dies between rows and cursor has written neither', async () => {
    const world = await open();
    await world.pull();
    await world.enters('ann@home.test');
    const [before] = await world.rows('select read_until, position from sync.ats_cursors');
    const dies = { ...world.another(), fence: () => Promise.reject(new Error('the lock is lost')) };
    await expect(pull(dies)).rejects.toThrow('the lock is lost');
    expect(await invited(world)).toEqual([]);
    expect(await world.rows('select read_until, position from sync.ats_cursors')).toEqual([before]);
    expect(await world.pull()).toMatchObject({ invited: 1 });
  });

  it('two processes that read the same make one row', async () => {
    const world = await open();
    await world.pull();
    await world.enters('ann@home.test');
    const first = world.another();
    await Promise.all([pull(first), world.pull()]);
    expect(await invited(world)).toEqual(['ann@home.test invited']);
  });

  it('an ATS that shows nothing for a while withdraws nobody, and who entered meanwhile is invited', async () => {
    const world = await open({ onLeave: 'cancel' });
    await world.pull();
    await world.enters('ann@home.test');
    await world.pull();
    await world.sends();
    const mend = await world.hides();
    await world.enters('bob@home.test');
    for (const _ of [1, 2, 3]) {
      await world.hurries();
      await world.pull().catch(() => {});
    }
    expect(await invited(world)).toEqual(['ann@home.test invited']);
    await mend();
    for (const _ of [1, 2]) await world.pull();
    expect(await invited(world)).toEqual(['ann@home.test invited', 'bob@home.test invited']);
  });

  it('who left again, or whose application ended, before anybody read it is not invited', async () => {
    const world = await open();
    await world.pull();
    await world.leaves(await world.enters('ann@home.test'));
    await world.ends(await world.enters('bob@home.test'));
    await world.pull();
    expect(await invited(world)).toEqual([]);
    const told = await world.rows<{ reason: string }>('select reason from sync.ats_skipped order by reason');
    expect(told.map(({ reason }) => reason)).toEqual(['left_stage', 'not_active']);
  });

  it('who ends before anything left is taken back, and invited by the same entry when active again', async () => {
    const world = await open();
    await world.pull();
    const ann = await world.enters('ann@home.test');
    await world.pull();
    await world.ends(ann);
    await world.pull();
    expect(await invited(world)).toEqual(['ann@home.test canceled']);
    await world.resumes(ann);
    await world.hurries();
    await world.pull();
    expect(await invited(world)).toEqual(['ann@home.test invited']);
  });

  it.each([
    ['keep', 'invited'],
    ['cancel', 'canceled'],
  ] as const)(
    'who leaves after it was sent is kept or canceled as the settings say: %s',
    async (onLeave, desired) => {
      const world = await open({ onLeave });
      await world.pull();
      const ann = await world.enters('ann@home.test');
      await world.pull();
      await world.sends();
      await world.leaves(ann);
      await world.pull();
      expect(await invited(world)).toEqual([`ann@home.test ${desired}`]);
    },
  );

  it('two days in which the ATS was away are made up for', async () => {
    const world = await open();
    await world.pull();
    await world.rows(`update sync.ats_cursors set read_until = read_until - interval '2 days'`);
    await world.enters('ann@home.test');
    expect(await world.pull()).toMatchObject({ invited: 1 });
  });

  it('one person in two jobs has a row for each; two of one address at one job have one', async () => {
    const world = await open();
    await world.pull();
    await world.enters('ann@home.test');
    await world.enters('ann@home.test', { job: 'another' });
    await world.enters('ANN@home.test');
    expect(await world.pull()).toMatchObject({ invited: 2, skipped: 1, jobs: 2 });
  });

  it('a stage that no job has is told with the nearest names', async () => {
    const world = await open({ stage: 'Vidoe intervew' });
    await world.enters('ann@home.test');
    const { notes } = await world.pull();
    expect(notes.join()).toMatch(
      /no job that is open has a stage “Vidoe intervew”; the nearest are .*[Vv]ideo/,
    );
    expect(await invited(world)).toEqual([]);
  });
});

describe.each(kinds.filter(([kind]) => kind !== 'sql'))(
  'an application that is not there any more in an ATS of kind %s',
  (_, open) => {
    it('ends what was sent when it has not been shown for a while, however often it is asked for before', async () => {
      const world = await open({ onLeave: 'cancel' });
      await world.pull();
      const ann = await world.enters('ann@home.test');
      await world.enters('bob@home.test');
      await world.pull();
      await world.sends();
      await world.deletes(ann);
      await world.hurries();
      for (const hints of [[ann], [], [ann]]) expect(await world.pull(hints)).toMatchObject({ canceled: 0 });
      await later(world);
      expect(await world.pull()).toMatchObject({ canceled: 1 });
      expect(await invited(world)).toEqual(['ann@home.test canceled', 'bob@home.test invited']);
    });
  },
);

/** Their lists tell only that an application is there. */
const byThemselves = kinds.filter(([kind]) => kind === 'ashby' || kind === 'workable');

describe.each(byThemselves)('who is not shown by themselves in an ATS of kind %s', (_, open) => {
  it('keeps their invitation as long as lists have them', async () => {
    const world = await open({ onLeave: 'cancel' });
    await world.pull();
    const ann = await world.enters('ann@home.test');
    await world.enters('bob@home.test');
    await world.pull();
    await world.sends();
    const mend = world.byItself!.loses(ann);
    for (const _ of [1, 2, 3]) {
      world.byItself!.touches(ann);
      await world.hurries();
      expect(await world.pull([ann])).toMatchObject({ canceled: 0 });
      await later(world);
    }
    mend();
    await world.pull([ann]);
    expect(await invited(world)).toEqual(['ann@home.test invited', 'bob@home.test invited']);
  });

  it('fails the reading where nobody is, and nothing of it counts', async () => {
    const world = await open({ onLeave: 'cancel' });
    await world.pull();
    const ann = await world.enters('ann@home.test');
    await world.pull();
    await world.sends();
    const mend = world.byItself!.loses('');
    for (const _ of [1, 2]) {
      await expect(world.pull([ann])).rejects.toMatchObject({
        code: 'ATS_FORBIDDEN',
        message: expect.stringMatching(/shows none of them by itself/),
      });
      await later(world);
    }
    mend();
    await world.pull([ann]);
    expect(await invited(world)).toEqual(['ann@home.test invited']);
  });

  it('fails the reading where nobody can be read, with what the ATS says', async () => {
    const world = await open();
    await world.pull();
    const ann = await world.enters('ann@home.test');
    await world.pull();
    const mend = world.refuses!('');
    world.byItself!.touches(ann);
    await expect(world.pull([ann])).rejects.toMatchObject({
      code: 'ATS_REQUEST_REFUSED',
      message: expect.stringContaining('An injected fault'),
    });
    mend();
    expect(await world.pull([ann])).toMatchObject({ canceled: 0 });
  });

  it('is invited once they are, though nothing else happens', async () => {
    const world = await open();
    await world.pull();
    await world.enters('bob@home.test');
    const mend = world.byItself!.loses(await world.enters('ann@home.test'));
    await world.pull();
    mend();
    await world.hurries('unshown');
    await world.pull();
    expect(await invited(world)).toEqual(['ann@home.test invited', 'bob@home.test invited']);
  });
});

/** Applications are asked for by themselves. */
const oneByOne = kinds.filter(([kind]) => kind === 'ashby' || kind === 'lever' || kind === 'workable');

describe.each(oneByOne)('one who cannot be read in an ATS of kind %s', (kind, open) => {
  it('keeps nobody else from being invited, and loses no invitation for it', async () => {
    const world = await open({ onLeave: 'cancel' });
    await world.pull();
    const ann = await world.enters('ann@home.test');
    await world.pull();
    await world.hurries();
    world.refuses!(ann);
    await world.enters('bob@home.test');
    for (const _ of [1, 2, 3]) {
      expect(await world.pull([ann])).toMatchObject({ canceled: 0 });
      await later(world);
    }
    expect(await invited(world)).toEqual(['ann@home.test invited', 'bob@home.test invited']);
  });

  it.each<[string, FaultEffect | undefined]>([
    ['answered with an error', undefined],
    ['refused', { kind: 'status', status: 403 }],
  ])('is invited once they can, and others meanwhile: %s', async (_how, effect) => {
    const world = await open();
    await world.pull();
    const ann = await world.enters('ann@home.test');
    const mend = world.refuses!(ann, effect);
    await world.enters('bob@home.test');
    await world.pull();
    expect(await invited(world)).toContain('bob@home.test invited');
    await world.hurries('unshown');
    const { notes } = await pull({ ...world.session(), isAsked: true });
    const checked = await world.session().connector.check(new AbortController().signal);
    expect(checked.filter(({ level }) => level === 'failed')).toEqual([]);
    // Lever's lists have all that is needed.
    if (kind !== 'lever') expect(notes).toEqual([expect.stringContaining(ann)]);
    mend();
    await world.hurries('unshown');
    await world.pull();
    expect(await invited(world)).toEqual(['ann@home.test invited', 'bob@home.test invited']);
  });
});
