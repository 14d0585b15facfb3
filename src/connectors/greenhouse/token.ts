/** Access to Greenhouse: a token by the client's id and secret, renewed in time, and once where it is refused. */
import { z } from 'zod';
import { type Clock, sleep } from '../../clock.js';
import { SyncError } from '../../errors.js';
import { createTransport, type HttpAnswer, TransportFailure } from '../../http/transport.js';
import { basicOf } from '../api-key.js';
import { type Authorize, broken, refusal, waitMs } from '../http.js';
import { isFresh, type LiveToken, type TokenStore } from '../token-store.js';
import type { GreenhouseSettings } from './settings.js';

/** It is asked for while the database holds a lock, and that ends transactions which stand still for ten seconds. */
const timeoutMs = 8_000;
/** Where an answer does not say how long its token lives. */
const unknownLifeMs = 15 * 60_000;
const longestWaitMs = 65_000;

const answerSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
  expires_at: z.string().optional().catch(undefined),
});

export interface GreenhouseAccess {
  authorize: Authorize;
  /** Requests made to get tokens. */
  requests(): number;
  close(): Promise<void>;
}

class Throttled extends Error {
  constructor(
    readonly waitMs: number,
    readonly refused: SyncError,
  ) {
    super('told to wait');
  }
}

export function greenhouseAccess(
  settings: GreenhouseSettings,
  store: TokenStore,
  clock: Clock,
): GreenhouseAccess {
  const transport = createTransport({
    clock,
    connections: 1,
    connectTimeoutMs: 5_000,
    maxAnswerBytes: 1024 * 1024,
  });
  let cached: LiveToken | null = null;
  let asking: Promise<LiveToken> | null = null;
  let sent = 0;

  async function renew(signal: AbortSignal): Promise<LiveToken> {
    const { clientId, clientSecret, subject, tokenUrl } = settings;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      ...(subject ? { sub: subject } : {}),
    });
    const url = new URL(tokenUrl);
    const what = `Greenhouse: POST ${url.pathname} (token)`;
    sent += 1;
    let answer: HttpAnswer;
    try {
      answer = await transport.exchange({
        method: 'POST',
        url,
        headers: {
          authorization: basicOf(clientId, clientSecret),
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: form.toString(),
        timeoutMs,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof TransportFailure ? broken(what, url, error) : error;
    }
    if (answer.status === 429) {
      throw new Throttled(waitMs(answer.headers, clock.now()) ?? 60_000, refusal('Greenhouse', what, answer));
    }
    // A credential that is wrong is answered with 400, 401 or 403.
    if ([400, 401, 403].includes(answer.status)) {
      const told = refusal('Greenhouse', what, answer);
      throw new SyncError('ATS_ACCESS_REFUSED', told.message, {
        remedy:
          'Check the client id and secret: in Greenhouse, Configure, Dev Center, API Credential Management, a credential of type Harvest v3 (OAuth). `sparkhire-sync ats check` shows whether it works.',
      });
    }
    if (answer.status !== 200 && answer.status !== 201) throw refusal('Greenhouse', what, answer);
    return readToken(answer, what);
  }

  function readToken({ body }: HttpAnswer, what: string): LiveToken {
    let parsed: z.output<typeof answerSchema>;
    try {
      parsed = answerSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
    } catch {
      // Its own words might quote the token.
      throw new SyncError('ATS_ANSWER_UNREADABLE', `${what} was answered without a token.`, {
        remedy: 'Check that `ats.tokenUrl` is where Greenhouse gives tokens.',
      });
    }
    const now = clock.now();
    const { access_token: token, expires_in: seconds, expires_at: at } = parsed;
    const named = Date.parse(at ?? '');
    const expiresAt =
      seconds !== undefined ? now + seconds * 1000 : Number.isNaN(named) ? now + unknownLifeMs : named;
    return { token, expiresAt, issuedAt: now };
  }

  async function ask(refused: string | null, signal: AbortSignal): Promise<LiveToken> {
    for (let tried = 1; ; tried++) {
      try {
        return await store.live(refused, clock.now(), () => renew(signal));
      } catch (error) {
        if (!(error instanceof Throttled)) throw error;
        if (tried > 1 || error.waitMs > longestWaitMs) throw error.refused;
        // Nobody is kept waiting for a lock meanwhile.
        await sleep(clock, error.waitMs, signal);
      }
    }
  }

  return {
    async authorize(refused, signal) {
      const dead = refused?.replace(/^Bearer /, '') ?? null;
      if (cached === null || cached.token === dead || !isFresh(cached, clock.now())) {
        asking ??= ask(dead, signal).finally(() => {
          asking = null;
        });
        cached = await asking;
      }
      return `Bearer ${cached.token}`;
    },
    requests: () => sent,
    close: () => transport.close(),
  };
}
