/**
 * What the package offers to other programs.
 *
 * The root of src has what any room may use: settings, coded errors, the log, the clock. In comes what the environment and
 * files of settings say; out goes what all agree on. None of it talks to a database or to anybody's API, but for the session
 * (account-session.ts), which puts together what work on an account needs.
 */
export type { Clock } from './clock.js';
export { type ErrorCode, errorCodes, SyncError } from './errors.js';
export * from './sparkhire/client.js';
