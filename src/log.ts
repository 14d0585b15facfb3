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
  /** A form for people; what a terminal gets unless given. */
  readable?: boolean;
  /** Of that form; what a terminal gets unless given. */
  colors?: boolean;
}

/** One event a line: JSON, or a readable form when stderr is a terminal. */
export function createLogger(options: LogOptions = {}): Logger {
  const destination: NodeJS.WritableStream & { isTTY?: boolean } = options.destination ?? process.stderr;
  const settings = {
    level: options.level ?? 'info',
    base: {},
    redact: { paths: redactPaths, censor: '[redacted]' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  const terminal = destination.isTTY === true;
  if (options.readable ?? terminal) {
    return pino(
      settings,
      pretty({
        // By its number, so that a line is out before the process ends.
        destination: destination === process.stderr ? 2 : destination,
        sync: true,
        colorize: options.colors ?? terminal,
        translateTime: 'SYS:HH:MM:ss',
        ignore: 'pid,hostname,event',
        singleLine: true,
      }),
    );
  }
  return pino(settings, destination);
}
