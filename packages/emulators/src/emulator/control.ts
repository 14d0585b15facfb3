import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ControlError,
  checked,
  controlEndpoints,
  paging,
  serveControl,
  shown,
} from '../emulation/control.js';
import type { Emulator } from './contract.js';
import { ApiError } from './http/api-error.js';
import { actInputs } from './life/acts.js';
import { switchTable } from './switches.js';

export const controlPath = '/_emulator';

const endpoints = controlEndpoints(
  { path: controlPath, table: switchTable, parts: 'COLLECTION', acts: actInputs },
  ({ url }: Emulator) => ({ baseUrl: url }),
  {
    'GET state': ({ emulator, rest, query }) => {
      const { state } = emulator;
      if (rest === undefined) {
        const counts = collectionNames.map((name) => [name, state[name].size]);
        return { ...Object.fromEntries(counts), company: state.company, plan: state.plan };
      }
      const name = collectionNames.find((one) => one === rest);
      if (!name) throw new ControlError(404, `There is no collection "${rest}".`);
      const { limit, offset } = paging(query);
      const records: unknown[] = [];
      let position = 0;
      for (const record of state[name].values()) {
        if (position >= offset + limit) break;
        if (position++ >= offset) records.push(shown(record));
      }
      return records;
    },
    'GET outbox': ({ emulator }) => emulator.outbox.map(shown),
    'POST act': ({ emulator, rest, body }) => {
      if (rest === undefined || !Object.hasOwn(actInputs, rest)) {
        throw new ControlError(404, `There is no act "${rest ?? ''}".`);
      }
      const name = rest as keyof typeof actInputs;
      const input = checked(actInputs[name], body) as Record<string, unknown>;
      const act = emulator.act[name] as (...given: unknown[]) => unknown;
      const { uuid, ...options } = input;
      const given = 'uuid' in actInputs[name].shape ? [uuid, options] : [input];
      try {
        return { result: shown(act.apply(emulator.act, given) ?? null) };
      } catch (error) {
        throw error instanceof ApiError ? new ControlError(409, error.message) : error;
      }
    },
  },
);

const collectionNames = [
  'users',
  'jobs',
  'interviews',
  'questionSets',
  'shareLinks',
  'webhooks',
  'keys',
  'candidates',
] as const;

/** Serves the endpoints under /_emulator. They are not counted against the rate limit and need no key. */
export function handleControl(
  emulator: Emulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return serveControl(emulator, endpoints, request, response);
}
