import type { EmulatedClock } from '../emulation/emulated-clock.js';
import type { Random } from '../emulation/random.js';
import type { Lists } from './http/lists.js';
import type { Renderer } from './http/render.js';
import type { User } from './records.js';
import type { State } from './state.js';
import type { Switches } from './switches.js';
import type { Visibility } from './visibility.js';
import type { WebhookSender } from './webhooks.js';

/** What every part of the emulator works with. */
export interface Core {
  readonly state: State;
  readonly switches: Switches;
  readonly clock: EmulatedClock;
  readonly visibility: Visibility;
  readonly lists: Lists;
  readonly render: Renderer;
  readonly webhooks: WebhookSender;
  /** Randomness of the misbehaviour that switches ask for; apart from the one ids are made of. */
  readonly chaos: Random;
}

/** One request, as a handler sees it. */
export interface Call {
  readonly core: Core;
  /** The user the key belongs to. */
  readonly user: User;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  /** Undefined: no content. */
  readonly body?: unknown;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const noContent: Answer = { status: 204 };
