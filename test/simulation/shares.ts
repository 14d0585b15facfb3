/** Requests that show interviews to reviewers: what the ATS and people do with them, and what must not become of them. */
import type { AdvancedLink } from '#emulators/emulator/index';
import { aShareRequest } from '../support/push-scene.js';
import type { Seen } from './judging.js';
import { at, edit, type Play, rowsOf, wish } from './rows.js';
import { ifPossible, isWanted, type Row, type Wish, type World } from './world.js';

const names = ['ada', 'ben', 'cleo'];
type Reviewer = { name: string; email: string };

const reviewersOf = ({ fields, sound }: Row) => (sound?.reviewers ?? fields.reviewers) as Reviewer[];
const shownOf = ({ fields, sound }: Row) =>
  (sound?.interview_ats_ids ?? fields.interview_ats_ids) as string[];
const requests = (world: World) => rowsOf(world, 'share_requests');
/** As conflicts, links and states name it. */
const nameOf = (atsId: string, email: string) => `share_links ${atsId}/${email}`;

/** A request is a row for each of its reviewers; of one that is wrong nobody knows whose they are. */
export function stateNamesOf(row: Row): string[] {
  if (row.table !== 'share_requests') return [`${row.table} ${row.atsId}`];
  return row.sound !== null ? [] : reviewersOf(row).map(({ email }) => nameOf(row.atsId, email));
}

export function requestsThatShow(world: World, interviews: readonly Row[]): Row[] {
  return requests(world).filter((row) => interviews.some(({ atsId }) => shownOf(row).includes(atsId)));
}

/** What becomes of the candidate's interview in Spark Hire before it can be shown. */
function completeFor({ scene: { emulator } }: World, row: Row): void {
  const { candidate_email: email } = row.fields;
  const sent = [...emulator.state.interviews.values()].find(({ candidate }) => candidate.email === email);
  if (sent !== undefined) ifPossible(() => emulator.act.completeInterview(sent.uuid));
}

function onLink(act: (world: World, link: AdvancedLink) => void): Play {
  return (world, { a }) => {
    const link = at([...world.scene.emulator.state.shareLinks.values()], a);
    if (link !== undefined) act(world, link);
  };
}

function setStatus({ scene: { emulator } }: World, link: AdvancedLink, status: AdvancedLink['status']): void {
  emulator.state.shareLinks.change(link, () =>
    Object.assign(link, { status, updatedAt: emulator.clock.now() }),
  );
}

export const shares: Record<string, Play> = {
  newShareRequest(world, { a, b, c }) {
    const shown = [at(rowsOf(world, 'interviews'), a), at(rowsOf(world, 'interviews'), b)];
    const rows = [...new Set(shown.slice(0, 1 + (c % 2)))].filter((row) => row !== undefined);
    if (rows.length === 0) return;
    if (b % 3 !== 0) for (const row of rows) completeFor(world, row);
    const reviewers = names.slice(0, 1 + (a % 2));
    const more = { send_email: c % 3 !== 0, ...(b % 5 === 0 ? { status: 'inactive' } : {}) };
    const interviews = rows.map(({ atsId }) => atsId);
    return wish(world, 'share_requests', (atsId) => aShareRequest(atsId, interviews, reviewers, more));
  },
  addReviewer(world, { a, b }) {
    const row = at(requests(world), a);
    if (row === undefined) return;
    const name = at(names, b)!;
    const email = `${name}@reviewers.example`;
    const others = reviewersOf(row).filter((one) => one.email !== email);
    return edit(world, row, { reviewers: [...others, { name, email }] });
  },
  removeReviewer(world, { a, b }) {
    const row = at(requests(world), a);
    if (row === undefined || reviewersOf(row).length < 2) return;
    const out = at(reviewersOf(row), b);
    return edit(world, row, { reviewers: reviewersOf(row).filter((one) => one !== out) });
  },
  closeRequest: (world, { a }) => edit(world, at(requests(world), a), { status: 'inactive' }),
  openRequest: (world, { a }) => edit(world, at(requests(world), a), { status: 'active' }),
  share: (world, { a, b }) => edit(world, at(rowsOf(world, 'interviews'), a), { share: b % 4 !== 0 }),
};

export const linksThere: Record<string, Play> = {
  closeLinkThere: onLink((world, link) => setStatus(world, link, 'inactive')),
  openLinkThere: onLink((world, link) => setStatus(world, link, 'active')),
  deleteLinkThere: onLink(({ scene: { emulator } }, { uuid }) => {
    emulator.state.shareLinks.delete(uuid);
    emulator.state.deleted.shareLinks.add(uuid);
  }),
  sharingInPlan: ({ scene: { emulator } }, { a }) =>
    emulator.act.setPlan({ features: { advanced_share_links: a % 2 === 0 } }),
};

