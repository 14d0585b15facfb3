/** The people in whose name rows are written; what ends the waiting for their keys: the one rule for rows, `plan` and `doctor`. Pure. */

import type { KeyPolicies } from '../policies.js';

/** Who is to act for a row, and what is known of their API key. */
export interface ActingUser {
  atsId: string;
  /** null as long as the user is not in Spark Hire; `willBeMade` in a plan that makes them first. */
  uuid: string | null;
  /** E-mail address, or what is known instead. */
  label: string;
  state: 'active' | 'inactive' | 'gone';
  /**
   * `unavailable`: none is stored, and Spark Hire made none lately. `failed`: the same, where it failed to say so: it is
   * asked again. `own`: none can be used but the account's own, which is this user's.
   */
  key: 'usable' | 'refused' | 'unreadable' | 'missing' | 'unavailable' | 'failed' | 'own';
  /** Whether Spark Hire makes keys for nobody of this account, as far as it was asked. */
  noneMade?: boolean;
  /** Whether keys of this account are stored that cannot be read. */
  keysUnreadable?: boolean;
  /** Why, where that failed. */
  failure?: string;
}

export type KeyRemedy =
  /** The user is disabled. */
  | 'enable'
  /** The user is gone. */
  | 'name_another'
  /** No encryption key is set, and none ever was. */
  | 'encryption_key'
  /** The settings lack the encryption key of what is stored. */
  | 'former_encryption_key'
  /** Spark Hire makes none, or the one that is stored is refused: somebody gives one. */
  | 'set'
  /** Spark Hire makes one by a command. */
  | 'provision'
  /** Spark Hire failed to make one, and is asked again by itself. */
  | 'again';

export function keyRemedy(
  { state, key, noneMade, keysUnreadable }: ActingUser,
  { provision }: Pick<KeyPolicies, 'provision'>,
): KeyRemedy {
  if (state !== 'active') return state === 'gone' ? 'name_another' : 'enable';
  if (key === 'unreadable') return 'former_encryption_key';
  if (provision === 'never') return keysUnreadable === true ? 'former_encryption_key' : 'encryption_key';
  if (key === 'refused' || key === 'unavailable' || noneMade === true) return 'set';
  return key === 'failed' && provision === 'demand' ? 'again' : 'provision';
}

/** Whether a key ends it, and not the user. */
export function isOfKey(remedy: KeyRemedy): boolean {
  return remedy !== 'enable' && remedy !== 'name_another';
}

/** To follow a colon. @param whom e-mail address, or EMAIL */
export function remedyText(
  remedy: KeyRemedy,
  whom: string,
  { provision }: Pick<KeyPolicies, 'provision'>,
): string {
  switch (remedy) {
    case 'enable':
      return 'enable the user there, or name somebody else.';
    case 'name_another':
      return 'name somebody else.';
    case 'encryption_key':
      return 'set SYNC_ENCRYPTION_KEY (`openssl rand -base64 32` makes one), for the service and for the commands.';
    case 'former_encryption_key':
      return provision === 'never'
        ? 'set SYNC_ENCRYPTION_KEY to the one that the stored keys were encrypted with, for the service and for the commands.'
        : `add the one it was stored with to SYNC_ENCRYPTION_KEY_PREVIOUS; if that one is lost, store the key again with \`sparkhire-sync keys set ${whom}\`.`;
    case 'set':
      return `give it with \`sparkhire-sync keys set ${whom}\`.`;
    case 'again':
      return `it is tried again; \`sparkhire-sync keys provision ${whom}\` asks at once.`;
    case 'provision':
      return `have Spark Hire make it with \`sparkhire-sync keys provision ${whom}\`.`;
  }
}
