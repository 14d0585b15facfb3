/** What the package offers to other programs. */
export type { Clock } from './clock.js';
export { type ErrorCode, errorCodes, SyncError } from './errors.js';
export * from './sparkhire/client.js';
