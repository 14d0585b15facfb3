/** The questions of sync.conflicts: opened, brought up to date and ended here, whatever the kind (reconcile/conflict-kinds.ts). What people answered is answers.ts's. */
import type { Statements, Transaction } from '../db/database.js';
import { type ConflictKindName, kindsWith, type TakeOf } from '../reconcile/conflict-kinds.js';
import type { ConflictDraft, Decision } from '../reconcile/types.js';
import type { OpenedConflict } from './journal.js';

/** Who closes conflicts by itself; people have other names. */
export const byItself = 'sparkhire-sync';

/** How a conflict ends that nobody decided about. */
export const causeIsGone = 'its cause is gone';

// SQL of a conflict. `of` stands before its columns: `c.`, or nothing.

/** A person ended it. */
export const byPerson = (of = '') => `${of}resolved_by <> '${byItself}'`;

/** This was chosen about a conflict of this kind. */
export const took = <K extends ConflictKindName>(kind: K, take: TakeOf<K>, of = '') =>
  `${of}kind = '${kind}' and ${of}resolution = '${take}'`;

/** A person answered about a row, and that is still to be carried out. Written as its index is. */
export const isAnswered = (of = '') =>
  `${of}resolved_at is not null and ${of}acted_at is null and ${byPerson(of)} and ${of}ats_id is not null`;

/** A person agreed that there is none any more, or that nothing is sent again: that goes on holding. Written as their indexes are. */
export const isAgreed = (of = '') => `${took('remote_deleted', 'sparkhire', of)} and ${of}acted_at is null`;
export const isNever = (of = '') => `${took('unknown_outcome', 'none', of)} and ${of}acted_at is null`;

/** Of a row: it is open, or its answer is still to be carried out. */
export const isAsked = (of = '') => `(${of}resolved_at is null or ${isAnswered(of)})`;

/** With the names of the columns. What is left out is null. */
export interface ConflictEntry {
  resource: string;
  kind: ConflictKindName;
  ats_id?: string;
  uuid?: string | null;
  field?: string | null;
  /** The three values are JSON. */
  base?: unknown;
  ats?: unknown;
  sparkhire?: unknown;
  reason: string;
  policy?: string | null;
}

/** The columns of `Asked`, for SQL. */
export const shape = `resource text, ats_id text, kind text, uuid uuid, field text, base jsonb, ats jsonb,
  sparkhire jsonb, reason text, policy text, former text`;

const listed = (kinds: readonly string[]) => kinds.map((kind) => `'${kind}'`).join(', ');
const keepPlace = `conflicts.kind in (${listed(kindsWith(({ keepsPlace }) => keepsPlace === true))})`;
/** Values as they are from now on: whoever waits already keeps the place. */
const values = `excluded.base_value,
  case when ${keepPlace} then coalesce(conflicts.ats_value || jsonb_strip_nulls(excluded.ats_value), excluded.ats_value)
    else excluded.ats_value end,
  case when ${keepPlace} then coalesce(excluded.sparkhire_value, conflicts.sparkhire_value)
    else excluded.sparkhire_value end,
  excluded.reason, excluded.policy`;

/**
 * Opens them, or brings those that are open already up to date. One statement.
 * @returns those that were not open before
 */
export async function openConflicts(
  tx: Statements,
  account: string,
  entries: readonly ConflictEntry[],
): Promise<OpenedConflict[]> {
  if (entries.length === 0) return [];
  const told = await tx.query<OpenedConflict & { opened: boolean }>(
    `insert into sync.conflicts (account, resource, kind, ats_id, uuid, field, base_value, ats_value,
       sparkhire_value, reason, policy)
     select $1, w.resource, w.kind, w.ats_id, w.uuid, w.field, w.base, w.ats, w.sparkhire, w.reason, w.policy
     from jsonb_to_recordset($2::jsonb) as w(${shape})
     on conflict (account, resource, kind, coalesce(ats_id, ''), coalesce(uuid::text, ''), coalesce(field, ''))
       where resolved_at is null
     do update set (base_value, ats_value, sparkhire_value, reason, policy) = (${values})
     where (conflicts.base_value, conflicts.ats_value, conflicts.sparkhire_value, conflicts.reason, conflicts.policy)
       is distinct from (${values})
     returning xmax = 0 as opened, id, kind, resource, ats_id, uuid, field`,
    [account, JSON.stringify(entries)],
  );
  return told.filter(({ opened }) => opened);
}

/** Which open conflicts end, and how. */
export interface Ending {
  kind: ConflictKindName;
  /** Only of this resource. */
  resource?: string;
  /** Of any resource but this one. */
  notOf?: string;
  /** Only of this row. */
  atsId?: string;
  /** How; their cause is gone unless given. */
  resolution?: string;
  /** The person who did it; nobody unless given. */
  by?: string | undefined;
}

