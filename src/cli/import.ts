import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Argument, Command } from 'commander';
import { chooseAccounts, type Settings } from '../config.js';
import { ImportError, importFile } from '../desired/import.js';
import { type AtsTableName, importableTables } from '../desired/tables.js';
import { messageOf, SyncError } from '../errors.js';
import {
  type CommonOptions,
  commandLog,
  describeError,
  exitCodes,
  settingsFor,
  stopSignal,
  withDatabase,
} from './runtime.js';

export function importCommand(): Command {
  return new Command('import')
    .description('put the rows of a CSV (with a header) or NDJSON file into schema ats: all of them, or none')
    .addArgument(new Argument('<table>', 'what the rows are').choices(importableTables))
    .argument('<file>', 'the file; - is stdin')
    .option('--account <name>', 'the account the rows belong to (needed if there are several)')
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--json', 'one line of JSON on stdout')
    .action(async (table: AtsTableName, file: string, flags: CommonOptions) => {
      process.exitCode = await runImport(table, file, flags);
    });
}

async function runImport(table: AtsTableName, file: string, flags: CommonOptions): Promise<number> {
  const settings = settingsFor(flags, false);
  const account = accountOf(settings, flags.account);
  const name = file === '-' ? 'stdin' : file;
  const source = file === '-' ? (process.stdin as AsyncIterable<Buffer>) : await openFile(file);
  const signal = stopSignal();
  try {
    const counts = await withDatabase(settings, commandLog(settings), signal, ({ db }) =>
      importFile(db, { account, table, source, name, signal }),
    );
    const { rows, created, updated, unchanged } = counts;
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ account, table, ok: true, ...counts })}\n`
        : `${rows} ${rows === 1 ? 'row' : 'rows'} of ${name} imported into ats.${table} of account ${account}: ` +
            `${created} new, ${updated} changed, ${unchanged} as before.\n`,
    );
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    const { code, remedy, problems } = error;
    if (flags.json) {
      const message = error.message.split('\n')[0];
      process.stdout.write(
        `${JSON.stringify({ account, table, ok: false, error: { code, message, remedy }, problems })}\n`,
      );
    }
    process.stderr.write(`${describeError(error)}\n`);
    return exitCodes.failed;
  }
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

async function openFile(file: string): Promise<AsyncIterable<Buffer>> {
  try {
    const handle = await open(file);
    if ((await handle.stat()).isDirectory()) throw new Error('it is a directory');
    return createReadStream(file, { fd: handle });
  } catch (error) {
    throw new SyncError('USAGE', `${file} cannot be read: ${messageOf(error)}`, {
      remedy: 'Name a file that exists and may be read, or - for stdin.',
      cause: error,
    });
  }
}
