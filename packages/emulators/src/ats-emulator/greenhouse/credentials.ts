import { Refusal } from './api-error.js';
import type { GreenhouseSwitches } from './switch-table.js';
import type { World } from './world/world.js';

/** What the emulator is opened with unless others are given. They open nothing else. */
export const defaultClientId = 'emulated-client-id';
export const defaultClientSecret = 'emulated-client-secret';

/** Everything the emulator has an endpoint for. */
export const allScopes = [
  'application_stages:list',
  'applications:list',
  'applications:move',
  'applications:update',
  'candidates:list',
  'custom_field_options:list',
  'custom_fields:list',
  'departments:list',
  'job_hiring_managers:list',
  'job_interview_stages:list',
  'job_owners:list',
  'job_posts:list',
  'jobs:list',
  'notes:create',
  'notes:list',
  'offices:list',
  'rejection_details:list',
  'rejection_reasons:list',
  'sources:list',
  'users:list',
].map((scope) => `harvest:${scope}`);

export interface Credential {
  readonly clientId: string;
  secret: string;
  readonly scopes: Set<string>;
  /** The user that tokens without a subject act as. */
  readonly serviceUserId: number;
  /** Whether private candidates are shown to it. */
  seesPrivate: boolean;
}

export interface Token {
  readonly text: string;
  readonly credential: Credential;
  readonly userId: number;
  readonly subject: string | null;
  /** On the emulator's clock. */
  readonly expiresAt: number;
}

/** Who may ask, and the tokens they ask with. */
export class Credentials {
  readonly all = new Map<string, Credential>();
  tokenSeconds: number;
  readonly #world: World;
  readonly #switches: GreenhouseSwitches;
  readonly #tokens = new Map<string, Token>();
  #issued = 0;
  readonly #seed: number;

  constructor(world: World, switches: GreenhouseSwitches, seed: number, tokenSeconds: number) {
    this.#world = world;
    this.#switches = switches;
    this.#seed = seed;
    this.tokenSeconds = tokenSeconds;
  }

  /** @param subject the user to act as; null: the credential's own
   *  @throws Refusal as the token endpoint answers */
  issue(clientId: string, secret: string, subject: string | null): Token {
    const credential = this.all.get(clientId);
    if (!credential || credential.secret !== secret) throw new Refusal(401, 'invalid_client');
    let userId = credential.serviceUserId;
    if (subject !== null) {
      const user = /^\d+$/.test(subject) ? this.#world.tables.users.get(Number(subject)) : undefined;
      if (!user || user.deactivated) throw new Refusal(400, 'invalid_grant');
      userId = user.id;
    }
    for (const [text, token] of this.#tokens) {
      if (token.credential !== credential || this.#switches.tokenLives === 'many') continue;
      if (this.#switches.tokenLives === 'one' || token.subject === subject) this.#tokens.delete(text);
    }
    const expiresAt = this.#world.clock.now() + this.tokenSeconds * 1000;
    const claims = { sub: String(userId), iss: 'emulator', jti: `${this.#seed}-${++this.#issued}` };
    const text = [{ alg: 'none', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .concat('emulated')
      .join('.');
    const token = { text, credential, userId, subject, expiresAt };
    this.#tokens.set(text, token);
    return token;
  }

  /** Whose token this is, even if it has ended by time. */
  known(text: string | undefined): Token | undefined {
    return text === undefined ? undefined : this.#tokens.get(text);
  }

  /** @throws Refusal 401 */
  valid(text: string | undefined): Token {
    const token = this.known(text);
    if (!token || token.expiresAt <= this.#world.clock.now()) throw new Refusal(401, 'Unauthorized');
    const user = this.#world.tables.users.get(token.userId);
    if (!user || user.deactivated) throw new Refusal(401, 'Unauthorized');
    return token;
  }

  /** The tokens of the credential end at once. */
  revoke(credential: Credential): void {
    for (const [text, token] of this.#tokens) if (token.credential === credential) this.#tokens.delete(text);
  }

  /** What the token endpoint answers. */
  answer(token: Token): Record<string, unknown> {
    const reading = this.#switches.tokenExpiry;
    const iso = new Date(token.expiresAt).toISOString();
    return {
      access_token: token.text,
      token_type: 'Bearer',
      ...(reading === 'expires_in' ? {} : { expires_at: iso }),
      ...(reading === 'expires_at-offset' ? { expires_at: iso.replace('Z', '+0000') } : {}),
      ...(reading === 'expires_in' || reading === 'both'
        ? { expires_in: Math.floor((token.expiresAt - this.#world.clock.now()) / 1000) }
        : {}),
    };
  }
}
