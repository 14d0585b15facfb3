/** A mirror in a database of its own, and objects in the shapes Spark Hire sends, read as the client reads them. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type Database, openDatabase, query } from '../../../src/db/database.js';
import {
  companyRow,
  interviewRow,
  jobRow,
  type Origin,
  questionSetRow,
  shareLinkRow,
  userRow,
} from '../../../src/mirror/mapping.js';
import {
  inMirrorTransaction,
  type MirrorTransaction,
  markDeleted,
  type StoreCounts,
  type StoreOptions,
  storeRows,
} from '../../../src/mirror/store.js';
import type { MirrorRow, TableName } from '../../../src/mirror/tables.js';
import type { Schema } from '../../../src/sparkhire/fields.js';
import { type Read, readOne } from '../../../src/sparkhire/reading.js';
import { companySchema } from '../../../src/sparkhire/resources/companies.js';
import { interviewSchema } from '../../../src/sparkhire/resources/interviews.js';
import { jobSchema } from '../../../src/sparkhire/resources/jobs.js';
import { questionSetSchema } from '../../../src/sparkhire/resources/question-sets.js';
import { advancedShareLinkSchema } from '../../../src/sparkhire/resources/share-links.js';
import { userSchema } from '../../../src/sparkhire/resources/users.js';
import { createTestDatabase } from '../../support/database.js';

export type Json = Record<string, unknown>;

/** The nth uuid. */
export function uuidAt(n: number): string {
  return `0e0e0e0e-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export interface StoredRow {
  [column: string]: unknown;
  raw: Json;
  mirrored_at: Date;
  deleted_at: Date | null;
  /** The transaction that wrote this version of the row. */
  xmin: string;
}

export interface ChangeRow {
  seq: number;
  resource: string;
  uuid: string;
  change: string;
  changed_fields: string[];
  before: Json | null;
  after: Json | null;
}

export interface Mirror {
  url: string;
  db: Database;
  transaction<T>(work: (tx: MirrorTransaction) => Promise<T>): Promise<T>;
  store(name: TableName, rows: readonly MirrorRow[], options?: StoreOptions): Promise<StoreCounts>;
  remove(name: TableName, ...uuids: string[]): Promise<number>;
  row(name: TableName | 'plans', uuid: string): Promise<StoredRow>;
  rows(name: TableName | 'plans'): Promise<StoredRow[]>;
  /** What was recorded since this was last asked. */
  newChanges(): Promise<ChangeRow[]>;
  quarantined(): Promise<Json[]>;
  sql<Row = Json>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** One for all tests of a file, opened and closed with it. @param emptied tables that each test begins with empty */
export function useMirror(...emptied: string[]): Mirror {
  const mirror = {} as Mirror;
  beforeAll(async () => void Object.assign(mirror, await openMirror()));
  afterAll(() => mirror.close());
  if (emptied.length > 0) {
    beforeEach(async () => {
      await mirror.sql(`truncate ${emptied.join(', ')}`);
      await mirror.newChanges();
    });
  }
  return mirror;
}

export async function openMirror(account = 'default'): Promise<Mirror> {
  const { url, drop } = await createTestDatabase();
  const db = openDatabase(url);
  const sql = <Row>(text: string, values: unknown[] = []) => query<Row>(db, text, values);
  const transaction = <T>(work: (tx: MirrorTransaction) => Promise<T>) =>
    inMirrorTransaction(db, account, work);
  let seen = 0;
  return {
    url,
    db,
    sql,
    transaction,
    store: (name, rows, options) => transaction((tx) => storeRows(tx, name, rows, options)),
    remove: (name, ...uuids) => transaction((tx) => markDeleted(tx, name, uuids)),
    async row(name, uuid) {
      const [row] = await sql<StoredRow>(
        `select *, xmin::text from sparkhire.${name} where account = $1 and uuid = $2`,
        [account, uuid],
      );
      if (row === undefined) throw new Error(`no row ${uuid} in ${name}`);
      return row;
    },
    rows: (name) =>
      sql<StoredRow>(`select *, xmin::text from sparkhire.${name} where account = $1 order by uuid`, [
        account,
      ]),
    async newChanges() {
      const rows = await sql<ChangeRow>(
        `select seq::int, resource, uuid, change, changed_fields, before, after from sync.changes
         where seq > $1 and account = $2 order by seq`,
        [seen, account],
      );
      seen = rows.at(-1)?.seq ?? seen;
      return rows;
    },
    quarantined: () => sql('select * from sync.quarantine order by id'),
    async close() {
      await db.destroy();
      await drop();
    },
  };
}

type RowOf = (raw: Json, origin: Origin) => MirrorRow;

function reading<T extends { uuid: string }>(
  schema: Schema<T>,
  row: (read: Read<T>, origin: Origin) => MirrorRow,
): RowOf {
  return (raw, origin) => row(readOne(schema, raw), origin);
}

const rowsOf = {
  users: reading(userSchema, userRow),
  jobs: reading(jobSchema, jobRow),
  interviews: reading(interviewSchema, interviewRow),
  question_sets: reading(questionSetSchema, questionSetRow),
  share_links: reading(advancedShareLinkSchema, shareLinkRow),
  companies: reading(companySchema, companyRow),
};

/** An object as it stands in a listing. */
export function listed(name: keyof typeof rowsOf, raw: Json): MirrorRow {
  return rowsOf[name](raw, 'list');
}

/** An object as it comes by itself. */
export function single(name: keyof typeof rowsOf, raw: Json): MirrorRow {
  return rowsOf[name](raw, 'single');
}

const person = (n: number, name: string): Json => ({
  uuid: uuidAt(n),
  name,
  email: `${name.toLowerCase().replaceAll(' ', '.')}@mill.test`,
  avatar: `https://pictures.test/${n}.png`,
});

