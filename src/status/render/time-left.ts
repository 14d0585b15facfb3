/** How long a piece of work still takes. Pure. */

/** Requests of the account's current window, and how many it may have. */
export interface WindowBudget {
  used: number;
  limit: number;
  windowMs: number;
}

export interface UnderWay {
  /** Objects that wait for their turn. */
  left: number;
  /** Objects that were done in the last `seconds`. */
  done: number;
  seconds: number;
  /** What the objects that are left ask of the budget; null if it is not known. */
  requests: number | null;
  budget: WindowBudget | null;
}

/**
 * The slower of two: the pace so far, and what the budget allows. Alone either is wrong: the first window of a long run goes at the
 * speed of the network, and the budget knows nothing of what else is read beside it.
 * @returns seconds; null as long as nothing tells
 */
export function secondsLeft({ left, done, seconds, requests, budget }: UnderWay): number | null {
  if (left <= 0) return 0;
  const byPace = done > 0 && seconds > 0 ? (left * seconds) / done : null;
  if (budget === null || requests === null) return byPace;
  const free = Math.max(0, budget.limit - budget.used);
  const byBudget = (Math.max(0, requests - free) * budget.windowMs) / 1000 / budget.limit;
  // Before anything is done, a budget that is free says only that it is not what is waited for.
  if (byPace === null) return byBudget > 0 ? byBudget : null;
  return Math.max(byPace, byBudget);
}

/** `about 6 min left`; nothing where nobody knows. As coarse as it is sure. */
export function leftWords(seconds: number | null): string | null {
  if (seconds === null || !Number.isFinite(seconds)) return null;
  if (seconds < 55) return `about ${Math.max(5, Math.ceil(seconds / 5) * 5)} s left`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `about ${minutes} min left`;
  const hours = Math.floor(minutes / 60);
  const rest = Math.round((minutes % 60) / 10) * 10;
  if (rest === 60) return `about ${hours + 1} h left`;
  return hours >= 10 || rest === 0 ? `about ${hours} h left` : `about ${hours} h ${rest} min left`;
}

/** Nothing is sent before a unit of the budget comes back. */
export function isWaiting(budget: WindowBudget | null): boolean {
  return budget !== null && budget.used >= budget.limit;
}

export const waitingWords = 'waiting for the request budget';
