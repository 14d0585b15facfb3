/**
 * Acting with the users' own keys. Who acts is decided by the rules of `reconcile/acting/acting.ts` on what is stored at that
 * moment; what a key meets (used, refused) is kept with it. All clients share the account's limiter.
 */
import type { AccountSession } from '../account-session.js';
import { readMe } from '../backfill/facts.js';
import { concernsOne } from '../backfill/failures.js';
import { type ListedResource, listedResource } from '../backfill/resources.js';
import { readSingle, storeSingles } from '../backfill/singles.js';
import type { Clock } from '../clock.js';
import { query } from '../db/database.js';
import { readActors } from '../desired/read/actors.js';
import { type EncryptionKeys, type Sealed, unseal } from '../encryption.js';
import { messageOf, SyncError } from '../errors.js';
import { readUsers, unknownUser } from '../keys/prove.js';
import { provisionKey } from '../keys/provision.js';
import {
  foldedEmail,
  markRefused,
  markUsed,
  noteUnavailable,
  readKey,
  type UserState,
} from '../keys/store.js';
import { inMirrorTransaction } from '../mirror/store.js';
import { notMade, type WhoActs, waitsForKey, whoActs } from '../reconcile/acting/acting.js';
import type { KeyRemedy } from '../reconcile/acting/key-remedy.js';
import type {
  ActingUser,
  Issue,
  KeyPolicies,
  Policies,
  PushResource,
  RowContext,
} from '../reconcile/types.js';
import { ApiError, type Client, type Me, type User } from '../sparkhire/client.js';

/** With whose key a write is made. */
export type Acting =
  | { kind: 'administrator' }
  | { kind: 'user'; user: ActingWithKey }
  /** Nobody may act for the row now: it waits. */
  | { kind: 'held'; issue: Issue; remedy: KeyRemedy };

export interface ActingWithKey {
  uuid: string;
  /** For people. */
  label: string;
  client: Client;
  /** Spark Hire accepted the key. */
  used(): Promise<void>;
  /**
   * Spark Hire did not (401). @returns who acts instead; null if the account's own key is refused as well: that says
   * nothing about this one
   */
  refused(): Promise<Exclude<Acting, { kind: 'user' }> | null>;
}

/** Whose key it is looked with. */
export interface Looker {
  client: Client;
  /** The uuid of a user; null for the account's own key. */
  user: string | null;
}

export interface UserKeys {
  /** Encryption keys that can be read with. */
  readonly keyIds: readonly string[];
  /** Who writes for this row now. */
  acting(context: Pick<RowContext, 'resource' | 'actor'>): Promise<Acting>;
  /** Those of these users whose keys can be used. */
  lookersOf(users: readonly string[]): Promise<Looker[]>;
}

/** What a push goes by. */
export interface PushBasis {
  session: AccountSession;
  policies: Policies;
  clock: Clock;
  /** The administrator acts unless given. */
  keys?: UserKeys | undefined;
}

/** What Spark Hire may say when asked for the key of one user; anything else says nothing about that user. */
const concernsUser: ReadonlySet<string> = new Set([
  'FORBIDDEN',
  'NOT_FOUND',
  'PAYMENT_REQUIRED',
  'REQUEST_REFUSED',
  'METHOD_NOT_ALLOWED',
]);

/** So many keys in a row that Spark Hire failed to make are no accident: no more are asked for in this piece of work. */
const mostFailed = 3;

