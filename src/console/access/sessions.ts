/**
 * Who is signed in. A session is a signed cookie and nothing else: every process behind a balancer, and the one after a restart,
 * can tell whether it holds. Its key comes from the token, so another token ends all sessions of the one before.
 */
import { createHash, createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

export type Role = 'admin' | 'viewer';

export interface Tokens {
  admin?: string | undefined;
  viewer?: string | undefined;
}

export interface Session {
  role: Role;
  /** Milliseconds since the epoch. */
  until: number;
}

export interface Sessions {
  /** The role that the token opens; null for one that opens none. */
  roleOf(token: string): Role | null;
  /** The value of a new cookie. */
  issue(role: Role, now: number): string;
  /** The session of a cookie's value; null if it was not issued with these tokens, or is over. */
  read(cookie: string, now: number): Session | null;
  /** The same, whether it is over or not, and what tells it from others. */
  issued(cookie: string): (Session & { id: string }) | null;
}

export const cookieName = 'sparkhire_sync_session';
/** A day's work. */
export const sessionMs = 12 * 3_600_000;
/** So long after its session a cookie still tells that its browser was let in. */
export const rememberedMs = 90 * 86_400_000;

export function createSessions(tokens: Tokens): Sessions {
  const given = (['admin', 'viewer'] as const).flatMap((role) => {
    const token = tokens[role];
    return token === undefined ? [] : [{ role, digest: digest(token), key: keyOf(role, token) }];
  });
  const sign = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest('base64url');
  const issued: Sessions['issued'] = (cookie) => {
    const end = cookie.lastIndexOf('.');
    const text = cookie.slice(0, end);
    const [role, until] = text.split('.');
    const one = given.find((known) => known.role === role);
    if (end < 0 || one === undefined) return null;
    const [told, right] = [cookie.slice(end + 1), sign(one.key, text)].map((mac) => digest(mac));
    return timingSafeEqual(told!, right!) ? { role: one.role, until: Number(until), id: text } : null;
  };
  return {
    roleOf(token) {
      const asked = digest(token);
      // Each is compared, whatever the others say.
      const right = given.filter(({ digest: known }) => timingSafeEqual(known, asked));
      return right[0]?.role ?? null;
    },
    issue(role, now) {
      const { key } = given.find((one) => one.role === role)!;
      const text = `${role}.${now + sessionMs}.${randomBytes(9).toString('base64url')}`;
      return `${text}.${sign(key, text)}`;
    },
    read(cookie, now) {
      const session = issued(cookie);
      return session !== null && session.until > now ? { role: session.role, until: session.until } : null;
    },
    issued,
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Slow on purpose: whoever has a cookie should not find the token by trying. The salt is the same everywhere, so that sessions are. */
function keyOf(role: Role, token: string): Buffer {
  return scryptSync(token, `sparkhire-sync session ${role}`, 32);
}

/** @param header of a request; the value of the session's cookie in it */
export function cookieIn(header: string | undefined): string | null {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === cookieName) return part.slice(at + 1).trim();
  }
  return null;
}

/** @param value '' ends it */
export function setCookie(value: string, isSecure: boolean): string {
  const age = value === '' ? 0 : (sessionMs + rememberedMs) / 1000;
  return `${cookieName}=${value}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}
