import { Command } from 'commander';
import {
  type Emulator,
  type EmulatorOptions,
  parseReading,
  type Switches,
  startEmulator,
} from '#emulators/emulator/index';
import type { Logger } from '../../log.js';
import type { Invocation } from '../invocation.js';
import { commandLog } from '../report/command-log.js';
import {
  type AtsFlags,
  type Environment,
  type Listening,
  seconds,
  secretFrom,
  switchesFrom,
  usage,
  wholeNumber,
  withPort,
} from './emulator-flags.js';

interface EmulatorFlags extends AtsFlags {
  ats?: string;
  jobs?: string;
  interviews?: string;
  users?: string;
  jobSlots?: string;
  userSeats?: string;
}

/** Options that not every emulator has, and those of Spark Hire's. */
const options = [
  'jobs',
  'interviews',
  'users',
  'jobSlots',
  'userSeats',
  'keyEnv',
  'size',
  'live',
  'secretEnv',
] as const;
const ofSparkHire: readonly (typeof options)[number][] = options.slice(0, 6);

interface AtsEmulator {
  /** Which of those mean something to it. */
  options: readonly (typeof options)[number][];
  start(flags: AtsFlags, env: Environment, logger: Logger): Promise<Listening>;
}

/** One entry a kind. */
const atsEmulators: Readonly<Record<string, AtsEmulator>> = {
  greenhouse: {
    options: ['size', 'live', 'secretEnv'],
    start: async (...given) => (await import('./greenhouse-emulator.js')).startGreenhouse(...given),
  },
  ashby: {
    options: ['size', 'live', 'keyEnv'],
    start: async (...given) => (await import('./ashby-emulator.js')).startAshby(...given),
  },
  workable: {
    options: ['size', 'live', 'keyEnv'],
    start: async (...given) => (await import('./workable-emulator.js')).startWorkable(...given),
  },
  lever: {
    options: ['size', 'live', 'keyEnv'],
    start: async (...given) => (await import('./lever-emulator.js')).startLever(...given),
  },
};
const atsNames = Object.keys(atsEmulators).join(', ');

/** `sparkhire-sync emulator`: runs until SIGINT or SIGTERM. */
export function emulatorCommand(invocation: Invocation): Command {
  return new Command('emulator')
    .option('--ats <name>', `play an ATS in place of Spark Hire: ${atsNames}`)
    .option('--port <port>', 'where to listen; 0 is any free port (default: 4010; an ATS: 4020)')
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .option('--jobs <n>', 'how many jobs to make up (default: 200)')
    .option('--interviews <n>', 'how many interviews to make up (default: 20000)')
    .option('--users <n>', 'how many users to make up (default: 24)')
    .option(
      '--job-slots <n>',
      'active jobs that the plan allows; -1: any number (default: a quarter more than there are)',
    )
    .option(
      '--user-seats <n>',
      'users that the plan allows; -1: any number (default: five more than there are)',
    )
    .option('--size <size>', 'an ATS: how much to make up: small, medium or large (default: small)')
    .option('--live [seconds]', 'an ATS: let something happen every so many seconds (default: 5)')
    .option('--seed <n>', 'the same number, the same data', '1')
    .option('--rate-limit <n>', 'requests a window (default: 400; an ATS: its own)')
    .option('--rate-window <seconds>', 'the window (default: 60; an ATS: its own)')
    .option(
      '--key-env <variable>',
      'environment variable that holds the key: of the administrator, or of the ATS',
    )
    .option('--secret-env <variable>', 'Greenhouse: environment variable that holds the client secret')
    .option('--set <switch=value...>', 'another reading of something the API document leaves open', [])
    .option('--json', 'say where it listens as one line of JSON')
    .action(async (flags: EmulatorFlags) => {
      const { env, stdout } = invocation;
      const signal = invocation.stopSignal();
      const logger = await commandLog(invocation, { log: { level: env.LOG_LEVEL ?? 'info' } });
      const emulator =
        flags.ats === undefined
          ? await startSparkHire(flags, env, logger)
          : await startAts(flags, env, logger);
      stdout.write(flags.json ? `${JSON.stringify(emulator.described)}\n` : emulator.introduction);
      await aborted(signal);
      await emulator.close();
    });
}

async function startSparkHire(flags: EmulatorFlags, env: Environment, logger: Logger): Promise<Listening> {
  const options = optionsFrom(flags, env);
  const emulator = await withPort(options, () => startEmulator({ ...options, logger }));
  return {
    described: described(emulator),
    introduction: introduction(emulator, flags),
    close: () => emulator.close(),
  };
}

function startAts(flags: EmulatorFlags, env: Environment, logger: Logger): Promise<Listening> {
  const name = flags.ats!;
  const emulator = Object.hasOwn(atsEmulators, name) ? atsEmulators[name] : undefined;
  if (emulator === undefined) throw usage(`There is no emulator of "${name}", only of ${atsNames}.`);
  refuse(flags, emulator.options, `is not for --ats ${name}`);
  return emulator.start(flags, env, logger);
}

/** @param known all others mean nothing to it */
function refuse(flags: EmulatorFlags, known: readonly (typeof options)[number][], why: string): void {
  for (const name of options) {
    if (known.includes(name)) continue;
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (flags[name] !== undefined) throw usage(`${option} ${why}.`);
  }
}

/** @throws SyncError USAGE naming the option that cannot be used */
export function optionsFrom(flags: EmulatorFlags, environment: Environment): EmulatorOptions {
  refuse(flags, ofSparkHire, 'needs --ats');
  return {
    port: wholeNumber('--port', flags.port ?? '4010', 0, 65_535),
    host: flags.host,
    jobs: wholeNumber('--jobs', flags.jobs ?? '200', 0, 100_000),
    interviews: wholeNumber('--interviews', flags.interviews ?? '20000', 0, 1_000_000),
    users: wholeNumber('--users', flags.users ?? '24', 1, 10_000),
    jobSlots: limitOf('--job-slots', flags.jobSlots),
    userSeats: limitOf('--user-seats', flags.userSeats),
    seed: wholeNumber('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER),
    rateLimit: wholeNumber('--rate-limit', flags.rateLimit ?? '400', 1, Number.MAX_SAFE_INTEGER),
    rateWindowSeconds: seconds('--rate-window', flags.rateWindow ?? '60'),
    adminKey: secretFrom('--key-env', flags.keyEnv, environment, undefined),
    switches: switchesFrom<Switches>(flags.set, parseReading),
    requestLogLimit: 100_000,
  };
}

/** Of the plan; left out: the emulator's own. */
function limitOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return text === '-1' ? -1 : wholeNumber(option, text, 0, 1_000_000);
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
