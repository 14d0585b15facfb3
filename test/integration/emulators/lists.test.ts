import { describe, expect, it } from 'vitest';
import { emulated, type Json } from './api.js';

const uuids = (rows: Json): string[] => rows.map((row: { uuid: string }) => row.uuid);

describe('ranges', () => {
  it('counts from 1 and includes both ends', async () => {
    const { admin } = await emulated({ interviews: 60 });
    const all = uuids((await admin.get('/interviews?orderby=updated_asc')).json);
    expect(all).toHaveLength(60);
    expect(uuids((await admin.get('/interviews?orderby=updated_asc&range=1-20')).json)).toEqual(
      all.slice(0, 20),
    );
    expect(uuids((await admin.get('/interviews?orderby=updated_asc&range=20-21')).json)).toEqual(
      all.slice(19, 21),
    );
    expect(uuids((await admin.get('/interviews?orderby=updated_asc&range=60-60')).json)).toEqual(
      all.slice(59),
    );
    expect((await admin.get('/interviews?orderby=updated_asc&range=61-80')).json).toEqual([]);
  });

  it.each(['0-5', '5-4', 'a-b', '5', '-1-5', ''])('refuses the range "%s"', async (range) => {
    const { admin } = await emulated();
    expect(await admin.get(`/jobs?range=${range}`)).toMatchObject({
      status: 400,
      json: { code: 'api.invalid_range' },
    });
  });

  it('answers an empty list for an empty company, whatever the end of a list gets', async () => {
    const { admin } = await emulated({ jobs: 0, switches: { endOfList: '404' } });
    expect(await admin.get('/jobs?range=1-20')).toMatchObject({ status: 200, json: [] });
    expect(await admin.get('/interviews?range=1-20')).toMatchObject({ status: 200, json: [] });
  });
});

const interviewKeys: Record<string, (row: Json) => string | number> = {
  scheduled: (row) => Date.parse(row.scheduled_at),
  completed: (row) => (row.completed_at === null ? 0 : Date.parse(row.completed_at)),
  updated: (row) => Date.parse(row.updated_at),
  candidate: (row) => row.assigned_to.name.toLowerCase(),
  company: (row) => row.company.name,
  job: (row) => row.job_post.title.toLowerCase(),
};
const jobKeys: Record<string, (row: Json) => string | number> = {
  title: (row) => row.title.toLowerCase(),
  updated: (row) => Date.parse(row.updated_at),
  created: (row) => Date.parse(row.created_at),
  location: (row) => (row.location?.formatted_address ?? 'Remote').toLowerCase(),
};

describe('orders', () => {
  for (const [resource, keys] of [
    ['interviews', interviewKeys],
    ['jobs', jobKeys],
  ] as const) {
    for (const [name, key] of Object.entries(keys)) {
      it(`sorts ${resource} by ${name} both ways`, async () => {
        const { admin } = await emulated({ interviews: 80, jobs: 30 });
        const ascending = (await admin.get(`/${resource}?orderby=${name}_asc`)).json;
        const values = ascending.map(key);
        const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(values).toEqual(sorted);
        const descending = (await admin.get(`/${resource}?orderby=${name}_desc`)).json;
        expect(descending.map(key)).toEqual([...sorted].reverse());
        expect(new Set(uuids(descending))).toEqual(new Set(uuids(ascending)));
      });
    }
  }

  it('does not know others: interviews have no created order', async () => {
    const { admin } = await emulated();
    for (const path of [
      '/interviews?orderby=created_asc',
      '/jobs?orderby=candidate_asc',
      '/jobs?orderby=title',
    ]) {
      expect(await admin.get(path), path).toMatchObject({
        status: 400,
        json: { code: 'api.invalid_orderby' },
      });
    }
  });

  it('keeps its orders right while things change', async () => {
    const { emulator, admin } = await emulated({ interviews: 50 });
    const last = async () => (await admin.get('/interviews?orderby=updated_desc&range=1-1')).json[0];
    await last();
    const ids = [...emulator.state.interviews.keys()];
    emulator.clock.advance(1000);
    emulator.act.touchInterview(ids[3]!);
    expect((await last()).uuid).toBe(ids[3]);
    emulator.clock.advance(1000);
    const added = emulator.act.addInterview();
    expect((await last()).uuid).toBe(added.uuid);
    emulator.act.deleteInterview(added.uuid);
    expect((await last()).uuid).toBe(ids[3]);
    expect((await admin.get('/interviews?orderby=updated_asc')).json).toHaveLength(50);
  });

  it('sorts interviews by the new title once a job was renamed', async () => {
    const { emulator, admin } = await emulated({ interviews: 50 });
    const first = async () => (await admin.get('/interviews?orderby=job_asc&range=1-1')).json[0];
    await first();
    const { jobUuid } = [...emulator.state.interviews.values()].at(-1)!;
    emulator.act.editJob(jobUuid, { title: 'AAA' });
    expect((await first()).job_post).toMatchObject({ uuid: jobUuid, title: 'AAA' });
  });
});

