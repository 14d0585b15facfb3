/** What the lists of a reading say of applications, where each of them is read by itself besides: two answers that may contradict each other. */
import { SyncError } from '../errors.js';
import type { Listed } from './connector.js';

export interface ListedApplications extends Listed {
  /** A list has it, or shows that it is there. */
  lists(application: string, isActive: boolean): void;
  /** It stands in no stage of the settings, or has ended. */
  passes(application: string): void;
  /** It may have entered a stage of the settings, and is not shown by itself. */
  isUnread(application: string): void;
}

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

/** One that was deleted a moment ago may be listed still. */
const tried = 3;

/**
 * Where nobody who was asked for is shown: of those who are listed somebody has to be, or single ones are not shown at all.
 * @param title how the ATS is called
 * @param ids of a list, the more the better
 * @throws SyncError ATS_FORBIDDEN
 */
export async function provesSingles(
  title: string,
  ids: readonly string[],
  read: (id: string) => Promise<unknown>,
): Promise<void> {
  if (ids.length === 0) return;
  for (const id of ids.slice(0, tried)) if ((await read(id)) !== null) return;
  throw new SyncError('ATS_FORBIDDEN', `${title} lists applications and shows none of them by itself.`, {
    remedy: `Give the credential the right to read single ones; if it has it, ask ${title}. Nothing was withdrawn. It is tried again automatically, and what happens meanwhile is read then.`,
  });
}
