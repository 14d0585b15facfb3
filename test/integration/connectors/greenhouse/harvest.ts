/**
 * A small Harvest v3, made from what the vendor's documents say of it: lists by ids, by windows and by cursors, newest id first.
 * It shares nothing with the emulator.
 */
import { onTestFinished } from 'vitest';
import { type RawAnswer, type RawRequest, startRawServer } from '../../../support/raw-server.js';

export type Row = { id: number } & Record<string, unknown>;

export interface Harvest {
  variables: Record<string, string>;
  tables: Record<string, Row[]>;
  requests: RawRequest[];
  /** What a request is answered with instead; undefined: as it should be. */
  instead: (asked: Asked) => RawAnswer | undefined;
  /** Somebody who can be invited enters the stage. @returns their application */
  enters(email: string): number;
}

export interface Asked {
  method: string;
  path: string;
  /** Of `ids`, `application_ids` and the like. */
  ids: number[];
  body: Record<string, unknown>;
}

const unlimited = { 'x-ratelimit-limit': '10000' };
const stage = 31;
const job = 11;
const lists = ['ids', 'application_ids', 'job_ids', 'job_interview_stage_ids', 'custom_field_ids'];

export async function startHarvest(): Promise<Harvest> {
  let last = 1000;
  const tables: Harvest['tables'] = {
    users: [{ id: 1, name: 'Rita', primary_email: 'rita@firm.test', deactivated: false }],
    jobs: [{ id: job, name: 'Baker', status: 'open', confidential: false, office_ids: [5] }],
    offices: [{ id: 5, location: 'Bergen, Vestland, Norway' }],
    job_interview_stages: [{ id: stage, job_id: job, name: 'Video interview', active: true, sort_order: 1 }],
    ...{ application_stages: [], applications: [], candidates: [], notes: [] },
    ...{ job_owners: [], job_posts: [], custom_fields: [], custom_field_options: [] },
  };

  function answer(request: RawRequest): RawAnswer {
    if (request.path.endsWith('/token')) return { body: { access_token: 't', expires_in: 3600 } };
    const url = new URL(request.path, 'http://harvest.test');
    const path = url.pathname.replace(/^\/v3/, '');
    const query = Object.fromEntries(url.searchParams);
    const idsOf = (name: string) => query[name]?.split(',').map(Number);
    const ids = lists.flatMap((name) => idsOf(name) ?? []);
    const body = request.body.startsWith('{') ? JSON.parse(request.body) : {};
    const instead = harvest.instead({ method: request.method, path, ids, body });
    if (instead !== undefined) return instead;
    if (request.method === 'POST' && path === '/notes') {
      tables.notes!.push({ id: ++last, ...body });
      return { status: 201, body: { id: last } };
    }
    if (request.method === 'PATCH') {
      const row = tables.applications!.find(({ id }) => path === `/applications/${id}`)!;
      const changed = body.custom_fields as Array<{ name_key: string; value: unknown }>;
      const held = row.custom_fields as Record<string, object>;
      for (const { name_key, value } of changed) held[name_key] = { ...held[name_key], value };
      return { body: row };
    }
    const asked = query.cursor === undefined ? query : JSON.parse(atob(query.cursor));
    const [from, to] = (asked.updated_at ?? 'gte||lte|9')
      .split('|')
      .filter((_: string, at: number) => at % 2 === 1);
    const has = (row: Row) =>
      lists.every((name) => {
        const wanted = asked[name]?.split(',').map(Number);
        return wanted === undefined || wanted.includes(row[name === 'ids' ? 'id' : name.slice(0, -1)]);
      }) &&
      (asked.current === undefined || String(row.current) === asked.current) &&
      (asked.status === undefined || row.status === asked.status) &&
      (row.updated_at === undefined ||
        ((row.updated_at as string) >= from && (row.updated_at as string) <= to));
    const all = tables[path.slice(1)]!.filter(has).sort((a, b) => b.id - a.id);
    const size = Number(asked.per_page ?? 100);
    const at = Number(asked.at ?? 0);
    const next = btoa(JSON.stringify({ ...asked, at: at + size }));
    const isMore = at + size < all.length;
    const link = { link: `<http://harvest.test/v3${path}?cursor=${encodeURIComponent(next)}>; rel="next"` };
    return { body: all.slice(at, at + size), headers: { ...unlimited, ...(isMore ? link : {}) } };
  }

  const raw = await startRawServer(answer);
  onTestFinished(raw.close);
  const origin = new URL(raw.url).origin;
  const harvest: Harvest = {
    variables: { ATS_BASE_URL: `${origin}/v3`, ATS_TOKEN_URL: `${origin}/token`, ATS_FROM: 'all' },
    tables,
    requests: raw.requests,
    instead: () => undefined,
    enters(email) {
      const [candidate, application, entry] = [++last, ++last, ++last];
      const now = new Date().toISOString();
      tables.candidates!.push({
        ...{ id: candidate, first_name: 'Ann', last_name: 'Baker', preferred_name: null, private: false },
        ...{ can_email: true, email_addresses: [{ value: email, type: 'personal' }] },
      });
      tables.applications!.push({
        ...{ id: application, candidate_id: candidate, job_id: job, status: 'in_process', prospect: false },
        ...{ recruiter_id: 1, custom_fields: {}, updated_at: now },
      });
      tables.application_stages!.push({
        ...{ id: entry, application_id: application, job_interview_stage_id: stage, current: true },
        ...{ entered_at: now, exited_at: null, updated_at: now },
      });
      return application;
    },
  };
  return harvest;
}
