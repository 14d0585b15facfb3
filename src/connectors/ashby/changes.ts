/** What changed since a mark that Ashby gave: a token for each use, since one may be of use only once. */
import type { z } from 'zod';
import type { Clock } from '../../clock.js';
import type { Marks } from '../connector.js';
import type { ListedApplications } from '../listed.js';
import { type AshbyClient, AshbyFailure, type Listed as Rows } from './client.js';
import { isActive, type Listed, listedRowSchema } from './read-applications.js';
import { type JobRow, jobSchema, userSchema } from './read-jobs.js';

/** So often everything is listed, whatever the tokens say: what one did not tell is met then. */
const fullMs = 86_400_000;

export interface ChangeReader {
  /**
   * Applications that changed; where Ashby does not tell any more, or once a day, all of them. `since`: those that have not
   * changed since then were looked at when all were listed before; null: they were not.
   */
  applications(signal: AbortSignal): Promise<{ rows: Listed[]; isFull: boolean; since: Date | null }>;
  everything(signal: AbortSignal): Promise<{ rows: Listed[] }>;
  /** Of other things, and of applications for another use. */
  idsOf(what: 'applications' | 'jobs' | 'users', signal: AbortSignal): Promise<string[]>;
  /** Jobs as the last look at them had them: asked for by themselves a moment later. */
  jobRows(): ReadonlyMap<string, JobRow>;
  /** Whether any application was ever shown. */
  wasShown(): boolean;
  shown(): void;
  marks: Marks;
}

const everyone = { includeDeactivated: true };

export function changeReader(client: AshbyClient, clock: Clock, listed: ListedApplications): ChangeReader {
  let marks: Record<string, string> = {};
  let jobs = new Map<string, JobRow>();

  /** @param mark the name of the token; what it leads to is all there is where Ashby does not accept it */
  async function since<Row>(
    mark: string,
    endpoint: string,
    schema: z.ZodType<Row>,
    body: object,
    signal: AbortSignal,
  ): Promise<{ rows: Row[]; isFull: boolean }> {
    const token = marks[mark] ?? null;
    let listed: Rows<Row>;
    let isFull = token === null;
    try {
      listed = await client.list(endpoint, schema, body, signal, token);
    } catch (error) {
      if (!(error instanceof AshbyFailure && error.isStale)) throw error;
      // Nothing of the listing that broke off was taken over.
      listed = await client.list(endpoint, schema, body, signal);
      isFull = true;
    }
    const { rows, syncToken } = listed;
    if (syncToken !== null) marks[mark] = syncToken;
    // Without a new one the former goes on; one that is refused is of no use.
    else if (isFull) delete marks[mark];
    return { rows, isFull };
  }

  async function applicationsSince(mark: string, signal: AbortSignal) {
    const found = await since(mark, 'application.list', listedRowSchema, {}, signal);
    if (found.rows.length > 0) shown();
    const rows = listed.readable(found.rows);
    for (const row of rows) listed.lists(row.id, isActive(row));
    return { rows, isFull: found.isFull };
  }

  async function everything(signal: AbortSignal) {
    delete marks.applications;
    const { rows } = await applicationsSince('applications', signal);
    marks.full = String(clock.now());
    if (marks.applications !== undefined) marks.turn ??= marks.applications;
    return { rows };
  }

  function shown(): void {
    marks.shown = 'yes';
  }

  return {
    async applications(signal) {
      const before = marks.full === undefined ? null : Number(marks.full);
      // A day more: that moment is one of this machine's clock, and theirs are not.
      const known = { since: before === null ? null : new Date(before - fullMs) };
      const isDue = clock.now() - (before ?? 0) > fullMs;
      if (isDue || marks.applications === undefined)
        return { ...(await everything(signal)), ...known, isFull: true };
      const found = await applicationsSince('applications', signal);
      if (found.isFull) marks.full = String(clock.now());
      return { ...found, ...known };
    },
    everything,
    async idsOf(what, signal) {
      if (what === 'applications') return idsOf(await applicationsSince('turn', signal));
      if (what === 'users') return idsOf(await since('users', 'user.list', userSchema, everyone, signal));
      const found = await since('jobs', 'job.list', jobSchema, { expand: ['location'] }, signal);
      jobs = new Map(found.rows.map((row) => [row.id, row]));
      return idsOf(found);
    },
    jobRows() {
      const rows = jobs;
      jobs = new Map();
      return rows;
    },
    wasShown: () => marks.shown !== undefined,
    shown,
    marks: {
      resume(stored) {
        marks = { ...stored };
        jobs = new Map();
      },
      left: () => ({ ...marks }),
    },
  };
}

const idsOf = ({ rows }: { rows: ReadonlyArray<{ id: string }> }) => rows.map(({ id }) => id);
