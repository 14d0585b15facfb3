/** ATSs that order interviews themselves: an order becomes an invitation, once, and they are told what comes of it. */
import { describe, expect, it } from 'vitest';
import { orderingAshby } from '#emulators/ordering/ashby';
import { orderingGreenhouse } from '#emulators/ordering/greenhouse';
import { orderingTeamtailor } from '#emulators/ordering/teamtailor';
import { openPushScene, withoutBackoff } from '../../support/push-scene.js';
import { halt } from '../../support/scene.js';

withoutBackoff();

type OnFinished = Parameters<typeof openPushScene>[0];

const key = 'key-of-greenhouse-0001';
const secret = 'secret-of-the-partner-01';
const apiKey = 'api-key-of-the-partner-1';

/** A service that takes orders of the packages `screening`, of job J-1, and `open`, of no job. */
async function takingOrders(
  onFinished: OnFinished,
  protocol: string,
  ats: { origin: string; close(): Promise<void> },
  at: { url: string },
) {
  onFinished(() => ats.close());
  const scene = await openPushScene(onFinished);
  await scene.put('jobs', {
    ats_id: 'J-1',
    title: 'Sales Manager',
    description: 'Sells.',
    status: 'open',
    city: 'Oslo',
    country: 'Norway',
  });
  const each = { type: 'one_way', questions: [{ text: 'Why?', time_limit: 60 }], deadline_days: 7 };
  await scene.put('packages', { package: 'screening', job_ats_id: 'J-1', ...each });
  await scene.put('packages', { package: 'open', ...each });
  const variables: Record<string, string> = {
    greenhouse: { PARTNER_GREENHOUSE_KEY: key },
    teamtailor: { PARTNER_TEAMTAILOR_SECRET: secret, PARTNER_TEAMTAILOR_API_KEY: apiKey },
    ashby: { PARTNER_ASHBY_SECRET: secret, PARTNER_ASHBY_API_KEY: apiKey },
  }[protocol]!;
  const service = await scene.start(
    { ...variables, SYNC_HTTP_PORT: '0' },
    `policies: { keys: { missing: administrator } }\npartner: { ${protocol}: { baseUrl: '${ats.origin}' } }\n`,
  );
  at.url = `${service.url}/partner/default/${protocol}`;
  /** So many were, and it is known here. */
  const isInvited = (n: number) =>
    scene.until(async () => {
      expect(scene.invited()).toHaveLength(n);
      const states = Object.values(await scene.states('interview'));
      expect(states.filter((state) => state === 'in_flight' || state === 'pending')).toEqual([]);
    });
  const interviewOf = async (atsId: string) => {
    const uuid = (await scene.view('interview'))[atsId]?.sparkhire_uuid;
    expect(uuid).toEqual(expect.any(String));
    return uuid!;
  };
  return { scene, service, isInvited, interviewOf };
}

const partnerAt = () => {
  const at = { url: '' };
  return { at, partner: () => at.url };
};

