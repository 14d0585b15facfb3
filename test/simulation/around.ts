/** What happens around the program: its post, its database, other processes, the clocks. */
import type { Play } from './rows.js';
import { bringTheRest, webhooks } from './webhooks.js';
import type { World } from './world.js';

export const around: Record<string, Play> = { ...webhooks };

/** How often each comes, where it is not once. */
export const aroundWeights: Readonly<Record<string, number>> = {
  registerWebhook: 3,
  unregisterWebhook: 0.2,
  letters: 4,
  service: 4,
};

/** All of it ends: what comes late comes now. */
export async function calmDown(world: World): Promise<void> {
  await bringTheRest(world);
}
