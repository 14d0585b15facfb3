/** How a command says what went wrong. */
import { codedIfKnown } from '../../db/connection-error.js';
import { messageOf, SyncError } from '../../errors.js';
import { fitted } from '../../status/render/words.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { widthOf } from './terminal.js';

/** Errors that another command line or other settings avoid. */
const ofUsage: ReadonlySet<string> = new Set([
  'SETTINGS_INVALID',
  'USAGE',
  'ACCOUNT_UNKNOWN',
  'ENCRYPTION_KEY_MISSING',
  'ATS_NOT_CONNECTED',
]);

/** Prints an error for people (stderr) or programs (stdout, with --json) and answers the exit code. */
export function reportError({ stdout, stderr }: Invocation, thrown: unknown, json: boolean): number {
  const error = codedIfKnown(thrown);
  const coded = error instanceof SyncError ? error : null;
  if (json) {
    const code = coded?.code ?? 'INTERNAL';
    stdout.write(
      `${JSON.stringify({ ok: false, error: { code, message: messageOf(error), remedy: coded?.remedy } })}\n`,
    );
  }
  stderr.write(`${fitted(describeError(error), widthOf(stderr))}\n`);
  return coded !== null && ofUsage.has(coded.code) ? exitCodes.usage : exitCodes.failed;
}

export function describeError(error: unknown): string {
  if (!(error instanceof SyncError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `This is a bug in sparkhire-sync: ${text}`;
  }
  return describeCoded(error);
}

export function describeCoded({ code, message, remedy }: { code: string; message: string; remedy?: string }) {
  return `${code}: ${message}${remedy ? `\n→ ${remedy}` : ''}`;
}
