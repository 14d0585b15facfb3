/** changed_at in the views of the ATS's rows: it moves with whatever they show, and is a cursor that misses nothing. */
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { expect, it } from 'vitest';
import {
  advancedLinkItem,
  interviewObject,
  type Json,
  listed,
  single,
  useMirror,
  uuidAt,
} from '../mirror/fixture.js';

const mirror = useMirror();

const views = ['user_sync', 'job_sync', 'interview_sync', 'share_request_sync'] as const;

/** All that the views show, by view and row; `changed_at` in microseconds. */
async function shown(): Promise<Map<string, Json & { changed_at: number }>> {
  const rows = new Map();
  for (const view of views) {
    const found = await mirror.sql(
      `select *, coalesce((extract(epoch from changed_at) * 1000000)::bigint, 0)::text as changed_at from ats.${view}`,
    );
    for (const row of found)
      rows.set(`${view} ${row.ats_id}`, { ...row, changed_at: Number(row.changed_at) });
  }
  return rows;
}

let hour = 0;
const see = (over: Json) => {
  const updated_at = new Date(Date.UTC(2031, 1, 1, ++hour)).toISOString();
  return mirror.store('interviews', [single('interviews', interviewObject(1, { updated_at, ...over }))]);
};
const sql = (text: string, ...values: unknown[]) => mirror.sql(text, values);
const looked = (resource: string) => sql('delete from sync.desired_queue where resource = $1', resource);

/** Whatever can move something that the views show, one after the other. */
const moves: Array<[string, () => Promise<unknown>]> = [
  ['rows come', () => sql(`insert into ats.interviews (ats_id, job_ats_id) values ('I-1', 'J-1')`)],
  ['users come', () => sql(`insert into ats.users (ats_id) values ('U-1')`)],
  ['jobs come', () => sql(`insert into ats.jobs (ats_id) values ('J-1')`)],
  ['share requests come', () => sql(`insert into ats.share_requests (ats_id) values ('S-1')`)],
  ...[
    'users U-1',
    'jobs J-1',
    'interviews I-1',
    'share_requests S-1',
    'share_links S-1/cy@mill.test',
  ].flatMap((row): typeof moves => {
    const [resource, id] = row.split(' ') as [string, string];
    const at = 'where resource = $1 and ats_id = $2';
    return [
      [
        `${row} is put down`,
        () => sql('insert into sync.desired_rows (resource, ats_id) values ($1, $2)', resource, id),
      ],
      [`${row} was looked at`, () => looked(resource)],
      [`${row} is held`, () => sql(`update sync.desired_rows set state = 'held' ${at}`, resource, id)],
      [
        `${row} waits for something`,
        () =>
          sql(
            `insert into sync.issues (account, resource, ats_id, code, message) values ('default', $1, $2, 'C', 'M')`,
            resource,
            id,
          ),
      ],
      [
        `${row} waits for something else`,
        () => sql(`update sync.issues set message = 'N' ${at}`, resource, id),
      ],
      [
        `${row} waits for nothing`,
        () => sql(`update sync.issues set resolved_at = now() ${at}`, resource, id),
      ],
      [
        `${row} is synced`,
        () => sql(`update sync.desired_rows set state = 'synced', synced_at = now() ${at}`, resource, id),
      ],
      [
        `${row} is linked`,
        () =>
          sql(
            `insert into sync.links (account, resource, ats_id, uuid, how) values ('default', $1, $2, $3, 'created')`,
            resource,
            id,
            uuidAt(resource === 'share_links' ? 0x51 : 1),
          ),
      ],
    ];
  }),
  ['is mirrored', () => see({ status: 'requested', completed_at: null, rating: 0, share_link: null })],
  ['is completed', () => see({ status: 'completed', rating: 0, share_link: null })],
  ['is rated', () => see({ rating: 4, share_link: null })],
  ['is completed at another time', () => see({ completed_at: '2031-01-31T08:00:00Z', share_link: null })],
  ['is shared', () => see({})],
  ['gets another deadline', () => see({ scheduled_at: '2031-04-01T08:00:00Z' })],
  ['is deleted', () => mirror.remove('interviews', uuidAt(1))],
  ['is back', () => see({})],
  ['a link is mirrored', () => mirror.store('share_links', [listed('share_links', advancedLinkItem(0x51))])],
  [
    'a link is closed',
    () =>
      mirror.store('share_links', [
        listed(
          'share_links',
          advancedLinkItem(0x51, { status: 'inactive', updated_at: '2031-03-01T00:00:00Z' }),
        ),
      ]),
  ],
  ['a link is deleted', () => mirror.remove('share_links', uuidAt(0x51))],
  ['asks for another job', () => sql(`update ats.interviews set job_ats_id = 'J-2'`)],
  ['is asked for by somebody', () => sql(`update ats.interviews set requested_by_ats_id = 'U-1'`)],
  ['interviews were looked at', () => looked('interviews')],
  [
    'a link is queued',
    () =>
      sql(
        `insert into sync.desired_queue (account, resource, ats_id) values ('default', 'share_links', 'S-1/cy@mill.test')`,
      ),
  ],
  ['links were looked at', () => looked('share_links')],
  [
    'is another interview',
    () => sql(`update sync.links set uuid = $1 where resource = 'interviews'`, uuidAt(2)),
  ],
  ...['users', 'jobs', 'interviews', 'share_requests'].flatMap((table): typeof moves => [
    [`${table} are gone`, () => sql(`delete from ats.${table}`)],
    [`those ${table} were looked at`, () => looked(table)],
    [
      `those ${table} end`,
      () => sql(`update sync.desired_rows set state = 'gone' where resource = $1`, table),
    ],
    [`the links of ${table} end`, () => sql('delete from sync.links where resource = $1', table)],
    [
      `${table} are back`,
      () => sql(`insert into ats.${table} (ats_id) values ($1)`, `${table[0]!.toUpperCase()}-1`),
    ],
  ]),
];

