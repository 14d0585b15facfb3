/** The connector of an account, by the kind that its settings name. */
import type { Connector } from './connector.js';
import { type ConnectorOptions, greenhouse } from './greenhouse/connector.js';
import type { AtsSettings } from './settings.js';

export type { ConnectorOptions };

/** One line a kind. */
export function openConnector(options: ConnectorOptions<AtsSettings>): Connector {
  return greenhouse(options);
}
