import { Random } from '../../../emulation/random.js';
import * as words from './seed-words.js';
import type { Confidentiality, Opportunity, Posting, World } from './world.js';

/** How much is made up. The first five postings and seven people are always there: each is one that a reader must get right. */
export const sizes = {
  small: { postings: 6, opportunities: 40 },
  medium: { postings: 40, opportunities: 1_000 },
  large: { postings: 300, opportunities: 100_000 },
} as const;

export type Size = keyof typeof sizes;

const day = 86_400_000;

/** What the first postings are. */
const postings: ReadonlyArray<Partial<Posting>> = [
  {},
  {},
  { confidentiality: 'confidential' },
  { location: 'Remote', country: null, workplaceType: 'remote' },
  { state: 'closed' },
  { state: 'internal' },
];

/** What the first people are. */
const people: ReadonlyArray<Partial<Opportunity>> = [
  {},
  { confidentiality: 'confidential' as Confidentiality },
  { emails: [] },
  { isAnonymized: true, name: 'Anonymized', emails: [] },
  // Not changed since Lever keeps when that was.
  { updatedAt: null },
  { owner: null },
];

/** Fills the world as of its clock. The same seed and the same time give the same world. */
export function seedWorld(
  world: World,
  { seed, ...count }: { seed: number; postings: number; opportunities: number },
): void {
  const random = new Random(`lever ${seed}`);
  const { tables, clock } = world;
  const start = clock.now() - 200 * day;
  for (const [id, text] of words.stages) {
    const own = id ?? world.newId();
    tables.stages.set(own, { id: own, text });
  }
  for (const [text, type] of words.reasons) {
    const id = world.newId();
    tables.archiveReasons.set(id, { id, text, type });
  }
  for (const name of words.colleagues) {
    const id = world.newId();
    const username = name.toLowerCase().replace(' ', '.');
    const email = `${username}@fjellvik.example.com`;
    const accessRole = tables.users.size === 0 ? 'super admin' : 'team member';
    tables.users.set(id, { id, name, username, email, accessRole, createdAt: start, deactivatedAt: null });
  }
  const users = [...tables.users.keys()];
  for (let i = 0; i < count.postings; i++) {
    const id = world.newId();
    const [location, country] = words.places[i % words.places.length]!;
    const createdAt = start + random.between(1, 60) * day;
    const text = words.titles[i % words.titles.length]!;
    tables.postings.set(id, {
      id,
      text: i < words.titles.length ? text : `${text} ${i}`,
      state: 'published',
      owner: random.pick(users),
      hiringManager: null,
      location,
      country,
      description: 'You look after up to twelve patients a shift.',
      confidentiality: 'non-confidential',
      workplaceType: 'unspecified',
      createdAt,
      updatedAt: createdAt,
      ...postings[i],
    });
  }
  for (let i = 0; i < count.opportunities; i++) seedOpportunity(world, random, i);
}

/** A journey that has come as far as chance would have it; nobody is newer than a day. */
function seedOpportunity(world: World, random: Random, i: number): void {
  const { tables, clock } = world;
  const postings = [...tables.postings.values()];
  const posting =
    i % 15 === 14 || postings.length === 0 ? null : (postings[i < 6 ? 0 : i % postings.length] ?? null);
  const stages = [...tables.stages.keys()];
  const first = posting === null ? 0 : stages.indexOf('applicant-new');
  const last = random.between(first, stages.length - 1);
  let at = clock.now() - day - random.between(0, 170 * 24) * 3_600_000 - random.between(0, 3_599_999);
  const createdAt = at;
  const [name, address] = random.pick(words.people);
  const owner = posting?.owner ?? random.pick([...tables.users.keys()]);
  const stageChanges = stages.slice(first, last + 1).map((toStageId, step) => {
    if (step > 0) at = Math.min(clock.now() - day, at + random.between(2, 96) * 3_600_000);
    return {
      toStageId,
      toStageIndex: first + step,
      updatedAt: at,
      userId: random.chance(0.9) ? owner : null,
    };
  });
  const isArchived = random.chance(0.35);
  const id = world.newId();
  const row: Opportunity = {
    id,
    name,
    contact: world.newId(),
    headline: '',
    stage: stages[last]!,
    confidentiality: 'non-confidential',
    phones: random.chance(0.5)
      ? [{ type: 'mobile', value: `+47 9${random.between(1_000_000, 9_999_999)}` }]
      : [],
    emails: [`${address}.${i}@mail.example.com`],
    links: [],
    tags: posting === null ? [] : [posting.text],
    sources: ['Applied'],
    archived: isArchived
      ? {
          reason: random.pick([...tables.archiveReasons.keys()]),
          archivedAt: Math.min(clock.now() - day, at + day),
        }
      : null,
    stageChanges,
    origin: posting === null ? 'sourced' : 'applied',
    owner,
    applications: [],
    createdAt,
    updatedAt: at,
    lastInteractionAt: at,
    lastAdvancedAt: at,
    isAnonymized: false,
    ...people[i],
  };
  tables.opportunities.set(id, row);
  if (posting === null) return;
  const application = world.newId();
  row.applications.push(application);
  tables.applications.set(application, {
    id: application,
    opportunityId: id,
    posting: posting.id,
    type: 'posting',
    createdAt,
  });
}
