/**
 * What the mirror must hold, told from the emulator's records, the API document and the contract alone: nothing
 * here is taken from the code that reads answers or maps them.
 */
import type pg from 'pg';
import type { Emulator, Interview, Job, User } from '#emulators/emulator/index';

type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type MirroredRow = Record<string, Value>;
export type Mirror = Record<MirroredTable, Map<string, MirroredRow>> & {
  /** Rows that are in the mirror only if they were met while they were still listed. */
  unlisted?: ReadonlySet<string>;
};

const tables = {
  users: 'name email role active avatar company_uuid created_at updated_at',
  jobs: `title status description location open_interview_uuid open_interview_link open_interview_expires_at
    open_interview_status created_by_uuid created_by_email status_updated_by_uuid status_updated_at company_uuid
    created_at updated_at`,
  interviews: `type status rating job_uuid job_title candidate_uuid candidate_name candidate_email created_by_uuid
    created_by_email scheduled_at completed_at share_link_uuid share_url share_status watch_url company_uuid
    created_at updated_at`,
  interview_questions: `interview_uuid position text time_limit takes_limit takes_completed takes_remaining
    completed skipped started_at created_at updated_at`,
  question_sets: 'name questions created_at updated_at',
  share_links: `url status reviewer_name reviewer_email interview_uuids created_by_uuid created_at updated_at`,
  companies: 'name website summary industry created_at updated_at',
  plans: `name job_slots_limit job_slots_remaining user_slots_limit user_slots_remaining users_paid features
    renews_at`,
} as const;
export type MirroredTable = keyof typeof tables;
export const mirroredTables = Object.keys(tables) as MirroredTable[];
const columnsOf = (table: MirroredTable) => tables[table].split(/\s+/);

