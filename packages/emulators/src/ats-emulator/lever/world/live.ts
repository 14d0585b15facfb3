import type { Random } from '../../../emulation/random.js';
import type { Living } from './life.js';
import * as life from './life.js';
import { people } from './seed-words.js';
import type { Opportunity } from './world.js';

/** How often each thing happens, in hundredths. */
const chances = { apply: 30, moveOn: 48, archive: 10, note: 6, edit: 4, anonymize: 2 } as const;
const dice = Object.entries(chances).flatMap(([kind, chance]) =>
  Array.from({ length: chance }, () => kind as keyof typeof chances),
);

/** One thing by chance. @returns what it was, in words */
export function somethingHappens(living: Living, random: Random): string {
  const { tables } = living.world;
  const kind = random.pick(dice);
  const active = [...tables.opportunities.values()].filter(({ archived }) => archived === null);
  if (kind === 'apply' || active.length === 0) return somebodyApplies(living, random);
  const one = random.pick(active);
  switch (kind) {
    case 'moveOn':
      return moveOn(living, one);
    case 'archive':
      life.archive(living, one, random.pick([...tables.archiveReasons.keys()]));
      return `opportunity ${one.id} is archived`;
    case 'note':
      life.addNote(living, one, 'Called, no answer.', one.owner);
      return `opportunity ${one.id} has a note`;
    case 'anonymize':
      life.anonymize(living, one);
      return `opportunity ${one.id} is anonymized`;
    default:
      life.edit(living, one, { emails: [`new.${one.id.slice(0, 8)}@mail.example.com`] });
      return `opportunity ${one.id} has another address`;
  }
}

function somebodyApplies(living: Living, random: Random): string {
  const { tables } = living.world;
  const open = [...tables.postings.values()].filter(({ state }) => state === 'published');
  const [name, address] = random.pick(people);
  const emails = [`${address}.${tables.opportunities.size}@mail.example.com`];
  const made = life.begin(living, { name, emails }, open.length > 0 ? random.pick(open) : null);
  return `opportunity ${made.id} begins`;
}

/** To the next stage; from the last one, hired. */
function moveOn(living: Living, one: Opportunity): string {
  const { tables } = living.world;
  const stages = [...tables.stages.values()];
  const next = stages[living.world.positionOf(one.stage) + 1];
  if (next) {
    life.moveTo(living, one, next.id, one.owner);
    return `opportunity ${one.id} enters ${next.text}`;
  }
  const hired = [...tables.archiveReasons.values()].find(({ type }) => type === 'hired');
  life.archive(living, one, hired?.id ?? null);
  return `opportunity ${one.id} is hired`;
}
