/** A plan of which a person has to say that it is meant: it would change much at once, or comes of a database that may be a copy. */
import type { AccountSession } from '../account-session.js';
import { audit, type Person } from '../db/audit.js';
import { saveCheckpoint } from '../db/checkpoints.js';
import { byThemselves, inTransaction, query } from '../db/database.js';
import { movedReason, settleHere } from '../db/locks/home.js';
import { tableOf } from '../desired/ats-rows.js';
import { pendingIn } from '../interview-status.js';
import { endConflicts, openConflicts } from '../ledger/conflicts.js';
import type { Plan, PlanFacts } from '../reconcile/plan/plan.js';
import {
  type ActionName,
  type PlannedAction,
  type Policies,
  type PushResource,
  pushResources,
} from '../reconcile/types.js';
import type { Decided } from './decide/among-rows.js';

export const changesObject: ReadonlySet<ActionName> = new Set(['update', 'close', 'cancel', 'delete']);

/** Objects that can still be changed, closed or canceled: those that ended long ago are no measure of what is much. */
const living: Record<PushResource, string> = {
  users: 'm.active is not false',
  jobs: "m.status = 'active'",
  interviews: pendingIn('m.status'),
  share_links: "m.status = 'active'",
};

/** How many objects a plan is measured by, and what of it was carried out row by row before. */
export async function massChangeFacts(
  session: AccountSession,
  decided: readonly Decided[],
  policies: Policies,
): Promise<Pick<PlanFacts, 'linked' | 'lately' | 'emptied' | 'canceledByName' | 'fromConnector'>> {
  const changes = decided.filter(
    ({ decision: { action } }) => action !== null && changesObject.has(action.action),
  );
  const missing = changes.filter(({ read }) => read.isMissing);
  const { windowSeconds = 900 } = policies.massChange;
  const lately = missing.length === 0 ? {} : await wentMissing(session, windowSeconds);
  for (const resource of pushResources) {
    // What goes missing now is what makes the earlier ones part of it.
    if (!missing.some(({ decision }) => decision.resource === resource)) delete lately[resource];
  }
  const planned = (of: PushResource) => changes.filter(({ decision }) => decision.resource === of).length;
  const touched = Object.fromEntries(pushResources.map((of) => [of, planned(of) + (lately[of] ?? 0)]));
  const linked = await countLiving(session, touched as Record<PushResource, number>, policies);
  const gone = new Set(missing.map(({ decision }) => decision.resource));
  const emptied = gone.size === 0 ? [] : await madeAgain(session, gone);
  return {
    linked,
    lately,
    emptied,
    canceledByName: await canceledByName(session, changes, policies),
    fromConnector: await countFromConnector(session, decided, policies),
  };
}

/** Orders that their ATS took back, each by a request of its own: asked only where there are enough cancellations to matter. */
async function canceledByName(
  { db, account }: AccountSession,
  changes: readonly Decided[],
  { massChange: { rows: fewest } }: Policies,
): Promise<ReadonlySet<string>> {
  const keys = changes.flatMap(({ decision: { resource, action, atsId } }) =>
    resource === 'interviews' && action?.action === 'cancel' && atsId !== null ? atsId : [],
  );
  if (keys.length === 0 || keys.length < fewest) return new Set();
  const rows = await query<{ key: string }>(
    db,
    `select o.ats_id as key from sync.orders o join ats.interviews i on i.account = o.account and i.ats_id = o.ats_id
     where o.account = $1 and o.ats_id = any($2) and o.canceled_at is not null and i.deleted_at is null and i.desired = 'canceled'`,
    [account.name, keys],
  );
  return new Set(rows.map(({ key }) => key));
}

/**
 * Of the resources with rows that went missing, those whose table was lost: `migrate` has made it again since a person last
 * approved of a plan, and nobody has filled it yet.
 */
async function madeAgain(
  { db, account }: AccountSession,
  resources: ReadonlySet<PushResource>,
): Promise<PushResource[]> {
  const tables = pushResources.filter((resource) => resources.has(resource));
  const rows = await query<{ resource: PushResource }>(
    db,
    tables
      .map((resource) => {
        const { name } = tableOf[resource];
        return `select '${resource}' as resource where exists (select from sync.checkpoints k
            where k.account = $1 and k.resource = 'ats' and k.kind = 'made_again_${name}'
              and k.completed_at > coalesce((select a.completed_at from sync.checkpoints a
                where a.account = $1 and a.resource = 'push' and a.kind = 'approval'), '-infinity'))
          and not exists (select from ats.${name} t where t.account = $1)`;
      })
      .join(' union all '),
    [account.name],
  );
  return rows.map(({ resource }) => resource);
}

/** Of what would be created, what a connector asks for: asked only where there is so much that it may be too much. */
async function countFromConnector(
  { db, account }: AccountSession,
  decided: readonly Decided[],
  { massChange: { creations = Number.POSITIVE_INFINITY } }: Policies,
): Promise<Partial<Record<PushResource, number>>> {
  const made = decided.filter(({ decision: { action } }) => action?.action === 'create');
  if (made.length <= creations) return {};
  const counts: Partial<Record<PushResource, number>> = {};
  for (const resource of pushResources) {
    const keys = made.flatMap(({ decision }) => (decision.resource === resource ? decision.atsId : []));
    if (keys.length === 0 || resource === 'share_links') continue;
    const [row] = await query<{ rows: number }>(
      db,
      `select count(*)::int as rows from ats.${resource} where account = $1 and ats_id = any($2) and source is not null`,
      [account.name, keys],
    );
    counts[resource] = row!.rows;
  }
  return counts;
}