describe('Greenhouse', () => {
  const open = async (onFinished: OnFinished) => {
    const { at, partner } = partnerAt();
    const greenhouse = await orderingGreenhouse({ partner, key });
    return { greenhouse, ...(await takingOrders(onFinished, 'greenhouse', greenhouse, at)) };
  };

  it('orders an interview once, and reads the result when it is told that there is one', async ({
    onTestFinished,
  }) => {
    const { greenhouse, scene, service, isInvited, interviewOf } = await open(onTestFinished);
    expect(await greenhouse.listTests()).toEqual({
      status: 200,
      body: [{ partner_test_id: 'screening', partner_test_name: 'screening' }],
    });
    const first = await greenhouse.sendTest('screening', {}, { again: 7 });
    const again = await Promise.all([1, 2, 3].map(() => greenhouse.sendTest('screening', {}, { again: 7 })));
    const id = 'ga-7';
    expect([first, ...again].map(({ status, body }) => [status, body])).toEqual(
      Array(4).fill([200, { partner_interview_id: id }]),
    );
    await isInvited(1);
    expect(scene.invited()).toEqual(['ada@candidates.example']);
    expect((await greenhouse.testStatus(id)).body).toMatchObject({
      partner_status: 'invited',
      partner_profile_url: null,
    });
    expect(greenhouse.told).toEqual([]);

    scene.emulator.act.completeInterview(await interviewOf(id), { rating: 4 });
    await scene.run(['sync']);
    await scene.until(() => expect(greenhouse.results.size).toBe(1));
    expect(greenhouse.results.get(first.url)).toEqual({
      problems: [],
      status: expect.objectContaining({
        partner_status: 'complete',
        partner_score: 4,
        partner_profile_url: expect.stringMatching(/^https?:/),
      }),
    });
    await scene.run(['sync']);
    expect([greenhouse.told.length, scene.invited().length]).toEqual([1, 1]);
    const { json } = await scene.run(['explain', id]);
    const { stories } = json as { stories: Array<{ events: Array<{ text: string }> }> };
    expect(
      stories[0]!.events.map(({ text }) => text).filter((text) => text.startsWith('greenhouse: ')),
    ).toEqual([
      'greenhouse: an interview was ordered, with the package "screening".',
      'greenhouse: the ATS was told what has become of the order.',
    ]);
    // Whoever was erased is not invited by an order either, and nothing untrue is told of them.
    const pending = await greenhouse.sendTest('screening', { email: 'bea@candidates.example' }, { again: 9 });
    await isInvited(2);
    for (const who of ['ada', 'bea'])
      expect((await scene.run(['forget', `${who}@candidates.example`])).code).toBe(0);
    for (const one of [id, 'ga-9'])
      expect((await greenhouse.testStatus(one)).body).toMatchObject({
        partner_status: 'erased',
        partner_profile_url: null,
        partner_score: null,
        metadata: { Status: expect.stringContaining('The candidate was erased from sparkhire-sync') },
      });
    expect(await scene.rows('select told, problem from sync.orders')).toEqual(
      Array(2).fill({ told: null, problem: null }),
    );
    expect(pending.status).toBe(200);
    expect((await scene.run(['explain', 'ga-9'])).json).toMatchObject({ erased: [{ account: 'default' }] });
    expect(
      await greenhouse.sendTest('screening', { email: 'bea@candidates.example' }, { again: 9 }),
    ).toMatchObject({ status: 422, body: { errors: [expect.stringContaining('asked to be erased')] } });
    expect(await greenhouse.sendTest('screening')).toMatchObject({
      status: 422,
      body: { errors: ['This person asked to be erased, so no invitation is sent to them.'] },
    });
    expect((await service.stop()).code).toBe(0);
  });

  it('reads why an order is not taken, and nothing is stored of it', async ({ onTestFinished }) => {
    const { greenhouse, scene, service } = await open(onTestFinished);
    const answers = [
      await greenhouse.sendTest('no such'),
      await greenhouse.sendTest('open'),
      await greenhouse.sendTest('screening', { email: null }),
      await greenhouse.sendTest('screening', { email: 'ada at candidates' }),
      await greenhouse.testStatus('ga-none'),
    ];
    expect(answers.map(({ status, body }) => [status, (body as { errors: string[] }).errors[0]])).toEqual([
      [404, expect.stringContaining('There is no interview package "no such"')],
      [422, expect.stringContaining('set its job_ats_id in ats.packages')],
      [422, expect.stringContaining('no e-mail address')],
      [422, expect.stringContaining("The candidate's e-mail address")],
      [404, 'There is no such interview.'],
    ]);
    const { url } = service;
    const at = `${url}/partner/default/greenhouse/send_test`;
    const basic = (user: string) => ({
      authorization: `Basic ${Buffer.from(`${user}:`).toString('base64')}`,
    });
    const post = async (address: string, headers: Record<string, string>, body: string) =>
      (await fetch(address, { method: 'POST', headers, body })).status;
    expect([
      await post(at, basic('another-key-altogether'), '{}'),
      await post(at, {}, '{}'),
      await post(at, basic(key), 'no json'),
      await post(at, basic(key), `"${'x'.repeat(1_100_000)}"`),
      await post(at, basic(key), '{"partner_test_id": "screening"}'),
      await post(`${url}/partner/nobody/greenhouse/send_test`, basic(key), '{}'),
      await post(`${url}/partner/default/ashby/assessment.list`, basic(key), '{}'),
      await post(`${url}/partner/default/greenhouse/constructor`, basic(key), '{}'),
    ]).toEqual([401, 401, 400, 413, 422, 404, 404, 404]);
    expect(await scene.rows('select 1 from ats.interviews union all select 1 from sync.orders')).toEqual([]);
    const orders = async () => {
      const { json } = await scene.run(['doctor'], { PARTNER_GREENHOUSE_KEY: key });
      return (json as Array<{ check: string }>).filter(({ check }) => check === 'orders');
    };
    // The one without a job is not shown to it.
    expect(await orders()).toEqual([
      expect.objectContaining({ detail: "Greenhouse: 1 package to order; every order's state was told" }),
    ]);
    await scene.rows('update ats.packages set job_ats_id = null');
    expect(await orders()).toEqual([
      expect.objectContaining({ level: 'warning', detail: 'Greenhouse is shown no package to order' }),
    ]);
    expect((await service.stop()).code).toBe(0);
  });

  it('is told again until it takes it, and not for ever where it refuses', { tags: ['rare'] }, async ({
    onTestFinished,
  }) => {
    const { greenhouse, scene, service, isInvited, interviewOf } = await open(onTestFinished);
    const { url } = await greenhouse.sendTest('screening', {}, { again: 8 });
    await isInvited(1);
    greenhouse.reject(url);
    scene.emulator.act.completeInterview(await interviewOf('ga-8'));
    const again = async () => {
      await scene.rows(`update sync.orders set tell_at = now() where tell_at is not null`);
      await scene.run(['sync']);
    };
    for (let round = 0; round < 9; round++) await again();
    expect(greenhouse.told).toHaveLength(8);
    expect(await scene.rows('select problem, tell_at from sync.orders')).toEqual([
      { problem: 'it answers with status 422', tell_at: null },
    ]);
    // What happens next is told all the same.
    scene.emulator.act.rateInterview(await interviewOf('ga-8'), { rating: 2 });
    await scene.run(['sync']);
    expect(greenhouse.told).toHaveLength(9);
    expect((await service.stop()).code).toBe(0);
  });
});

