/** Wrong tokens: after a few of them, whoever sent them waits, each time for longer. Kept in memory, by the sender's address. */
import { isIPv6 } from 'node:net';

export interface Guesses {
  /** Milliseconds until the sender may try again; 0 if at once. */
  waitMs(address: string, now: number): number;
  /** @returns how many wrong ones came from there lately */
  wrong(address: string, now: number): number;
  right(address: string): void;
}

/** So many in a row cost nothing: people mistype. */
const freely = 5;
const longestMs = 60_000;
/** After so long without another one they are forgotten. */
const forgottenMs = 15 * 60_000;
const mostSenders = 10_000;

export function createGuesses(): Guesses {
  /** The one that guessed last comes last. */
  const senders = new Map<string, { wrong: number; at: number }>();
  const known = (address: string, now: number) => {
    const sender = senders.get(senderOf(address));
    return sender !== undefined && now - sender.at < forgottenMs ? sender : undefined;
  };
  return {
    waitMs(address, now) {
      const sender = known(address, now);
      if (sender === undefined || sender.wrong < freely) return 0;
      const wait = Math.min(longestMs, 1000 * 2 ** (sender.wrong - freely));
      return Math.max(0, sender.at + wait - now);
    },
    wrong(address, now) {
      const id = senderOf(address);
      const wrong = (known(address, now)?.wrong ?? 0) + 1;
      senders.delete(id);
      senders.set(id, { wrong, at: now });
      if (senders.size > mostSenders) senders.delete(senders.keys().next().value!);
      return wrong;
    },
    right: (address) => void senders.delete(senderOf(address)),
  };
}

/** Whoever has one address of IPv6 has 2^64 of them. */
function senderOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const parts = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - parts.length - rest.length);
  return [...parts, ...new Array<string>(zeros).fill('0'), ...rest].slice(0, 4).join(':');
}
