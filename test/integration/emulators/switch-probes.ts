import { expect } from 'vitest';
import type { SwitchName } from '#emulators/emulator/index';
import { apiFor, type emulated, invitation, type Json, receiver } from './api.js';

type Session = Awaited<ReturnType<typeof emulated>>;

/** What can be seen of a switch from outside. Two readings that look the same here would be one. */
export type Probe = (session: Session) => Promise<unknown>;

const somebody = { name: 'Some Body', email: 'some.body@example.com', role: 'standard' };
const place = { city: 'Vardø', state: '', country: 'Norway' };
const jobInput = { title: 'Keeper', description: 'Keeps the light.', status: 'inactive', location: place };
const unknownUuid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';

const first = <T>(map: Map<string, T>): T => [...map.values()][0]!;
const having = <T>(map: Map<string, T>, test: (one: T) => boolean): T => [...map.values()].find(test)!;
const keys = (json: object) => Object.keys(json).sort();

async function overLimit({ emulator, admin }: Session) {
  emulator.rateLimit.limit = 1;
  emulator.rateLimit.reset();
  await admin.get('/me');
  return admin.get('/me');
}

async function sharedInterview({ emulator, admin }: Session) {
  const interview = having(emulator.state.interviews, (one) => one.status === 'completed');
  emulator.act.shareInterview(interview.uuid);
  return (await admin.get(`/interviews/${interview.uuid}`)).json;
}

/** Whether the interview counts as updated by what `act` does a minute later. */
async function touched({ emulator, admin }: Session, uuid: string, act: () => void) {
  const before = (await admin.get(`/interviews/${uuid}`)).json.updated_at;
  emulator.clock.advance(60_000);
  act();
  return (await admin.get(`/interviews/${uuid}`)).json.updated_at !== before;
}

async function hooked({ emulator, admin }: Session) {
  const hook = await receiver();
  await admin.post('/webhooks', { description: 'probe', url: hook.url });
  return {
    ...hook,
    after: async (act: () => void) => {
      act();
      await emulator.settleDeliveries();
      return hook.received;
    },
  };
}

async function fullJobs({ emulator, admin }: Session) {
  emulator.act.setPlan({ jobLimit: emulator.state.activeJobs() });
  return (await admin.post('/jobs', { ...jobInput, status: 'active' })).status;
}

