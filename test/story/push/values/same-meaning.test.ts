/**
 * What is written otherwise and means the same is no edit: nothing is sent, and nobody is told to invite anew.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type SyncRow } from '../../../support/push-scene.js';

it('rows that are written otherwise after they were sent stay settled', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  const [composed, decomposed] = ['Zo\u00eb Mar\u00eda Lie', 'Zoe\u0308  Mari\u0301a\u00a0Lie '];
  const day = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  const user = { ats_id: 'U-1', email: 'ida@example.org', role: 'standard' };
  const invitation = (over: Record<string, unknown>) =>
    anInterview('I-1', 'J-1', 'zoe@b\u00fccher.example', {
      candidate_phone_e164: '+436641234567',
      sms_consent: true,
      ...over,
    });
  const job = aJob('J-1', { work_mode: 'hybrid', work_place: 'Caf\u00e9 Graz' });
  await scene.put('users', { ...user, name: composed });
  await scene.put('jobs', { ...job, title: `Cook for ${composed}` });
  await scene.put(
    'interviews',
    invitation({
      candidate_name: composed,
      candidate_phone: '0664 1234567',
      timezone: 'Europe/Kiev',
      email_message: 'Good luck!\nThe team',
      deadline_at: `${day}T12:00:00+00:00`,
    }),
  );
  await scene.run(['apply']);
  const rows = async () => {
    const all: SyncRow[] = [];
    for (const view of ['user', 'job', 'interview'] as const)
      all.push(...Object.values(await scene.view(view)));
    return all.map(({ ats_id, state, issues }) => [ats_id, state, issues]);
  };
  const settled = ['U-1', 'J-1', 'I-1'].map((atsId) => [atsId, 'synced', []]);
  expect(await rows()).toEqual(settled);
  scene.writes();
  await scene.put('users', { ...user, name: decomposed, email: 'Ida@Example.org' });
  await scene.put('jobs', { ...job, title: `Cook for ${decomposed}`, work_place: 'Cafe\u0301  Graz' });
  await scene.put(
    'interviews',
    invitation({
      candidate_name: decomposed,
      candidate_email: 'Zoe@xn--bcher-kva.example',
      candidate_phone: '+43 (664) 123-4567',
      candidate_phone_e164: '+43 664 1234567',
      timezone: 'Europe/Kyiv',
      email_message: 'Good luck!\r\n\r\nThe\u00a0team ',
      questions: [{ text: 'Why\u00a0 bread?', time_limit: 60, takes: 1 }],
      deadline_at: `${day}T13:00:00+01:00`,
    }),
  );
  const { code } = await scene.run(['apply']);
  expect([code, await rows(), scene.writes()]).toEqual([0, settled, []]);
});

it('another number, zone or name of an invitation that was sent is told', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  const row = anInterview('I-1', 'J-1', 'zoe@example.org', {
    candidate_phone: '0664 1234567',
    candidate_phone_e164: '+436641234567',
    sms_consent: true,
    timezone: 'Europe/Kyiv',
  });
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', row);
  await scene.run(['apply']);
  await scene.put('interviews', {
    ...row,
    candidate_name: 'Zoe Moe',
    candidate_phone: '0664 7654321',
    candidate_phone_e164: '+436647654321',
    timezone: 'Europe/Bucharest',
  });
  await scene.run(['apply']);
  const told = (await scene.view('interview'))['I-1']!.issues.map(({ code, field }) => `${code} ${field}`);
  expect(told).toEqual(
    ['candidate_name', 'candidate_phone', 'candidate_phone_e164', 'timezone'].map(
      (field) => `IMMUTABLE_AFTER_SEND ${field}`,
    ),
  );
});

it('an address or number with something in it that nobody sees is told as that after the invitation was sent too', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const odd = ['a@example.org ', 'b@example.org\u200b', '\u00a0c@example.org'];
  const phones = {
    candidate_phone: '0664 1234567',
    candidate_phone_e164: '+436641234567',
    sms_consent: true,
  };
  const rows = odd.map((_, n) => anInterview(`I-${n + 1}`, 'J-1', `${'abc'[n]}@example.org`, phones));
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', ...rows.map((row, n) => ({ ...row, candidate_email: odd[n] })));
  await scene.run(['apply']);
  const told = async () => Object.values(await scene.view('interview')).map(({ issues }) => issues);
  const before = await told();
  expect(before.flat().map(({ code, field }) => [code, field])).toEqual(
    odd.map(() => ['INVALID_FORMAT', 'candidate_email']),
  );
  await scene.put('interviews', ...rows);
  expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 3 } });
  await scene.put('interviews', ...rows.map((row, n) => ({ ...row, candidate_email: odd[n] })));
  await scene.run(['apply']);
  expect(await told()).toEqual(before);
});
