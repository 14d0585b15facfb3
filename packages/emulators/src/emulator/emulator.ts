import { systemClock } from '../emulation/clock.js';
import { EmulatedClock } from '../emulation/emulated-clock.js';
import { FaultRules } from '../emulation/faults.js';
import { listen } from '../emulation/listening.js';
import { Random } from '../emulation/random.js';
import { defaultAdminKey, type Emulator, type EmulatorOptions } from './contract.js';
import { controlPath, handleControl } from './control.js';
import type { Core } from './core.js';
import { Lists } from './http/lists.js';
import { RateLimit } from './http/rate-limit.js';
import { Renderer } from './http/render.js';
import { ApiServer, basePath } from './http/server.js';
import { Acts } from './life/acts.js';
import { expireOverdue } from './life/interview-life.js';
import { seedState } from './seed/seed.js';
import { State } from './state.js';
import { switchTable } from './switches.js';
import { Visibility } from './visibility.js';
import { WebhookSender } from './webhooks.js';

/**
 * Starts an emulator in this process.
 * @throws RangeError for a reading a switch does not have; the system's error for a port that is taken
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const seed = options.seed ?? 1;
  const clock = new EmulatedClock(options.clock ?? systemClock);
  const switches = switchTable.checked(options.switches ?? {});
  const state = new State(new Random(`ids ${seed}`));
  const chaos = new Random(`chaos ${seed}`);
  const visibility = new Visibility(state, switches);
  const webhooks = new WebhookSender(state, switches, clock, chaos);
  const core: Core = {
    state,
    switches,
    clock,
    visibility,
    lists: new Lists(state, switches, visibility, chaos),
    render: new Renderer(state, switches),
    webhooks,
    chaos,
  };
  const adminKey = options.adminKey ?? defaultAdminKey;
  seedState(state, clock.now(), {
    seed,
    adminKey,
    users: options.users ?? 12,
    jobs: options.jobs ?? 40,
    interviews: options.interviews ?? 200,
    questionSets: options.questionSets ?? 6,
    shareLinks: options.shareLinks ?? 8,
    jobSlots: options.jobSlots,
    userSeats: options.userSeats,
  });
  clock.onMove(() => expireOverdue(core));

  const faults = new FaultRules(seed);
  const rateLimit = new RateLimit(
    options.rateLimit ?? 400,
    options.rateWindowSeconds ?? 60,
    clock.base,
    switches,
  );
  const api = new ApiServer({
    core,
    faults,
    rateLimit,
    logger: options.logger,
    requestLogLimit: options.requestLogLimit ?? Number.POSITIVE_INFINITY,
  });
  const { origin, port, stop } = await listen(
    options,
    controlPath,
    (request, response) => handleControl(emulator, request, response),
    (request, response) => api.handle(request, response),
  );

  let closing: Promise<void> | undefined;
  const emulator: Emulator = {
    url: `${origin}${basePath}`,
    origin,
    port,
    adminKey,
    state,
    outbox: state.outbox,
    requests: api.log.list,
    deliveries: webhooks.deliveries,
    switches,
    faults,
    clock,
    act: new Acts(core),
    rateLimit,
    onRequest: (hook) => api.log.onRequest(hook),
    onAnswer: (hook) => api.log.onAnswer(hook),
    settleDeliveries: () => webhooks.settle(),
    close() {
      closing ??= (async () => {
        api.close();
        await Promise.all([stop(), webhooks.close()]);
      })();
      return closing;
    },
  };
  return emulator;
}
