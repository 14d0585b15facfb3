/** A look at results in an ATS that shows applications one by one. */
import type { SyncError } from '../../errors.js';
import type { Found, Result } from '../connector.js';
import { wholeList } from '../decoded.js';
import { readEach, shownOnly } from '../listed.js';

/**
 * Each application is read once, however many results it has. One that cannot be read keeps no other from its results.
 * @param prove throws where nothing at all is shown, since that is no news of what was asked for
 * @returns by marker
 * @throws SyncError where nothing can be looked for
 */
export async function lookAtEach<Row>(
  results: readonly Result[],
  read: (applicationId: string) => Promise<Row | null>,
  prove: () => Promise<void>,
  look: (result: Result, row: Row) => Found | Promise<Found>,
): Promise<Map<string, Found>> {
  const ids = [...new Set(results.map(({ applicationId }) => applicationId).filter((one) => one !== ''))];
  const failed: Failures = new Map();
  const rows = await allAtOnce(ids, read, prove, (id, failure) => failed.set(id, failure));
  const shown = results.filter(({ applicationId }) => rows.has(applicationId));
  const lookAt = async (result: Result) => look(result, rows.get(result.applicationId)!);
  const looked = await allAtOnce(shown, lookAt, prove, ({ marker }, failure) => failed.set(marker, failure));
  return foundOf(results, (result) => looked.get(result) ?? null, failed);
}

/** By application, or by marker; null: nothing failed. */
export type Failures = Map<string, SyncError | null>;

/**
 * @param of null: its application is not shown
 * @returns by marker
 * @throws SyncError where nothing could be looked for
 */
export function foundOf(
  results: readonly Result[],
  of: (result: Result) => Found | null,
  failed: Failures,
): Map<string, Found> {
  const found = results.map((result): [string, Found] => {
    const error = failed.get(result.applicationId) ?? failed.get(result.marker) ?? null;
    return [result.marker, error === null ? (of(result) ?? { is: 'missing' }) : { is: 'failed', error }];
  });
  const failures = found.flatMap(([, one]) => (one.is === 'failed' ? one.error : []));
  if (failures.length > 0 && failures.length === found.length) throw failures[0]!;
  return new Map(found);
}

async function allAtOnce<Item, Row>(
  items: readonly Item[],
  read: (item: Item) => Promise<Row | null>,
  prove: () => Promise<void>,
  tell: (item: Item, failure: SyncError | null) => void,
): Promise<Map<Item, Row>> {
  const readOne = async (item: Item) => shownOnly(await read(item)).map((row) => [item, row] as const);
  return new Map(
    await wholeList(
      readEach({
        batches: items.map((item) => [item]),
        atOnce: items.length,
        read: ([item]) => readOne(item!),
        prove,
        tell,
      }),
    ),
  );
}
