export type { Access, LeverHook, LeverRequest } from './api.js';
export type { LeverEmulator, LeverOptions } from './contract.js';
export { defaultApiKey, startLeverEmulator } from './emulator.js';
export { allRights } from './routes.js';
export { type LeverSwitches, leverSwitchTable } from './switch-table.js';
export { type LeverDelivery, signatureOf, type Webhook } from './webhooks.js';
export type { LeverActs } from './world/acts.js';
export { type Size, sizes } from './world/seed.js';
export type * from './world/world.js';
