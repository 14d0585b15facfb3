/** One line of what `doctor` found out. */
import { messageOf, SyncError } from '../../errors.js';

export type CheckLevel = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Check {
  /** What was looked at: a stable name. */
  check: string;
  /** The account it is about; null for what concerns all. */
  account: string | null;
  /** False if it failed, and if it could not be looked at because something else failed. */
  ok: boolean;
  level: CheckLevel;
  /** What was found. */
  detail: string;
  /** What to do about it; null if nothing is to be done. */
  remedy: string | null;
}

export interface CheckResults {
  passed(check: string, detail: string): Check;
  /** It works, but somebody should look at it. */
  warned(check: string, detail: string, remedy: string): Check;
  failed(check: string, detail: string, remedy: string): Check;
  /** It failed with this error, whatever it is. */
  threw(check: string, error: unknown): Check;
  /** It was not looked at, and that is all right. */
  omitted(check: string, detail: string): Check;
  /** It could not be looked at: something else has to work first. */
  blocked(check: string, detail: string): Check;
}

/** Makes the checks of one account, or of none. */
export function checksOf(account: string | null): CheckResults {
  const results: CheckResults = {
    passed: (check, detail) => ({ check, account, ok: true, level: 'ok', detail, remedy: null }),
    warned: (check, detail, remedy) => ({ check, account, ok: true, level: 'warning', detail, remedy }),
    failed: (check, detail, remedy) => ({ check, account, ok: false, level: 'failed', detail, remedy }),
    threw(check, error) {
      if (error instanceof SyncError) {
        const remedy = error.remedy ?? 'docs/codes.md says what usually helps with this code.';
        return results.failed(check, `${error.code}: ${error.message}`, remedy);
      }
      return results.failed(check, messageOf(error), 'Report this if it cannot be explained.');
    },
    omitted: (check, detail) => ({ check, account, ok: true, level: 'skipped', detail, remedy: null }),
    blocked: (check, detail) => ({ check, account, ok: false, level: 'skipped', detail, remedy: null }),
  };
  return results;
}
