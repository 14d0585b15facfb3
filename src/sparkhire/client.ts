/**
 * A typed client of the Spark Hire API v1.0. Usable by itself; see docs/client.md.
 *
 * In come calls of the program; out go requests within the limit (http/), and answers as typed values. It knows HTTP and the
 * API's document, and nothing of PostgreSQL or of any ATS.
 */
import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../clock.js';
import { SyncError } from '../errors.js';
import { createLimiter, type Limiter } from '../http/limiter.js';
import { type Connections, createTransport } from '../http/transport.js';
import type { Logger } from '../log.js';
import { createCalls, type OddObserver } from './calls.js';
import type { Ranges } from './input.js';
import { createSend, type RequestEvent, type Send } from './request.js';
import { type Companies, companies } from './resources/companies.js';
import { type Interviews, interviews } from './resources/interviews.js';
import { type Jobs, jobs } from './resources/jobs.js';
import { type MeCalls, me } from './resources/me.js';
import { type PlanCalls, plan } from './resources/plan.js';
import { type QuestionSetPath, type QuestionSets, questionSets } from './resources/question-sets.js';
import { type ShareLinks, shareLinks } from './resources/share-links.js';
import { type Users, users } from './resources/users.js';
import { type Webhooks, webhooks } from './resources/webhooks.js';
import { defaultRetryPolicy, type RetryPolicy } from './retry.js';

export { SyncError } from '../errors.js';
export {
  createLimiter,
  type Lane,
  type Ledger,
  type Limiter,
  type LimiterOptions,
  type LimiterStats,
  lanes,
} from '../http/limiter.js';
export { type Connections, openConnections } from '../http/transport.js';
export { ApiError, type Outcome } from './api-error.js';
export type { OddObserver } from './calls.js';
export type { JsonObject, OddField } from './fields.js';
export type { Ranges } from './input.js';
export type { Listing, Read, Row } from './reading.js';
export type { CallOptions, RequestEvent } from './request.js';
export type { Company } from './resources/companies.js';
export type { InterviewQuestion, QuestionCreate, QuestionUpdate } from './resources/interview-questions.js';
export type { BasicShareLink, ShareLinkStatus } from './resources/interview-share-link.js';
export type { Interview, InterviewCreate, InterviewQuery, InterviewUpdate } from './resources/interviews.js';
export type { Job, JobCreate, JobQuery, JobUpdate } from './resources/jobs.js';
export { assertCompanyUser, type Me } from './resources/me.js';
export { type Plan, type SlotsTold, slotsTold } from './resources/plan.js';
export type { QuestionSet, QuestionSetCreate, QuestionSetUpdate } from './resources/question-sets.js';
export type { AdvancedShareLink, ShareLinkCreate } from './resources/share-links.js';
export type { IntegrationKey, User, UserCreate, UserUpdate } from './resources/users.js';
export { type Webhook, type WebhookCreate, type WebhookEvent, webhookEvents } from './resources/webhooks.js';
export type { RetryPolicy } from './retry.js';

export interface ClientOptions {
  /** https://api.sparkhire.com/v1.0 unless given. */
  baseUrl?: string;
  /** The API key, an opaque string. */
  key: string;
  /** The account's limiter; without one the client makes its own for 400 requests a minute. */
  limiter?: Limiter;
  clock?: Clock;
  /** Connections that it shares with others, and that whoever opened them closes; its own unless given. */
  connections?: Connections | undefined;
  /** For one attempt, from connecting to the end of the answer; 30 s unless given. */
  timeoutMs?: number;
  /** A request that has not left so long after its turn came is not sent, but has another turn. */
  leaveWithinMs?: number;
  retry?: Partial<RetryPolicy>;
  /** How the server counts the rows of a list, where that is known. */
  ranges?: Ranges;
  /** Called after every attempt. */
  onRequest?: (event: RequestEvent) => void;
  /** Called where fields of what is read have another form than the document promises. */
  onOddFields?: OddObserver;
  log?: Logger;
  userAgent?: string;
  /** Answers longer than this are given up; 64 MiB unless given. */
  maxAnswerBytes?: number;
}