/** For one piece of work. */
export function userKeys(
  session: AccountSession,
  encryption: EncryptionKeys,
  policies: KeyPolicies,
): UserKeys {
  const { db, log } = session;
  const account = session.account.name;
  const keyIds = [...encryption.byId.keys()];
  const clients = new Map<string, { cipher: Buffer; client: Client }>();
  let users: ReadonlyMap<string, User> | null = null;
  let me: Me | null = null;
  /** Keys in a row that Spark Hire failed to make. */
  let failedInARow = 0;
  /** Spark Hire makes no keys for this account at all. */
  let makesNone = false;
  /** What is asked once, however many rows of a user are under way. */
  const asked = new Map<string, Promise<unknown>>();

  function once<T>(what: string, ask: () => Promise<T>): Promise<T> {
    const known = asked.get(what) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const asking = ask().finally(() => asked.delete(what));
    asked.set(what, asking);
    return asking;
  }

  /** `own` is what the account is worked with now: the settings may name the key of another user by now. */
  async function actorNow(atsId: string): Promise<ActingUser> {
    const now = await readActor(atsId);
    if (now.key !== 'own') return now;
    me ??= await once('me', () => readMe(session));
    return me.uuid === null || me.uuid === now.uuid ? now : { ...now, key: 'missing' };
  }

  async function readActor(atsId: string): Promise<ActingUser> {
    const actors = await readActors(
      { query: <Row>(sql: string, values?: readonly unknown[]) => query<Row>(db, sql, [...(values ?? [])]) },
      account,
      [atsId],
      keyIds,
    );
    return actors.get(atsId)!;
  }

  async function acting({ resource, actor }: Pick<RowContext, 'resource' | 'actor'>): Promise<Acting> {
    if (actor === null) return { kind: 'administrator' };
    let now = await actorNow(actor.atsId);
    let who = whoActs(now, policies);
    if (who.kind === 'user' && who.provision) {
      const { uuid } = who;
      if (failedInARow >= mostFailed) {
        const why = notMade(now, 'Spark Hire failed for several others, so it was not asked');
        return { kind: 'held', issue: waitsForKey(resource, why), remedy: 'again' };
      }
      const { label } = now;
      await once(`provision ${uuid}`, async () => {
        // Who read before it was made may come here after that.
        const fresh = whoActs(await actorNow(actor.atsId), policies);
        if (fresh.kind === 'user' && fresh.provision) await provision(uuid, label);
      });
      now = await actorNow(actor.atsId);
      who = whoActs(now, policies);
      if (who.kind === 'user' && who.provision) who = whoActs(now, { ...policies, provision: 'command' });
    }
    if (who.kind === 'wait') return held(resource, who);
    if (who.kind === 'administrator') return who;
    const sealed = await readKey(db, account, who.uuid);
    const client = sealed === null ? null : clientOf(who.uuid, sealed);
    // It was taken away in this very moment, or is damaged.
    if (client === null)
      return notUsable(resource, { ...now, key: sealed === null ? 'missing' : 'unreadable' });
    return { kind: 'user', user: withKey(resource, now, who.uuid, sealed!, client) };
  }

  function held(
    resource: PushResource,
    { message, remedy }: Extract<WhoActs, { kind: 'wait' }>,
  ): Acting & { kind: 'held' } {
    return { kind: 'held', issue: waitsForKey(resource, message), remedy };
  }

  function notUsable(resource: PushResource, actor: ActingUser): Exclude<Acting, { kind: 'user' }> {
    const who = whoActs(actor, { ...policies, provision: 'command' });
    if (who.kind === 'wait') return held(resource, who);
    return { kind: 'administrator' };
  }

  function withKey(
    resource: PushResource,
    actor: ActingUser,
    uuid: string,
    sealed: Sealed,
    client: Client,
  ): ActingWithKey {
    return {
      uuid,
      label: actor.label,
      client,
      used: () => markUsed(db, account, uuid, sealed).catch(() => {}),
      async refused() {
        const state = await once(`refused ${uuid}`, () => noteRefused(uuid, actor.label, sealed));
        if (state === 'unclear') return null;
        // Their own key may be the account's own, which was not refused.
        const { key } = await actorNow(actor.atsId);
        return notUsable(resource, {
          ...actor,
          key: key === 'own' ? key : 'refused',
          state: state ?? actor.state,
        });
      },
    };
  }

  function clientOf(uuid: string, sealed: Sealed): Client | null {
    const known = clients.get(uuid);
    if (known?.cipher.equals(sealed.cipher)) return known.client;
    try {
      const key = unseal(encryption, sealed, { account, user: { uuid } });
      const client = session.client.withKey(key, { readsAgain: true });
      clients.set(uuid, { cipher: sealed.cipher, client });
      return client;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      log.warn({ event: 'user_key_unreadable', user: uuid, code: error.code }, error.message);
      return null;
    }
  }

  async function noteRefused(
    uuid: string,
    label: string,
    sealed: Sealed,
  ): Promise<UserState | 'unclear' | null> {
    const state = await lookAt(uuid);
    if (state === 'unclear') return state;
    await markRefused(db, account, uuid, sealed, state);
    log.warn(
      { event: 'user_key_refused', user: uuid, user_state: state },
      `Spark Hire does not accept the API key of ${label} (401); the user is ${state ?? 'in an unknown state'}`,
    );
    return state;
  }

  /** What became of the user, as the administrator sees it; `unclear` if no key at all is accepted just now. */
  async function lookAt(uuid: string): Promise<UserState | 'unclear' | null> {
    const { client, signal } = session;
    const users = listedResource('users') as ListedResource<User>;
    const told = await readSingle(client, users, uuid, { lane: 'write', signal });
    if (told.state === 'there') {
      await inMirrorTransaction(db, account, (tx) => storeSingles(tx, users, [told.read]));
      return told.read.value.active === false ? 'inactive' : 'active';
    }
    if (told.state === 'gone') return 'gone';
    return told.error.code === 'KEY_REFUSED' ? 'unclear' : null;
  }

  /** Makes a key, or notes that none can be made, or not now. @throws what concerns more than this user */
  async function provision(uuid: string, label: string): Promise<void> {
    const none = (error: string | null) =>
      noteUnavailable(db, account, { userUuid: uuid, email: foldedEmail(label), error });
    if (makesNone) return none(null);
    try {
      const among = (list: ReadonlyMap<string, User>) => [...list.values()].find((one) => one.uuid === uuid);
      if (users === null || among(users) === undefined) users = await once('users', () => readUsers(session));
      const user = among(users);
      if (user === undefined) throw unknownUser(label);
      await provisionKey(session, encryption, user, users);
      failedInARow = 0;
      log.info({ event: 'user_key_provisioned', user: uuid }, `an API key of ${label} is stored now`);
    } catch (error) {
      if (!(error instanceof SyncError) || session.signal.aborted) throw error;
      const isFailure = error instanceof ApiError && !concernsUser.has(error.code);
      if (isFailure && !concernsOne(error)) throw error;
      failedInARow = isFailure ? failedInARow + 1 : 0;
      // Perhaps disabled since the mirror was read.
      if (error.code === 'KEY_REFUSED') await lookAt(uuid);
      const message = messageOf(error);
      // What the account may not do is not asked for each of its users.
      makesNone ||= error.code === 'FORBIDDEN' && !(error instanceof ApiError);
      await none(isFailure ? message : null);
      log.warn({ event: 'user_key_not_provisioned', user: uuid, code: error.code }, message);
    }
  }

  return {
    keyIds,
    acting,
    async lookersOf(users) {
      const found: Looker[] = [];
      for (const uuid of users) {
        const sealed = await readKey(db, account, uuid, ['usable']);
        const client = sealed === null ? null : clientOf(uuid, sealed);
        if (client !== null) found.push({ client, user: uuid });
      }
      return found;
    },
  };
}
