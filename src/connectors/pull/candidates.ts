/** The entries of a reading: who newly entered a stage of the settings, and whose entry has ended. */
import { createHash } from 'node:crypto';
import type { Application, Entry, Stage } from '../connector.js';
import type { SkippedRow } from '../rows.js';
import type { Trigger } from '../settings-of-each.js';
import { knownEntries, mendable, type OfConnector, overRows } from '../standing-rows.js';
import type { Blocked, Cursor, Position } from './cursor.js';
import { notShown } from './judge.js';
import type { PullSession } from './session.js';
import { describeUnmatched, foldName, namesTitles, triggerOf, unmatched } from './triggers.js';
import { type Turn, turnOf } from './turns.js';

/** An entry into a stage of the settings that was not met before. */
export interface TriggeredEntry {
  entry: Entry;
  stage: Stage;
  trigger: Trigger;
  /** null: entries count whenever they began. */
  since: Date | null;
}

export interface Candidates {
  entered: TriggeredEntry[];
  /** Entries that have a row, and are over. */
  left: Entry[];
  /** What was read already, of hinted applications. */
  applications: Map<string, Application>;
  hints: readonly string[];
  /** Applications that changed, where it is their turn. */
  changed: readonly string[];
  /** People who were skipped and whose applications are not shown any more. */
  vanished: SkippedRow[];
  turn: Turn;
  /** Where the next reading begins, once this one is stored. */
  cursor: Cursor;
  notes: string[];
}

/** The last minutes are read again: an ATS may show something late, with an earlier time. */
const overlapMs = 5 * 60_000;
/** Of people who are looked at again, at most, unless the connector says otherwise. */
const atOnce = 50;
const noClockMs = 86_400_000;
/** A stage may be renamed. */
const stageKnownMs = 10 * 60_000;

