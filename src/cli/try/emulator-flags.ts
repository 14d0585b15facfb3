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
