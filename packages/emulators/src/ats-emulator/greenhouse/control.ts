import type { IncomingMessage, ServerResponse } from 'node:http';
import { controlEndpoints, serveControl, shown } from '../../emulation/control.js';
import { atsEndpoints } from '../endpoints.js';
import type { GreenhouseEmulator } from './contract.js';
import { greenhouseSwitchTable } from './switch-table.js';
import { actInputs } from './world/acts.js';
import { tableNames } from './world/world.js';

export const controlPath = '/_control';

const endpoints = controlEndpoints(
  { path: controlPath, table: greenhouseSwitchTable, parts: 'TABLE', acts: actInputs },
  ({ url, tokenUrl }: GreenhouseEmulator) => ({ baseUrl: url, tokenUrl }),
  {
    ...atsEndpoints<keyof GreenhouseEmulator['state'] & (typeof tableNames)[number], GreenhouseEmulator>(
      tableNames,
      actInputs,
    ),
    'GET credentials': ({ emulator }) => [...emulator.credentials.all.values()].map(shown),
    'GET webhooks': ({ emulator }) => [...emulator.webhooks.values()].map(shown),
  },
);

/** Serves the endpoints under /_control. They are not counted against the rate limit and need no token. */
export function handleControl(
  emulator: GreenhouseEmulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return serveControl(emulator, endpoints, request, response);
}