it('whatever moves something that a view shows of a row moves its changed_at, and nothing moves it back', async () => {
  const moved = new Set<string>();
  for (const [what, move] of moves) {
    const before = await shown();
    await move();
    for (const [row, now] of await shown()) {
      const then: Json & { changed_at: number } = before.get(row) ?? { changed_at: -1 };
      const differs = Object.entries(now).filter(([name, value]) => !isDeepStrictEqual(value, then[name]));
      for (const [name] of differs) if (before.has(row)) moved.add(`${row.split(' ')[0]} ${name}`);
      const order =
        differs.length > 0 ? now.changed_at > then.changed_at : now.changed_at === then.changed_at;
      expect([what, row, order]).toEqual([what, row, true]);
    }
  }
  // By the catalog: a column that nothing above moves is one that nobody has thought of here.
  const columns = await sql(
    `select table_name || ' ' || column_name as name from information_schema.columns
     where table_schema = 'ats' and table_name = any($1) and column_name not in ('account', 'ats_id') order by 1`,
    views,
  );
  expect([...moved].sort()).toEqual(columns.map(({ name }) => name));
});

/** Reads as the ATS does: what is newer than the last time seen. */
const follow = (last: string) =>
  sql(`select ats_id, changed_at::text as at from ats.results($1::timestamptz)`, last);

it('who reads by changed_at meets what was committed late', async () => {
  await sql('truncate ats.interviews, sync.desired_queue, sync.desired_rows, sync.row_changes');
  await sql(
    `insert into sync.desired_rows (resource, ats_id) values ('interviews', 'early'), ('interviews', 'late')`,
  );
  const last = String((await follow('-infinity')).at(-1)!.at);
  const late = new pg.Client({ connectionString: mirror.url });
  await late.connect();
  try {
    await late.query('begin');
    await late.query(`update sync.desired_rows set state = 'held' where ats_id = 'late'`);
    await sql(`update sync.desired_rows set state = 'held' where ats_id = 'early'`);
    const first = await follow(last);
    expect(first.map(({ ats_id }) => ats_id)).toEqual(['early']);
    await late.query('commit');
    const second = await follow(String(first.at(-1)!.at));
    expect(second.map(({ ats_id }) => ats_id)).toEqual(['late']);
    expect(await follow(String(second.at(-1)!.at))).toEqual([]);
  } finally {
    await late.end();
  }
});

it('a row that was queued since leads no reader past what is not committed yet', async () => {
  const [last] = (await sql('select max(changed_at)::text as at from sync.row_changes')) as [{ at: string }];
  await sql(`insert into ats.interviews (ats_id) values ('new'), ('early')`);
  const news = await follow(last.at);
  // The last time there is, and those before any other that is to come.
  const [{ beyond }] = (await sql(
    `select count(*) filter (where at::timestamptz > $2::timestamptz + interval '49 microseconds')::int as beyond
     from unnest($1::text[]) at`,
    news.map(({ at }) => at),
    last.at,
  )) as [{ beyond: number }];
  expect(beyond).toBe(0);
  await sql('delete from sync.desired_queue');
  expect((await follow(last.at)).map(({ ats_id }) => ats_id)).toEqual(['new', 'early']);
});

it('a clock that is set back moves nothing back, and no two rows have the same time', async () => {
  await sql(`update sync.row_changes set changed_at = now() + interval '1 hour' where ats_id = 'early'`);
  const last = String((await follow('-infinity')).at(-1)!.at);
  await sql(`update sync.desired_rows set state = 'synced'`);
  const news = await follow(last);
  expect(new Set(news.map(({ at }) => at)).size).toBe(2);
});

it('what is new is found by an index, however many rows there are', async () => {
  await sql(`insert into ats.interviews (ats_id) select n::text from generate_series(1, 5000) n`);
  await sql('delete from sync.desired_queue');
  await sql(
    `insert into sync.desired_rows (resource, ats_id, state) select 'interviews', n::text, 'synced' from generate_series(1, 5000) n`,
  );
  await sql('analyze');
  const [{ at }] = (await sql('select max(changed_at)::text as at from sync.row_changes')) as [
    { at: string },
  ];
  for (const from of [
    `ats.interview_sync where changed_at > '${at}' order by changed_at`,
    `ats.results('${at}')`,
  ]) {
    const plan = await sql(`explain select * from ${from} limit 100`);
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).toContain('row_changes_at_idx');
    // The mirror's interviews (m) are none here, and read in any way.
    expect(text).not.toMatch(/Seq Scan on (interviews t|desired_rows|row_changes)/);
  }
});
