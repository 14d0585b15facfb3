/**
 * The whole story of a row, an object or a person, in time order, and why it is not further. Data: the command line and the
 * console show the same.
 *
 * In comes a name of something; out goes what happened to it, why it waits (causes.ts, pure) and what to do. It reads the
 * database alone and writes nothing.
 */
import { byThemselves, type Database, query } from '../db/database.js';
import { erasedSince } from '../forgotten/hashes.js';
import type { RowState } from '../reconcile/types.js';
import { idOf, type Root, rootsOf, spoken } from './causes.js';
import { type Entry, entries, readEntries, subjectOf } from './entries.js';
import { readEvents, type StoryEvent } from './events.js';
import { remedyOf } from './remedies.js';
import { type LookedUp, lookUp, saidOf } from './said.js';
import { causeOf, readStandstills, type Standstill } from './standstill.js';
import type { Cause, StorySubject, Subject } from './subject.js';
import { findSubjects } from './subjects.js';
import { writersOf } from './writers.js';

/** What `explain --json` prints. */
export interface Explained {
  /** As it was asked for. */
  asked: string;
  /** One for each row or object of that key or uuid; of an address one for each account. Empty: it was never there. */
  stories: Story[];
  /** Since when the person is erased, RFC 3339, UTC, in each account where they were. */
  erased: Array<{ account: string; at: string }>;
  /** Accounts that were searched. */
  accounts: string[];
  /** What was searched, in words. */
  searched: string[];
  /** More was found than is shown. */
  more: boolean;
}

export interface Story {
  account: string;
  subjects: StorySubject[];
  /** Oldest first. */
  events: StoryEvent[];
}

/** @param only of these accounts */
export async function explain(db: Database, asked: string, only?: readonly string[]): Promise<Explained> {
  const { subjects, accounts, searched, more } = await findSubjects(db, asked, only);
  const met = await readEntries(db, subjects);
  const rows = subjects.flatMap(({ account: of, resource, atsId }) =>
    atsId === null || resource === entries ? [] : [{ account: of, resource, atsId }],
  );
  const [found, facts, events] = [
    await lookUp(db, rows),
    await readFacts(db, subjects),
    await readEvents(db, subjects, met),
  ];
  const writers = await writersOf(
    db,
    [...found.values()].map(({ key }) => key),
  );
  const waits = facts.some(({ known, queued }) => queued || known === null || known === 'pending');
  const still = new Map(
    (waits ? await readStandstills(db, null) : []).map((one) => [one.account, one] as const),
  );
  const erased = await erasedSince(byThemselves(db), accounts, asked);
  const isPerson =
    asked.includes('@') && new Set(subjects.map(({ resource, atsId }) => `${resource} ${atsId}`)).size > 1;
  const stories = new Map<string, Story>();
  const storyOf = (of: string, id: string) => {
    const story = stories.get(id) ?? { account: of, subjects: [], events: [] };
    stories.set(id, story);
    return story;
  };
  const nameOf = ({ account: of, resource, atsId, uuid }: Subject) =>
    isPerson ? of : JSON.stringify([of, resource, atsId ?? uuid]);
  for (const [index, subject] of subjects.entries())
    storyOf(subject.account, nameOf(subject)).subjects.push(
      ...(subject.resource === entries
        ? met.filter((one) => isOf(one, subject)).map(subjectOf)
        : [told(subject, found, writers, facts[index]!, still.get(subject.account))]),
    );
  const idsOf = new Map(
    subjects.flatMap((subject) => keysOf(subject).map((key) => [key, nameOf(subject)] as const)),
  );
  for (const { account: of, step: _, number: __, ...event } of events) {
    const { resource, ats_id: atsId, uuid } = event;
    const id = keysOf({ account: of, resource, atsId, uuid }).flatMap((key) => idsOf.get(key) ?? [])[0];
    if (id !== undefined) storyOf(of, id).events.push(event);
  }
  return {
    asked,
    stories: [...stories.values()].sort((a, b) =>
      a.account < b.account ? -1 : a.account > b.account ? 1 : 0,
    ),
    erased: erased.map(({ account: of, at }) => ({ account: of, at: at.toISOString() })),
    accounts,
    searched,
    more,
  };
}

function isOf({ account, entry_id: id, ats_id }: Entry, subject: Subject): boolean {
  return ats_id === null && account === subject.account && id === subject.atsId;
}

function keysOf({ account, resource, atsId, uuid }: Subject): string[] {
  return [
    ...(atsId === null ? [] : [JSON.stringify([account, resource, 'row', atsId])]),
    ...(uuid === null ? [] : [JSON.stringify([account, resource, 'object', uuid])]),
  ];
}

