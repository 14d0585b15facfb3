/** Whom a note is from: every note has an author, and Greenhouse takes none whom it does not know. */
import { z } from 'zod';
import { id, textOrNull } from '../decoded.js';
import type { GreenhouseClient } from './client.js';
import { readOwners, readUsers } from './read-jobs.js';

const userSchema = z.object({ id, primary_email: textOrNull, deactivated: z.boolean().nullish() });

interface Noted {
  job_id: string | null;
  recruiter_id: string | null;
}

/** @returns for applications whom each note is from; null: nobody is known */
export type Authors = (
  applications: readonly Noted[],
  signal: AbortSignal,
) => Promise<(application: Noted) => string | null>;

/**
 * The user of the settings, else the only service account there is, which must be this credential's, else the recruiter, else the
 * owner of the job: of these two whom Greenhouse shows as an active user, as with invitations.
 */
export function noteAuthors(client: GreenhouseClient, subject: string | null): Authors {
  let listed: Promise<string | null> | undefined;
  const active = new Set<string>();

  async function listUsers(signal: AbortSignal): Promise<string | null> {
    const services: string[] = [];
    for await (const page of client.list('/users', userSchema, { show_service_accounts: true }, signal)) {
      for (const user of page) {
        if (user.deactivated) continue;
        if (user.primary_email === null) services.push(user.id);
        else active.add(user.id);
      }
    }
    return services.length === 1 ? services[0]! : null;
  }

  async function look(ids: ReadonlyArray<string | null>, signal: AbortSignal): Promise<void> {
    const unknown = ids.flatMap((one) => (one === null || active.has(one) ? [] : one));
    if (unknown.length === 0) return;
    for (const user of (await readUsers(client, unknown, signal)).values())
      if (user.isActive) active.add(user.id);
  }

  const known = (one: string | null | undefined) => (one != null && active.has(one) ? one : null);

  return async (applications, signal) => {
    if (subject !== null || applications.length === 0) return () => subject;
    listed ??= listUsers(signal);
    let service: string | null;
    try {
      service = await listed;
    } catch (error) {
      listed = undefined;
      throw error;
    }
    if (service !== null) return () => service;
    await look(
      applications.map(({ recruiter_id }) => recruiter_id),
      signal,
    );
    const others = applications.filter(({ recruiter_id }) => known(recruiter_id) === null);
    const jobs = others.flatMap(({ job_id }) => job_id ?? []);
    const owners = jobs.length === 0 ? new Map<string, string>() : await readOwners(client, jobs, signal);
    await look([...owners.values()], signal);
    return ({ recruiter_id, job_id }) => known(recruiter_id) ?? known(owners.get(job_id ?? ''));
  };
}
