/**
 * With whose key a write is made. Pure. The person a row names acts, with a key of their own:
 *
 *   nobody is named: the administrator; else
 *
 *   disabled in Spark Hire, or gone: policy `refused`, whatever their key; else
 *
 *   usable       that user
 *   refused      policy `refused`
 *   unreadable   policy `refused`
 *   missing      made first (provision: demand), else policy `missing`
 *   failed       waits (provision: demand), else policy `missing`
 *   own          the administrator: it is their key
 *
 *   not in Spark Hire: policy `absent`
 */

import type { ActingUser, Issue, KeyPolicies, PushResource } from '../types.js';
import { type KeyRemedy, keyRemedy, remedyText } from './key-remedy.js';

export type WhoActs =
  | { kind: 'administrator' }
  /** `provision`: a key has to be made for them first. */
  | { kind: 'user'; uuid: string; provision: boolean }
  /** `remedy`: what ends it. */
  | { kind: 'wait'; message: string; remedy: KeyRemedy };

const administrator: WhoActs = { kind: 'administrator' };

export function whoActs(user: ActingUser | null, policies: KeyPolicies): WhoActs {
  if (user === null || user.key === 'own') return administrator;
  const { key, uuid } = user;
  const wait = (message: string): WhoActs => ({
    kind: 'wait',
    message,
    remedy: keyRemedy(user, policies),
  });
  if (isDisabled(user)) return notUsed(user, policies);
  if (uuid === null) return policies.absent === 'hold' ? wait(unlinked(user)) : administrator;
  if (key === 'missing' || key === 'unavailable' || key === 'failed') {
    const isForeseen = policies.foresees === true && user.noneMade === true;
    if (policies.provision === 'demand' && !isForeseen) {
      if (key === 'missing') return { kind: 'user', uuid, provision: true };
      // Nobody acts in their place because of an hour of trouble.
      if (key === 'failed') return wait(notMade(user, user.failure ?? ''));
    }
    return policies.missing === 'hold' ? wait(without(user, policies)) : administrator;
  }
  return key === 'usable' ? { kind: 'user', uuid, provision: false } : notUsed(user, policies);
}

/** Or gone: not one who may act. */
export function isDisabled(user: ActingUser | null): boolean {
  return user !== null && user.state !== 'active';
}

function notUsed(user: ActingUser, policies: KeyPolicies): WhoActs {
  if (policies.refused !== 'hold') return administrator;
  return { kind: 'wait', message: refused(user, policies), remedy: keyRemedy(user, policies) };
}

/** The issue of a row that waits for the key of who is to act. */
export function waitsForKey(resource: PushResource, message: string): Issue {
  return { code: 'UNKNOWN_REFERENCE', field: actingColumn[resource], message };
}

/** Columns that name who acts; everything else is made by the administrator. */
export const actingColumn: Record<PushResource, string | null> = {
  users: null,
  jobs: 'owner_ats_id',
  interviews: 'requested_by_ats_id',
  share_links: null,
};

function unlinked({ atsId, label }: ActingUser): string {
  return `${label} is to act here, and row ${atsId} of ats.users is not linked to a user of Spark Hire (yet): waits for that row.`;
}

function without(user: ActingUser, policies: KeyPolicies): string {
  const remedy = keyRemedy(user, policies);
  const { label } = user;
  const why =
    remedy === 'set'
      ? ', and Spark Hire makes none (no custom integration, or no administrator)'
      : remedy === 'encryption_key' || remedy === 'former_encryption_key'
        ? ', and none can be without an encryption key'
        : '';
  return `No API key of ${label}, who acts here, is stored${why}: ${remedyText(remedy, label, policies)}`;
}

/** The end of what is said where nobody has to do anything. */
export const triedAgain = 'It is tried again.';

/** @param why it could not be made */
export function notMade({ label }: Pick<ActingUser, 'label'>, why: string): string {
  return `No API key of ${label} is stored, and none could be made just now: ${why}. ${triedAgain}`;
}

function refused(user: ActingUser, policies: KeyPolicies): string {
  const { label, state, key } = user;
  const instead = remedyText(keyRemedy(user, policies), label, policies);
  if (state === 'gone') return `${label} is not there any more in Spark Hire: ${instead}`;
  if (state === 'inactive') return `${label} is disabled in Spark Hire, so their key is not used: ${instead}`;
  if (key === 'unreadable')
    return `The stored API key of ${label} cannot be read with the encryption keys of the settings: ${instead}`;
  return `Spark Hire does not accept the API key of ${label} any more. A new one is needed: ${instead}`;
}
