/** What becomes of a write that failed, by what its failure says (refusal.ts), and by what Spark Hire shows then. */
import type { AccountSession } from '../../account-session.js';
import { markGone } from '../../backfill/singles.js';
import { query } from '../../db/database.js';
import { messageOf } from '../../errors.js';
import { type Intent, markUnknown, rejectIntent, removeIntent } from '../../ledger/intents.js';
import { inMirrorTransaction } from '../../mirror/store.js';
import { actingColumn } from '../../reconcile/acting/acting.js';
import type { PlannedAction } from '../../reconcile/types.js';
import { ApiError, type Client } from '../../sparkhire/client.js';
import type { ActingWithKey } from '../acting.js';
import type { Outcome } from '../result.js';
import { look, PartlyDone } from './perform.js';
import { judgeFailure, NotThere, refusedThough } from './refusal.js';
import { Died, type Means, serverClockOf, Withheld } from './sending.js';

/** What was to be done, and with which key. */
interface Tried {
  action: PlannedAction;
  client: Client;
  user: ActingWithKey | null;
}

/** Ends the intent, and says so of the row. @throws a step that died, for which nobody is there to put anything in order */
export async function failed(
  { session, slots }: Means,
  intent: Intent,
  failure: unknown,
  tried: Tried,
): Promise<Outcome> {
  const { db } = session;
  const { action, user } = tried;
  const error = failure instanceof PartlyDone ? failure.cause : failure;
  if (error instanceof Died) throw error;
  if (
    failure instanceof PartlyDone &&
    (error instanceof Withheld || judgeFailure(error).kind !== 'refused')
  ) {
    // What it left is looked at, and known as its own: the rest follows then.
    const why = error instanceof Withheld ? null : error;
    await markUnknown(db, intent, messageOf(failure), serverClockOf(session).skewMs);
    return { kind: 'unknown', error: why };
  }
  if (error instanceof Withheld) {
    await removeIntent(db, intent);
    return { kind: 'postponed' };
  }
  const verdict = judgeFailure(error, user?.label, intent.detail.room === 'takes', intent.detail.label);
  switch (verdict.kind) {
    case 'refused': {
      const { perhaps, issue, ofPerson } = verdict;
      const refused = ofPerson === true ? { ...issue, field: actingColumn[intent.resource] } : issue;
      // What was surely refused is recorded as that, whatever asking for the plan meets.
      const isLimit = perhaps !== undefined && (await slots.isFull(action).catch(() => false));
      const sight = isLimit || ofPerson === true ? null : await sightOf(tried, error, session.signal);
      if (sight === 'gone' && (await tookAsGone(session, action))) {
        await removeIntent(db, intent);
        return { kind: 'postponed', movedOn: true };
      }
      const isShown = sight === 'shown';
      const told = isLimit ? perhaps : isShown ? refusedThough(answerOf(error)) : refused;
      await rejectIntent(session, intent, told, messageOf(error), isShown);
      return { kind: 'rejected', code: told.code };
    }
    case 'unknown':
      await markUnknown(db, intent, messageOf(error), serverClockOf(session).skewMs);
      return { kind: 'unknown', error };
    case 'not_done':
      // Where the database is what failed this fails too; then whoever is next finds it and looks.
      await removeIntent(db, intent).catch(() => {});
      return { kind: 'postponed', error };
  }
}

/**
 * What Spark Hire shows the key that wrote of what it says is not there, or hidden: such an answer can come from a copy that is
 * behind. One look.
 */
async function sightOf(
  { action: { action, resource, uuid }, client }: Tried,
  error: unknown,
  signal: AbortSignal,
): Promise<'shown' | 'gone' | null> {
  const isUnsent = error instanceof NotThere;
  const told = isUnsent ? error.answer : error;
  const isHidden = told instanceof ApiError && [403, 404, 410].includes(told.status ?? 0);
  if (!isHidden || uuid === null || action === 'create') return null;
  if (!isUnsent && told.route.startsWith('GET ')) return null;
  const seen = await look(client, resource, uuid, signal).catch(() => null);
  if (seen === 'gone') return told.status === 403 ? null : 'gone';
  return seen === null ? null : 'shown';
}

const answerOf = (error: unknown) => (error instanceof NotThere ? error.answer : (error as ApiError));

/**
 * Takes as deleted what Spark Hire did not find twice in a row, where nothing else explains that: it has been linked for an hour, so
 * no copy is that far behind; the account's own key does not find it either, and finds another of its kind. One statement, and
 * two requests at most.
 */
async function tookAsGone(
  { db, account, client, signal, log }: AccountSession,
  { resource, uuid, atsId }: PlannedAction,
): Promise<boolean> {
  const [known] = await query<{ other: string | null }>(
    db,
    `select (select uuid from sparkhire.${resource} where account = $1 and uuid <> $3 and deleted_at is null
       order by account, uuid limit 1) as other
     from sync.links where account = $1 and resource = $2 and uuid = $3 and linked_at < now() - interval '1 hour'`,
    [account.name, resource, uuid],
  );
  if (known === undefined) return false;
  const seen = (one: string) => look(client, resource, one, signal).catch(() => null);
  if ((await seen(uuid!)) !== 'gone') return false;
  const other = known.other === null ? undefined : await seen(known.other);
  if (other === null || other === 'gone') return false;
  await inMirrorTransaction(db, account.name, (tx) => markGone(tx, resource, [uuid!]));
  log.info(
    { event: 'object_gone', resource, ats_id: atsId, uuid },
    'Spark Hire does not have what was to be changed',
  );
  return true;
}
