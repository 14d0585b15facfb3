import type { IncomingMessage, ServerResponse } from 'node:http';
import { controlEndpoints, serveControl, shown } from '../../emulation/control.js';
import { atsEndpoints } from '../endpoints.js';
import type { WorkableEmulator } from './contract.js';
import { workableSwitchTable } from './switch-table.js';
import { actInputs } from './world/acts.js';
import { tableNames } from './world/world.js';

export const controlPath = '/_control';

const endpoints = controlEndpoints(
  { path: controlPath, table: workableSwitchTable, parts: 'TABLE', acts: actInputs },
  ({ url }: WorkableEmulator) => ({ baseUrl: url }),
  {
    ...atsEndpoints<keyof WorkableEmulator['state'] & (typeof tableNames)[number], WorkableEmulator>(
      tableNames,
      actInputs,
    ),
    'GET subscriptions': ({ emulator }) => [...emulator.subscriptions.values()].map(shown),
  },
);

/** Serves the endpoints under /_control. They are not counted against the rate limit and need no token. */
export function handleControl(
  emulator: WorkableEmulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return serveControl(emulator, endpoints, request, response);
}
