/** The people in whose name rows are written. */

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
