/**
 * Deciding about the rows that need a look, and recording it. Users come first, so that jobs and interviews know what will be
 * there. Of each resource in turn:
 *
 *   1 each row by itself, told what the plan brings about in its parents (`Outlook`)
 *   2 what a person is asked about, or another row takes over, is not ended meanwhile (among-rows.ts)
 *   3 users who wait for an address that another one gives up in this plan get it (among-rows.ts)
 *   4 those for whom the plan of Spark Hire has no slot or seat go without (allotment.ts)
 *   5 rows that need no look by themselves, and may be withdrawn ones under another key, are looked at as well
 *
 * What 2 to 4 find out they only tell: the row is decided anew with it here. In the end heirs are told what waits for them.
 *
 * In come contexts of desired/; out go decisions, recorded by the ledger, for plan and turn. It sends nothing but the look at what the plan has room for.
 */
import type { AccountSession } from '../../account-session.js';
import { listedUsers } from '../../backfill/listed-users.js';
import { inTransaction } from '../../db/database.js';
import { speaksOfContent } from '../../db/sqlstate.js';
import { loadContexts, type RowRead } from '../../desired/contexts.js';
import { resourcesToLookAt } from '../../desired/queue.js';
import type { ContextOptions } from '../../desired/read/standing.js';
import { messageOf } from '../../errors.js';
import { named, tellConflict, tellRejected } from '../../ledger/journal.js';
import { recordDecisions } from '../../ledger/record.js';
import { decide } from '../../reconcile/decide.js';
import { renamingOf } from '../../reconcile/kin/moved-keys.js';
import { type HeldFor, toldOf } from '../../reconcile/parents.js';
import { type Policies, type PushResource, pushResources, type RowContext } from '../../reconcile/types.js';
import type { PushBasis } from '../acting.js';
import type { Allotment } from './allotment.js';
import {
  asItIs,
  askingIn,
  type Considered,
  type Decided,
  Outlook,
  passAddressesOn,
  type Told,
  tellHeirs,
  waitersByGiver,
  waitForAnswers,
} from './among-rows.js';
import { setsAreTold } from './question-sets.js';

/** What decisions go by. */
export interface Deciding extends PushBasis {
  /** Who gets what the plan of Spark Hire has left. */
  allotment: Allotment;
}

/** How rows are read for it. */
function readingOf({ session, policies, clock, keys }: Deciding): ContextOptions {
  return {
    now: clock.now(),
    keyIds: keys?.keyIds ?? [],
    words: { roles: policies.users.roles, statuses: policies.jobs.statuses },
    setsAreTold: setsAreTold(session),
    listed: listedUsers(session),
  };
}

/** Decides about every row that needs a look. Nothing is written but what the plan has room for, where that had to be read. */
export async function decideAll(deciding: Deciding): Promise<Decided[]> {
  const { db, account } = deciding.session;
  const outlook = new Outlook();
  const decided: Decided[] = [];
  const toLookAt = await resourcesToLookAt(db, account.name);
  for (const resource of pushResources.filter((one) => toLookAt.has(one))) {
    const rows = await decideResource(deciding, resource, outlook);
    // A row that was withdrawn under a new key needs no look by itself, but is told what keeps the old one's object.
    const heirs = new Set([...rows.values()].flatMap(({ decision }) => decision.heir ?? []));
    const unseen = [...heirs].filter((atsId) => !rows.has(atsId));
    const more = unseen.length > 0 ? await decideNow(deciding, resource, unseen) : [];
    // Before it is carried out each row is read again: thousands of contexts would only take memory.
    for (const { context, ...one } of [...rows.values(), ...more]) decided.push(one);
  }
  return tellHeirs(decided);
}

