/** A write into Greenhouse, and what became of it. */

import type { Sent } from '../connector.js';
import { attempt } from '../write-back/attempt.js';
import type { GreenhouseClient } from './client.js';

export function send(
  client: GreenhouseClient,
  method: 'POST' | 'PATCH',
  path: string,
  body: object,
  leaving: () => Promise<void>,
  signal: AbortSignal,
): Promise<Sent> {
  return attempt('Greenhouse', () => client.write(method, path, body, signal, leaving));
}