/** Everything an administrator's backfill must have mirrored, without what is deleted or hidden. */
export function expectedMirror(emulator: Emulator, { details = true } = {}): Mirror {
  const { state, switches } = emulator;
  const unit = switches.timestampFormat === 'fractional' ? 1 : 1000;
  // What has no offset is taken for UTC.
  const behind = switches.timestampFormat === 'local' ? 5 * 3_600_000 : 0;
  const time = (ms: number | null | undefined) => (ms == null ? null : Math.floor(ms / unit) * unit - behind);
  const stamps = (record: { createdAt: number; updatedAt: number }) => ({
    created_at: time(record.createdAt),
    updated_at:
      switches.nullTimestamps === 'updated-null' && record.updatedAt === record.createdAt
        ? null
        : time(record.updatedAt),
  });
  const author = (uuid: string): User | undefined =>
    state.users.get(uuid) ??
    (switches.deletedAuthor === 'object' ? state.deleted.users.get(uuid) : undefined);
  const company = { company_uuid: switches.nullCompany === 'object' ? state.company.uuid : null };
  // The same objects as in the emulator, which spreads them by their uuids.
  const unknownValue = (n: number, uuid: string) =>
    switches.unknownFields === 'fields-and-values' && Number.parseInt(uuid.slice(-4), 16) % n === 0;
  const visible = (record: { uuid: string }) => !state.hidden.has(record.uuid);
  const remaining = (limit: number, used: number) => (limit === -1 ? -1 : Math.max(0, limit - used));

  const user = (one: User): MirroredRow => ({
    name: one.name,
    email: one.email,
    role: switches.userRole === 'always' ? one.role : null,
    active: one.active,
    avatar: one.avatar,
    ...company,
    ...stamps(one),
  });

  const job = (one: Job): MirroredRow => {
    const open = switches.openInterview === 'null' ? null : one.openInterview;
    const nowhere = one.location.workMode === 'remote' && switches.remoteLocation === 'null';
    return {
      title: one.title,
      status: one.status === 'inactive' && unknownValue(8, one.uuid) ? 'archived' : one.status,
      description: details ? one.description : null,
      location: nowhere ? null : one.location.address,
      open_interview_uuid: open?.uuid ?? null,
      open_interview_link: open?.link ?? null,
      open_interview_expires_at: time(open?.expiresAt),
      open_interview_status: open?.status ?? null,
      created_by_uuid: author(one.createdBy)?.uuid ?? null,
      created_by_email: author(one.createdBy)?.email ?? null,
      status_updated_by_uuid: author(one.statusUpdatedBy)?.uuid ?? null,
      status_updated_at: time(one.statusUpdatedAt),
      ...company,
      ...stamps(one),
    };
  };

  const interview = (one: Interview): MirroredRow => {
    const link = details && switches.shareLinkFormat !== 'null' ? one.shareLink : null;
    const whole = switches.shareLinkFormat === 'object';
    const unrated = switches.ratingFormat === 'zero-when-unrated' || switches.ratingFormat === 'string';
    return {
      type: one.type === 'live' && unknownValue(6, one.uuid) ? 'phone_screen' : one.type,
      status: one.status === 'accepted' && unknownValue(6, one.uuid) ? 'in_progress' : one.status,
      rating: one.rating ?? (unrated ? 0 : null),
      job_uuid: one.jobUuid,
      job_title: state.anyJob(one.jobUuid)?.title ?? null,
      candidate_uuid: one.candidate.uuid,
      candidate_name: one.candidate.name,
      candidate_email: one.candidate.email,
      created_by_uuid: author(one.createdBy)?.uuid ?? null,
      created_by_email: author(one.createdBy)?.email ?? null,
      scheduled_at: time(one.scheduledAt),
      completed_at: time(one.completedAt),
      share_link_uuid: whole ? (link?.uuid ?? null) : null,
      share_url: link?.url ?? null,
      share_status: whole ? (link?.status ?? null) : null,
      watch_url: one.status === 'completed' ? `https://www.sparkhire.com/interview/${one.uuid}/watch` : null,
      ...company,
      ...stamps(one),
    };
  };

  const questions = (one: Interview): Array<[string, MirroredRow]> =>
    one.questions.map((question, index) => {
      const unlimited = question.takesLimit === -1;
      const counted = switches.takesFormat !== 'number';
      return [
        question.uuid,
        {
          interview_uuid: one.uuid,
          position: index + 1,
          text: question.text,
          time_limit: question.timeLimit,
          takes_limit: switches.takesFormat === 'object-without-limit' ? null : question.takesLimit,
          takes_completed: !counted
            ? null
            : unlimited && question.takesCompleted === 0
              ? -1
              : question.takesCompleted,
          takes_remaining: !counted
            ? null
            : unlimited
              ? -1
              : Math.max(0, question.takesLimit - question.takesCompleted),
          completed: question.completed,
          skipped: question.skipped,
          started_at: time(question.startedAt),
          ...stamps(question),
        },
      ];
    });

  const thinkTime = (seconds: number): { [key: string]: Value } => {
    if (switches.thinkTime === 'missing') return {};
    return { think_time: switches.thinkTime === 'string' ? String(seconds) : seconds };
  };
  const { plan } = state;
  const knownCompany = switches.meCompany === 'object' || switches.nullCompany === 'object';
  const interviews = [...state.interviews.values()].filter(visible);
  const table = <T extends { uuid: string }>(records: Iterable<T>, row: (one: T) => MirroredRow) =>
    new Map([...records].filter(visible).map((one) => [one.uuid, row(one)]));
  return {
    unlisted: new Set(state.deleted.jobs.keys()),
    users: table(state.users.values(), user),
    // A deleted job that the API still shows by itself is inactive to whoever asks, and not gone.
    jobs: table(
      [...state.jobs.values(), ...(switches.deletedJob === 'inactive' ? state.deleted.jobs.values() : [])],
      job,
    ),
    interviews: table(interviews, interview),
    interview_questions: new Map(details ? interviews.flatMap(questions) : []),
    question_sets: table(state.questionSets.values(), (set) => ({
      name: set.name,
      questions: set.questions.map((question) => ({
        uuid: question.uuid,
        time_limit: question.timeLimit,
        takes: question.takes,
        ...thinkTime(question.thinkTime),
        text: question.text,
      })),
      ...stamps(set),
    })),
    share_links: table(plan.features.advanced_share_links ? state.shareLinks.values() : [], (link) => ({
      url: link.url,
      status: link.status,
      reviewer_name: link.reviewer.name,
      reviewer_email: link.reviewer.email,
      interview_uuids: details
        ? link.items.map((item) => item.interviewUuid).filter((uuid) => state.interviews.has(uuid))
        : null,
      created_by_uuid: author(link.createdBy)?.uuid ?? null,
      ...stamps(link),
    })),
    companies: table(knownCompany ? [state.company] : [], (one) => ({
      name: one.name,
      website: one.website,
      summary: one.summary,
      industry: one.industry.name,
      ...stamps(one),
    })),
    plans: new Map([
      [
        'plan',
        {
          name: plan.name,
          job_slots_limit: plan.jobLimit,
          job_slots_remaining: remaining(plan.jobLimit, state.activeJobs()),
          user_slots_limit: plan.userLimit,
          user_slots_remaining: remaining(plan.userLimit, state.activeUsers()),
          users_paid: plan.usersPaid,
          features: { ...plan.features },
          renews_at: time(plan.renewsAt),
        },
      ],
    ]),
  };
}

