import { Command } from 'commander';
import {
  type Emulator,
  type EmulatorOptions,
  parseReading,
  type Switches,
  startEmulator,
} from '../emulator/index.js';
import { messageOf, SyncError } from '../errors.js';
import { commandLog } from './command-log.js';
import type { Invocation } from './invocation.js';

interface EmulatorFlags {
  port: string;
  host: string;
  jobs: string;
  interviews: string;
  users: string;
  seed: string;
  rateLimit: string;
  rateWindow: string;
  keyEnv?: string;
  set: string[];
  json?: boolean;
}

/** `sparkhire-sync emulator`: runs until SIGINT or SIGTERM. */
export function emulatorCommand(invocation: Invocation): Command {
  return new Command('emulator')
    .option('--port <port>', 'where to listen; 0 is any free port', '4010')
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .option('--jobs <n>', 'how many jobs to make up', '200')
    .option('--interviews <n>', 'how many interviews to make up', '20000')
    .option('--users <n>', 'how many users to make up', '24')
    .option('--seed <n>', 'the same number, the same data', '1')
    .option('--rate-limit <n>', 'requests a window', '400')
    .option('--rate-window <seconds>', 'the window', '60')
    .option('--key-env <variable>', 'environment variable that holds the administrator key')
    .option('--set <switch=value...>', 'another reading of something the API document leaves open', [])
    .option('--json', 'say where it listens as one line of JSON')
    .action(async (flags: EmulatorFlags) => {
      const { env, stdout } = invocation;
      const signal = invocation.stopSignal();
      const logger = await commandLog(invocation, { log: { level: env.LOG_LEVEL ?? 'info' } });
      const emulator = await start({ ...optionsFrom(flags, env), logger });
      stdout.write(flags.json ? `${JSON.stringify(described(emulator))}\n` : introduction(emulator, flags));
      await aborted(signal);
      await emulator.close();
    });
}

/** @throws SyncError USAGE naming the option that cannot be used */
export function optionsFrom(
  flags: EmulatorFlags,
  environment: Readonly<Record<string, string | undefined>>,
): EmulatorOptions {
  const adminKey = flags.keyEnv === undefined ? undefined : environment[flags.keyEnv];
  if (flags.keyEnv !== undefined && !adminKey) {
    throw usage(`The environment variable ${flags.keyEnv} is not set.`, 'Set it, or leave --key-env out.');
  }
  return {
    port: wholeNumber('--port', flags.port, 0, 65_535),
    host: flags.host,
    jobs: wholeNumber('--jobs', flags.jobs, 0, 100_000),
    interviews: wholeNumber('--interviews', flags.interviews, 0, 1_000_000),
    users: wholeNumber('--users', flags.users, 1, 10_000),
    seed: wholeNumber('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER),
    rateLimit: wholeNumber('--rate-limit', flags.rateLimit, 1, Number.MAX_SAFE_INTEGER),
    rateWindowSeconds: seconds('--rate-window', flags.rateWindow),
    adminKey,
    switches: switchesFrom(flags.set),
    requestLogLimit: 100_000,
  };
}

async function start(options: EmulatorOptions): Promise<Emulator> {
  try {
    return await startEmulator(options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes(code)) throw error;
    throw new SyncError('SETTINGS_INVALID', `Cannot listen on ${options.host}:${options.port} (${code}).`, {
      remedy: 'Give another --port (0 for any that is free) or --host.',
      cause: error,
    });
  }
}

function switchesFrom(settings: string[]): Partial<Switches> {
  const switches: Partial<Switches> = {};
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    if (equals < 1) throw usage(`--set ${setting} is not of the form switch=value.`);
    try {
      Object.assign(switches, parseReading(setting.slice(0, equals), setting.slice(equals + 1)));
    } catch (error) {
      throw usage(messageOf(error), 'docs/emulator.md lists the switches and what they accept.');
    }
  }
  return switches;
}

function wholeNumber(option: string, text: string, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) {
    throw usage(`${option} must be a whole number from ${low} to ${high}, not "${text}".`);
  }
  return value;
}

function seconds(option: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0)) throw usage(`${option} must be a number of seconds above 0, not "${text}".`);
  return value;
}

function usage(message: string, remedy = 'See `sparkhire-sync emulator --help`.'): SyncError {
  return new SyncError('USAGE', message, { remedy });
}

function described(emulator: Emulator) {
  return {
    url: emulator.url,
    port: emulator.port,
    control: `${emulator.origin}/_emulator`,
    users: emulator.state.users.size,
    jobs: emulator.state.jobs.size,
    interviews: emulator.state.interviews.size,
    rate_limit: emulator.rateLimit.limit,
    rate_window_seconds: emulator.rateLimit.windowMs / 1000,
  };
}

function introduction(emulator: Emulator, flags: EmulatorFlags): string {
  const { origin, state, rateLimit } = emulator;
  // A key that was given is somebody's own: it is named, not shown.
  const key = flags.keyEnv === undefined ? emulator.adminKey : `"$${flags.keyEnv}"`;
  return `The emulated Spark Hire API listens on ${emulator.url}
  ${state.users.size} users, ${state.jobs.size} jobs, ${state.interviews.size} interviews; ${rateLimit.limit} requests per ${rateLimit.windowMs / 1000} s

To point the service at it:
  export SPARKHIRE_BASE_URL=${emulator.url}
  export SPARKHIRE_API_KEY=${key}

To look inside and to make things happen (no key, not counted):
  GET    ${origin}/_emulator             what there is
  GET    ${origin}/_emulator/state       the data; also /outbox, /requests, /deliveries
  PATCH  ${origin}/_emulator/switches    {"pageCap": 50}
  POST   ${origin}/_emulator/faults      {"path": "/jobs", "count": 1, "effect": {"kind": "status", "status": 503}}
  POST   ${origin}/_emulator/clock       {"advanceSeconds": 86400}
  POST   ${origin}/_emulator/act/NAME    acceptInterview {"uuid": "..."}

Ctrl-C stops it; what it holds is then gone.
`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
