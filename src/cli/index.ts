/** The command line. One file a command; this one only puts them together. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { applyCommand } from './apply.js';
import { backfillCommand } from './backfill.js';
import { conflictsCommand } from './conflicts.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { emulatorCommand } from './emulator.js';
import { importCommand } from './import.js';
import { keysCommand } from './keys.js';
import { migrateCommand } from './migrate.js';
import { planCommand } from './plan.js';
import { runCommand } from './run.js';
import { exitCodes, reportError } from './runtime.js';
import { statusCommand } from './status.js';
import { syncCommand } from './sync.js';
import { webhooksCommand } from './webhooks.js';

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

export async function main(argv: string[]): Promise<void> {
  // A reader that went away (`| head`) is no failure of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCodes.done);
      throw error;
    });
  }
  const program = new Command('sparkhire-sync')
    .description('Keeps a Postgres mirror of a Spark Hire account.')
    .version(version())
    .showHelpAfterError('(--help shows what is understood)');
  for (const command of [
    runCommand(),
    backfillCommand(),
    syncCommand(),
    planCommand(),
    applyCommand(),
    statusCommand(),
    conflictsCommand(),
    doctorCommand(),
    webhooksCommand(),
    keysCommand(),
    importCommand(),
    migrateCommand(),
    emulatorCommand(),
    demoCommand(),
  ]) {
    program.addCommand(command);
  }
  throwInsteadOfExit(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version have been shown and are no error.
      process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
      return;
    }
    process.exitCode = reportError(error, argv.includes('--json'));
  }
}

/** Of every command, those of `keys` and its like too: commander hands the setting down to none that is added. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(throwInsteadOfExit);
}
