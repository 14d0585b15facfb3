/** What may be asked of the API, by method and path. */
import { notFound, unprocessable } from './api-error.js';
import type { Shapes } from './shapes.js';
import type { SubscriptionSender } from './subscriptions.js';
import type { Living } from './world/life.js';
import * as life from './world/life.js';
import type { Candidate } from './world/world.js';

export type Scope = 'r_jobs' | 'r_candidates' | 'w_candidates';

export interface Asked {
  living: Living;
  shapes: Shapes;
  subscriptions: SubscriptionSender;
  query: URLSearchParams;
  body: unknown;
}

/** A list is paged by whoever answers. */
export type Answer =
  | { list: string; rows: Array<{ id: string; row: unknown }> }
  | { status: number; json?: unknown };

interface Route {
  method: string;
  path: RegExp;
  scope: Scope | null;
  /** What an empty list is called, for a token that is shown nothing. */
  list?: string;
  answer(asked: Asked, ...parts: string[]): Answer;
}

const hexOrder = (a: { id: string }, b: { id: string }) =>
  Number.parseInt(a.id, 16) - Number.parseInt(b.id, 16);

function candidateOf({ living }: Asked, id: string): Candidate {
  const found = living.world.tables.candidates.get(id);
  if (found === undefined) throw notFound();
  return found;
}

function jobOf({ living }: Asked, shortcode: string) {
  const found = living.world.tables.jobs.get(shortcode);
  if (found === undefined) throw notFound();
  return found;
}

function after(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null) return Number.NEGATIVE_INFINITY;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw unprocessable(`${name} is invalid`);
  return at;
}

/** @returns the member that a write names */
function memberOf({ living, body }: Asked): string | null {
  const id = (body as { member_id?: unknown } | null)?.member_id;
  const { tables } = living.world;
  if (id === undefined && living.switches.memberRequired === 'no') return null;
  if (typeof id !== 'string') throw unprocessable('member_id is missing');
  if (tables.members.get(id)?.active !== true) throw unprocessable('Member not found');
  return id;
}

