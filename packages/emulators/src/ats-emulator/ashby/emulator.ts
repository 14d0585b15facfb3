import { systemClock } from '../../emulation/clock.js';
import { EmulatedClock } from '../../emulation/emulated-clock.js';
import { FaultRules } from '../../emulation/faults.js';
import { listen } from '../../emulation/listening.js';
import { startLiving } from '../../emulation/living.js';
import { Random } from '../../emulation/random.js';
import { RateWindow } from '../../emulation/rate-window.js';
import { running } from '../running.js';
import { ashbyApi } from './api.js';
import type { AshbyEmulator, AshbyOptions } from './contract.js';
import { controlPath, handleControl } from './control.js';
import { Lists } from './lists.js';
import { type Key, permissions } from './records.js';
import { ashbySwitchTable } from './switch-table.js';
import { WebhookSender } from './webhooks.js';
import { AshbyActs } from './world/acts.js';
import type { Living } from './world/life.js';
import { seedWorld, sizes } from './world/seed.js';
import { World } from './world/world.js';

export const defaultApiKey = 'emulated-ashby-key';

/**
 * Starts an Ashby in this process: what of its API has to do with applications, and its webhooks, over a small company that
 * is made up from the seed.
 *
 * Every endpoint takes POST, with a JSON body and the API key as the user name. What cannot be done is answered with 200 and
 * `success: false`. A list ends where `moreDataAvailable` is false; there it has a `syncToken`, by which the next listing has
 * only what changed since. What the public documents leave open is a switch.
 *
 * @example
 * const ashby = await startAshbyEmulator({ switches: { errorShape: 'texts' } });
 * // ashby.url with ashby.apiKey is what a client needs.
 * const { id } = ashby.act.apply({ stage: 'Video interview' }); // whoever: a new candidate, the first open job
 * ashby.act.archive({ application_id: id });
 * ashby.faults.add({ path: /createNote/, nth: 1, effect: { kind: 'reset', when: 'after' } }); // done, answer lost
 * await ashby.close();
 *
 * @throws RangeError for a reading a switch does not have; the system's error for a port that is taken
 */
export async function startAshbyEmulator(options: AshbyOptions = {}): Promise<AshbyEmulator> {
  const seed = options.seed ?? 1;
  const clock = new EmulatedClock(options.clock ?? systemClock);
  const switches = ashbySwitchTable.checked(options.switches ?? {});
  const world = new World(clock, seed);
  const webhooks = new WebhookSender(world, switches, new Random(`ashby events ${seed}`));
  const living: Living = { world, switches, tell: (happened) => webhooks.tell(happened) };
  const size = sizes[options.size ?? 'small'];
  seedWorld(living, {
    seed,
    jobs: options.jobs ?? size.jobs,
    candidates: options.candidates ?? size.candidates,
  });
  const apiKey = options.apiKey ?? defaultApiKey;
  const keys = new Map<string, Key>();
  keys.set(apiKey, {
    key: apiKey,
    permissions: new Set(options.permissions ?? permissions),
    isActive: true,
    seesConfidential: true,
  });
  const faults = new FaultRules(seed);
  const rate = new RateWindow(clock.base, options.rateLimit ?? 1000, options.rateWindowSeconds ?? 60);
  const api = ashbyApi({
    living,
    lists: new Lists(world, switches, seed),
    webhooks,
    keys,
    faults,
    rate,
    logger: options.logger,
    requestLogLimit: options.requestLogLimit ?? Number.POSITIVE_INFINITY,
  });
  const { origin, port, stop } = await listen(
    options,
    controlPath,
    (request, response) => handleControl(emulator, request, response),
    (request, response) => api.handle(request, response),
  );
  const act = new AshbyActs(living, { keys, webhooks, seed });
  const stopLiving =
    options.liveSeconds === undefined
      ? undefined
      : startLiving(clock.base, options.liveSeconds, () => options.logger?.info(act.somethingHappens()));

  const emulator: AshbyEmulator = {
    url: origin,
    origin,
    port,
    apiKey,
    state: world.tables,
    keys,
    switches,
    faults,
    clock,
    act,
    rate,
    ...running({ api, sender: webhooks, stop, stopLiving }),
  };
  return emulator;
}