/**
 * Whether the link shows what the request names: nothing else, and each of them or not. Null if that cannot be told.
 * @param kept uuids of what interviews keep that are not in step: somebody else under the key counts as an edit of what was sent
 */
function shows(
  world: World,
  row: Row,
  { items }: AdvancedLink,
  kept: ReadonlyMap<string, string> = new Map(),
): { other: boolean; all: boolean } | null {
  const named = shownOf(row).map((key) => rowsOf(world, 'interviews').find(({ atsId }) => atsId === key));
  if (named.some((one) => one === undefined)) return null;
  const objects = named.map(
    (one) => new Set([...one!.wish.objects, ...[kept.get(`interviews ${one!.atsId}`) ?? []].flat()]),
  );
  const shown = new Set(items.map(({ interviewUuid }) => interviewUuid));
  return {
    other: [...shown].some((uuid) => !objects.some((of) => of.has(uuid))),
    all: objects.every((of) => [...of].some((uuid) => shown.has(uuid))),
  };
}

const wishesOf = ({ wishes }: World) => wishes.filter(({ table }) => table === 'share_requests');

/** Who is to have a link that opens. */
const shownTo = (one: Wish) => new Set(isWanted(one) ? reviewersOf(one.row!).map(({ email }) => email) : []);

export class Shares {
  /** Whom a request has ever named. */
  readonly #named = new Map<Wish, Set<string>>();
  /** Reviewers a request did not name at some moment of the run. */
  #doubted = new Set<string>();

  begin(world: World): void {
    this.#doubted.clear();
    this.doubt(world);
  }

  doubt(world: World): void {
    for (const one of wishesOf(world)) {
      const named = this.#named.get(one) ?? new Set();
      this.#named.set(one, named);
      const now = shownTo(one);
      if (one.row !== null) for (const { email } of reviewersOf(one.row)) named.add(email);
      for (const email of named) if (!now.has(email)) this.#doubted.add(this.#mark(world, one, email));
    }
  }

  /** What was closed is nobody's any more, and nobody heard of a link twice. */
  judge(world: World, before: Seen, after: Seen): void {
    for (const [uuid, status] of before.shareLinks) {
      if (status !== 'active' || after.shareLinks.get(uuid) === 'active') continue;
      const known = new Set([before.linked.get(uuid), after.linked.get(uuid)]);
      for (const one of wishesOf(world)) {
        const keys = one.row === null ? [] : [one.row.atsId, ...one.formerKeys];
        const email = [...shownTo(one)].find((who) => keys.some((key) => known.has(nameOf(key, who))));
        if (email === undefined || one.decided || this.#doubted.has(this.#mark(world, one, email))) continue;
        const link = world.scene.emulator.state.shareLinks.get(uuid);
        const what = link === undefined ? null : shows(world, one.row!, link);
        // Of lines that moved, or say something else, the key tells nothing.
        if (what !== null && (what.other || !what.all)) continue;
        world.violations.push(`link ${uuid} of ${one.row!.atsId}/${email} was closed although it is wanted`);
      }
    }
    const sent = new Map<string, number>();
    for (const { kind, to } of world.scene.emulator.outbox)
      if (kind === 'share_link') sent.set(to, (sent.get(to) ?? 0) + 1);
    for (const [email, times] of sent) {
      const asking = [...this.#named].filter(([, named]) => named.has(email));
      const most = asking.reduce((sum, [{ invitations }]) => sum + invitations, 0);
      if (times > most)
        world.violations.push(`${email} was shown ${times} links where ${most} were asked for`);
    }
  }

  /**
   * Whom a request names is shown what it names.
   * @param linked uuids of links, of rows that are in step
   * @param kept uuids of links, of rows that are not
   */
  judgeRest(world: World, linked: ReadonlyMap<string, string>, kept: ReadonlyMap<string, string>): void {
    for (const one of wishesOf(world)) {
      if (one.row === null || one.row.sound !== null || one.decided) continue;
      for (const email of shownTo(one)) {
        const name = nameOf(one.row.atsId, email);
        const link = world.scene.emulator.state.shareLinks.get(linked.get(name) ?? '');
        if (link === undefined) continue;
        if (link.reviewer.email.toLowerCase() !== email || shows(world, one.row, link, kept)?.other === true)
          world.violations.push(`${name} is synced with a link of others`);
      }
    }
  }

  #mark = ({ wishes }: World, one: Wish, email: string) => `${wishes.indexOf(one)} ${email}`;
}
