/**
 * Who gets what the plan has left: those who asked first. The others wait and keep their place, also across rounds (the plan_limit
 * conflict of a row says since when). What is found out here is told; with that the row is decided anew (decisions.ts).
 */
import type { AccountSession } from '../../account-session.js';
import { readMe } from '../../backfill/facts.js';
import { rowName } from '../../reconcile/actions.js';
import type { PlannedAction, PushResource, RowContext } from '../../reconcile/types.js';
import type { Me } from '../../sparkhire/client.js';
import { addressForm } from '../../text/forms.js';
import { isLimited, type Slots } from '../slots.js';
import type { Considered, Told } from './among-rows.js';

/** Refused rows are asked for again before a newer one, so many at most, and not more often than this. */
const oldestAsked = 10;
const askAgainMs = 60_000;

type Rows = ReadonlyMap<string, Considered>;

/** Of one round. */
export class Allotment {
  readonly #session: AccountSession;
  readonly #slots: Slots;
  readonly #asksAgain = new Set<string>();
  readonly #rank = new Map<string, [number, number]>();
  #me: Me | null = null;

  constructor(session: AccountSession, slots: Slots) {
    this.#session = session;
    this.#slots = slots;
  }

  /** Whether what is sent now is sent one after the other, so that an older row surely comes first. */
  get oneByOne(): boolean {
    return this.#asksAgain.size > 0;
  }

  /** What the round found out about the row so far, for a decision. */
  known(context: RowContext): Partial<RowContext> {
    return {
      noRoom: this.#slots.without.get(rowName(context)) ?? null,
      ...(this.#asksAgain.has(rowName(context)) ? { refused: null } : {}),
      ...(context.resource === 'users' && this.#me !== null ? { isKeyUser: isUser(context, this.#me) } : {}),
    };
  }

  /** Lets refused rows ask again that asked before one that is about to ask, if anything is left: they have the first word. */
  async letOlderAsk(resource: PushResource, rows: Rows): Promise<Told[]> {
    for (const { decision } of rows.values()) {
      this.#slots.without.delete(rowName(decision));
      this.#asksAgain.delete(rowName(decision));
    }
    const last = this.#takers(rows).at(-1);
    if (last === undefined || !isLimited(resource) || (await this.#slots.left(resource)).left <= 0) return [];
    const older = [...rows.values()].filter(
      (one) =>
        one.context.refused?.issue.code === 'PLAN_LIMIT' &&
        one.context.refused.forMs > askAgainMs &&
        byWish(one, last) < 0,
    );
    const asked = older.sort(byWish).slice(0, oldestAsked);
    for (const { decision } of asked) this.#asksAgain.add(rowName(decision));
    return asked.map((one) => this.#tell(one));
  }

  /** Tells those who go without: jobs that are closed first leave a slot. */
  async allot(resource: PushResource, rows: Rows): Promise<Told[]> {
    const takers = this.#takers(rows);
    if (takers.length === 0 || !isLimited(resource)) return [];
    const freed = [...rows.values()].filter(({ decision }) => decision.action?.room === 'frees').length;
    const { left, noRoom } = await this.#slots.left(resource);
    for (const { decision, context } of takers)
      this.#rank.set(rowName(decision), [context.wishedAt, context.row?.arrived ?? 0]);
    return takers.slice(Math.max(0, left + freed)).map((one) => {
      this.#slots.without.set(rowName(one.decision), noRoom);
      return this.#tell(one);
    });
  }

  /** Tells users who are to be deleted whether they are the one whose key this is. */
  async tellKeyUser(users: Rows): Promise<Told[]> {
    const leaving = [...users.values()].filter(({ decision }) => decision.action?.action === 'delete');
    if (leaving.length > 0) this.#me ??= await readMe(this.#session);
    return leaving.map((one) => this.#tell(one));
  }

  /** In the order in which they are to ask: those that take something by their rank, then the others as they are. */
  inOrder(actions: readonly PlannedAction[]): PlannedAction[] {
    const rank = (action: PlannedAction) => this.#rank.get(rowName(action)) ?? [0, 0];
    const takers = actions.filter((action) => this.#slots.takes(action));
    const others = actions.filter((action) => !this.#slots.takes(action));
    takers.sort((a, b) => rank(a)[0]! - rank(b)[0]! || rank(a)[1]! - rank(b)[1]!);
    return [...takers, ...others];
  }

  #takers(rows: Rows): Considered[] {
    return [...rows.values()].filter(({ decision }) => this.#slots.takes(decision.action)).sort(byWish);
  }

  #tell({ decision: { atsId }, context }: Considered): Told {
    return { atsId, context: this.known(context) };
  }
}

function byWish(a: Considered, b: Considered): number {
  return (
    a.context.wishedAt - b.context.wishedAt ||
    (a.context.row?.arrived ?? 0) - (b.context.row?.arrived ?? 0) ||
    (a.decision.atsId < b.decision.atsId ? -1 : 1)
  );
}

/** Whether the row's user is the one whose key this is; what cannot be told counts as yes. */
function isUser({ link, observed }: RowContext, { uuid, email }: Me): boolean {
  const theirs = observed?.resource === 'users' ? observed.email : null;
  if (email !== null && theirs !== null && addressForm(email) === addressForm(theirs)) return true;
  return uuid === null ? email === null || theirs === null : link?.uuid === uuid;
}