export interface Client {
  me: MeCalls;
  plan: PlanCalls;
  companies: Companies;
  users: Users;
  jobs: Jobs;
  interviews: Interviews;
  questionSets: QuestionSets;
  shareLinks: ShareLinks;
  webhooks: Webhooks;
  limiter: Limiter;
  /** Shared by all clients that are made of this one; may be set. */
  ranges: Ranges;
  /** The same client, which gives this number to the first row of a list; it ends with this one. */
  countingFrom(first: 0 | 1): Client;
  /**
   * A client with another user's key that shares this one's limiter and connections, and ends with it.
   * `readsAgain`: what a change answers nothing about is read again with this client's own key.
   */
  withKey(key: string, options?: { readsAgain?: boolean }): Client;
  /** The same client with somebody else told of its attempts as well; it ends with this one. */
  observed(onRequest: (event: RequestEvent) => void): Client;
  /** Ends the connections; what is under way rejects with ABORTED. A limiter that was passed in goes on. */
  close(): Promise<void>;
}

export function createClient(options: ClientOptions): Client {
  const clock = options.clock ?? systemClock;
  const timeoutMs = options.timeoutMs ?? 30_000;
  const baseUrl = checkedBaseUrl(options.baseUrl ?? 'https://api.sparkhire.com/v1.0');
  const limiter = options.limiter ?? createLimiter({ limit: 400, windowMs: 60_000, clock });
  const transport = createTransport({
    clock,
    shared: options.connections,
    connections: 64,
    connectTimeoutMs: timeoutMs,
    maxAnswerBytes: options.maxAnswerBytes ?? 64 * 1024 * 1024,
  });
  const questionSetPath: QuestionSetPath = { known: null };
  const ranges: Ranges = options.ranges ?? { first: null };
  const closing = new AbortController();
  // Every request that waits for its next attempt listens.
  setMaxListeners(0, closing.signal);

  type Observer = (event: RequestEvent) => void;

  function derived(key: string, observer: Observer | undefined, readAgain?: Send, counts = ranges): Client {
    const send = createSend({
      baseUrl,
      key: checkedKey(key),
      hides: key === options.key ? [] : [options.key],
      userAgent: options.userAgent ?? 'sparkhire-sync',
      timeoutMs,
      leaveWithinMs: options.leaveWithinMs,
      transport,
      limiter,
      clock,
      retry: { ...defaultRetryPolicy, ...options.retry },
      random: Math.random,
      closing: closing.signal,
      onRequest: observer,
      log: options.log,
    });
    const calls = createCalls(send, readAgain, options.onOddFields);
    return {
      me: me(calls),
      plan: plan(calls),
      companies: companies(calls),
      users: users(calls),
      jobs: jobs(calls, counts),
      interviews: interviews(calls, clock.now, counts),
      questionSets: questionSets(calls, questionSetPath),
      shareLinks: shareLinks(calls),
      webhooks: webhooks(calls),
      limiter,
      ranges,
      countingFrom: (first) => derived(key, observer, readAgain, { first }),
      withKey: (another, { readsAgain = false } = {}) =>
        derived(another, observer, readsAgain ? send : undefined),
      observed(another) {
        const both: Observer = (event) => {
          observer?.(event);
          another(event);
        };
        return derived(key, both, readAgain);
      },
      close: async () => {},
    };
  }

  return {
    ...derived(options.key, options.onRequest),
    async close() {
      closing.abort();
      if (options.limiter === undefined) limiter.stop();
      await transport.close();
    },
  };
}

function checkedKey(key: string): string {
  if (typeof key === 'string' && key.trim() !== '') return key;
  throw new SyncError('SETTINGS_INVALID', 'The API key is empty.', { remedy: 'Pass the API key of a user.' });
}

function checkedBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const usable = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (usable && url.search === '' && url.hash === '') return url.href.replace(/\/+$/, '');
  throw new SyncError('SETTINGS_INVALID', 'The base URL of the API is not usable.', {
    remedy: 'Pass an http or https address without credentials, query and fragment.',
  });
}
