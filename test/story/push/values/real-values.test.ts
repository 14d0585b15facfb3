/**
 * Rows as real systems write them: addresses and numbers of all kinds, keys with blanks.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, anInterview, openPushScene } from '../../../support/push-scene.js';

it('addresses that mail systems carry are invited, whatever letters they have', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const addresses = [
    'ada&bo@example.com',
    'ada=bo@example.com',
    "o'hara+jobs@example.com",
    'x~y@xn--mller-kva.example',
    'jørn@müller.example',
  ];
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', ...addresses.map((address, n) => anInterview(`I-${n}`, 'J-1', address)));
  await scene.put('users', { ats_id: 'U-1', name: 'Ada', email: 'ada&co@example.com', role: 'standard' });
  expect(await scene.run(['sync'])).toMatchObject({ code: 0, json: { pushed: { rejected: 0 } } });
  expect(scene.invited()).toEqual([...addresses].sort());
  expect(await scene.states('user')).toEqual({ 'U-1': 'synced' });
});

it('a row whose key differs in a blank alone invites nobody, cancels nobody, and says so', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  await scene.put(
    'interviews',
    anInterview('I-1', 'J-1', 'one@example.org'),
    anInterview('I-1 ', 'J-1', 'one@example.org'),
    anInterview('I-2\u200b', 'J-1', 'two@example.org'),
    anInterview('I-3', 'J-1 ', 'three@example.org'),
    { ats_id: 'I-1\r', desired: 'canceled' },
  );
  const told = async () =>
    Object.fromEntries(
      Object.entries(await scene.view('interview')).map(([key, { state, issues }]) => [
        key,
        [state, ...issues.map(({ field, message }) => `${field} ${/"(.*)"/.exec(message)?.[1]}`)],
      ]),
    );
  const expected = {
    'I-1': ['synced'],
    'I-1 ': ['rejected', 'ats_id I-1␠'],
    'I-1\r': ['rejected', 'ats_id I-1<U+000D>'],
    'I-2\u200b': ['rejected', 'ats_id I-2<U+200B>'],
    'I-3': ['rejected', 'job_ats_id J-1␠'],
  };
  for (const _ of ['first', 'again']) {
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(await told()).toEqual(expected);
    expect(scene.invited()).toEqual(['one@example.org']);
  }
  // Corrected, each is what it was meant to be.
  await scene.rows(`delete from ats.interviews where ats_id in ('I-1 ', E'I-1\\r')`);
  await scene.rows(`update ats.interviews set ats_id = 'I-2', job_ats_id = 'J-1' where ats_id like 'I-2%'`);
  await scene.rows(`update ats.interviews set job_ats_id = 'J-1' where ats_id = 'I-3'`);
  expect((await scene.run(['sync'])).code).toBe(0);
  expect(scene.invited()).toEqual(['one@example.org', 'three@example.org', 'two@example.org']);
});

it('a number that nobody knows to be in use costs the text message, not the invitation', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  scene.emulator.act.setPlan({ features: { interview_sms_notifications: true } });
  await scene.put('jobs', aJob('J-1'));
  const phones = (candidate_phone: string, candidate_phone_e164: string) => ({
    candidate_phone,
    candidate_phone_e164,
    sms_consent: true,
  });
  await scene.put(
    'interviews',
    anInterview('I-1', 'J-1', 'one@example.org', phones('90-123-4567', '+81901234567')),
    anInterview('I-2', 'J-1', 'two@example.org', phones('0664 1234567', '+436641234567')),
    anInterview('I-3', 'J-1', 'three@example.org', phones('6.64123E+09', '+436641234567')),
  );
  for (const _ of ['first', 'again']) {
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(scene.invited()).toEqual(['one@example.org', 'two@example.org']);
    const view = await scene.view('interview');
    expect(view['I-1']).toMatchObject({
      state: 'rejected',
      status: 'requested',
      issues: [{ code: 'INVALID_FORMAT', field: 'candidate_phone_e164' }],
    });
    expect(view['I-2']).toMatchObject({ state: 'synced', issues: [] });
    expect(view['I-3']).toMatchObject({ state: 'rejected', issues: [{ field: 'candidate_phone' }] });
    const texts = scene.emulator.outbox.filter(({ kind }) => kind === 'sms_invitation');
    expect(texts.map(({ to }) => to)).toEqual(['+436641234567']);
  }
  // Without the numbers nothing is left to be told.
  await scene.rows(
    `update ats.interviews set candidate_phone = null, candidate_phone_e164 = null where ats_id <> 'I-2'`,
  );
  expect((await scene.run(['sync'])).code).toBe(0);
  expect(scene.invited()).toEqual(['one@example.org', 'three@example.org', 'two@example.org']);
});
