/** Fifty people are read at once: one who cannot be read keeps nobody else from it, and is told. */
import { expect, it } from 'vitest';
import type { Result } from '../../../../src/connectors/connector.js';
import { pull } from '../../../../src/connectors/pull/pull.js';
import { connect, lookAtApplications, sent } from '../pull-fixture.js';
import { type Asked, type Harvest, startHarvest } from './harvest.js';

async function scene(variables: Record<string, string> = {}) {
  const harvest = await startHarvest();
  const connected = await connect({ candidates: 0 }, { ...harvest.variables, ...variables });
  await connected.pull();
  const enter = (count: number) =>
    Array.from({ length: count }, (_, at) => harvest.enters(`c${at}@home.test`));
  return { harvest, enter, ...connected };
}

const candidateOf = ({ tables }: Harvest, application: number) =>
  tables.candidates!.find(
    ({ id }) => id === tables.applications!.find((one) => one.id === application)!.candidate_id,
  )!;
const entryOf = ({ tables }: Harvest, application: number) =>
  tables.application_stages!.find(({ application_id }) => application_id === application)!;

const resultOf = (harvest: Harvest, id: number, kind: Result['kind'], target: string): Result => ({
  ...{ marker: `[${id}]`, kind, state: 'invited', applicationId: String(id), text: `told [${id}]`, target },
  ...{ entryId: String(entryOf(harvest, id).id), links: [], ownStages: [], isLost: false },
});

/** @returns how it is mended */
type Spoil = (harvest: Harvest, application: number) => () => void;

const answered =
  (path: string, status: number, whose: (harvest: Harvest, application: number) => number): Spoil =>
  (harvest, application) => {
    const bad = whose(harvest, application);
    harvest.instead = (asked: Asked) =>
      asked.path === path && asked.ids.includes(bad) ? { status, body: { message: 'odd' } } : undefined;
    return () => {
      harvest.instead = () => undefined;
    };
  };
const spoiled =
  (row: (harvest: Harvest, application: number) => Record<string, unknown>, column: string): Spoil =>
  (harvest, application) => {
    const whole = row(harvest, application);
    const before = whole[column];
    delete whole[column];
    return () => {
      whole[column] = before;
    };
  };

it.each<[string, Spoil]>([
  ['their application is answered with 422', answered('/applications', 422, (_, id) => id)],
  ['they are answered with 403', answered('/candidates', 403, (harvest, id) => candidateOf(harvest, id).id)],
  ['their entries are answered with 404', answered('/application_stages', 404, (_, id) => id)],
  ['they have no `can_email`', spoiled(candidateOf, 'can_email')],
  ['their entry does not say whether it is current', spoiled(entryOf, 'current')],
])('somebody of sixty: %s', async (_, spoil) => {
  const { harvest, enter, pull: read, rows, session, interviews } = await scene();
  const applications = enter(60);
  const bad = applications[7]!;
  const mend = spoil(harvest, bad);
  const before = harvest.requests.length;
  await read();
  expect(await interviews()).toHaveLength(59);
  expect(harvest.requests.length - before).toBeLessThan(60);
  await lookAtApplications({ rows }, 'unshown');
  const { notes } = await pull({ ...session, isAsked: true });
  expect(notes).toEqual([
    expect.stringMatching(
      new RegExp(`^an application of Greenhouse cannot be read, though others can: ${bad} \\(`),
    ),
  ]);
  mend();
  await lookAtApplications({ rows }, 'unshown');
  await read();
  expect(await interviews()).toHaveLength(60);
  expect(await pull({ ...session, isAsked: true })).toMatchObject({ notes: [] });
});

it('somebody who cannot be read costs no search the next time', async () => {
  const { harvest, enter, pull: read, rows } = await scene();
  const bad = enter(60)[7]!;
  const costs = async () => {
    await lookAtApplications({ rows }, 'unshown');
    const before = harvest.requests.length;
    await read();
    return harvest.requests.length - before;
  };
  await read();
  const whole = await costs();
  const mend = spoiled(candidateOf, 'can_email')(harvest, bad);
  expect(await costs()).toBeGreaterThan(whole + 1);
  expect(await costs()).toBe(whole + 1);
  mend();
  expect([await costs(), await costs()]).toEqual([whole + 1, whole]);
});

it('whoever cannot be read any more keeps their invitation', async () => {
  const { harvest, enter, pull: read, rows, interviews } = await scene({ ATS_ON_LEAVE: 'cancel' });
  const [ann, , waits] = enter(3);
  await read();
  await sent({ rows });
  await rows(`delete from sync.links where ats_id = 'gh-${entryOf(harvest, waits!).id}'`);
  for (const id of [ann!, waits!]) spoiled(candidateOf, 'can_email')(harvest, id);
  for (const _ of [1, 2, 3]) {
    await lookAtApplications({ rows }, 'living');
    expect(await read([String(ann), String(waits)])).toMatchObject({ canceled: 0 });
    await rows(`update sync.ats_cursors set position = jsonb_set(position, '{absent}', '{}')`);
  }
  expect((await interviews()).map(({ desired }) => desired)).toEqual(['invited', 'invited', 'invited']);
});

