/** What happened to rows and objects, from the tables that remember it. Every look goes by an index. */
import { type Database, query } from '../db/database.js';
import { type Entry, entries } from './entries.js';
import { type EventKind, type Happened, inOrder, kindOf, momentOf, type Step } from './order.js';
import type { Subject } from './subject.js';

export interface StoryEvent {
  /** RFC 3339, UTC, with microseconds; by the database's clock. */
  at: string;
  kind: EventKind;
  resource: string;
  ats_id: string | null;
  uuid: string | null;
  /** A sentence. */
  text: string;
  /** What it is told from. */
  detail: Record<string, unknown>;
}

export type AccountEvent = StoryEvent & Happened & { account: string };

/** Of one kind for one subject, the newest. */
const most = 200;

const byRow = (k: string, t: string) =>
  `${t}.account = ${k}.account and ${t}.resource = ${k}.resource and ${t}.ats_id = ${k}.ats_id`;

/** Oldest first. */
export async function readEvents(
  db: Database,
  subjects: readonly Subject[],
  met: readonly Entry[],
): Promise<AccountEvent[]> {
  const rows = subjects.filter(({ atsId }) => atsId !== null);
  const objects = subjects.filter(({ uuid }) => uuid !== null);
  const ofRows = (select: string, from: string) =>
    read(
      db,
      `select k.account, k.resource, k.ats_id, to_jsonb(e) as told from unnest($1::text[], $2::text[], $3::text[]) as k(account, resource, ats_id)
       cross join lateral (select ${select} from ${from} limit ${most}) e`,
      [rows.map((row) => row.account), rows.map((row) => row.resource), rows.map((row) => row.atsId)],
    );
  const ofObjects = (select: string, from: string) =>
    read(
      db,
      `select k.account, k.resource, k.uuid, to_jsonb(e) as told from unnest($1::text[], $2::text[], $3::uuid[]) as k(account, resource, uuid)
       cross join lateral (select ${select} from ${from} limit ${most}) e`,
      [objects.map((one) => one.account), objects.map((one) => one.resource), objects.map((one) => one.uuid)],
    );
  // One after the other: a look takes a millisecond, and connections are few.
  const events = [
    ...(
      await ofRows(
        'd.arrived_at, d.state, d.updated_at, d.synced_at, d.missing_since',
        `sync.desired_rows d where ${byRow('k', 'd')}`,
      )
    ).flatMap(asRow),
    ...(
      await ofRows(
        'i.id, i.field, i.code, i.message, i.opened_at, i.resolved_at',
        `sync.issues i where ${byRow('k', 'i')} order by i.id desc`,
      )
    ).flatMap(asIssue),
    ...(await ofRows('l.uuid, l.how, l.linked_at', `sync.links l where ${byRow('k', 'l')}`)).flatMap(asLink),
    ...(
      await ofRows(
        `i.id, i.action, i.state, i.error, i.uuid, i.created_at, i.sent_at, i.updated_at, i.detail -> 'expects' as expects,
       i.detail -> 'was' as was, i.detail #>> '{look,email}' as email`,
        `sync.intents i where ${byRow('k', 'i')} order by i.id desc`,
      )
    ).flatMap(asWrite),
    ...(
      await ofRows(
        'i.id, i.action, i.state, i.error, i.uuid, i.created_at, i.sent_at, i.updated_at',
        `sync.intents i where k.resource = 'interviews' and i.account = k.account and i.resource = 'ats_results'
         and i.ats_id = k.ats_id order by i.id desc`,
      )
    ).flatMap(asResult),
    ...(
      await ofRows(
        'o.protocol, o.package, o.ordered_at, o.told_at, o.problem, o.failed_at',
        `sync.orders o where k.resource = 'interviews' and o.account = k.account and o.ats_id = k.ats_id`,
      )
    ).flatMap(asOrder),
    ...(
      await ofRows(
        'c.id, c.kind, c.field, c.uuid, c.reason, c.opened_at, c.resolved_at, c.resolution, c.resolved_by, c.acted_at, c.carried_out, a.why',
        // What a person said about it is in the audit of the same transaction.
        `sync.conflicts c left join lateral (select reason as why from sync.audit where account = c.account
           and at between c.resolved_at - interval '1 min' and c.resolved_at + interval '1 min'
           and split_part(target, '.', 1) = 'conflict ' || c.id
           and what = 'conflicts resolve' limit 1) a on true
         where ${byRow('k', 'c')} order by c.id desc`,
      )
    ).flatMap(asConflict),
    // The columns of values are newer than the table.
    ...(
      await ofObjects(
        `c.seq as id, c.change, c.changed_fields, to_jsonb(c) -> 'before' as before, to_jsonb(c) -> 'after' as after, c.recorded_at`,
        'sync.changes c where c.uuid = k.uuid and c.account = k.account and c.resource = k.resource order by c.seq desc',
      )
    ).flatMap(asChange),
    ...(
      await ofObjects(
        'w.id, w.event, w.outcome, w.state, w.error, w.received_at, w.done_at',
        'sync.webhook_events w where w.object_uuid = k.uuid and w.account = k.account order by w.id desc',
      )
    ).flatMap(asWebhook),
    ...met.flatMap(asEntry),
  ];
  return inOrder(events);
}

