/** Fields that Spark Hire writes in another form than its document promises, as they are known of an account. */
import type { Logger } from '../log.js';
import { type Database, query } from './database.js';

export interface KnownOddField {
  /** Method and path template. */
  route: string;
  field: string;
  /** How it comes, for people. */
  sample: string;
  /** What it is taken for; null where it cannot be read, so that its columns stay empty. */
  readAs: string | null;
}

/** Seen no longer ago than this, it counts: a sweep meets every row once a day. */
export const oddFieldsDays = 7;

export interface OddFieldNotes {
  note(odd: ReadonlyArray<KnownOddField & { isTime: boolean }>): void;
  /** Whether times of such an answer could not be read, as far as this process has seen. */
  isTimeless(route: string): boolean;
  /** Writes down what was noted since the last time; no statement where that is nothing. */
  keep(): Promise<void>;
}

/** The log tells of each field once a process; the table has when it was last seen. */
export function oddFieldNotes(db: Database, account: string, log: Logger): OddFieldNotes {
  const told = new Set<string>();
  const timeless = new Set<string>();
  let seen = new Map<string, KnownOddField>();

  return {
    note(odd) {
      const fresh: KnownOddField[] = [];
      for (const { isTime, ...known } of odd) {
        const key = `${known.route} ${known.field}`;
        if (known.readAs === null && isTime) timeless.add(known.route);
        const before = seen.get(key);
        // What cannot be read says more than what had to be guessed.
        if (before !== undefined && (before.readAs === null || known.readAs !== null)) continue;
        seen.set(key, known);
        if (told.has(key)) continue;
        told.add(key);
        fresh.push(known);
      }
      const [first] = fresh;
      if (first === undefined) return;
      const others = fresh.length > 1 ? `; so do ${fresh.length - 1} other fields` : '';
      log.warn(
        { event: 'field_unreadable', route: first.route, fields: fresh.map(({ field }) => field) },
        `${oddWords(first)}${others}: \`sparkhire-sync doctor\` says more`,
      );
    },
    isTimeless: (route) => timeless.has(route),
    async keep() {
      if (seen.size === 0) return;
      const kept = [...seen.values()];
      seen = new Map();
      await query(
        db,
        `insert into sync.odd_fields as o (account, route, field, sample, read_as)
         select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[])
         on conflict (account, route, field)
         do update set sample = excluded.sample, read_as = excluded.read_as, last_seen_at = now()`,
        [
          account,
          kept.map(({ route }) => route),
          kept.map(({ field }) => field),
          kept.map(({ sample }) => sample),
          kept.map(({ readAs }) => readAs),
        ],
      );
    },
  };
}

export function oddWords({ route, field, sample, readAs }: KnownOddField): string {
  const effect = readAs === null ? 'cannot be read: it stays empty here' : `is taken for ${readAs}`;
  return `${route}: ${field} comes as ${sample}, which ${effect}`;
}
