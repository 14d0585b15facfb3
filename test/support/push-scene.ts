/** An ATS, the built program and an emulated Spark Hire: what a test of carrying wishes over is played on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { defaultRetryPolicy } from '../../src/sparkhire/retry.js';
import type { ProgramResult } from './program.js';
import { openScene, type Scene, type SceneOptions } from './scene.js';

export type AtsTable = 'users' | 'jobs' | 'packages' | 'interviews' | 'share_requests';

/** One row of a view ats.*_sync. */
export interface SyncRow {
  ats_id: string;
  state: string;
  sparkhire_uuid: string | null;
  issues: Array<{ code: string; field: string | null; message: string }>;
  status?: string | null;
  rating?: string | null;
  completed_at?: Date | null;
  watch_url?: string | null;
  share_url?: string | null;
  links?: Array<{
    reviewer_email: string;
    sparkhire_uuid: string;
    url: string | null;
    status: string | null;
  }>;
}

/** A view ats.*_sync. */
export type SyncView = 'user' | 'job' | 'interview' | 'share_request';

export interface PushScene extends Scene {
  /** Inserts rows, or changes those that are there; one statement. */
  put(table: AtsTable, ...rows: Array<Record<string, unknown>>): Promise<void>;
  /** Runs a command to its end, with --json. */
  run(args: string[], more?: Record<string, string | undefined>, input?: string): Promise<ProgramResult>;
  /** The view of a resource, by ats_id. */
  view(view: SyncView): Promise<Record<string, SyncRow>>;
  /** States by ats_id. */
  states(view: SyncView): Promise<Record<string, string>>;
  /** POST, PUT and DELETE requests since the last call, in the order of arrival. */
  writes(): Array<{ method: string; path: string; body: unknown }>;
  /** A person decides, as `conflicts resolve` records it. */
  resolve(id: string, take: string): Promise<void>;
  /** Addresses that were invited, each as often as it was. */
  invited(): string[];
  /** How many addresses were invited how often. */
  invitations(): Record<number, number>;
  /** As if so many seconds had passed: whatever is waited for, or is fresh, is that much older. */
  later(seconds: number): Promise<void>;
  /** Waits for what the service does of its own accord. The test's own limit is the only one. */
  until(check: () => unknown): Promise<void>;
}

/** A command waits for what it wrote with an unknown outcome. Three looks are as many, however short a time they take. */
export const quick = { SYNC_SETTLE_SECONDS: '0.05' };
/** Nor is a row that was deleted waited for: its loader is not about to write it again. */
export const missingNoMore = 'massChange: { missingSeconds: 0 }';
/** The service is woken by rows and commands: it looks at Spark Hire once, and by the clock only where a story says so. */
const rarely = { SYNC_SCHEDULE: '0 0 1 1 *' };

/**
 * Without a key of whoever a row names: the account's own key writes it, as most stories want; those of keys have it wait.
 * Keys are made by a command, where a story runs one.
 */
const keysMissing = (missing: 'administrator' | 'hold') =>
  `keys: { provision: command, missing: ${missing} }`;
export const byAdministrator = keysMissing('administrator');
const settingsWith = (missing: 'administrator' | 'hold') =>
  `policies: { ${missingNoMore}, ${keysMissing(missing)} }\n`;

export interface PushSceneOptions extends SceneOptions {
  /** `policies.keys.missing`; `administrator` unless given. */
  withoutKey?: 'administrator' | 'hold';
}

/** For all stories of a file: a request that failed is repeated at once. None of them is about the time between. */
export function withoutBackoff(): void {
  const policy = { ...defaultRetryPolicy };
  beforeAll(() => void Object.assign(defaultRetryPolicy, { baseMs: 1, rateLimitedBaseMs: 1 }));
  afterAll(() => void Object.assign(defaultRetryPolicy, policy));
}

/** When what happened is remembered by the time it happened. Watermarks are Spark Hire's times, and stay. */
const clocks: Record<string, string[]> = {
  accounts: ['plan_changed_at', 'seats_changed_at', 'key_changed_at', 'key_asked_at', 'key_demoted_at'],
  activities: ['started_at', 'succeeded_at', 'failing_since', 'retry_at'],
  checkpoints: ['completed_at', 'updated_at'],
  conflicts: ['opened_at', 'resolved_at'],
  desired_queue: ['queued_at'],
  desired_rows: ['arrived_at', 'synced_at', 'updated_at', 'missing_since'],
  intents: ['created_at', 'updated_at', 'sent_at', 'look_at'],
  user_keys: ['refused_at', 'last_used_at', 'ask_again_at'],
  webhook_events: ['retry_at'],
};

