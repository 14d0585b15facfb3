import type { Command } from 'commander';

/** What every command that works on accounts understands. @param account which of them it means */
export function withCommonFlags(command: Command, account = 'only this account (default: all)'): Command {
  return command
    .option('--account <name>', account)
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--json', 'one line of JSON on stdout');
}
