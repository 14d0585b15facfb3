import { Command } from 'commander';
import { migrate, migrationStatus } from '../../db/migrate.js';
import { incomplete } from '../../db/objects/own-objects.js';
import type { Logger } from '../../log.js';
import { table } from '../../status/render/table.js';
import { exitCodes, type Invocation, type Output } from '../invocation.js';
import { commandLog } from '../report/command-log.js';
import { widthOf } from '../report/terminal.js';
import { type CommonOptions, findDatabase, settingsFor } from '../runtime.js';

export function migrateCommand(invocation: Invocation): Command {
  return new Command('migrate')
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--status', 'only show which migrations the database has')
    .option('--json', 'JSON on stdout')
    .action(async (flags: CommonOptions & { status?: boolean }) => {
      const settings = settingsFor(invocation, flags, false);
      const log = await commandLog(invocation, settings);
      const { url, release } = await findDatabase(settings, log, invocation.stopSignal());
      try {
        invocation.exitCode = flags.status
          ? await showStatus(url, flags, invocation.stdout)
          : await upgrade(url, flags, invocation.stdout, log);
      } finally {
        await release();
      }
    });
}

async function showStatus(url: string, flags: CommonOptions, stdout: Output): Promise<number> {
  const status = await migrationStatus(url);
  if (flags.json) {
    stdout.write(`${JSON.stringify(status)}\n`);
  } else {
    const rows = status.migrations.map(({ version, name, appliedAt }) => [
      String(version).padStart(4, '0'),
      name,
      appliedAt === null ? 'not applied' : `applied ${appliedAt.toISOString()}`,
    ]);
    const columns = [{ title: 'Version' }, { title: 'Name' }, { title: 'Applied', wraps: true }];
    stdout.write(`${table(columns, rows, { width: widthOf(stdout), titles: false }).join('\n')}\n`);
    const { missing, there } = status.objects;
    if (there > 0 && missing.length > 0 && status.applied === status.known)
      stdout.write(`There is no ${missing.join(', no ')}: \`sparkhire-sync doctor\` says what to do.\n`);
    if (status.applied > status.known) {
      stdout.write('The database is newer than this program: use the version that migrated it.\n');
    }
  }
  return status.applied > status.known ? exitCodes.failed : exitCodes.done;
}

async function upgrade(url: string, flags: CommonOptions, stdout: Output, log: Logger): Promise<number> {
  const { applied, granted, mended } = await migrate(url, log);
  const lacking = incomplete((await migrationStatus(url)).objects);
  if (lacking !== null) throw lacking;
  if (flags.json) {
    stdout.write(`${JSON.stringify({ ok: true, applied, granted, mended })}\n`);
    return exitCodes.done;
  }
  if (applied.length > 0) stdout.write(`Applied: ${applied.join(', ')}.\n`);
  if (granted.length > 0) stdout.write(`Given their rights: ${granted.join(', ')}.\n`);
  for (const what of mended) stdout.write(`Brought back: ${what}.\n`);
  if (applied.length + granted.length + mended.length === 0) stdout.write('Nothing to do.\n');
  return exitCodes.done;
}
