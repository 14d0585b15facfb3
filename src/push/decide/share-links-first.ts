/**
 * Share links are read before one is made: the listing in the mirror may be old, or a restored backup's, and an e-mail to
 * a reviewer cannot be taken back.
 */
import type { AccountSession } from '../../account-session.js';
import { concernsOne } from '../../backfill/failures.js';
import { wholeResources } from '../../backfill/resources.js';
import { isUnavailable } from '../../backfill/result.js';
import { query } from '../../db/database.js';
import { partsOfShareLinkKey } from '../../reconcile/kinds/share-keys.js';
import type { Decision } from '../../reconcile/types.js';
import type { ApiError } from '../../sparkhire/client.js';
import { readListing, readSingles } from './reading.js';

/** Links that are read by themselves, in one push. */
const mostSingles = 100;

/** Of one push: the listing is read once, with the first plan that would make a link. */
export class ShareLinksFirst {
  /** Why some could not be read; null if all could. */
  failure: ApiError | null = null;
  readonly #session: AccountSession;
  #hasListed = false;
  #isUnlisted = false;
  #singles = 0;
  /** Reviewers with a link of which it is not known (yet) what it shows. */
  #unsure: ReadonlySet<string> = new Set();

  constructor(session: AccountSession) {
    this.#session = session;
  }

  /**
   * Reads what tells whether the links to be made are there already: the listing, and which interviews the reviewers'
   * links show. Nothing where no link is to be made.
   * @returns whether the rows are to be decided again
   */
  async read(decisions: readonly Decision[]): Promise<boolean> {
    const reviewers = [...new Set(decisions.filter(makesLink).map(reviewerOf))];
    if (reviewers.length === 0) return false;
    const hasNews = !this.#hasListed && (await this.#list());
    const singles = this.#singles;
    if (!this.#isUnlisted) await this.#readShown(reviewers);
    return hasNews || this.#singles > singles;
  }

  /** Whether a link is not made now, because what it might double could not be read. */
  awaits(decision: Decision): boolean {
    return makesLink(decision) && (this.#isUnlisted || this.#unsure.has(reviewerOf(decision)));
  }

  /** @returns whether there is something new */
  async #list(): Promise<boolean> {
    this.#hasListed = true;
    try {
      return await readListing(this.#session, wholeResources.share_links);
    } catch (error) {
      if (this.#session.signal.aborted || !concernsOne(error)) throw error;
      // Whoever may not see any is told by Spark Hire whether they may make one.
      if (isUnavailable('share_links', error)) return false;
      this.#isUnlisted = true;
      this.#failed(error);
      return false;
    }
  }

  async #readShown(reviewers: readonly string[]): Promise<void> {
    const { db, account } = this.#session;
    const untold = await query<{ uuid: string; reviewer: string }>(
      db,
      `select m.uuid, k.reviewer from unnest($2::text[]) as k(reviewer)
       join sparkhire.share_links m on m.account = $1 and sync.likeness(m.reviewer_email) = sync.likeness(k.reviewer)
       where m.deleted_at is null and m.details_due and m.interview_uuids is null
       order by m.created_at desc nulls last, m.uuid`,
      [account.name, reviewers],
    );
    const uuids = [...new Set(untold.map(({ uuid }) => uuid))];
    const due = uuids.slice(0, mostSingles - this.#singles);
    this.#singles += due.length;
    const left = new Set(uuids.slice(due.length));
    for (const [uuid, error] of await readSingles(this.#session, wholeResources.share_links, due)) {
      // Listed, and nobody may read it: what it shows cannot be told.
      if (isUnavailable('share_links', error)) continue;
      left.add(uuid);
      this.#failed(error);
    }
    this.#unsure = new Set(untold.flatMap(({ uuid, reviewer }) => (left.has(uuid) ? [reviewer] : [])));
  }

  #failed(error: ApiError): void {
    if (this.failure !== null) return;
    this.failure = error;
    this.#session.log.warn(
      { event: 'share_links_unread', code: error.code },
      `no share link is made while the existing ones cannot be read: ${error.message}`,
    );
  }
}

const makesLink = ({ resource, action }: Decision) =>
  resource === 'share_links' && action?.action === 'create';

const reviewerOf = ({ atsId }: Decision) => partsOfShareLinkKey(atsId).reviewer;
