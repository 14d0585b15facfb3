/** The resources that rows are about, each with its rules: a file each. */
import type { Desired, Json, PushResource } from '../types.js';
import { interviews } from './interviews.js';
import { jobs } from './jobs.js';
import type { Rules } from './rules.js';
import { shareLinks } from './share-links.js';
import { users } from './users.js';

export const kinds = { users, jobs, interviews, share_links: shareLinks } as unknown as Readonly<
  Record<PushResource, Rules>
>;

/** What makes an object the one a row means: the ATS value (`ats`) of every conflict that is not of one field. */
export function identityOf(values: Desired): Json {
  return kinds[values.resource].identity(values);
}
