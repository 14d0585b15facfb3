import type { z } from 'zod';
import {
  type ControlEndpoints,
  ControlError,
  type Controlled,
  checked,
  paging,
  shown,
} from '../emulation/control.js';

interface OfAnAts<Name extends string> extends Controlled {
  readonly state: Readonly<Record<Name, { readonly size: number; values(): Iterable<unknown> }>>;
  readonly act: object;
}

/**
 * The control endpoints that every emulated ATS has: its tables, and what can be made to happen.
 * @param isShown acts whose result is shown with its secrets
 */
export function atsEndpoints<Name extends string, E extends OfAnAts<Name>>(
  tableNames: readonly Name[],
  acts: Readonly<Record<string, z.ZodType>>,
  isShown: (act: string) => boolean = () => false,
): ControlEndpoints<E> {
  return {
    'GET state': ({ emulator, rest, query }) => {
      const { state } = emulator;
      if (rest === undefined) return Object.fromEntries(tableNames.map((name) => [name, state[name].size]));
      const name = tableNames.find((one) => one === rest);
      if (!name) throw new ControlError(404, `There is no table "${rest}".`);
      const { limit, offset } = paging(query);
      return [...state[name].values()].slice(offset, offset + limit).map(shown);
    },
    'POST act': async ({ emulator, rest = '', body }) => {
      const input = Object.hasOwn(acts, rest) ? acts[rest] : undefined;
      if (input === undefined) throw new ControlError(404, `There is no act "${rest}".`);
      const act = (emulator.act as Record<string, (input: unknown) => unknown>)[rest]!;
      const result = (await act.call(emulator.act, checked(input, body))) ?? null;
      return { result: isShown(rest) ? result : shown(result) };
    },
  };
}
