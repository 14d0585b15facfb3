import { Random } from '../../../emulation/random.js';
import type { Living } from './life.js';
import * as life from './life.js';
import type { Job } from './world.js';

export const sizes = {
  small: { jobs: 4, candidates: 25 },
  medium: { jobs: 20, candidates: 400 },
  large: { jobs: 100, candidates: 5000 },
} as const;
export type Size = keyof typeof sizes;

const titles = ['Baker', 'Office Manager', 'Account Executive', 'Nurse', 'Data Analyst', 'Driver', 'Teacher'];
const places = [
  ['Boston', 'Massachusetts', 'United States'],
  ['London', 'England', 'United Kingdom'],
  ['Athens', 'Attica', 'Greece'],
] as const;
const given = ['Ada', 'Ben', 'Chloe', 'Dimitris', 'Eva', 'Farid', 'Grace', 'Hugo', 'Ines', 'Jonas'];
const family = ['Abbott', 'Berg', 'Costa', 'Diaz', 'Evans', 'Fischer', 'Garcia', 'Hansen', 'Ito', 'Jones'];

/** A company with people on their way; one job with sample candidates comes with every account. */
export function seedWorld(
  living: Living,
  { seed, jobs: count, candidates }: { seed: number; jobs: number; candidates: number },
): void {
  const random = new Random(`workable ${seed}`);
  const { world } = living;
  for (const [name, role] of [
    ['Nadia Berg', 'admin'],
    ['Tom Ito', 'admin'],
    ['Grace Evans', 'simple'],
  ] as const) {
    const email = `${name.toLowerCase().replace(' ', '.')}@acme.example.com`;
    life.addMember(living, { name, email, role });
  }
  const jobs: Job[] = Array.from({ length: count }, (_, at) => {
    const [city, region, country] = random.pick(places);
    const title = titles[at % titles.length]!;
    return life.addJob(living, { title, code: `J/${at + 1}`, city, region, country });
  });
  if (candidates === 0 || jobs.length === 0) return;
  const sample = life.addJob(living, { title: 'Sample job', sample: true });
  for (let i = 0; i < candidates; i++) {
    const isSample = i % 10 === 9;
    const firstname = random.pick(given);
    const lastname = random.pick(family);
    const address = `${firstname}.${lastname}.${i}`.toLowerCase();
    const candidate = life.apply(living, {
      job: isSample ? sample.shortcode : random.pick(jobs).shortcode,
      firstname,
      lastname,
      email: `${address}@${isSample ? 'samplecandidate.com' : 'mail.example.com'}`,
      sourced: random.chance(0.15),
    });
    const steps = random.between(0, 2);
    for (let step = 0; step < steps; step++) {
      const stages = world.stagesOf(candidate.job);
      const at = stages.findIndex(({ slug }) => slug === candidate.stage);
      // Nobody stands in the stage that triggers usually name.
      const next = stages.slice(at + 1).find(({ name }) => name !== 'Video interview');
      const member = [...world.tables.members.keys()][0]!;
      if (next !== undefined) life.move(living, candidate, next.slug, member);
    }
    if (random.chance(0.1)) life.disqualify(living, candidate, { member: null, withdrew: false });
  }
  beforehand(living);
}

/** All of it happened a month ago. */
function beforehand({ world: { tables } }: Living): void {
  const ms = 30 * 86_400_000;
  for (const table of [tables.jobs, tables.candidates, tables.activities]) {
    for (const row of table.values()) {
      row.created_at -= ms;
      if ('updated_at' in row) row.updated_at -= ms;
      if ('hired_at' in row && row.hired_at !== null) row.hired_at -= ms;
      if ('disqualified_at' in row && row.disqualified_at !== null) row.disqualified_at -= ms;
    }
  }
}
