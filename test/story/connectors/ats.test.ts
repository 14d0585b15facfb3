/** A company with Greenhouse, as its operator meets it: from the check of the credential to the invitation. */
import { expect, it, onTestFinished } from 'vitest';
import { type GreenhouseEmulator, startGreenhouseEmulator } from '#emulators/ats-emulator/greenhouse/index';
import { openPushScene, type PushScene } from '../../support/push-scene.js';

interface AtsScene extends PushScene {
  greenhouse: GreenhouseEmulator;
  /** Somebody who can be invited enters the stage. */
  enters(name: string): { id: number };
}

const yaml = (triggers: string, more = '') => `
policies: { massChange: { missingSeconds: 0, creations: 5 }, keys: { provision: command, missing: administrator, absent: administrator } }
ats:
  kind: greenhouse
  lagSeconds: 0
  triggers: [${triggers}]
${more}
packages:
  - { name: standard, deadline_days: 7, questions: [{ text: Why here?, time_limit: 90, takes: 2 }] }
`;
const video = '{ stage: video  INTERVIEW, package: standard }';

async function openAtsScene(
  config = yaml(video),
  options: Parameters<typeof startGreenhouseEmulator>[0] = {},
): Promise<AtsScene> {
  const greenhouse = await startGreenhouseEmulator({ rateLimit: 100_000, ...options });
  onTestFinished(() => greenhouse.close());
  const scene = await openPushScene(onTestFinished);
  const variables = {
    SYNC_CONFIG: scene.settingsFile(config),
    ATS_BASE_URL: greenhouse.url,
    ATS_TOKEN_URL: greenhouse.tokenUrl,
    ATS_CLIENT_ID: greenhouse.clientId,
    ATS_CLIENT_SECRET: greenhouse.clientSecret,
  };
  const job = [...greenhouse.state.jobs.values()].find(
    ({ status, confidential }) => status === 'open' && !confidential,
  )!;
  return {
    ...scene,
    greenhouse,
    get client() {
      return scene.client;
    },
    run: (args, more, input) => scene.run(args, { ...variables, ...more }, input),
    command: (args, more, input) => scene.command(args, { ...variables, ...more }, input),
    start: (more) => scene.start({ ...variables, ...more }, config),
    enters: (name) =>
      greenhouse.act.apply({
        job_id: job.id,
        stage: 'Video interview',
        first_name: name,
        last_name: 'Baker',
        can_email: true,
        email_addresses: [{ value: `${name.toLowerCase()}@home.test`, type: 'personal' }],
      }) as { id: number },
  };
}

it('somebody who enters the stage is invited by the next sync, once, and the plan says because of what', async () => {
  const scene = await openAtsScene();
  const check = await scene.command(['ats', 'check']).ended;
  expect(check.stderr).toBe('');
  expect(check).toMatchObject({ code: 0 });
  expect(check.stdout).toMatch(/✓ ats stages +“video INTERVIEW” in \d+ jobs → package standard/);
  const stages = await scene.run(['ats', 'stages']);
  expect(stages.json).toContainEqual(
    expect.objectContaining({ stage: 'Video interview', package: 'standard' }),
  );

  expect(await scene.run(['sync'])).toMatchObject({ json: { ats: { invited: 0 }, pushed: { created: 0 } } });
  const { id } = scene.enters('Ann');
  const pulled = await scene.run(['ats', 'pull']);
  expect(pulled).toMatchObject({ code: 0, json: { account: 'default', ok: true, invited: 1 } });
  expect(scene.invited()).toEqual([]);
  const plan = await scene.command(['plan']).ended;
  expect(plan.stdout).toMatch(
    /\+ interview gh-\d+ "ann@home\.test" \(entered “Video interview” in Greenhouse: package standard\)/,
  );
  expect(await scene.run(['sync'])).toMatchObject({ json: { ok: true } });
  expect(scene.invited()).toEqual(['ann@home.test']);
  await scene.run(['sync']);
  expect(scene.invited()).toEqual(['ann@home.test']);
  expect(id).toBeGreaterThan(0);
  const status = await scene.run(['status']);
  expect(status.json).toMatchObject({
    accounts: [
      {
        connectedAts: { source: 'greenhouse', failure: null, entries: 1, behindSeconds: expect.any(Number) },
      },
    ],
  });
  const shown = await scene.command(['status']).ended;
  expect(shown.stdout).toMatch(/Connected +greenhouse, read up to .*; 1 invitation asked for so far/);
});

it('a stage that is renamed in all jobs is told by the next sync and plan, with the nearest names', async () => {
  const scene = await openAtsScene();
  expect(await scene.run(['sync'])).toMatchObject({ json: { notes: [] } });
  for (const { id, name } of scene.greenhouse.state.job_interview_stages.values())
    if (/^video +interview$/i.test(name))
      scene.greenhouse.act.renameStage({ stage_id: id, name: 'Video call' });
  const told = expect.stringMatching(/“video {2}INTERVIEW”.*the nearest are “Video call”/);
  const synced = await scene.run(['sync']);
  expect(synced).toMatchObject({ code: 0, json: { notes: [told] } });
  expect(synced.stderr).toMatch(/"event":"ats_note"|ats_note/);
  expect(await scene.run(['plan'])).toMatchObject({ json: { atsNotes: [told] } });
  expect((await scene.command(['plan']).ended).stdout).toMatch(/^! Nobody is invited by the trigger/m);
});

