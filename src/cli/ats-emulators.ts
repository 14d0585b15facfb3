/** The ATSs that `sparkhire-sync emulator --ats` plays. */
import type { Logger } from '../log.js';
import { type AtsFlags, type Environment, type Listening, usage } from './emulator-flags.js';
import { startGreenhouse } from './greenhouse-emulator.js';

/** @throws SyncError USAGE naming the option that cannot be used */
type Start = (flags: AtsFlags, env: Environment, logger: Logger) => Promise<Listening>;

/** One line an ATS. */
export const atsEmulators: Readonly<Record<string, Start>> = {
  greenhouse: startGreenhouse,
};

export function startAts(
  name: string,
  flags: AtsFlags,
  env: Environment,
  logger: Logger,
): Promise<Listening> {
  const start = Object.hasOwn(atsEmulators, name) ? atsEmulators[name] : undefined;
  if (start !== undefined) return start(flags, env, logger);
  const names = Object.keys(atsEmulators).join(', ');
  throw usage(`There is no emulator of "${name}", only of ${names}.`);
}
