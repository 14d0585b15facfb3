/**
 * What may go wrong between this program and Greenhouse: nobody is lost, nobody invited twice, nothing withdrawn for it.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import type { Application } from '../../../../src/connectors/connector.js';
import { pull } from '../../../../src/connectors/pull/pull.js';
import { applicant, type Connected, connect } from '../pull-fixture.js';

const tokens = ({ greenhouse }: Connected) =>
  greenhouse.requests.filter(({ path }) => path === '/token').length;

async function rejects(scene: Connected, code: string): Promise<void> {
  const before = await scene.interviews();
  await expect(scene.pull()).rejects.toMatchObject({ code, remedy: expect.stringMatching(/\S/) });
  expect(await scene.interviews()).toEqual(before);
  expect(await scene.rows(`select failure ->> 'code' as code from sync.ats_cursors`)).toEqual([{ code }]);
}

async function itsTurn(scene: Connected, name: string): Promise<void> {
  await scene.rows(
    `update sync.ats_cursors set position = jsonb_set(position, array['turns', $1], '"2020-01-01T00:00:00Z"')`,
    [name],
  );
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

describe('a right that is lost for a while', () => {
  it('shows empty lists: they move no cursor, and who entered meanwhile is invited once it is back', async () => {
    const scene = await connect({ switches: { notSiteAdmin: 'empty' } }, { ATS_ON_LEAVE: 'cancel' });
    await scene.pull();
    await scene.rows(`update sync.ats_cursors set read_until = read_until - interval '1 h'`);
    const admins = [...scene.greenhouse.state.users.values()].filter(({ site_admin }) => site_admin);
    const make = (site_admin: boolean) => {
      for (const { id } of admins) scene.greenhouse.act.setSiteAdmin({ user_id: id, site_admin });
    };
    const before = await scene.rows('select read_until from sync.ats_cursors');
    make(false);
    applicant(scene);
    await rejects(scene, 'ATS_FORBIDDEN');
    // A turn takes the second request; it proves nothing.
    await itsTurn(scene, 'jobs');
    await scene.pull();
    await rejects(scene, 'ATS_FORBIDDEN');
    expect(await scene.rows('select read_until from sync.ats_cursors')).toEqual(before);
    expect(await scene.rows(`select position #>> '{turnsFrom,jobs}' as since from sync.ats_cursors`)).toEqual(
      [{ since: '2020-01-01T00:00:00Z' }],
    );
    make(true);
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });
});

describe('who is listed and not shown', () => {
  const hidden: Array<[string, (one: Application) => Application[]]> = [
    ['application', () => []],
    ['candidate', (one) => [{ ...one, candidate: null }]],
    ['entry', (one) => [{ ...one, entries: [] }]],
  ];
  it.each(hidden)('for want of the %s, is looked at again, and invited once shown', async (_, shows) => {
    const scene = await connect();
    await scene.pull();
    for (const at of [1, 2, 3])
      applicant(scene, { email_addresses: [{ value: `p${at}@home.test`, type: 'personal' }] });
    const { connector } = scene;
    scene.session.connector = {
      ...connector,
      applications: async (ids, signal) =>
        new Map(
          [...(await connector.applications(ids, signal)).values()]
            .flatMap(shows)
            .map((one) => [one.id, one]),
        ),
    };
    const unshown = () =>
      scene.rows(`select jsonb_array_length(position -> 'unshown') as n from sync.ats_cursors`);
    expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 3 });
    await itsTurn(scene, 'unshown');
    expect(await scene.pull()).toMatchObject({ invited: 0 });
    expect(await unshown()).toEqual([{ n: 3 }]);
    scene.session.connector = connector;
    await itsTurn(scene, 'unshown');
    expect(await scene.pull()).toMatchObject({ invited: 3 });
    expect(await unshown()).toEqual([{ n: 0 }]);
  });

  it('in a whole batch fails the reading, as a missing right does', async () => {
    const scene = await connect();
    await scene.pull();
    for (let at = 0; at < 50; at += 1)
      applicant(scene, { email_addresses: [{ value: `p${at}@home.test`, type: 'personal' }] });
    const { connector } = scene;
    scene.session.connector = { ...connector, applications: async () => new Map() };
    await rejects(scene, 'ATS_FORBIDDEN');
    scene.session.connector = connector;
    expect(await scene.pull()).toMatchObject({ invited: 50 });
  });
});

describe('an answer that is none', () => {
  it('is waited for where it says to wait', async () => {
    const limit = { rateLimit: 4, rateWindowSeconds: 1 };
    const scene = await connect({ ...limit, switches: { rateHeaders: 'only-retry-after' } });
    await scene.pull();
    applicant(scene);
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });

  it('with only a message is asked for again', async () => {
    const scene = await connect({ switches: { candidatesAnswer: 'message-first' } });
    await scene.pull();
    applicant(scene);
    expect(await scene.pull()).toMatchObject({ invited: 1 });
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

  it('that one answer tells wrongly takes nobody who enters later away', async () => {
    const scene = await connect();
    await scene.pull();
    scene.greenhouse.clock.advance(2 * 3_600_000);
    await scene.pull();
    const [told] = await scene.rows<{ ahead: boolean }>(
      `select read_until > now() or exists (select from jsonb_each_text(position -> 'turns') t where t.value::timestamptz > now()) as ahead from sync.ats_cursors`,
    );
    expect(told).toEqual({ ahead: false });
    await scene.rows(`update sync.ats_cursors set read_until = now() + interval '2 h'`);
    scene.greenhouse.clock.advance(-2 * 3_600_000);
    await scene.pull();
    applicant(scene);
    expect(await scene.pull()).toMatchObject({ invited: 1 });
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

describe('a stage that all jobs lose', () => {
  it('is told by each reading from its turn on, until the settings are right', async () => {
    const scene = await connect();
    await scene.pull();
    for (const { id, name } of scene.greenhouse.state.job_interview_stages.values())
      if (/^video +interview$/i.test(name))
        scene.greenhouse.act.renameStage({ stage_id: id, name: 'Video call' });
    expect(await scene.pull()).toMatchObject({ notes: [] });
    await itsTurn(scene, 'stages');
    const told = { notes: [expect.stringContaining('the nearest are “Video call”')] };
    expect(await scene.pull()).toMatchObject(told);
    expect(await scene.pull()).toMatchObject(told);
    scene.reconnect({ ATS_STAGE: 'video call' });
    expect(await scene.pull()).toMatchObject({ notes: [] });
  });
});