/** A row of any of these statements, its values as in JSON: times to the microsecond. */
type Read = { account: string; resource: string; ats_id?: string | null; uuid?: string | null } & Record<
  string,
  unknown
>;

async function read(db: Database, sql: string, values: unknown[][]): Promise<Read[]> {
  if (values[0]!.length === 0) return [];
  const rows = await query<Read & { told: Record<string, unknown> }>(db, sql, values);
  return rows.map(({ told, ...row }) => ({ ...row, ...told }));
}

function event(
  row: Read,
  time: unknown,
  step: Step,
  text: string,
  detail: Record<string, unknown> = {},
): AccountEvent[] {
  const at = momentOf(time);
  if (at === null) return [];
  const { account, resource, ats_id = null, uuid = null, id } = row;
  const number = Number(id ?? 0);
  return [{ account, at, kind: kindOf(step), resource, ats_id, uuid, text, detail, step, number }];
}

const said = (text: unknown) =>
  typeof text === 'string' && text !== '' ? ` ${/[.!?]$/.test(text) ? text : `${text}.`}` : '';

const becameWords: Readonly<Record<string, string>> = {
  conflict: 'From then on a person has to decide about it.',
  in_flight: 'A write of it was on its way.',
  gone: 'It was withdrawn and done, or was gone from Spark Hire.',
};

function asRow(row: Read): AccountEvent[] {
  const { state } = row;
  return [
    ...event(row, row.arrived_at, 'arrived', 'The ATS wrote the row; it was seen for the first time.'),
    ...event(row, row.missing_since, 'left', 'The row is gone from its table.'),
    ...event(row, row.synced_at, 'agreed', 'Both sides agreed.'),
    ...event(
      row,
      row.updated_at,
      state === 'in_flight' ? 'leaving' : 'became',
      becameWords[String(state)] ?? `It became ${state}.`,
      { state },
    ),
  ];
}

function asIssue(row: Read): AccountEvent[] {
  const { code, field, message } = row;
  const where = field === null ? '' : ` (${field})`;
  return [
    ...event(row, row.opened_at, 'opened', `${code}${where}: ${message}`, {
      code,
      field,
      open: row.resolved_at === null,
    }),
    ...event(row, row.resolved_at, 'ended', `No more: ${code}${where}.`, { code, field }),
  ];
}

const howLinked: Readonly<Record<string, string>> = {
  created: 'It was made in Spark Hire for the row.',
  adopted: 'It was in Spark Hire already, and was taken over.',
  resolved: 'A person decided that the row stands for it.',
};

function asLink(row: Read): AccountEvent[] {
  return event(
    row,
    row.linked_at,
    'linked',
    `Linked to ${row.uuid}. ${howLinked[String(row.how)] ?? ''}`.trim(),
    { how: row.how },
  );
}

function asWrite(row: Read): AccountEvent[] {
  const { id, action, state, error, email } = row;
  const values = changedValues(row.was, row.expects, row.action === 'update');
  const detail = { intent: Number(id), action };
  const ends: Record<string, string> = {
    confirmed: `Spark Hire carried "${action}" out.`,
    rejected: `"${action}" was not carried out:${said(error) || ' no reason was given.'}`,
    unknown: `The answer to "${action}" was lost:${said(error)} What became of it is being looked for.`,
  };
  const end = ends[String(state)];
  const invites = row.resource === 'interviews' && action === 'create' && state === 'confirmed';
  return [
    ...event(
      row,
      row.created_at,
      'decided',
      `Decided: ${action}${values === '' ? '' : ` (${values})`}.`,
      detail,
    ),
    ...event(row, row.sent_at, 'sent', `Sent to Spark Hire: ${action}.`, detail),
    ...(end === undefined ? [] : event(row, row.updated_at, 'answered', end, { ...detail, state, error })),
    ...(invites
      ? event(row, row.sent_at, 'emailed', `Spark Hire sent the invitation to ${email ?? 'the candidate'}.`)
      : []),
  ];
}

function asResult(row: Read): AccountEvent[] {
  const { action, state, error } = row;
  const ends: Record<string, string> = {
    confirmed: `The result "${action}" was written back to the ATS.`,
    rejected: `The ATS refused the result "${action}":${said(error)}`,
    prepared: `The result "${action}" waits to be written back to the ATS.${said(error)}`,
  };
  const text =
    ends[String(state)] ??
    `Whether the result "${action}" reached the ATS is being looked for.${said(error)}`;
  const at = state === 'confirmed' ? (row.sent_at ?? row.updated_at) : row.updated_at;
  return event(row, at, 'told', text, { result: action, state, error });
}

