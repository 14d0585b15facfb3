/** What the console shows of rows and decisions, and what is done through it. */
import { expect, it, onTestFinished } from 'vitest';
import { type Visitor, visitor } from '../../support/console-visitor.js';
import { aJob, anInterview, openPushScene, type PushScene } from '../../support/push-scene.js';
import { eventually } from '../../support/service.js';

const tokens = { SYNC_ADMIN_TOKEN: 'admin-token-0123', SYNC_VIEWER_TOKEN: 'viewer-token-012' };

async function signedIn(url: string, token: string): Promise<Visitor> {
  const somebody = visitor(url);
  expect((await somebody.signIn(token)).status).toBe(204);
  return somebody;
}

/** A job of the ATS with people invited to it, everything in step, and nobody at work. */
async function opened(people: number): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1', { title: 'Baker, Bergen' }));
  const rows = Array.from({ length: people }, (_, n) =>
    anInterview(`I-${n + 1}`, 'J-1', `ada${n + 1}@example.com`, { candidate_name: `Ada Lake-${n + 1}` }),
  );
  await scene.put('interviews', ...rows);
  expect((await scene.run(['sync'])).code).toBe(0);
  return scene;
}

it('a viewer finds people and rows, and may not act: 403 in words', async () => {
  const scene = await opened(2);
  await scene.put('interviews', anInterview('I-9', 'J-1', 'no address', { candidate_name: 'Grace Hill' }));
  await scene.run(['sync']);
  const service = await scene.start(tokens);
  const viewer = await signedIn(service.url, tokens.SYNC_VIEWER_TOKEN);

  const named = (await viewer.get('/api/find?q=ada%20lake')).json;
  expect(named.stories).toEqual([]);
  expect(named.named).toHaveLength(2);
  expect(named.named[0]).toMatchObject({
    resource: 'interviews',
    about: 'Baker, Bergen',
    state: 'requested',
  });
  const held = (await viewer.get('/api/find?q=Grace')).json;
  expect(held.named).toMatchObject([
    { resource: 'interviews', ats_id: 'I-9', uuid: null, state: 'rejected' },
  ]);
  const story = (await viewer.get('/api/find?q=interviews:I-1')).json;
  expect(story.stories[0].subjects[0]).toMatchObject({ ats_id: 'I-1', state: 'synced' });
  expect(story.stories[0].events.map(({ kind }: { kind: string }) => kind)).toContain('email');
  const person = (await viewer.get('/api/find?q=ada2@example.com')).json;
  expect(person.stories).toHaveLength(1);
  const nobody = (await viewer.get('/api/find?q=zzz')).json;
  expect([nobody.stories, nobody.named]).toEqual([[], []]);
  expect(nobody.searched.length).toBeGreaterThan(0);

  const rows = (await viewer.get('/api/rows')).json;
  expect(rows).toMatchObject({
    next: null,
    rows: [{ ats_id: 'I-9', name: 'Grace Hill', state: 'rejected', issues: [{ code: 'INVALID_FORMAT' }] }],
  });
  expect((await viewer.get('/api/rows?state=synced&resource=interviews')).json.rows).toHaveLength(2);
  expect((await viewer.get('/api/rows?code=PLAN_LIMIT')).json.rows).toEqual([]);
  expect((await viewer.get('/api/skipped')).json).toEqual({ people: [], next: null });
  const wrong = await viewer.get('/api/rows?state=nonsense&more=1');
  expect([wrong.status, wrong.json.code]).toEqual([400, 'USAGE']);

  for (const [path, body] of [
    ['/api/rows/retry', { account: 'default', rows: [{ resource: 'interviews', ats_id: 'I-9' }] }],
    ['/api/conflicts/resolve', { conflicts: [{ id: 1, revision: 1 }], take: 'ats' }],
    ['/api/plan/approve', { account: 'default', checksum: 'x' }],
    ['/api/backfill', { account: 'default' }],
  ] as const) {
    const refused = await viewer.post(path, body);
    expect([path, refused.status, refused.json.code]).toEqual([path, 403, 'VIEWER']);
    expect(refused.json.error).toMatch(/look only/);
  }
  const admin = await signedIn(service.url, tokens.SYNC_ADMIN_TOKEN);
  const again = await admin.post('/api/rows/retry', {
    account: 'default',
    rows: [{ resource: 'interviews', ats_id: 'I-9' }],
    reason: 'mended',
  });
  expect(again.json).toEqual({ queued: 1 });
  expect(await scene.rows('select who, what, target, reason from sync.audit')).toEqual([
    { who: 'console (admin token)', what: 'rows retry', target: 'interviews I-9', reason: 'mended' },
  ]);
});

