/** The console: who gets in, and what is shown. */
import { expect, it, onTestFinished } from 'vitest';
import { visitor } from '../../support/console-visitor.js';
import { openScene } from '../../support/scene.js';
import { eventually } from '../../support/service.js';

const tokens = { SYNC_ADMIN_TOKEN: 'admin-token-0123', SYNC_VIEWER_TOKEN: 'viewer-token-012' };

it('without a token it is off, and says how it is switched on', async () => {
  const scene = await openScene(onTestFinished);
  const service = await scene.start();
  const page = await service.get('/');
  expect(page.status).toBe(404);
  expect(page.body).toContain('SYNC_ADMIN_TOKEN');
  for (const path of ['/api/overview', '/api/nothing']) {
    const refused = await service.get(path);
    expect([refused.status, refused.json]).toMatchObject([401, { code: 'CONSOLE_OFF' }]);
  }
  const login = await visitor(service.url).signIn('anything-at-all-0');
  expect([login.status, login.json]).toMatchObject([401, { code: 'CONSOLE_OFF' }]);
});

it('nothing is shown to who has no session; a wrong token is slowed, counted, and logged without it', async () => {
  const scene = await openScene(onTestFinished);
  const service = await scene.start(tokens);
  const stranger = visitor(service.url);
  for (const path of ['/api/overview', '/api/session', '/api/openapi.json', '/api/nothing'])
    expect([path, (await stranger.get(path)).status]).toEqual([path, 401]);
  expect((await stranger.post('/api/nothing')).status).toBe(401);
  for (const path of ['/%61pi/session', '/%61pi/events', '/a%70i/openapi.json', '/api/%6fverview'])
    expect([path, (await fetch(`${service.url}${path}`)).status]).toEqual([path, 401]);
  const unread = await stranger.post('/%61pi/conflicts/resolve', { text: 'x'.repeat(100_000) });
  expect(unread.status).toBe(401);
  const page = await stranger.get('/');
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(page.body).toContain('data-role="none"');

  const wrong = 'wrong-token-987654321';
  const answers = [];
  for (let n = 0; n < 7; n += 1) answers.push((await stranger.signIn(wrong)).status);
  expect(answers.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
  expect(answers.slice(5)).toEqual([429, 429]);
  const slowed = await stranger.signIn(tokens.SYNC_ADMIN_TOKEN);
  expect(slowed.status).toBe(429);
  expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(slowed.json.error).toMatch(/Try again in \d+ s/);
  expect(service.lines().filter(({ event }) => event === 'sign_in_refused')).toHaveLength(5);
  expect(service.program.output().stderr).not.toContain(wrong);
  const metrics = (await service.get('/metrics')).body;
  expect(metrics).toContain('sparkhire_sync_sign_ins_total{outcome="wrong"} 5');
  expect(metrics).toMatch(/sparkhire_sync_sign_ins_total\{outcome="slowed"\} 3/);
});

it("a viewer who guesses at the administrator's token is slowed, however often their own is right", async () => {
  const scene = await openScene(onTestFinished);
  const service = await scene.start(tokens);
  const viewer = visitor(service.url);
  const [own, wrong] = [tokens.SYNC_VIEWER_TOKEN, 'wrong-token-987654321'];
  const answers = [];
  for (const token of [own, wrong, wrong, own, wrong, wrong, own, wrong, own, wrong])
    answers.push((await viewer.signIn(token)).status);
  // What they know opens to them what it did; a guess is not even looked at.
  expect(answers).toEqual([204, 401, 401, 204, 401, 401, 204, 401, 204, 429]);
  expect((await viewer.signIn(tokens.SYNC_ADMIN_TOKEN)).status).toBe(429);
});

const wrongToken = 'wrong-token-987654321';
/** Statuses of so many sign-ins with a wrong token. */
async function guess(who: ReturnType<typeof visitor>, times: number, headers: Record<string, string> = {}) {
  const statuses = [];
  for (let n = 0; n < times; n += 1)
    statuses.push((await who.post('/api/login', { token: wrongToken }, headers)).status);
  return statuses;
}

it('behind a proxy that is trusted, only who guesses waits', async () => {
  const scene = await openScene(onTestFinished);
  const service = await scene.start({ ...tokens, SYNC_TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.1' });
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const stranger = visitor(service.url);
  expect((await guess(stranger, 6, from('203.0.113.9'))).slice(4)).toEqual([401, 429]);
  expect(await guess(stranger, 1, from('198.51.100.1, 203.0.113.9, 10.1.2.3'))).toEqual([429]);
  const right = { token: tokens.SYNC_ADMIN_TOKEN };
  const admin = await visitor(service.url).post('/api/login', right, from('198.51.100.1'));
  expect(admin.status).toBe(204);
  const refused = service.lines().filter(({ event }) => event === 'sign_in_refused');
  expect(new Set(refused.map(({ address }) => address))).toEqual(new Set(['203.0.113.9']));
});

it('an address that is only told changes nothing; who was in before does not wait for a stranger', async () => {
  const scene = await openScene(onTestFinished);
  const service = await scene.start(tokens);
  const [admin, viewer, stranger] = [visitor(service.url), visitor(service.url), visitor(service.url)];
  expect((await admin.signIn(tokens.SYNC_ADMIN_TOKEN)).status).toBe(204);
  expect((await viewer.signIn(tokens.SYNC_VIEWER_TOKEN)).status).toBe(204);
  const statuses = [];
  for (let n = 1; n <= 6; n += 1)
    statuses.push(...(await guess(stranger, 1, { 'x-forwarded-for': `203.0.113.${n}` })));
  expect(statuses.slice(4)).toEqual([401, 429]);
  expect(service.lines().findLast(({ event }) => event === 'sign_in_refused')!.msg).toContain(
    'SYNC_TRUSTED_PROXIES',
  );
  expect((await stranger.signIn(tokens.SYNC_ADMIN_TOKEN)).status).toBe(429);
  expect((await viewer.signIn(tokens.SYNC_ADMIN_TOKEN)).status).toBe(429);
  expect((await viewer.signIn(tokens.SYNC_VIEWER_TOKEN)).status).toBe(204);
  expect((await admin.signIn(tokens.SYNC_ADMIN_TOKEN)).status).toBe(204);
  // It still waits: nobody's right token forgives a stranger's wrong ones.
  expect((await stranger.signIn(tokens.SYNC_ADMIN_TOKEN)).status).toBe(429);
  // Nor can a browser that was let in guess without end.
  expect(await guess(admin, 5)).toEqual([429, 429, 429, 429, 429]);
  expect((await admin.signIn(tokens.SYNC_ADMIN_TOKEN)).status).toBe(429);
});

it('a session shows what `status` says, also at another process and after a restart', async () => {
  const scene = await openScene(onTestFinished);
  const service = await scene.start(tokens);
  await scene.isTrue();
  const viewer = visitor(service.url);
  const signedIn = await viewer.signIn(tokens.SYNC_VIEWER_TOKEN);
  expect([signedIn.status, signedIn.body]).toEqual([204, '']);
  expect(signedIn.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict$/);
  expect((await viewer.get('/api/session')).json).toMatchObject({ role: 'viewer' });
  expect((await viewer.get('/')).body).toContain('data-role="viewer"');

  await eventually(async () => {
    const { status, json } = await viewer.get('/api/overview');
    expect(status).toBe(200);
    const [account] = json.accounts;
    expect(account).toMatchObject({ account: 'default', level: 'ok', owner: true, conflicts: 0, issues: [] });
    expect(account.sentence).toMatch(/^Everything in step(, .* ago)?$/);
    expect(account.queued.words).toBe('No invitation waits to be sent.');
    expect(account.budget.minutes.length).toBeGreaterThan(0);
    expect(account.next.map(({ what }: { what: string }) => what)).toEqual(
      expect.arrayContaining(['tick', 'full sweep']),
    );
  });

  const described = (await viewer.get('/api/openapi.json')).json;
  expect(described.openapi).toBe('3.1.0');
  expect(Object.keys(described.paths)).toEqual(
    expect.arrayContaining(['/api/login', '/api/session', '/api/events', '/api/openapi.json']),
  );
  expect(
    described.paths['/api/overview'].get.responses['200'].content['application/json'].schema,
  ).toMatchObject({
    type: 'object',
  });

  const other = await scene.start(tokens);
  const there = await fetch(`${other.url}/api/overview`, { headers: { cookie: viewer.cookie()! } });
  expect(there.status).toBe(200);
  const renamed = await scene.start({ ...tokens, SYNC_VIEWER_TOKEN: 'another-token-0123' });
  const ended = await fetch(`${renamed.url}/api/overview`, { headers: { cookie: viewer.cookie()! } });
  expect(ended.status).toBe(401);

  const away = await viewer.post('/api/logout');
  expect(away.status).toBe(204);
  expect(viewer.cookie()).toBe('sparkhire_sync_session=');
  expect((await viewer.get('/api/overview')).status).toBe(401);
});

it('pages of other sites may not act, and what is no JSON is not read', async () => {
  const scene = await openScene(onTestFinished);
  const service = await scene.start(tokens);
  const admin = visitor(service.url);
  const elsewhere = await admin.post(
    '/api/login',
    { token: tokens.SYNC_ADMIN_TOKEN },
    { origin: 'https://elsewhere.example' },
  );
  expect([elsewhere.status, elsewhere.json.code]).toEqual([403, 'OTHER_SITE']);
  expect(admin.cookie()).toBeNull();
  const form = await admin.post('/api/login', {}, { 'content-type': 'application/x-www-form-urlencoded' });
  expect(form.status).toBe(415);
  const secure = await admin.post(
    '/api/login',
    { token: tokens.SYNC_ADMIN_TOKEN },
    { 'x-forwarded-proto': 'https' },
  );
  expect(secure.headers.get('set-cookie')).toMatch(/; Secure$/);
  for (const path of ['/api/backfill', '/%61pi/backfill']) {
    const forged = await admin.post(path, { account: 'default' }, { origin: 'https://elsewhere.example' });
    expect([path, forged.status, forged.json.code]).toEqual([path, 403, 'OTHER_SITE']);
  }
  const huge = await admin.post('/api/logout', { text: 'x'.repeat(100_000) });
  expect(huge.status).toBe(413);
  expect((await admin.get('/api/nothing')).status).toBe(404);
});
