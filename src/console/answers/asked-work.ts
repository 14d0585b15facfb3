/** Work that the console asks for, as commands do: the account's owner does it, which may be this process. */
import { resourceNames as allResources } from '../../backfill/resources.js';
import type { Person } from '../../db/audit.js';
import { audit } from '../../db/audit.js';
import { byThemselves } from '../../db/database.js';
import { messageOf } from '../../errors.js';
import { linkedAbort } from '../../linked-abort.js';
import { performWork } from '../../work/hand-over.js';
import type { WorkArguments, WorkKind, WorkProgress, WorkResult } from '../../work/work.js';
import { accountOf, type ConsoleContext } from '../context.js';

const quiet = (): WorkProgress => ({ budget: null, begin() {}, advance() {}, end() {} });

/** @throws whatever the work throws */
export function workFor<K extends WorkKind>(
  { accounts, settings, databaseUrl, db, log, signal }: ConsoleContext,
  account: string,
  kind: K,
  wanted: WorkArguments<K>,
): Promise<WorkResult<K>> {
  const of = accountOf({ accounts }, account);
  const work = linkedAbort(signal);
  return performWork({
    account: of,
    settings,
    databaseUrl,
    db,
    log,
    signal: work.signal,
    kind,
    arguments: wanted,
    progress: quiet(),
  }).finally(work.unlink);
}

/** Begins it, and does not wait for its end: Runs shows how it goes. */
export async function beginBackfill(context: ConsoleContext, account: string, by: Person): Promise<void> {
  const { db, log, signal } = context;
  accountOf(context, account);
  await audit(byThemselves(db), by, { account, what: 'backfill' });
  workFor(context, account, 'backfill', { resources: [...allResources], details: true, fresh: false }).catch(
    (error: unknown) => {
      if (!signal.aborted) log.warn({ event: 'backfill_failed', account, err: error }, messageOf(error));
    },
  );
}
