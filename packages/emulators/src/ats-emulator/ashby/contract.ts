import type { Logger } from 'pino';
import type { Clock } from '../../emulation/clock.js';
import type { EmulatedClock } from '../../emulation/emulated-clock.js';
import type { FaultRules } from '../../emulation/faults.js';
import type { RateWindow } from '../../emulation/rate-window.js';
import type { AshbyHook, AshbyRequest } from './api.js';
import type { Key, Permission } from './records.js';
import type { AshbySwitches } from './switch-table.js';
import type { AshbyDelivery } from './webhooks.js';
import type { AshbyActs } from './world/acts.js';
import type { Size } from './world/seed.js';
import type { Tables } from './world/world.js';

export interface AshbyOptions {
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
  apiKey?: string;
  /** Left out: everything. */
  permissions?: readonly Permission[];
  /** Requests a window and key: 1000. */
  rateLimit?: number;
  /** 60. */
  rateWindowSeconds?: number;
  switches?: Partial<AshbySwitches>;
  /** Something happens by itself every so many seconds; left out: nothing does. */
  liveSeconds?: number;
  /** What rate windows, latencies and the emulated date run on. */
  clock?: Clock;
  /** Requests are logged at debug; what happens by itself at info. */
  logger?: Logger;
  /** How many requests are remembered; all unless given. */
  requestLogLimit?: number;
}

/** An Ashby on this machine: its API and its webhooks. */
export interface AshbyEmulator {
  /** The base URL to point a client at: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  readonly apiKey: string;
  /** The rows, by table; their fields have the API's names, times are milliseconds. Change them by acts. */
  readonly state: Tables;
  readonly keys: ReadonlyMap<string, Key>;
  /** Every request to the API, in the order of arrival. */
  readonly requests: AshbyRequest[];
  /** Every webhook request that was made, in order. */
  readonly deliveries: AshbyDelivery[];
  readonly switches: AshbySwitches;
  readonly faults: FaultRules;
  /** What Ashby believes the time is. Moving it does not open a new rate window. */
  readonly clock: EmulatedClock;
  readonly act: AshbyActs;
  readonly rate: RateWindow;
  /** Calls `hook` before each request is handled; the request waits for it. @returns how to stop it */
  onRequest(hook: AshbyHook): () => void;
  /** Calls `hook` once a request was carried out, before its answer leaves. @returns how to stop it */
  onAnswer(hook: AshbyHook): () => void;
  /** Resolves once every delivery that is due was tried. */
  settleDeliveries(): Promise<void>;
  /** Stops at once: kept-alive and hanging connections are closed too. */
  close(): Promise<void>;
}