describe('orders', () => {
  it('of any number are told, and those whose address is none of the ATS any more keep no other', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const { at, partner } = partnerAt();
    const greenhouse = await orderingGreenhouse({ partner, key });
    const { scene, service } = await takingOrders(onTestFinished, 'greenhouse', greenhouse, at);
    const orders = 110;
    for (let n = 1; n <= orders; n++)
      await greenhouse.sendTest('screening', { email: `c-${n}@candidates.example` }, { again: n });
    const other = await greenhouse.sendTest(
      'screening',
      { email: 'other@candidates.example' },
      { at: '/other/take_home_tests/1' },
    );
    expect(other.body).toEqual({ partner_interview_id: expect.stringMatching(/^ga-[0-9a-f]{16}$/) });
    expect((await greenhouse.sendTest('screening', { last_name: 'A\u0000B' })).status).toBe(422);
    await scene.until(async () => {
      const states = Object.values(await scene.states('interview'));
      expect(states.filter((state) => state === 'synced')).toHaveLength(orders + 1);
    });
    // The address of one is another ATS's now.
    await scene.rows(
      `update sync.orders set update_url = 'https://elsewhere.example/1' where ats_id = 'ga-1'`,
    );
    for (const { uuid } of await scene.rows<{ uuid: string }>('select uuid from sparkhire.interviews'))
      scene.emulator.act.completeInterview(uuid);
    await scene.run(['sync']);
    await scene.until(() => expect(greenhouse.results.size).toBe(orders));
    expect(await scene.rows('select ats_id, problem from sync.orders where problem is not null')).toEqual([
      { ats_id: 'ga-1', problem: expect.stringContaining("not one of Greenhouse's") },
    ]);
    // There is nothing more to say.
    await scene.run(['sync']);
    expect(greenhouse.told).toHaveLength(orders);
    expect((await service.stop()).code).toBe(0);
  });
});

