export type { AshbyHook, AshbyRequest } from './api.js';
export type { AshbyEmulator, AshbyOptions } from './contract.js';
export { defaultApiKey, startAshbyEmulator } from './emulator.js';
export type * from './records.js';
export { type AshbySwitches, ashbySwitchTable } from './switch-table.js';
export { type AshbyDelivery, signatureOf } from './webhooks.js';
export type { AshbyActs } from './world/acts.js';
export { type Size, sizes } from './world/seed.js';