export async function findCandidates(
  session: PullSession,
  of: OfConnector,
  { readUntil, position: before }: Cursor,
  named: readonly string[],
): Promise<Candidates> {
  const { connector, settings, clock, signal, db } = session;
  const position: Position = { ...before };
  const entries = new Map<string, Entry>();
  const stages = new Map<string, Stage>();

  const surveyed = surveyMark(session);
  const isSurvey = before.surveyed !== surveyed;
  const lookAtAll = async () => {
    const all = await connector.stages(signal);
    position.unmatched = notThere(settings, all);
    const wanted = all.filter((stage) => triggerOf(settings.triggers, stage) !== null);
    for (const stage of wanted) stages.set(stage.id, stage);
    const since = earliest(settings, before.since, clock.now() + before.aheadMs);
    for await (const page of connector.standing([...stages.keys()], signal, since)) {
      for (const entry of page) entries.set(entry.id, entry);
    }
  };
  if (isSurvey && settings.triggers.length > 0) await lookAtAll();
  position.surveyed = surveyed;

  // By the clock of the ATS: its times are compared with its times.
  position.aheadMs = connector.aheadMs() ?? before.aheadMs;
  const asked = clock.now();
  const now = new Date(asked + position.aheadMs);
  // Who stands there already came before, whatever the clocks say.
  const times = [...entries.values()].map(({ enteredAt }) => enteredAt?.getTime() ?? 0);
  // A time far off is a mistake of one row, and no clock.
  const newest = Math.max(...times.filter((time) => time < now.getTime() + noClockMs));
  position.since = sinces(settings.triggers, before.since, new Date(Math.max(now.getTime(), newest + 1)));
  // Another clock is known to a second; what is read too early is read again.
  const to = new Date(now.getTime() + (position.aheadMs === 0 ? 0 : 1000) - settings.lagSeconds * 1000);
  if (readUntil !== null) {
    const from = new Date(readUntil.getTime() - overlapMs);
    if (from < to) {
      for await (const page of connector.entries({ from, to }, signal)) {
        for (const entry of page) entries.set(entry.id, entry);
      }
    }
  }
  const aheadAtFirst = position.aheadMs;
  position.aheadMs = connector.aheadMs() ?? position.aheadMs;
  // One answer with a wrong date would take the cursor over what is still to come: the smaller of the clocks counts.
  const until = new Date(asked + Math.min(0, aheadAtFirst, position.aheadMs) - settings.lagSeconds * 1000);

  const turn = await turnOf(session, of, { readUntil, position: before }, { now, until, isSurvey });
  if (turn.name === 'standing' && settings.triggers.length > 0) await lookAtAll();
  // Who enters a stage that was renamed would be lost in silence.
  if (!isSurvey && (await mayHaveLostStages(session, before, turn)))
    position.unmatched = notThere(settings, await connector.stages(signal));
  // A trigger has its stage again: whoever entered that meanwhile stands there.
  if (position.unmatched.length < before.unmatched.length) await lookAtAll();
  const together = connector.atOnce ?? atOnce;
  const skippedOnes = turn.name === 'skipped' ? await mendable(db, of, together) : [];
  const unshown = turn.name === 'unshown' ? before.unshown.slice(0, together) : [];
  const changed =
    turn.name === 'applications' ? await connector.changed('applications', turn.window, signal) : [];
  const ended = new Set(before.ended.map(({ application }) => application));
  const over = await overRows(
    db,
    of.account,
    before.blocked.map(({ by }) => by),
  );
  position.blocked = before.blocked.filter((one) => !over.has(one.by) || isFree(one, over));
  const others = [
    ...before.blocked.filter((one) => isFree(one, over)).map(({ application }) => application),
    ...changed.filter((id) => ended.has(id)),
    ...skippedOnes.map(({ application_id }) => application_id),
    ...unshown.map(({ application }) => application),
  ];
  const hints = [...new Set([...named, ...others])];
  const listed = new Set(entries.keys());
  // Whom this reading has listed in no stage of the settings nobody has to read, but where they have a row.
  const near = named.filter((id) => connector.listed?.isElsewhere(id) !== true);
  const read = [...new Set([...near, ...others])];
  const applications =
    read.length === 0 ? new Map<string, Application>() : await connector.applications(read, signal);
  for (const { entries: theirs } of applications.values())
    for (const entry of theirs) entries.set(entry.id, entry);

  const known = await knownEntries(db, of, [...entries.keys()]);
  const news = [...entries.values()].filter(
    ({ id, applicationId, isCurrent, isAgain }) =>
      !known.invited.has(id) &&
      (known.skipped.has(id)
        ? isSurvey ||
          isAgain === true ||
          // Its time may be edited: who came before it counted did, whatever that says later.
          (applications.has(applicationId) && !known.before.has(id)) ||
          (known.takenBack.has(id) && isCurrent)
        : listed.has(id) || isCurrent),
  );
  position.stages = await learnStages(session, stages, news, before.stages, now);
  const entered = news.flatMap((entry): TriggeredEntry[] => {
    const stage = stages.get(entry.stageId);
    const trigger = stage === undefined ? null : triggerOf(settings.triggers, stage);
    if (stage === undefined || trigger === null) return [];
    return [{ entry, stage, trigger, since: sinceOf(settings, trigger, position) }];
  });
  const left = [...entries.values()].filter(({ id, isCurrent }) => known.invited.has(id) && !isCurrent);
  const vanished = skippedOnes
    .filter(
      ({ application_id: id }) => !applications.has(id) && connector.listed?.failures().has(id) !== true,
    )
    .map((one): SkippedRow => ({ ...one, reason: 'not_active', message: notShown }));
  const cursor = { readUntil: until, position };
  return { entered, left, applications, hints, changed, vanished, turn, cursor, notes: position.unmatched };
}

const isFree = ({ by, ifTakenBack }: Blocked, over: ReadonlyMap<string, { sent: boolean }>) =>
  over.get(by) !== undefined && !(ifTakenBack && over.get(by)!.sent);

