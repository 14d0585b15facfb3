/** The tables as readers were promised them: names, types, keys, comments, indexes for the usual questions. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { query } from '../../../src/db/database.js';
import { atsTables } from '../../../src/db/objects/ats-tables.js';
import { isOwnConstraint, ownFunctions } from '../../../src/db/refused.js';
import { mirrorTables } from '../../../src/mirror/tables.js';
import { fileDatabase } from '../../support/file-database.js';

const shared = fileDatabase();

const time = 'timestamp with time zone';
const words = (type: string, names: string) =>
  Object.fromEntries(names.split(' ').map((name) => [name, type]));
const stamps = words(time, 'created_at updated_at');
const every = { account: 'text', uuid: 'uuid', raw: 'jsonb', ...words(time, 'mirrored_at deleted_at') };

const written = { account: 'text', extra: 'jsonb', source: 'text', deleted_at: time };

/** The columns the contract names. */
const promised: Record<string, Record<string, string>> = {
  'sparkhire.users': {
    ...every,
    ...words('text', 'name email role avatar'),
    active: 'boolean',
    company_uuid: 'uuid',
    ...stamps,
  },
  'sparkhire.jobs': {
    ...every,
    ...words('text', 'title status description location open_interview_link open_interview_status'),
    ...words('text', 'created_by_email'),
    ...words('uuid', 'open_interview_uuid created_by_uuid status_updated_by_uuid company_uuid'),
    ...words(time, 'open_interview_expires_at status_updated_at'),
    ...stamps,
  },
  'sparkhire.interviews': {
    ...every,
    ...words('text', 'type status job_title candidate_name candidate_email created_by_email'),
    ...words('text', 'share_url share_status watch_url'),
    rating: 'numeric(3,2)',
    ...words('uuid', 'job_uuid candidate_uuid created_by_uuid share_link_uuid company_uuid'),
    ...words(time, 'scheduled_at completed_at'),
    ...stamps,
  },
  'sparkhire.interview_questions': {
    ...every,
    interview_uuid: 'uuid',
    ...words('integer', 'position time_limit takes_limit takes_completed takes_remaining'),
    text: 'text',
    ...words('boolean', 'completed skipped'),
    started_at: time,
    ...stamps,
  },
  'sparkhire.question_sets': { ...every, name: 'text', questions: 'jsonb', ...stamps },
  'sparkhire.share_links': {
    ...every,
    ...words('text', 'url status reviewer_name reviewer_email'),
    interview_uuids: 'uuid[]',
    created_by_uuid: 'uuid',
    ...stamps,
  },
  'sparkhire.companies': { ...every, ...words('text', 'name website summary industry'), ...stamps },
  'sparkhire.plans': {
    account: 'text',
    raw: 'jsonb',
    ...words(time, 'mirrored_at deleted_at renews_at'),
    name: 'text',
    ...words(
      'integer',
      'job_slots_limit job_slots_remaining user_slots_limit user_slots_remaining users_paid',
    ),
    features: 'jsonb',
  },
  'sync.changes': {
    seq: 'bigint',
    ...words('text', 'account resource change'),
    uuid: 'uuid',
    changed_fields: 'text[]',
    ...words('jsonb', 'before after'),
    recorded_at: time,
  },
  'sync.checkpoints': {
    ...words('text', 'account resource kind'),
    position: 'jsonb',
    ...words(time, 'watermark completed_at updated_at'),
  },
  'sync.runs': {
    ...words('text', 'account kind resource outcome error'),
    id: 'bigint',
    ...words('integer', 'requests rate_limited'),
    ...words('bigint', 'rows_read rows_created rows_updated rows_deleted'),
    ...words(time, 'started_at finished_at'),
  },
  'sync.conflicts': {
    id: 'bigint',
    ...words('text', 'account resource kind ats_id field reason policy resolution resolved_by'),
    uuid: 'uuid',
    ...words('jsonb', 'base_value ats_value sparkhire_value'),
    ...words(time, 'opened_at resolved_at acted_at'),
    revision: 'integer',
  },
  'sync.links': {
    ...words('text', 'account resource ats_id how results_to'),
    uuid: 'uuid',
    base: 'jsonb',
    linked_at: time,
  },
  'sync.intents': {
    id: 'bigint',
    ...words('text', 'account resource ats_id action fingerprint state error'),
    ...words(time, 'created_at updated_at'),
  },
  'sync.issues': {
    id: 'bigint',
    ...words('text', 'account resource ats_id field code message'),
    ...words(time, 'opened_at resolved_at'),
  },
  'sync.ats_skipped': {
    ...words('text', 'account source entry_id application_id reason message candidate_id'),
    address: 'bytea',
    seen_at: time,
  },
  'sync.ats_entries': {
    ...words('text', 'account source entry_id application_id stage package'),
    ...words(time, 'entered_at seen_at'),
  },
  'sync.ats_hints': {
    ...words('text', 'account source delivery_id kind'),
    ...words('text[]', 'application_ids candidate_ids'),
    ...words(time, 'received_at read_at'),
  },
  'sync.ats_cursors': {
    ...words('text', 'account source'),
    ...words('jsonb', 'position failure custom_fields'),
    ...words(time, 'read_until updated_at'),
  },
  'sync.ats_tokens': {
    ...words('text', 'account source mark key_id'),
    cipher: 'bytea',
    ...words(time, 'expires_at updated_at'),
  },
  'sync.desired_rows': { ...words('text', 'account resource ats_id state'), hash: 'uuid' },
  'ats.users': { ...written, ...words('text', 'ats_id name email role'), active: 'boolean' },
  'ats.jobs': {
    ...written,
    ...words('text', 'ats_id title description status city region country work_mode work_place owner_ats_id'),
  },
  'ats.packages': {
    ...written,
    ...words('text', 'package type question_set_uuid email_message timezone'),
    questions: 'jsonb',
    deadline_days: 'numeric',
  },
  'ats.interviews': {
    ...written,
    ...words('text', 'ats_id job_ats_id candidate_name candidate_email candidate_phone candidate_phone_e164'),
    ...words('text', 'type package question_set_uuid timezone email_message requested_by_ats_id desired'),
    ...words('boolean', 'sms_consent share'),
    questions: 'jsonb',
    deadline_at: time,
    priority: 'smallint',
  },
  'ats.share_requests': {
    ...written,
    ...words('text', 'ats_id status'),
    reviewers: 'jsonb',
    interview_ats_ids: 'text[]',
    send_email: 'boolean',
  },
};

