/**
 * The same life of rows under readings of the API that matter to writing, each in an account of its own: it ends the
 * same, and nothing is written again.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import {
  aJob,
  anInterview,
  aShareRequest,
  byAdministrator,
  openPushScene,
} from '../../../support/push-scene.js';
import { inTurn } from '../../../support/rotation.js';

const readings: Record<string, NonNullable<EmulatorOptions['switches']>> = {
  plain: {},
  echoes: { updateEcho: 'old', interviewPostShape: 'object-for-single-array', createdStatus: 'always-200' },
  spelling: { canceledSpelling: 'cancelled', conflictStatus: '409', validationStatus: '422' },
  jobs: { jobKey: 'job', nestedJob: 'full', deletedJob: 'inactive', jobEditTouches: true },
  ratings: {
    ratingFormat: 'string-or-null',
    ratingTouches: false,
    takesFormat: 'number',
    planFeatures: 'texts',
  },
  links: {
    shareLinkFormat: 'null',
    shareLinkTouches: false,
    listDetailFields: 'null',
    advancedInterviewIds: 'interview-id',
    planFeatures: 'names',
  },
  strings: { shareLinkFormat: 'string', timestampFormat: 'local-offset', unknownFields: 'fields' },
  times: { timestampFormat: 'fractional', expiryTouches: false, nullTimestamps: 'missing' },
  wire: { errorBody: 'html', emptyAnswer: '200-object', contentType: 'text/html', bomOrWhitespace: 'bom' },
  pages: {
    pageCap: 7,
    shortPages: 'random',
    ties: 'shuffled',
    endOfList: '416',
    defaultOrder: 'updated_desc',
  },
  people: { deletedUser: 'inactive-and-listed', userRole: 'always', meCompany: 'null', gone: '410' },
  bare: {
    planEnvelope: 'bare',
    updateEcho: 'old',
    jobKey: 'job',
    canceledSpelling: 'cancelled',
    planFeatures: 'objects',
  },
};

const names = inTurn(Object.keys(readings));

it('rows are carried over whatever the answers look like, and then nothing is written any more', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const emulators = new Map<string, Emulator>();
  for (const [index, name] of names.entries()) {
    const emulator = await startEmulator({
      users: 2,
      jobs: 0,
      interviews: 0,
      questionSets: 0,
      shareLinks: 0,
      jobSlots: -1,
      userSeats: -1,
      rateLimit: 1_000_000,
      seed: 20 + index,
      adminKey: `key-of-${name}-0123456789`,
      switches: readings[name],
    });
    onTestFinished(() => emulator.close());
    emulators.set(name, emulator);
  }
  const config = `accounts:\n${names
    .map((name, at) => `  - { name: ${name}, apiKeyEnv: KEY_${at}, baseUrl: '${emulators.get(name)!.url}' }`)
    .join('\n')}\npolicies: { ${byAdministrator} }\n`;
  const env = {
    SPARKHIRE_API_KEY: undefined,
    SPARKHIRE_BASE_URL: undefined,
    SYNC_CONFIG: scene.settingsFile(config),
    ...Object.fromEntries(names.map((name, at) => [`KEY_${at}`, emulators.get(name)!.adminKey])),
  };
  const sync = async () => {
    const { code, json } = await scene.run(['sync'], env);
    expect([code, json]).toMatchObject([0, names.map((account) => ({ account, ok: true }))]);
  };
  const everywhere = (rows: Array<Record<string, unknown>>) =>
    names.flatMap((account) => rows.map((row) => ({ ...row, account })));
  const rows = (view: string) =>
    scene.rows<{ account: string; ats_id: string; state: string; status: string; sparkhire_uuid: string }>(
      `select * from ats.${view}_sync order by account, ats_id`,
    );
  const are = async (view: string, states: Record<string, string>) => {
    const found: Record<string, Record<string, string>> = {};
    for (const { account, ats_id, state } of await rows(view)) {
      found[account] = { ...found[account], [ats_id]: state };
    }
    expect(found).toEqual(Object.fromEntries(names.map((name) => [name, states])));
  };
  const writes = (name: string) => emulators.get(name)!.requests.filter(({ method }) => method !== 'GET');

  const bo = { ats_id: 'U-1', name: 'Bo', email: 'bo@example.org', role: 'standard' };
  const sent = [
    anInterview('I-1', 'J-1', 'one@example.org', { share: true, requested_by_ats_id: 'U-1' }),
    anInterview('I-2', 'J-1', 'two@example.org'),
    anInterview('I-3', 'J-2', 'three@example.org'),
  ];
  await scene.put('users', ...everywhere([bo]));
  await scene.put('jobs', ...everywhere([aJob('J-1'), aJob('J-2'), aJob('J-3')]));
  await scene.put('interviews', ...everywhere(sent));
  await scene.put('share_requests', ...everywhere([aShareRequest('R-1', ['I-1'], ['jane'])]));
  await sync();
  await are('interview', { 'I-1': 'synced', 'I-2': 'synced', 'I-3': 'synced' });
  await are('job', { 'J-1': 'synced', 'J-2': 'synced', 'J-3': 'synced' });

  // Everything that can be written, at once; the candidate of the first completes it.
  for (const { account, ats_id, sparkhire_uuid } of await rows('interview')) {
    if (ats_id === 'I-1') emulators.get(account)!.act.completeInterview(sparkhire_uuid, { rating: 4 });
  }
  const later = new Date(Date.now() + 20 * 86_400_000).toISOString();
  await scene.put('users', ...everywhere([{ ...bo, name: 'Bo Ek' }]));
  const place = { city: 'Linz', description: 'Bakes by day.' };
  await scene.put(
    'jobs',
    ...everywhere([aJob('J-1', { title: 'Baker' }), aJob('J-2', place), aJob('J-3', { status: 'closed' })]),
  );
  await scene.put(
    'interviews',
    ...everywhere([
      { ats_id: 'I-2', desired: 'canceled' },
      { ats_id: 'I-3', deadline_at: later },
    ]),
  );
  await sync();
  await are('interview', { 'I-1': 'synced', 'I-2': 'gone', 'I-3': 'synced' });
  await are('job', { 'J-1': 'synced', 'J-2': 'synced', 'J-3': 'synced' });
  await are('user', { 'U-1': 'synced' });
  await are('share_request', { 'R-1': 'synced' });
  await scene.put('share_requests', ...everywhere([{ ats_id: 'R-1', status: 'inactive' }]));
  await sync();
  for (const name of names) {
    const told = writes(name).map(({ method, path, body }) => {
      const fields =
        method === 'PUT'
          ? ` ${Object.keys(body as object)
              .sort()
              .join()}`
          : '';
      return `${method} ${path.replace(/\/v1\.0|[0-9a-f-]{36}/g, '')}${fields}`;
    });
    expect([name, told.sort()]).toEqual([
      name,
      [
        'POST /interviews',
        'POST /interviews',
        'POST /interviews',
        'POST /interviews//share_link',
        'POST /jobs',
        'POST /jobs',
        'POST /jobs',
        'POST /share_links',
        'POST /users',
        'PUT /interviews/ scheduled_at',
        'PUT /interviews/ status',
        'PUT /jobs/ description,location',
        'PUT /jobs/ status',
        'PUT /jobs/ title',
        'PUT /share_links/ status',
        'PUT /users/ name',
      ],
    ]);
  }

  const before = new Map(names.map((name) => [name, writes(name).length]));
  await sync();
  for (const name of names) {
    expect([name, writes(name).length]).toEqual([name, before.get(name)]);
    const { state, outbox } = emulators.get(name)!;
    const invited = outbox.filter(({ kind }) => kind === 'interview_invitation').map(({ to }) => to);
    expect([name, invited.sort()]).toEqual([
      name,
      ['one@example.org', 'three@example.org', 'two@example.org'],
    ]);
    expect([...state.interviews.values()].filter(({ shareLink }) => shareLink !== null)).toHaveLength(1);
    expect([...state.shareLinks.values()].map(({ status }) => status)).toEqual(['inactive']);
    expect([...state.interviews.values()].map(({ status }) => status).sort()).toEqual([
      'canceled',
      'completed',
      'requested',
    ]);
  }
  expect(await scene.rows('select account, kind, reason from sync.conflicts')).toEqual([]);
  const results = (await rows('interview')).filter(({ ats_id }) => ats_id === 'I-1');
  for (const result of results) {
    expect(result).toMatchObject({ status: 'completed', rating: '4.00', watch_url: expect.any(String) });
  }
});
