/**
 * Webhooks of Ashby that this program makes. There is no list of them, so their ids are remembered, each as soon as it is
 * known; one whose making was not answered is made again, and where Ashby has it already, that is told. Ashby switches one off
 * that was answered with 400 or more: it is switched on again.
 */
import { z } from 'zod';
import type { Subscriptions } from '../connector.js';
import { type AshbyClient, AshbyFailure, id } from './client.js';

/** What is worth a look at once: who enters a stage, applies right into one, or is deleted. */
const types = ['candidateStageChange', 'applicationSubmit', 'candidateDelete'] as const;

const webhookSchema = z.object({
  id,
  enabled: z.boolean(),
  requestUrl: z.string(),
  secretToken: z.string().nullish(),
});

export function ashbySubscriptions(client: AshbyClient, secretToken: string): Subscriptions {
  return {
    async ensure(requestUrl, memory, signal) {
      const known = await memory.read();
      const problems: string[] = [];
      for (const webhookType of types) {
        const webhookId = known[webhookType];
        if (webhookId && (await mend(webhookId, requestUrl, signal))) continue;
        // Known to be under way: whatever becomes of it, it is not made in ignorance of this one.
        known[webhookType] = '';
        await memory.write(known);
        try {
          const made = await client.write('webhook.create', { webhookType, requestUrl, secretToken }, signal);
          known[webhookType] = webhookSchema.pick({ id: true }).parse(made, { jitless: true }).id;
          await memory.write(known);
        } catch (error) {
          if (!(error instanceof AshbyFailure && error.reasons.some((one) => /duplicate/i.test(one))))
            throw error;
          problems.push(webhookType);
        }
      }
      if (problems.length === 0) return null;
      return `Ashby has a webhook for ${problems.join(', ')} that leads to ${requestUrl}, and does not tell which: whether it works cannot be looked after. Delete it in Ashby (Admin, Integrations, Webhooks); it is made again by itself`;
    },
  };

  /** @returns whether it is there */
  async function mend(webhookId: string, requestUrl: string, signal: AbortSignal): Promise<boolean> {
    const webhook = await client.info('webhook.info', webhookSchema, { webhookId }, signal);
    if (webhook === null) return false;
    const isSame = webhook.requestUrl === requestUrl && (webhook.secretToken ?? secretToken) === secretToken;
    if (!webhook.enabled || !isSame)
      await client.write('webhook.update', { webhookId, enabled: true, requestUrl, secretToken }, signal);
    return true;
  }
}
