import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { EmulatedClock } from './emulated-clock.js';
import { effectKinds, type FaultRule, type FaultRules } from './faults.js';
import type { Reading, ReadingsOf, SwitchTable } from './readings.js';

/** A request to the control endpoints that cannot be done; the message says why. */
export class ControlError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the endpoints that every emulator has work with. */
export interface Controlled {
  readonly origin: string;
  readonly requests: ReadonlyArray<{ body?: unknown }>;
  readonly deliveries: readonly unknown[];
  readonly switches: ReadingsOf<Record<string, Reading>>;
  readonly faults: FaultRules;
  readonly clock: EmulatedClock;
}

export interface ControlCall<E extends Controlled> {
  emulator: E;
  /** What follows the endpoint's name in the path. */
  rest: string | undefined;
  query: URLSearchParams;
  body: unknown;
}

/** By method and name: `POST act`. What is returned is the answer. */
export type ControlEndpoints<E extends Controlled> = Record<string, (call: ControlCall<E>) => unknown>;

const when = z.enum(['before', 'after']);
const effect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('latency'), ms: z.number().min(0) }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    body: z.enum(['json', 'html', 'empty']).optional(),
    code: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    when: when.optional(),
  }),
  z.strictObject({ kind: z.literal('html') }),
  z.strictObject({ kind: z.literal('truncated'), closes: z.boolean().optional() }),
  z.strictObject({ kind: z.literal('reset'), when }),
  z.strictObject({ kind: z.literal('hang'), when }),
  z.strictObject({ kind: z.literal('wrong-shape') }),
  z.strictObject({ kind: z.literal('stale'), requests: z.int().min(1).max(100) }),
  z.strictObject({
    kind: z.literal('rate-limited'),
    retryAfter: z.union([z.number(), z.string()]).optional(),
  }),
]);
const faultRule = z.strictObject({
  method: z.string().optional(),
  path: z.string().optional(),
  nth: z.int().min(1).optional(),
  every: z.int().min(1).optional(),
  probability: z.number().min(0).max(1).optional(),
  count: z.int().min(1).optional(),
  effect,
});
const clockChange = z.strictObject({
  advanceSeconds: z.number().optional(),
  set: z.string().optional(),
  freeze: z.boolean().optional(),
});

/**
 * What an emulator has under `path`: its own endpoints, those of all emulators, and at `path` itself what there is.
 * @param about where to point a client, and other things to know
 * @param parts what the parts of its state are called
 */
export function controlEndpoints<E extends Controlled, Table extends Record<string, Reading>>(
  { path, table, parts, acts }: { path: string; table: SwitchTable<Table>; parts: string; acts: object },
  about: (emulator: E) => object,
  own: ControlEndpoints<E>,
): ControlEndpoints<E> {
  const all: ControlEndpoints<E> = { ...commonEndpoints(table), ...own };
  const endpoints = endpointLines(path, Object.keys(all), parts);
  return {
    ...all,
    'GET ': ({ emulator }) => ({
      ...about(emulator),
      endpoints,
      acts: Object.keys(acts),
      switches: table.names,
      faultEffects: effectKinds,
    }),
  };
}

/** Each name with its methods, and with what may follow it. */
function endpointLines(path: string, keys: readonly string[], parts: string): string[] {
  const methods = new Map<string, string[]>();
  for (const key of keys) {
    const [method, name] = key.split(' ') as [string, string];
    methods.set(name, [...(methods.get(name) ?? []), method]);
  }
  const follows: Record<string, string> = { requests: '?limit=N', deliveries: '?limit=N', act: '/NAME' };
  return [
    ...[...methods].map(([name, of]) => `${of.join(', ')} ${path}/${name}${follows[name] ?? ''}`),
    `GET ${path}/state/${parts}?limit=N&offset=N`,
    `DELETE ${path}/faults/ID`,
  ];
}

