import { EmulatedApi } from '../../emulation/api-server.js';
import { systemClock } from '../../emulation/clock.js';
import { EmulatedClock } from '../../emulation/emulated-clock.js';
import { FaultRules } from '../../emulation/faults.js';
import { listen } from '../../emulation/listening.js';
import { Random } from '../../emulation/random.js';
import { RateWindow, type Taken } from '../../emulation/rate-window.js';
import { running } from '../running.js';
import { type Access, basePath, WorkableApi, type WorkableRequest } from './api.js';
import type { WorkableEmulator, WorkableOptions } from './contract.js';
import { controlPath, handleControl } from './control.js';
import { Shapes } from './shapes.js';
import { SubscriptionSender } from './subscriptions.js';
import { workableSwitchTable } from './switch-table.js';
import { WorkableActs } from './world/acts.js';
import type { Living } from './world/life.js';
import { somethingHappens, startLiving } from './world/live.js';
import { seedWorld, sizes } from './world/seed.js';
import { World } from './world/world.js';

export const defaultToken = 'emulated-workable-token';
export const defaultWebhookSecret = 'emulated-workable-secret';
export const allScopes = ['r_jobs', 'r_candidates', 'w_candidates'];

/**
 * Starts a Workable in this process: the lists, comments, moves and subscriptions of the API v3, and its webhooks, over a
 * small company that is made up from the seed.
 *
 * A list is in the order of ids, 50 rows at a time unless `limit` says otherwise (at most 100); `paging.next` is the whole
 * address of the next page. What the public documents leave open is a switch.
 *
 * @example
 * const workable = await startWorkableEmulator({ clock, switches: { commentTouches: 'yes' } });
 * // workable.url with workable.access.token are what a client needs.
 * const { id } = workable.act.apply({ stage: 'Video interview' }); // whoever: the first published job
 * workable.act.disqualify({ candidate_id: id });
 * workable.faults.add({ path: /comments/, nth: 1, effect: { kind: 'reset', when: 'after' } }); // done, answer lost
 * workable.state.activities.values(); // times are milliseconds
 * await workable.close();
 *
 * @throws RangeError for a reading a switch does not have; the system's error for a port that is taken
 */
export async function startWorkableEmulator(options: WorkableOptions = {}): Promise<WorkableEmulator> {
  const seed = options.seed ?? 1;
  const clock = new EmulatedClock(options.clock ?? systemClock);
  const switches = workableSwitchTable.checked(options.switches ?? {});
  const world = new World(clock);
  const access: Access = {
    token: options.token ?? defaultToken,
    scopes: new Set(options.scopes ?? allScopes),
  };
  const webhookSecret = options.webhookSecret ?? defaultWebhookSecret;
  const shapes = new Shapes(world, switches, () => origin);
  const subscriptions = new SubscriptionSender({
    world,
    switches,
    shapes,
    random: new Random(`events ${seed}`),
    keys: () => ({ token: access.token, secret: webhookSecret }),
  });
  const living: Living = { world, switches, tell: (happened) => subscriptions.tell(happened) };
  const size = sizes[options.size ?? 'small'];
  seedWorld(living, {
    seed,
    jobs: options.jobs ?? size.jobs,
    candidates: options.candidates ?? size.candidates,
  });
  const faults = new FaultRules(seed);
  const rate = new RateWindow(clock.base, options.rateLimit ?? 10, options.rateWindowSeconds ?? 10);
  const api = new EmulatedApi<WorkableRequest, Taken>(
    new WorkableApi({ living, shapes, subscriptions, access, rate }),
    {
      clock,
      faults,
      logger: options.logger,
      requestLogLimit: options.requestLogLimit ?? Number.POSITIVE_INFINITY,
    },
  );
  const { origin, port, stop } = await listen(
    options,
    controlPath,
    (request, response) => handleControl(emulator, request, response),
    (request, response) => api.handle(request, response),
  );
  const act = new WorkableActs(living, access, subscriptions);
  const random = new Random(`life ${seed}`);
  const stopLiving =
    options.liveSeconds === undefined
      ? undefined
      : startLiving(clock.base, options.liveSeconds, () => {
          const what = somethingHappens(world, act, random);
          options.logger?.info(what);
        });

  const emulator: WorkableEmulator = {
    url: `${origin}${basePath}`,
    origin,
    port,
    access,
    webhookSecret,
    state: world.tables,
    stages: world.stages,
    subscriptions: subscriptions.all,
    switches,
    faults,
    clock,
    act,
    rate,
    ...running({ api, sender: subscriptions, stop, stopLiving }),
  };
  return emulator;
}
