/**
 * Takes deliveries of connected ATSs: POST /ats/ACCOUNT. What it names is stored before it is answered with what that ATS
 * takes for success; the account's owner reads it again, and believes nothing that a delivery says. Any process may take
 * deliveries, whoever owns the account.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../../clock.js';
import type { Hint, Webhook } from '../../connectors/connector.js';
import { storeHint } from '../../connectors/hints.js';
import type { Database } from '../../db/database.js';
import type { Logger } from '../../log.js';
import { answer, withBody } from './body.js';
import { headersOf, type Line, receiverOf, troubleLog, within } from './receiver.js';
import { isRefused, type ReceiveOutcome, refusals } from './refusals.js';

/** An account whose ATS may call. */
export interface AtsSender {
  source: string;
  title: string;
  webhook: Webhook;
  /** Any of these may have signed it. */
  secrets: readonly string[];
}

export interface AtsReceiverOptions {
  db: Database;
  /** By account. */
  senders: ReadonlyMap<string, AtsSender>;
  log: Logger;
  onOutcome?: (outcome: ReceiveOutcome, account: string | null) => void;
  clock?: Clock;
  /** How long storing may take before the sender is asked to come again; 8 s unless given. */
  patienceMs?: number;
}

const mostBytes = 64 * 1_048_576;
const mostStoring = 200;

export function createAtsReceiver(options: AtsReceiverOptions) {
  const { db, senders, log, clock = systemClock, patienceMs = 8000 } = options;
  const bodies = { held: 0, most: mostBytes };
  const tell = troubleLog(log);
  let storing = 0;

  async function take(
    request: IncomingMessage,
    response: ServerResponse,
    account: string,
    { webhook, secrets, source }: AtsSender,
  ): Promise<ReceiveOutcome> {
    const headers = headersOf(request);
    return withBody(request, response, clock, bodies, async (body): Promise<ReceiveOutcome> => {
      if (!secrets.some((secret) => webhook.verify(body, headers, secret))) return 'unauthorized';
      let hint: Hint;
      try {
        hint = webhook.read(body, headers);
      } catch {
        return 'invalid';
      }
      const { kind, applicationIds, candidateIds } = hint;
      if (kind === 'ping' || kind === 'other' || applicationIds.length + candidateIds.length === 0)
        return 'ignored';
      return (await store(account, source, hint)) ? 'stored' : 'unavailable';
    });
  }

  /** Should it succeed after the sender was told to come again, the delivery comes twice. */
  async function store(account: string, source: string, hint: Hint): Promise<boolean> {
    if (storing >= mostStoring) return false;
    storing += 1;
    const stored = storeHint(db, account, source, hint)
      .then(() => true)
      .catch((error: unknown) => {
        log.warn(
          { event: 'ats_hint_not_stored', account, err: error },
          'a delivery of the ATS was not stored',
        );
        return false;
      })
      .finally(() => {
        storing -= 1;
      });
    return within(clock, patienceMs, stored, () => false);
  }

  async function handle(request: IncomingMessage, response: ServerResponse, account: string): Promise<void> {
    const sender = senders.get(account);
    const outcome = sender === undefined ? 'unknown_account' : await take(request, response, account, sender);
    options.onOutcome?.(outcome, sender === undefined ? null : account);
    if (sender !== undefined) tell(account, troubleOf(outcome, sender.title));
    const refusal = isRefused(outcome) ? refusals[outcome] : null;
    // What could not be stored is read all the same, by the next poll.
    const isFine = refusal === null || (outcome === 'unavailable' && sender?.webhook.comesOnce);
    const status = isFine ? sender!.webhook.okStatus : refusal.status;
    await answer(request, response, clock, status, { ...refusal?.headers });
  }

  const failed = { event: 'ats_receiver_failed', words: 'a webhook delivery could not be handled' };
  return receiverOf(log, failed, handle);
}

function troubleOf(outcome: ReceiveOutcome, title: string): Line | null | undefined {
  if (!isRefused(outcome)) return null;
  if (outcome !== 'unauthorized') return undefined;
  return {
    event: 'ats_webhook_unauthorized',
    words: `a delivery in the name of ${title} had a wrong signature or none: is its secret that of the settings (ATS_WEBHOOK_SECRET)?`,
  };
}
