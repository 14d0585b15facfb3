import { EmulatedApi } from '../../emulation/api-server.js';
import { systemClock } from '../../emulation/clock.js';
import { EmulatedClock } from '../../emulation/emulated-clock.js';
import { FaultRules } from '../../emulation/faults.js';
import { listen } from '../../emulation/listening.js';
import { startLiving } from '../../emulation/living.js';
import { Random } from '../../emulation/random.js';
import { RateWindow } from '../../emulation/rate-window.js';
import { running } from '../running.js';
import { type Access, basePath, LeverApi } from './api.js';
import type { LeverEmulator, LeverOptions } from './contract.js';
import { controlPath, handleControl } from './control.js';
import { allRights } from './routes.js';
import { leverSwitchTable } from './switch-table.js';
import { WebhookSender } from './webhooks.js';
import { LeverActs } from './world/acts.js';
import type { Living } from './world/life.js';
import { seedWorld, sizes } from './world/seed.js';
import { World } from './world/world.js';

/** What the emulator is opened with unless another is given. It opens nothing else. */
export const defaultApiKey = 'emulated-lever-key';

/**
 * Starts a Lever in this process: opportunities, postings, users, stages, notes, links and tags of its API, and its
 * webhooks, over a small company that is made up from the seed.
 *
 * The key is the user name of Basic authentication. The list of opportunities is in the order of the pipeline, which moves
 * while it is read; `next` names the row that the next page begins with. What is not known of Lever is a switch.
 *
 * @example
 * const lever = await startLeverEmulator({ clock, switches: { expand: 'ignored' } });
 * // lever.url with lever.access.key is what a client needs.
 * const { id } = lever.act.apply({ stage: 'Video interview' }); // whoever: a new person, the first open posting
 * lever.act.archive({ opportunity: id });
 * lever.faults.add({ path: /addTags/, nth: 1, effect: { kind: 'reset', when: 'after' } }); // done, answer lost
 * lever.state.opportunities.get(id); // rows have the API's names; times are milliseconds
 * lever.requests; // what the client asked
 * const { secret } = lever.act.addWebhook({ event: 'candidateStageChange', url });
 * await lever.close();
 *
 * @throws RangeError for a reading a switch does not have; the system's error for a port that is taken
 */
export async function startLeverEmulator(options: LeverOptions = {}): Promise<LeverEmulator> {
  const seed = options.seed ?? 1;
  const clock = new EmulatedClock(options.clock ?? systemClock);
  const switches = leverSwitchTable.checked(options.switches ?? {});
  const world = new World(clock, seed);
  const size = sizes[options.size ?? 'small'];
  seedWorld(world, {
    seed,
    postings: options.postings ?? size.postings,
    opportunities: options.opportunities ?? size.opportunities,
  });
  const access: Access = {
    key: options.apiKey ?? defaultApiKey,
    rights: new Set(options.rights ?? allRights),
    seesConfidential: true,
  };
  const webhooks = new WebhookSender(world, switches, new Random(`lever events ${seed}`));
  const living: Living = { world, switches, tell: (happened) => webhooks.tell(happened) };
  const faults = new FaultRules(seed);
  const rate = new RateWindow(clock.base, options.rateLimit ?? 10, options.rateWindowSeconds ?? 1);
  const api = new EmulatedApi(new LeverApi({ living, webhooks, access, rate }), {
    clock,
    faults,
    logger: options.logger,
    requestLogLimit: options.requestLogLimit ?? Number.POSITIVE_INFINITY,
  });
  const { origin, port, stop } = await listen(
    options,
    controlPath,
    (request, response) => handleControl(emulator, request, response),
    (request, response) => api.handle(request, response),
  );
  const act = new LeverActs(living, { access, webhooks, seed });
  const stopLiving =
    options.liveSeconds === undefined
      ? undefined
      : startLiving(clock.base, options.liveSeconds, () => {
          const what = act.somethingHappens();
          options.logger?.info(what);
        });

  const emulator: LeverEmulator = {
    url: `${origin}${basePath}`,
    origin,
    port,
    access,
    state: world.tables,
    webhooks: webhooks.all,
    switches,
    faults,
    clock,
    act,
    rate,
    ...running({ api, sender: webhooks, stop, stopLiving }),
  };
  return emulator;
}
