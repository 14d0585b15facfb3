/** What may go wrong between this program and Greenhouse: nobody is lost, nobody invited twice, nothing withdrawn for it. */
import { describe, expect, it } from 'vitest';
import { pull } from '../../src/connectors/pull.js';
import { applicant, type Connected, connect } from './pull-fixture.js';

const tokens = ({ greenhouse }: Connected) =>
  greenhouse.requests.filter(({ path }) => path === '/token').length;

async function rejects(scene: Connected, code: string): Promise<void> {
  const before = await scene.interviews();
  await expect(scene.pull()).rejects.toMatchObject({ code, remedy: expect.stringMatching(/\S/) });
  expect(await scene.interviews()).toEqual(before);
  expect(await scene.rows(`select failure ->> 'code' as code from sync.ats_cursors`)).toEqual([{ code }]);
}

describe('the token', () => {
  it('is one for all processes of an account, stored encrypted, and of no use with another credential', async () => {
    const scene = await connect();
    await scene.pull();
    scene.reconnect();
    await scene.pull();
    expect(tokens(scene)).toBe(1);
    const [stored] = await scene.rows<{ cipher: Buffer; mark: string }>(
      'select cipher, mark from sync.ats_tokens',
    );
    const live = [...scene.greenhouse.requests].at(-1);
    expect(live?.status).toBe(200);
    expect(JSON.stringify(stored)).not.toContain(scene.greenhouse.clientSecret);
    scene.greenhouse.act.exchangeSecret({ secret: 'another-secret' });
    scene.reconnect({ ATS_CLIENT_SECRET: 'another-secret' });
    await scene.pull();
    expect(tokens(scene)).toBe(2);
  });

  it('that another process has replaced is taken over from it, without asking for one more', async () => {
    const scene = await connect();
    await scene.pull();
    const first = scene.session;
    scene.greenhouse.act.revokeTokens({});
    scene.reconnect();
    await scene.pull();
    expect(tokens(scene)).toBe(2);
    await pull(first);
    expect(tokens(scene)).toBe(2);
  });

  it('that ends while requests are under way is renewed once, and nothing of the reading is lost', async () => {
    const scene = await connect({}, { ATS_FROM: 'all' });
    for (let at = 0; at < 3; at += 1) applicant(scene);
    let requests = 0;
    scene.greenhouse.onRequest(({ path }) => {
      if (path === '/token') return;
      requests += 1;
      if (requests === 3) scene.greenhouse.act.revokeTokens({});
    });
    const { invited } = await scene.pull();
    expect(invited).toBeGreaterThanOrEqual(3);
    expect(tokens(scene)).toBe(2);
  });

  it('that is short of its end is renewed before it ends', async () => {
    const scene = await connect();
    await scene.pull();
    await scene.rows(
      `update sync.ats_tokens set expires_at = now() + interval '30 s', updated_at = now() - interval '1 h'`,
    );
    scene.reconnect();
    await scene.pull();
    expect(tokens(scene)).toBe(2);
    expect(scene.greenhouse.requests.filter(({ status }) => status === 401)).toEqual([]);
  });

  it('that is refused with its credential is told, and works again once the credential does', async () => {
    const scene = await connect();
    await scene.pull();
    applicant(scene);
    const { clientId } = scene.greenhouse;
    scene.greenhouse.act.exchangeSecret({ secret: 'another-secret', client_id: clientId });
    scene.greenhouse.act.revokeTokens({});
    await rejects(scene, 'ATS_ACCESS_REFUSED');
    scene.reconnect({ ATS_CLIENT_SECRET: 'another-secret' });
    expect(await scene.pull()).toMatchObject({ invited: 1 });
    expect(await scene.rows('select failure from sync.ats_cursors')).toEqual([{ failure: null }]);
  });

  it.each(['expires_in', 'both', 'expires_at-offset'] as const)(
    'is understood where its end is told by %s',
    async (tokenExpiry) => {
      const scene = await connect({ switches: { tokenExpiry } });
      await scene.pull();
      const [{ minutes }] = (await scene.rows(
        'select round(extract(epoch from expires_at - now()) / 60)::int as minutes from sync.ats_tokens',
      )) as [{ minutes: number }];
      expect(minutes).toBeGreaterThan(50);
      expect(minutes).toBeLessThan(70);
    },
  );
});

describe('a right that is missing', () => {
  it('is told with the list that it is about', async () => {
    const scene = await connect();
    await scene.pull();
    applicant(scene);
    scene.greenhouse.act.revokeScope({ scope: 'harvest:candidates:list' });
    await rejects(scene, 'ATS_FORBIDDEN');
    const findings = await scene.connector.check(scene.session.signal);
    expect(findings).toContainEqual(
      expect.objectContaining({
        level: 'failed',
        detail: expect.stringContaining('harvest:candidates:list'),
      }),
    );
    scene.greenhouse.act.grantScope({ scope: 'harvest:candidates:list' });
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });

  it('is told where everything is empty for it, and withdraws nobody', async () => {
    const scene = await connect({ switches: { notSiteAdmin: 'empty' } }, { ATS_ON_LEAVE: 'cancel' });
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    for (const user of scene.greenhouse.state.users.values()) {
      if (user.site_admin) scene.greenhouse.act.setSiteAdmin({ user_id: user.id, site_admin: false });
    }
    await expect(scene.pull([String(who.id)])).rejects.toMatchObject({ code: 'ATS_FORBIDDEN' });
    expect(await scene.interviews()).toMatchObject([{ desired: 'invited' }]);
    const findings = await scene.connector.check(scene.session.signal);
    expect(findings).toMatchObject([
      { check: 'ats_access', level: 'failed', detail: expect.stringContaining('not even a user') },
    ]);
  });
});

