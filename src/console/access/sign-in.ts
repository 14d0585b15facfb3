/** Signing in: a token opens a session, and wrong ones are slowed. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { senderOf } from '../../trusted-proxies.js';
import type { ConsoleContext } from '../context.js';
import { loginBody } from '../openapi.js';
import { refuse } from '../routes.js';
import { createGuesses } from './guesses.js';
import { cookieIn, type Role, rememberedMs, type Sessions, setCookie, type Tokens } from './sessions.js';

export type SignInOutcome = 'right' | 'wrong' | 'slowed';

export interface SignInOptions {
  context: ConsoleContext;
  tokens: Tokens;
  onSignIn?: (outcome: SignInOutcome) => void;
}

export function addSignIn(
  app: FastifyInstance,
  sessions: Sessions,
  { context, tokens, onSignIn }: SignInOptions,
): void {
  const { clock, log, settings } = context;
  const guesses = createGuesses();
  const addressOf = senderOf(settings.http.trustedProxies);

  /**
   * Behind a proxy that is not trusted all have one address, and a stranger who guesses would keep everybody out. So who has been
   * in by this very token in this browser does not wait for others. Their own wrong ones are counted like those of an address.
   */
  function wasIn({ headers }: FastifyRequest, role: Role | null): boolean {
    const before = sessions.issued(cookieIn(headers.cookie) ?? '');
    const now = clock.now();
    if (before === null || before.until + rememberedMs < now || guesses.waitMs(before.id, now) > 0)
      return false;
    if (before.role === role) return true;
    guesses.wrong(before.id, now);
    return false;
  }

  app.post('/api/login', (request: FastifyRequest, reply: FastifyReply) => {
    const [address, now] = [addressOf(request.raw), clock.now()];
    const body = loginBody.safeParse(request.body);
    const role = body.success ? sessions.roleOf(body.data.token) : null;
    const wait = guesses.waitMs(address, now);
    if (wait > 0 && !wasIn(request, role)) {
      onSignIn?.('slowed');
      const seconds = Math.ceil(wait / 1000);
      return refuse(reply.header('retry-after', String(seconds)), {
        code: 'TOO_MANY_GUESSES',
        message: `Too many wrong tokens came from your address. Try again in ${seconds} s.`,
        remedy: 'If they are not yours and a proxy is in front, name it in SYNC_TRUSTED_PROXIES.',
      });
    }
    if (role === null) {
      const wrong = guesses.wrong(address, now);
      onSignIn?.('wrong');
      log.warn(
        { event: 'sign_in_refused', address, wrong },
        `a wrong token was given to the console, from ${address}${mayBeProxy(request, address) ? ', which may be a proxy: SYNC_TRUSTED_PROXIES names those that are believed' : ''}`,
      );
      return refuse(reply, {
        code: 'SIGN_IN',
        message: 'This token opens nothing here.',
        remedy: 'It is the value of SYNC_ADMIN_TOKEN, or of SYNC_VIEWER_TOKEN to look only.',
      });
    }
    // Who only looks does not make up for guesses at the administrator's token, nor does who was let in while others guess.
    if (wait === 0 && (role === 'admin' || tokens.admin === undefined)) guesses.right(address);
    onSignIn?.('right');
    log.info(
      { event: 'signed_in', address, role },
      `somebody signed in to the console (${role}), from ${address}`,
    );
    reply.header('set-cookie', setCookie(sessions.issue(role, now), isSecure(request)));
    return reply.code(204).send();
  });
}

/** It says that it passes something on, and was not believed. */
const mayBeProxy = ({ headers, socket }: FastifyRequest, address: string) =>
  headers['x-forwarded-for'] !== undefined && socket.remoteAddress?.endsWith(address) === true;

/** Whether the browser speaks TLS, to this process or to what is in front of it. Who pretends so only loses their own cookie. */
export function isSecure({ headers, socket }: FastifyRequest): boolean {
  const forwarded = [headers['x-forwarded-proto'] ?? []].flat()[0]?.split(',')[0]?.trim();
  return forwarded === 'https' || 'encrypted' in socket;
}
