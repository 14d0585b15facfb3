import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RawServer, startRawServer } from '../support/raw-server.js';

const built = join(import.meta.dirname, '..', '..', 'dist', 'sparkhire', 'client.js');
const uuid = '12345678-0000-4000-8000-000000000000';

let server: RawServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});
beforeAll(() => {
  if (!existsSync(built)) throw new Error('dist is missing: run `npm run build` first');
});

/** Runs a script against the built client; it is ended after a minute. */
async function run(
  script: string,
): Promise<{ code: number | null; signal: string | null; out: string; ms: number }> {
  const source = `import { createClient, createLimiter } from ${JSON.stringify(pathToFileURL(built).href)};\n${script}`;
  const began = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    out += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, out, ms: performance.now() - began }));
  });
}

describe('a process', () => {
  it('ends by itself when a client was used and is idle, without close', async () => {
    server = await startRawServer(() => ({ body: { uuid } }));
    const { code, out, ms } = await run(`
      const limiter = createLimiter({ limit: 10, windowMs: 60_000, ledger: { book: async () => {} } });
      const client = createClient({ baseUrl: '${server.url}', key: 'kq83', limiter });
      await client.jobs.get('${uuid}');
      await client.jobs.remove('${uuid}');
      console.log('done');
    `);
    expect({ code, out }).toEqual({ code: 0, out: 'done\n' });
    expect(ms).toBeLessThan(30_000);
    expect(server.requests).toHaveLength(2);
  });

  it('lives on while a request waits for its unit', async () => {
    server = await startRawServer(() => ({ body: { uuid } }));
    const { code, out } = await run(`
      const client = createClient({
        baseUrl: '${server.url}', key: 'kq83', limiter: createLimiter({ limit: 1, windowMs: 700 }),
      });
      const get = () => client.jobs.get('${uuid}');
      Promise.all([get(), get(), get()]).then(() => console.log('all three'));
    `);
    expect({ code, out }).toEqual({ code: 0, out: 'all three\n' });
  });

  it('lives on while a pause or a repetition is waited for', async () => {
    server = await startRawServer((_, before) =>
      before === 0
        ? { status: 429, headers: { 'retry-after': '1' } }
        : before === 1
          ? { status: 500 }
          : { body: { uuid } },
    );
    const { code, out } = await run(`
      const client = createClient({ baseUrl: '${server.url}', key: 'kq83' });
      client.jobs.get('${uuid}').then(() => console.log('there'));
    `);
    expect({ code, out }).toEqual({ code: 0, out: 'there\n' });
    expect(server.requests).toHaveLength(3);
  });

  it('many calls with one signal cause no warning', async () => {
    server = await startRawServer(() => ({ body: { uuid } }));
    const { code, out } = await run(`
      const client = createClient({ baseUrl: '${server.url}', key: 'kq83' });
      const { signal } = new AbortController();
      await Promise.all(Array.from({ length: 60 }, () => client.jobs.get('${uuid}', { signal })));
    `);
    expect({ code, out }).toEqual({ code: 0, out: '' });
  });
});
