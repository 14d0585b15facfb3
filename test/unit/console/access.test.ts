/** Sessions, guesses, and whose pages may ask. */
import { describe, expect, it } from 'vitest';
import { createGuesses } from '../../../src/console/access/guesses.js';
import { cookieIn, createSessions, sessionMs, setCookie } from '../../../src/console/access/sessions.js';
import { assertTokens, openlyReachable } from '../../../src/console/index.js';
import { isForeign } from '../../../src/console/routes.js';

const tokens = { admin: 'admin-token-0123', viewer: 'viewer-token-012' };
const now = 1_900_000_000_000;

describe('a session', () => {
  const sessions = createSessions(tokens);

  it('is of the role that its token opens, in every process that has the token', () => {
    expect(sessions.roleOf('admin-token-0123')).toBe('admin');
    expect(sessions.roleOf('viewer-token-012')).toBe('viewer');
    for (const wrong of ['', 'admin-token-012', 'admin-token-01234', 'ADMIN-TOKEN-0123'])
      expect(sessions.roleOf(wrong)).toBeNull();
    const cookie = sessions.issue('viewer', now);
    expect(createSessions(tokens).read(cookie, now)).toEqual({ role: 'viewer', until: now + sessionMs });
  });

  it('ends after a day of work, and with its token', () => {
    const cookie = sessions.issue('admin', now);
    expect(sessions.read(cookie, now + sessionMs - 1)).not.toBeNull();
    expect(sessions.read(cookie, now + sessionMs)).toBeNull();
    expect(createSessions({ ...tokens, admin: 'another-token-01' }).read(cookie, now)).toBeNull();
    expect(createSessions({ viewer: tokens.viewer }).read(cookie, now)).toBeNull();
    expect(createSessions({ ...tokens, viewer: 'another-token-01' }).read(cookie, now)).not.toBeNull();
  });

  it('that is over still tells who was let in', () => {
    const cookie = sessions.issue('admin', now);
    expect(sessions.read(cookie, now + 2 * sessionMs)).toBeNull();
    expect(sessions.issued(cookie)).toMatchObject({ role: 'admin', until: now + sessionMs });
    expect(sessions.issued(cookie)!.id).not.toBe(sessions.issued(sessions.issue('admin', now))!.id);
  });

  it('cannot be made of another one', () => {
    const cookie = sessions.issue('viewer', now);
    const [role, until, salt, mac] = cookie.split('.');
    const forged = [
      `admin.${until}.${salt}.${mac}`,
      `${role}.${Number(until) + 1}.${salt}.${mac}`,
      `${role}.${until}.${salt}`,
      `${role}.${until}.${salt}.`,
      `${role}.Infinity.${salt}.${mac}`,
      'admin',
      '.',
      '',
    ];
    expect(forged.filter((one) => sessions.read(one, now) !== null)).toEqual([]);
    expect(forged.filter((one) => sessions.issued(one) !== null)).toEqual([]);
  });

  it('is a cookie that no script reads and no other site sends', () => {
    expect(setCookie('a.b', false)).toBe(
      'sparkhire_sync_session=a.b; Path=/; Max-Age=7819200; HttpOnly; SameSite=Strict',
    );
    expect(setCookie('', true)).toBe(
      'sparkhire_sync_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure',
    );
    expect(cookieIn('other=1; sparkhire_sync_session=a.b.c=; x')).toBe('a.b.c=');
    expect([cookieIn(undefined), cookieIn(''), cookieIn('x=y')]).toEqual([null, null, null]);
  });
});

describe('wrong tokens', () => {
  it('cost nothing at first, then more each time, and are forgotten', () => {
    const guesses = createGuesses();
    const waits = Array.from({ length: 12 }, () => {
      guesses.wrong('10.0.0.1', now);
      return guesses.waitMs('10.0.0.1', now);
    });
    expect(waits).toEqual([0, 0, 0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(guesses.waitMs('10.0.0.1', now + 59_999)).toBe(1);
    expect(guesses.waitMs('10.0.0.1', now + 15 * 60_000)).toBe(0);
    expect(guesses.waitMs('10.0.0.2', now)).toBe(0);
    guesses.right('10.0.0.1');
    expect(guesses.waitMs('10.0.0.1', now)).toBe(0);
  });

  it('from addresses of one network of IPv6 count together', () => {
    const guesses = createGuesses();
    for (let n = 1; n <= 5; n += 1) guesses.wrong(`2001:db8:1:2::${n}`, now);
    expect(guesses.waitMs('2001:db8:1:2:a:b:c:d', now)).toBe(1000);
    expect(guesses.waitMs('2001:db8:1:3::1', now)).toBe(0);
    expect(guesses.waitMs('::1', now)).toBe(0);
  });
});

it('a request of another site is known by what the browser tells of it', () => {
  const from = (headers: Record<string, string>) =>
    isForeign({ headers: { host: 'sync.example', ...headers } });
  expect(from({})).toBe(false);
  expect(from({ origin: 'https://sync.example', 'sec-fetch-site': 'same-origin' })).toBe(false);
  expect(from({ origin: 'https://evil.example' })).toBe(true);
  expect(from({ origin: 'null' })).toBe(true);
  expect(from({ 'sec-fetch-site': 'cross-site' })).toBe(true);
  expect(from({ 'sec-fetch-site': 'same-site' })).toBe(true);
});

it('a console that others reach without TLS is warned of', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1', '127.0.1.1'])
    expect(openlyReachable(host, null)).toBeNull();
  expect(openlyReachable('0.0.0.0', 'https://sync.example')).toBeNull();
  expect(openlyReachable('0.0.0.0', null)).toContain('TLS');
  expect(openlyReachable('10.1.2.3', 'http://sync.example')).toContain('TLS');
});

it('one token for both would let nobody only look: it is refused', () => {
  expect(() => assertTokens({ admin: 'same-token-012345', viewer: 'same-token-012345' })).toThrow(
    'SYNC_VIEWER_TOKEN',
  );
  expect(() => assertTokens(tokens)).not.toThrow();
  expect(() => assertTokens({})).not.toThrow();
});
