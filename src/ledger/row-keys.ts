/** Where the row of an intent is: a share link belongs to a request, in whose table its row is. */
import { partsOfShareLinkKey } from '../reconcile/kinds/share-keys.js';
import type { PushResource } from '../reconcile/types.js';

export function tableOf(resource: PushResource): string {
  return resource === 'share_links' ? 'share_requests' : resource;
}

export function rowKeyOf({ resource, atsId }: { resource: PushResource; atsId: string }): string {
  return resource === 'share_links' ? partsOfShareLinkKey(atsId).requestAtsId : atsId;
}
