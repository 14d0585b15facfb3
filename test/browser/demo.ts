/** The demo that stays up, as a person starts it, and a browser to look at it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** Slow machines do not come near these; what hangs is told by what it had done so far. */
const startMs = 140_000;
const stopMs = 30_000;
const lookMs = 60_000;

async function inTime<T>(ms: number, what: () => string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`After ${ms / 1000} s ${what()}`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Kept by CI. */
export const pictures = join(root, 'test-results', 'console');

export interface Demo {
  /** Without the token. */
  url: string;
  token: string;
  databaseUrl: string;
  /** Of the emulated Spark Hire. */
  emulatorUrl: string;
  stop(): Promise<void>;
}

export async function startDemo(): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'sparkhire-demo-'));
  const { SYNC_ADMIN_TOKEN: _, SYNC_VIEWER_TOKEN: __, ...env } = process.env;
  const child = spawn(process.execPath, [join(root, 'bin', 'sparkhire-sync.js'), 'demo', '--stay'], {
    cwd: folder,
    env: { ...env, SYNC_HTTP_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve())).then(() => {
    process.off('exit', kill);
  });
  const text = await printed(child, /#token=\S+/).catch((error: unknown) => {
    kill();
    throw error;
  });
  const [, url, token] = /(http:\/\/\S+?)\/#token=(\S+)/.exec(text)!;
  const [, emulatorUrl] = /Spark Hire \(emulated\) +(http:\/\/\S+?)\/v1/.exec(text)!;
  const [, databaseUrl] = /psql '([^']+)'/.exec(text)!;
  return {
    url: url!,
    token: token!,
    databaseUrl: databaseUrl!,
    emulatorUrl: emulatorUrl!,
    async stop() {
      child.kill('SIGTERM');
      await inTime(stopMs, () => 'the demo had not ended, though it was told to.', ended).finally(kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function printed(child: ChildProcess, form: RegExp): Promise<string> {
  let text = '';
  const found = new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      text += chunk;
      if (form.test(text)) resolve(text);
    };
    child.stdout!.on('data', take);
    child.stderr!.on('data', take);
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`the demo ended with ${signal ?? code}:\n${text}`)),
    );
  });
  return inTime(startMs, () => `the demo had not printed its link, but only:\n${text}`, found);
}

export async function startBrowser(): Promise<Browser> {
  const found = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((path) => path !== undefined && existsSync(path));
  if (found === undefined)
    throw new Error(
      'No Chromium is installed: `apt-get install chromium`, or set CHROMIUM to the path of one.',
    );
  mkdirSync(pictures, { recursive: true });
  const args = ['--no-sandbox', '--disable-dev-shm-usage'];
  return chromium.launch({ executablePath: found, args, timeout: stopMs });
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string | null;
  nodes: Array<{ html: string; failureSummary?: string }>;
}

/** Nothing that axe calls serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  // Playwright gives an evaluation no end of its own.
  const look = async () => {
    await page.evaluate(axe);
    return page.evaluate('axe.run(document).then(({ violations }) => violations)') as Promise<Violation[]>;
  };
  const violations = await inTime(lookMs, () => `axe had not looked through ${page.url()}.`, look());
  const bad = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => [
      id,
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`),
    ]);
  expect(bad).toEqual([]);
}

/** No part of a page is wider than the screen. */
export async function expectFits(page: Page): Promise<void> {
  const [width, screen] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
    number,
    number,
  ];
  expect(width).toBeLessThanOrEqual(screen);
}
