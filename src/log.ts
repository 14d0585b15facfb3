import { type Logger, pino } from 'pino';

export type { Logger };

/** Names under which a secret could reach a log line; pino writes [redacted] in their place. */
const secretNames = [
  'key',
  'apiKey',
  'authorization',
  'Authorization',
  'http_auth',
  'httpAuth',
  'token',
  'password',
  'secret',
];
const redactPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

export interface LogOptions {
  /** pino level; `silent` for none. */
  level?: string;
  /** Where lines go; stderr unless given. stdout belongs to results. */
  destination?: NodeJS.WritableStream;
}

/** One event a line of JSON. */
export function createLogger(options: LogOptions = {}): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: {},
    redact: { paths: redactPaths, censor: '[redacted]' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  return pino(settings, options.destination ?? process.stderr);
}
