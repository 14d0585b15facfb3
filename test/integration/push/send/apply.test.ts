/** What the ATS wants, carried to Spark Hire. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Applied, interview, job, onceEach, openApplied } from './fixture.js';

let applied: Applied;
beforeEach(async () => {
  applied = await openApplied();
});
afterEach(() => applied.close());

const writes = () => applied.emulator.requests.filter(({ method }) => method !== 'GET').length;

describe('a round', () => {
  it('makes users, jobs and interviews, links them, and does nothing the second time', async () => {
    await applied.put('users', [
      { ats_id: 'U-1', name: 'Ada Byron', email: 'ada@example.org', role: 'standard' },
    ]);
    await applied.invite(3);
    expect(await applied.round()).toMatchObject({ created: 5, conflicts: 0, rejected: 0, held: 0 });
    expect(applied.invitations()).toEqual(onceEach(3));
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'synced', 'I-2': 'synced', 'I-3': 'synced' });
    const links = await applied.rows<{ resource: string; how: string; there: boolean }>(
      `select l.resource, l.how, exists (select from sparkhire.interviews i where i.uuid = l.uuid
         union select from sparkhire.jobs j where j.uuid = l.uuid
         union select from sparkhire.users u where u.uuid = l.uuid) as there
       from sync.links l order by l.resource, l.ats_id`,
    );
    expect(links.map(({ resource }) => resource)).toEqual([
      'interviews',
      'interviews',
      'interviews',
      'jobs',
      'users',
    ]);
    expect(links.every(({ how, there }) => how === 'created' && there)).toBe(true);

    const before = writes();
    expect(await applied.round()).toMatchObject({ created: 0, updated: 0 });
    expect(writes()).toBe(before);
  });

  it('updates, cancels, closes and shares', async () => {
    await applied.invite(2);
    await applied.round();
    await applied.put('jobs', [job('J-1', { title: 'Head Baker' })]);
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { desired: 'canceled' })]);
    expect(await applied.round()).toMatchObject({ updated: 1, canceled: 1 });
    const [made] = [...applied.emulator.state.jobs.values()];
    expect(made!.title).toBe('Head Baker');
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'gone', 'I-2': 'synced' });

    const second = [...applied.emulator.state.interviews.values()].find(
      ({ candidate }) => candidate.email === 'c2@example.org',
    );
    applied.emulator.act.completeInterview(second!.uuid);
    await applied.mirror.pull(applied.emulator);
    await applied.put('interviews', [interview('I-2', 'c2@example.org', { share: true })]);
    expect(await applied.round()).toMatchObject({ updated: 1 });
    expect(second!.shareLink).not.toBeNull();
    expect(
      await applied.rows('select share_url from sparkhire.interviews where share_url is not null'),
    ).toEqual([{ share_url: second!.shareLink!.url }]);
    await applied.put('jobs', [job('J-1', { title: 'Head Baker', status: 'closed' })]);
    expect(await applied.round()).toMatchObject({ updated: 1 });
    expect(made!.status).toBe('inactive');
    const before = writes();
    await applied.round();
    expect(writes()).toBe(before);
  });
});
