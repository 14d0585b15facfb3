/** What deliveries prove themselves with. Only hashes of it are kept. */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(scrypt) as (
  password: string | Buffer,
  salt: Buffer,
  length: number,
) => Promise<Buffer>;

/** What the receiver compares: in constant time, whatever the lengths were. */
export function digest(credentials: string | Buffer): Buffer {
  return createHash('sha256').update(credentials).digest();
}

export function sameDigest(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other);
}

/** The credentials in an Authorization header; null if it has none of the Basic kind. */
export function presentedCredentials(authorization: string | undefined): Buffer | null {
  const encoded = /^basic +([a-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
  return encoded === undefined ? null : Buffer.from(encoded, 'base64');
}

export interface Credentials {
  /** `user:password`: a secret, known here until Spark Hire has it. */
  httpAuth: string;
  /** What is kept of it. */
  hash: string;
}

/** Random ones: nobody can guess them from their hash, so a fast one will do. */
export function randomCredentials(): Credentials {
  const httpAuth = `sparkhire-sync:${randomBytes(32).toString('base64url')}`;
  return { httpAuth, hash: `sha256:${digest(httpAuth).toString('hex')}` };
}

/** Those of the settings: a person may have chosen them, so their hash is slow and salted. */
export async function chosenCredentials(httpAuth: string): Promise<Credentials> {
  const salt = randomBytes(16);
  const hash = await derive(httpAuth, salt, 32);
  return { httpAuth, hash: `scrypt:${salt.toString('hex')}:${hash.toString('hex')}` };
}

/** Whether a webhook with this hash has the credentials it should have now: those of the settings, or random ones. */
export async function isCurrent(hash: string, chosen: string | undefined): Promise<boolean> {
  return chosen === undefined ? keptDigest(hash) !== null : isChosen(hash, chosen);
}

/** Whether these are the chosen credentials that a kept hash stands for. Slow. */
export async function isChosen(hash: string, credentials: string | Buffer): Promise<boolean> {
  const [kind, salt, derived] = hash.split(':');
  if (kind !== 'scrypt' || salt === undefined || derived === undefined) return false;
  const wanted = Buffer.from(derived, 'hex');
  const given = await derive(credentials, Buffer.from(salt, 'hex'), 32);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** The digest that a kept hash holds; null if it holds another kind. */
export function keptDigest(hash: string): Buffer | null {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(hash)?.[1];
  return hex === undefined ? null : Buffer.from(hex, 'hex');
}
