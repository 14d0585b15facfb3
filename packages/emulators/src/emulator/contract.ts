import type { Logger } from 'pino';
import type { Clock } from '../emulation/clock.js';
import type { EmulatedClock } from '../emulation/emulated-clock.js';
import type { FaultRules } from '../emulation/faults.js';
import type { RateLimit } from './http/rate-limit.js';
import type { RequestHook, RequestRecord } from './http/server.js';
import type { Acts } from './life/acts.js';
import type { OutboxMail } from './records.js';
import type { State } from './state.js';
import type { Switches } from './switches.js';
import type { Delivery } from './webhooks.js';

/** The key of the first administrator unless another is given. It opens nothing but an emulator. */
export const defaultAdminKey = 'emulator-admin-key';

export interface EmulatorOptions {
  /** 0 or left out: any free port. */
  port?: number;
  /** 127.0.0.1 unless given. */
  host?: string;
  /** The same seed and the same day give the same data. */
  seed?: number;
  users?: number;
  jobs?: number;
  interviews?: number;
  questionSets?: number;
  shareLinks?: number;
  /** Job slots of the plan; -1: unlimited. Left out: a quarter more than there are active jobs. */
  jobSlots?: number;
  /** User seats of the plan; -1: unlimited. Left out: five more than there are active users. */
  userSeats?: number;
  adminKey?: string;
  /** Requests a window, for the company as a whole: 400. */
  rateLimit?: number;
  /** 60. */
  rateWindowSeconds?: number;
  switches?: Partial<Switches>;
  /** What the rate limit, latencies and the emulated date run on. */
  clock?: Clock;
  /** Requests are logged at debug. */
  logger?: Logger;
  /** How many requests are remembered; all unless given. */
  requestLogLimit?: number;
}

/** A Spark Hire API v1.0 on this machine. */
export interface Emulator {
  /** The base URL to point a client at: `http://127.0.0.1:PORT/v1.0`. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  readonly adminKey: string;
  readonly state: State;
  readonly outbox: OutboxMail[];
  readonly requests: RequestRecord[];
  /** Every webhook request that was made, in order. */
  readonly deliveries: Delivery[];
  readonly switches: Switches;
  readonly faults: FaultRules;
  readonly clock: EmulatedClock;
  readonly act: Acts;
  readonly rateLimit: RateLimit;
  /** Calls `hook` before each request is handled; the request waits for it. @returns how to stop it */
  onRequest(hook: RequestHook): () => void;
  /** Calls `hook` once a request was carried out, before its answer leaves; the answer waits for it. @returns how to stop it */
  onAnswer(hook: RequestHook): () => void;
  /** Resolves once every queued webhook delivery was tried. */
  settleDeliveries(): Promise<void>;
  /** Stops at once: kept-alive and hanging connections are closed too. */
  close(): Promise<void>;
}
