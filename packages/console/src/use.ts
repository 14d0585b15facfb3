/** Hooks: what is shown follows the service, the address, and the clock. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Failure, get, world } from './api.js';

/** Draws again when the service goes or comes, or the session ends. */
export function useWorld() {
  const [, draw] = useState(0);
  useEffect(() => {
    const told = () => draw((n) => n + 1);
    world.listeners.add(told);
    return () => void world.listeners.delete(told);
  }, []);
  return { presence: world.presence, isSignedOut: world.isSignedOut };
}

export interface Asked<T> {
  data: T | null;
  failure: Failure | null;
  isLoading: boolean;
  again(): void;
}

/**
 * @param path null: nothing is asked
 * @param everyMs asked again so often while the page is seen; never unless given
 */
export function useAsked<T>(path: string | null, everyMs?: number): Asked<T> {
  const [state, setState] = useState<{ path: string | null; data: T | null; failure: Failure | null }>({
    path: null,
    data: null,
    failure: null,
  });
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  const { presence } = useWorld();
  useEffect(() => {
    if (path === null || presence === 'away') return;
    const end = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      if (document.hidden) {
        timer = setTimeout(look, 1000);
        return;
      }
      try {
        const data = await get<T>(path, end.signal);
        setState({ path, data, failure: null });
      } catch (error) {
        if (end.signal.aborted || !(error instanceof Failure)) return;
        // What is known goes on being shown.
        setState((before) => ({ path, data: before.path === path ? before.data : null, failure: error }));
      }
      if (everyMs !== undefined && !end.signal.aborted) timer = setTimeout(look, everyMs);
    };
    void look();
    return () => {
      end.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, turn, presence]);
  const isOwn = state.path === path;
  return {
    data: isOwn ? state.data : null,
    failure: isOwn ? state.failure : null,
    isLoading: path !== null && !isOwn,
    again,
  };
}

/** What each page is given. */
export interface PageProps {
  of: URLSearchParams;
  mayAct: boolean;
  accounts: readonly string[];
}

export interface Place {
  page: string;
  of: URLSearchParams;
}

function placeNow(): Place {
  const [page = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { page: page === '' ? 'overview' : page, of: new URLSearchParams(search) };
}

export function usePlace(): Place {
  const [place, setPlace] = useState(placeNow);
  useEffect(() => {
    const moved = () => setPlace(placeNow());
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return place;
}

/** The address of a page; empty parameters are left out. */
export function to(page: string, of: Record<string, string | number | null | undefined> = {}): string {
  const given = Object.entries(of).filter(([, value]) => value != null && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `#/${page}${search === '' ? '' : `?${search}`}`;
}

export const go = (address: string) => {
  location.hash = address;
};

/** The moment it is, by this machine, every second. */
export function useNow(everyMs = 1000): string {
  const [now, setNow] = useState(() => new Date().toISOString());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date().toISOString()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

let isFirst = true;

/** Puts the heading of a page into focus when it is come to from another: a screen reader reads it. */
export function useArrival<E extends HTMLElement>() {
  const heading = useRef<E>(null);
  useEffect(() => {
    if (!isFirst) heading.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  return heading;
}