const listCandidates = (asked: Asked, shortcode: string | null): Answer => {
  const { living, shapes, query } = asked;
  const { tables, clock } = living.world;
  const updated = after(query, 'updated_after');
  const created = after(query, 'created_after');
  const stage = query.get('stage');
  const email = query.get('email')?.toLowerCase();
  const lagMs = updated === Number.NEGATIVE_INFINITY ? 0 : (living.switches.lagSeconds ?? 0) * 1000;
  const rows = [...tables.candidates.values()]
    .filter(
      (one) =>
        one.updated_at > updated &&
        one.created_at > created &&
        one.updated_at <= clock.now() - lagMs &&
        (stage === null || one.stage === stage) &&
        (shortcode === null || one.job === shortcode) &&
        (email === undefined || one.email?.toLowerCase() === email),
    )
    .sort(hexOrder);
  return { list: 'candidates', rows: rows.map((one) => ({ id: one.id, row: shapes.candidate(one) })) };
};

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/accounts$/,
    scope: 'r_jobs',
    list: 'accounts',
    answer: ({ living }) => {
      const { id, name, subdomain } = living.world.account;
      const row = { id, name, subdomain, description: null, summary: null, website_url: null };
      return { status: 200, json: { accounts: [row] } };
    },
  },
  {
    method: 'GET',
    path: /^\/members$/,
    scope: 'r_jobs',
    list: 'members',
    answer: ({ living, shapes }) => ({
      list: 'members',
      rows: [...living.world.tables.members.values()].map((one) => ({ id: one.id, row: shapes.member(one) })),
    }),
  },
  {
    method: 'GET',
    path: /^\/stages$/,
    scope: 'r_jobs',
    list: 'stages',
    answer: ({ living, shapes }) => ({
      status: 200,
      json: { stages: living.world.stages.map((one) => shapes.stage(one)) },
    }),
  },
  {
    method: 'GET',
    path: /^\/jobs$/,
    scope: 'r_jobs',
    list: 'jobs',
    answer: ({ living, shapes, query }) => {
      const state = query.get('state');
      const updated = after(query, 'updated_after');
      const created = after(query, 'created_after');
      const rows = [...living.world.tables.jobs.values()].filter(
        (one) =>
          (state === null || one.state === state) && one.updated_at > updated && one.created_at > created,
      );
      return { list: 'jobs', rows: rows.sort(hexOrder).map((one) => ({ id: one.id, row: shapes.job(one) })) };
    },
  },
  {
    method: 'GET',
    path: /^\/jobs\/([^/]+)$/,
    scope: 'r_jobs',
    answer: (asked, shortcode) => ({ status: 200, json: asked.shapes.jobInFull(jobOf(asked, shortcode!)) }),
  },
  {
    method: 'GET',
    path: /^\/jobs\/([^/]+)\/stages$/,
    scope: 'r_jobs',
    list: 'stages',
    answer: (asked, shortcode) => {
      const stages = asked.living.world.stagesOf(jobOf(asked, shortcode!).shortcode);
      return { status: 200, json: { stages: stages.map((one) => asked.shapes.stage(one)) } };
    },
  },
  {
    method: 'GET',
    path: /^\/jobs\/([^/]+)\/candidates$/,
    scope: 'r_candidates',
    list: 'candidates',
    answer: (asked, shortcode) => listCandidates(asked, jobOf(asked, shortcode!).shortcode),
  },
  {
    method: 'GET',
    path: /^\/candidates$/,
    scope: 'r_candidates',
    list: 'candidates',
    answer: (asked) => listCandidates(asked, asked.query.get('shortcode')),
  },
  {
    method: 'GET',
    path: /^\/candidates\/([^/]+)$/,
    scope: 'r_candidates',
    answer: (asked, id) => ({
      status: 200,
      json: { candidate: asked.shapes.candidateInFull(candidateOf(asked, id!)) },
    }),
  },
  {
    method: 'GET',
    path: /^\/candidates\/([^/]+)\/activities$/,
    scope: 'r_candidates',
    list: 'activities',
    answer: (asked, id) => {
      const { job, id: candidate } = candidateOf(asked, id!);
      const theirs = [...asked.living.world.tables.activities.values()].filter(
        (one) => one.candidate === candidate,
      );
      const rows = theirs.sort(hexOrder).map((one) => ({ id: one.id, row: asked.shapes.activity(one, job) }));
      return { list: 'activities', rows };
    },
  },
  {
    method: 'POST',
    path: /^\/candidates\/([^/]+)\/comments$/,
    scope: 'w_candidates',
    answer: (asked, id) => {
      const candidate = candidateOf(asked, id!);
      const member = memberOf(asked);
      const text = (asked.body as { comment?: { body?: unknown } } | null)?.comment?.body;
      if (typeof text !== 'string' || text.trim() === '') throw unprocessable('comment body is missing');
      const { id: made } = life.comment(asked.living, candidate, member, text);
      const isBlank = asked.living.switches.commentAnswer === '201-blank';
      return isBlank ? { status: 201 } : { status: 200, json: { id: made } };
    },
  },
  {
    method: 'POST',
    path: /^\/candidates\/([^/]+)\/move$/,
    scope: 'w_candidates',
    answer: (asked, id) => {
      const candidate = candidateOf(asked, id!);
      const member = memberOf(asked);
      const wanted = (asked.body as { target_stage?: unknown } | null)?.target_stage;
      const stage = asked.living.world.stagesOf(candidate.job).find(({ slug }) => slug === wanted);
      if (stage === undefined) throw unprocessable('target_stage is invalid');
      if (candidate.disqualified) throw unprocessable('The candidate is disqualified');
      if (stage.slug !== candidate.stage) life.move(asked.living, candidate, stage.slug, member);
      return { status: 200 };
    },
  },
  {
    method: 'GET',
    path: /^\/subscriptions$/,
    scope: null,
    answer: ({ subscriptions }) => ({
      status: 200,
      json: {
        subscriptions: [...subscriptions.all.values()].map((one) => ({
          ...one,
          valid_until: null,
          created_at: new Date(one.created_at).toISOString(),
        })),
      },
    }),
  },
  {
    method: 'POST',
    path: /^\/subscriptions$/,
    scope: null,
    answer: ({ subscriptions, body }) => ({
      status: 200,
      json: { id: subscriptions.add((body ?? {}) as object).id },
    }),
  },
  {
    method: 'DELETE',
    path: /^\/subscriptions\/(\d+)$/,
    scope: null,
    answer: ({ subscriptions }, id) => {
      if (!subscriptions.all.delete(Number(id))) throw notFound();
      return { status: 200, json: {} };
    },
  },
];