describe('filters', () => {
  it('takes several statuses and types', async () => {
    const { emulator, admin } = await emulated({ interviews: 150 });
    const query = 'status[]=completed&status[]=expired&type[]=live';
    const { json } = await admin.get(`/interviews?${query}`);
    const expected = [...emulator.state.interviews.values()].filter(
      (one) => ['completed', 'expired'].includes(one.status) && one.type === 'live',
    );
    expect(new Set(uuids(json))).toEqual(new Set(expected.map((one) => one.uuid)));
    expect(json.length).toBeGreaterThan(0);
    const encoded = await admin.get(`/interviews?${query.replaceAll('[]', '%5B%5D')}`);
    expect(encoded.json).toEqual(json);
  });

  it('notices a change between two pages of a filtered list', async () => {
    const { emulator, admin } = await emulated({ interviews: 60 });
    const before = (await admin.get('/interviews?status[]=completed')).json;
    emulator.act.resetInterview(before[0].uuid);
    expect(uuids((await admin.get('/interviews?status[]=completed')).json)).toEqual(uuids(before).slice(1));
  });

  it('refuses a status that belongs to no interview', async () => {
    const { admin } = await emulated();
    expect((await admin.get('/interviews?status[]=one_way')).status).toBe(400);
    expect((await admin.get('/jobs?status[]=open')).status).toBe(400);
  });
});

describe('changes between two requests', () => {
  it('runs a hook before each request is handled', async () => {
    const { emulator, admin } = await emulated({ interviews: 40 });
    const victims = uuids((await admin.get('/interviews?orderby=updated_asc&range=1-3')).json);
    const stop = emulator.onRequest(async (request) => {
      if (request.query.includes('range=11-20'))
        for (const uuid of victims) emulator.act.deleteInterview(uuid);
    });
    const first = uuids((await admin.get('/interviews?orderby=updated_asc&range=1-10')).json);
    const second = uuids((await admin.get('/interviews?orderby=updated_asc&range=11-20')).json);
    stop();
    expect(first.slice(0, 3)).toEqual(victims);
    expect(second).toEqual([...emulatorOrder(emulator)].slice(10, 20));
    expect(emulator.state.interviews.size).toBe(37);
  });
});

function emulatorOrder(emulator: Awaited<ReturnType<typeof emulated>>['emulator']): string[] {
  return [...emulator.state.interviews.values()]
    .sort((a, b) => Math.floor(a.updatedAt / 1000) - Math.floor(b.updatedAt / 1000) || a.seq - b.seq)
    .map((one) => one.uuid);
}

describe('size', () => {
  it('pages deep into many interviews without sorting them again for each page', async () => {
    const { emulator, admin } = await emulated({ interviews: 20_000, jobs: 200 });
    const seen = new Set<string>();
    for (let from = 1; from <= 20_000; from += 1000) {
      emulator.clock.advance(1000);
      const { json } = await admin.get(`/interviews?orderby=candidate_asc&range=${from}-${from + 999}`);
      for (const uuid of uuids(json)) seen.add(uuid);
      emulator.act.touchInterview(uuids(json)[0]!);
    }
    expect(seen.size).toBe(20_000);
  });
});
