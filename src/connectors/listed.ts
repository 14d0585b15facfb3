/** What the lists of a reading say of applications, where each of them is read by itself besides: two answers that may contradict each other. */
import { type ErrorCode, SyncError } from '../errors.js';
import type { Listed } from './connector.js';
import type { RowOf } from './decoded.js';

export interface ListedApplications extends Listed {
  /** A list has it, or shows that it is there. */
  lists(application: string, isActive: boolean): void;
  /** It stands in no stage of the settings, or has ended. */
  passes(application: string): void;
  /** It may have entered a stage of the settings, and is not shown by itself. */
  isUnread(application: string): void;
  /**
   * Of rows of a page those that can be read; the others are noted as not read.
   * @throws SyncError ATS_ANSWER_UNREADABLE where none of several can
   */
  readable<Row>(rows: ReadonlyArray<RowOf<Row>>): Row[];
  /** It was asked for by itself. @param failure what kept it from being read: then it counts as there, since no answer is no word on it */
  reads(application: string, failure: SyncError | null): void;
}

/**
 * What may be wrong with one application alone, as long as others can be read. That an ATS does not answer, or refuses the
 * credential, is proven before it counts as everybody's.
 */
const ofOne: ReadonlySet<ErrorCode> = new Set([
  'ATS_ACCESS_REFUSED',
  'ATS_ANSWER_UNREADABLE',
  'ATS_FAILED',
  'ATS_FORBIDDEN',
  'ATS_REQUEST_REFUSED',
  'ATS_TIMEOUT',
  'ATS_UNREACHABLE',
]);

export const isOfOne = (error: unknown): error is SyncError =>
  error instanceof SyncError && ofOne.has(error.code);

/** So many failures in a row may be everybody's. */
const mostInRow = 3;

export function listedApplications(): ListedApplications {
  const active = new Set<string>();
  const unread = new Set<string>();
  const elsewhere = new Set<string>();
  const failures = new Map<string, SyncError>();
  const read = new Set<string>();
  const isUnread = (application: string) => void unread.add(application);
  return {
    begin() {
      active.clear();
      unread.clear();
      elsewhere.clear();
      failures.clear();
      read.clear();
    },
    lists(application, isActive) {
      if (isActive) active.add(application);
      else active.delete(application);
    },
    passes: (application) => void elsewhere.add(application),
    isUnread,
    readable(rows) {
      const [first] = rows;
      if (rows.length >= mostInRow && rows.every((one) => 'unread' in one))
        throw inAnotherForm(rows.length, (first as { fields: string }).fields);
      return rows.flatMap((one) => {
        if ('row' in one) return [one.row];
        active.add(one.unread);
        isUnread(one.unread);
        return [];
      });
    },
    hasActive: (application) => active.has(application),
    isElsewhere: (application) => elsewhere.has(application),
    unread: () => [...unread],
    reads(application, failure) {
      if (failure === null) {
        failures.delete(application);
        read.add(application);
        return;
      }
      active.add(application);
      read.delete(application);
      failures.set(application, failure);
    },
    failures: () => failures,
    read: () => read,
  };
}

function inAnotherForm(count: number, fields: string): SyncError {
  const message = `The ATS lists ${count} applications, none of them in the form that it documents (${fields}).`;
  return new SyncError('ATS_ANSWER_UNREADABLE', message, {
    remedy: 'Check `ats.baseUrl`; if it is right, report it. Nothing is written before they can be read.',
  });
}

export interface Reading<Item, Row> {
  /** What a request asks for at once: one, or several. */
  batches: ReadonlyArray<readonly Item[]>;
  /** Requests at the same time. */
  atOnce: number;
  /** Those of them that are shown. */
  read(items: readonly Item[]): Promise<readonly Row[]>;
  /**
   * Throws where none at all can be read.
   * @param shown the last one that was; null: none was yet
   * @param failure why it is asked; null: none of all is shown
   */
  prove(shown: Row | null, failure: SyncError | null): Promise<void>;
  /** What kept one from being read; null: nothing did. */
  tell(item: Item, failure: SyncError | null): void;
}

