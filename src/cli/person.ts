import { hostname, userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Person } from '../db/audit.js';

export interface ReasonFlag {
  reason?: string;
}

/** Adds `--reason`, for commands by which a person changes something. */
export function withReason(command: Command): Command {
  return command.option('--reason <text>', 'why, for the audit (sync.audit)');
}

/** The user of this machine, as far as it has a name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'console';
  }
}

/** Who runs this command. */
export function personOf({ reason }: ReasonFlag): Person {
  return { who: `${userName()}@${hostname()}`, ...(reason === undefined ? {} : { reason }) };
}
