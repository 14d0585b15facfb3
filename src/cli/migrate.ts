import { Command } from 'commander';
import { acquireEmbeddedPostgres } from '../db/embedded/index.js';
import { migrate, migrationStatus } from '../db/migrate.js';
import type { Logger } from '../log.js';
import { type CommonOptions, commandLog, exitCodes, settingsFor, stopSignal } from './runtime.js';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('create or upgrade the schemas and roles')
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--status', 'only show which migrations the database has')
    .option('--json', 'JSON on stdout')
    .action(async (flags: CommonOptions & { status?: boolean }) => {
      const settings = settingsFor(flags, false);
      const log = commandLog(settings);
      const embedded =
        settings.database.url === null
          ? await acquireEmbeddedPostgres({ log, signal: stopSignal() })
          : undefined;
      try {
        const url = settings.database.url ?? embedded!.url;
        process.exitCode = flags.status ? await showStatus(url, flags) : await upgrade(url, flags, log);
      } finally {
        await embedded?.release();
      }
    });
}

async function showStatus(url: string, flags: CommonOptions): Promise<number> {
  const status = await migrationStatus(url);
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(status)}\n`);
  } else {
    for (const { version, name, appliedAt } of status.migrations) {
      const when = appliedAt === null ? 'not applied' : `applied ${appliedAt.toISOString()}`;
      process.stdout.write(`${String(version).padStart(4, '0')}  ${name.padEnd(20)} ${when}\n`);
    }
    if (status.applied > status.known) {
      process.stdout.write('The database is newer than this program: use the version that migrated it.\n');
    }
  }
  return status.applied > status.known ? exitCodes.failed : exitCodes.done;
}

async function upgrade(url: string, flags: CommonOptions, log: Logger): Promise<number> {
  const applied = await migrate(url, log);
  if (flags.json) process.stdout.write(`${JSON.stringify({ ok: true, applied })}\n`);
  else process.stdout.write(applied.length > 0 ? `Applied: ${applied.join(', ')}.\n` : 'Nothing to do.\n');
  return exitCodes.done;
}