const company: Json = { uuid: uuidAt(0xc0), name: 'Mill & Co', avatar: 'https://pictures.test/mill.png' };

/** A user, the same in a listing and by itself. */
export function user(n: number, over: Json = {}): Json {
  return {
    uuid: uuidAt(n),
    active: true,
    name: `User ${n}`,
    email: `user${n}@mill.test`,
    avatar: 'https://pictures.test/none.png',
    created_at: '2031-01-02T08:00:00+00:00',
    updated_at: '2031-02-01T08:00:00+00:00',
    company,
    ...over,
  };
}

/** A job as listed. */
export function jobItem(n: number, over: Json = {}): Json {
  return {
    uuid: uuidAt(n),
    status: 'active',
    title: `Job ${n}`,
    created_at: '2031-01-02T08:00:00+00:00',
    updated_at: '2031-02-01T08:00:00+00:00',
    status_updated_at: '2031-01-20T08:00:00+00:00',
    created_by: person(0xa1, 'Ada Recruiter'),
    status_updated_by: person(0xa2, 'Bo Manager'),
    company,
    location: { uuid: uuidAt(0x10c), formatted_address: 'Old Mill, ME, USA' },
    open_interview: {
      uuid: uuidAt(0x0e),
      link: 'https://links.test/open',
      expires_at: '2031-05-01T08:00:00+00:00',
      status: 'active',
    },
    ...over,
  };
}

/** A job by itself: with its description and the questions of its open interview. */
export function jobObject(n: number, over: Json = {}): Json {
  const item = jobItem(n);
  return {
    ...item,
    description: `What job ${n} is about.`,
    open_interview: {
      ...(item.open_interview as Json),
      questions: [{ uuid: uuidAt(0x91), time_limit: 120, text: 'Why mills?' }],
    },
    ...over,
  };
}

/** An interview as listed. */
export function interviewItem(n: number, over: Json = {}): Json {
  return {
    uuid: uuidAt(n),
    rating: 3.5,
    type: 'one_way',
    status: 'completed',
    created_at: '2031-01-02T08:00:00+00:00',
    updated_at: '2031-02-01T08:00:00+00:00',
    scheduled_at: '2031-03-01T08:00:00+00:00',
    completed_at: '2031-01-30T08:00:00+00:00',
    job_post: {
      uuid: uuidAt(0x70b),
      title: 'Miller',
      created_at: '2031-01-01T08:00:00+00:00',
      updated_at: '2031-01-01T08:00:00+00:00',
      status_updated_at: '2031-01-01T08:00:00+00:00',
      status: 'active',
      created_by: person(0xa1, 'Ada Recruiter'),
      location: { uuid: uuidAt(0x10c), formatted_address: 'Old Mill, ME, USA' },
    },
    assigned_to: person(0xd0 + n, `Candidate ${n}`),
    company,
    created_by: person(0xa1, 'Ada Recruiter'),
    ...over,
  };
}

/** A question of an interview. */
export function question(n: number, over: Json = {}): Json {
  return {
    uuid: uuidAt(n),
    text: `Question ${n}?`,
    completed: true,
    skipped: false,
    time_limit: 60,
    takes: { completed: 1, remaining: 2, limit: 3 },
    created_at: '2031-01-02T08:00:00+00:00',
    updated_at: '2031-01-02T08:00:00+00:00',
    started_at: '2031-01-30T07:50:00+00:00',
    ...over,
  };
}

export const shareLink: Json = {
  uuid: uuidAt(0x51),
  url: 'https://links.test/basic',
  status: 'active',
  created_at: '2031-01-31T08:00:00+00:00',
  updated_at: '2031-01-31T08:00:00+00:00',
};

/** An interview by itself: with its questions and its basic share link, and more of its job. */
export function interviewObject(n: number, over: Json = {}): Json {
  const item = interviewItem(n);
  return {
    ...item,
    job_post: { ...(item.job_post as Json), description: 'Grinds corn.', company },
    questions: [question(0x9001), question(0x9002)],
    share_link: shareLink,
    ...over,
  };
}

export function questionSet(n: number, over: Json = {}): Json {
  return {
    uuid: uuidAt(n),
    created_at: '2031-01-02T08:00:00+00:00',
    updated_at: '2031-02-01T08:00:00+00:00',
    name: `Set ${n}`,
    questions: [
      {
        uuid: uuidAt(0x92),
        time_limit: 60,
        takes: 3,
        think_time: '-1',
        text: 'What do you know about flour?',
      },
    ],
    ...over,
  };
}

/** An advanced share link as listed. */
export function advancedLinkItem(n: number, over: Json = {}): Json {
  return {
    uuid: uuidAt(n),
    url: `https://links.test/${n}`,
    created_at: '2031-01-02T08:00:00+00:00',
    updated_at: '2031-02-01T08:00:00+00:00',
    status: 'active',
    reviewer: { name: 'Cy Owner', email: 'cy@mill.test' },
    created_by: person(0xa1, 'Ada Recruiter'),
    updated_by: person(0xa1, 'Ada Recruiter'),
    ...over,
  };
}

/** An advanced share link by itself: with its interviews. */
export function advancedLinkObject(n: number, over: Json = {}): Json {
  return {
    ...advancedLinkItem(n),
    interviews: [
      { uuid: uuidAt(0x17e1), interview_uuid: uuidAt(1), type: 'one_way' },
      { uuid: uuidAt(0x17e2), interview_uuid: uuidAt(2), type: 'one_way' },
    ],
    ...over,
  };
}
