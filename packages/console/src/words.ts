/** What the service says, as a page says it: its commands are pages here, and its moments are read by people. */
import type { ConflictKindName } from '../../../src/reconcile/conflict-kinds.js';
import { utc } from '../../../src/status/render/words.js';

export type Part = { text: string } | { code: string } | { words: string; address: string };

const command =
  /`sparkhire-sync ([^`]+)`|sparkhire-sync (apply --approve \S+|conflicts show \d+|plan|issues|backfill|sync)\b/;
const other = /`([^`]+)`|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00))/;
const any = new RegExp(`${command.source}|${other.source}`, 'g');

/** Commands that a page does the same as, and how it is called there. */
const pages: ReadonlyArray<[RegExp, (found: readonly string[]) => { words: string; page: string }]> = [
  [/^conflicts show (\d+)/, ([, id]) => ({ words: `conflict ${id}`, page: `conflicts?id=${id}` })],
  [/^conflicts resolve/, () => ({ words: 'a choice there', page: 'conflicts' })],
  [/^conflicts --all/, () => ({ words: 'the list of conflicts', page: 'conflicts?closed=true' })],
  [/^conflicts/, () => ({ words: 'the open conflicts', page: 'conflicts' })],
  [/^apply --approve/, () => ({ words: 'Approve this plan', page: 'plan' })],
  [/^plan/, () => ({ words: 'the plan', page: 'plan' })],
  [/^issues/, () => ({ words: 'the rows that wait', page: 'rows' })],
  [/^explain (\S+)/, ([, what = '']) => ({ words: 'its story', page: `find?q=${encodeURIComponent(what)}` })],
  [/^status/, () => ({ words: 'the overview', page: 'overview' })],
  [/^backfill/, () => ({ words: 'Read everything now', page: 'runs' })],
];

/** @param text with names and commands between backquotes, and moments as programs write them */
export function spoken(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const found of text.matchAll(any)) {
    const [whole, quoted, bare, code, moment] = found;
    if (found.index > end) parts.push({ text: text.slice(end, found.index) });
    end = found.index + whole.length;
    const asked = quoted ?? bare;
    if (moment !== undefined) parts.push({ text: `${utc(moment)} UTC` });
    else if (asked === undefined) parts.push({ code: code! });
    else parts.push(placeOf(asked) ?? { code: `sparkhire-sync ${asked}` });
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

function placeOf(asked: string): Part | null {
  for (const [form, place] of pages) {
    const found = form.exec(asked);
    if (found === null) continue;
    const { words, page } = place(found);
    return { words, address: `#/${page}` };
  }
  return null;
}

const kinds: Readonly<Record<ConflictKindName, string>> = {
  field_diverged: 'Changed on both sides',
  remote_deleted: 'Deleted in Spark Hire',
  possible_duplicate: 'Perhaps there already',
  unknown_outcome: 'Sent, and never answered',
  plan_limit: 'No room in the plan of Spark Hire',
  mass_disappearance: 'Much is missing in Spark Hire',
  mass_change: 'A plan that changes much',
};

/** What kind of conflict it is. @param base what was agreed on last; null where nothing ever was */
export function kindWords(kind: string, field: string | null, base: unknown): string {
  const known: string | undefined = kinds[kind as ConflictKindName];
  const words = known ?? kind.replaceAll('_', ' ');
  const what = kind === 'field_diverged' && base == null ? 'The two sides differ' : words;
  return `${what}${field === null ? '' : `: ${field.replaceAll('_', ' ')}`}`;
}

const takes: Readonly<Record<string, string>> = {
  ats: 'Take the ATS’s',
  sparkhire: 'Keep Spark Hire’s',
  link: 'It is the same',
  create: 'Make a new one',
  send: 'Send it again',
  none: 'Leave it',
};

/** What is decided, as a button says it. */
export const takeWords = (take: string): string =>
  takes[take] ??
  (take.startsWith('link:') ? `It is ${take.slice(5)}` : `${take.charAt(0).toUpperCase()}${take.slice(1)}`);