export async function openPushScene(
  onFinished: Parameters<typeof openScene>[0],
  { withoutKey = 'administrator', ...options }: PushSceneOptions = {},
): Promise<PushScene> {
  const settings = settingsWith(withoutKey);
  const scene = await openScene(onFinished, {
    users: 2,
    jobs: 0,
    interviews: 0,
    questionSets: 0,
    shareLinks: 0,
    jobSlots: -1,
    userSeats: -1,
    ...options,
  });
  const { emulator } = scene;
  let seen = 0;
  const SYNC_CONFIG = scene.settingsFile(settings);
  const closed = new AbortController();
  onFinished(async () => closed.abort());
  const pushScene: PushScene = {
    ...scene,
    // A getter of the scene would be read once only.
    get client() {
      return scene.client;
    },
    async put(table, ...rows) {
      const key = table === 'packages' ? 'package' : 'ats_id';
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      const sets = columns.filter((name) => name !== key).map((name) => `${name} = excluded.${name}`);
      await scene.rows(
        `insert into ats.${table} (${columns.join(', ')})
         select ${columns.map((name) => `r.${name}`).join(', ')} from jsonb_populate_recordset(null::ats.${table}, $1) r
         on conflict (account, ${key}) do update set ${sets.join(', ')}`,
        [JSON.stringify(rows)],
      );
    },
    startProcess: (more, config = settings) => scene.startProcess(more, config),
    process: (args, more, cwd) => scene.process(args, { SYNC_CONFIG, ...more }, cwd),
    start: (more, config = settings) => scene.start({ ...quick, ...rarely, ...more }, config),
    command: (args, more, input) => scene.command(args, { ...quick, SYNC_CONFIG, ...more }, input),
    async run(args, more, input) {
      const result = await pushScene.command([...args, '--json'], more, input).ended;
      // Spark Hire's times are whole seconds: what follows is never of the same one, however fast the machine is.
      emulator.clock.advance(1000);
      return result;
    },
    async view(view) {
      const rows = await scene.rows<SyncRow>(`select * from ats.${view}_sync order by ats_id`);
      return Object.fromEntries(rows.map((row) => [row.ats_id, row]));
    },
    async states(view) {
      const rows = Object.values(await pushScene.view(view));
      return Object.fromEntries(rows.map(({ ats_id, state }) => [ats_id, state]));
    },
    writes() {
      const fresh = emulator.requests.slice(seen);
      seen = emulator.requests.length;
      return fresh
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path, body }) => ({ method, path, body }));
    },
    async resolve(id, take) {
      await scene.rows(
        `update sync.conflicts set resolved_at = now(), resolution = $2, resolved_by = 'somebody'
         where id = $1 and resolved_at is null`,
        [id, take],
      );
      await scene.rows(`select pg_notify('sparkhire_desired', 'default')`);
    },
    async later(seconds) {
      const earlier = (name: string) => `${name} = ${name} - make_interval(secs => $1)`;
      const updates = Object.entries(clocks).map(
        ([table, columns]) => `update sync.${table} set ${columns.map(earlier).join(', ')}`,
      );
      for (const table of [
        'users',
        'jobs',
        'interviews',
        'interview_questions',
        'question_sets',
        'share_links',
      ])
        updates.push(`update sparkhire.${table} set ${earlier('mirrored_at')}`);
      const parts = updates.map((update, index) => `u${index} as (${update})`);
      await scene.rows(`with ${parts.join(', ')} select`, [seconds]);
    },
    async until(check) {
      for (;;) {
        try {
          await check();
          return;
        } catch (error) {
          if (closed.signal.aborted) {
            console.error('waited for in vain:', error);
            return;
          }
          await sleep(50);
        }
      }
    },
    invited: () =>
      emulator.outbox
        .filter(({ kind }) => kind === 'interview_invitation')
        .map(({ to }) => to)
        .sort(),
    invitations() {
      const times = new Map<string, number>();
      for (const to of pushScene.invited()) times.set(to, (times.get(to) ?? 0) + 1);
      const counts: Record<number, number> = {};
      for (const count of times.values()) counts[count] = (counts[count] ?? 0) + 1;
      return counts;
    },
  };
  return pushScene;
}

const day = 86_400_000;

export const aJob = (atsId: string, more: Record<string, unknown> = {}) => ({
  ats_id: atsId,
  title: `Job ${atsId}`,
  description: 'Bakes bread at night.',
  status: 'open',
  city: 'Graz',
  country: 'Austria',
  ...more,
});

export const anInterview = (
  atsId: string,
  job: string,
  email: string,
  more: Record<string, unknown> = {},
) => ({
  ats_id: atsId,
  job_ats_id: job,
  candidate_name: `Candidate ${atsId}`,
  candidate_email: email,
  type: 'one_way',
  questions: [{ text: 'Why bread?', time_limit: 60, takes: 1 }],
  deadline_at: new Date(Date.now() + 10 * day).toISOString(),
  ...more,
});

/** A request of these interviews for these reviewers, jane for jane@reviewers.example. */
export const aShareRequest = (
  atsId: string,
  interviews: string[],
  reviewers: string[],
  more: Record<string, unknown> = {},
) => ({
  ats_id: atsId,
  reviewers: reviewers.map((name) => ({ name, email: `${name}@reviewers.example` })),
  interview_ats_ids: interviews,
  status: 'active',
  ...more,
});

/** A job J-1 and so many interviews of it, I-1 and so on, of c1@example.org and so on. */
export async function invite(scene: PushScene, many: number): Promise<void> {
  await scene.put('jobs', aJob('J-1'));
  const rows = Array.from({ length: many }, (_, index) =>
    anInterview(`I-${index + 1}`, 'J-1', `c${index + 1}@example.org`),
  );
  await scene.put('interviews', ...rows);
}
