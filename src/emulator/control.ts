import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { actInputs } from './acts.js';
import { ApiError } from './api-error.js';
import type { Emulator } from './contract.js';
import { effectKinds, type FaultRule } from './faults.js';
import {
  acceptsReading,
  describeReadings,
  isSwitchName,
  switchAlternatives,
  switchNames,
  switchQuestions,
} from './switches.js';

export const controlPath = '/_emulator';

/** A request to the control endpoints that cannot be done; the message says why. */
class ControlError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface ControlCall {
  emulator: Emulator;
  rest: string | undefined;
  query: URLSearchParams;
  body: unknown;
}

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

const endpoints: Record<string, (call: ControlCall) => unknown> = {
  'GET ': ({ emulator }) => ({
    baseUrl: emulator.url,
    endpoints: [
      'GET /_emulator/state',
      'GET /_emulator/state/COLLECTION?limit=N&offset=N',
      'GET /_emulator/outbox',
      'GET /_emulator/requests?limit=N',
      'GET /_emulator/deliveries',
      'GET, PATCH /_emulator/switches',
      'GET, POST, DELETE /_emulator/faults',
      'DELETE /_emulator/faults/ID',
      'GET, POST /_emulator/clock',
      'POST /_emulator/act/NAME',
    ],
    acts: Object.keys(actInputs),
    switches: switchNames,
    faultEffects: effectKinds,
  }),
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
  'GET requests': ({ emulator, query }) =>
    lastOf(emulator.requests, query).map(({ body: _, ...request }) => shown(request)),
  'GET deliveries': ({ emulator, query }) => lastOf(emulator.deliveries, query).map(shown),
  'GET switches': ({ emulator }) => ({
    switches: emulator.switches,
    alternatives: switchAlternatives,
    questions: switchQuestions,
  }),
  'PATCH switches': ({ emulator, body }) => {
    const changes = checked(z.record(z.string(), z.unknown()), body);
    for (const [name, value] of Object.entries(changes)) {
      if (!isSwitchName(name)) throw new ControlError(400, `There is no switch called "${name}".`);
      if (!acceptsReading(name, value)) {
        throw new ControlError(400, `${name} accepts ${describeReadings(name)}.`);
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
    else if (!emulator.faults.remove(Number(rest))) throw new ControlError(404, `There is no fault ${rest}.`);
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
  'POST act': ({ emulator, rest, body }) => {
    if (rest === undefined || !Object.hasOwn(actInputs, rest)) {
      throw new ControlError(404, `There is no act "${rest ?? ''}".`);
    }
    const name = rest as keyof typeof actInputs;
    const input = checked(actInputs[name], body) as Record<string, unknown>;
    const act = emulator.act[name] as (...given: unknown[]) => unknown;
    const { uuid, ...options } = input;
    const given = 'uuid' in actInputs[name].shape ? [uuid, options] : [input];
    return { result: shown(act.apply(emulator.act, given) ?? null) };
  },
};

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
export async function handleControl(
  emulator: Emulator,
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
    answer = endpoint({ emulator, rest: rest || undefined, query: url.searchParams, body });
  } catch (error) {
    status = error instanceof ControlError ? error.status : 500;
    if (error instanceof ApiError) status = 409;
    if (error instanceof RangeError) status = 400;
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

function checked<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ControlError(400, z.prettifyError(result.error));
}

function paging(query: URLSearchParams): { limit: number; offset: number } {
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

function clockOf(emulator: Emulator) {
  return { now: new Date(emulator.clock.now()).toISOString(), frozen: emulator.clock.frozen };
}

/** A record as plain JSON: times as timestamps, sets as arrays, without keys and webhook secrets. */
function shown(record: unknown): unknown {
  if (record === null || typeof record !== 'object') return record;
  if (record instanceof Set) return [...record];
  if (Array.isArray(record)) return record.map(shown);
  const questions = 'questions' in record ? { questions: record.questions } : {};
  return Object.fromEntries(
    Object.entries({ ...record, ...questions }).map(([name, value]) => {
      if (name === 'httpAuth' || name === 'key') return [name, value === null ? null : '[redacted]'];
      const isTime = (name === 'at' || /(At|Since)$/.test(name)) && typeof value === 'number';
      return [name, isTime ? new Date(value as number).toISOString() : shown(value)];
    }),
  );
}