describe('Teamtailor', () => {
  it.each([
    { authorization: 'Bearer', sealedWith: 128, signs: true },
    { authorization: 'Token', sealedWith: 256, signs: false },
  ] as const)(
    'shows each state of what it ordered ($authorization, $sealedWith bits, signed: $signs)',
    async (reading) => {
      const ends: Array<() => Promise<void>> = [];
      const { at, partner } = partnerAt();
      const teamtailor = await orderingTeamtailor({ partner, secret, apiKey, ...reading });
      const { scene, service, isInvited, interviewOf } = await takingOrders(
        (end) => void ends.push(end as () => Promise<void>),
        'teamtailor',
        teamtailor,
        at,
      );
      expect(await teamtailor.config()).toMatchObject({
        status: 200,
        body: {
          config: {
            fields: [{ id: 'package', type: 'select', options: [{ id: 'open' }, { id: 'screening' }] }],
          },
        },
      });
      const { result, event, status } = await teamtailor.push({ package: 'open' });
      const again = await teamtailor.push({ package: 'open' }, { result });
      expect([status, again.status]).toEqual([200, 200]);
      await isInvited(1);
      await scene.until(() => expect(teamtailor.results.get(result)).toMatchObject({ status: 'sent' }));
      expect(teamtailor.results.get(result)).toMatchObject({
        summary: expect.stringMatching(/^Invited, to be completed by \d{4}-/),
        actions: [{ buttonText: 'Cancel the invitation', endpoint: 'cancel' }],
      });
      // The order names the job: there was none of its title.
      expect(Object.keys(await scene.view('job'))).toEqual(['4711', 'J-1']);
      // The same person for the same job once more, by another trigger: not now, and not when this one has ended.
      expect(await teamtailor.push({ package: 'open' })).toMatchObject({
        status: 422,
        body: expect.stringContaining('is invited to an interview for this job already'),
      });
      scene.emulator.act.completeInterview(await interviewOf(`tt-${result}`), { rating: 3 });
      await scene.run(['sync']);
      await scene.until(() => expect(teamtailor.results.get(result)).toMatchObject({ status: 'completed' }));
      expect(teamtailor.results.get(result)).toMatchObject({
        assessment: { score: 60 },
        url: expect.stringMatching(/^https?:/),
        actions: [],
      });

      const other = await teamtailor.push(
        { package: 'screening' },
        { candidate: { email: 'other@candidates.example' } },
      );
      await isInvited(2);
      expect((await teamtailor.press('cancel', other.event)).status).toBe(200);
      await scene.until(() =>
        expect(teamtailor.results.get(other.result)).toMatchObject({ status: 'failed', summary: 'Canceled' }),
      );
      expect(scene.emulator.outbox.filter(({ kind }) => kind === 'interview_invitation')).toHaveLength(2);
      expect(event).toBeDefined();
      expect((await service.stop()).code).toBe(0);
      for (const end of ends.reverse()) await end();
    },
  );

  it('shows the recruiter in plain text why an order is not taken', async ({ onTestFinished }) => {
    const { at, partner } = partnerAt();
    const teamtailor = await orderingTeamtailor({ partner, secret, apiKey });
    const { scene, service } = await takingOrders(onTestFinished, 'teamtailor', teamtailor, at);
    const said = [
      await teamtailor.push({ package: 'gone' }),
      await teamtailor.push({}),
      await teamtailor.push({ package: 'open' }, { candidate: { email: null } }),
      await teamtailor.push({ package: 'open' }, { job: { status: { rejected: true } } }),
      await teamtailor.push({ package: 'open' }, { job: null }),
    ];
    expect(said.map(({ status, body }) => [status, body])).toEqual([
      [422, 'There is no interview package "gone" any more: choose another one.'],
      [422, 'The trigger names no interview package: choose one in its form.'],
      [422, 'The candidate has no e-mail address: add one, then order again.'],
      [422, 'The candidate is rejected, so no invitation is sent.'],
      [422, expect.stringContaining('does not say for which job it is')],
    ]);
    const forger = await orderingTeamtailor({ partner, secret: 'another-secret-altogether', apiKey });
    onTestFinished(() => forger.close());
    expect([(await forger.config()).status, (await forger.push({ package: 'open' })).status]).toEqual([
      401, 401,
    ]);
    // Signed for a time long past.
    const late = await orderingTeamtailor({ partner, secret, apiKey, now: () => Date.now() - 3_600_000 });
    onTestFinished(() => late.close());
    expect((await late.push({ package: 'open' })).status).toBe(401);
    expect(await scene.rows('select 1 from ats.interviews')).toEqual([]);
    expect((await service.stop()).code).toBe(0);
  });
});

