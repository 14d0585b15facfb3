export type { LeverActs } from './acts.js';
export type { Access, LeverHook, LeverRequest } from './api.js';
export type { LeverEmulator, LeverOptions } from './contract.js';
export { defaultApiKey, startLeverEmulator } from './emulator.js';
export { allRights } from './routes.js';
export { type Size, sizes } from './seed.js';
export { type LeverSwitches, leverSwitchTable } from './switch-table.js';
export { type LeverDelivery, signatureOf, type Webhook } from './webhooks.js';
export type * from './world.js';
