import type { Logger } from 'pino';
import type { Clock } from '../../emulation/clock.js';
import type { EmulatedClock } from '../../emulation/emulated-clock.js';
import type { FaultRules } from '../../emulation/faults.js';
import type { RateWindow } from '../../emulation/rate-window.js';
import type { Access, LeverHook, LeverRequest } from './api.js';
import type { LeverSwitches } from './switch-table.js';
import type { LeverDelivery, Webhook } from './webhooks.js';
import type { LeverActs } from './world/acts.js';
import type { Size } from './world/seed.js';
import type { Tables } from './world/world.js';

export interface LeverOptions {
  /** 0 or left out: any free port. */
  port?: number;
  /** 127.0.0.1 unless given. */
  host?: string;
  /** The same seed and the same time give the same world. */
  seed?: number;
  /** How much is made up: small unless given; `postings` and `opportunities` in its place. */
  size?: Size;
  postings?: number;
  opportunities?: number;
  apiKey?: string;
  /** Left out: everything. Written in full: `notes:write`. */
  rights?: readonly string[];
  /** Requests a window: 10. */
  rateLimit?: number;
  /** 1. */
  rateWindowSeconds?: number;
  switches?: Partial<LeverSwitches>;
  /** Something happens by itself every so many seconds; left out: nothing does. */
  liveSeconds?: number;
  /** What rate windows, latencies and the emulated date run on. */
  clock?: Clock;
  /** Requests are logged at debug; what happens by itself at info. */
  logger?: Logger;
  /** How many requests are remembered; all unless given. */
  requestLogLimit?: number;
}

/** A Lever on this machine: its API, version 1, and its webhooks. */
export interface LeverEmulator {
  /** The base URL to point a client at: `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  /** The key, and what it may; change it by acts. */
  readonly access: Access;
  /** The rows, by table; their fields have the API's names, times are milliseconds. Change them by acts. */
  readonly state: Tables;
  readonly webhooks: ReadonlyMap<string, Webhook>;
  /** Every request to the API, in the order of arrival. */
  readonly requests: LeverRequest[];
  /** Every webhook request that was made, in order. */
  readonly deliveries: LeverDelivery[];
  readonly switches: LeverSwitches;
  readonly faults: FaultRules;
  /** What Lever believes the time is. Moving it does not open a new rate window. */
  readonly clock: EmulatedClock;
  readonly act: LeverActs;
  readonly rate: RateWindow;
  /** Calls `hook` before each request is handled; the request waits for it. @returns how to stop it */
  onRequest(hook: LeverHook): () => void;
  /** Calls `hook` once a request was carried out, before its answer leaves. @returns how to stop it */
  onAnswer(hook: LeverHook): () => void;
  /** Resolves once every delivery that is due was tried. */
  settleDeliveries(): Promise<void>;
  /** Stops at once: kept-alive and hanging connections are closed too. */
  close(): Promise<void>;
}