it('the mirror is told with filters, by how far interviews get', async () => {
  const scene = await opened(3);
  const service = await scene.start(tokens);
  const viewer = await signedIn(service.url, tokens.SYNC_VIEWER_TOKEN);
  const every = (await viewer.get('/api/mirror/interviews?account=default')).json;
  const [{ uuid, n }] = (await scene.rows(
    `select j.uuid, (select count(*)::int from sparkhire.interviews where deleted_at is null) as n
     from sparkhire.jobs j where title like 'Baker%'`,
  )) as [{ uuid: string; n: number }];
  expect(every.interviews).toHaveLength(n);
  const ofJob = (await viewer.get(`/api/mirror/interviews?account=default&job=${uuid}&status=requested`))
    .json;
  expect(ofJob.interviews.map(({ job_uuid: job }: { job_uuid: string }) => job)).toEqual([uuid, uuid, uuid]);
  const jobs = (await viewer.get('/api/mirror/jobs?account=default&status=active')).json.jobs;
  expect(jobs.find((job: { uuid: string }) => job.uuid === uuid)).toMatchObject({
    interviews: 3,
    pending: 3,
  });
  for (const by of ['job', 'month', 'requester']) {
    const { all, by: groups } = (await viewer.get(`/api/mirror/funnel?account=default&by=${by}`)).json;
    expect(all.invited).toBe(n);
    expect(groups.reduce((sum: number, group: { invited: number }) => sum + group.invited, 0)).toBe(n);
    expect(all.accepted).toBeGreaterThanOrEqual(all.completed);
  }
  const unknown = await viewer.get('/api/mirror/jobs?account=elsewhere');
  expect([unknown.status, unknown.json.code]).toEqual([404, 'ACCOUNT_UNKNOWN']);
});

it('a conflict is decided with a reason; one that changed meanwhile is refused with its new values', async () => {
  const scene = await opened(1);
  const [{ uuid }] = (await scene.rows(`select uuid from sync.links where ats_id = 'J-1'`)) as [
    { uuid: string },
  ];
  const bothChange = async (ats: string, spark: string) => {
    await scene.rows('update ats.jobs set title = $1', [ats]);
    scene.emulator.act.editJob(uuid, { title: spark });
    expect((await scene.run(['sync'])).code).toBe(3);
  };
  await bothChange('Baker', 'Head baker');
  const service = await scene.start(tokens);
  const admin = await signedIn(service.url, tokens.SYNC_ADMIN_TOKEN);
  const [group] = (await admin.get('/api/conflicts')).json.groups;
  expect(group).toMatchObject({ kind: 'field_diverged', field: 'title', count: 1 });
  expect(group.choices.map(({ take }: { take: string }) => take)).toEqual(['ats', 'sparkhire']);
  const [{ id, revision }] = group.rows;
  const shown = (await admin.get(`/api/conflict?id=${id}`)).json;
  expect(shown.conflict).toMatchObject({ ats_value: 'Baker', sparkhire_value: 'Head baker', revision: 1 });

  await scene.rows(
    `update sync.conflicts set sparkhire_value = '"First baker"', revision = revision + 1 where id = $1`,
    [id],
  );
  const late = await admin.post('/api/conflicts/resolve', {
    conflicts: [{ id, revision }],
    take: 'ats',
    reason: 'ours',
  });
  expect([late.status, late.json.code]).toEqual([409, 'CONFLICT_CHANGED']);
  expect(late.json.error).toContain('First baker');
  const several = await admin.post('/api/conflicts/resolve', {
    conflicts: [
      { id, revision },
      { id: 999, revision: 1 },
    ],
    take: 'ats',
    reason: 'ours',
  });
  expect(several.json.resolved).toEqual([]);
  expect(several.json.refused).toMatchObject([
    { id, code: 'CONFLICT_CHANGED', conflict: { sparkhire_value: 'First baker' } },
    { id: 999, code: 'CONFLICT_UNKNOWN', conflict: null },
  ]);
  const now = (await admin.get(`/api/conflict?id=${id}`)).json.conflict.revision;
  const done = await admin.post('/api/conflicts/resolve', {
    conflicts: [{ id, revision: now }],
    take: 'ats',
    reason: 'the ATS is right',
  });
  expect(done.json.resolved).toMatchObject([{ id, resolution: 'ats', resolved_by: 'console (admin token)' }]);
  const again = await admin.post('/api/conflicts/resolve', {
    conflicts: [{ id, revision: now }],
    take: 'ats',
    reason: 'once more',
  });
  expect([again.status, again.json.code]).toEqual([409, 'CONFLICT_RESOLVED']);
  expect((await admin.get('/api/conflicts?closed=true')).json.groups[0].rows[0]).toMatchObject({ id });
  expect((await admin.get('/api/conflict?id=4711')).status).toBe(404);
  expect(await scene.rows(`select who, reason from sync.audit where what = 'conflicts resolve'`)).toEqual([
    { who: 'console (admin token)', reason: 'the ATS is right' },
  ]);
});

