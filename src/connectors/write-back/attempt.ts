/** One attempt at writing into an ATS, and what became of it. */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import type { HttpAnswer } from '../../http/transport.js';
import type { Sent } from '../connector.js';
import { LostWrite } from '../http.js';

const ref = z.union([z.number().int(), z.string().min(1)]).transform(String);
/** Of what was made: at the top, or in `data`. */
const made = z.union([
  z.object({ id: ref }).transform(({ id }) => id),
  z.object({ data: z.object({ id: ref }) }).transform(({ data }) => data.id),
]);

/** @param write sends it, once */
export async function attempt(title: string, write: () => Promise<HttpAnswer>): Promise<Sent> {
  try {
    const { status, body } = await write();
    if (status === 404) return { outcome: 'refused', reason: `${title} does not have it any more (404)` };
    const answer = jsonOf(body);
    const reference = made.safeParse(answer, { jitless: true });
    return { outcome: 'done', reference: reference.success ? reference.data : null, answer };
  } catch (error) {
    if (error instanceof LostWrite) return { outcome: 'unknown' };
    if (error instanceof SyncError && error.code === 'ATS_REQUEST_REFUSED')
      return { outcome: 'refused', reason: error.message };
    throw error;
  }
}

/** Some answers are empty, or no JSON. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}
