/** A process that is killed around the note it writes into Greenhouse: the note is there in the end, once. */
import { expect, it, onTestFinished } from 'vitest';
import { connectGreenhouse } from '../../support/greenhouse-scene.js';
import { killAround } from '../../support/kill-around.js';
import { openPushScene } from '../../support/push-scene.js';

it.each(['before', 'during', 'after'] as const)(
  'a process killed %s the arrival of its note leaves the rest to the next one, and nothing is written twice',
  async (moment) => {
    const scene = await openPushScene(onTestFinished);
    const { greenhouse, variables, notes } = await connectGreenhouse(scene, onTestFinished);
    const { id } = greenhouse.act.apply({ stage: 'Video interview' });
    const victim = scene.process(['sync', '--json'], variables);
    const isNote = ({ method, path }: { method: string; path: string }) =>
      method === 'POST' && path === '/v3/notes';
    killAround(greenhouse, moment, isNote, 1, victim);
    await victim.ended;
    expect(notes(id)).toHaveLength(moment === 'before' ? 0 : 1);
    expect(await scene.rows('select outcome from sync.ats_results')).toEqual([{ outcome: 'unknown' }]);
    // Looked for at once, and again when it can no longer be on its way.
    for (let look = 0; look < 3; look++) {
      expect((await scene.run(['sync'], variables)).code).toBe(0);
      await scene.later(10);
    }
    expect(await scene.rows('select outcome from sync.ats_results')).toEqual([{ outcome: 'written' }]);
    expect([notes(id).length, scene.invitations()]).toEqual([1, { 1: 1 }]);
  },
);
