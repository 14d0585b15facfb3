import type { IncomingMessage, ServerResponse } from 'node:http';
import { controlEndpoints, serveControl, shown } from '../../emulation/control.js';
import { atsEndpoints } from '../endpoints.js';
import type { LeverEmulator } from './contract.js';
import { leverSwitchTable } from './switch-table.js';
import { actInputs } from './world/acts.js';
import { tableNames } from './world/world.js';

export const controlPath = '/_control';

const endpoints = controlEndpoints(
  { path: controlPath, table: leverSwitchTable, parts: 'TABLE', acts: actInputs },
  ({ url }: LeverEmulator) => ({ baseUrl: url }),
  {
    // The secret of a webhook is shown here, once, as Lever does.
    ...atsEndpoints<keyof LeverEmulator['state'] & (typeof tableNames)[number], LeverEmulator>(
      tableNames,
      actInputs,
      (act) => act === 'addWebhook',
    ),
    'GET webhooks': ({ emulator }) => [...emulator.webhooks.values()].map(shown),
  },
);

/** Serves the endpoints under /_control. They are not counted against the rate limit and need no key. */
export function handleControl(
  emulator: LeverEmulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return serveControl(emulator, endpoints, request, response);
}
