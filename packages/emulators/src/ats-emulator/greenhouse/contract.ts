import type { Logger } from 'pino';
import type { Clock } from '../../emulation/clock.js';
import type { EmulatedClock } from '../../emulation/emulated-clock.js';
import type { FaultRules } from '../../emulation/faults.js';
import type { RateWindow } from '../../emulation/rate-window.js';
import type { GreenhouseHook, GreenhouseRequest } from './api.js';
import type { Credentials } from './credentials.js';
import type { GreenhouseSwitches } from './switch-table.js';
import type { GreenhouseDelivery, Webhook } from './webhooks/webhooks.js';
import type { GreenhouseActs } from './world/acts.js';
import type { Size } from './world/seed.js';
import type { Tables } from './world/world.js';

export interface GreenhouseOptions {
  /** 0 or left out: any free port. */
  port?: number;
  /** 127.0.0.1 unless given. */
  host?: string;
  /** The same seed and the same time give the same world. */
  seed?: number;
  /** How much is made up: small unless given; `jobs` and `candidates` in its place. */
  size?: Size;
  jobs?: number;
  candidates?: number;
  clientId?: string;
  clientSecret?: string;
  /** Left out: everything. Written in full: `harvest:notes:create`. */
  scopes?: readonly string[];
  /** How long a token lives: 3600. */
  tokenSeconds?: number;
  /** Requests a window and credential: 50. */
  rateLimit?: number;
  /** 30. */
  rateWindowSeconds?: number;
  /** Requests for a token in 60 seconds: 10. */
  tokenRateLimit?: number;
  switches?: Partial<GreenhouseSwitches>;
  /** Something happens by itself every so many seconds; left out: nothing does. */
  liveSeconds?: number;
  /** What rate windows, latencies and the emulated date run on. */
  clock?: Clock;
  /** Requests are logged at debug; what happens by itself at info. */
  logger?: Logger;
  /** How many requests are remembered; all unless given. */
  requestLogLimit?: number;
}

/** A Greenhouse on this machine: Harvest v3, its token endpoint and its webhooks. */
export interface GreenhouseEmulator {
  /** The base URL to point a client at: `http://127.0.0.1:PORT/v3`. */
  readonly url: string;
  /** Where tokens are asked for: `http://127.0.0.1:PORT/token`. */
  readonly tokenUrl: string;
  readonly origin: string;
  readonly port: number;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The rows, by table; their fields have the API's names, times are milliseconds. Change them by acts. */
  readonly state: Tables;
  readonly credentials: Credentials;
  readonly webhooks: ReadonlyMap<number, Webhook>;
  /** Every request to the API and the token endpoint, in the order of arrival. */
  readonly requests: GreenhouseRequest[];
  /** Every webhook request that was made, in order. */
  readonly deliveries: GreenhouseDelivery[];
  readonly switches: GreenhouseSwitches;
  readonly faults: FaultRules;
  /** What Greenhouse believes the time is. Moving it does not open a new rate window. */
  readonly clock: EmulatedClock;
  readonly act: GreenhouseActs;
  readonly rate: RateWindow;
  readonly tokenRate: RateWindow;
  /** Calls `hook` before each request is handled; the request waits for it. @returns how to stop it */
  onRequest(hook: GreenhouseHook): () => void;
  /** Calls `hook` once a request was carried out, before its answer leaves. @returns how to stop it */
  onAnswer(hook: GreenhouseHook): () => void;
  /** Resolves once every delivery that is due was tried. */
  settleDeliveries(): Promise<void>;
  /** Stops at once: kept-alive and hanging connections are closed too. */
  close(): Promise<void>;
}
