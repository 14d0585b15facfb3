/** The ATSs there are: how they are called, and how one is connected. */
import { ashbyWebhook } from './ashby/webhook.js';
import type { Connector, ConnectorOptions, Webhook } from './connector.js';
import { greenhouseWebhook } from './greenhouse/webhook.js';
import { leverWebhook, signatureTokens } from './lever/webhook.js';
import { askedWait } from './pull/cursor.js';
import type { AtsKind, AtsSettings } from './settings.js';
import { workableWebhook } from './workable/webhook.js';

export interface Kind<Settings> {
  title: string;
  webhook: Webhook | null;
  /** What may have signed a webhook besides its secret. */
  alsoSignedBy?(settings: Settings): string[];
  /** Loads what speaks to it: a program without such an ATS needs none of that. */
  open(options: ConnectorOptions<Settings>): Promise<Connector>;
}

/** One entry a kind. */
export const kinds: { readonly [K in AtsKind]: Kind<Extract<AtsSettings, { kind: K }>> } = {
  greenhouse: {
    title: 'Greenhouse',
    webhook: greenhouseWebhook,
    open: async (options) => (await import('./greenhouse/connector.js')).greenhouse(options),
  },
  ashby: {
    title: 'Ashby',
    webhook: ashbyWebhook,
    open: async (options) => (await import('./ashby/connector.js')).ashby(options),
  },
  lever: {
    title: 'Lever',
    webhook: leverWebhook,
    alsoSignedBy: ({ webhookSecret }) => signatureTokens(webhookSecret),
    open: async (options) => (await import('./lever/connector.js')).lever(options),
  },
  sql: {
    title: 'stage_entries',
    webhook: null,
    open: async (options) => (await import('./sql/connector.js')).sql(options),
  },
  workable: {
    title: 'Workable',
    webhook: workableWebhook,
    alsoSignedBy: ({ apiKey }) => [apiKey],
    open: async (options) => (await import('./workable/connector.js')).workable(options),
  },
};

export function openConnector(options: ConnectorOptions<AtsSettings>): Promise<Connector> {
  const { db, account, settings } = options;
  const kind: Kind<never> = kinds[settings.kind];
  return kind.open({ ...options, wait: askedWait(db, account, settings.kind) } as ConnectorOptions<never>);
}
