import type { Random } from '../../../emulation/random.js';
import type { Application, Candidate, Job, JobStage } from './records.js';
import { familyNames, givenNames } from './seed-words.js';
import type { World } from './world.js';

const hour = 3_600_000;
const day = 24 * hour;

/** What each of the first candidates is: one that a reader must get right. */
const special: ReadonlyArray<(candidate: Candidate) => Partial<Candidate>> = [
  () => ({}),
  (candidate) => ({
    email_addresses: [
      { value: `work.${candidate.id}@employer.example.org`, type: 'work' },
      ...candidate.email_addresses,
    ],
    phone_numbers: [
      { value: '+47 55 57 00 11', type: 'home' },
      { value: '+47 912 34 567', type: 'mobile' },
    ],
  }),
  () => ({ preferred_name: 'Robin' }),
  () => ({ private: true }),
  () => ({ email_addresses: [] }),
  () => ({ can_email: false }),
  (candidate) => ({ first_name: 'Anonymized', last_name: String(candidate.id), email_addresses: [] }),
];

/** Applications that have come and gone for half a year. */
export function seedPeople(world: World, random: Random, count: number): void {
  const { tables, clock } = world;
  const jobs = tables.jobs.filter((job) => !job.is_template);
  const stages = new Map<number, JobStage[]>();
  for (const job of jobs) {
    stages.set(
      job.id,
      tables.job_interview_stages.filter((stage) => stage.job_id === job.id && stage.active),
    );
  }
  const recruiters = new Map<number, number>();
  for (const owner of tables.job_owners.values()) {
    if (owner.type === 'recruiter') recruiters.set(owner.job_id, owner.user_id);
  }
  for (let i = 0; i < count; i++) {
    // Nobody seeded is newer than a day.
    const at = clock.now() - day - random.between(0, 170 * 24) * hour - random.between(0, 3_599_999);
    const candidate = seedCandidate(world, random, i, at);
    if (i % 20 === 7) {
      const job = i % 40 === 7 ? null : random.pick(jobs);
      tables.applications.add(
        { ...blank(candidate, null, at), prospect: true, prospective_job_ids: job ? [job.id] : [] },
        true,
      );
      continue;
    }
    const job = i < special.length ? jobs[0]! : random.pick(jobs);
    seedApplication(world, random, candidate, job, stages.get(job.id)!, recruiters.get(job.id) ?? null, at);
    // Now and then somebody applies for a second job.
    const other = random.pick(jobs);
    if (i % 12 === 5 && other !== job) {
      seedApplication(world, random, candidate, other, stages.get(other.id)!, null, at + 2 * hour);
    }
  }
}

function seedCandidate({ tables }: World, random: Random, i: number, at: number): Candidate {
  const [given, givenAddress] = random.pick(givenNames);
  const [family, familyAddress] = random.pick(familyNames);
  const candidate = tables.candidates.add(
    {
      first_name: given,
      last_name: family,
      preferred_name: null,
      company: null,
      title: null,
      last_activity_at: at,
      private: false,
      can_email: true,
      tags: random.chance(0.2) ? ['Night shifts'] : [],
      phone_numbers: random.chance(0.7)
        ? [{ value: `+47 9${random.between(10, 99)} ${random.between(10_000, 99_999)}`, type: 'mobile' }]
        : [],
      email_addresses: [
        { value: `${givenAddress}.${familyAddress}.${i}@mail.example.com`, type: 'personal' },
      ],
      custom_values: {},
      created_at: at,
    },
    true,
  );
  const changes = special[i]?.(candidate);
  return changes ? tables.candidates.load(candidate.id, changes) : candidate;
}

function blank(candidate: Candidate, job: Job | null, at: number) {
  return {
    candidate_id: candidate.id,
    job_id: job?.id ?? null,
    job_post_id: null,
    recruiter_id: null,
    coordinator_id: null,
    source_id: null,
    referrer_id: null,
    status: 'in_process' as Application['status'],
    needs_decision: false,
    prospect: false,
    rejected_at: null,
    last_activity_at: at,
    location_address: null,
    prospective_job_ids: [],
    custom_values: {},
    entry_id: null,
    created_at: at,
  };
}

function seedApplication(
  { tables, clock }: World,
  random: Random,
  candidate: Candidate,
  job: Job,
  stages: readonly JobStage[],
  recruiterId: number | null,
  at: number,
): void {
  const latest = clock.now() - hour;
  const application = tables.applications.add(
    { ...blank(candidate, job, at), recruiter_id: recruiterId },
    true,
  );
  const reaches = random.between(0, stages.length - 1);
  let entered = at;
  let entryId: number | null = null;
  for (let step = 0; step <= reaches; step++) {
    const current = step === reaches;
    const left = Math.min(latest, entered + random.between(2, 96) * hour);
    entryId = tables.application_stages.add(
      {
        application_id: application.id,
        job_interview_stage_id: stages[step]!.id,
        entered_at: entered,
        exited_at: current ? null : left,
        current,
        created_at: entered,
        updated_at: current ? entered : left,
      },
      true,
    ).id;
    if (!current) entered = left;
  }
  const ends = random.unit();
  const ended = Math.min(latest, entered + 30 * hour);
  const status =
    ends < 0.3 ? 'rejected' : ends < 0.36 && reaches === stages.length - 1 ? 'hired' : 'in_process';
  if (status === 'rejected') {
    tables.rejection_details.add(
      {
        application_id: application.id,
        rejected_by_id: recruiterId,
        rejection_note_id: null,
        rejection_reason_id: random.pick([...tables.rejection_reasons.values()]).id,
        rejected_at: ended,
        created_at: ended,
      },
      true,
    );
  }
  tables.applications.load(application.id, {
    entry_id: entryId,
    status,
    rejected_at: status === 'rejected' ? ended : null,
    last_activity_at: entered,
    updated_at: status === 'in_process' ? entered : ended,
  });
}
