/** Entries into stages, applications and candidates, as Greenhouse tells them. */
import { z } from 'zod';
import { emailProblem } from '../../text/email-address.js';
import type { Application, Candidate, Entry } from '../connector.js';
import { id, idOrNull, rowOf, textOrNull, time } from '../decoded.js';
import type { ListedApplications } from '../listed.js';
import type { GreenhouseClient } from './client.js';

export const entrySchema = z
  .object({
    id,
    application_id: id,
    job_interview_stage_id: id,
    entered_at: time.nullish(),
    exited_at: time.nullish(),
    current: z.boolean(),
  })
  .transform(
    (row): Entry => ({
      id: row.id,
      applicationId: row.application_id,
      stageId: row.job_interview_stage_id,
      enteredAt: row.entered_at ?? null,
      isCurrent: row.current && !row.exited_at,
    }),
  );

/** As lists have it. */
export const listedEntrySchema = rowOf(
  entrySchema,
  z.object({ application_id: id }).transform((row) => row.application_id),
);

/** Asked for as `active`, answered as `in_process`. */
export const activeStatuses: ReadonlySet<string> = new Set(['in_process', 'active']);

// `stage_id` is left alone: sources differ on whose id it is. The entries tell where an application stands.
const applicationSchema = z.object({
  id,
  candidate_id: id,
  job_id: idOrNull,
  status: z.string(),
  prospect: z.boolean(),
  recruiter_id: idOrNull,
});

const typed = z.object({ value: textOrNull, type: textOrNull });
/** One that is of another form is left out: it keeps nobody from being read. */
const contacts = z
  .array(typed.nullable().catch(null))
  .nullish()
  .transform((all) =>
    (all ?? []).flatMap((one) =>
      one?.value ? [{ value: one.value, type: one.type?.toLowerCase() ?? '' }] : [],
    ),
  );

const candidateSchema = z.object({
  id,
  first_name: textOrNull,
  last_name: textOrNull,
  preferred_name: textOrNull,
  private: z.boolean().nullish(),
  can_email: z.boolean(),
  email_addresses: contacts,
});

type CandidateRow = z.output<typeof candidateSchema>;

/** What Greenhouse puts in the place of a name that was made anonymous. */
const anonymousName = /^\W*(?:candidate\s+)?anonymi[sz]ed\b/i;

export function candidateOf(row: CandidateRow): Candidate {
  const { first_name: first, last_name: last, preferred_name: called } = row;
  const name = [called ?? first, last].filter((part) => part !== null).join(' ');
  // "preferred" is a whole name with some, a first name with others.
  const full =
    called !== null && last !== null && called.toLowerCase().endsWith(last.toLowerCase()) ? called : name;
  // One that is none is taken only where there is no other: then it is told.
  const valid = row.email_addresses.filter(({ value }) => emailProblem(value) === null);
  const addresses = valid.length > 0 ? valid : row.email_addresses;
  const email = addresses.find(({ type }) => type === 'personal') ?? addresses[0];
  return {
    id: row.id,
    name: full,
    email: email?.value ?? null,
    mayEmail: row.can_email,
    isPrivate: row.private === true,
    isAnonymized: full === '' || anonymousName.test(full),
  };
}

/** What is not shown is asked for once more: to be left out is taken for gone. */
const insists = { insists: true };

/**
 * Those that Greenhouse shows, each with its candidate and all its entries. Three requests for 50.
 * @param listed is told of each what kept it from being read, or its candidate or its entries
 */
export async function readApplications(
  client: GreenhouseClient,
  ids: readonly string[],
  listed: ListedApplications,
  signal: AbortSignal,
): Promise<Map<string, Application>> {
  const { rows, failed } = await client.each('/applications', applicationSchema, 'ids', ids, signal, insists);
  const candidateIds = rows.map(({ candidate_id }) => candidate_id);
  const people = await client.each('/candidates', candidateSchema, 'ids', candidateIds, signal, insists);
  const candidates = new Map(people.rows.map((row) => [row.id, candidateOf(row)]));
  // Last of all: where they stand is what changes soonest.
  const known = rows.map((row) => row.id);
  const stays = await client.each(
    '/application_stages',
    entrySchema,
    'application_ids',
    known,
    signal,
    insists,
  );
  const entries = new Map<string, Entry[]>();
  for (const entry of stays.rows)
    entries.set(entry.applicationId, [...(entries.get(entry.applicationId) ?? []), entry]);
  const failures = new Map([
    ...failed,
    ...stays.failed,
    ...rows.flatMap(({ id, candidate_id }) => {
      const failure = people.failed.get(candidate_id);
      return failure === undefined ? [] : [[id, failure] as const];
    }),
  ]);
  for (const one of ids) listed.reads(one, failures.get(one) ?? null);
  const whole = rows.filter((row) => !failures.has(row.id));
  return new Map(
    whole.map((row) => [
      row.id,
      {
        id: row.id,
        jobId: row.job_id,
        isProspect: row.prospect || row.job_id === null,
        isActive: activeStatuses.has(row.status),
        candidate: candidates.get(row.candidate_id) ?? null,
        entries: entries.get(row.id) ?? [],
        requestedBy: row.recruiter_id,
        url: `https://app.greenhouse.io/people/${row.candidate_id}?application_id=${row.id}`,
      },
    ]),
  );
}
