/** Entries into stages, applications and candidates, as Greenhouse tells them. */
import { z } from 'zod';
import type { Application, Candidate, Entry } from '../connector.js';
import { type GreenhouseClient, id, idOrNull, textOrNull, time } from './client.js';

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
  phone_numbers: contacts,
});

type CandidateRow = z.output<typeof candidateSchema>;

function preferred(all: CandidateRow['email_addresses'], type: string): string | null {
  return (all.find((one) => one.type === type) ?? all[0])?.value ?? null;
}

/** What Greenhouse puts in the place of a name that was made anonymous. */
const anonymousName = /^\W*(?:candidate\s+)?anonymi[sz]ed\b/i;

export function candidateOf(row: CandidateRow): Candidate {
  const { first_name: first, last_name: last, preferred_name: called } = row;
  const name = [called ?? first, last].filter((part) => part !== null).join(' ');
  // "preferred" is a whole name with some, a first name with others.
  const full =
    called !== null && last !== null && called.toLowerCase().endsWith(last.toLowerCase()) ? called : name;
  const email = preferred(row.email_addresses, 'personal');
  return {
    id: row.id,
    name: full,
    email,
    phone: preferred(row.phone_numbers, 'mobile'),
    mayEmail: row.can_email,
    isPrivate: row.private === true,
    isAnonymized: full === '' || anonymousName.test(full),
  };
}

/** Those that Greenhouse shows, each with its candidate and all its entries. Three requests for 50. */
export async function readApplications(
  client: GreenhouseClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Application>> {
  const rows: Array<z.output<typeof applicationSchema>> = [];
  for await (const page of client.listOf('/applications', applicationSchema, 'ids', ids, {}, signal))
    rows.push(...page);
  const candidates = new Map<string, Candidate>();
  const people = rows.map(({ candidate_id }) => candidate_id);
  for await (const page of client.listOf('/candidates', candidateSchema, 'ids', people, {}, signal)) {
    for (const row of page) candidates.set(row.id, candidateOf(row));
  }
  // Last of all: where they stand is what changes soonest.
  const entries = new Map<string, Entry[]>();
  const known = rows.map((row) => row.id);
  for await (const page of client.listOf(
    '/application_stages',
    entrySchema,
    'application_ids',
    known,
    {},
    signal,
  )) {
    for (const entry of page)
      entries.set(entry.applicationId, [...(entries.get(entry.applicationId) ?? []), entry]);
  }
  return new Map(
    rows.map((row) => [
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