it('a held plan is shown, approved, and carried out; a backfill is begun and watched', async () => {
  const scene = await opened(14);
  await scene.rows(`update ats.interviews set desired = 'canceled' where ats_id <> 'I-1'`);
  expect((await scene.run(['sync'])).code).toBe(3);
  const service = await scene.start(tokens);
  const admin = await signedIn(service.url, tokens.SYNC_ADMIN_TOKEN);
  const [held] = (await admin.get('/api/plans/held')).json.held;
  expect(held).toMatchObject({ account: 'default', reason: expect.stringContaining('13') });
  const overview = (await admin.get('/api/overview')).json.accounts[0];
  expect(overview).toMatchObject({ level: 'waits', sentence: '1 decision waits for you' });
  const viewer = await signedIn(service.url, tokens.SYNC_VIEWER_TOKEN);
  const plans = await Promise.all(
    [1, 2, 3].map(async () => (await viewer.post('/api/plan', { account: 'default' })).json),
  );
  const [plan] = plans;
  expect(plans).toEqual([plan, plan, plan]);
  expect(await scene.rows(`select count(*)::int as asked from sync.commands where kind = 'plan'`)).toEqual([
    { asked: 1 },
  ]);
  expect(plan.actions).toHaveLength(13);
  expect(plan.actions[0]).toMatchObject({ name: expect.stringMatching(/^Ada Lake-/), job: 'Baker, Bergen' });
  expect(plan).toMatchObject({ checksum: held.checksum, held: held.reason });
  const other = await admin.post('/api/plan/approve', {
    account: 'default',
    checksum: 'another',
    reason: 'to try',
  });
  expect([other.status, other.json.code]).toEqual([409, 'PLAN_CHANGED']);
  const approved = await admin.post('/api/plan/approve', {
    account: 'default',
    checksum: plan.checksum,
    reason: 'the campaign is over',
  });
  expect([approved.status, approved.json.pushed]).toMatchObject([200, { canceled: 13 }]);
  expect(await scene.rows(`select who, reason from sync.audit where what = 'apply --approve'`)).toEqual([
    { who: 'console (admin token)', reason: 'the campaign is over' },
  ]);

  const events = await fetch(`${service.url}/api/events`, { headers: { cookie: admin.cookie()! } });
  expect(events.headers.get('content-type')).toContain('text/event-stream');
  const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
  let told = '';
  while (!told.includes('\n\ndata: ')) told += (await reader.read()).value;
  expect(JSON.parse(/data: (.*)\n/.exec(told)![1]!)).toMatchObject({ runs: expect.any(Array), steps: [] });
  const before = (await admin.get('/api/runs?kind=backfill')).json.runs.length;
  expect((await admin.post('/api/backfill', { account: 'default', reason: 'to be sure' })).json).toEqual({
    begun: true,
  });
  await eventually(async () => {
    const [run, ...rest] = (await admin.get('/api/runs?kind=backfill')).json.runs;
    expect([rest.length + 1, run.outcome]).toEqual([before + 1, 'succeeded']);
  });
  await service.stop();
  // The stream ends with the service, not with its patience.
  while (!(await reader.read()).done);
});

