/**
 * Slots and seats of the plan: how many are left, and which rows go without.
 *
 *   decided ─► allotment (decide/allotment.ts): as many as the plan has room for   the others are told to wait
 *     ─► take: each asks once more in its turn, one after the other, by an answer of at most a minute ago
 *     ─► leaves: if it waited for the rate limit for so long that the answer is older by now, it asks again
 *
 * What is on its way, or was sent with an unknown outcome, counts as taken until that is known.
 */
import type { AccountSession } from '../account-session.js';
import { readPlan } from '../backfill/facts.js';
import { concernsOne } from '../backfill/failures.js';
import { type Clock, systemClock } from '../clock.js';
import { query } from '../db/database.js';
import { rowName } from '../reconcile/actions.js';
import { full, hidden, type Limited, limited, type NoRoom, unread, untold } from '../reconcile/plan/slots.js';
import type { PlannedAction, Policies, PushResource } from '../reconcile/types.js';
import { type Plan, slotsTold } from '../sparkhire/client.js';
import type { Outcome } from './result.js';

export interface Left {
  /** What may be taken; Infinity where the plan sets no limit, or does not tell. Below 0, others took what was taken here. */
  left: number;
  /** Whether that is known; where it is not, nobody gets anything. */
  told: boolean;
  /** What to tell those who get nothing. */
  noRoom: NoRoom;
}

type Reading = Record<Limited, Left> & {
  /** When it was asked for, by the process's steady clock, in milliseconds. */
  at: number;
};

/** Whether what took something already, and counts as taken, may leave. */
const roomForAll = ({ told, left }: Left) => told && left >= 0;
const asTold = (resource: Limited, left: number): Left => ({ left, told: true, noRoom: full[resource] });
const notTold = (noRoom: NoRoom): Left => ({ left: 0, told: false, noRoom });

const freshMs = 60_000;
/** An answer that left nothing is believed for so long. */
const emptyMs = 1000;

