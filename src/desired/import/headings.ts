/** Names of columns in an imported file, as people and programs write them. */
import { visible } from '../../text/invisible.js';

/** `Candidate Name`, `candidate-name` and `candidateName` are `candidate_name`. */
function squashed(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** Names that are no column of ours, and mean one. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  key: ['ats_id'],
  externalid: ['ats_id'],
  email: ['candidate_email'],
  mail: ['email', 'candidate_email'],
  emailaddress: ['email', 'candidate_email'],
  fullname: ['name', 'candidate_name'],
  jobtitle: ['title'],
  state: ['region'],
  duedate: ['deadline_at'],
  recruiter: ['requested_by_ats_id', 'owner_ats_id'],
};

export interface Headings {
  /** The column that is surely meant; undefined if none is. */
  columnOf(name: string): string | undefined;
  /** What to do about a name that is no column, as a sentence. @param index its place, from 0 */
  advice(name: string, index: number): string;
}

export function headings(columns: readonly string[]): Headings {
  const known = new Map(columns.map((column) => [squashed(column), column]));
  const found = new Map<string, string | undefined>();
  return {
    columnOf(name) {
      if (!found.has(name)) found.set(name, known.get(squashed(name)));
      return found.get(name);
    },
    advice(name, index) {
      if (squashed(name) === '') return `the header has no name for column ${index + 1}`;
      if (squashed(name) === 'account') {
        return 'account is no column of the file: choose it with --account';
      }
      const meant = likely(squashed(name), columns);
      const hint = /[|:,;\t]/.test(name)
        ? 'separate values with commas, semicolons or tabs'
        : meant === undefined
          ? 'put what is your own into extra, as JSON'
          : `did you mean ${meant}? What is your own goes into extra, as JSON`;
      return `${visible(name)} is no column: ${hint}. Columns are ${columns.join(', ')}`;
    },
  };
}

/** The column that a squashed name may mean. */
function likely(name: string, columns: readonly string[]): string | undefined {
  const other = otherNames[name]?.find((column) => columns.includes(column));
  if (other !== undefined) return other;
  // `job_id` is `job_ats_id` in most systems.
  const bare = (text: string) => text.replace('ats', '');
  const same = columns.find((column) => bare(squashed(column)) === bare(name));
  if (same !== undefined || name.length < 3) return same;
  const within = columns.filter((column) => {
    const text = squashed(column);
    return text.includes(name) || name.includes(text);
  });
  if (within.length > 0) return within.sort((a, b) => a.length - b.length)[0];
  return columns.find((column) => name.length > 4 && distance(name, squashed(column)) <= 2);
}

/** How many letters have to be changed, added or taken out. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + cost));
    }
    row = next;
  }
  return row[b.length]!;
}
