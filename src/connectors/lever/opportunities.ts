/**
 * Opportunities, as Lever tells them. One is the journey of a person: for this program, an application. Its changes of stage are
 * the entries, each named by opportunity, stage and time. Pure.
 */
import { z } from 'zod';
import { emailProblem } from '../../text/email-address.js';
import type { Application, Candidate, Entry } from '../connector.js';
import { rowOf, textOrNull } from '../decoded.js';
import { id, idOrNull, time } from './client.js';

const stageChange = z.object({ toStageId: id, updatedAt: time, userId: idOrNull });

/** An id, or where it was asked for and Lever does so, the whole application. */
export const applicationSchema = z.object({
  id,
  posting: idOrNull,
  createdAt: z.number().nullish(),
  archived: z.object({ archivedAt: z.number().nullish() }).nullish(),
});
export type LeverApplication = z.output<typeof applicationSchema>;

const texts = z
  .array(z.string().nullable().catch(null))
  .nullish()
  .transform((all) => (all ?? []).flatMap((one) => one?.trim() || []));

export const opportunitySchema = z.object({
  id,
  name: textOrNull,
  contact: idOrNull,
  stage: idOrNull,
  stageChanges: z.array(stageChange),
  archived: z.object({ archivedAt: z.number().nullish() }).nullish(),
  emails: texts,
  tags: texts,
  links: texts,
  confidentiality: textOrNull,
  isAnonymized: z.boolean().nullish(),
  owner: idOrNull,
  applications: z.array(z.union([id, applicationSchema])).nullish(),
  urls: z.object({ show: textOrNull }).nullish(),
});

/** As lists have it. */
export const listedSchema = rowOf(
  opportunitySchema,
  z.object({ id }).transform((row) => row.id),
);

export type Opportunity = z.output<typeof opportunitySchema>;

/** Of one that has several, which is read: the latest of those that are open. */
export function applicationOf(all: readonly LeverApplication[]): LeverApplication | null {
  const open = all.filter(({ archived }) => archived?.archivedAt == null);
  const among = open.length > 0 ? open : all;
  return [...among].sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0))[0] ?? null;
}

/** Stages are the account's: of a job each is another one. */
export const stageIdOf = (posting: string | null, stage: string) => `${posting ?? ''}/${stage}`;

/** What was made by {@link stageIdOf}. */
export function partsOf(stageId: string): { posting: string; stage: string } {
  const slash = stageId.indexOf('/');
  return { posting: stageId.slice(0, slash), stage: stageId.slice(slash + 1) };
}

export function entriesOf({ id: of, stage, stageChanges }: Opportunity, posting: string | null): Entry[] {
  const latest = stageChanges.reduce((last, one) => Math.max(last, one.updatedAt.getTime()), 0);
  return stageChanges.map(
    ({ toStageId, updatedAt }): Entry => ({
      id: `${of}:${toStageId}:${updatedAt.getTime()}`,
      applicationId: of,
      stageId: stageIdOf(posting, toStageId),
      enteredAt: updatedAt,
      isCurrent: toStageId === stage && updatedAt.getTime() === latest,
    }),
  );
}

/** One that is no valid address is taken only where there is no other: then it is told. */
function candidateOf({
  id: of,
  contact,
  name,
  emails,
  isAnonymized,
  confidentiality,
}: Opportunity): Candidate {
  return {
    id: contact ?? of,
    name: name ?? '',
    email: emails.find((one) => emailProblem(one) === null) ?? emails[0] ?? null,
    mayEmail: true,
    isPrivate: confidentiality !== null && confidentiality !== 'non-confidential',
    isAnonymized: isAnonymized === true || name === null,
  };
}

export function asApplication(row: Opportunity, posting: string | null): Application {
  const entries = entriesOf(row, posting);
  const now = entries.findIndex(({ isCurrent }) => isCurrent);
  return {
    id: row.id,
    jobId: posting,
    isProspect: posting === null,
    isActive: row.archived == null,
    candidate: candidateOf(row),
    entries,
    requestedBy: row.stageChanges[now]?.userId ?? row.owner,
    url: row.urls?.show ?? null,
  };
}
