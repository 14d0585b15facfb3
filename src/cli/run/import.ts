import { type FileHandle, open, stat } from 'node:fs/promises';
import { Argument, Command } from 'commander';
import { chooseAccounts, type Settings } from '../../config.js';
import { type AtsTableName, importableTables } from '../../db/objects/ats-tables.js';
import { ImportError, importFile } from '../../desired/import/import.js';
import { messageOf, SyncError } from '../../errors.js';
import { withCommonFlags } from '../common-flags.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { personOf, type ReasonFlag, withReason } from '../person.js';
import { describeError } from '../report/report.js';
import { type CommonOptions, settingsFor, withDatabase } from '../runtime.js';

export function importCommand(invocation: Invocation): Command {
  return withReason(
    withCommonFlags(new Command('import'), 'the account the rows belong to (needed if there are several)'),
  )
    .addArgument(new Argument('<table>', 'the kind of rows').choices(importableTables))
    .argument('<file>', 'the file; - is stdin')
    .action(async (table: AtsTableName, file: string, flags: CommonOptions & ReasonFlag) => {
      invocation.exitCode = await runImport(invocation, table, file, flags);
    });
}

async function runImport(
  invocation: Invocation,
  table: AtsTableName,
  file: string,
  flags: CommonOptions & ReasonFlag,
): Promise<number> {
  const { stdin, stdout, stderr } = invocation;
  const settings = settingsFor(invocation, flags, false);
  const account = accountOf(settings, flags.account);
  const name = file === '-' ? 'stdin' : file;
  const { source, mayStall, close } =
    file === '-' ? { source: stdin as AsyncIterable<Buffer>, mayStall: true } : await openFile(file);
  const signal = invocation.stopSignal();
  try {
    const counts = await withDatabase(invocation, settings, ({ db }) =>
      importFile(db, { account, table, source, name, mayStall, signal, by: personOf(flags) }),
    );
    const { rows, created, updated, unchanged, dropped } = counts;
    stdout.write(
      flags.json
        ? `${JSON.stringify({ account, table, ok: true, ...counts })}\n`
        : `${rows} ${rows === 1 ? 'row' : 'rows'} of ${name} imported into ats.${table} of account ${account}: ` +
            `${created} new, ${updated} changed, ${unchanged} as before.\n`,
    );
    if (dropped !== undefined) stderr.write(droppedWords(dropped, table));
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    const { code, remedy, problems } = error;
    if (flags.json) {
      const message = error.message.split('\n')[0];
      stdout.write(
        `${JSON.stringify({ account, table, ok: false, error: { code, message, remedy }, problems })}\n`,
      );
    }
    stderr.write(`${describeError(error)}\n`);
    return exitCodes.failed;
  } finally {
    await close?.();
  }
}

/** Nothing failed, and yet these rows are not there as the file has them. */
function droppedWords(dropped: number, table: string): string {
  const rows = dropped === 1 ? '1 row of the file is' : `${dropped} rows of the file are`;
  return `${rows} not in ats.${table}: a trigger that somebody added to the table dropped what was to be written, or changed keys.\n`;
}

interface Source {
  source: AsyncIterable<Buffer>;
  /** Whether it may stand still. */
  mayStall: boolean;
  close?(): Promise<void>;
}

/** Rows belong to one account. One that has no key yet may be filled too, if it is the only one. */
function accountOf(settings: Settings, wanted: string | undefined): string {
  if (settings.accounts.length === 0) return wanted ?? 'default';
  const accounts = chooseAccounts(settings, wanted);
  if (accounts.length === 1) return accounts[0]!.name;
  throw new SyncError('USAGE', 'There are several accounts, and rows belong to one.', {
    remedy: `Say which: --account ${accounts.map((account) => account.name).join(', or --account ')}.`,
  });
}

/** Whatever is no plain file (a named pipe, a device) may stand still. */
async function openFile(file: string): Promise<Source> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new Error('it is a directory');
    const handle = await open(file);
    return { source: contentOf(handle), mayStall: !found.isFile(), close: () => handle.close() };
  } catch (error) {
    throw new SyncError('USAGE', `${file} cannot be read: ${messageOf(error)}`, {
      remedy: 'Name a file that exists and may be read, or - for stdin.',
      cause: error,
    });
  }
}

/** Unlike a stream it closes nothing by itself: whoever has the handle knows when the file is closed. */
async function* contentOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(65_536), 0, 65_536, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
