/** The webhooks of this program in Workable: one for each kind of event, each with an address of its own, as Workable demands. */
import { z } from 'zod';
import type { Subscriptions } from '../connector.js';
import { id } from '../decoded.js';
import type { WorkableClient } from './client.js';

const always = ['candidate_moved', 'candidate_deleted'];
/** Of everybody who applies, each of whom would be looked at. */
const ofApplicants = 'candidate_created';
const all = [...always, ofApplicants];

const subscriptionSchema = z.object({ id, target: z.string() });

const targetOf = (url: string, event: string) => `${url}?event=${event}`;

/** Of all jobs and stages. The documents always name the account, which recordings do not. */
const everywhere = (account_id: string) => ({ account_id, job_shortcode: '', stage_slug: '' });

/**
 * @param account the subdomain
 * @param needsApplicants whether people are invited because of a stage that they begin in
 */
export function workableSubscriptions(
  client: WorkableClient,
  account: string,
  needsApplicants: (signal: AbortSignal) => Promise<boolean>,
): Subscriptions {
  async function make(target: string, event: string, signal: AbortSignal) {
    const sent = await client.write('POST', '/subscriptions', { target, event }, signal);
    if (sent.outcome !== 'refused' || !/ 4(?:00|22)\b/.test(sent.reason)) return sent;
    return client.write('POST', '/subscriptions', { target, event, args: everywhere(account) }, signal);
  }

  return {
    async ensure(url, memory, signal) {
      const list = await client.listOf('/subscriptions', 'subscriptions', subscriptionSchema, signal);
      const there = new Map((list ?? []).map((one) => [one.target, one.id]));
      const events = (await needsApplicants(signal)) ? all : always;
      const { url: before, former = '' } = await memory.read();
      const givenUp = new Set(former.split(' ').filter((one) => one !== '' && one !== url));
      if (before !== undefined && before !== url) givenUp.add(before);
      // Known before it is used: otherwise those of an address that is given up could never be told from other programs'.
      await memory.write({ url, former: [...givenUp].join(' ') });
      for (const event of events) {
        const target = targetOf(url, event);
        if (there.has(target)) continue;
        const sent = await make(target, event, signal);
        // What is there already (409) was made meanwhile; what was not answered is looked for the next time.
        if (sent.outcome === 'refused' && !/ 409\b/.test(sent.reason)) return sent.reason;
      }
      const unwanted = all.filter((event) => !events.includes(event)).map((event) => targetOf(url, event));
      for (const address of givenUp) unwanted.push(...all.map((event) => targetOf(address, event)));
      for (const target of unwanted) {
        const made = there.get(target);
        if (made !== undefined) await client.write('DELETE', `/subscriptions/${made}`, undefined, signal);
      }
      if (givenUp.size > 0) await memory.write({ url });
      return null;
    },
  };
}
