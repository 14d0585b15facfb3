/** Server-sent events: two looks at the database a second serve all who watch, and none are made while nobody does. */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { readLive } from './answers/runs.js';
import type { ConsoleContext } from './context.js';

const streamed = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
const everyMs = 500;
/** So that whatever is in between knows that it lives, and a watcher whose session is over asks again. */
const longestMs = 10 * 60_000;

export interface LiveFeed {
  add(app: FastifyInstance): void;
  close(): void;
}

export function liveFeed({ db, accounts, clock }: ConsoleContext): LiveFeed {
  const watchers = new Set<ServerResponse>();
  const names = accounts.map(({ name }) => name);
  let cancel: (() => void) | undefined;
  let latest: string | undefined;

  async function tell(): Promise<void> {
    let message: string;
    try {
      const live = await readLive(db, names);
      latest = `data: ${JSON.stringify(live)}\n\n`;
      message = latest;
    } catch {
      // The page hears of it where it asks for something.
      message = ': the database does not answer\n\n';
    }
    for (const watcher of watchers) watcher.write(message);
    arm();
  }

  function arm(): void {
    cancel?.();
    cancel = watchers.size === 0 ? undefined : clock.after(everyMs, () => void tell(), { background: true });
  }

  return {
    add(app) {
      app.head('/api/events', (_, reply) => reply.headers(streamed).send());
      app.get('/api/events', (_, reply) => {
        reply.hijack();
        const { raw } = reply;
        raw.writeHead(200, streamed);
        raw.write('retry: 2000\n\n');
        const end = clock.after(longestMs, () => raw.end(), { background: true });
        watchers.add(raw);
        raw.once('close', () => {
          end();
          watchers.delete(raw);
          if (watchers.size === 0) arm();
        });
        if (watchers.size === 1) void tell();
        else if (latest !== undefined) raw.write(latest);
      });
    },
    close() {
      for (const watcher of watchers) watcher.end();
    },
  };
}
