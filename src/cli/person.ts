import { hostname, userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { longestReason, type Person } from '../db/audit.js';

export interface ReasonFlag {
  reason?: string;
}

/** Adds `--reason`, for commands by which a person changes something. */
export function withReason(command: Command): Command {
  return command.option('--reason <text>', 'why, for the audit (sync.audit)', reasonArgument);
}

function reasonArgument(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= longestReason) return reason;
  throw new InvalidArgumentError(`Say why, in at most ${longestReason} characters.`);
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