export interface StoredMirror extends Mirror {
  /** Uuids of rows that are marked as deleted. */
  deleted: Record<MirroredTable, Set<string>>;
}

/** The mirror as a reader of the contract sees it; times in milliseconds. */
export async function storedMirror(
  client: pg.ClientBase | pg.Pool,
  account = 'default',
): Promise<StoredMirror> {
  const stored = { deleted: {} } as StoredMirror;
  for (const table of mirroredTables) {
    const key = table === 'plans' ? `'plan'` : 'uuid::text';
    const { rows } = await client.query(
      `select ${key} as key, deleted_at is not null as deleted, ${columnsOf(table).join(', ')}
       from sparkhire.${table} where account = $1`,
      [account],
    );
    stored[table] = new Map();
    stored.deleted[table] = new Set();
    for (const { key: uuid, deleted, ...columns } of rows) {
      if (deleted) stored.deleted[table].add(uuid);
      else stored[table].set(uuid, plain(columns));
    }
  }
  return stored;
}

function plain(columns: Record<string, unknown>): MirroredRow {
  const row: MirroredRow = {};
  for (const [name, value] of Object.entries(columns)) {
    if (value instanceof Date) row[name] = value.getTime();
    else if (name === 'rating' && value !== null) row[name] = Number(value);
    else row[name] = value as Value;
  }
  return row;
}

/** A line for each thing in which two mirrors differ, so that a failed test says what is wrong. */
export function differences(expected: Mirror, stored: Mirror): string[] {
  const found: string[] = [];
  for (const table of mirroredTables) {
    for (const [uuid, row] of expected[table]) {
      const other = stored[table].get(uuid);
      if (other === undefined) {
        if (!expected.unlisted?.has(uuid)) found.push(`${table} ${uuid}: missing`);
        continue;
      }
      for (const column of columnsOf(table)) {
        const [wanted, is] = [canonical(row[column]), canonical(other[column])];
        if (wanted !== is) found.push(`${table} ${uuid} ${column}: ${is} instead of ${wanted}`);
      }
    }
    for (const uuid of stored[table].keys()) {
      if (!expected[table].has(uuid)) found.push(`${table} ${uuid}: should not be there`);
    }
  }
  return found;
}

function unlike(is: unknown, wanted: unknown, path: string): string[] {
  if (canonical(is) === canonical(wanted)) return [];
  // A link says who changed it; that he got another name leaves no trace in it.
  if (path.endsWith('share_link.updated_by')) return [];
  const [a, b] = [is, wanted].map((side) =>
    side !== null && typeof side === 'object' ? (side as Record<string, unknown>) : undefined,
  );
  if (!a || !b) return [`${path}: ${canonical(is)} instead of ${canonical(wanted)}`];
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].flatMap((name) => unlike(a[name], b[name], `${path}.${name}`));
}

function canonical(value: unknown): string {
  if (value === undefined) return 'undefined';
  return JSON.stringify(value, (_key, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The same for the column `raw`: each object must be kept as the API answers it by itself. */
export async function rawDifferences(
  emulator: Emulator,
  client: pg.ClientBase | pg.Pool,
  account = 'default',
): Promise<string[]> {
  const headers = { authorization: `Basic ${Buffer.from(`${emulator.adminKey}:`).toString('base64')}` };
  const get = async (path: string) => {
    const response = await fetch(`${emulator.url}${path}`, { headers });
    return JSON.parse(await response.text());
  };
  const sets = emulator.switches.questionSetsPath === 'interview_question_sets' ? 'interview_' : '';
  const paths: Partial<Record<MirroredTable, string>> = {
    users: '/users',
    jobs: '/jobs',
    interviews: '/interviews',
    question_sets: `/${sets}question_sets`,
    share_links: '/share_links',
    companies: '/companies',
  };
  const found: string[] = [];
  for (const [table, path] of Object.entries(paths)) {
    const { rows } = await client.query(
      `select uuid, raw from sparkhire.${table} where account = $1 and deleted_at is null`,
      [account],
    );
    for (const { uuid, raw } of rows) {
      const answer = await get(`${path}/${uuid}`);
      for (const line of unlike(raw, answer, '')) found.push(`${table} ${uuid} raw${line}`);
    }
  }
  const { rows: plans } = await client.query('select raw from sparkhire.plans where account = $1', [account]);
  const answer = await get('/plan');
  if (canonical(plans[0]?.raw) !== canonical(answer.plan ?? answer)) found.push('plans raw');
  return found;
}
