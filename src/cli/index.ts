/**
 * The command line. One file a command; each is loaded only if the command line names it.
 *
 * Each command reads flags and settings, has the work done (work/, service/), and shows what came of it as text or as JSON
 * with an exit code. It decides nothing itself, and it is the only room that writes to a terminal.
 */

import { readFileSync } from 'node:fs';
import { Command, CommanderError, type Option } from 'commander';
import { refuseUnknown } from './common-flags.js';
import { boundGarbage } from './heap.js';
import { exitCodes, type Invocation, processInvocation } from './invocation.js';
import { hasColors } from './report/terminal.js';

interface Listed {
  description: string;
  /** As the list of commands shows them. */
  arguments?: string;
  load(): Promise<(invocation: Invocation) => Command>;
}

const commands: Record<string, Listed> = {
  run: {
    description: 'run the service: keeps the mirror and Spark Hire up to date until stopped',
    load: async () => (await import('./run/run.js')).runCommand,
  },
  backfill: {
    description: 'read the whole Spark Hire account into the mirror once, then exit',
    load: async () => (await import('./run/backfill.js')).backfillCommand,
  },
  sync: {
    description:
      "run one round, then exit: read Spark Hire's changes into the mirror, send the ATS's changes to Spark Hire",
    load: async () => (await import('./run/sync.js')).syncCommand,
  },
  plan: {
    description: 'show what would be sent to Spark Hire, as a readable diff; sends nothing',
    load: async () => (await import('./run/plan.js')).planCommand,
  },
  apply: {
    description: "carry the plan out: send the ATS's changes to Spark Hire",
    load: async () => (await import('./run/apply.js')).applyCommand,
  },
  status: {
    description: 'show what is mirrored, how fresh it is, and what fails; asks the database only',
    load: async () => (await import('./ask/status.js')).statusCommand,
  },
  conflicts: {
    description: 'decisions waiting for you: list, show, resolve',
    load: async () => (await import('./ask/conflicts.js')).conflictsCommand,
  },
  issues: {
    description: 'show every row that is not in step, grouped by root cause, oldest first, with what to do',
    load: async () => (await import('./ask/issues.js')).issuesCommand,
  },
  explain: {
    description: 'show the whole story of one row, object or person in time order, and what holds it up',
    arguments: '<what>',
    load: async () => (await import('./ask/explain.js')).explainCommand,
  },
  doctor: {
    description: 'check settings, database, keys, webhooks and clocks; each fault comes with its remedy',
    load: async () => (await import('./ask/doctor.js')).doctorCommand,
  },
  webhooks: {
    description: 'list, register, remove and test the webhooks of this service',
    load: async () => (await import('./change/webhooks.js')).webhooksCommand,
  },
  keys: {
    description:
      "store the users' own API keys, encrypted; a row is written with the key of the user it names",
    load: async () => (await import('./change/keys.js')).keysCommand,
  },
  ats: {
    description: 'check and read the connected ATS',
    load: async () => (await import('./change/ats.js')).atsCommand,
  },
  import: {
    description: 'load a CSV (with a header) or NDJSON file into schema ats: all rows, or none',
    arguments: '<table> <file>',
    load: async () => (await import('./run/import.js')).importCommand,
  },
  forget: {
    description: "erase a candidate's personal data here, and keep it erased",
    arguments: '[email]',
    load: async () => (await import('./change/forget.js')).forgetCommand,
  },
  migrate: {
    description: 'create or upgrade the schemas and roles',
    load: async () => (await import('./run/migrate.js')).migrateCommand,
  },
  emulator: {
    description:
      'serve the API of Spark Hire (or, with --ats, of an ATS) on this machine, for development and tests',
    load: async () => (await import('./try/emulator.js')).emulatorCommand,
  },
  demo: {
    description: 'an emulated Spark Hire and an embedded PostgreSQL: see it work, nothing to set up',
    load: async () => (await import('./try/demo.js')).demoCommand,
  },
};

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Understood anywhere, by every command. */
const noColor = '--no-color';

/**
 * Runs one command to its end.
 * @param given what follows the program's name
 * @returns the exit code; nothing is thrown
 */
export async function main(given: readonly string[], invocation: Invocation): Promise<number> {
  const args = given.filter((arg) => arg !== noColor);
  if (args.length < given.length) invocation.noColor = true;
  try {
    const program = new Command('sparkhire-sync')
      .description('Keeps an applicant tracking system and Spark Hire in step.')
      .version(version())
      .option(noColor, 'no colors, whatever the terminal can show (also NO_COLOR=1)');
    for (const [name, listed] of Object.entries(commands)) {
      // The words of a command line are few: what is named anywhere is loaded.
      const command = args.includes(name) ? (await listed.load())(invocation) : new Command(name);
      if (!args.includes(name) && listed.arguments) command.arguments(listed.arguments);
      program.addCommand(command.description(listed.description));
    }
    prepare(program, invocation);
    // Commander shows the whole help, and says nothing of what it was asked for.
    const [first, asked] = args;
    if (first === 'help' && asked !== undefined && !asked.startsWith('-') && !Object.hasOwn(commands, asked))
      program.error(`error: unknown command '${asked}'`);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // Help and version have been shown and are no error.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.done;
      // For people it is said already.
      if (args.includes('--json'))
        invocation.stdout.write(
          `${JSON.stringify({ ok: false, error: { code: 'USAGE', message: error.message.replace(/^error: /, '') } })}\n`,
        );
      return exitCodes.usage;
    }
    const { reportError } = await import('./report/report.js');
    return reportError(invocation, error, args.includes('--json'));
  }
  return invocation.exitCode;
}

/** Of every command, those of `keys` and its like too: commander hands settings down to none that is added. */
function prepare(command: Command, invocation: Invocation): void {
  command
    .exitOverride()
    .showHelpAfterError('(--help shows what is understood)')
    .configureOutput({
      writeOut: (text) => invocation.stdout.write(text),
      writeErr: (text) => invocation.stderr.write(text),
      getOutHelpWidth: () => invocation.stdout.columns ?? 80,
      getErrHelpWidth: () => invocation.stderr.columns ?? 80,
      getOutHasColors: () => hasColors(invocation, invocation.stdout),
      getErrHasColors: () => hasColors(invocation, invocation.stderr),
    });
  for (const option of command.options) if (option.required) refuseSlips(command, option);
  if (command.parent !== null && command.commands.length > 0)
    command.on('command:*', (given: string[]) => refuseUnknown(command, given));
  for (const inner of command.commands) prepare(inner, invocation);
}

/** Of two values commander takes the second, and where none is given the next flag; it says nothing of either. */
function refuseSlips(command: Command, option: Option): void {
  let isGiven = false;
  command.on(`option:${option.name()}`, (value: unknown) => {
    if (command.options.some(({ long, short }) => value === long || value === short))
      command.error(`error: option '${option.flags}' argument missing`);
    const takesSeveral = Array.isArray(command.getOptionValue(option.attributeName()));
    if (isGiven && !takesSeveral)
      command.error(`error: option '${option.flags}' is given twice, and takes one value`);
    isGiven = true;
  });
}

/** How long what hangs may go on once a signal has stopped the command, in milliseconds. */
const lingerMs = 500;

/** Runs the command that this process was started for. */
export async function runProcess(): Promise<void> {
  // The bundle is loaded by now: what V8 keeps compiled of its other files would be of no use under flags set before.
  boundGarbage(process.argv[2]);
  const invocation = processInvocation();
  process.exitCode = await main(process.argv.slice(2), invocation);
  if (invocation.stopped) setTimeout(() => process.exit(), lingerMs).unref();
}
