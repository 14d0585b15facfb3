/** What may go wrong between this program and an ATS, whichever it is: nobody is lost, nobody invited twice, nothing withdrawn for it. */
import { describe, expect, it } from 'vitest';
import { pull } from '../../src/connectors/pull/pull.js';
import { ashbyWorld } from './ashby-world.js';
import { type AtsWorld, greenhouseWorld, leverWorld, sqlWorld, workableWorld } from './connector-world.js';

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

describe.each(kinds)('with an ATS of kind %s', (kind, open) => {
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

  it('who is not found for some minutes keeps the invitation that has left; who stays away does not', async () => {
    const world = await open({ onLeave: 'cancel' });
    await world.pull();
    const ann = await world.enters('ann@home.test');
    await world.enters('bob@home.test');
    await world.pull();
    await world.sends();
    /** Asked for by itself, Ann's application is not there. */
    const without = () => {
      const session = world.another();
      const { connector } = session;
      const applications: typeof connector.applications = async (ids, signal) => {
        const found = await connector.applications(ids, signal);
        found.delete(ann);
        return found;
      };
      return pull({ ...session, connector: { ...connector, applications } }, [ann]);
    };
    for (const _ of [1, 2, 3]) await without();
    expect(await invited(world)).toEqual(['ann@home.test invited', 'bob@home.test invited']);
    const longAgo = `update sync.ats_cursors set position = jsonb_set(position, '{absent}',
      (select coalesce(jsonb_agg(a || '{"since": "2026-01-01T00:00:00Z"}'), '[]') from jsonb_array_elements(position -> 'absent') a))`;
    // Shown once, they are away since the next time.
    await pull(world.another(), [ann]);
    await world.rows(longAgo);
    await without();
    expect(await invited(world)).toEqual(['ann@home.test invited', 'bob@home.test invited']);
    await world.rows(longAgo);
    await without();
    expect(await invited(world)).toEqual([
      `ann@home.test ${kind === 'sql' ? 'invited' : 'canceled'}`,
      'bob@home.test invited',
    ]);
  });

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
