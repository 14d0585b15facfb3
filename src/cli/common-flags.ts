import type { Command } from 'commander';

/** What every command that works on accounts understands. @param account which of them it means */
export function withCommonFlags(command: Command, account = 'only this account (default: all)'): Command {
  return command
    .option('--account <name>', account)
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--json', 'one line of JSON on stdout');
}

/** Of a command that has commands of its own: tells which, and ends. @param given what was named in place of one */
export function refuseUnknown(command: Command, [given]: readonly string[]): void {
  const names = command.commands.map((inner) => inner.name()).join(', ');
  command.error(`error: unknown command '${given}'; \`${command.name()}\` takes ${names}`);
}
