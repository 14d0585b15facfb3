import { trimmed } from './invisible.js';

/** `Hiring_Manager`, `hiring-manager` and ` Hiring  manager ` are the same word. */
export function foldWord(text: string): string {
  return trimmed(text.replace(/[\s_-]+/g, ' ')).toLowerCase();
}