interface Facts {
  queued: boolean;
  known: RowState | null;
  there: boolean;
  name: string | null;
  status: string | null;
  deleted: boolean;
}

/** In the order of the subjects. */
function readFacts(db: Database, subjects: readonly Subject[]): Promise<Facts[]> {
  const one = (resource: string, name: string, status: string) =>
    `select ${name} as name, ${status} as status, deleted_at is not null as deleted from sparkhire.${resource}
       where k.resource = '${resource}' and account = k.account and uuid = k.uuid`;
  return query<Facts>(
    db,
    `select q.there is true as queued, d.state as known, o.deleted is not null as there, o.name, o.status, o.deleted is true as deleted
     from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) with ordinality as k(account, resource, ats_id, uuid, n)
     left join lateral (select true as there from sync.desired_queue
       where account = k.account and resource = k.resource and ats_id = k.ats_id limit 1) q on true
     left join lateral (select state from sync.desired_rows
       where account = k.account and resource = k.resource and ats_id = k.ats_id limit 1) d on true
     left join lateral (
       ${one('users', 'name', `case when active then 'active' when not active then 'disabled' end`)}
       union all ${one('jobs', 'title', 'status')}
       union all ${one('interviews', 'candidate_name', 'status')}
       union all ${one('question_sets', 'name', 'null')}
       union all ${one('share_links', 'reviewer_name', 'status')}
       union all ${one('companies', 'name', 'null')}
       limit 1) o on true
     order by k.n`,
    [
      subjects.map(({ account }) => account),
      subjects.map(({ resource }) => resource),
      subjects.map(({ atsId }) => atsId),
      subjects.map(({ uuid }) => uuid),
    ],
  );
}

function told(
  subject: Subject,
  found: ReadonlyMap<string, LookedUp>,
  writers: ReadonlyMap<string, string>,
  facts: Facts,
  still: Standstill | undefined,
): StorySubject {
  const { account, resource, atsId, uuid } = subject;
  const row = atsId === null ? undefined : found.get(idOf({ account, resource, atsId }));
  const causes =
    row?.said == null
      ? []
      : rootsOf(row.said, saidOf(found)).map((root) => asCause(root, writers.get(idOf(root.row)) ?? null));
  const state = atsId === null ? null : stateOf(facts);
  if (still !== undefined && state === 'pending' && causes.length === 0) causes.push(causeOf(still));
  return {
    resource,
    ats_id: atsId,
    uuid,
    name: row?.name ?? facts.name,
    state,
    status: facts.deleted ? 'deleted' : facts.status,
    summary: summaryOf(subject, state, facts, row, causes.length),
    causes,
  };
}

/** As the views have it. */
function stateOf({ known, queued }: Facts): RowState | null {
  if (known === 'in_flight') return known;
  return known === null || queued ? 'pending' : known;
}

function summaryOf(
  { resource, atsId }: Subject,
  state: RowState | null,
  { known, queued, there, status, deleted }: Facts,
  row: LookedUp | undefined,
  causes: number,
): string {
  const shows = !there
    ? ''
    : deleted
      ? ' It is gone from Spark Hire.'
      : status === null
        ? ''
        : ` Spark Hire shows it as ${status}.`;
  if (atsId === null) return `No row of the ATS stands for it.${shows}`;
  if (resource === 'packages' || resource === 'share_requests')
    return row?.isThere === false
      ? 'The row is gone from its table.'
      : 'It is read whenever a row that needs it is looked at.';
  if (known === null && causes > 0) return 'It has not been looked at yet.';
  if (known === null)
    return 'It has not been looked at yet: the running service does so within a minute, or `sparkhire-sync sync`.';
  const changed = queued ? ' It changed since, and is looked at again in the next round.' : '';
  switch (known) {
    case 'synced':
      return `In step.${shows}${changed}`;
    case 'gone':
      return `Withdrawn and done, or gone from Spark Hire.${shows}${changed}`;
    case 'in_flight':
      return `A write is on its way, or its answer was lost.${changed}`;
    case 'pending':
      return causes > 0
        ? `It is ready, and waits.${changed}`
        : `It is ready to be sent in the next round.${changed}`;
    case 'conflict':
      return `A person has to decide about it.${changed}${shows}`;
    default:
      return `It is ${state === 'pending' ? known : String(state)}.${changed}${shows}`;
  }
}

function asCause(root: Root, source: string | null): Cause {
  const { code, row, name, field, conflict } = root;
  const { text, waitsFor } = remedyOf(root, 1, source);
  return {
    code,
    root: {
      resource: row.resource,
      ats_id: row.atsId === '' ? null : row.atsId,
      name,
      field,
      conflict: conflict?.id ?? null,
    },
    message: spoken(root),
    remedy: text,
    waits_for: waitsFor,
  };
}
