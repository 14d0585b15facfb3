/** @module-tag rare */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createEmptyDatabase, createTestDatabase } from '../support/database.js';
import { dockerAnswers, removeLeftovers, startThrowAwayServer } from '../support/postgres-server.js';

async function rows(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('test databases', () => {
  it('are separate, and gone once dropped, even while somebody is connected', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await rows(one!.url, 'create table mine (id int)');
    expect(await rows(two!.url, "select to_regclass('mine') as found")).toEqual([{ found: null }]);

    const guest = new pg.Client({ connectionString: one!.url });
    const cutOff = new Promise((resolve) => guest.on('error', resolve));
    await guest.connect();
    await one!.drop();
    await cutOff;
    await expect(rows(one!.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
    await two!.drop();
  });

  it('come empty if asked for', async () => {
    const database = await createEmptyDatabase();
    const schemas = await rows(
      database.url,
      "select nspname from pg_namespace where nspname in ('sparkhire', 'ats', 'sync')",
    );
    expect(schemas).toEqual([]);
    await database.drop();
  });
});

describe('dockerAnswers', () => {
  async function answer(status: number, where: string | number): Promise<boolean> {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/_ping' ? status : 404).end('OK');
    });
    server.listen(where);
    await once(server, 'listening');
    try {
      const address = server.address() as AddressInfo | string;
      return await dockerAnswers(
        typeof address === 'string' ? `unix://${address}` : `tcp://127.0.0.1:${address.port}`,
      );
    } finally {
      server.close();
    }
  }

  it('is true only where an engine says so', async () => {
    const socket = join(mkdtempSync(join(tmpdir(), 'sparkhire-docker-')), 'engine.sock');
    expect(await answer(200, socket)).toBe(true);
    expect(await answer(200, 0)).toBe(true);
    expect(await answer(500, 0)).toBe(false);
    expect(await dockerAnswers(`unix://${socket}`)).toBe(false);
    expect(await dockerAnswers('tcp://127.0.0.1:1')).toBe(false);
    expect(await dockerAnswers('ssh://engine.example.com')).toBe(false);
    rmSync(dirname(socket), { recursive: true });
  });
});

describe('a throw-away server of a test run that was killed', () => {
  it('is removed by the next run, while those of others stay', async () => {
    const base = mkdtempSync(join(tmpdir(), 'sparkhire-leftovers-'));
    const ended = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await once(ended, 'exit');
    const leftover = join(base, `sparkhire-test-${ended.pid}-1-abcdef`);
    const recycled = join(base, `sparkhire-test-${process.pid}-1-abcdef`);
    const [foreign, file] = [join(base, 'sparkhire-other'), join(base, 'sparkhire-test-notes')];
    for (const directory of [leftover, recycled, foreign, file]) mkdirSync(directory);
    removeLeftovers(base);
    expect(readdirSync(base)).toEqual(['sparkhire-other', 'sparkhire-test-notes']);
    rmSync(base, { recursive: true });
  });

  it('of this run goes with it', async () => {
    const server = await startThrowAwayServer();
    const [row] = await rows(server.url, "select current_setting('data_directory') as directory");
    const { directory } = row as { directory: string };
    removeLeftovers(dirname(dirname(directory)));
    expect(existsSync(directory)).toBe(true);
    await server.stop();
    expect(existsSync(dirname(directory))).toBe(false);
  });
});