it('where nobody can be read the reading fails, with few requests', async () => {
  const { harvest, enter, pull: read } = await scene();
  enter(50);
  harvest.instead = ({ path }) => (path === '/candidates' ? { status: 403, body: {} } : undefined);
  const before = harvest.requests.length;
  await expect(read()).rejects.toMatchObject({ code: 'ATS_FORBIDDEN' });
  expect(harvest.requests.length - before).toBeLessThan(6);
  harvest.instead = () => undefined;
  for (const row of harvest.tables.candidates!) delete row.can_email;
  await expect(read()).rejects.toMatchObject({
    code: 'ATS_ANSWER_UNREADABLE',
    message: expect.stringContaining('can_email'),
  });
});

it.each(['note', 'field', 'move'] as const)(
  'a %s that cannot be looked for keeps no other from being written, and is an error where none can be',
  async (kind) => {
    const { harvest, enter, connector } = await scene();
    harvest.tables.custom_fields!.push({
      id: 7,
      name: 'Spark Hire',
      name_key: 'sh',
      value_type: 'short_text',
    });
    harvest.tables.job_interview_stages!.push({ id: 32, job_id: 11, name: 'Offer', active: true });
    const applications = enter(12);
    const results = applications.map((id) => resultOf(harvest, id, kind, kind === 'move' ? 'Offer' : 'sh'));
    const path = { note: '/notes', field: '/applications', move: '/application_stages' }[kind];
    harvest.instead = ({ path: asked, ids, method }) =>
      asked === path && method === 'GET' && ids.includes(applications[4]!)
        ? { status: 422, body: {} }
        : undefined;
    const signal = new AbortController().signal;
    const found = await connector.writer!.look(results, signal);
    expect([...found.values()].map(({ is }) => is)).toEqual(
      applications.map((_, at) => (at === 4 ? 'failed' : 'absent')),
    );
    await expect(connector.writer!.look([results[4]!], signal)).rejects.toMatchObject({
      code: 'ATS_REQUEST_REFUSED',
    });
  },
);

it('a job that cannot be read keeps only its own people from being invited', async () => {
  const { harvest, enter, pull: read, rows, interviews, skipped } = await scene();
  enter(1);
  await read();
  harvest.tables.jobs!.push({ id: 12, name: 'Cook', confidential: false, office_ids: [5] });
  harvest.tables.job_interview_stages!.push({ id: 33, job_id: 12, name: 'Video interview', active: true });
  const [ann] = enter(3);
  const application = harvest.tables.applications!.find(({ id }) => id === ann)!;
  Object.assign(application, { job_id: 12 });
  entryOf(harvest, ann!).job_interview_stage_id = 33;
  await read();
  expect([(await interviews()).length, await skipped()]).toEqual([3, ['unread']]);
  Object.assign(harvest.tables.jobs!.at(-1)!, { status: 'open' });
  await rows(
    `update sync.ats_cursors set position = jsonb_set(position, '{turns,skipped}', '"2026-01-01T00:00:00Z"')`,
  );
  await read();
  expect([(await interviews()).length, await skipped()]).toEqual([4, []]);
});

it('a change of a field whose answer was lost holds other applications as long as its own cannot be read', async () => {
  const { harvest, enter, connector } = await scene();
  harvest.tables.custom_fields!.push({ id: 7, name: 'Spark Hire', name_key: 'sh', value_type: 'short_text' });
  const [ann, bob] = enter(2);
  for (const row of harvest.tables.applications!) row.custom_fields = { pay: { value: '9' } };
  const signal = new AbortController().signal;
  const write = async (id: number) => {
    const result = { ...resultOf(harvest, id, 'field', 'sh'), text: 'Spark Hire: invited' };
    const found = (await connector.writer!.look([result], signal)).get(result.marker)!;
    return found.is === 'absent' ? (await found.write(async () => {}, signal)).outcome : found.is;
  };
  harvest.instead = ({ method }) => (method === 'PATCH' ? 'reset' : undefined);
  expect(await write(ann!)).toBe('unknown');
  harvest.instead = ({ method, ids }) =>
    method === 'GET' && ids.includes(ann!) ? { status: 422, body: {} } : undefined;
  await expect(write(bob!)).rejects.toThrow(`application ${ann} has kept its other fields`);
  harvest.instead = () => undefined;
  expect([await write(ann!), await write(bob!)]).toEqual(['done', 'done']);
});
