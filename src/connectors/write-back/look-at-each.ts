/** A look at results in an ATS that shows applications one by one. */
import type { Found, Result } from '../connector.js';
import { isOfOne } from '../listed.js';

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
  const rows = new Map(
    await Promise.all(ids.map(async (id) => [id, await orFailed(() => read(id))] as const)),
  );
  const isShown = (row: Row | Failed | null | undefined): row is Row => row != null && !isFailed(row);
  if (ids.length > 0 && ![...rows.values()].some(isShown)) await prove();
  const looked = results.map(async (result): Promise<[string, Found]> => {
    const row = rows.get(result.applicationId);
    if (isFailed(row)) return [result.marker, row];
    return [result.marker, isShown(row) ? await orFailed(async () => look(result, row)) : { is: 'missing' }];
  });
  const found = new Map(await Promise.all(looked));
  const failed = [...found.values()].filter(isFailed);
  if (failed.length > 0 && failed.length === found.size) throw failed[0]!.error;
  return found;
}

type Failed = Extract<Found, { is: 'failed' }>;

const isFailed = (one: unknown): one is Failed =>
  (one as { is?: unknown } | null | undefined)?.is === 'failed';

async function orFailed<T>(asked: () => Promise<T>): Promise<T | Failed> {
  try {
    return await asked();
  } catch (error) {
    if (!isOfOne(error)) throw error;
    return { is: 'failed', error };
  }
}