/**
 * Reads each, or tells what keeps it from that: one that cannot be read keeps no other from it. Of a batch that cannot be
 * read each half is asked for by itself.
 * @throws SyncError where none can be read at all
 */
export async function* readEach<Item, Row>(reading: Reading<Item, Row>): AsyncIterable<Row[]> {
  const { batches, atOnce, read, prove, tell } = reading;
  let shown: Row | null = null;
  let isProven = batches.length === 0;
  let failures = 0;
  let proof: Promise<void> | null = null;

  async function proveSome(failure: SyncError | null): Promise<void> {
    proof ??= prove(shown, failure).finally(() => (proof = null));
    await proof;
    isProven = true;
    failures = 0;
  }

  async function readSome(some: readonly Item[]): Promise<readonly Row[]> {
    let rows: readonly Row[];
    try {
      rows = await read(some);
    } catch (error) {
      if (!isOfOne(error)) throw error;
      failures += 1;
      if (!isProven || failures >= mostInRow) await proveSome(error);
      if (some.length > 1) {
        const half = Math.ceil(some.length / 2);
        return [...(await readSome(some.slice(0, half))), ...(await readSome(some.slice(half)))];
      }
      tell(some[0]!, error);
      return [];
    }
    failures = 0;
    isProven ||= rows.length > 0;
    shown = rows.at(-1) ?? shown;
    for (const item of some) tell(item, null);
    return rows;
  }

  for (let at = 0; at < batches.length; at += atOnce)
    yield (await Promise.all(batches.slice(at, at + atOnce).map(readSome))).flat();
  if (!isProven) await proveSome(null);
}

export interface Singles<Row> {
  ids: readonly string[];
  atOnce: number;
  /** null: it is not shown. */
  read(id: string): Promise<Row | null>;
  prove(shown: Row | null): Promise<void>;
  listed: ListedApplications;
}

/** Applications, each asked for by itself. One that cannot be read counts as there: no answer is no word on it. */
export function readSingles<Row>({ ids, atOnce, read, prove, listed }: Singles<Row>): AsyncIterable<Row[]> {
  return readEach({
    batches: ids.map((id) => [id]),
    atOnce,
    read: async ([id]) => shownOnly(await read(id!)),
    prove,
    tell: listed.reads,
  });
}

export const shownOnly = <Row>(row: Row | null): Row[] => (row === null ? [] : [row]);

/** One that was deleted a moment ago may be listed still. */
const tried = 3;

/** What speaks for it that single ones can be read. */
export interface SinglesProof {
  /** How the ATS is called. */
  title: string;
  /** The right that reading single ones takes, as the ATS calls it. */
  right: string;
  /** The last one that was read; null: none was. */
  shown: string | null;
  /** Of a list, the more the better. */
  listed: readonly string[];
  read(id: string): Promise<unknown>;
}

/**
 * Where nobody who was asked for is shown: of those who are listed somebody has to be, or single ones are not shown at all.
 * @throws SyncError ATS_FORBIDDEN, or what keeps them from being read
 */
export async function provesSingles({ title, right, shown, listed, read }: SinglesProof): Promise<void> {
  const ids = [...shownOnly(shown), ...listed.slice(0, tried)];
  if (ids.length === 0) return;
  let failure: SyncError | null = null;
  for (const id of ids) {
    try {
      if ((await read(id)) !== null) return;
    } catch (error) {
      if (!isOfOne(error)) throw error;
      failure ??= error;
    }
  }
  // The same credential may list them.
  const isRight =
    failure === null || failure.code === 'ATS_FORBIDDEN' || failure.code === 'ATS_ACCESS_REFUSED';
  if (!isRight) throw failure;
  const said = failure === null ? '' : ` ${failure.message}`;
  throw new SyncError(
    'ATS_FORBIDDEN',
    `${title} lists applications and shows none of them by itself.${said}`,
    {
      remedy: `Give the credential the right to read single ones (${right}); if it has it, ask ${title}. Nothing was withdrawn. It is tried again automatically, and what happens meanwhile is read then.`,
    },
  );
}
