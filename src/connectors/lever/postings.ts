/** Postings, which are the jobs, and users. Pure. */
import { z } from 'zod';
import type { Job, User } from '../connector.js';
import { textOrNull } from '../decoded.js';
import { type Place, placeOf } from '../place.js';
import { id, idOrNull } from './client.js';

export const postingSchema = z.object({
  id,
  text: z.string(),
  state: z.string(),
  owner: idOrNull,
  confidentiality: textOrNull,
  categories: z.object({ location: textOrNull }).nullish(),
  content: z.object({ description: textOrNull, descriptionHtml: textOrNull }).nullish(),
  country: textOrNull,
  updatedAt: z.number().nullish(),
});
export type Posting = z.output<typeof postingSchema>;

export const userSchema = z.object({
  id,
  name: textOrNull,
  email: textOrNull,
  deactivatedAt: z.number().nullish(),
});

/** What is neither open nor over waits, as a draft does. */
const states: Readonly<Record<string, Job['status']>> = {
  published: 'open',
  internal: 'open',
  closed: 'closed',
  rejected: 'closed',
};

export function jobOf(row: Posting): Job {
  return {
    id: row.id,
    title: row.text,
    description: row.content?.descriptionHtml ?? row.content?.description ?? row.text,
    status: states[row.state] ?? 'draft',
    isConfidential: row.confidentiality !== null && row.confidentiality !== 'non-confidential',
    ...placeIn(row.categories?.location ?? null, row.country),
    ownerId: row.owner,
  };
}

const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** "City, Region" of a country that stands beside it: what comes last in the text is no country then. */
export function placeIn(location: string | null, country: string | null): Place {
  const named = /\bremote\b/i.test(location ?? '') ? null : location;
  if (named === null || country === null) return placeOf(named);
  const parts = named.split(',').flatMap((part) => part.trim() || []);
  const isSaid =
    parts.length > 1 && [country, countryNamed(country)].some((one) => isSame(one, parts.at(-1)!));
  const [city = null, region = null, ...more] = isSaid ? parts.slice(0, -1) : parts;
  // A third part is the country once more.
  if (more.length > 1) return { city: null, region: null, country: null };
  return { city, region, country: more[0] ?? countryNamed(country) };
}

const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** Spark Hire's own examples write countries in full. */
function countryNamed(country: string): string {
  return /^[A-Z]{2}$/.test(country) ? (regions.of(country) ?? country) : country;
}

export function userOf({ deactivatedAt, ...user }: z.output<typeof userSchema>): User {
  return { ...user, isActive: deactivatedAt == null };
}