describe('an answer that is none', () => {
  it('in the middle of a window leaves everything as it was; the next reading has it all', async () => {
    const scene = await connect({ switches: { pageCap: 7 } });
    await scene.pull();
    for (let at = 0; at < 20; at += 1) applicant(scene);
    const fault = scene.greenhouse.faults.add({
      path: /application_stages\?cursor=/,
      effect: { kind: 'truncated', closes: true },
    });
    await expect(scene.pull()).rejects.toMatchObject({ code: 'ATS_UNREACHABLE' });
    expect(await scene.interviews()).toEqual([]);
    scene.greenhouse.faults.remove(fault);
    expect(await scene.pull()).toMatchObject({ invited: 20 });
  });

  it('is waited for where it says to wait, with and without its headers', async () => {
    for (const rateHeaders of ['all', 'only-retry-after'] as const) {
      const scene = await connect({ rateLimit: 4, rateWindowSeconds: 1, switches: { rateHeaders } });
      await scene.pull();
      applicant(scene);
      expect(await scene.pull()).toMatchObject({ invited: 1 });
    }
  });

  it('with only a message is asked for again', async () => {
    const scene = await connect({ switches: { candidatesAnswer: 'message-first' } });
    await scene.pull();
    applicant(scene);
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });
});

describe('a process that dies', () => {
  it('between rows and cursor has written neither', async () => {
    const scene = await connect();
    await scene.pull();
    applicant(scene);
    const [before] = await scene.rows('select read_until, position from sync.ats_cursors');
    const dies = { ...scene.session, fence: () => Promise.reject(new Error('the lock is lost')) };
    await expect(pull(dies)).rejects.toThrow('the lock is lost');
    expect(await scene.interviews()).toEqual([]);
    expect(await scene.rows('select read_until, position from sync.ats_cursors')).toEqual([before]);
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });

  it('and its successor, which reads the same again, make one row', async () => {
    const scene = await connect();
    await scene.pull();
    applicant(scene);
    const first = scene.session;
    scene.reconnect();
    await Promise.all([pull(first), scene.pull()]);
    expect(await scene.interviews()).toHaveLength(1);
  });
});

describe('time', () => {
  it('of Greenhouse that is ahead or behind loses nobody and invites nobody from before', async () => {
    for (const minutes of [20, -20]) {
      const scene = await connect();
      scene.greenhouse.clock.advance(minutes * 60_000);
      applicant(scene);
      await scene.pull();
      expect(await scene.interviews()).toEqual([]);
      applicant(scene, { email_addresses: [{ value: 'bob@home.test', type: 'personal' }] });
      await scene.pull();
      expect(await scene.interviews()).toMatchObject([{ candidate_email: 'bob@home.test' }]);
    }
  });

  it('of two days in which Greenhouse was away is made up for', async () => {
    const scene = await connect();
    await scene.pull();
    await scene.rows(`update sync.ats_cursors set read_until = read_until - interval '2 days',
      position = jsonb_set(position, '{since}', (select jsonb_object_agg(key, now() - interval '3 days') from jsonb_object_keys(position -> 'since') key))`);
    applicant(scene);
    const { invited } = await scene.pull();
    expect(invited).toBeGreaterThanOrEqual(1);
  });

  it('that Greenhouse is behind with its lists is waited for by lagSeconds', async () => {
    const scene = await connect({ switches: { lagSeconds: 60 } }, { ATS_LAG_SECONDS: '120' });
    await scene.pull();
    applicant(scene);
    expect(await scene.pull()).toMatchObject({ invited: 0 });
    await scene.rows(`update sync.ats_cursors set read_until = read_until - interval '200 s'`);
    scene.greenhouse.clock.advance(150_000);
    scene.session.settings.lagSeconds = 0;
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });
});

describe('the settings', () => {
  it('with a stage that no job has are told with the nearest names', async () => {
    const scene = await connect({}, { ATS_STAGE: 'Vidoe intervew' });
    const { notes } = await scene.pull();
    expect(notes.join()).toMatch(
      /no job that is open has a stage “Vidoe intervew”; the nearest are .*[Vv]ideo/,
    );
    const findings = await scene.connector.check(scene.session.signal);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'ats_stages', level: 'failed' }));
  });
});

describe('people and jobs', () => {
  it('of two jobs, and two people of one address, are a row each', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    const jobs = [...scene.greenhouse.state.jobs.values()].filter(
      ({ status, confidential, is_template }) => status === 'open' && !confidential && !is_template,
    );
    const stages = [...scene.greenhouse.state.job_interview_stages.values()];
    const other = jobs
      .slice(1)
      .find(({ id }) => stages.some((stage) => stage.job_id === id && stage.name === 'Video interview'))!;
    scene.greenhouse.act.apply({
      candidate_id: who.candidate_id,
      job_id: other.id,
      stage: 'Video interview',
    });
    applicant(scene);
    expect(await scene.pull()).toMatchObject({ invited: 3, jobs: 2 });
  });
});
