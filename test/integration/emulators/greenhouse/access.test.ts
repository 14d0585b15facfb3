import { describe, expect, it } from 'vitest';
import { askToken, greenhouse, Harvest } from './api.js';

describe('a token of the emulated Greenhouse', () => {
  it('opens the API until it ends, by a time in ISO 8601', async () => {
    const { emulator, clock } = await greenhouse({ tokenSeconds: 600 });
    const { status, json } = await askToken(emulator);
    expect(status).toBe(200);
    expect(json).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_at: new Date(clock.now() + 600_000).toISOString(),
    });
    const harvest = new Harvest(emulator, json.access_token);
    clock.tick(599_999);
    expect((await harvest.get('/offices')).status).toBe(200);
    clock.tick(1);
    expect(await harvest.get('/offices')).toMatchObject({ status: 401, json: { message: 'Unauthorized' } });
  });

  it('says when it ends in each form that the documents know', async () => {
    const { emulator, clock } = await greenhouse();
    const ends = new Date(clock.now() + 3_600_000).toISOString();
    emulator.switches.tokenExpiry = 'expires_in';
    const seconds = (await askToken(emulator)).json;
    expect(seconds.expires_in).toBe(3600);
    expect(seconds).not.toHaveProperty('expires_at');
    emulator.switches.tokenExpiry = 'both';
    expect((await askToken(emulator)).json).toMatchObject({ expires_at: ends, expires_in: 3600 });
    emulator.switches.tokenExpiry = 'expires_at-offset';
    expect((await askToken(emulator)).json.expires_at).toBe(ends.replace('Z', '+0000'));
  });

  it('ends as soon as the credential asks for another, unless a switch says otherwise', async () => {
    const { emulator, harvest } = await greenhouse();
    const [, admin] = emulator.state.users.values();
    await askToken(emulator, { form: { sub: String(admin!.id) } });
    expect((await harvest.get('/offices')).status).toBe(401);

    for (const [tokenLives, sub, status] of [
      ['many', undefined, 200],
      ['one-per-subject', String(admin!.id), 200],
      ['one-per-subject', undefined, 401],
    ] as const) {
      emulator.switches.tokenLives = tokenLives;
      const first = new Harvest(emulator, (await askToken(emulator)).json.access_token);
      await askToken(emulator, sub === undefined ? {} : { form: { sub } });
      expect((await first.get('/offices')).status, tokenLives).toBe(status);
    }
  });

  it('is refused to a wrong secret, another grant, and a subject who is nobody', async () => {
    const { emulator } = await greenhouse();
    const former = [...emulator.state.users.values()].find((user) => user.deactivated)!;
    expect(await askToken(emulator, { secret: 'wrong' })).toMatchObject({
      status: 401,
      json: { error: 'invalid_client' },
    });
    expect((await askToken(emulator, { id: 'nobody' })).status).toBe(401);
    expect((await askToken(emulator, { form: { grant_type: 'password' } })).status).toBe(400);
    expect((await askToken(emulator, { form: { sub: '12' } })).json).toEqual({ error: 'invalid_grant' });
    expect((await askToken(emulator, { form: { sub: String(former.id) } })).status).toBe(400);
    expect((await fetch(emulator.tokenUrl)).status).toBe(404);
  });

  it('is counted in a window of its own of 60 seconds', async () => {
    const { emulator, clock } = await greenhouse({ tokenRateLimit: 3, rateLimit: 1 });
    expect((await askToken(emulator)).status).toBe(200);
    const { json } = await askToken(emulator);
    const refused = await askToken(emulator);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('60');
    expect((await new Harvest(emulator, json.access_token).get('/offices')).status).toBe(200);
    clock.tick(60_000);
    expect((await askToken(emulator)).status).toBe(200);
  });

  it('ends with the secret that opened it, and with the rights of its user', async () => {
    const { emulator, harvest, act } = await greenhouse();
    act.exchangeSecret({ secret: 'a-new-secret-of-length' });
    expect((await harvest.get('/offices')).status).toBe(401);
    expect((await askToken(emulator)).status).toBe(401);
    const { json } = await askToken(emulator, { secret: 'a-new-secret-of-length' });
    act.deactivateUser({ user_id: [...emulator.credentials.all.values()][0]!.serviceUserId });
    expect((await new Harvest(emulator, json.access_token).get('/offices')).status).toBe(401);
  });
});