export const probes: Record<SwitchName, Probe> = {
  rateHeaders: async (session) => {
    const { status, headers } = await overLimit(session);
    const retryAfter = headers.get('retry-after');
    return [
      status,
      headers.get('x-rate-limit-try-again-seconds') !== null,
      retryAfter && /^\d+$/.test(retryAfter),
    ];
  },
  rateWindow: async () => 'see unit/emulators/rate-limit.test.ts',
  rateScope: async (session) => {
    const { emulator, admin, userWith } = session;
    const { api } = userWith('standard');
    await overLimit(session);
    const other = (await api.get('/me')).status;
    const stranger = (await apiFor(emulator, 'unknown').get('/me')).status;
    return [(await admin.get('/me')).status, other, stranger];
  },
  rateCountsRefused: async () => 'see unit/emulators/rate-limit.test.ts',
  errorBody: async ({ admin }) => {
    const { text, headers } = await admin.get('/nothing');
    return [text.slice(0, 5), headers.get('content-type')];
  },
  errorLang: async ({ admin }) => keys((await admin.get('/nothing')).json),
  validationStatus: async ({ admin }) => (await admin.post('/jobs', {})).status,
  conflictStatus: async ({ emulator, admin }) => {
    const { uuid } = having(emulator.state.interviews, (one) => one.status === 'completed');
    return (await admin.put(`/interviews/${uuid}`, { status: 'canceled' })).status;
  },
  gone: async ({ emulator, admin }) => {
    const { uuid } = first(emulator.state.interviews);
    emulator.act.deleteInterview(uuid);
    expect((await admin.get(`/interviews/${unknownUuid}`)).status).toBe(404);
    return (await admin.get(`/interviews/${uuid}`)).status;
  },
  createdStatus: async ({ admin }) => (await admin.post('/jobs', jobInput)).status,
  emptyAnswer: async ({ emulator, admin }) => {
    const { status, text } = await admin.del(`/interviews/${first(emulator.state.interviews).uuid}`);
    return [status, text];
  },
  contentType: async ({ admin }) => (await admin.get('/me')).headers.get('content-type'),
  bomOrWhitespace: async ({ emulator }) => {
    const authorization = `Basic ${Buffer.from(emulator.adminKey).toString('base64')}`;
    const response = await fetch(`${emulator.url}/me`, { headers: { authorization } });
    return Buffer.from(await response.arrayBuffer())
      .subarray(0, 3)
      .toString('hex');
  },
  timestampFormat: async ({ emulator, admin }) => {
    const job = first(emulator.state.jobs);
    const { created_at } = (await admin.get(`/jobs/${job.uuid}`)).json;
    if (/([+-]\d\d:\d\d|Z)$/.test(created_at))
      expect(Math.floor(Date.parse(created_at) / 1000)).toBe(Math.floor(job.createdAt / 1000));
    return created_at;
  },
  nullTimestamps: async ({ emulator, admin }) => {
    const { json } = await admin.get(`/interviews/${emulator.act.addInterview().uuid}`);
    return ['completed_at' in json, json.updated_at === null];
  },
  unknownFields: async ({ admin }) => {
    const types = (await admin.get('/interviews')).json.map((one: Json) => one.type);
    return [(await admin.get('/me')).json.labels, new Set(types).size];
  },

  pageCap: async ({ admin }) => (await admin.get('/interviews?range=1-400')).json.length,
  rangeFrom: async ({ admin }) => {
    const { status, json } = await admin.get('/jobs?range=0-1');
    return [status, status === 200 && json.length];
  },
  defaultPageSize: async ({ admin }) => (await admin.get('/interviews')).json.length,
  shortPages: async ({ admin }) => {
    const sizes: number[] = [];
    for (let i = 0; i < 6; i++) sizes.push((await admin.get('/interviews?range=1-100')).json.length);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    return sizes.every((size) => size === 100);
  },
  ties: async ({ admin }) => {
    const page = async () =>
      (await admin.get('/interviews?orderby=company_asc&range=1-20')).json
        .map((one: Json) => one.uuid)
        .join();
    const once = await page();
    return once === (await page());
  },
  nullOrder: async ({ admin }) =>
    (await admin.get('/interviews?orderby=completed_asc&range=1-1')).json[0].completed_at === null,
  defaultOrder: async ({ admin }) => (await admin.get('/interviews?range=1-1')).json[0].uuid,
  endOfList: async ({ admin }) => (await admin.get('/interviews?range=9001-9100')).status,
  unknownQuery: async ({ admin }) => [
    (await admin.get('/interviews?orderby=created_asc')).status,
    (await admin.get('/interviews?status[]=one_way')).status,
  ],
  listDetailFields: async ({ admin }) => {
    const [interview] = (await admin.get('/interviews?range=1-1')).json;
    const [job] = (await admin.get('/jobs?range=1-1')).json;
    return [keys(interview), keys(job)];
  },
  listSetQuestions: async ({ admin }) => {
    const [set] = (await admin.get('/question_sets')).json;
    expect((await admin.get(`/question_sets/${set.uuid}`)).json.questions.length).toBeGreaterThan(0);
    return [typeof set.questions, set.questions?.length];
  },

  planEnvelope: async ({ admin }) => 'plan' in (await admin.get('/plan')).json,
  planRenews: async ({ admin }) => [
    keys((await admin.get('/plan')).json.plan),
    keys((await admin.get('/me')).json.company.plan),
  ],
  planFeatures: async ({ emulator, admin }) => {
    emulator.act.setPlan({ features: { interview_sms_notifications: false } });
    return (await admin.get('/plan')).json.plan.features;
  },
  companyLogo: async ({ emulator, admin }) =>
    keys((await admin.get(`/companies/${emulator.state.company.uuid}`)).json),
  meCompany: async ({ admin }) => (await admin.get('/me')).json.company === null,
  meType: async ({ admin }) => (await admin.get('/me')).json.type,
  nullCompany: async ({ admin }) => (await admin.get('/jobs?range=1-1')).json[0].company,
  userRole: async ({ admin }) => 'role' in (await admin.get('/users')).json[0],
  deletedAuthor: async ({ emulator, admin, userWith }) => {
    const { user } = userWith('standard');
    const job = emulator.act.addJob({ createdBy: user.uuid });
    emulator.act.deleteUser(user.uuid);
    return (await admin.get(`/jobs/${job.uuid}`)).json.created_by === null;
  },
  jobKey: async ({ admin }) => keys((await admin.get('/interviews?range=1-1')).json[0]),
  nestedJob: async ({ admin }) => keys((await admin.get('/interviews?range=1-1')).json[0].job_post),
  openInterview: async ({ emulator, admin }) => {
    const has = having(emulator.state.jobs, (one) => one.openInterview !== null);
    const none = having(emulator.state.jobs, (one) => one.openInterview === null);
    return [
      typeof (await admin.get(`/jobs/${has.uuid}`)).json.open_interview?.link,
      'open_interview' in (await admin.get(`/jobs/${none.uuid}`)).json,
    ];
  },
  remoteLocation: async ({ admin }) => {
    const { location: _, ...rest } = jobInput;
    const { json } = await admin.post('/jobs', {
      ...rest,
      locality: { work_mode: 'remote', work_place: '' },
    });
    return json.location?.formatted_address;
  },
  ratingFormat: async ({ emulator, admin }) => {
    const rating = async (uuid: string) => (await admin.get(`/interviews/${uuid}`)).json.rating;
    const { uuid } = emulator.act.addInterview();
    const unrated = await rating(uuid);
    emulator.act.rateInterview(uuid, { rating: 3.25 });
    expect(Number(await rating(uuid))).toBe(3.25);
    return [unrated, typeof (await rating(uuid)), unrated === undefined];
  },
  takesFormat: async ({ emulator, admin }) =>
    (await admin.get(`/interviews/${emulator.act.addInterview().uuid}/questions`)).json[0].takes,
  thinkTime: async ({ admin }) => typeof (await admin.get('/question_sets')).json[0].questions[0].think_time,
  shareLinkFormat: async (session) => typeof ((await sharedInterview(session)).share_link ?? undefined),
  advancedInterviewIds: async ({ emulator, admin }) => {
    const [item] = (await admin.get(`/share_links/${first(emulator.state.shareLinks).uuid}`)).json.interviews;
    return item.uuid === item.interview_uuid;
  },
  canceledSpelling: async ({ emulator, admin }) => {
    const { uuid } = emulator.act.addInterview();
    emulator.act.cancelInterview(uuid);
    const { status } = (await admin.get(`/interviews/${uuid}`)).json;
    const found = (await admin.get(`/interviews?status[]=${status}`)).json;
    expect(found.some((one: Json) => one.uuid === uuid)).toBe(true);
    return status;
  },
  ratingTouches: async (session) => {
    const { uuid } = session.emulator.act.addInterview();
    return touched(session, uuid, () => session.emulator.act.rateInterview(uuid, { rating: 2 }));
  },
  shareLinkTouches: async (session) => {
    const { uuid } = session.emulator.act.addInterview();
    session.emulator.act.completeInterview(uuid);
    return touched(session, uuid, () => void session.emulator.act.shareInterview(uuid));
  },
  expiryTouches: async (session) => {
    const { uuid } = session.emulator.act.addInterview();
    return touched(session, uuid, () => session.emulator.clock.advance(30 * 86_400_000));
  },
  jobEditTouches: async (session) => {
    const { uuid, jobUuid } = session.emulator.act.addInterview();
    return touched(session, uuid, () => session.emulator.act.touchJob(jobUuid));
  },
  questionSetsPath: async ({ admin }) => [
    (await admin.get('/question_sets')).status,
    (await admin.get('/interview_question_sets')).status,
  ],

  invisible: async ({ emulator, userWith }) => {
    const { uuid } = emulator.act.addInterview();
    return (await userWith('standard').api.get(`/interviews/${uuid}`)).status;
  },
  ownKeyReadable: async ({ userWith }) => {
    const { user, api } = userWith('standard');
    return (await api.get(`/users/${user.uuid}/integration_key`)).status === 403;
  },
  standardSeesUsers: async ({ userWith }) => (await userWith('standard').api.get('/users')).json.length > 1,
  deletedUser: async ({ admin, userWith }) => {
    const { user } = userWith('standard');
    await admin.del(`/users/${user.uuid}`);
    const listed = (await admin.get('/users')).json.some((one: Json) => one.uuid === user.uuid);
    return [listed, (await admin.get(`/users/${user.uuid}`)).json.active];
  },
  deletedJob: async ({ emulator, admin }) => {
    const { uuid } = emulator.act.addJob();
    await admin.del(`/jobs/${uuid}`);
    const listed = (await admin.get('/jobs')).json.some((one: Json) => one.uuid === uuid);
    return [listed, (await admin.get(`/jobs/${uuid}`)).json.status];
  },
  interviewsOfDeletedJob: async ({ emulator, admin }) => {
    const { uuid, jobUuid } = emulator.act.addInterview();
    await admin.del(`/jobs/${jobUuid}`);
    return (await admin.get(`/interviews/${uuid}`)).status;
  },

  webhookPayloadName: async (session) => {
    const { after } = await hooked(session);
    return (await after(() => void session.emulator.act.addJob()))[0]!.payloadName;
  },
  webhookPayload: async (session) => {
    const { after } = await hooked(session);
    return keys((await after(() => void session.emulator.act.addJob()))[0]!.body);
  },
  deletedPayload: async (session) => {
    const { after } = await hooked(session);
    const { uuid } = first(session.emulator.state.interviews);
    const [received] = await after(() => session.emulator.act.deleteInterview(uuid));
    expect(received!.body.uuid).toBe(uuid);
    return keys(received!.body).length > 1;
  },
  ratingPayload: async (session) => {
    const { after } = await hooked(session);
    const { uuid } = first(session.emulator.state.interviews);
    const [received] = await after(() => session.emulator.act.rateInterview(uuid, { rating: 5 }));
    return keys(received!.body);
  },
  webhookOrder: async (session) => {
    const { after } = await hooked(session);
    const titles = Array.from({ length: 20 }, (_, i) => `Job ${String(i).padStart(2, '0')}`);
    const received = await after(() => {
      for (const title of titles) session.emulator.act.addJob({ title, status: 'inactive' });
    });
    const order = received.map((one) => one.body.title);
    expect([...order].sort()).toEqual(titles);
    return order.join() === titles.join()
      ? 'kept'
      : order[0] === titles[19] && order[1] === titles[18]
        ? 'reversed'
        : 'mixed';
  },
  webhookDuplicates: async (session) => {
    const { after } = await hooked(session);
    const received = await after(() => {
      for (let i = 0; i < 20; i++) session.emulator.act.addJob({ status: 'inactive' });
    });
    return received.length === 20 ? 'none' : received.length === 40 ? 'all' : 'some';
  },
  webhookRetries: async (session) => {
    const { after, state } = await hooked(session);
    state.status = 500;
    return (await after(() => void session.emulator.act.addJob())).length;
  },
  disabledWebhook: async (session) => {
    await hooked(session);
    first(session.emulator.state.webhooks).disabledAt = session.emulator.clock.now();
    return (await session.admin.get('/webhooks')).json.length;
  },
  replaySource: async (session) => {
    session.emulator.act.addJob();
    const { received } = await hooked(session);
    await session.admin.get('/webhooks/replay/JobCreated');
    await session.emulator.settleDeliveries();
    return received.length;
  },
  replayPayload: async (session) => {
    const { uuid } = session.emulator.act.addJob({ title: 'Before' });
    const { received } = await hooked(session);
    session.emulator.act.editJob(uuid, { title: 'After' });
    await session.admin.get('/webhooks/replay/JobCreated');
    await session.emulator.settleDeliveries();
    return received.find((one) => one.event === 'JobCreated')!.body.title;
  },
  replayWithoutEvent: async ({ admin }) => (await admin.get('/webhooks/replay/InterviewReset')).status,

  updateEcho: async ({ emulator, admin }) => {
    const { uuid } = first(emulator.state.jobs);
    const { json } = await admin.put(`/jobs/${uuid}`, { title: 'Echo' });
    expect((await admin.get(`/jobs/${uuid}`)).json.title).toBe('Echo');
    return json.title === 'Echo';
  },
  interviewPostShape: async ({ emulator, admin }) => {
    const people = ['ada', 'bo'].map((name) => ({ name, email: `${name}@example.com` }));
    const shape = async (assigned_to: unknown) =>
      Array.isArray((await admin.post('/interviews', invitation(emulator, { assigned_to }))).json);
    expect(await shape(people[0])).toBe(false);
    return [await shape([people[0]]), await shape(people)];
  },
  slotError: fullJobs,
  seatError: async ({ emulator, admin }) => {
    emulator.act.setPlan({ userLimit: emulator.state.activeUsers() });
    const { status } = await admin.post('/users', somebody);
    return [status, emulator.state.plan.usersPaid];
  },
  jobPutLocality: async ({ emulator, admin }) => {
    const { uuid } = emulator.act.addJob();
    const locality = { work_mode: 'on_site', work_place: 'Narvik, Norway' };
    const { status } = await admin.put(`/jobs/${uuid}`, { locality });
    return [status, (await admin.get(`/jobs/${uuid}`)).json.location.formatted_address];
  },
  smsWithoutFeature: async ({ emulator, admin }) => {
    emulator.act.setPlan({ features: { interview_sms_notifications: false } });
    const assigned_to = { name: 'A', email: 'a@example.com', phone: '1', phone_parsed: '+4755123456' };
    const { status } = await admin.post(
      '/interviews',
      invitation(emulator, { assigned_to, has_sms_consent: true }),
    );
    expect(emulator.outbox.some((one) => one.kind === 'sms_invitation')).toBe(false);
    return status;
  },
  questionSetUpdate: async ({ emulator, admin }) => {
    const { uuid } = first(emulator.state.questionSets);
    const questions = [{ text: 'Only this?', time_limit: 60 }];
    return (await admin.put(`/question_sets/${uuid}`, { questions })).json.questions.length;
  },
  missingKey: async ({ admin, userWith }) => {
    const { user } = userWith('standard');
    const { status, text } = await admin.get(`/users/${user.uuid}/integration_key`);
    return [status, status < 300 && text];
  },
  existingKey: async ({ admin, userWith }) => {
    const path = `/users/${userWith('standard').user.uuid}/integration_key`;
    const made = (await admin.post(path)).json.key;
    const again = await admin.post(path);
    return [again.status, again.json.key === made];
  },
  keyUpdate: async ({ admin, userWith }) => {
    const path = `/users/${userWith('standard').user.uuid}/integration_key`;
    const made = (await admin.post(path)).json.key;
    return (await admin.put(path)).json.key === made;
  },
};
