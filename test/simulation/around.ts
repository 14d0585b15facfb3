/** What happens around the program: its post, its database, other processes, the clocks. */
import { outages } from './outage.js';
import { forget, restores } from './restore.js';
import type { Play } from './rows.js';
import { bringTheRest, webhooks } from './webhooks.js';
import type { World } from './world.js';

export const around: Record<string, Play> = {
  ...webhooks,
  ...outages(webhooks.service!),
  ...restores,
};

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
};

/** All of it ends: what comes late comes now. */
export async function calmDown(world: World): Promise<void> {
  await forget(world);
  await bringTheRest(world);
}
