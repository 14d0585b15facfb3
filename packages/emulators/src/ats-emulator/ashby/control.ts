import type { IncomingMessage, ServerResponse } from 'node:http';
import { controlEndpoints, serveControl } from '../../emulation/control.js';
import { atsEndpoints } from '../endpoints.js';
import type { AshbyEmulator } from './contract.js';
import { ashbySwitchTable } from './switch-table.js';
import { actInputs } from './world/acts.js';
import { tableNames } from './world/world.js';

export const controlPath = '/_control';

const endpoints = controlEndpoints(
  { path: controlPath, table: ashbySwitchTable, parts: 'TABLE', acts: actInputs },
  ({ url }: AshbyEmulator) => ({ baseUrl: url }),
  {
    ...atsEndpoints<keyof AshbyEmulator['state'] & (typeof tableNames)[number], AshbyEmulator>(
      tableNames,
      actInputs,
    ),
  },
);

/** Serves the endpoints under /_control. They are not counted against the rate limit and need no key. */
export function handleControl(
  emulator: AshbyEmulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return serveControl(emulator, endpoints, request, response);
}
