/** Numbers and times in words, for people. */

/** A whole number with a comma before every three digits; Intl would take longer to load than a command does its work. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 row`, `2 rows`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Whole seconds, minutes, hours or days; the largest that fits. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86_400)} days`;
}

/** How long ago, or how soon, `at` is; `never` for null. */
export function ago(at: string | null, now: string): string {
  if (at === null) return 'never';
  const seconds = (Date.parse(now) - Date.parse(at)) / 1000;
  if (seconds < -1) return `in ${duration(-seconds)}`;
  return seconds < 1 ? 'just now' : `${duration(seconds)} ago`;
}

/** `2026-03-01 09:30:00`, in UTC. */
export function utc(at: string | null): string {
  return at === null ? '–' : at.slice(0, 19).replace('T', ' ');
}

/** `09:30:00` of the day that is `now`, else with the date; in UTC. */
export function clockTime(at: string, now: string): string {
  const [day, time] = utc(at).split(' ');
  return day === now.slice(0, 10) ? time! : `${day} ${time}`;
}

/**
 * Each line of a text, broken where it is longer than the terminal. What goes on stands under the first word, or two columns in.
 * @param width null where nothing is broken
 */
export function fitted(text: string, width: number | null): string {
  if (width === null) return text;
  return text
    .split('\n')
    .flatMap((line) => {
      if (line.length <= width) return [line];
      const [lead] = /^\s*(?:\W )?/.exec(line)!;
      const [first, ...rest] = wrapped(line.slice(lead.length), width - lead.length);
      return [`${lead}${first}`, ...rest.map((more) => `${' '.repeat(lead.length || 2)}${more}`)];
    })
    .join('\n');
}

/** Breaks at spaces so that no line is longer than `width`, if its words allow. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(/\s+/).filter((part) => part !== '')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    if (line !== '') lines.push(line);
  }
  return lines.length > 0 ? lines : [''];
}

const skipped: Readonly<Record<string, string>> = {
  before_from: 'came before it began',
  prospect: 'is a prospect',
  not_active: 'is not active',
  unread: 'could not be read',
  left_stage: 'left the stage',
  confidential_job: 'confidential job',
  private: 'private candidate',
  anonymized: 'was anonymized',
  may_not_email: 'may not be e-mailed',
  no_email: 'has no e-mail address',
  already_invited: 'was invited before',
  unmapped_package: 'package is not known',
};

/** Why somebody was skipped. */
export const skippedWords = (reason: string): string => skipped[reason] ?? reason.replaceAll('_', ' ');

/** What went wrong, and what to do about it where that is known. */
export const withRemedy = (words: string, remedy: string | null): string =>
  remedy === null ? words : `${words}${/[.!?]$/.test(words) ? '' : '.'} ${remedy}`;