it('what the service begins by itself is told as it goes', async () => {
  const scene = await openPushScene(onTestFinished, { jobs: 1, interviews: 3 });
  // One of the details is not answered, as long as somebody watches.
  scene.emulator.faults.add({
    path: '/interviews/[^/?]+$',
    nth: 3,
    effect: { kind: 'hang', when: 'before' },
  });
  const service = await scene.start(tokens);
  const viewer = await signedIn(service.url, tokens.SYNC_VIEWER_TOKEN);
  const events = await fetch(`${service.url}/api/events`, { headers: { cookie: viewer.cookie()! } });
  let told = '';
  for await (const text of events.body!.pipeThrough(new TextDecoderStream())) {
    told += text;
    if (/"phase":"details","done":2,"total":3/.test(told)) break;
  }
  const live = JSON.parse(/data: (.*)/.exec(told.slice(told.lastIndexOf('\ndata: ')))![1]!);
  expect(live.runs).toContainEqual(
    expect.objectContaining({ kind: 'details', resource: 'interviews', outcome: 'running', requests: 2 }),
  );
  await service.stop();
});

it('a database that was copied or restored says on the overview and beside the plans what to do', async () => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  const { code, stdout } = await scene.run(['sync']);
  expect(code, stdout).toBe(0);
  await scene.rows(`update sync.accounts set home = home || '{"database": 1}'`);
  const service = await scene.start({ ...tokens, SYNC_SCHEDULE: '0 0 1 1 *' });
  const admin = await signedIn(service.url, tokens.SYNC_ADMIN_TOKEN);
  // Once it has looked.
  await eventually(async () => {
    expect((await admin.get('/api/plans/held')).json).toMatchObject({ moved: ['default'] });
    expect((await admin.get('/api/overview')).json.accounts[0]).toMatchObject({
      level: 'wrong',
      sentence: 'Nothing is written: its database is a copy, or was restored or moved',
      troubles: [{ remedy: expect.stringContaining('approve'), page: 'plan' }],
    });
  });
});

it('a key that Spark Hire refuses is on the overview with what to do about it, once for all that fails of it', async () => {
  const scene = await openPushScene(onTestFinished);
  await scene.run(['sync']);
  scene.emulator.faults.add({ path: '/', effect: { kind: 'status', status: 401 } });
  const service = await scene.start(tokens);
  const viewer = await signedIn(service.url, tokens.SYNC_VIEWER_TOKEN);
  const account = await eventually(async () => {
    const [one] = (await viewer.get('/api/overview')).json.accounts;
    expect(one.troubles).toHaveLength(1);
    return one;
  });
  expect(account).toMatchObject({
    level: 'wrong',
    sentence: 'Spark Hire does not accept the API key (401)',
    since: expect.any(String),
    troubles: [
      {
        what: 'Spark Hire does not accept the API key (401).',
        remedy: expect.stringMatching(/its user is disabled.*SPARKHIRE_API_KEY.*start the service again\.$/),
        details: expect.arrayContaining([
          expect.stringMatching(/^Tick has failed .*answered 401.*`KEY_REFUSED`/),
        ]),
      },
    ],
  });
  expect((await scene.run(['status'])).stdout).toContain('its user is disabled');
});

it('other accounts of the database are neither shown nor decided', async () => {
  const scene = await openPushScene(onTestFinished);
  await scene.run(['sync']);
  await scene.rows(
    `insert into ats.jobs (account, ats_id, title, status) values ('other', 'X-1', 'Secret baker', 'open')`,
  );
  await scene.rows(`insert into sync.accounts (account) values ('other') on conflict do nothing`);
  const [{ id }] = (await scene.rows(
    `insert into sync.conflicts (account, resource, kind, ats_id, field, ats_value, sparkhire_value)
     values ('other', 'jobs', 'field_diverged', 'X-1', 'title', '"Secret baker"', '"Baker"') returning id::int`,
  )) as [{ id: number }];
  const service = await scene.start(tokens);
  const admin = await signedIn(service.url, tokens.SYNC_ADMIN_TOKEN);
  for (const route of ['rows', 'skipped', 'runs', 'conflicts', 'conflicts?closed=true', 'plans/held'])
    for (const which of ['', 'account=other']) {
      const path = `/api/${route}${which === '' ? '' : `${route.includes('?') ? '&' : '?'}${which}`}`;
      const { status, body } = await admin.get(path);
      expect([path, status, body]).toEqual([
        path,
        which === '' ? 200 : 404,
        expect.not.stringContaining('"other"'),
      ]);
    }
  for (const q of ['secret', 'X-1', 'jobs:X-1']) {
    const all = (await admin.get(`/api/find?q=${q}`)).json;
    expect([q, all.named, all.stories, all.erased]).toEqual([q, [], [], []]);
    expect((await admin.get(`/api/find?q=${q}&account=other`)).json.code).toBe('ACCOUNT_UNKNOWN');
  }
  const shown = await admin.get(`/api/conflict?id=${id}`);
  expect([shown.status, shown.json.code]).toEqual([404, 'CONFLICT_UNKNOWN']);
  const reason = 'to try';
  const acts = [
    [
      'conflicts/resolve',
      { conflicts: [{ id, revision: 1 }], take: 'sparkhire', reason },
      'CONFLICT_UNKNOWN',
    ],
    [
      'rows/retry',
      { account: 'other', rows: [{ resource: 'jobs', ats_id: 'X-1' }], reason },
      'ACCOUNT_UNKNOWN',
    ],
    ['plan', { account: 'other' }, 'ACCOUNT_UNKNOWN'],
    ['plan/approve', { account: 'other', checksum: 'x', reason }, 'ACCOUNT_UNKNOWN'],
    ['backfill', { account: 'other', reason }, 'ACCOUNT_UNKNOWN'],
  ] as const;
  for (const [route, body, code] of acts) {
    const refused = await admin.post(`/api/${route}`, body);
    expect([route, refused.status, refused.json.code]).toEqual([route, 404, code]);
  }
  expect(await scene.rows('select resolution from sync.conflicts where id = $1', [id])).toEqual([
    { resolution: null },
  ]);
  expect(await scene.rows('select * from sync.audit')).toEqual([]);
});