it('of several accounts one whose ATS refuses keeps no other from being read, and is named', async () => {
  const scene = await openAtsScene();
  const triggers = `lagSeconds: 0, triggers: [${video}], clientIdEnv: ATS_CLIENT_ID`;
  const addresses = `baseUrl: "${scene.greenhouse.url}", tokenUrl: "${scene.greenhouse.tokenUrl}"`;
  const account = (name: string, secret: string) =>
    `{ name: ${name}, apiKeyEnv: SPARKHIRE_API_KEY, ats: { kind: greenhouse, ${addresses}, ${triggers}, clientSecretEnv: ${secret} }, packages: [{ name: standard, deadline_days: 7, questions: [{ text: Why here?, time_limit: 90, takes: 2 }] }] }`;
  const variables = {
    SYNC_CONFIG: scene.settingsFile(
      `accounts: [${account('north', 'WRONG')}, ${account('south', 'ATS_CLIENT_SECRET')}]\n`,
    ),
    WRONG: 'another-secret',
    ATS_BASE_URL: undefined,
    ATS_TOKEN_URL: undefined,
  };
  const pulled = await scene.run(['ats', 'pull'], variables);
  expect(pulled).toMatchObject({
    code: 1,
    json: [
      { account: 'north', ok: false, error: { code: expect.stringMatching(/^ATS_/) } },
      { account: 'south', ok: true },
    ],
  });
  const { stdout } = await scene.command(['ats', 'stages'], variables).ended;
  expect(stdout).toMatch(/^Account north\nATS_\w+: [^\n]+\n→ [^\n]+\nAccount south\n/);
});