/**
 * What is not to be carried out yet: its row went missing a moment ago, and its loader may be about to write it again.
 * @returns those actions, and in how many milliseconds the first of them may go; null if there are none
 */
export function justMissing(
  decided: readonly Decided[],
  { massChange: { missingSeconds = 0 } }: Policies,
): { actions: Set<PlannedAction>; forMs: number | null } {
  const actions = new Set<PlannedAction>();
  let forMs: number | null = null;
  for (const { decision, read } of decided) {
    if (decision.action === null || !read.isMissing || read.queuedForMs === null) continue;
    const left = missingSeconds * 1000 - read.queuedForMs;
    if (left <= 0) continue;
    actions.add(decision.action);
    forMs = Math.min(forMs ?? left, left);
  }
  return { actions, forMs };
}

/**
 * Changes made for rows that were missing, since a person last approved of a plan. While one is asked they do not grow
 * old: what is held is not released by waiting.
 */
async function wentMissing(
  { db, account }: AccountSession,
  windowSeconds: number,
): Promise<Partial<Record<PushResource, number>>> {
  const rows = await query<{ resource: PushResource; changes: number }>(
    db,
    `select i.resource, count(*)::int as changes from sync.intents i
     where i.account = $1 and i.detail -> 'missing' = 'true' and i.state in ('sent', 'unknown', 'confirmed')
       and i.created_at > (select coalesce(min(c.opened_at), clock_timestamp()) from sync.conflicts c
         where c.account = $1 and c.kind = 'mass_change' and c.resolved_at is null) - $2 * interval '1 s'
       and i.created_at > coalesce((select k.completed_at from sync.checkpoints k
         where k.account = $1 and k.resource = 'push' and k.kind = 'approval'), '-infinity')
     group by 1`,
    [account.name, windowSeconds],
  );
  return Object.fromEntries(rows.map(({ resource, changes }) => [resource, changes]));
}

/**
 * A person approved of what is carried out now: it counts no more.
 * @param approved who did, for the audit
 */
export async function noteApproval(
  { db, account }: AccountSession,
  approved?: { by: Person; plan: Plan },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await saveCheckpoint(tx, account.name, 'push', 'approval', { completed: true });
    if (approved === undefined) return;
    const { by, plan } = approved;
    await audit(tx, by, {
      account: account.name,
      what: 'apply --approve',
      target: `plan ${plan.checksum}`,
      before: { held: plan.held!.reason },
      after: { actions: plan.actions.length },
    });
  });
}

/**
 * Counted only where a plan would touch so many that it matters, and only as far as it does: to where they are too many
 * for what is touched to be too large a share of them.
 */
async function countLiving(
  session: AccountSession,
  touched: Record<PushResource, number>,
  policies: Policies,
): Promise<Record<PushResource, number>> {
  const many = Number.POSITIVE_INFINITY;
  const counts = { users: many, jobs: many, interviews: many, share_links: many };
  const { rows: fewest, share } = policies.massChange;
  for (const resource of pushResources) {
    const meant = touched[resource];
    if (meant === 0 || meant < fewest) continue;
    const enough = share > 0 ? Math.min(Math.ceil(meant / share) + 1, Number.MAX_SAFE_INTEGER) : null;
    const [row] = await query<{ rows: number }>(
      session.db,
      `select count(*)::int as rows from (
         select from sync.links l join sparkhire.${resource} m on m.account = l.account and m.uuid = l.uuid
         where l.account = $1 and l.resource = $2 and m.deleted_at is null and ${living[resource]}
         limit $3::bigint) living`,
      [session.account.name, resource, enough],
    );
    counts[resource] = row!.rows;
  }
  return counts;
}

export async function openMassChange(session: AccountSession, plan: Plan): Promise<void> {
  const { reason, resources } = plan.held!;
  // One question at a time: what it is about may have become another.
  const resource = resources.join(',');
  const account = session.account.name;
  const books = byThemselves(session.db);
  await endConflicts(books, account, { kind: 'mass_change', notOf: resource });
  const sparkhire = { checksum: plan.checksum, actions: plan.actions.length };
  const opened = await openConflicts(books, account, [{ kind: 'mass_change', resource, reason, sparkhire }]);
  if (opened.length === 0) return;
  session.log.warn(
    { event: 'mass_change', checksum: plan.checksum },
    `nothing was written to Spark Hire: ${reason} See \`sparkhire-sync plan\`, release it with \`sparkhire-sync apply --approve ${plan.checksum}\`.`,
  );
}

/** @param approved who did, if a person did; null where the plan is small again */
export async function closeMassChange(
  { db, account }: AccountSession,
  approved: { by: Person | undefined } | null,
): Promise<void> {
  const ending = approved === null ? {} : { resolution: 'approved', by: approved.by?.who };
  await endConflicts(byThemselves(db), account.name, { kind: 'mass_change', ...ending });
}

// ---- a database that is a copy, or was restored or moved: a person sees its plan before anything is written

/** Whatever else it is held for is told as well. */
export function heldAsMoved(plan: Plan): Plan {
  const reasons = [`${movedReason.charAt(0).toUpperCase()}${movedReason.slice(1)}`];
  if (plan.held !== null) reasons.push(plan.held.reason);
  return {
    ...plan,
    held: { ...plan.held, reason: reasons.join(' '), resources: plan.held?.resources ?? [] },
  };
}

/** A person approved of the plan: from now on this is the place that writes for the account. */
export async function releaseMoved({ db, account, place, log }: AccountSession): Promise<void> {
  if (!place.moved) return;
  await settleHere(db, account.name);
  place.moved = false;
  log.info({ event: 'database_released' }, 'a person said that this database may write to Spark Hire');
}
