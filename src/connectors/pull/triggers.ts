/** Which stage of the ATS is which trigger of the settings. */
import type { Finding, Stage } from '../connector.js';
import type { Trigger } from '../settings-of-each.js';

/** Names are compared without case and blanks. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase().replace(/\s+/g, '');
}

const isNamed = (wanted: string, id: string, name: string | null) =>
  wanted === id || (name !== null && foldName(wanted) === foldName(name));

const isStage = (wanted: string, { id, sharedId, name }: Stage) =>
  wanted === sharedId || isNamed(wanted, id, name);

/** The first trigger of the settings that the stage belongs to. */
export function triggerOf(triggers: readonly Trigger[], stage: Stage): Trigger | null {
  return (
    triggers.find(
      ({ stage: wanted, jobs }) =>
        isStage(wanted, stage) &&
        (jobs === 'all' || jobs.some((job) => isNamed(job, stage.jobId, stage.jobTitle))),
    ) ?? null
  );
}

/** Whether jobs are told by title somewhere: then the title of each has to be known. */
export function namesTitles(triggers: readonly Trigger[]): boolean {
  return triggers.some(({ jobs }) => jobs !== 'all' && jobs.some((job) => !/^\d+$/.test(job)));
}

/** Those that no stage belongs to. */
export function unmatched(triggers: readonly Trigger[], stages: readonly Stage[]): Trigger[] {
  return triggers.filter((trigger) => !stages.some((stage) => triggerOf([trigger], stage) !== null));
}

/** What is wrong with a trigger that no stage belongs to, and what its writer may have meant. */
export function describeUnmatched({ stage, jobs }: Trigger, stages: readonly Stage[]): string {
  const named = stages.filter((one) => isStage(stage, one));
  if (named.length > 0 && jobs !== 'all') {
    const titles = named.flatMap(({ jobTitle }) => jobTitle ?? []);
    return `of the jobs ${list(jobs)} none that is open has a stage “${stage}”; jobs that have: ${list(titles.slice(0, 5))}`;
  }
  const names = nearest(
    stage,
    stages.map(({ name }) => name),
  );
  const hint = names.length === 0 ? 'there are no stages at all' : `the nearest are ${list(names)}`;
  return `no job that is open has a stage “${stage}”; ${hint}`;
}

const list = (names: readonly string[]) => names.map((name) => `“${name}”`).join(', ');

export function triggerFindings(triggers: readonly Trigger[], stages: readonly Stage[]): Finding[] {
  const remedy = 'Correct `ats.triggers`; `sparkhire-sync ats stages` lists the stages of all jobs.';
  if (stages.length === 0) {
    const detail = 'no job that is open has a stage';
    return [
      {
        check: 'ats_stages',
        level: 'failed',
        detail,
        remedy: 'Open a job in the ATS, or see whether the credential may see jobs.',
      },
    ];
  }
  if (triggers.length === 0) {
    const detail = 'the settings name no stage, so nobody is invited';
    return [
      {
        check: 'ats_stages',
        level: 'warning',
        detail,
        remedy: 'Name one in `ats.triggers`; `sparkhire-sync ats stages` lists them.',
      },
    ];
  }
  const lost = unmatched(triggers, stages);
  const told = lost.map(
    (trigger): Finding => ({
      check: 'ats_stages',
      level: 'failed',
      detail: describeUnmatched(trigger, stages),
      remedy,
    }),
  );
  const found = triggers.filter((trigger) => !lost.includes(trigger));
  if (found.length === 0) return told;
  const parts = found.map((trigger) => {
    const jobs = new Set(
      stages.flatMap((stage) => (triggerOf([trigger], stage) === null ? [] : stage.jobId)),
    );
    return `“${trigger.stage}” in ${jobs.size} ${jobs.size === 1 ? 'job' : 'jobs'} → package ${trigger.package}`;
  });
  return [...told, { check: 'ats_stages', level: 'ok', detail: parts.join('; '), remedy: null }];
}

/** The names that differ least, each once. */
export function nearest(wanted: string, names: readonly string[], count = 3): string[] {
  const each = new Map([...names].reverse().map((name) => [foldName(name), name]));
  const distance = new Map([...each].map(([folded, name]) => [name, edits(foldName(wanted), folded)]));
  const unlike = [...distance].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
  return unlike.slice(0, count).map(([name]) => name);
}

/** How many letters have to be changed to make one of the other. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const swap = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