it('what cannot be meant is refused in words, and nothing is done or logged as a failure', async () => {
  const scene = await openPushScene(onTestFinished);
  await scene.run(['sync']);
  const service = await scene.start(tokens);
  const admin = await signedIn(service.url, tokens.SYNC_ADMIN_TOKEN);
  const cursor = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const mirror = (after: string) => `mirror/jobs?account=default&after=${encodeURIComponent(after)}`;
  const uuid = '00000000-0000-0000-0000-000000000000';
  const asked = [
    ...['find?q=%00', 'find?q=interviews:%00', 'find?q=a&account=%00', 'rows?account=%00', 'rows?code=%00'],
    ...['skipped?account=%00', 'runs?kind=%00', 'conflicts?account=%00', 'plans/held?account=%00'],
    'mirror/interviews?account=default&status=%00',
    ...[['\0', 'a', 'b'], [], ['a'], [1, 2, 3], ['a', 'b', {}], 'abc', null].map(
      (one) => `rows?after=${cursor(one)}`,
    ),
    ...[
      '2020-foo',
      '9999-99-99',
      '2026-02-30T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '2026-01-01T00:00:00+23:00',
    ].map((time) => mirror(`${time}_${uuid}`)),
    ...['', '_', `2026-01-01T00:00:00Z_${uuid}_`, '2026-01-01T00:00:00Z_x'].map(mirror),
  ];
  for (const path of asked) {
    const { status, json } = await admin.get(`/api/${path}`);
    expect([path, status, json.code]).toEqual([path, 400, 'USAGE']);
  }
  expect((await admin.get(`/api/${mirror(`2026-01-01T00:00:00.123456+00:00_${uuid}`)}`)).status).toBe(200);
  const row = { resource: 'interviews', ats_id: 'I-1' };
  const acts = [
    ['conflicts/resolve', { conflicts: [{ id: 1, revision: 1 }], take: 'ats' }],
    ['rows/retry', { account: 'default', rows: [row] }],
    ['plan/approve', { account: 'default', checksum: 'x' }],
    ['backfill', { account: 'default' }],
  ] as const;
  for (const [route, body] of acts)
    for (const reason of [undefined, '', ' \n', 7, 'a\0b', 'half \ud83d']) {
      const { status, json } = await admin.post(`/api/${route}`, { ...body, reason });
      expect([route, reason, status, json.code]).toEqual([route, reason, 400, 'USAGE']);
      if (reason === undefined) expect(json.error).toBe('reason: must say why');
    }
  const half = { account: 'default', rows: [{ ...row, ats_id: '\ud83d' }], reason: 'to try' };
  expect((await admin.post('/api/rows/retry', half)).status).toBe(400);
  expect(await scene.rows('select * from sync.audit')).toEqual([]);
  expect(service.lines().filter(({ event }) => event === 'api_failed')).toEqual([]);
  const head = await fetch(`${service.url}/api/events`, {
    method: 'HEAD',
    headers: { cookie: admin.cookie()! },
  });
  expect(head.headers.get('content-type')).toContain('text/event-stream');
});
