/**
 * Commands that look. They read the database, and doctor also asks Spark Hire and the ATS. Nothing changes by them but what a person decides with `conflicts resolve`.
 */
import { Command } from 'commander';
import { accountUnknown } from '../../config.js';
import { encryptionKeys } from '../../encryption.js';
import type { SyncError } from '../../errors.js';
import { renderStatus } from '../../status/render/status.js';
import { readStatus } from '../../status/status.js';
import { withCommonFlags } from '../common-flags.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { widthOf } from '../report/terminal.js';
import { type CommonOptions, settingsFor, withDatabase } from '../runtime.js';

export function statusCommand(invocation: Invocation): Command {
  return withCommonFlags(new Command('status')).action(async (flags: CommonOptions) => {
    invocation.exitCode = await showStatus(invocation, flags);
  });
}

async function showStatus(invocation: Invocation, flags: CommonOptions): Promise<number> {
  // No key is needed to look at the database: accounts without one here are shown as far as it knows them.
  const settings = settingsFor(invocation, flags, false);
  const status = await withDatabase(invocation, settings, ({ db }) =>
    readStatus(db, {
      configured: settings.accounts,
      webhooksWanted: settings.http.publicUrl !== null,
      account: flags.account,
      encryptionKeyIds: [...encryptionKeys(settings.secrets).byId.keys()],
    }),
  );
  if (status.accounts.length === 0) {
    if (flags.account !== undefined) throw unknownAccount(flags.account, settings.accounts);
    // Says what is missing, as every other command does.
    settingsFor(invocation, flags);
  }
  invocation.stdout.write(
    flags.json ? `${JSON.stringify(status)}\n` : renderStatus(status, widthOf(invocation.stdout)),
  );
  return exitCodes.done;
}

function unknownAccount(name: string, configured: ReadonlyArray<{ name: string }>): SyncError {
  const names = configured.map((account) => account.name).join(', ') || 'none';
  return accountUnknown(name, `Configured: ${names}; the database knows none of that name either.`);
}
