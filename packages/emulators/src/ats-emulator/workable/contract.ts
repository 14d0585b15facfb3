import type { Logger } from 'pino';
import type { Clock } from '../../emulation/clock.js';
import type { EmulatedClock } from '../../emulation/emulated-clock.js';
import type { FaultRules } from '../../emulation/faults.js';
import type { RateWindow } from '../../emulation/rate-window.js';
import type { Access, WorkableHook, WorkableRequest } from './api.js';
import type { Subscription, WorkableDelivery } from './subscriptions.js';
import type { WorkableSwitches } from './switch-table.js';
import type { WorkableActs } from './world/acts.js';
import type { Size } from './world/seed.js';
import type { StageRow, Tables } from './world/world.js';

export interface WorkableOptions {
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
  /** The access token. */
  token?: string;
  /** What webhooks are signed with where that is not the token. */
  webhookSecret?: string;
  /** Left out: everything. */
  scopes?: readonly string[];
  /** Requests a window: 10. */
  rateLimit?: number;
  /** 10. */
  rateWindowSeconds?: number;
  switches?: Partial<WorkableSwitches>;
  /** Something happens by itself every so many seconds; left out: nothing does. */
  liveSeconds?: number;
  /** What rate windows, latencies and the emulated date run on. */
  clock?: Clock;
  /** Requests are logged at debug; what happens by itself at info. */
  logger?: Logger;
  /** How many requests are remembered; all unless given. */
  requestLogLimit?: number;
}

/** A Workable on this machine: the API v3 and its webhooks. */
export interface WorkableEmulator {
  /** The base URL to point a client at: `http://127.0.0.1:PORT/spi/v3`. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  readonly access: Access;
  readonly webhookSecret: string;
  /** The rows, by table; times are milliseconds. Change them by acts. */
  readonly state: Tables;
  /** The pipeline of the account. */
  readonly stages: readonly StageRow[];
  readonly subscriptions: ReadonlyMap<number, Subscription>;
  /** Every request to the API, in the order of arrival. */
  readonly requests: WorkableRequest[];
  /** Every webhook request that was made, in order. */
  readonly deliveries: WorkableDelivery[];
  readonly switches: WorkableSwitches;
  readonly faults: FaultRules;
  /** What Workable believes the time is. Moving it does not open a new rate window. */
  readonly clock: EmulatedClock;
  readonly act: WorkableActs;
  readonly rate: RateWindow;
  /** Calls `hook` before each request is handled; the request waits for it. @returns how to stop it */
  onRequest(hook: WorkableHook): () => void;
  /** Calls `hook` once a request was carried out, before its answer leaves. @returns how to stop it */
  onAnswer(hook: WorkableHook): () => void;
  /** Resolves once every delivery that is due was tried. */
  settleDeliveries(): Promise<void>;
  /** Stops at once: kept-alive and hanging connections are closed too. */
  close(): Promise<void>;
}