/** Ends those that are open. @returns their ids */
export async function endConflicts(
  tx: Statements,
  account: string,
  { kind, resource, notOf, atsId, resolution = causeIsGone, by }: Ending,
): Promise<string[]> {
  const conditions: ReadonlyArray<[condition: string, value: string | undefined]> = [
    ['resource = ', resource],
    ['resource is distinct from ', notOf],
    ['ats_id = ', atsId],
  ];
  const given = conditions.filter(([, value]) => value !== undefined);
  const ended = await tx.query<{ id: string }>(
    `update sync.conflicts set resolved_at = now(), resolution = $3, resolved_by = $4
     where account = $1 and kind = $2 and resolved_at is null
       ${given.map(([condition], index) => `and ${condition}$${index + 5}`).join(' ')}
     returning id`,
    [
      account,
      kind,
      resolution,
      by === undefined ? byItself : nameOfPerson(by),
      ...given.map(([, value]) => value),
    ],
  );
  return ended.map(({ id }) => id);
}

/** A question of a row. */
export type Asked = ConflictDraft & { resource: string; ats_id: string };

/**
 * What was decided about rows, of one resource: what there is to ask is open, all else of these rows ends unless the decision
 * keeps it.
 * @returns what is asked for the first time
 */
export async function recordConflicts(
  tx: Transaction,
  account: string,
  decisions: readonly Decision[],
): Promise<OpenedConflict[]> {
  const asked = askedIn(decisions, 'conflicts');
  await closeUnasked(tx, account, decisions, asked);
  return openConflicts(tx, account, asked);
}

/** What became of a write is no matter of the row's values: it is asked for as long as its intent is open. */
async function closeUnasked(
  tx: Transaction,
  account: string,
  decisions: readonly Decision[],
  asked: readonly Asked[],
): Promise<void> {
  const rows = decisions.map(({ resource, atsId }) => ({ resource, ats_id: atsId }));
  const keeps = decisions.flatMap((decision) => decision.keeps);
  await tx.query(
    `update sync.conflicts c
     set resolved_at = now(), resolution = '${causeIsGone}', resolved_by = '${byItself}'
     from jsonb_to_recordset($2::jsonb) as r(resource text, ats_id text)
     where c.account = $1 and c.resource = r.resource and c.ats_id = r.ats_id and c.resolved_at is null
       and not c.id = any($4::bigint[])
       and not exists (select from jsonb_to_recordset($3::jsonb) as w(${shape})
         where w.resource = c.resource and w.ats_id = c.ats_id and w.kind = c.kind
           and w.uuid is not distinct from c.uuid and w.field is not distinct from c.field)
       and not (c.kind in (${listed(kindsWith(({ cause }) => cause === 'write'))}) and exists (select from sync.intents i
         where (i.account, i.resource, i.ats_id, i.state) = (c.account, c.resource, c.ats_id, 'unknown')))`,
    [account, JSON.stringify(rows), JSON.stringify(asked), keeps],
  );
}

/** What decisions ask, or what a policy decided in them; each once. */
export function askedIn(decisions: readonly Decision[], list: 'conflicts' | 'overwritten'): Asked[] {
  const all = new Map<string, Asked>();
  for (const decision of decisions) {
    for (const draft of decision[list]) {
      const key = JSON.stringify([decision.resource, decision.atsId, draft.kind, draft.uuid, draft.field]);
      all.set(key, { ...draft, resource: decision.resource, ats_id: decision.atsId });
    }
  }
  return [...all.values()];
}

/** History of what a policy decided: once for each time, however often the write is put off. */
export async function recordOverwritten(
  tx: Transaction,
  account: string,
  decisions: readonly Decision[],
): Promise<void> {
  const overwritten = askedIn(decisions, 'overwritten');
  if (overwritten.length === 0) return;
  await tx.query(
    `insert into sync.conflicts (account, resource, kind, ats_id, uuid, field, base_value, ats_value,
       sparkhire_value, reason, policy, resolved_at, resolution, resolved_by, acted_at)
     select $1, w.resource, w.kind, w.ats_id, w.uuid, w.field, w.base, w.ats, w.sparkhire, w.reason, w.policy,
       now(), 'policy ' || coalesce(w.policy, 'ats'), '${byItself}', now()
     from jsonb_to_recordset($2::jsonb) as w(${shape})
     where not exists (select from sync.conflicts c
       where c.account = $1 and c.resource = w.resource and c.kind = w.kind and c.ats_id = w.ats_id
         and c.uuid is not distinct from w.uuid and c.field is not distinct from w.field
         and c.ats_value is not distinct from w.ats and c.sparkhire_value is not distinct from w.sparkhire
         and c.resolved_by = '${byItself}' and c.resolution = 'policy ' || coalesce(w.policy, 'ats')
         and c.opened_at >= coalesce((select max(i.updated_at) from sync.intents i
           where (i.account, i.resource, i.ats_id, i.state) = ($1, w.resource, w.ats_id, 'confirmed')),
           '-infinity'))`,
    [account, JSON.stringify(overwritten)],
  );
}

/** Also of one whose user is called as the service calls itself, as its systemd unit's is. */
export const nameOfPerson = (name: string) => (name === byItself ? `${name} (user)` : name);
