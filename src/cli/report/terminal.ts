/** What the terminal can show, and wants to. */
import type { Invocation, Output } from '../invocation.js';

/** Columns of a terminal; null where it is a file, a pipe or a program, for which nothing is broken or left out. */
export function widthOf(stream: Output): number | null {
  return stream.isTTY === true ? (stream.columns ?? 80) : null;
}

/**
 * NO_COLOR and FORCE_COLOR as their conventions have them (no-color.org, force-color.org): either counts only if it is not empty, and
 * FORCE_COLOR=0 means none. `--no-color` is stronger than both.
 */
export function hasColors({ env, noColor }: Pick<Invocation, 'env' | 'noColor'>, stream: Output): boolean {
  if (noColor === true || env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return !['0', 'false'].includes(env.FORCE_COLOR);
  return stream.isTTY === true && env.TERM !== 'dumb';
}
