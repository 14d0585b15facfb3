import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

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
  /** A form for people; what stderr gets when it is a terminal. */
  readable?: boolean;
}

/** One event a line: JSON, or a readable form when stderr is a terminal. */
export function createLogger(options: LogOptions = {}): Logger {
  const destination = options.destination ?? process.stderr;
  const settings = {
    level: options.level ?? 'info',
    base: {},
    redact: { paths: redactPaths, censor: '[redacted]' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  const terminal = destination === process.stderr && process.stderr.isTTY;
  if (options.readable ?? terminal) {
    const stream = terminal ? 2 : (destination as NodeJS.WritableStream);
    return pino(
      settings,
      pretty({
        destination: stream,
        sync: true,
        colorize: process.stderr.isTTY,
        translateTime: 'SYS:HH:MM:ss',
        ignore: 'pid,hostname,event',
        singleLine: true,
      }),
    );
  }
  return pino(settings, destination as NodeJS.WritableStream);
}