describe('Ashby', () => {
  it('starts an assessment once, is told each state, and may cancel it', async ({ onTestFinished }) => {
    const { at, partner } = partnerAt();
    const ashby = await orderingAshby({ partner, secret, apiKey });
    const { scene, service, isInvited, interviewOf } = await takingOrders(onTestFinished, 'ashby', ashby, at);
    expect(await ashby.list()).toMatchObject({
      status: 200,
      body: { success: true, results: [{ assessment_type_id: 'open' }, { assessment_type_id: 'screening' }] },
    });
    const idOf = ({ body }: { body: unknown }) =>
      (body as { results: { assessment_id: string } }).results.assessment_id;
    // What waits for its job follows a correction; it is still one order.
    await scene.rows(`update ats.jobs set status = 'closed' where ats_id = 'J-1'`);
    const wrong = idOf(
      await ashby.start('screening', {
        application: 'app-9',
        candidate: { email: 'wrong@candidates.example' },
      }),
    );
    await scene.until(async () => expect(await scene.states('interview')).toEqual({ [wrong]: 'held' }));
    expect(
      idOf(
        await ashby.start('screening', {
          application: 'app-9',
          candidate: { email: 'right@candidates.example' },
        }),
      ),
    ).toBe(wrong);
    await scene.rows(`update ats.jobs set status = 'open' where ats_id = 'J-1'`);
    await isInvited(1);
    expect(scene.invited()).toEqual(['right@candidates.example']);
    const ids = (await Promise.all([1, 2, 3].map(() => ashby.start('screening')))).map(idOf);
    expect(new Set(ids).size).toBe(1);
    const [id] = ids as [string];
    await isInvited(2);
    const status = (of: string) =>
      (ashby.assessments.get(of)?.assessment_status as { value?: string } | undefined)?.value;
    await scene.until(() => expect(status(id)).toBe('Invited'));
    // An error with status 200 is none that was taken.
    ashby.refuse(1);
    scene.emulator.act.completeInterview(await interviewOf(id), { rating: 5 });
    await scene.run(['sync']);
    await scene.until(async () =>
      expect(await scene.rows('select problem from sync.orders where problem is not null')).toEqual([
        { problem: 'it answers: ["rate_limit_exceeded"]' },
      ]),
    );
    await scene.rows('update sync.orders set tell_at = now() where tell_at is not null');
    await scene.run(['sync']);
    await scene.until(() => expect(status(id)).toBe('Completed'));
    expect(ashby.assessments.get(id)).toMatchObject({
      assessment_result: { type: 'numeric_score', value: 5 },
      assessment_profile_url: { type: 'url' },
    });

    // What came to its end may be ordered again; this one is taken back.
    const second = idOf(
      await ashby.start('screening', { application: 'app-2', candidate: { email: 'b@candidates.example' } }),
    );
    await isInvited(3);
    expect((await ashby.cancel(second)).body).toMatchObject({ success: true });
    await scene.until(() => expect(status(second)).toBe('Canceled'));
    const third = idOf(
      await ashby.start('screening', { application: 'app-2', candidate: { email: 'b@candidates.example' } }),
    );
    expect(third).not.toBe(second);
    await isInvited(4);
    expect((await ashby.start('no such')).body).toEqual({
      success: false,
      errors: [expect.stringContaining('There is no interview package')],
    });
    expect((await ashby.cancel('aa-none')).status).toBe(404);
    expect((await service.stop()).code).toBe(0);
  });

  it('may take many back at once, and a loader that loses its rows may not', { tags: ['rare'] }, async ({
    onTestFinished,
  }) => {
    const { at, partner } = partnerAt();
    const ashby = await orderingAshby({ partner, secret, apiKey });
    const { scene, service, isInvited } = await takingOrders(onTestFinished, 'ashby', ashby, at);
    const ids: string[] = [];
    for (let n = 1; n <= 30; n++) {
      const { body } = await ashby.start('screening', {
        application: `app-${n}`,
        candidate: { email: `c-${n}@candidates.example` },
      });
      ids.push((body as { results: { assessment_id: string } }).results.assessment_id);
    }
    await isInvited(30);
    const canceled = () => scene.rows(`select 1 from sparkhire.interviews where status = 'canceled'`);
    const held = () =>
      scene.rows(`select 1 from sync.conflicts where kind = 'mass_change' and resolved_at is null`);
    // The first is under way while the others come: they are one plan.
    const first = halt(scene, 1, ({ method }) => method !== 'GET');
    await ashby.cancel(ids[0]!);
    await first.reached;
    for (const id of ids.slice(1, 15)) await ashby.cancel(id);
    first.letOn();
    await scene.until(async () => expect(await canceled()).toHaveLength(15));
    expect(await held()).toEqual([]);
    await scene.rows(`update ats.interviews set desired = 'canceled'`);
    await scene.until(async () => expect(await held()).toHaveLength(1));
    expect(await canceled()).toHaveLength(15);
    expect((await service.stop()).code).toBe(0);
  });
});
