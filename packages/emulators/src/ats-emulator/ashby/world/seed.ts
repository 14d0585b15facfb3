import { Random } from '../../../emulation/random.js';
import { familyNames, givenNames } from '../../greenhouse/world/seed-words.js';
import type { Location, Member, User } from '../records.js';
import type { Living } from './life.js';
import * as life from './life.js';

/** How much is made up. The first six jobs are always there: each is one that a reader must get right. */
export const sizes = {
  small: { jobs: 6, candidates: 40 },
  medium: { jobs: 40, candidates: 1_000 },
  large: { jobs: 200, candidates: 20_000 },
} as const;

export type Size = keyof typeof sizes;

const day = 86_400_000;
const places = [
  ['Bergen', { addressLocality: 'Bergen', addressRegion: 'Vestland', addressCountry: 'Norway' }],
  ['Lisbon', { addressLocality: 'Lisbon', addressRegion: 'Lisboa', addressCountry: 'Portugal' }],
  ['Austin', { addressLocality: 'Austin', addressRegion: 'Texas', addressCountry: 'United States' }],
  ['Everywhere', null],
] as const;

/** Fills the world as of its clock. The same seed and the same time give the same ids. */
export function seedWorld(
  living: Living,
  { seed, jobs, candidates }: { seed: number; jobs: number; candidates: number },
) {
  const random = new Random(`ashby ${seed}`);
  const { world } = living;
  const { tables, clock } = world;
  const locations = places.map(
    ([name, place]): Location =>
      tables.locations.put({ id: world.newId(), name, place, isRemote: place === null }),
  );
  const user = (firstName: string, lastName: string, isEnabled = true): User =>
    tables.users.put({
      id: world.newId(),
      firstName,
      lastName,
      email: `${firstName}.${lastName}@fjellvik.example.com`.toLowerCase(),
      isEnabled,
      updatedAt: clock.now() - 200 * day,
    });
  const recruiters = [user('Solveig', 'Berge'), user('Tunde', 'Bello')];
  const manager = user('Chloe', 'Walker');
  user('Former', 'Colleague', false);
  // Several jobs have the same plan, and so the same stages.
  const usual = life.addPlan(living, 'Usual plan');
  const short = life.addPlan(living, 'Short plan', ['Application Review', 'video  Interview', 'Offer']);
  const without = life.addPlan(living, 'Without videos', ['Application Review', 'Panel', 'Offer']);
  const team = (): Member[] => [
    { userId: manager.id, role: 'Hiring Manager' },
    { userId: random.pick(recruiters).id, role: 'Recruiter' },
  ];
  const description = '<p>You look after up to twelve patients a shift.</p>';
  const special = [
    { title: 'Night-shift Nurse', planId: usual, description },
    { title: 'Midwife', planId: usual, description },
    { title: 'Warehouse Team Lead', planId: short, description: null },
    { title: 'Chief of Staff', planId: without, description: null },
    { title: 'Head of Nursing', planId: usual, confidential: true, description: null },
    { title: 'Summer Temp', planId: usual, status: 'Closed' as const, description: null },
  ];
  const made = Array.from({ length: jobs }, (_, i) =>
    life.addJob(living, {
      locationId: locations[i % locations.length]!.id,
      hiringTeam: team(),
      ...(special[i] ?? { title: `Ward Coordinator ${i}`, planId: usual, description: null }),
    }),
  );
  for (let i = 0; i < candidates; i++) {
    // Nobody seeded is newer than a day.
    const at = clock.now() - day - random.between(0, 170 * 24) * 3_600_000;
    const [given, address] = random.pick(givenNames);
    const [family, family2] = random.pick(familyNames);
    const emails = i % 17 === 3 ? [] : life.personal(`${address}.${family2}.${i}@mail.example.com`);
    const candidate = life.addCandidate(living, `${given} ${family}`, emails);
    const job = random.pick(made);
    const isLead = i % 20 === 7;
    const stages = life
      .stagesOfPlan(living, job.defaultInterviewPlanId)
      .filter(({ type }) => type === 'Active');
    const application = life.apply(living, candidate.id, job.id, {
      isLead,
      at,
      ...(isLead ? {} : { stage: random.pick(stages).id }),
    });
    if (i % 3 === 1) life.archive(living, application.id);
  }
}
