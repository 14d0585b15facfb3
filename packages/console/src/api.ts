/** Asks the service, and knows whether it is there and whether somebody is signed in. */

export class Failure extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null,
    readonly remedy: string | null,
  ) {
    super(message);
  }
}

export type Presence = 'there' | 'away';

type Listener = () => void;

interface World {
  presence: Presence;
  isSignedOut: boolean;
  listeners: Set<Listener>;
  change(next: Partial<Pick<World, 'presence' | 'isSignedOut'>>): void;
}

/** What every page depends on. */
export const world: World = {
  presence: 'there',
  isSignedOut: false,
  listeners: new Set(),
  change(next) {
    const before = `${world.presence} ${world.isSignedOut}`;
    Object.assign(world, next);
    if (before !== `${world.presence} ${world.isSignedOut}`) for (const told of world.listeners) told();
  },
};

/** Parameters that are empty are left out. */
export type Parameters = Readonly<Record<string, string | number | boolean | null | undefined>>;

export function query(parameters: Parameters): string {
  const given = Object.entries(parameters).filter(
    ([, value]) => value != null && value !== '' && value !== false,
  );
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

const awayMs = 2000;
let looking = false;

/** Looks until the service answers again. */
function lookForIt(): void {
  world.change({ presence: 'away' });
  if (looking) return;
  looking = true;
  const again = setInterval(async () => {
    const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null);
    if (answer?.ok !== true) return;
    clearInterval(again);
    looking = false;
    world.change({ presence: 'there' });
  }, awayMs);
}

async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: 'same-origin', ...options });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    lookForIt();
    throw new Failure(0, 'The service does not answer.', 'AWAY', 'It is tried again automatically.');
  }
  if (answer.status === 204) return undefined as T;
  const body = (await answer.json().catch(() => null)) as Record<string, string | null> | null;
  if (answer.ok && body !== null) return body as T;
  if (answer.status === 401 && path !== '/api/login') world.change({ isSignedOut: true });
  const words = body?.error ?? `The service answered with ${answer.status}.`;
  throw new Failure(answer.status, words, body?.code ?? null, body?.remedy ?? null);
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => ask(path, { signal });

export function post<T>(path: string, body: unknown = {}): Promise<T> {
  return ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
