/** A write into Greenhouse, and what became of it. */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import type { Sent } from '../connector.js';
import { LostWrite } from '../http.js';
import { type GreenhouseClient, id } from './client.js';

const createdSchema = z.object({ id });

export async function send(
  client: GreenhouseClient,
  method: 'POST' | 'PATCH',
  path: string,
  body: object,
  leaving: () => Promise<void>,
  signal: AbortSignal,
): Promise<Sent> {
  try {
    const { status, body: bytes } = await client.write(method, path, body, signal, leaving);
    if (status === 404) return { outcome: 'refused', reason: 'Greenhouse does not have it any more (404)' };
    const answer = jsonOf(bytes);
    const made = createdSchema.safeParse(answer, { jitless: true });
    return { outcome: 'done', reference: made.success ? made.data.id : null, answer };
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
