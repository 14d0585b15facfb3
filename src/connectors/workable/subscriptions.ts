/** The webhooks of this program in Workable: one for each kind of event, each with an address of its own, as Workable demands. */
import { z } from 'zod';
import type { Subscriptions } from '../connector.js';
import { id, type WorkableClient } from './client.js';

const events = ['candidate_created', 'candidate_moved', 'candidate_deleted'];

const subscriptionSchema = z.object({ id, target: z.string() });

const targetOf = (url: string, event: string) => `${url}?event=${event}`;

/** Of all jobs and stages. The documents always name the account, which recordings do not. */
const everywhere = (account_id: string) => ({ account_id, job_shortcode: '', stage_slug: '' });

/** @param account the subdomain */
export function workableSubscriptions(client: WorkableClient, account: string): Subscriptions {
  async function make(target: string, event: string, signal: AbortSignal) {
    const sent = await client.write('POST', '/subscriptions', { target, event }, signal);
    if (sent.outcome !== 'refused' || !/ 4(?:00|22)\b/.test(sent.reason)) return sent;
    return client.write('POST', '/subscriptions', { target, event, args: everywhere(account) }, signal);
  }

  return {
    async ensure(url, memory, signal) {
      const there =
        (await client.listOf('/subscriptions', 'subscriptions', subscriptionSchema, signal)) ?? [];
      const missing = events.filter((event) => !there.some(({ target }) => target === targetOf(url, event)));
      const { url: before } = await memory.read();
      // Known before it is used: otherwise those of an address that is given up could never be told from other programs'.
      if (before !== url) await memory.write({ url });
      for (const event of missing) {
        const sent = await make(targetOf(url, event), event, signal);
        // What is there already (409) was made meanwhile; what was not answered is looked for the next time.
        if (sent.outcome === 'refused' && !/ 409\b/.test(sent.reason)) return sent.reason;
      }
      if (before === undefined || before === url) return null;
      const given = there.filter(({ target }) => events.some((event) => target === targetOf(before, event)));
      for (const one of given) await client.write('DELETE', `/subscriptions/${one.id}`, undefined, signal);
      return null;
    },
  };
}