/** Requests, deliveries, switches, faults and the clock. */
function commonEndpoints<Table extends Record<string, Reading>>(
  table: SwitchTable<Table>,
): ControlEndpoints<Controlled> {
  return {
    'GET requests': ({ emulator, query }) =>
      lastOf(emulator.requests, query).map(({ body: _, ...request }) => shown(request)),
    'GET deliveries': ({ emulator, query }) => lastOf(emulator.deliveries, query).map(shown),
    'GET switches': ({ emulator }) => ({
      switches: emulator.switches,
      alternatives: table.alternatives,
      questions: table.questions,
    }),
    'PATCH switches': ({ emulator, body }) => {
      const changes = checked(z.record(z.string(), z.unknown()), body);
      for (const [name, value] of Object.entries(changes)) {
        if (!table.has(name)) throw new ControlError(400, `There is no switch called "${name}".`);
        if (!table.accepts(name, value)) {
          throw new ControlError(400, `${name} accepts ${table.describe(name)}.`);
        }
      }
      Object.assign(emulator.switches, changes);
      return { switches: emulator.switches };
    },
    'GET faults': ({ emulator }) =>
      emulator.faults.list().map((one) => ({
        ...one,
        rule: { ...one.rule, path: one.rule.path instanceof RegExp ? one.rule.path.source : one.rule.path },
      })),
    'POST faults': ({ emulator, body }) => {
      try {
        return { id: emulator.faults.add(checked(faultRule, body) as FaultRule) };
      } catch (error) {
        if (error instanceof SyntaxError) throw new ControlError(400, error.message);
        throw error;
      }
    },
    'DELETE faults': ({ emulator, rest }) => {
      if (rest === undefined) emulator.faults.clear();
      else if (!emulator.faults.remove(Number(rest)))
        throw new ControlError(404, `There is no fault ${rest}.`);
      return {};
    },
    'GET clock': ({ emulator }) => clockOf(emulator),
    'POST clock': ({ emulator, body }) => {
      const change = checked(clockChange, body);
      if (change.set !== undefined) emulator.clock.set(change.set);
      if (change.advanceSeconds !== undefined) emulator.clock.advance(change.advanceSeconds * 1000);
      if (change.freeze === true) emulator.clock.freeze();
      if (change.freeze === false) emulator.clock.unfreeze();
      return clockOf(emulator);
    },
  };
}

/** Serves the endpoints under `/NAME`. They are not counted against a rate limit and need no key. */
export async function serveControl<E extends Controlled>(
  emulator: E,
  endpoints: ControlEndpoints<E>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let status = 200;
  let answer: unknown;
  try {
    const url = new URL(request.url ?? '/', emulator.origin);
    const [, , name = '', rest, ...more] = url.pathname.split('/');
    const endpoint = more.length === 0 ? endpoints[`${request.method} ${name}`] : undefined;
    if (!endpoint) throw new ControlError(404, `There is no ${request.method} ${url.pathname}.`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = parsed(Buffer.concat(chunks).toString('utf8'));
    answer = await endpoint({ emulator, rest: rest || undefined, query: url.searchParams, body });
  } catch (error) {
    status = error instanceof ControlError ? error.status : error instanceof RangeError ? 400 : 500;
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  const text = `${JSON.stringify(answer)}\n`;
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
    .end(text);
}

function parsed(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlError(400, 'The body is not valid JSON.');
  }
}

/** @throws ControlError with what is wrong */
export function checked<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ControlError(400, z.prettifyError(result.error));
}

export function paging(query: URLSearchParams): { limit: number; offset: number } {
  const number = (name: string, otherwise: number) => {
    const value = Number(query.get(name) ?? otherwise);
    if (!Number.isInteger(value) || value < 0) throw new ControlError(400, `${name} must be a whole number.`);
    return value;
  };
  return { limit: number('limit', 1000), offset: number('offset', 0) };
}

/** The most recent ones. */
function lastOf<T>(list: readonly T[], query: URLSearchParams): T[] {
  return list.slice(Math.max(0, list.length - paging(query).limit));
}

function clockOf(emulator: Controlled) {
  return { now: new Date(emulator.clock.now()).toISOString(), frozen: emulator.clock.frozen };
}

const secretNames = ['httpAuth', 'key', 'secret', 'secretToken', 'token'];

/** A record as plain JSON: times as timestamps, sets as arrays, without keys and secrets. */
export function shown(record: unknown): unknown {
  if (record === null || typeof record !== 'object') return record;
  if (record instanceof Set) return [...record];
  if (Array.isArray(record)) return record.map(shown);
  const questions = 'questions' in record ? { questions: record.questions } : {};
  return Object.fromEntries(
    Object.entries({ ...record, ...questions }).map(([name, value]) => {
      if (secretNames.includes(name)) return [name, value === null ? null : '[redacted]'];
      const isTime = (name === 'at' || /(At|Since|_at)$/.test(name)) && typeof value === 'number';
      return [name, isTime ? new Date(value as number).toISOString() : shown(value)];
    }),
  );
}
