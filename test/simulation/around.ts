/** What happens around the program: its post, its database, other processes, the clocks. */
import { clocks } from './clocks.js';
import { doubts } from './doubts.js';
import { outages } from './outage.js';
import { forget, type PlayNamed, restores } from './restore.js';
import type { Play } from './rows.js';
import { neverMind, stalls, wake } from './stall.js';
import { bringTheRest, webhooks } from './webhooks.js';
import type { World } from './world.js';

export const around = (play: PlayNamed): Record<string, Play> => ({
  ...webhooks,
  ...outages(webhooks.service!),
  ...restores(play),
  ...stalls,
  ...clocks,
  ...doubts,
});

/** How often each comes, where it is not once. */
export const aroundWeights: Readonly<Record<string, number>> = {
  registerWebhook: 3,
  unregisterWebhook: 0.2,
  letters: 4,
  service: 4,
  outage: 3,
  outageInService: 2,
  backUp: 1.5,
  restore: 1.5,
  lost: 2,
  stall: 3,
  wake: 4,
  theirClockJumps: 0.5,
  lostAmong: 1.5,
  twoAlike: 2,
};

/** All of it ends: what comes late comes now. */
export async function calmDown(world: World): Promise<void> {
  await wake(world, true);
  await forget(world);
  await bringTheRest(world);
}

/** A world that is left before it came to rest leaves nothing behind. */
export async function leave(world: World): Promise<void> {
  await neverMind(world);
  await forget(world);
}
