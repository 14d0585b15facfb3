import { messageOf, SyncError } from '../../errors.js';

/** Flags of an emulated ATS; each takes those that mean something to it. */
export interface AtsFlags {
  port?: string;
  host: string;
  seed: string;
  rateLimit?: string;
  rateWindow?: string;
  set: string[];
  json?: boolean;
  size?: string;
  /** True: without a number. */
  live?: string | true;
  keyEnv?: string;
  secretEnv?: string;
}

/** An emulator that listens, and what is said about it. */
export interface Listening {
  readonly described: Record<string, unknown>;
  readonly introduction: string;
  close(): Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const sizes = ['small', 'medium', 'large'] as const;

/**
 * What every emulated ATS takes.
 * @param limit requests a window of so many seconds, unless the flags say otherwise
 * @throws SyncError USAGE naming the option that cannot be used
 */
export function atsOptionsFrom<S>(
  flags: AtsFlags,
  limit: { requests: number; seconds: number },
  switchTable: { parse(name: string, text: string): Partial<S> },
) {
  const size = sizes.find((one) => one === (flags.size ?? 'small'));
  if (size === undefined) throw usage(`--size must be small, medium or large, not "${flags.size}".`);
  return {
    port: wholeNumber('--port', flags.port ?? '4020', 0, 65_535),
    host: flags.host,
    seed: wholeNumber('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER),
    size,
    rateLimit: wholeNumber(
      '--rate-limit',
      flags.rateLimit ?? `${limit.requests}`,
      1,
      Number.MAX_SAFE_INTEGER,
    ),
    rateWindowSeconds: seconds('--rate-window', flags.rateWindow ?? `${limit.seconds}`),
    ...(flags.live === undefined
      ? {}
      : { liveSeconds: flags.live === true ? 5 : seconds('--live', flags.live) }),
    switches: switchesFrom<S>(flags.set, (...said) => switchTable.parse(...said)),
    requestLogLimit: 100_000,
  };
}

/** What the variable holds that the option names; `otherwise` where it names none. @throws SyncError USAGE */
export function secretFrom<T>(
  option: '--key-env' | '--secret-env',
  variable: string | undefined,
  env: Environment,
  otherwise: T,
): string | T {
  if (variable === undefined) return otherwise;
  const secret = env[variable];
  if (secret) return secret;
  throw usage(`The environment variable ${variable} is not set.`, `Set it, or leave ${option} out.`);
}

/** @throws SyncError USAGE naming the option */
export function wholeNumber(option: string, text: string, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) {
    throw usage(`${option} must be a whole number from ${low} to ${high}, not "${text}".`);
  }
  return value;
}

/** @throws SyncError USAGE naming the option */
export function seconds(option: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0)) throw usage(`${option} must be a number of seconds above 0, not "${text}".`);
  return value;
}

export function usage(message: string, remedy = 'See `sparkhire-sync emulator --help`.'): SyncError {
  return new SyncError('USAGE', message, { remedy });
}

/** What `--set switch=value …` stands for. @throws SyncError USAGE */
export function switchesFrom<S>(
  settings: readonly string[],
  parse: (name: string, text: string) => Partial<S>,
): Partial<S> {
  const switches: Partial<S> = {};
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    if (equals < 1) throw usage(`--set ${setting} is not of the form switch=value.`);
    try {
      Object.assign(switches, parse(setting.slice(0, equals), setting.slice(equals + 1)));
    } catch (error) {
      throw usage(messageOf(error), 'docs/emulator.md lists the switches and what they accept.');
    }
  }
  return switches;
}

/** Starts what listens. @throws SyncError SETTINGS_INVALID where it cannot listen */
export async function withPort<E>(
  at: { host?: string | undefined; port?: number | undefined },
  start: () => Promise<E>,
): Promise<E> {
  try {
    return await start();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes(code)) throw error;
    throw new SyncError('SETTINGS_INVALID', `Cannot listen on ${at.host}:${at.port} (${code}).`, {
      remedy: 'Give another --port (0 for any that is free) or --host.',
      cause: error,
    });
  }
}
