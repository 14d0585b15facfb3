/** The connector of an account, by the kind that its settings name. */
import type { Connector, Webhook } from './connector.js';
import { type ConnectorOptions, greenhouse } from './greenhouse/connector.js';
import { greenhouseWebhook } from './greenhouse/webhook.js';
import type { AtsSettings } from './settings.js';
import { sql } from './sql/connector.js';

export type { ConnectorOptions };

/** How ATSs are called, and their webhooks: known without a connection. */
export const kinds: Readonly<Record<AtsSettings['kind'], { title: string; webhook: Webhook | null }>> = {
  greenhouse: { title: 'Greenhouse', webhook: greenhouseWebhook },
  sql: { title: 'stage_entries', webhook: null },
};

/** One line a kind. */
export function openConnector(options: ConnectorOptions<AtsSettings>): Connector {
  const { settings } = options;
  return settings.kind === 'sql' ? sql({ ...options, settings }) : greenhouse({ ...options, settings });
}
