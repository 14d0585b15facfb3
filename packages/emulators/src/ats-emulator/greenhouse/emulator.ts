import { EmulatedApi } from '../../emulation/api-server.js';
import { systemClock } from '../../emulation/clock.js';
import { EmulatedClock } from '../../emulation/emulated-clock.js';
import { FaultRules } from '../../emulation/faults.js';
import { listen } from '../../emulation/listening.js';
import { startLiving } from '../../emulation/living.js';
import { Random } from '../../emulation/random.js';
import { RateWindow } from '../../emulation/rate-window.js';
import { running } from '../running.js';
import { GreenhouseApi, tokenPath } from './api.js';
import type { GreenhouseEmulator, GreenhouseOptions } from './contract.js';
import { controlPath, handleControl } from './control.js';
import { allScopes, Credentials, defaultClientId, defaultClientSecret } from './credentials.js';
import { basePath } from './router.js';
import { greenhouseSwitchTable } from './switch-table.js';
import { WebhookSender } from './webhooks/webhooks.js';
import { GreenhouseActs } from './world/acts.js';
import type { Living } from './world/life.js';
import { seedWorld, sizes } from './world/seed.js';
import { World } from './world/world.js';

/**
 * Starts a Greenhouse in this process: the lists, notes, moves and changes of Harvest v3, its token endpoint and its
 * webhooks, over a small company that is made up from the seed.
 *
 * A token comes from `POST tokenUrl` with Basic authentication and the form `grant_type=client_credentials` (and
 * `sub`, a user's id); asking for another one ends it. Lists are in descending order of id; `Link: <…>; rel="next"`
 * names the next page by a cursor, which stands alone. What the public documents leave open is a switch.
 *
 * @example
 * const greenhouse = await startGreenhouseEmulator({ clock, switches: { lagSeconds: 60 } });
 * // greenhouse.url and .tokenUrl with .clientId and .clientSecret are what a client needs.
 * const { id } = greenhouse.act.apply({ stage: 'Video interview' }); // whoever: a new candidate, the first open job
 * greenhouse.act.reject({ application_id: id });
 * greenhouse.faults.add({ path: /notes/, nth: 1, effect: { kind: 'reset', when: 'after' } }); // done, answer lost
 * greenhouse.state.notes.values(); // rows have the API's names; times are milliseconds
 * greenhouse.requests; // what the client asked
 * await greenhouse.act.addWebhook({ event: 'candidate_stage_change', url, secret });
 * await greenhouse.close();
 *
 * @throws RangeError for a reading a switch does not have; the system's error for a port that is taken
 */
export async function startGreenhouseEmulator(options: GreenhouseOptions = {}): Promise<GreenhouseEmulator> {
  const seed = options.seed ?? 1;
  const clock = new EmulatedClock(options.clock ?? systemClock);
  const switches = greenhouseSwitchTable.checked(options.switches ?? {});
  const world = new World(clock);
  const size = sizes[options.size ?? 'small'];
  const { serviceUserId } = seedWorld(world, {
    seed,
    jobs: options.jobs ?? size.jobs,
    candidates: options.candidates ?? size.candidates,
  });
  const credentials = new Credentials(world, switches, seed, options.tokenSeconds ?? 3600);
  const clientId = options.clientId ?? defaultClientId;
  const clientSecret = options.clientSecret ?? defaultClientSecret;
  credentials.all.set(clientId, {
    clientId,
    secret: clientSecret,
    scopes: new Set(options.scopes ?? allScopes),
    serviceUserId,
    seesPrivate: true,
  });
  const webhooks = new WebhookSender(world, switches, new Random(`events ${seed}`));
  const living: Living = { world, switches, tell: (happened) => webhooks.tell(happened) };
  const faults = new FaultRules(seed);
  const rate = new RateWindow(clock.base, options.rateLimit ?? 50, options.rateWindowSeconds ?? 30);
  const tokenRate = new RateWindow(clock.base, options.tokenRateLimit ?? 10, 60);
  const api = new EmulatedApi(new GreenhouseApi({ living, credentials, rate, tokenRate }), {
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
  const act = new GreenhouseActs(living, { credentials, webhooks, defaultClientId: clientId, seed });
  const stopLiving =
    options.liveSeconds === undefined
      ? undefined
      : startLiving(clock.base, options.liveSeconds, () => {
          const what = act.somethingHappens();
          options.logger?.info(what);
        });

  const emulator: GreenhouseEmulator = {
    url: `${origin}${basePath}`,
    tokenUrl: `${origin}${tokenPath}`,
    origin,
    port,
    clientId,
    clientSecret,
    state: world.tables,
    credentials,
    webhooks: webhooks.all,
    switches,
    faults,
    clock,
    act,
    rate,
    tokenRate,
    ...running({ api, sender: webhooks, stop, stopLiving }),
  };
  return emulator;
}