function asOrder(row: Read): AccountEvent[] {
  const { protocol, package: named, problem } = row;
  const detail = { protocol, package: named };
  return [
    ...event(
      row,
      row.ordered_at,
      'entered',
      `${protocol}: an interview was ordered, with the package "${named}".`,
      detail,
    ),
    ...event(row, row.told_at, 'told', `${protocol}: the ATS was told what has become of the order.`, detail),
    ...(problem === null
      ? []
      : event(
          row,
          row.failed_at,
          'told',
          `${protocol}: the ATS was not told what has become of the order:${said(problem)}`,
          { ...detail, error: problem },
        )),
  ];
}

function asConflict(row: Read): AccountEvent[] {
  const { id, kind, field, reason, resolution, resolved_by: by, why } = row;
  const detail = { conflict: Number(id), kind, field };
  const closed =
    by === 'sparkhire-sync'
      ? `closed automatically: ${resolution}`
      : `decided by ${by}: ${resolution}${why === null ? '' : `, because: ${why}`}`;
  return [
    ...event(
      row,
      row.opened_at,
      'asked',
      `Conflict ${id} (${kind}${field === null ? '' : `, ${field}`}):${said(reason)}`,
      detail,
    ),
    ...event(row, row.resolved_at, 'closed', `Conflict ${id} was ${closed}.`, {
      ...detail,
      resolution,
      resolved_by: by,
    }),
    ...(by === 'sparkhire-sync'
      ? []
      : event(
          row,
          row.acted_at,
          'done',
          `The decision about conflict ${id} ${endWords(row.carried_out)}`,
          detail,
        )),
  ];
}

/** @param carriedOut null: of one that ended before that was noted */
function endWords(carriedOut: unknown): string {
  if (carriedOut === null) return 'was carried out, or put aside because the values are others by now.';
  return carriedOut === true
    ? 'was carried out.'
    : 'was put aside: the values were others by then, or nothing was left to do.';
}

const changeWords: Readonly<Record<string, string>> = {
  created: 'First seen in Spark Hire',
  updated: 'Changed in Spark Hire',
  deleted: 'Gone from Spark Hire',
  restored: 'Back in Spark Hire',
};

function asChange(row: Read): AccountEvent[] {
  const { change, changed_fields: fields } = row;
  const values = changedValues(row.before, row.after, change !== 'created');
  const names = (fields as string[]).filter((name) => name !== 'raw');
  const what = values !== '' ? values : names.join(', ');
  const words = changeWords[String(change)] ?? String(change);
  return event(row, row.recorded_at, 'changed', `${words}${what === '' ? '' : `: ${what}`}.`, {
    change,
    changed_fields: fields,
    before: shownValues(row.before),
    after: shownValues(row.after),
  });
}

function asWebhook(row: Read): AccountEvent[] {
  const { event: name, outcome, state, error } = row;
  const became = state === 'waiting' ? 'waits to be applied' : (outcome ?? state);
  return event(
    row,
    row.received_at,
    'heard',
    `Webhook ${name ?? 'without a name'}: ${became}.${said(error)}`,
    {
      event: name,
      outcome: state === 'waiting' ? null : outcome,
    },
  );
}

function asEntry(entry: Entry): AccountEvent[] {
  const { account, source, entry_id, ats_id, application_id, stage, package: named, reason, message } = entry;
  const row = {
    account,
    ...(ats_id === null ? { resource: entries, ats_id: entry_id } : { resource: 'interviews', ats_id }),
  };
  if (reason !== null) {
    const text = `${source}: the entry is not invited (${reason}):${said(message)}`;
    return event(row, entry.seen_at, 'skipped', text, { source, reason, application_id });
  }
  return [
    ...event(row, entry.entered_at, 'entered', `${source}: the application entered the stage "${stage}".`, {
      source,
      stage,
      application_id,
    }),
    ...event(
      row,
      entry.seen_at,
      'written',
      `${source}: a row was written for it, with the package "${named}".`,
      {
        source,
        stage,
        package: named,
      },
    ),
  ];
}

/** Columns whose values are told. Links open what they lead to, and other people's names are not this one's story. */
const toldColumns = new Set(
  (
    'title status description location type rating job_title job_uuid scheduled_at completed_at share_status name email role ' +
    'active candidate_name candidate_email reviewer_name reviewer_email deleted_at desired deadline_at questions job_ats_id'
  ).split(' '),
);

function shownValues(values: unknown): Record<string, unknown> | null {
  if (typeof values !== 'object' || values === null) return null;
  return Object.fromEntries(Object.entries(values).filter(([name]) => toldColumns.has(name)));
}

const longest = 80;

/** `status: requested → completed, title: …`. @param both whether the former value is told too */
function changedValues(before: unknown, after: unknown, both: boolean): string {
  const [old, now] = [shownValues(before) ?? {}, shownValues(after) ?? {}];
  const names = [...new Set([...Object.keys(now), ...Object.keys(old)])];
  const shown = (value: unknown) => {
    const text =
      value === undefined || value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
    return text.length <= longest ? text : `${text.slice(0, longest)}…`;
  };
  return names
    .map((name) => `${name}: ${both ? `${shown(old[name])} → ` : ''}${shown(now[name])}`)
    .join(', ');
}