/** Views have no defaults. */
const became = {
  ...words('text', 'account ats_id state'),
  sparkhire_uuid: 'uuid',
  issues: 'jsonb',
  ...words(time, 'synced_at changed_at'),
};
const promisedViews: Record<string, Record<string, string>> = {
  'ats.user_sync': became,
  'ats.job_sync': became,
  'ats.interview_sync': {
    ...became,
    ...words('text', 'status watch_url share_url job_ats_id requested_by_ats_id'),
    rating: 'numeric(3,2)',
    ...words(time, 'completed_at deadline_at'),
  },
  'sync.ats_results': {
    ...words('text', 'account ats_id result outcome reference error'),
    interview_uuid: 'uuid',
    at: time,
  },
  'ats.share_request_sync': {
    ...words('text', 'account ats_id state'),
    ...words('jsonb', 'issues links'),
    ...words(time, 'synced_at changed_at'),
  },
};

interface Column {
  name: string;
  type: string;
  required: boolean;
  fallback: string | null;
  comment: string | null;
}

function columnsOf(table: string): Promise<Column[]> {
  return query<Column>(
    shared.db,
    `select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required,
       pg_get_expr(adbin, adrelid) as fallback, col_description(attrelid, attnum) as comment
     from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
     where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
}

describe.each(Object.entries(promised))('%s', (table, columns) => {
  it('has the promised columns with their types', async () => {
    const found = Object.fromEntries((await columnsOf(table)).map(({ name, type }) => [name, type]));
    expect(found).toMatchObject(columns);
  });

  it('belongs to the account `default` unless told otherwise', async () => {
    const account = (await columnsOf(table)).find(({ name }) => name === 'account');
    expect(account).toMatchObject({ required: true, fallback: "'default'::text" });
  });

  it('says what it and each of its columns means', async () => {
    const [{ comment }] = (await query<{ comment: string | null }>(
      shared.db,
      `select obj_description($1::regclass, 'pg_class') as comment`,
      [table],
    )) as [{ comment: string | null }];
    expect(comment?.trim() ?? '').not.toBe('');
    const silent = (await columnsOf(table)).filter((column) => (column.comment ?? '').trim() === '');
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

describe.each(Object.entries(promisedViews))('%s', (view, columns) => {
  it('has the promised columns with their types, and says what they mean', async () => {
    const found = await columnsOf(view);
    expect(Object.fromEntries(found.map(({ name, type }) => [name, type]))).toEqual(columns);
    expect(found.filter(({ comment }) => (comment ?? '').trim() === '')).toEqual([]);
    const [told] = await query<{ comment: string | null }>(
      shared.db,
      'select obj_description($1::regclass) as comment',
      [view],
    );
    expect(told!.comment).toMatch(/\.$/);
  });
});

describe('the tables of the ATS', () => {
  it('enforce identity alone', async () => {
    const constraints = await query(
      shared.db,
      `select conrelid::regclass::text as table, contype::text as kind from pg_constraint
       where connamespace = 'ats'::regnamespace and contype <> 'n' order by 1`,
    );
    const tables = ['interviews', 'jobs', 'packages', 'share_requests', 'users'];
    expect(constraints).toEqual(tables.map((name) => ({ table: `ats.${name}`, kind: 'p' })));
    for (const name of tables) {
      const required = (await columnsOf(`ats.${name}`)).filter((column) => column.required);
      expect(required.map((column) => column.name)).toEqual([
        'account',
        name === 'packages' ? 'package' : 'ats_id',
      ]);
    }
  });

  it('have the columns that files are imported into, with the same types', async () => {
    const spelled: Record<string, string> = { timestamptz: time };
    for (const { name, key, columns } of Object.values(atsTables)) {
      const found = (await columnsOf(`ats.${name}`)).map((column) => [column.name, column.type]);
      // Some came later: their order says nothing.
      expect(Object.fromEntries(found)).toEqual({
        account: 'text',
        [key]: 'text',
        ...Object.fromEntries(columns.map(([column, type]) => [column, spelled[type] ?? type])),
        // Connectors alone have it.
        source: 'text',
      });
    }
  });
});

describe('the mirror', () => {
  it('has a primary key of account and uuid everywhere, of the account alone for plans', async () => {
    const keys = await query<{ table: string; key: string[] }>(
      shared.db,
      `select c.relname as table, array_agg(a.attname::text order by array_position(i.indkey, a.attnum)) as key
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       left join pg_index i on i.indrelid = c.oid and i.indisprimary
       left join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
       where n.nspname = 'sparkhire' and c.relkind = 'r' group by 1 order by 1`,
    );
    expect(keys.map(({ table }) => `sparkhire.${table}`)).toEqual(
      Object.keys(promised)
        .filter((name) => name.startsWith('sparkhire.'))
        .sort(),
    );
    for (const { table, key } of keys) {
      expect([table, key]).toEqual([table, table === 'plans' ? ['account'] : ['account', 'uuid']]);
    }
  });

  it('has no foreign keys, checks or enums: what upstream sends or withholds is its business', async () => {
    const constraints = await query(
      shared.db,
      `select conname from pg_constraint where connamespace = 'sparkhire'::regnamespace and contype in ('f', 'c', 'x')`,
    );
    expect(constraints).toEqual([]);
    const required = await query<{ column: string }>(
      shared.db,
      `select distinct attname as column from pg_attribute join pg_class c on c.oid = attrelid
       where relnamespace = 'sparkhire'::regnamespace and relkind = 'r' and attnum > 0 and attnotnull
       order by 1`,
    );
    expect(required.map(({ column }) => column)).toEqual([
      'account',
      'details_due',
      'mirrored_at',
      'raw',
      'uuid',
    ]);
  });

  it.each(['users', 'jobs', 'interviews'] as const)(
    'shows the %s that exist with all their columns',
    async (name) => {
      const found = (await columnsOf(`sparkhire.${name}_current`)).map((column) => column.name);
      expect(found).toEqual(expect.arrayContaining(Object.keys(promised[`sparkhire.${name}`]!)));
      const row = "gen_random_uuid(), '{}', ";
      await query(
        shared.db,
        `insert into sparkhire.${name} (uuid, raw, deleted_at) values (${row} null), (${row} now())`,
      );
      if (name === 'interviews') await query(shared.db, 'update sparkhire.interviews set rating = 0');
      const rows = await query(shared.db, `select * from sparkhire.${name}_current`);
      expect(rows).toHaveLength(1);
      expect(rows).toMatchObject(name === 'interviews' ? [{ rating: null }] : [{}]);
      await query(shared.db, `truncate sparkhire.${name}`);
    },
  );

  it('has the columns that rows are made of, with the same types', async () => {
    const spelled: Record<string, string> = { timestamptz: time };
    for (const { name, columns } of Object.values(mirrorTables)) {
      const found = Object.fromEntries(
        (await columnsOf(`sparkhire.${name}`)).map((column) => [column.name, column.type]),
      );
      expect(found).toMatchObject(
        Object.fromEntries(columns.map(([column, type]) => [column, spelled[type] ?? type])),
      );
    }
  });
});

describe('the usual questions are answered from an index', () => {
  const one = `'0e0e0e0e-0000-4000-8000-000000000001'`;
  const questions: Array<[string, string, string]> = [
    ['jobs by status', 'sparkhire.jobs', `status = 'active'`],
    ['jobs changed since', 'sparkhire.jobs', `updated_at > '2031-01-01'`],
    ['interviews by status', 'sparkhire.interviews', `status = 'completed'`],
    [
      'interviews by status, changed since',
      'sparkhire.interviews',
      `status = 'completed' and updated_at > '2031-01-01'`,
    ],
    ['interviews of a job', 'sparkhire.interviews', `job_uuid = ${one}`],
    ['interviews of a candidate', 'sparkhire.interviews', `candidate_email = 'a@mill.test'`],
    ['interviews changed since', 'sparkhire.interviews', `updated_at > '2031-01-01'`],
    ['users changed since', 'sparkhire.users', `updated_at > '2031-01-01'`],
    ['users by e-mail', 'sparkhire.users', `lower(email) = 'a@mill.test'`],
    ['questions of an interview', 'sparkhire.interview_questions', `interview_uuid = ${one}`],
    ['share links by status', 'sparkhire.share_links', `status = 'active'`],
    ['share links with an interview', 'sparkhire.share_links', `interview_uuids @> array[${one}]::uuid[]`],
    ['share links changed since', 'sparkhire.share_links', `updated_at > '2031-01-01'`],
    ['question sets changed since', 'sparkhire.question_sets', `updated_at > '2031-01-01'`],
    [
      'statuses of an interview',
      'sync.interview_past_statuses',
      `account = 'default' and interview_uuid = ${one}`,
    ],
    [
      'who was seen in a status',
      'sync.interview_past_statuses',
      `status = 'accepted' and seen_from > '2031-01-01'`,
    ],
    ['one object', 'sparkhire.interviews', `account = 'default' and uuid = ${one}`],
    ['changes since', 'sync.changes', 'seq > 1000'],
    ['conflicts of a row', 'sync.conflicts', `account = 'default' and resource = 'jobs' and ats_id = '7'`],
    ['open conflicts', 'sync.conflicts', `account = 'default' and resolved_at is null`],
    ['runs of an account', 'sync.runs', `account = 'default' and started_at > '2031-01-01'`],
    ['rows that are queued', 'sync.desired_queue', `account = 'default' and resource = 'jobs'`],
    ['the last write of a row', 'sync.intents', `account = 'default' and resource = 'jobs' and ats_id = '7'`],
    ['what is linked', 'sync.links', `account = 'default' and resource = 'jobs' and uuid = ${one}`],
    ['open issues', 'sync.issues', `account = 'default' and resolved_at is null`],
    ['a checkpoint', 'sync.checkpoints', `account = 'default' and resource = 'jobs' and kind = 'sweep'`],
  ];

  interface Node {
    'Node Type': string;
    'Index Cond'?: string;
    Plans?: Node[];
  }
  const nodes = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodes)];

  it.each(questions)('%s', async (_, table, condition) => {
    const client = await shared.db.client.acquireConnection();
    try {
      await client.query('set enable_seqscan = off');
      const { rows } = await client.query(`explain (format json) select * from ${table} where ${condition}`);
      const plan = nodes(rows[0]['QUERY PLAN'][0].Plan);
      expect(plan.map((node) => node['Node Type'])).not.toContain('Seq Scan');
      // An index that is merely walked from end to end would do for `enable_seqscan`, not for the question. The
      // one of open conflicts needs no condition: it holds nothing else.
      const conditions = plan.flatMap((node) => node['Index Cond'] ?? []).join(' ');
      const column = /\w+(?= [=>@])/.exec(condition.replace('lower(email)', 'email'))![0];
      expect(conditions).toContain(column);
    } finally {
      await client.query('reset enable_seqscan');
      await shared.db.client.releaseConnection(client);
    }
  });
});

describe('at most one conflict is open for the same thing', () => {
  const insert = (values: string) =>
    query(shared.db, `insert into sync.conflicts (resource, kind, ats_id, uuid, field) values ${values}`);

  it('and a resolved one makes room for the next', async () => {
    const same = `('jobs', 'field_diverged', '7', null, 'title')`;
    await insert(same);
    await expect(insert(same)).rejects.toMatchObject({ code: '23505' });
    await insert(`('jobs', 'field_diverged', '7', null, 'status')`);
    await insert(`('jobs', 'mass_disappearance', null, null, null)`);
    await expect(insert(`('jobs', 'mass_disappearance', null, null, null)`)).rejects.toMatchObject({
      code: '23505',
    });
    await query(shared.db, `update sync.conflicts set resolved_at = now()`);
    await insert(same);
  });
});

// Constraint triggers are none: what they do is in their functions.
it('the functions, unique indexes and constraints of the migrations are known as this program’s own', async () => {
  const ours = `('sparkhire', 'ats', 'sync')`;
  const functions = await query<{ name: string }>(
    shared.db,
    `select proname as name from pg_proc where pronamespace::regnamespace::text in ${ours}`,
  );
  expect(functions.filter(({ name }) => !ownFunctions.has(name))).toEqual([]);
  const constraints = await query<{ name: string }>(
    shared.db,
    `select conname as name from pg_constraint where connamespace::regnamespace::text in ${ours} and contype not in ('n', 't')
     union select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indisunique and c.relnamespace::regnamespace::text in ${ours}`,
  );
  expect(constraints.filter(({ name }) => !isOwnConstraint(name))).toEqual([]);
});

describe('docs/tables.md', () => {
  interface Table {
    schema: string;
    name: string;
    comment: string | null;
    readers: boolean;
    writers: boolean;
    columns: Array<{ name: string; comment: string | null }>;
  }
  const script = new URL('../../../scripts/docs/tables.mjs', import.meta.url);
  const made = import(script.href) as Promise<{
    readTables(ask: (sql: string) => Promise<unknown[]>): Promise<Table[]>;
    tablesPage(tables: Table[]): string;
  }>;

  it('is what npm run docs makes of the comments: run it after a migration', async () => {
    const { readTables, tablesPage } = await made;
    const page = readFileSync(new URL('../../../docs/tables.md', import.meta.url), 'utf8');
    expect(page).toBe(tablesPage(await readTables((sql) => query(shared.db, sql))));
  });

  it('leaves nothing unsaid of a table or column that a role may read or write', async () => {
    const tables = await (await made).readTables((sql) => query(shared.db, sql));
    const open = tables.filter(({ readers, writers }) => readers || writers);
    expect(open.length).toBeGreaterThan(20);
    const silent = open.flatMap(({ schema, name, comment, columns }) => [
      ...(comment === null ? [`${schema}.${name}`] : []),
      ...columns
        .filter((column) => column.comment === null)
        .map((column) => `${schema}.${name}.${column.name}`),
    ]);
    expect(silent).toEqual([]);
  });
});
