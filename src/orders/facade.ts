/**
 * What a protocol, in which an ATS orders interviews, has to say for itself; all else is done once for all of them.
 *
 * In come orders of the ATS over HTTP; out go rows of schema ats, and, by tell.ts, what became of each. A protocol says how a
 * caller is known, what a call means and how an answer looks. It never speaks to Spark Hire.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Logger } from '../log.js';
import { OrderRefused, type Outcome, type Protocol } from './order.js';
import type { KnownOrder, OrdersOf } from './store.js';

/** PostgreSQL stores neither NUL nor half a character, and no index has room for more bytes. */
export const text = z
  .string()
  .trim()
  .max(2000, 'is too long')
  .refine((value) => Buffer.byteLength(value) <= 2000, 'is too long')
  .refine((value) => !/\0|\p{Surrogate}/u.test(value), 'has a character that cannot be stored');

/** What an ATS calls something, in the path or the query too. */
export const identifier = text.min(1).refine((value) => Buffer.byteLength(value) <= 500, 'is too long');

/** A short name for what an ATS calls an order, which never is that of another. */
export function keyOf(prefix: string, name: string, nice: string | null): string[] {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return [...(nice === null ? [] : [`${prefix}-${nice}`]), `${prefix}-${hash}`];
}

export interface Call {
  headers: Readonly<Record<string, string | undefined>>;
  query: URLSearchParams;
  /** Of JSON; null where there is none. */
  body: unknown;
  log: Logger;
  /** Aborts once the ATS was answered that nothing could be stored: then nothing is to be. */
  signal: AbortSignal;
}

export interface Reply {
  /** 200 unless given. */
  status?: number;
  /** An object becomes JSON, a text stays one. */
  body: object | string;
}

/** One request that tells the ATS what became of an order. It may be repeated: the last one counts. */
export interface Telling {
  /** What it says, for comparing: what was told already is not told again. */
  says: string;
  method: 'POST' | 'PUT' | 'PATCH';
  url: URL;
  /** Of the header Authorization; where the documents name several forms, the next is tried after a 401. */
  authorizations: readonly string[];
  contentType: string;
  headers?: Record<string, string>;
  body: object | null;
  /** What an answer with status 2xx says is wrong all the same. */
  problemIn(answer: unknown): string | null;
}

export interface Facade {
  protocol: Protocol;
  title: string;
  /** Whether the call is surely the ATS's. Nothing is done for anybody else. */
  isCaller(call: Pick<Call, 'headers' | 'body'>): boolean;
  /** By method and the rest of the path. A handler may throw OrderRefused, or an error of zod for a body of another shape. */
  calls: Readonly<Record<string, (of: OrdersOf, call: Call) => Promise<Reply>>>;
  /** So that a recruiter reads why, in whatever form the ATS shows. */
  refusal(why: OrderRefused): Reply;
  /** null: this is nothing that the ATS is told of. */
  tell(order: KnownOrder, outcome: Outcome): Telling | null;
}

/** In a time that tells nothing of the secret. */
export function isSame(given: string | null, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== null && timingSafeEqual(digest(given), digest(secret));
}

/** Who calls with a secret for a user name, and any password. */
export function basicUser(authorization: string | undefined): string | null {
  const [, encoded] = /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(authorization ?? '') ?? [];
  return encoded === undefined ? null : Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)[0]!;
}

export function bearer(authorization: string | undefined): string | null {
  return /^(?:bearer|token)\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1] ?? null;
}

/** Where an ATS may want results: in its own domain, or where the settings say (`baseUrl`). */
export interface Home {
  title: string;
  /** What the order calls the address. */
  field: string;
  domain: string;
  baseUrl: string | null;
}

/** The address of an order gets a secret, so it has to be the ATS's, and as it will be used. @throws OrderRefused */
export function reportAddress(url: string, { title, field, domain, baseUrl }: Home): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  const isTheirs =
    baseUrl === null
      ? address?.protocol === 'https:' && `.${address.hostname}`.endsWith(`.${domain}`)
      : address?.origin === new URL(baseUrl).origin;
  if (address === null || !isTheirs || address.username !== '' || address.password !== '')
    throw new OrderRefused(
      'invalid',
      `The address to report to (${field}) is not one of ${title}'s: ${url.slice(0, 200)}`,
    );
  return address;
}
