import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import type { Clock } from '../../../src/clock.js';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
export type Json = any;

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined when it is empty or no JSON. */
  json: Json;
}

/** Calls the API of an emulator with one key. */
export interface Api {
  get(path: string): Promise<Reply>;
  post(path: string, body?: unknown): Promise<Reply>;
  put(path: string, body?: unknown): Promise<Reply>;
  del(path: string): Promise<Reply>;
  send(method: string, path: string, body?: unknown): Promise<Reply>;
}

export function apiFor(emulator: Emulator, key: string | null): Api {
  const send = async (method: string, path: string, body?: unknown): Promise<Reply> => {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (key !== null) headers.authorization = `Basic ${Buffer.from(`${key}:ignored`).toString('base64')}`;
    const response = await fetch(emulator.url + path, {
      method,
      headers,
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    let json: Json;
    try {
      json = text === '' ? undefined : JSON.parse(text.replace(/^\uFEFF/, ''));
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    send,
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    put: (path, body) => send('PUT', path, body),
    del: (path) => send('DELETE', path),
  };
}

/** An emulator that is closed at the end of the test; its rate limit is out of the way unless one is given. */
export async function emulated(options: EmulatorOptions = {}) {
  const emulator = await startEmulator({ rateLimit: 1_000_000, ...options });
  onTestFinished(() => emulator.close());
  const admin = apiFor(emulator, emulator.adminKey);
  /** A user of this role with a key of his own. */
  const userWith = (role: 'administrator' | 'standard' | 'evaluator') => {
    const user = emulator.act.addUser({ role });
    return { user, api: apiFor(emulator, emulator.act.makeKey(user.uuid)) };
  };
  return { emulator, admin, userWith };
}

export const inDays = (emulator: Emulator, days: number) =>
  new Date(emulator.clock.now() + days * 86_400_000).toISOString();

/** What it takes to invite somebody; fields can be replaced. */
export function invitation(emulator: Emulator, changes: Record<string, unknown> = {}) {
  const job = [...emulator.state.jobs.values()].find((one) => one.status === 'active')!;
  return {
    type: 'one_way',
    scheduled_at: inDays(emulator, 7),
    assigned_to: { name: 'Noor Visser', email: 'noor.visser@example.com' },
    job_post: { uuid: job.uuid },
    questions: [{ text: 'What do you do first in the morning?', time_limit: 60 }],
    ...changes,
  };
}

export interface Received {
  event: string;
  payloadName: string;
  headers: IncomingHttpHeaders;
  /** As it came. */
  text: string;
  body: Json;
}

/** Something for webhooks to call; answers with `status`, which can be changed. */
export async function receiver() {
  const received: Received[] = [];
  const state = { status: 204 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    received.push({
      text,
      event: String(request.headers['x-sparkhire-event']),
      payloadName: String(request.headers['x-sparkhire-payload']),
      headers: request.headers,
      body: JSON.parse(text),
    });
    response.writeHead(state.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received, state };
}

/** A clock that stands still until it is told otherwise. */
export function manualClock(start = Date.parse('2031-05-14T09:30:00Z')) {
  let elapsed = 0;
  const timers = new Set<{ at: number; fn: () => void }>();
  const clock: Clock & { tick(ms: number): void } = {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    after(ms, fn) {
      const timer = { at: elapsed + ms, fn };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    tick(ms) {
      elapsed += ms;
      for (const timer of timers) {
        if (timer.at > elapsed) continue;
        timers.delete(timer);
        timer.fn();
      }
    },
  };
  return clock;
}
