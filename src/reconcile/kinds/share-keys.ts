/** The rows of share links: one for each reviewer of a request, known by both. */

import { addressInLetters } from '../../text/forms.js';
import type { PushResource } from '../types.js';

/** `R-1/jane@example.com`. An address has no slash, so the last one parts them, whatever the request is called. */
export function shareLinkKey(requestAtsId: string, reviewerEmail: string): string {
  return `${requestAtsId}/${addressInLetters(reviewerEmail)}`;
}

/** @returns the request's ats_id, and the reviewer's folded address: empty for a request that names nobody */
export function partsOfShareLinkKey(key: string): { requestAtsId: string; reviewer: string } {
  const at = key.lastIndexOf('/');
  return at < 0
    ? { requestAtsId: key, reviewer: '' }
    : { requestAtsId: key.slice(0, at), reviewer: key.slice(at + 1) };
}

/** Where the row is: a share link belongs to a request, in whose table its row is. */
export function tableNameOf(resource: PushResource): string {
  return resource === 'share_links' ? 'share_requests' : resource;
}

export function rowKeyOf({ resource, atsId }: { resource: PushResource; atsId: string }): string {
  return resource === 'share_links' ? partsOfShareLinkKey(atsId).requestAtsId : atsId;
}

/** SQL: the request's ats_id of a row's key. */
export function requestOf(column: string): string {
  return `regexp_replace(${column}, '/[^/]*$', '')`;
}

/** SQL: the reviewer's folded address of a row's key. */
export function reviewerOf(column: string): string {
  return `regexp_replace(${column}, '^.*/', '')`;
}

/**
 * SQL: whether the row `a` of its table is that of a key; of a share link, whether it names that reviewer, too: whoever has
 * no address there may be meant.
 */
export function isRowOf(resource: PushResource, key: string): string {
  if (resource !== 'share_links') return `a.ats_id = ${key}`;
  return `a.ats_id = ${requestOf(key)} and case when jsonb_typeof(a.reviewers) = 'array' then exists (
    select from jsonb_array_elements(a.reviewers) r where r ->> 'email' is null
      or sync.likeness(r ->> 'email') = sync.likeness(${reviewerOf(key)})) else true end`;
}