it('a clock of Greenhouse that is ahead is told by doctor', async () => {
  const scene = await openAtsScene();
  scene.greenhouse.clock.advance(7_200_000);
  const doctor = await scene.run(['doctor']);
  const detail = expect.stringMatching(/^Greenhouse's clock is .* ahead of the one of this machine$/);
  expect(doctor.json).toContainEqual(
    expect.objectContaining({ check: 'ats_clock', level: 'warning', detail }),
  );
});

it('more than the settings allow at once waits for a person, who sees them first', async () => {
  const scene = await openAtsScene(yaml(video, '  from: all'));
  for (const name of ['Ann', 'Bob', 'Cid', 'Dan', 'Eve', 'Fay']) scene.enters(name);
  const held = await scene.run(['sync']);
  expect(held).toMatchObject({
    code: 3,
    json: {
      planHeld: {
        reason: expect.stringMatching(/^It would create .* for the connected ATS: more than 5 at once\.$/),
      },
    },
  });
  expect(scene.invited()).toEqual([]);
  const { planHeld } = held.json as { planHeld: { checksum: string } };
  expect(await scene.run(['apply', '--approve', planHeld.checksum])).toMatchObject({ json: { ok: true } });
  expect(scene.invited()).toEqual(expect.arrayContaining(['ann@home.test', 'fay@home.test']));
});

it('who becomes private while the plan is held is not invited by its approval', async () => {
  const scene = await openAtsScene(yaml(video, '  from: all'));
  const people = ['Ann', 'Bob', 'Cid', 'Dan', 'Eve', 'Fay'].map((name) => scene.enters(name));
  const held = (await scene.run(['sync'])).json as { planHeld: { checksum: string } };
  const { candidate_id } = scene.greenhouse.state.applications.get(people[0]!.id)!;
  scene.greenhouse.act.makePrivate({ candidate_id });
  await scene.run(['apply', '--approve', held.planHeld.checksum]);
  expect(scene.invited()).not.toContain('ann@home.test');
  const plan = await scene.run(['plan']);
  expect(plan.json).toMatchObject({
    skipped: expect.arrayContaining([expect.objectContaining({ reason: 'private' })]),
  });
  // Nothing had left: whoever may be invited again is, by the same entry.
  scene.greenhouse.act.makePrivate({ candidate_id, private: false });
  await scene.rows(
    `update sync.ats_cursors set position = jsonb_set(position, '{turns,skipped}', '"2020-01-01T00:00:00Z"')`,
  );
  const again = await scene.run(['sync']);
  expect(again).toMatchObject({ json: { ok: true, ats: { invited: 1 } } });
  await scene.run(['apply', '--approve', (again.json as typeof held).planHeld.checksum]);
  expect(scene.invited()).toContain('ann@home.test');
});

it('another package for the same job waits until the interview before has ended, and the plan says so', async () => {
  const scene = await openAtsScene(
    yaml(`${video}, { stage: Offer, package: last }`).replace(
      'packages:',
      'packages:\n  - { name: last, deadline_days: 3, questions: [{ text: When?, time_limit: 60, takes: 1 }] }',
    ),
  );
  await scene.run(['sync']);
  const { id } = scene.enters('Ann');
  await scene.run(['sync']);
  scene.greenhouse.act.moveToStage({ application_id: id, stage: 'Offer' });
  expect(await scene.run(['sync'])).toMatchObject({ json: { ats: { invited: 0, skipped: 1 } } });
  expect((await scene.command(['plan']).ended).stdout).toMatch(
    /application \d+ is skipped: interview_pending: has another interview for this job that is not finished \(row gh-\d+\)/,
  );
  const [first] = await scene.rows<{ uuid: string }>(
    `select uuid from sync.links where resource = 'interviews'`,
  );
  scene.emulator.act.completeInterview(first!.uuid);
  // By the first Spark Hire is read, by the second everybody who waited for it is asked.
  for (const _ of [1, 2]) expect(await scene.run(['sync'])).toMatchObject({ json: { ok: true } });
  expect(scene.invited()).toEqual(['ann@home.test', 'ann@home.test']);
});

it('a completed interview is not taken back for an application that moves on; one that is pending is', async () => {
  const scene = await openAtsScene(yaml(video, '  onLeave: cancel'));
  await scene.run(['sync']);
  const [done, pending] = [scene.enters('Ann'), scene.enters('Bob')];
  await scene.run(['sync']);
  const { act, state } = scene.emulator;
  const uuids = await scene.rows<{ email: string; uuid: string }>(
    `select candidate_email as email, uuid from ats.interviews join sync.links using (account, ats_id) where resource = 'interviews'`,
  );
  const uuidOf = (email: string) => uuids.find((row) => row.email === email)!.uuid;
  // Between two looks at Spark Hire: the completion, and what a recruiter does about it.
  act.completeInterview(uuidOf('ann@home.test'));
  for (const { id } of [done, pending])
    scene.greenhouse.act.moveToStage({ application_id: id, stage: 'Offer' });
  expect(await scene.run(['sync'])).toMatchObject({ json: { ats: { canceled: 1 } } });
  expect(state.interviews.get(uuidOf('ann@home.test'))).toMatchObject({ status: 'completed' });
  expect(state.interviews.get(uuidOf('bob@home.test'))).toMatchObject({ status: 'canceled' });
  expect(Object.values(await scene.states('interview')).sort()).toEqual(['gone', 'synced']);
});

it('an ATS that refuses keeps nothing else from being done, and sync says so', async () => {
  const scene = await openAtsScene();
  await scene.run(['sync']);
  await scene.put('packages', {
    package: 'mine',
    type: 'one_way',
    deadline_days: 7,
    questions: [{ text: 'Why?', time_limit: 60, takes: 1 }],
  });
  await scene.put('jobs', {
    ats_id: 'J',
    title: 'Cook',
    description: 'Cooks',
    status: 'open',
    work_mode: 'remote',
  });
  await scene.put('interviews', {
    ats_id: 'I',
    job_ats_id: 'J',
    candidate_name: 'Zoe Cook',
    candidate_email: 'zoe@home.test',
    package: 'mine',
  });
  scene.greenhouse.act.exchangeSecret({ secret: 'another' });
  scene.greenhouse.act.revokeTokens({});
  const result = await scene.run(['sync']);
  expect(result).toMatchObject({ code: 1, json: { ok: false, error: { code: 'ATS_ACCESS_REFUSED' } } });
  expect(scene.invited()).toEqual(['zoe@home.test']);
  expect(`${result.stdout}${result.stderr}`).not.toContain('emulated-client-secret');
  const doctor = await scene.run(['doctor']);
  expect(doctor.json).toContainEqual(expect.objectContaining({ check: 'ats_access', ok: false }));
  expect(await scene.run(['ats', 'check'])).toMatchObject({ code: 1 });
  expect(await scene.run(['plan'])).toMatchObject({
    code: 3,
    json: { atsError: { code: 'ATS_ACCESS_REFUSED' } },
  });
});

it('without an ATS the commands of one say what to set', async () => {
  const scene = await openPushScene(onTestFinished);
  const result = await scene.command(['ats', 'pull']).ended;
  expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('ATS_NOT_CONNECTED') });
});

it('the running service invites by itself', async () => {
  const scene = await openAtsScene();
  await scene.run(['sync']);
  scene.enters('Ann');
  const service = await scene.start({ SYNC_SCHEDULE: '* * * * * *' });
  await scene.until(() => expect(scene.invited()).toEqual(['ann@home.test']));
  await service.stop();
});

it('a service that takes over from another invites who is left, and nobody twice', async () => {
  const scene = await openAtsScene();
  await scene.run(['sync']);
  const often = { SYNC_SCHEDULE: '* * * * * *' };
  const first = await scene.start(often);
  const second = await scene.start(often);
  scene.enters('Ann');
  await scene.until(() => expect(scene.invited()).toEqual(['ann@home.test']));
  scene.enters('Bob');
  await first.stop();
  scene.enters('Cid');
  await scene.until(() =>
    expect(scene.invited()).toEqual(['ann@home.test', 'bob@home.test', 'cid@home.test']),
  );
  await second.stop();
  expect(scene.greenhouse.requests.filter(({ path }) => path === '/token')).toHaveLength(1);
});