/** As one round knows them. */
export class Slots {
  /** Why rows go without, by `rowName`. */
  readonly without = new Map<string, NoRoom>();
  readonly #session: AccountSession;
  readonly #policies: Policies;
  readonly #clock: Clock;
  readonly #underWay = new Set<string>();
  #reading: Reading | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(session: AccountSession, policies: Policies, clock = systemClock) {
    this.#session = session;
    this.#policies = policies;
    this.#clock = clock;
  }

  /** Where something waits for the plan, it is read before anything is decided: what was refused may be tried again. */
  async begin(): Promise<void> {
    const { db, account } = this.#session;
    const [row] = await query<{ waits: boolean }>(
      db,
      `select exists (select from sync.conflicts
         where account = $1 and kind = 'plan_limit' and resolved_at is null) as waits`,
      [account.name],
    );
    if (row!.waits) await this.#read();
  }

  /** Whether rows go without a slot or seat in this round. */
  get anybodyWaits(): boolean {
    return this.without.size > 0;
  }

  /** Whether something that had its turn in this round found nothing left when it was to leave: it is to be told. */
  lostSome = false;

  /** Whether something that had its turn did not take what it was given: something else is wrong with it, or it waits. */
  leftSome = false;

  takes(action: PlannedAction | null): boolean {
    if (action?.room !== 'takes') return false;
    return action.resource !== 'users' || this.#policies.users.paid === 'refuse';
  }

  /** What is left, as it was told a minute ago at most. */
  async left(resource: Limited): Promise<Left> {
    const last = this.#reading;
    const isUsable = last !== null && !this.#isOld(last, last[resource].left <= 0);
    return (isUsable ? last : await this.#read())[resource];
  }

  /**
   * Takes what the action needs, just before it is sent.
   * @returns false if nothing is left by now: decided again, it waits
   */
  take(action: PlannedAction): Promise<boolean> {
    return this.takes(action) ? this.#inTurn(() => this.#takeNow(action)) : Promise.resolve(true);
  }

  /** Whether a fresh answer, which counts it as taken, has room for all that is under way, at the moment it leaves. */
  isAllowed(action: PlannedAction): boolean {
    if (!this.takes(action)) return true;
    if (this.#reading === null || this.#isOld(this.#reading)) return false;
    return roomForAll(this.#reading[action.resource as Limited]);
  }

  /** Asks again for what it took. @returns false if that is not left any more: decided again, it waits */
  retake(action: PlannedAction): Promise<boolean> {
    return this.#inTurn(async () => {
      const room = await this.left(action.resource as Limited);
      if (roomForAll(room)) return true;
      this.lostSome = true;
      if (room.told) room.left += 1;
      this.#underWay.delete(rowName(action));
      this.without.set(rowName(action), room.noRoom);
      return false;
    });
  }

  /** Asks for the plan once more, for an action that was refused without a word on why. */
  isFull(action: PlannedAction): Promise<boolean> {
    if (!this.takes(action)) return Promise.resolve(false);
    return this.#inTurn(async () => {
      this.#reading = null;
      const { told, left } = await this.left(action.resource as Limited);
      // It is among what counts as taken itself.
      return told && left < 0;
    });
  }

  /** Nothing of the action is under way any more. */
  ended(action: PlannedAction, outcome: Outcome | null): void {
    this.#underWay.delete(rowName(action));
    // What it left is seen by asking.
    if (action.room === 'frees') this.#reading = null;
    const isWrong = outcome?.kind === 'rejected' && (outcome.code ?? 'PLAN_LIMIT') !== 'PLAN_LIMIT';
    const isHeld = outcome?.kind === 'held';
    if (this.takes(action) && (isWrong || isHeld)) this.leftSome = true;
  }

  /** One asks after the other. */
  #inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(ask);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #takeNow(action: PlannedAction): Promise<boolean> {
    const room = await this.left(action.resource as Limited);
    if (room.left > 0) {
      room.left -= 1;
      this.#underWay.add(rowName(action));
      return true;
    }
    this.without.set(rowName(action), room.noRoom);
    return false;
  }

  #isOld({ at }: Reading, isEmpty = false): boolean {
    return this.#clock.monotonic() - at > (isEmpty ? emptyMs : freshMs);
  }

  async #read(): Promise<Reading> {
    let at = this.#clock.monotonic();
    try {
      const asking = this.#session.client.observed(({ durationMs }) => {
        at = this.#clock.monotonic() - durationMs;
      });
      const { plan } = await readPlan(this.#session, null, 'write', asking);
      const jobs = asTold('jobs', await this.#jobsLeft(plan));
      this.#reading = { jobs, users: await this.#seatsLeft(plan), at };
    } catch (error) {
      if (this.#session.signal.aborted || !concernsOne(error)) throw error;
      const isHidden = error.outcome === 'refused' && (error.status ?? 0) < 500;
      this.#session.log.warn(
        { event: 'plan_unread', code: error.code },
        `rows that need a slot or seat of the plan wait: ${error.message}`,
      );
      // A job past the limit is refused and costs nothing; a user may.
      const jobs = isHidden ? asTold('jobs', Number.POSITIVE_INFINITY) : notTold(unread);
      this.#reading = { jobs, users: notTold(isHidden ? hidden : unread), at };
    }
    return this.#reading;
  }

  /** A plan that does not tell is left to Spark Hire. */
  async #jobsLeft(plan: Plan): Promise<number> {
    const told = slotsTold('jobs', plan);
    if (told.kind === 'unlimited' || told.kind === 'nothing') return Number.POSITIVE_INFINITY;
    const spoken = await this.#spoken('jobs');
    if (told.kind === 'free') return told.free - spoken;
    const [row] = await query<{ n: number }>(
      this.#session.db,
      `select count(*)::int as n from sparkhire.jobs
       where account = $1 and deleted_at is null and status = 'active'`,
      [this.#session.account.name],
    );
    return told.limit - row!.n - spoken;
  }

  /** A plan that does not tell may mean that each user costs money. */
  async #seatsLeft(plan: Plan): Promise<Left> {
    const seats = (left: number) => asTold('users', left);
    const told = slotsTold('users', plan);
    if (this.#policies.users.paid === 'allow' || told.kind === 'unlimited')
      return seats(Number.POSITIVE_INFINITY);
    if (told.kind === 'nothing') return notTold(untold);
    if (told.kind === 'free') return seats(told.free - (await this.#spoken('users', 'plan')));
    // Who takes one is asked for: the mirror may not know yet whom a person made just now.
    try {
      const { rows } = await this.#session.client.users.list({ lane: 'write', signal: this.#session.signal });
      const active = rows.filter((row) => !row.ok || row.value.active !== false).length;
      const listed = rows.flatMap((row) => (row.ok ? [row.value.uuid] : []));
      return seats(told.limit - active - (await this.#spoken('users', listed)));
    } catch (error) {
      if (this.#session.signal.aborted || !concernsOne(error)) throw error;
      this.#session.log.warn(
        { event: 'users_unread', code: error.code },
        `new users wait, since the number of taken seats is unknown: ${error.message}`,
      );
      return notTold(unread);
    }
  }

  /**
   * What was sent and may not be counted by Spark Hire yet. A plan that is as it was before a user was made has not
   * noticed that user: it is believed again once it changed, or after a while; and so is a listing without that user.
   * @param counted what tells whether a user who was made lately is counted: the plan, or a listing of these
   */
  async #spoken(resource: Limited, counted: 'plan' | readonly string[] | null = null): Promise<number> {
    const prefix = rowName({ resource, atsId: '' });
    const here = [...this.#underWay].filter((row) => row.startsWith(prefix));
    const [row] = await query<{ n: number }>(
      this.#session.db,
      `select count(*)::int as n from sync.intents
       where account = $1 and resource = $2 and detail ->> 'room' = 'takes'
         and not ats_id = any($3)
         and (state in ('sent', 'unknown') or $5 and state = 'confirmed'
           and sent_at > now() - interval '2 minutes'
           and case when $4::uuid[] is null
             then sent_at > (select coalesce(a.seats_changed_at, p.mirrored_at) from sparkhire.plans p
               left join sync.accounts a on a.account = p.account where p.account = $1)
             else not coalesce(uuid = any($4), false) end)`,
      [
        this.#session.account.name,
        resource,
        here.map((row) => row.slice(prefix.length)),
        counted === 'plan' ? null : counted,
        counted !== null,
      ],
    );
    return here.length + row!.n;
  }
}

export function isLimited(resource: PushResource): resource is Limited {
  return (limited as readonly PushResource[]).includes(resource);
}