describe('a request to the emulated Greenhouse', () => {
  it('needs a token that is one of its own', async () => {
    const { emulator } = await greenhouse();
    expect((await new Harvest(emulator, undefined).get('/offices')).status).toBe(401);
    expect((await new Harvest(emulator, 'made.up.token').get('/offices')).status).toBe(401);
  });

  it('needs the scope of its endpoint, and is refused or empty without it', async () => {
    const { emulator, harvest, act } = await greenhouse();
    act.revokeScope({ scope: 'harvest:offices:list' });
    expect(await harvest.get('/offices')).toMatchObject({
      status: 403,
      json: { message: expect.stringContaining('harvest:offices:list') },
    });
    expect((await harvest.get('/jobs')).status).toBe(200);
    emulator.switches.missingScope = 'empty';
    expect(await harvest.rows('/offices')).toEqual([]);
    act.grantScope({ scope: 'harvest:offices:list' });
    expect((await harvest.rows('/offices')).length).toBeGreaterThan(0);
    act.revokeScope({ scope: 'harvest:notes:create' });
    expect((await harvest.post('/notes', {})).status).toBe(403);
    expect(() => act.revokeScope({ scope: 'harvest:notes:create' })).toThrow(RangeError);
  });

  it('lists for site admins only: others are refused, or see nothing', async () => {
    const { emulator, act } = await greenhouse();
    const { id } = act.addUser({ site_admin: false });
    const { json } = await askToken(emulator, { form: { sub: String(id) } });
    const harvest = new Harvest(emulator, json.access_token);
    expect((await harvest.get('/users')).status).toBe(403);
    emulator.switches.notSiteAdmin = 'empty';
    expect(await harvest.rows('/users')).toEqual([]);
    act.setSiteAdmin({ user_id: id, site_admin: true });
    expect((await harvest.rows('/users')).length).toBeGreaterThan(0);
  });

  it('has no way to one object by its id, nor to what is not there', async () => {
    const { harvest, state } = await greenhouse();
    const [application] = state.applications.values();
    for (const path of [`/applications/${application!.id}`, '/nothing', '/applications/', '/constructor']) {
      expect((await harvest.get(path)).status, path).toBe(404);
    }
    expect((await harvest.send('PATCH', '/notes/1', {})).status).toBe(404);
    expect((await harvest.send('DELETE', '/notes/1')).status).toBe(404);
  });

  it('is refused in the form that a switch chooses', async () => {
    const { emulator, harvest } = await greenhouse();
    const ask = () => harvest.get('/jobs?status=gone');
    const error = { message: 'status is not included in the list', field: 'status' };
    expect(await ask()).toMatchObject({ status: 422, json: { message: error.message, errors: [error] } });
    emulator.switches.errorBody = 'errors';
    expect((await ask()).json).toEqual({ errors: [error] });
    emulator.switches.errorBody = 'html';
    expect((await ask()).headers.get('content-type')).toContain('text/html');
    emulator.switches.errorBody = 'empty';
    expect(await ask()).toMatchObject({ status: 422, json: undefined });
  });
});

describe('the limit of the emulated Greenhouse', () => {
  it('counts each credential in fixed windows of 30 seconds, and says so in every answer', async () => {
    const { emulator, harvest, clock } = await greenhouse({ rateLimit: 2 });
    clock.tick(30_000 - (clock.now() % 30_000) + 10_000);
    const told = async () => {
      const { status, headers } = await harvest.get('/offices');
      return [status, headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')];
    };
    expect([await told(), await told(), await told()]).toEqual([
      [200, '2', '1'],
      [200, '2', '0'],
      [429, '2', '0'],
    ]);
    const refused = await harvest.get('/offices');
    expect(refused.headers.get('retry-after')).toBe('20');
    expect(Number(refused.headers.get('x-ratelimit-reset')) * 1000).toBe(clock.now() + 20_000);
    expect(emulator.requests.map(({ rateLimited }) => rateLimited)).toEqual([false, false, true, true]);
    clock.tick(20_000);
    expect((await harvest.get('/offices')).status).toBe(200);
  });

  it.each([
    ['without-retry-after', ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']],
    ['only-retry-after', ['retry-after']],
    ['none', []],
  ] as const)('tells of itself as the switch says: %s', async (rateHeaders, expected) => {
    const { harvest } = await greenhouse({ rateLimit: 0, switches: { rateHeaders } });
    const { status, headers } = await harvest.get('/offices');
    expect(status).toBe(429);
    expect([...headers.keys()].filter((name) => /^(x-ratelimit|retry)/.test(name))).toEqual(expected);
  });

  it('is not opened by a clock that is moved, which runs ahead of everybody else', async () => {
    const { emulator, harvest } = await greenhouse({ rateLimit: 1 });
    await harvest.get('/offices');
    emulator.clock.advance(120_000);
    const { status, headers } = await harvest.get('/offices');
    expect(status).toBe(429);
    expect(Date.parse(headers.get('date')!)).toBe(emulator.clock.now());
    expect(Number(headers.get('x-ratelimit-reset')) * 1000).toBeGreaterThan(emulator.clock.now());
  });
});
