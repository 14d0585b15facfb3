export type { EmulatedClock } from '../emulation/emulated-clock.js';
export type { FaultEffect, FaultRule, FaultRules } from '../emulation/faults.js';
export { defaultAdminKey, type Emulator, type EmulatorOptions } from './contract.js';
export { startEmulator } from './emulator.js';
export { operations } from './http/router.js';
export type { RequestHook, RequestRecord } from './http/server.js';
export type { Acts } from './life/acts.js';
export type * from './records.js';
export type { State } from './state.js';
export {
  acceptsReading,
  defaultSwitches,
  describeReadings,
  parseReading,
  type Switches,
  type SwitchName,
  switchAlternatives,
  switchNames,
  switchQuestions,
} from './switches.js';
export { type Delivery, type WebhookEvent, webhookEvents } from './webhooks.js';
