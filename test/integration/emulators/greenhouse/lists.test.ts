import { describe, expect, it } from 'vitest';
import type { Json } from '../api.js';
import { greenhouse, linkOf } from './api.js';

const idsOf = (rows: Json[]) => rows.map(({ id }) => id);
const descending = (ids: number[]) => [...ids].sort((a, b) => b - a);
const iso = (ms: number) => new Date(ms).toISOString();

describe('a list of the emulated Greenhouse', () => {
  it('comes in descending order of id, page by page as its links say, each row once', async () => {
    const { harvest, state } = await greenhouse({ switches: { confidentialJobs: 'nothing' } });
    const pages = await harvest.pages('/application_stages?per_page=20');
    expect(pages.slice(0, -1).every((page) => page.length === 20)).toBe(true);
    const everything = [...state.application_stages.values()].map(({ id }) => id);
    expect(idsOf(pages.flat())).toEqual(descending(everything));
  });

  it('keeps the filters of the first page, and nobody twice or missing when rows come and go', async () => {
    const { harvest, act } = await greenhouse();
    const expected = idsOf(await harvest.rows('/applications?status=active&per_page=500'));
    const first = await harvest.get('/applications?status=active&per_page=10');
    const gone = expected[15]!;
    act.deleteApplication({ application_id: gone });
    act.apply();
    const rest = await harvest.pages(linkOf(first)!);
    expect(idsOf([first.json, ...rest].flat())).toEqual(expected.filter((id) => id !== gone));
  });

  it('has 100 rows unless asked for 1 to 500', async () => {
    const { harvest } = await greenhouse({ candidates: 120 });
    expect(await harvest.rows('/candidates')).toHaveLength(100);
    expect(await harvest.rows('/candidates?per_page=1')).toHaveLength(1);
    expect(await harvest.rows('/candidates?per_page=500')).toHaveLength(120);
    for (const wrong of ['0', '501', 'ten', '-1', '']) {
      expect((await harvest.get(`/candidates?per_page=${wrong}`)).status, wrong).toBe(422);
    }
  });

  it('takes a cursor alone, of its own, and as it was given', async () => {
    const { harvest } = await greenhouse();
    const next = linkOf(await harvest.get('/candidates?per_page=5&private=false'))!;
    expect(new URL(next).searchParams.has('per_page')).toBe(false);
    expect((await harvest.get(next)).status).toBe(200);
    expect((await harvest.get(`${next}&per_page=5`)).status).toBe(422);
    expect((await harvest.get(next.replace('/candidates', '/applications'))).status).toBe(422);
    expect((await harvest.get('/candidates?cursor=abc')).status).toBe(422);
    expect((await harvest.get('/candidates?cursor=')).status).toBe(422);
  });

  it('may refuse a cursor that has become old', async () => {
    const { harvest, clock } = await greenhouse({ switches: { cursorSeconds: 60 } });
    const next = linkOf(await harvest.get('/candidates?per_page=5'))!;
    clock.tick(59_999);
    expect((await harvest.get(next)).status).toBe(200);
    clock.tick(1);
    expect((await harvest.get(next)).status).toBe(422);
  });

  it('ends without a link, or with an empty page', async () => {
    const { harvest } = await greenhouse({ jobs: 8, switches: { lastPage: 'empty-page' } });
    const pages = await harvest.pages('/offices?per_page=5');
    expect(pages.map(({ length }) => length)).toEqual([5, 0]);
  });

  it('may have fewer rows a page than were asked', async () => {
    const { harvest, state } = await greenhouse({ switches: { pageCap: 7 } });
    const pages = await harvest.pages('/candidates?per_page=500');
    expect(pages[0]).toHaveLength(7);
    expect(pages.flat()).toHaveLength(state.candidates.size);
  });

  it('shows the fields that were asked, and may show others than the documents know', async () => {
    const { emulator, harvest } = await greenhouse();
    const [row] = await harvest.rows('/jobs?fields=name,id');
    expect(Object.keys(row)).toEqual(['id', 'name']);
    expect((await harvest.get('/jobs?fields=name,salary')).status).toBe(422);
    emulator.switches.unknownFields = 'extra';
    expect((await harvest.rows('/jobs'))[0]).toHaveProperty('an_added_field');
  });

  it('takes at most 50 ids, which are numbers', async () => {
    const { harvest, state } = await greenhouse({ candidates: 60 });
    const all = [...state.candidates.values()].map(({ id }) => id);
    const asked = await harvest.rows(`/candidates?ids=${all.slice(0, 50).join(',')}&per_page=500`);
    expect(idsOf(asked)).toEqual(descending(all.slice(0, 50)));
    expect((await harvest.get(`/candidates?ids=${all.slice(0, 51).join(',')}`)).status).toBe(422);
    expect(await harvest.rows('/candidates?ids=1,2')).toEqual([]);
    for (const wrong of ['', 'x', '1,,2', '1.5', '-1']) {
      expect((await harvest.get(`/candidates?ids=${wrong}`)).status, wrong).toBe(422);
    }
  });

  it('takes times with one bound or two', async () => {
    const { harvest, clock, act } = await greenhouse();
    const from = clock.now();
    const made: number[] = [];
    for (let i = 0; i < 4; i++) {
      made.push(act.addCandidate().id);
      clock.tick(1000);
    }
    const asked = async (window: string) =>
      idsOf(await harvest.rows(`/candidates?updated_at=${encodeURIComponent(window)}`)).map((id) =>
        made.indexOf(id),
      );
    const [a, c] = [iso(from), iso(from + 2000)];
    expect(await asked(`gte|${a}`)).toEqual([3, 2, 1, 0]);
    expect(await asked(`gt|${a}`)).toEqual([3, 2, 1]);
    expect(await asked(`gte|${a}|lte|${c}`)).toEqual([2, 1, 0]);
    expect(await asked(`gt|${a}|lt|${c}`)).toEqual([1]);
    expect(await asked(`gte|${a.replace('Z', '+00:00')}`)).toEqual([3, 2, 1, 0]);
    for (const wrong of [a, `since|${a}`, 'gte|yesterday', `gte|${a}|lte`, `gte|${a}|lte|${c}|lt|${c}`]) {
      const { status } = await harvest.get(`/candidates?updated_at=${encodeURIComponent(wrong)}`);
      expect(status, wrong).toBe(422);
    }
    // A plus that was not encoded is a blank.
    expect((await harvest.get('/candidates?updated_at=gte|2031-05-14T09:30:00+00:00')).status).toBe(422);
  });

  it('refuses what it does not take, or ignores it', async () => {
    const { emulator, harvest } = await greenhouse();
    expect((await harvest.get('/jobs?job_ids=1')).status).toBe(422);
    expect((await harvest.get('/jobs?status=open&status=closed')).status).toBe(422);
    expect((await harvest.get('/application_stages?current=yes')).status).toBe(422);
    emulator.switches.unknownParameter = 'ignored';
    expect((await harvest.rows('/jobs?job_ids=1')).length).toBeGreaterThan(0);
    const both = '/jobs?created_at=gte|2020-01-01&updated_at=gte|2020-01-01';
    expect((await harvest.get(both)).status).toBe(200);
    emulator.switches.twoDates = '422';
    expect((await harvest.get(both)).status).toBe(422);
  });

  it('is behind by the seconds of a switch, and then shows what had happened with the time it happened', async () => {
    const { emulator, harvest, clock, act } = await greenhouse({ switches: { lagSeconds: 60 } });
    const { id, candidate_id } = act.apply({ stage: 'Video interview' });
    const happened = clock.now();
    act.reject({ application_id: id });
    const seen = async () => (await harvest.rows(`/applications?ids=${id}`)).map(({ status }) => status);
    expect(await seen()).toEqual([]);
    clock.tick(59_999);
    expect(await seen()).toEqual([]);
    act.deleteCandidate({ candidate_id });
    clock.tick(1);
    expect(await seen()).toEqual(['rejected']);
    const [entry] = await harvest.rows(`/application_stages?application_ids=${id}`);
    expect(entry.updated_at).toBe(iso(happened));
    clock.tick(60_000);
    expect(await seen()).toEqual([]);
    emulator.switches.lagSeconds = null;
    act.apply({ candidate_id: act.addCandidate({ tags: ['just now'] }).id });
    expect(await harvest.rows('/candidates?tag=just now')).toHaveLength(1);
  });
});