/** @returns by ats_id */
async function decideResource(
  deciding: Deciding,
  resource: PushResource,
  outlook: Outlook,
): Promise<Map<string, Considered>> {
  const { session, policies, allotment } = deciding;
  const options = { ...readingOf(deciding), adoptedJobs: outlook.adopted };
  const rows = new Map<string, Considered>();
  const put = (context: RowContext, read: RowRead): void => {
    const one = considered(context, read, policies);
    outlook.note(one.decision, context);
    rows.set(context.atsId, one);
  };
  /** @returns whom it was told */
  const decideAgain = (told: readonly Told[]): string[] =>
    told.map(({ atsId, context: more }) => {
      const { context, read } = rows.get(atsId)!;
      put({ ...context, ...more }, read);
      return atsId;
    });
  for await (const { contexts, read } of loadContexts(session.db, session.account.name, resource, options)) {
    for (const context of contexts) put(outlook.foresee(context), read.get(context.atsId)!);
    session.signal.throwIfAborted();
  }
  const found = [...rows.values()];
  const asking = askingIn(found);
  if (resource === 'jobs') outlook.asking = asking;
  decideAgain(waitForAnswers(found, asking, outlook.asking));
  if (resource === 'users') {
    const waiters = waitersByGiver(rows);
    for (let givers = [...waiters.keys()]; givers.length > 0; )
      givers = decideAgain(passAddressesOn(rows, waiters, givers));
  }
  decideAgain(await allotment.letOlderAsk(resource, rows));
  decideAgain(await allotment.allot(resource, rows));
  if (resource === 'users') decideAgain(await allotment.tellKeyUser(rows));
  return rows;
}

/** Decides about these rows as they are now; their parents are what they are. */
export async function decideNow(
  deciding: Deciding,
  resource: PushResource,
  atsIds: readonly string[],
): Promise<Considered[]> {
  const { session, policies, allotment } = deciding;
  const decided: Considered[] = [];
  const options = { ...readingOf(deciding), atsIds };
  for await (const { contexts, read } of loadContexts(session.db, session.account.name, resource, options)) {
    for (const context of contexts)
      decided.push(
        considered({ ...asItIs(context), ...allotment.known(context) }, read.get(context.atsId)!, policies),
      );
  }
  return decided;
}

/** Records what was decided, with the turns in the queue that it answers. `held`: why the plan waits for a person. */
export async function recordDecided(
  session: AccountSession,
  decided: readonly Decided[],
  held: HeldFor | null = null,
): Promise<void> {
  for (let from = 0; from < decided.length; from += 1000) {
    const chunk = decided.slice(from, from + 1000);
    // Rows of one resource at a time: their hashes are by ats_id.
    for (const resource of pushResources) {
      const rows = chunk.filter(({ decision }) => decision.resource === resource);
      if (rows.length > 0) await recordOrHalve(session, rows, held);
    }
  }
}

/** What cannot be recorded of one row, such as a key that is too long for an index, keeps no other from its turn. */
async function recordOrHalve(
  session: AccountSession,
  rows: readonly Decided[],
  held: HeldFor | null,
): Promise<void> {
  const decisions = rows.map(({ decision }) => decision);
  const queueIds = rows.flatMap(({ read }) => read.queueIds);
  const hashes = new Map(rows.map(({ decision, read }) => [decision.atsId, read.hash]));
  try {
    const { conflicts, rejected } = await inTransaction(session.db, (tx) =>
      recordDecisions(tx, session.account.name, decisions, { queueIds, hashes, held }),
    );
    for (const conflict of conflicts) tellConflict(session, conflict);
    for (const decision of rejected) tellRejected(session, decision, toldOf(decision, held));
  } catch (error) {
    if (!speaksOfContent(error)) throw error;
    if (rows.length === 1) {
      session.log.error(
        { event: 'row_not_recorded', ...named(decisions[0]!) },
        `the result of a row cannot be stored, so it stays pending: ${messageOf(error)}`,
      );
      return;
    }
    const half = Math.ceil(rows.length / 2);
    await recordOrHalve(session, rows.slice(0, half), held);
    await recordOrHalve(session, rows.slice(half), held);
  }
}

function considered(context: RowContext, read: RowRead, policies: Policies): Considered {
  return { decision: decide(context, policies), context, read, renaming: renamingOf(context) };
}
