import type { Clock } from '../../../emulation/clock.js';
import type { Random } from '../../../emulation/random.js';
import type { WorkableActs } from './acts.js';
import type { World } from './world.js';

/** One thing by chance: somebody applies, moves on, is commented on or disqualified. @returns what it was, in words */
export function somethingHappens(world: World, act: WorkableActs, random: Random): string {
  const active = [...world.tables.candidates.values()].filter(
    ({ disqualified, hired_at }) => !disqualified && hired_at === null,
  );
  if (active.length === 0 || random.chance(0.3)) return `candidate ${act.apply().id} applies`;
  const candidate = random.pick(active);
  const { id: candidate_id } = candidate;
  if (random.chance(0.2)) {
    act.comment({ candidate_id, body: 'Looks promising.' });
    return `candidate ${candidate_id} is commented on`;
  }
  const stages = world.stagesOf(candidate.job);
  const next = stages[stages.findIndex(({ slug }) => slug === candidate.stage) + 1];
  if (next === undefined || random.chance(0.15)) {
    act.disqualify({ candidate_id });
    return `candidate ${candidate_id} is disqualified`;
  }
  act.move({ candidate_id, stage: next.slug });
  return `candidate ${candidate_id} enters ${next.name}`;
}

/** Lets something happen every so many seconds, until it is told to stop. */
export function startLiving(clock: Clock, seconds: number, happen: () => void): () => void {
  let cancel = clock.after(seconds * 1000, tick, { background: true });
  function tick() {
    happen();
    cancel = clock.after(seconds * 1000, tick, { background: true });
  }
  return () => cancel();
}
