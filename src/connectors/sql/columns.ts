/** The columns of stage_entries: which a view or query has to have, and which it has. Pure. */
import { SyncError } from '../../errors.js';
import { nearest } from '../pull/triggers.js';

export const neededColumns = [
  'entry_id',
  'application_id',
  'stage',
  'entered_at',
  'candidate_name',
  'candidate_email',
  'job_id',
  'job_title',
] as const;

/** What stands for one that is missing: `status` active, `left_at` never, `job_status` open, others nothing. */
export const optionalColumns = [
  'left_at',
  'status',
  'candidate_id',
  'candidate_phone',
  'job_status',
  'city',
  'region',
  'country',
  'description',
  'recruiter_email',
  'url',
] as const;

export type ColumnName = (typeof neededColumns)[number] | (typeof optionalColumns)[number];
export type Columns = ReadonlySet<ColumnName>;

const times: ReadonlySet<string> = new Set(['entered_at', 'left_at']);
/** Read as times, as one of a few words, or not at all. */
const noTexts: ReadonlySet<string> = new Set([...times, 'status', 'job_status', 'candidate_phone']);
/** All others, which are read as they are. */
export const textColumns = [...neededColumns, ...optionalColumns].filter((name) => !noTexts.has(name));

/** A column as PostgreSQL describes it. */
export interface Described {
  name: string;
  /** As PostgreSQL writes it, such as `timestamp with time zone`. */
  type: string;
}

const timeTypes = /^(timestamp|date$|text$|character|unknown$)/;
/** What is no single word or number. */
const compound = /^jsonb?$|\[\]$|^(record|bytea|xml|hstore)$/;

/** @throws SyncError ATS_QUERY_FAILED with everything that is missing or of another type, each by its name */
export function columnsOf(described: readonly Described[], source: string): Columns {
  const names = described.map(({ name }) => name);
  const missing = neededColumns.filter((name) => !names.includes(name));
  const known = new Set<string>([...neededColumns, ...optionalColumns]);
  const spare = names.filter((name) => !known.has(name));
  const faults = missing.map((name) => {
    const likely = spare.filter((other) => isNear(name, other));
    const near = likely.length > 0 ? nearest(name, likely, 2) : nearest(name, spare, 1);
    const hint = near.length === 0 ? '' : ` (the nearest: ${near.join(', ')})`;
    return `there is no column ${name}${hint}`;
  });
  const twice = names.filter((name, at) => known.has(name) && names.indexOf(name) !== at);
  for (const name of new Set(twice)) faults.push(`there are two columns ${name}`);
  for (const { name, type } of described) {
    if (times.has(name) && !timeTypes.test(type)) faults.push(`${name} is ${type}, and has to be a time`);
    else if (known.has(name) && compound.test(type)) faults.push(`${name} is ${type}, and has to be text`);
  }
  if (faults.length > 0) {
    throw new SyncError('ATS_QUERY_FAILED', `${source} cannot be used: ${faults.join('; ')}.`, {
      remedy: `Correct it: a time is a timestamp (to_timestamp(x / 1000.0) makes one of milliseconds), a text out of JSON is taken by ->>. Needed are ${neededColumns.join(', ')}; docs/sql-connector.md has all columns. Nothing was withdrawn.`,
    });
  }
  return new Set(names.filter((name): name is ColumnName => known.has(name)));
}

/** A word of the name in common is what makes another one likely. */
function isNear(name: string, other: string): boolean {
  const words = other
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return name
    .split('_')
    .some((own) => words.some((word) => word === own || (word.length > 3 && own.startsWith(word))));
}
