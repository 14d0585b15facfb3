/** A connection to PostgreSQL as every part of this program makes it. */
import pg from 'pg';
import { codedIfKnown, connectionError } from './connection-error.js';

/**
 * How values are written and read: a role or a database may have it otherwise, and with a DateStyle that is not ISO no
 * timestamp can be read. Not as start-up parameters, which poolers refuse.
 */
const session = [
  "set DateStyle = 'ISO, MDY'",
  "set IntervalStyle = 'postgres'",
  "set TimeZone = 'UTC'",
  'set extra_float_digits = 1',
  'set standard_conforming_strings = on',
  "set bytea_output = 'hex'",
  'set array_nulls = on',
  // Estimates of statements over many tables make PostgreSQL compile them; that takes longer than to run them.
  'set jit = off',
  'select pg_backend_pid() as pid',
].join('; ');

/** A text as it stands in a statement, for those that cannot have placeholders. */
export const literal = (text: string) => pg.escapeLiteral(text);

/** Rejects with DATABASE_UNREACHABLE where it cannot connect, or with what its session met; leaves nothing behind then. */
export class Connection extends pg.Client {
  /** Whether the server process is another than the one that answered: a pooler is in between. */
  isPooled = false;
  /** What ended it while nothing was asked: whoever asks next is told only that it is dead. */
  fault: Error | null = null;

  constructor(config: pg.ClientConfig) {
    super({ ...config, connectionString: withPlainMode(config.connectionString!) });
    this.on('error', (error) => {
      this.fault ??= error;
    });
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(callback?: unknown): Promise<pg.Client> {
    if (callback !== undefined) throw new Error('connect() answers with a promise');
    return this.#connect();
  }

  async #connect(): Promise<pg.Client> {
    let connected = false;
    try {
      await super.connect();
      connected = true;
      const answers = (await this.query(session)) as unknown as pg.QueryResult<{ pid: number }>[];
      const { processID } = this as unknown as { processID: number | null };
      this.isPooled = answers.at(-1)!.rows[0]!.pid !== processID;
      return this;
    } catch (error) {
      // The driver leaves the socket open where it fails itself, as without a password; that keeps a process alive.
      (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      throw connectionError(connected ? codedIfKnown(error) : error);
    }
  }
}

/**
 * To the driver, three modes mean what `verify-full` means, and it says so in eight lines on stderr, where logs are JSON.
 * The system's authorities are what it trusts anyway.
 */
function withPlainMode(url: string): string {
  return url
    .replace(/([?&])sslmode=(?:prefer|require|verify-ca)(?=&|$)/, (found, sign) =>
      /[?&]uselibpqcompat=true(?=&|$)/.test(url) ? found : `${sign}sslmode=verify-full`,
    )
    .replace(/([?&])sslrootcert=system(?=&|$)/, '$1sslmode=verify-full');
}
