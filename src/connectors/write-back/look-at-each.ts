/** A look at results in an ATS that shows applications one by one. */
import type { Found, Result } from '../connector.js';
import { byId } from '../decoded.js';

/**
 * Each application is read once, however many results it has.
 * @param prove throws where nothing at all is shown, since that is no news of what was asked for
 * @returns by marker
 */
export async function lookAtEach<Row extends { id: string }>(
  results: readonly Result[],
  read: (applicationId: string) => Promise<Row | null>,
  prove: () => Promise<void>,
  look: (result: Result, row: Row) => Found | Promise<Found>,
): Promise<Map<string, Found>> {
  const ids = [...new Set(results.map(({ applicationId }) => applicationId).filter((one) => one !== ''))];
  const rows = byId(await Promise.all(ids.map(read)));
  if (ids.length > 0 && rows.size === 0) await prove();
  const found = results.map(async (result): Promise<[string, Found]> => {
    const row = rows.get(result.applicationId);
    return [result.marker, row === undefined ? { is: 'missing' } : await look(result, row)];
  });
  return new Map(await Promise.all(found));
}
