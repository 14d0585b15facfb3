// What happens at an emulator in another process, and what it was asked for.
import { Agent, request } from 'undici';
import { defaultAdminKey } from '../packages/emulators/dist/emulator/index.js';
import { startEmulator } from './program.mjs';

/** Out of reach; a short window, since every request is remembered for one. */
export const unlimited = { limit: 1_000_000, windowSeconds: 1 };

/**
 * An emulator that refuses nothing, in a process of its own.
 * @returns also `env` for the program, `act(name, input)`, `records(collection)`, `requestsSince(ms)`, `list(path)`
 */
export async function startEmulated({ interviews, jobs, users }) {
  const emulator = await startEmulator([
    ...['--interviews', String(interviews), '--jobs', String(jobs), '--users', String(users ?? 24)],
    ...['--rate-limit', String(unlimited.limit), '--rate-window', String(unlimited.windowSeconds)],
  ]);
  const { origin } = new URL(emulator.about.url);
  const agent = new Agent({ connections: 4 });

  async function ask(path, options = {}) {
    const { statusCode, body } = await request(`${origin}${path}`, { dispatcher: agent, ...options });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${text}`);
    return JSON.parse(text);
  }

  return {
    url: emulator.about.url,
    env: {
      SPARKHIRE_BASE_URL: emulator.about.url,
      SPARKHIRE_API_KEY: defaultAdminKey,
      SPARKHIRE_RATE_LIMIT: String(unlimited.limit),
      SPARKHIRE_RATE_WINDOW_SECONDS: String(unlimited.windowSeconds),
    },
    async act(name, input) {
      const body = JSON.stringify(input);
      return (await ask(`/_emulator/act/${name}`, { method: 'POST', body })).result;
    },
    records: (collection) => ask(`/_emulator/state/${collection}?limit=1000000`),
    /** Requests that arrived at or after a moment (milliseconds since the epoch), with their paths. */
    async requestsSince(ms, most = 5000) {
      const requests = await ask(`/_emulator/requests?limit=${most}`);
      return requests.map((one) => ({ ...one, at: Date.parse(one.at) })).filter(({ at }) => at >= ms);
    },
    /** An answer of the API itself. */
    list(path) {
      const authorization = `Basic ${Buffer.from(`${defaultAdminKey}:x`).toString('base64')}`;
      return ask(`/v1.0${path}`, { headers: { authorization } });
    },
    async stop() {
      await agent.close();
      await emulator.stop();
    },
  };
}

/** Every so many of a list, `count` in all. */
export function spread(list, count) {
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]);
}
