/** What the lists of a reading say of applications, where each of them is read by itself besides: two answers that may contradict each other. */
import { type ErrorCode, SyncError } from '../errors.js';
import type { Listed } from './connector.js';

export interface ListedApplications extends Listed {
  /** A list has it, or shows that it is there. */
  lists(application: string, isActive: boolean): void;
  /** It stands in no stage of the settings, or has ended. */
  passes(application: string): void;
  /** It may have entered a stage of the settings, and is not shown by itself. */
  isUnread(application: string): void;
}

/** What may be wrong with one application alone. An ATS that does not answer at all is none of it. */
const ofOne: ReadonlySet<ErrorCode> = new Set([
  'ATS_FORBIDDEN',
  'ATS_REQUEST_REFUSED',
  'ATS_FAILED',
  'ATS_ANSWER_UNREADABLE',
]);

export const isOfOne = (error: unknown): error is SyncError =>
  error instanceof SyncError && ofOne.has(error.code);

export function listedApplications(): ListedApplications {
  const active = new Set<string>();
  const unread = new Set<string>();
  const elsewhere = new Set<string>();
  return {
    begin() {
      active.clear();
      unread.clear();
      elsewhere.clear();
    },
    lists(application, isActive) {
      if (isActive) active.add(application);
      else active.delete(application);
    },
    passes: (application) => void elsewhere.add(application),
    isUnread: (application) => void unread.add(application),
    hasActive: (application) => active.has(application),
    isElsewhere: (application) => elsewhere.has(application),
    unread: () => [...unread],
  };
}

export interface Singles<Row> {
  ids: readonly string[];
  atOnce: number;
  /** null: it is not shown. */
  read(id: string): Promise<Row | null>;
  /** Throws where single ones are not shown at all. */
  prove(): Promise<void>;
  listed: ListedApplications;
}

/** Reads each by itself. One that cannot be read keeps nobody else from it, and counts as there: no answer is no word on it. */
export async function* readEach<Row>(singles: Singles<Row>): AsyncIterable<Row[]> {
  const { ids, atOnce, read, prove, listed } = singles;
  let isProven = ids.length === 0;
  let isFailing = false;
  const readOrNot = async (id: string) => {
    try {
      return await read(id);
    } catch (error) {
      if (!isOfOne(error)) throw error;
      listed.lists(id, true);
      isFailing = true;
      return null;
    }
  };
  for (let at = 0; at < ids.length; at += atOnce) {
    const rows = await Promise.all(ids.slice(at, at + atOnce).map(readOrNot));
    const shown = rows.filter((row) => row !== null);
    isProven ||= shown.length > 0;
    const isLast = at + atOnce >= ids.length;
    if (!isProven && (isFailing || isLast)) {
      await prove();
      isProven = true;
    }
    yield shown;
  }
}

/** One that was deleted a moment ago may be listed still. */
const tried = 3;

/**
 * Where nobody who was asked for is shown: of those who are listed somebody has to be, or single ones are not shown at all.
 * @param title how the ATS is called
 * @param ids of a list, the more the better
 * @throws SyncError ATS_FORBIDDEN, or what keeps them from being read
 */
export async function provesSingles(
  title: string,
  ids: readonly string[],
  read: (id: string) => Promise<unknown>,
): Promise<void> {
  if (ids.length === 0) return;
  let failure: SyncError | null = null;
  for (const id of ids.slice(0, tried)) {
    try {
      if ((await read(id)) !== null) return;
    } catch (error) {
      if (!isOfOne(error)) throw error;
      failure = error;
    }
  }
  throw (
    failure ??
    new SyncError('ATS_FORBIDDEN', `${title} lists applications and shows none of them by itself.`, {
      remedy: `Give the credential the right to read single ones; if it has it, ask ${title}. Nothing was withdrawn. It is tried again automatically, and what happens meanwhile is read then.`,
    })
  );
}