async function mayHaveLostStages(
  { connector, settings: { triggers }, isAsked, signal }: PullSession,
  { unmatched: lost }: Position,
  { name, window }: Turn,
): Promise<boolean> {
  if (triggers.length === 0) return false;
  if (isAsked === true || name !== 'stages') return isAsked === true;
  return lost.length > 0 || (await connector.stagesChanged?.(window, signal)) !== false;
}

function notThere({ triggers }: PullSession['settings'], stages: readonly Stage[]): string[] {
  return unmatched(triggers, stages).map(
    (trigger) =>
      `Nobody is invited by the trigger “${trigger.stage}”: ${describeUnmatched(trigger, stages)}. Correct \`ats.triggers\`; \`sparkhire-sync ats stages\` lists all.`,
  );
}

/** Tells the names of the stages that were met, from what is known or by asking. */
async function learnStages(
  { connector, settings, signal }: PullSession,
  stages: Map<string, Stage>,
  entries: readonly Entry[],
  before: Position['stages'],
  now: Date,
): Promise<Position['stages']> {
  const met = new Set(entries.map(({ stageId }) => stageId));
  const kept: Position['stages'] = {};
  for (const [id, known] of Object.entries(before)) {
    if (!met.has(id) || now.getTime() - Date.parse(known.at) > stageKnownMs) continue;
    kept[id] = known;
    if (!stages.has(id)) stages.set(id, { id, isActive: true, ...known });
  }
  const unknown = [...met].filter((id) => !stages.has(id));
  if (unknown.length > 0) {
    const learned = await connector.stagesOf(unknown, signal);
    const isUntitled = learned.some(({ jobTitle }) => jobTitle === null);
    const titles =
      isUntitled && namesTitles(settings.triggers)
        ? await connector.jobs([...new Set(learned.map(({ jobId }) => jobId))], signal)
        : null;
    for (const stage of learned)
      stages.set(stage.id, { ...stage, jobTitle: titles?.get(stage.jobId)?.title ?? stage.jobTitle });
  }
  for (const id of met) {
    const stage = stages.get(id);
    if (stage === undefined || kept[id] !== undefined) continue;
    const { name, sharedId, jobId, jobTitle } = stage;
    kept[id] = { name, sharedId, jobId, jobTitle, at: now.toISOString() };
  }
  return kept;
}

/** What a trigger waits for: another package makes no other trigger of it. */
function keyOf({ stage, jobs }: Trigger): string {
  return JSON.stringify([foldName(stage), jobs === 'all' ? jobs : jobs.map(foldName).sort()]);
}

/** With `from: now`, people count from when the trigger was first met. */
function sinces(triggers: readonly Trigger[], before: Position['since'], now: Date): Position['since'] {
  return Object.fromEntries(
    triggers.map((trigger) => [keyOf(trigger), before[keyOf(trigger)] ?? now.toISOString()]),
  );
}

/** Since when somebody must have entered to count for any trigger; a while earlier, since clocks differ. null: always. */
function earliest(
  { from, triggers }: PullSession['settings'],
  since: Position['since'],
  now: number,
): Date | null {
  if (from === 'all') return null;
  if (from !== 'now') return from;
  const known = triggers.map((trigger) => Date.parse(since[keyOf(trigger)] ?? '') || now);
  return new Date(Math.min(...known) - overlapMs);
}

function sinceOf({ from }: PullSession['settings'], trigger: Trigger, { since }: Position): Date | null {
  if (from === 'all') return null;
  return from === 'now' ? new Date(since[keyOf(trigger)]!) : from;
}

/** Whether other people may be invited than by the settings before: then all who stand in their stages are looked at. */
function surveyMark({ settings: { triggers, from, include, packages, reentry, jobs } }: PullSession): string {
  const told = JSON.stringify([triggers, from, include, packages.map(({ name }) => name), reentry, jobs]);
  return createHash('sha256').update(told).digest('hex').slice(0, 16);
}
