export type { WorkableHook, WorkableRequest } from './api.js';
export type { WorkableEmulator, WorkableOptions } from './contract.js';
export { allScopes, defaultToken, defaultWebhookSecret, startWorkableEmulator } from './emulator.js';
export { type Subscription, signatureOf, type WorkableDelivery } from './subscriptions.js';
export { type WorkableSwitches, workableSwitchTable } from './switch-table.js';
export type { WorkableActs } from './world/acts.js';
export { type Size, sizes } from './world/seed.js';
export type { Activity, Candidate, Job, Member, StageRow } from './world/world.js';
