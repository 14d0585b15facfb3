import { Random } from '../../../emulation/random.js';
import type { Job } from './records.js';
import { seedPeople } from './seed-people.js';
import * as words from './seed-words.js';
import type { World } from './world.js';

/** How much is made up. The first eight jobs are always there: each is one that a reader must get right. */
export const sizes = {
  small: { jobs: 8, candidates: 40 },
  medium: { jobs: 40, candidates: 1_000 },
  large: { jobs: 300, candidates: 100_000 },
} as const;

export type Size = keyof typeof sizes;

const day = 86_400_000;

interface SpecialJob {
  name: string;
  office: number | null;
  changes?: Partial<Job>;
  post?: false;
  stages?: readonly string[];
}

const specialJobs: readonly SpecialJob[] = [
  { name: 'Night-shift Nurse', office: 0 },
  { name: 'Warehouse Team Lead', office: 2, stages: ['Application Review', 'video  Interview', 'Offer'] },
  // No stage of that name.
  { name: 'Chief of Staff', office: 1, stages: ['Application Review', 'Panel', 'Offer'] },
  { name: 'Head of Nursing', office: 0, changes: { confidential: true } },
  // Nowhere, and without an advertisement.
  { name: 'Site Reliability Engineer', office: null, post: false },
  { name: 'Remote Data Engineer', office: 4 },
  { name: 'Nurse (template)', office: 0, changes: { is_template: true, status: 'draft', opened_at: null } },
  { name: 'Summer Temp', office: 3, changes: { status: 'closed' } },
];

/** Fills the world as of its clock. The same seed and the same time give the same world. */
export function seedWorld(
  world: World,
  options: { seed: number; jobs: number; candidates: number },
): { serviceUserId: number } {
  const random = new Random(`greenhouse ${options.seed}`);
  const { tables, clock } = world;
  const start = clock.now() - 200 * day;
  for (const { name, location } of words.offices) {
    tables.offices.add(
      {
        name,
        location,
        parent_id: null,
        external_id: null,
        primary_in_house_contact_user_id: null,
        created_at: start,
      },
      true,
    );
  }
  for (const name of words.departments) {
    tables.departments.add({ name, parent_id: null, external_id: null, created_at: start }, true);
  }
  const serviceUserId = seedUsers(world, start);
  seedDictionaries(world, start);
  for (let i = 0; i < options.jobs; i++) {
    const special = specialJobs[i] ?? {
      name: `${random.pick(words.titles)} ${i}`,
      office: random.between(0, words.offices.length - 1),
    };
    seedJob(world, random, special, start + random.between(1, 60) * day);
  }
  seedPeople(world, random, options.candidates);
  return { serviceUserId };
}

function seedUsers({ tables }: World, start: number): number {
  const user = (
    first: string,
    last: string | null,
    changes: { site_admin?: boolean; deactivated?: boolean },
  ) =>
    tables.users.add(
      {
        first_name: first,
        last_name: last,
        primary_email: last === null ? '' : `${first}.${last}@fjellvik.example.com`.toLowerCase(),
        job_title: last === null ? null : 'Recruiter',
        deactivated: changes.deactivated ?? false,
        site_admin: changes.site_admin ?? false,
        employee_id: null,
        office_ids: [],
        department_ids: [],
        service_account: last === null,
        created_at: start,
      },
      true,
    );
  const service = user('Spark Hire integration', null, { site_admin: true });
  user('Solveig', 'Berge', { site_admin: true });
  user('Tunde', 'Bello', {});
  user('Chloe', 'Walker', {});
  user('Rohan', 'Menon', {});
  user('Former', 'Colleague', { deactivated: true });
  return service.id;
}

function seedDictionaries({ tables }: World, start: number): void {
  const past = { created_at: start };
  const rejected = { id: 1, key: 'WE_REJECTED_THEM', name: 'We rejected them' };
  const withdrew = { id: 2, key: 'THEY_REJECTED_US', name: 'They rejected us' };
  for (const name of ['Lacking qualifications', 'Hired another candidate']) {
    tables.rejection_reasons.add({ name, type: rejected, ...past }, true);
  }
  tables.rejection_reasons.add({ name: 'Accepted another offer', type: withdrew, ...past }, true);
  tables.sources.add({ name: 'Jobs page', type: { id: 1, name: 'Company marketing' }, ...past }, true);
  tables.sources.add({ name: 'Referral', type: { id: 2, name: 'Referral' }, ...past }, true);
  const fields = [
    ['Video interview link', 'video_interview_link', 'url'],
    ['Video interview rating', 'video_interview_rating', 'short_text'],
    ['Video interview status', 'video_interview_status', 'single_select'],
  ] as const;
  for (const [i, [name, name_key, value_type]] of fields.entries()) {
    const field = tables.custom_fields.add(
      {
        field_type: 'application',
        sort_order: i,
        name,
        name_key,
        value_type,
        private: false,
        active: true,
        ...past,
      },
      true,
    );
    if (value_type !== 'single_select') continue;
    for (const [order, option] of ['Invited', 'Completed', 'Expired'].entries()) {
      tables.custom_field_options.add(
        {
          custom_field_id: field.id,
          name: option,
          external_id: null,
          sort_order: order,
          active: true,
          ...past,
        },
        true,
      );
    }
  }
}

function seedJob({ tables }: World, random: Random, special: SpecialJob, createdAt: number): void {
  const past = { created_at: createdAt };
  const offices = [...tables.offices.values()];
  const recruiters = tables.users.filter((user) => !user.service_account && !user.deactivated);
  const job = tables.jobs.add(
    {
      name: special.name,
      requisition_id: random.chance(0.5) ? `REQ-${random.between(100, 999)}` : null,
      notes: null,
      confidential: false,
      status: 'open',
      opened_at: createdAt,
      closed_at: special.changes?.status === 'closed' ? createdAt + 60 * day : null,
      is_template: false,
      copied_from_id: null,
      department_id: random.pick([...tables.departments.values()]).id,
      office_ids: special.office === null ? [] : [offices[special.office]!.id],
      custom_values: {},
      ...special.changes,
      ...past,
    },
    true,
  );
  for (const [sort_order, name] of (special.stages ?? words.stageNames).entries()) {
    tables.job_interview_stages.add({ job_id: job.id, sort_order, name, active: true, ...past }, true);
  }
  // One that is no longer part of the plan.
  tables.job_interview_stages.add(
    { job_id: job.id, sort_order: 9, name: 'Trial day', active: false, ...past },
    true,
  );
  const recruiter = random.pick(recruiters);
  tables.job_owners.add(
    { job_id: job.id, user_id: recruiter.id, type: 'recruiter', responsible: true, ...past },
    true,
  );
  tables.job_owners.add(
    { job_id: job.id, user_id: random.pick(recruiters).id, type: 'sourcer', responsible: false, ...past },
    true,
  );
  tables.job_hiring_managers.add({ job_id: job.id, user_id: random.pick(recruiters).id, ...past }, true);
  if (special.post === false) return;
  tables.job_posts.add(
    {
      job_id: job.id,
      job_board_id: words.jobBoardId,
      title: special.name,
      internal: false,
      active: true,
      live: job.status === 'open',
      featured: false,
      first_published_at: job.status === 'open' ? createdAt : null,
      content: `<p>${random.pick(words.duties)}</p><ul><li>Shifts &amp; breaks are planned together.</li></ul>`,
      language: 'en',
      ...past,
    },
    true,
  );
}