describe('filters of the emulated Greenhouse', () => {
  it('find applications by what they are asked in words of their own', async () => {
    const { harvest, act } = await greenhouse();
    const { id } = act.apply();
    act.hire({ application_id: act.apply().id });
    const active = await harvest.rows('/applications?status=active&per_page=500');
    expect(new Set(active.map(({ status }) => status))).toEqual(new Set(['in_process']));
    expect(idsOf(active)).toContain(id);
    expect((await harvest.get('/applications?status=in_process')).status).toBe(422);
    for (const status of ['hired', 'rejected']) {
      const rows = await harvest.rows(`/applications?status=${status}`);
      expect(new Set(rows.map((row) => row.status))).toEqual(new Set([status]));
    }
  });

  it.each([
    ['/applications', 'candidate_ids', 'candidate_id'],
    ['/applications', 'job_ids', 'job_id'],
    ['/application_stages', 'application_ids', 'application_id'],
    ['/application_stages', 'job_interview_stage_ids', 'job_interview_stage_id'],
    ['/job_interview_stages', 'job_ids', 'job_id'],
    ['/job_posts', 'job_ids', 'job_id'],
    ['/job_owners', 'job_ids', 'job_id'],
    ['/job_owners', 'user_ids', 'user_id'],
    ['/job_hiring_managers', 'job_ids', 'job_id'],
    ['/rejection_details', 'application_ids', 'application_id'],
    ['/custom_field_options', 'custom_field_ids', 'custom_field_id'],
  ])('find rows of %s by %s', async (path, parameter, field) => {
    const { harvest } = await greenhouse();
    const all = await harvest.rows(`${path}?per_page=500`);
    const wanted = [all[0][field], all.at(-1)[field]];
    const found = await harvest.rows(`${path}?${parameter}=${wanted.join(',')}&per_page=500`);
    expect(found).toEqual(all.filter((row) => wanted.includes(row[field])));
    expect(found.length).toBeGreaterThan(0);
  });

  it('tell the current entry of an application from those before', async () => {
    const { harvest, act } = await greenhouse();
    const { id } = act.apply({ stage: 'Onsite' });
    const path = `/application_stages?application_ids=${id}`;
    const [current, former] = await harvest.rows(path);
    expect(current).toMatchObject({ current: true, exited_at: null });
    expect(former).toMatchObject({ current: false, exited_at: current.entered_at });
    expect(await harvest.rows(`${path}&current=true`)).toEqual([current]);
    expect(await harvest.rows(`${path}&current=false`)).toEqual([former]);
  });

  it('find people by any of their addresses, whatever the case, and by tag', async () => {
    const { harvest, act } = await greenhouse();
    const email_addresses = [
      { value: 'Robin.Strand@employer.example.org', type: 'work' },
      { value: 'robin@mail.example.com', type: 'personal' },
    ];
    const { id } = act.addCandidate({ email_addresses, tags: ['Referred'] });
    for (const query of [
      'email=robin.strand@EMPLOYER.example.org',
      'email=robin@mail.example.com',
      'tag=Referred',
    ]) {
      expect(idsOf(await harvest.rows(`/candidates?${query}`)), query).toEqual([id]);
    }
    expect(await harvest.rows('/candidates?email=robin')).toEqual([]);
  });

  it('find jobs and users by what is asked', async () => {
    const { harvest, state, act } = await greenhouse();
    const [office] = state.offices.values();
    const names = async (query: string) => (await harvest.rows(`/jobs?${query}`)).map(({ name }) => name);
    expect(await names('status=closed')).toEqual(['Summer Temp']);
    expect(await names('status=draft')).toEqual(['Nurse (template)']);
    expect(await names(`office_id=${office!.id}`)).toEqual(['Nurse (template)', 'Night-shift Nurse']);
    const { id } = act.addUser({ primary_email: 'kari@fjellvik.example.com' });
    expect(idsOf(await harvest.rows('/users?primary_email=kari@fjellvik.example.com'))).toEqual([id]);
    act.deactivateUser({ user_id: id });
    expect(idsOf(await harvest.rows('/users?deactivated=true'))).toContain(id);
    expect(idsOf(await harvest.rows('/users?deactivated=false'))).not.toContain(id);
  });

  it('hide service accounts, which have no address, and deleted advertisements, unless asked for', async () => {
    const { emulator, harvest } = await greenhouse();
    const { serviceUserId } = [...emulator.credentials.all.values()][0]!;
    expect(idsOf(await harvest.rows('/users'))).not.toContain(serviceUserId);
    const everybody = await harvest.rows('/users?show_service_accounts=true');
    expect(everybody.find(({ id }) => id === serviceUserId)).toMatchObject({ primary_email: '', emails: [] });
    const posts = await harvest.rows('/job_posts');
    expect(posts.every(({ active }) => active)).toBe(true);
    expect(await harvest.rows('/job_posts?active=false')).toEqual([]);
    expect(posts[0].content).toMatch(/^<p>/);
  });
});
