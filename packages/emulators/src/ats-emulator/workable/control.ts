import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ControlError,
  checked,
  controlEndpoints,
  paging,
  serveControl,
  shown,
} from '../../emulation/control.js';
import type { WorkableEmulator } from './contract.js';
import { workableSwitchTable } from './switch-table.js';
import { type ActName, actInputs } from './world/acts.js';
import { tableNames } from './world/world.js';

export const controlPath = '/_control';

const endpoints = controlEndpoints(
  { path: controlPath, table: workableSwitchTable, parts: 'TABLE', acts: actInputs },
  ({ url }: WorkableEmulator) => ({ baseUrl: url }),
  {
    'GET state': ({ emulator, rest, query }) => {
      const { state } = emulator;
      if (rest === undefined) return Object.fromEntries(tableNames.map((name) => [name, state[name].size]));
      const name = tableNames.find((one) => one === rest);
      if (!name) throw new ControlError(404, `There is no table "${rest}".`);
      const { limit, offset } = paging(query);
      return [...state[name].values()].slice(offset, offset + limit).map(shown);
    },
    'GET subscriptions': ({ emulator }) => [...emulator.subscriptions.values()].map(shown),
    'POST act': ({ emulator, rest, body }) => {
      if (rest === undefined || !Object.hasOwn(actInputs, rest)) {
        throw new ControlError(404, `There is no act "${rest ?? ''}".`);
      }
      const name = rest as ActName;
      const act = emulator.act[name] as (input: unknown) => unknown;
      return { result: shown(act.call(emulator.act, checked(actInputs[name], body)) ?? null) };
    },
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
