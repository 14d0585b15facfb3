import type { Random } from '../../../emulation/random.js';
import type { Living } from './life.js';
import * as life from './life.js';
import * as people from './people-life.js';
import type { Application } from './records.js';
import { familyNames, givenNames } from './seed-words.js';

/** How often each thing happens, in hundredths. */
const chances = {
  apply: 30,
  moveOn: 45,
  reject: 10,
  edit: 6,
  hire: 4,
  merge: 2,
  anonymize: 2,
  private: 1,
} as const;
const dice = Object.entries(chances).flatMap(([kind, chance]) =>
  Array.from({ length: chance }, () => kind as keyof typeof chances),
);

/** One thing by chance. @returns what it was, in words */
export function somethingHappens(living: Living, random: Random): string {
  const { tables } = living.world;
  const kind = random.pick(dice);
  const active = tables.applications.filter((one) => one.status === 'in_process' && one.job_id !== null);
  if (kind === 'apply' || active.length === 0) return somebodyApplies(living, random);
  const application = random.pick(active);
  const { id, candidate_id } = application;
  switch (kind) {
    case 'moveOn':
      return moveOn(living, application);
    case 'reject':
      life.reject(living, id, random.chance(0.3) ? null : application.recruiter_id);
      return `application ${id} is rejected`;
    case 'hire':
      life.hire(living, id);
      return `application ${id} is hired`;
    case 'merge': {
      const loser = random.pick(active).candidate_id;
      if (loser === candidate_id) return moveOn(living, application);
      people.merge(living, candidate_id, loser);
      return `candidate ${loser} is merged into ${candidate_id}`;
    }
    case 'anonymize':
      people.anonymize(living, candidate_id, people.anonymizedFields);
      return `candidate ${candidate_id} is anonymized`;
    case 'private':
      people.editCandidate(living, candidate_id, { private: true });
      return `candidate ${candidate_id} is private`;
    default: {
      const value = `new.${candidate_id}@mail.example.com`;
      people.editCandidate(living, candidate_id, { email_addresses: [{ value, type: 'personal' }] });
      return `candidate ${candidate_id} has another address`;
    }
  }
}

function somebodyApplies(living: Living, random: Random): string {
  const { tables } = living.world;
  const jobs = tables.jobs.filter((one) => one.status === 'open' && !one.is_template);
  const job = jobs.length > 0 ? random.pick(jobs) : life.addJob(living, {});
  const [given, givenAddress] = random.pick(givenNames);
  const [family, familyAddress] = random.pick(familyNames);
  const value = `${givenAddress}.${familyAddress}.${tables.candidates.size}@mail.example.com`;
  const candidate = life.addCandidate(living, {
    first_name: given,
    last_name: family,
    email_addresses: [{ value, type: 'personal' }],
  });
  return `candidate ${candidate.id} applies: application ${life.apply(living, candidate.id, job.id).id}`;
}

/** To the next stage; from the last one, hired. */
function moveOn(living: Living, application: Application): string {
  const { tables } = living.world;
  const entry = tables.application_stages.get(application.entry_id);
  const stages = life.stagesOf(tables, application.job_id!);
  const at = stages.findIndex((stage) => stage.id === entry?.job_interview_stage_id);
  const next = stages[at + 1];
  if (!next) {
    life.hire(living, application.id);
    return `application ${application.id} is hired`;
  }
  life.moveToStage(living, application.id, next.id);
  return `application ${application.id} enters ${next.name}`;
}
