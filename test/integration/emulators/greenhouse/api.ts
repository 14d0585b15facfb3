import { onTestFinished } from 'vitest';
import { type GreenhouseOptions, startGreenhouseEmulator } from '#emulators/ats-emulator/greenhouse/index';
import { type Json, manualClock } from '../api.js';

export interface Reply {
  status: number;
  headers: Headers;
  /** The parsed body; the text where it is no JSON, undefined where there is none. */
  json: Json;
}

async function replied(response: Response): Promise<Reply> {
  const text = await response.text();
  let json: Json = text === '' ? undefined : text;
  try {
    json = JSON.parse(text);
  } catch {
    // Shown as it is.
  }
  return { status: response.status, headers: response.headers, json };
}

/** Asks for a token. */
export async function askToken(
  emulator: { tokenUrl: string; clientId?: string; clientSecret?: string },
  given: { secret?: string; id?: string; form?: Record<string, string> } = {},
): Promise<Reply> {
  const who = `${given.id ?? emulator.clientId}:${given.secret ?? emulator.clientSecret}`;
  return replied(
    await fetch(emulator.tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(who).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...given.form }),
    }),
  );
}

/** Calls the API with one token. */
export class Harvest {
  readonly #url: string;
  readonly #token: string | undefined;

  constructor({ url }: { url: string }, token: string | undefined) {
    this.#url = url;
    this.#token = token;
  }

  async send(method: string, path: string, body?: unknown): Promise<Reply> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (this.#token !== undefined) headers.authorization = `Bearer ${this.#token}`;
    const url = path.startsWith('http') ? path : this.#url + path;
    return replied(
      await fetch(url, { method, headers, body: body === undefined ? null : JSON.stringify(body) }),
    );
  }

  get(path: string): Promise<Reply> {
    return this.send('GET', path);
  }

  post(path: string, body: unknown): Promise<Reply> {
    return this.send('POST', path, body);
  }

  /** The rows of the first page. */
  async rows(path: string): Promise<Json[]> {
    return (await this.#page(path)).json;
  }

  /** Every page, as the links say. */
  async pages(path: string): Promise<Json[][]> {
    const pages: Json[][] = [];
    let next: string | undefined = path;
    while (next !== undefined) {
      const reply: Reply = await this.#page(next);
      pages.push(reply.json);
      next = linkOf(reply);
    }
    return pages;
  }

  async #page(path: string): Promise<Reply> {
    const reply = await this.get(path);
    if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${JSON.stringify(reply.json)}`);
    return reply;
  }
}

/** The address of the next page. */
export function linkOf({ headers }: Reply): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
}

/** A Greenhouse whose clock stands still, and somebody who may ask it. It is closed at the end of the test. */
export async function greenhouse(options: GreenhouseOptions = {}) {
  const clock = manualClock();
  const emulator = await startGreenhouseEmulator({
    clock,
    rateLimit: 1_000_000,
    tokenRateLimit: 1_000_000,
    ...options,
  });
  onTestFinished(() => emulator.close());
  const harvest = new Harvest(emulator, (await askToken(emulator)).json.access_token);
  emulator.requests.length = 0;
  return { emulator, harvest, clock, act: emulator.act, state: emulator.state };
}
