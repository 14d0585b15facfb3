/**
 * Candidates who ask to be erased: a person runs `forget` for them. From then on nobody invites them, and nothing that the
 * program keeps or prints names them, whatever the ATS and Spark Hire still have.
 */
import { at, isAnother, type Play, rowsOf } from './rows.js';
import type { Row, World } from './world.js';

interface Erased {
  /** E-mails that they had got by then. */
  sent: number;
  /** Whether anything of them is gone yet: a write with an unknown outcome is waited for. */
  isDone: boolean;
  /** Their interviews at Spark Hire by then, and what Spark Hire knows them by. */
  interviews: ReadonlySet<string>;
  candidates: ReadonlySet<string>;
}

/** Another address that they got at Spark Hire (rekeys.ts): it has the old one in it, and does not name it. */
const movedFrom = (address: string) => `moved.${address}`;

/** What is empty in the mirror of whoever was erased. */
const emptied =
  /^interviews (\S+) (?:candidate_uuid|candidate_name|candidate_email|share_url|watch_url): null /;

export class Erasures {
  #erased = new Map<string, Erased>();

  copy(): Erasures {
    const copy = new Erasures();
    copy.#erased = new Map(this.#erased);
    return copy;
  }

  /** Those who are erased, or will be once their last write is settled. */
  get addresses(): string[] {
    return [...this.#erased.keys()];
  }

  get waiting(): string[] {
    return [...this.#erased].filter(([, { isDone }]) => !isDone).map(([address]) => address);
  }

  note(world: World, address: string, isDone: boolean): void {
    const theirs = [...world.scene.emulator.state.interviews.values()].filter(
      ({ candidate }) => candidate.email.toLowerCase().replace(/^(moved\.)+/, '') === address,
    );
    this.#erased.set(address, {
      sent: invitations(world, address),
      isDone,
      interviews: new Set(theirs.map(({ uuid }) => uuid)),
      candidates: new Set(theirs.map(({ candidate }) => candidate.uuid)),
    });
  }

  lift(address: string): void {
    this.#erased.delete(address);
  }

  /** Nobody of them is invited again. */
  judge(world: World): void {
    for (const [address, { sent }] of this.#erased)
      if (invitations(world, address) > sent)
        world.violations.push(`${address} was invited after they were erased`);
  }

  /** @param output what the program printed after they were erased */
  judgeOutput({ violations }: World, output: string): void {
    const printed = output.toLowerCase();
    for (const [address, { isDone }] of this.#erased)
      if (isDone && printed.replaceAll(movedFrom(address), '').includes(address))
        violations.push(`${address}, who was erased, is printed: ${output}`);
  }

  /** What the mirror lacks, and rightly. */
  explains(world: World, wrong: string): boolean {
    const [, uuid] = emptied.exec(wrong) ?? [];
    const one = uuid === undefined ? undefined : world.scene.emulator.state.interviews.get(uuid);
    if (one === undefined) return false;
    return [...this.#erased].some(
      ([address, { interviews, candidates }]) =>
        one.candidate.email.toLowerCase() === address ||
        interviews.has(one.uuid) ||
        candidates.has(one.candidate.uuid),
    );
  }

  /** No table of the program names them. */
  async judgeTables({ scene, violations }: World): Promise<void> {
    const addresses = [...this.#erased].filter(([, { isDone }]) => isDone).map(([address]) => address);
    if (addresses.length === 0) return;
    const tables = await scene.rows<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema in ('sparkhire', 'sync') and table_type = 'BASE TABLE' order by 1`,
    );
    const found = await scene.rows<{ name: string; address: string }>(
      tables
        .map(
          ({ name }) => `select '${name}' as name, x as address from ${name} t, unnest($1::text[]) x
            where position(x in replace(lower(to_jsonb(t)::text), '${movedFrom('')}' || x, '')) > 0`,
        )
        .join(' union '),
      [addresses],
    );
    for (const { name, address } of found) violations.push(`${name} names ${address}, who was erased`);
  }
}

function invitations({ scene, byHand }: World, address: string): number {
  return scene.emulator.outbox.filter(
    ({ kind, to, about }) =>
      kind === 'interview_invitation' && to.toLowerCase() === address && !byHand.has(about),
  ).length;
}

/** Has them erased; what is at Spark Hire is not touched by it. */
export async function erase(world: World, address: string): Promise<void> {
  const { requests } = world.scene.emulator;
  const before = requests.length;
  const code = await world.run(['forget', address]);
  if (code !== 0 && code !== 3) return;
  world.erasures.note(world, address, code === 0);
  // What its row had said is gone, and with it what tells whose it is under another key.
  for (const { wish } of rowsOf(world, 'interviews')) if (wish.address === address) isAnother(wish);
  const written = requests.slice(before).find(({ method }) => method !== 'GET');
  if (written !== undefined)
    world.violations.push(`forget writes to Spark Hire: ${written.method} ${written.path}`);
}

export const erasures: Record<string, Play> = {
  async forgetCandidate(world, { a }) {
    const address = at(rowsOf(world, 'interviews'), a)?.wish.address;
    // Whoever has another address by now is somebody else to a program that does not know them any more.
    const isOther = (row: Row) => String(row.fields.candidate_email).toLowerCase().endsWith(`new.${address}`);
    if (address != null && !world.rows.some(isOther)) await erase(world, address);
  },
  /** It was a mistake, or they have applied anew. */
  async forgetNoMore(world, { a }) {
    const address = at(world.erasures.addresses, a);
    if (address === undefined) return;
    const code = await world.run(['forget', address, '--lift']);
    if (code === 0) world.erasures.lift(address);
  },
};
