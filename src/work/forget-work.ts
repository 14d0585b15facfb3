/** The work behind `sparkhire-sync forget`: done by the account's owner, while nothing is decided or written. */

import { systemClock, sleep as wait } from '../clock.js';
import { audit, type Person } from '../db/audit.js';
import { query } from '../db/database.js';
import {
  block,
  erase,
  findTraces,
  forgottenSince,
  isEmpty,
  type Traces,
  writesOf,
} from '../forgotten/erase.js';
import { forgottenAddresses } from '../forgotten/lists.js';
import { personalOfInterview, personalOfShareLink, withoutAddresses } from '../forgotten/personal-data.js';
import { inMirrorTransaction, type MirrorTransaction } from '../mirror/store.js';
import { settleUnknown } from '../push/lost/settle.js';
import type { WorkContext } from './observe.js';
import { keysOf } from './push-work.js';

/** Without an address: whoever was erased before and is here again, from a backup. */
export interface ForgetArguments {
  email?: string;
  by?: Person;
}

export interface Erased {
  /** Whether anything of them was here. */
  found: boolean;
  /** When they were erased before; null if they were not. */
  before: string | null;
  /** A write to Spark Hire is on its way: they are not invited any more, and nothing is erased yet. */
  waits: boolean;
  /** Rows that were emptied or removed, by table. */
  erased: Record<string, number>;
  /** Rows of other writers. */
  inAts: Array<{ table: string; ats_id: string }>;
  /** Interviews that are in Spark Hire: what is there is not touched. */
  inSparkHire: Array<{ uuid: string; status: string | null }>;
  /** A user has the address: users are not erased. */
  isUser: boolean;
}

export interface ForgetResult {
  ok: true;
  people: Erased[];
}

export async function forgetWork(args: ForgetArguments, context: WorkContext): Promise<ForgetResult> {
  const { db, account } = context.session;
  const { email, by } = args;
  const emails = email === undefined ? await forgottenAddresses(db, account.name) : [email];
  const people: Erased[] = [];
  try {
    for (const one of emails) people.push(await forget(one, by, context));
  } finally {
    // A command that was handed over has the address.
    await query(db, `update sync.commands set arguments = '{}' where account = $1 and kind = 'forget'`, [
      account.name,
    ]);
  }
  return { ok: true, people };
}

/** Three looks tell what became of a write, where Spark Hire can be asked. */
const mostLooks = 6;

/** A write that is on its way is waited for: it may invite somebody, and who it is must not be lost before that is known. */
async function forget(email: string, by: Person | undefined, context: WorkContext): Promise<Erased> {
  const { session, settings } = context;
  const { db, account } = session;
  const { settleSeconds } = settings.write;
  const keys = keysOf(context);
  for (let vain = 0; ; vain++) {
    const done = await inMirrorTransaction(db, account.name, (tx) => attempt(tx, email, by));
    if (!done.waits || vain === mostLooks) return done;
    const { settled, nextLookInMs } = await settleUnknown(session, { settleSeconds, keys });
    if (settled > 0) continue;
    // What only a person can tell is not waited for.
    if (nextLookInMs === null) return done;
    await wait(systemClock, Math.max(50, nextLookInMs), session.signal);
  }
}

async function attempt(tx: MirrorTransaction, email: string, by: Person | undefined): Promise<Erased> {
  const { account } = tx;
  const before = await forgottenSince(tx, account, email);
  const traces = await findTraces(tx, account, email);
  const told = {
    before: before?.toISOString() ?? null,
    inAts: traces.foreign,
    inSparkHire: traces.interviews
      .filter(({ deleted }) => !deleted)
      .map(({ uuid, status }) => ({ uuid, status })),
    isUser: traces.isUser,
  };
  const { open, toThem } = await writesOf(tx, account, traces);
  const waits = open > 0;
  if (isEmpty(traces) && toThem === 0) return { found: false, waits: false, erased: {}, ...told };
  await block(tx, account, email, traces);
  if (waits) return { found: true, waits, erased: {}, ...told };
  const erased = await erase(tx, account, traces);
  const isAnything = Object.keys(erased).length > 0;
  if (isAnything) tellReaders(tx, traces);
  if (isAnything && by !== undefined) {
    // Whoever it was, the audit must not say.
    const reason = by.reason && withoutAddresses(by.reason, traces.addresses);
    await audit(tx, { ...by, reason }, { account, what: 'forget', after: { erased } });
  }
  return { found: true, waits: false, erased, ...told };
}

/** Whoever copies the mirror learns that the columns are empty now. */
function tellReaders(tx: MirrorTransaction, { interviews, shareLinks }: Traces): void {
  const tell = (resource: string, uuids: readonly string[], fields: readonly string[]) => {
    // What it was is not told once more.
    const after = JSON.stringify(Object.fromEntries(fields.map((name) => [name, null])));
    for (const uuid of uuids) {
      tx.changes.push({ resource, uuid, change: 'updated', fields: [...fields], before: null, after });
    }
  };
  tell(
    'interviews',
    interviews.map(({ uuid }) => uuid),
    personalOfInterview,
  );
  tell('share_links', shareLinks, personalOfShareLink);
}
