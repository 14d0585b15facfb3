/** The status for people. Pure. */
import { oddWords } from '../../db/odd-fields.js';
import { isTimeField } from '../../text/field-names.js';
import { connectedWords } from '../connected-ats.js';
import { resultsWords } from '../results-status.js';
import type { AccountStatus, ActivityStatus, ResourceStatus, RunStatus, Status } from '../status.js';
import { type Column, table } from './table.js';
import { leftWords } from './time-left.js';
import { ago, clockTime, count, counted, duration, utc, withRemedy, wrapped } from './words.js';

/** Sentences are easier to read if they are no longer. */
const widest = 100;

/** @param width columns of the terminal; null where it is none */
export function renderStatus(status: Status, width: number | null = null): string {
  const lines: string[] = [];
  for (const account of status.accounts) lines.push(...accountLines(account, status.now, width));
  lines.push(`${utc(status.now)} UTC. Newest change: ${count(status.changesLastSeq)}.`);
  return `${lines.join('\n')}\n`;
}

function accountLines(account: AccountStatus, now: string, width: number | null): string[] {
  const columns = Math.min(width ?? widest, widest);
  const facts: Array<[string, string]> = [
    ['Owner', ownerWords(account.owner, now)],
    ['Requests', budgetWords(account.budget)],
    ['Webhooks', webhookWords(account.webhooks, now)],
  ];
  if (!account.configured)
    facts.push(['Settings', 'this command has none for it: what is shown is what the database knows']);
  const ats = atsWords(account.ats);
  if (ats !== null) facts.push(['ATS rows', ats]);
  if (account.writing !== null) facts.push(['Writing', writingWords(account.writing)]);
  if (account.connectedAts !== null) facts.push(['Connected', connectedWords(account.connectedAts, now)]);
  const results = resultsWords(account.results, now);
  if (results !== null) facts.push(['ATS results', results]);
  if (account.databaseMovedAt !== null) {
    const release =
      'release it with `sparkhire-sync apply --approve CHECKSUM` once nothing else writes for this account';
    facts.push([
      'Database',
      `a copy, restored or moved (noticed ${ago(account.databaseMovedAt, now)}): nothing is written to Spark Hire; look at \`sparkhire-sync plan\`, and ${release}`,
    ]);
  }
  if (account.otherInstallations.length > 0) {
    const where = account.otherInstallations.map((url) => url ?? 'no address').join(', ');
    facts.push([
      'Others',
      `another sparkhire-sync works for this account, or did (webhook: ${where}): stop one of the two; \`sparkhire-sync doctor\` says how to remove what is left`,
    ]);
  }
  if (account.keyDemotedAt !== null) {
    const what = "it may not read users' keys any more, so its user seems to be no administrator any more";
    const effect = 'what it does not show then is not read, and nothing is deleted';
    const remedy = 'make its user an administrator again, or set another key';
    facts.push(['Own key', `${what} (noticed ${ago(account.keyDemotedAt, now)}): ${effect}; ${remedy}`]);
  }
  const keys = keyWords(account.userKeys);
  if (keys !== null) facts.push(["Users' keys", keys]);
  if (account.conflicts.open > 0) facts.push(['Conflicts', conflictWords(account.conflicts)]);
  if (account.quarantined > 0) {
    facts.push([
      'Put aside',
      `${counted(account.quarantined, 'row')} could not be stored: see sync.quarantine`,
    ]);
  }
  for (const [index, field] of account.oddFields.slice(0, 5).entries()) {
    facts.push([index === 0 ? 'Odd fields' : '', oddWords(field)]);
  }
  if (account.oddFields.length > 5)
    facts.push(['', `… ${counted(account.oddFields.length, 'field')} in all: see sync.odd_fields`]);
  return [
    ...wrapped(`Account ${account.account}: ${headline(account, now)}`, columns),
    ...facts.flatMap(([name, words]) =>
      wrapped(words, columns - 15).map((line, index) => `  ${(index === 0 ? name : '').padEnd(13)}${line}`),
    ),
    '',
    ...resourceLines(account.resources, now, width),
    ...activityLines(account.activities, now, width),
    ...runLines(account.runs, now, width),
  ];
}

/** The worst that is to be said of the account. */
export function headline(account: AccountStatus, now: string): string {
  const failing = account.activities.filter(({ failures }) => failures > 0);
  if (failing.length > 0) {
    const longest = failing.reduce((a, b) => ((a.failingSince ?? now) <= (b.failingSince ?? now) ? a : b));
    const times = longest.failures === 1 ? 'once' : `${count(longest.failures)} times`;
    const since = longest.failingSince === null ? '' : ` since ${clockTime(longest.failingSince, now)}`;
    return `${longest.activity} has failed ${times}${since}`;
  }
  if (account.databaseMovedAt !== null)
    return 'nothing is written: its database is a copy, or was restored or moved';
  if (account.conflicts.open > 0) {
    return account.conflicts.open === 1
      ? '1 decision waits for you'
      : `${count(account.conflicts.open)} decisions wait for you`;
  }
  if (account.otherInstallations.length > 0) return 'another sparkhire-sync works for it too, or did';
  if (account.keyDemotedAt !== null)
    return "its own key seems to be no administrator's any more and may show less";
  if (account.oddFields.some(({ readAs, field }) => readAs === null && isTimeField(field)))
    return 'Spark Hire writes times in a form that cannot be read: only sweeps find what is new';
  const read = account.resources.filter(({ lastSuccessAt }) => lastSuccessAt !== null);
  if (account.resources.some(({ sweepInProgress }) => sweepInProgress !== null)) {
    return account.owner === null
      ? 'a sweep was interrupted; the next one goes on where it stopped'
      : 'a full sweep is running';
  }
  if (read.length === 0) {
    return account.owner === null
      ? 'nothing is mirrored yet; `sparkhire-sync run` or `backfill` begins'
      : 'work has begun';
  }
  const latest = read
    .map(({ lastSuccessAt }) => lastSuccessAt!)
    .sort()
    .at(-1)!;
  return `up to date ${ago(latest, now)}`.replace('up to date just now', 'up to date');
}

function ownerWords(owner: AccountStatus['owner'], now: string): string {
  if (owner === null) return 'none: no process works on this account now';
  const where = owner.client === null ? 'running' : `running on ${owner.client}`;
  const since = owner.connectedAt === null ? '' : ` since ${clockTime(owner.connectedAt, now)}`;
  return `${where}${since} (PostgreSQL process ${owner.pid})`;
}

function budgetWords({ used, limit, windowSeconds }: AccountStatus['budget']): string {
  const window = windowSeconds === 60 ? 'minute' : duration(windowSeconds);
  if (limit === null) return `${count(used)} used in the last ${window}; nobody has worked on it yet`;
  // Some are booked ahead.
  return `${count(Math.min(used, limit))} of ${count(limit)} requests used in the last ${window}`;
}

export function webhookWords(webhooks: AccountStatus['webhooks'], now: string): string {
  const parts: string[] = [];
  if (webhooks.registered) parts.push(`registered ${ago(webhooks.registeredAt, now)} at ${webhooks.url}`);
  else if (webhooks.wanted) parts.push('not registered yet; `sparkhire-sync run` does it');
  else parts.push('off: SYNC_PUBLIC_URL is not set, so changes are found by ticks alone');
  if (webhooks.lastReceivedAt !== null) parts.push(`last event ${ago(webhooks.lastReceivedAt, now)}`);
  else if (webhooks.registered) parts.push('no event yet');
  if (webhooks.waiting > 0) {
    parts.push(
      `${counted(webhooks.waiting, 'event')} waiting, the oldest came ${ago(webhooks.oldestWaitingAt, now)}`,
    );
  }
  return parts.join('; ');
}

function writingWords({ done, left, secondsLeft }: NonNullable<AccountStatus['writing']>): string {
  const ahead = left > 0 ? leftWords(secondsLeft) : null;
  return [`${count(done)} of ${counted(done + left, 'row')} sent`, ...(ahead === null ? [] : [ahead])].join(
    ', ',
  );
}

/** null where the ATS has written nothing. */
function atsWords({ states, queued, openIssues }: AccountStatus['ats']): string | null {
  const parts = Object.entries(states).map(([state, n]) => `${count(n)} ${state.replace('_', ' ')}`);
  if (queued > 0) parts.push(`${count(queued)} not yet processed`);
  if (parts.length === 0) return null;
  const issues =
    openIssues > 0 ? `; ${counted(openIssues, 'open issue')}: \`sparkhire-sync issues\` says what to do` : '';
  return `${parts.join(', ')}${issues}`;
}

/** null where none is stored. */
function keyWords({ usable, refused, unreadable, idle }: AccountStatus['userKeys']): string | null {
  const bad = [
    [refused, 'refused by Spark Hire'],
    [unreadable, 'encrypted with a key that is not set here'],
    [idle, 'of users who are disabled or gone'],
  ] as const;
  const told = bad.filter(([n]) => n > 0).map(([n, words]) => `${count(n)} ${words}`);
  if (usable === 0 && told.length === 0) return null;
  const all = [`${count(usable)} usable`, ...told].join(', ');
  return told.length === 0 ? all : `${all}: \`sparkhire-sync keys list\` shows whose`;
}

function conflictWords({ open, byKind }: AccountStatus['conflicts']): string {
  const kinds = Object.entries(byKind).map(([kind, n]) => `${count(n)} ${kind}`);
  return `${count(open)} open (${kinds.join(', ')}): \`sparkhire-sync conflicts\` shows them`;
}

const resourceColumns: Column[] = [
  { title: 'Resource' },
  { title: 'Rows', align: 'right' },
  { title: 'Details due', align: 'right', wraps: true },
  { title: 'Last success', wraps: true },
  { title: 'Watermark (UTC)', wraps: true },
  { title: 'Last full sweep', wraps: true },
];

function resourceLines(resources: readonly ResourceStatus[], now: string, width: number | null): string[] {
  const rows = resources.map((one) => [
    one.resource,
    count(one.rows),
    one.detailsDue === null ? '–' : count(one.detailsDue),
    ago(one.lastSuccessAt, now),
    utc(one.watermark),
    sweepWords(one, now),
  ]);
  return [...table(resourceColumns, rows, { width, indent: 2 }), ''];
}

function sweepWords(one: ResourceStatus, now: string): string {
  if (one.sweepInProgress !== null) {
    const { read } = one.sweepInProgress;
    return read === null ? 'in progress' : `at row ${count(read)}`;
  }
  return one.sweptAt === null ? '–' : ago(one.sweptAt, now);
}

const activityColumns: Column[] = [
  { title: 'Activity' },
  { title: 'Last success', wraps: true },
  { title: 'Failures in a row', wraps: true },
];

function activityLines(activities: readonly ActivityStatus[], now: string, width: number | null): string[] {
  if (activities.length === 0) return [];
  const rows = activities.map((one) => {
    const retry = one.retryAt === null ? '' : `, next try ${dueWords(one.retryAt, now)}`;
    const since = one.failingSince === null ? '' : `, first ${ago(one.failingSince, now)}`;
    const words = one.failures > 0 ? `${count(one.failures)}${since}${retry}` : '–';
    return [one.activity, ago(one.succeededAt, now), words];
  });
  const errors = activities.flatMap(({ activity, failures, errorCode, error, remedy }) => {
    const told = [errorCode, error].filter((part) => part !== null).join(': ');
    return failures > 0 && told !== '' ? [`${activity}: ${withRemedy(told, remedy)}`] : [];
  });
  return [...table(activityColumns, rows, { width, indent: 2 }), ...errorLines(errors, width), ''];
}

function errorLines(errors: readonly string[], width: number | null): string[] {
  return errors.flatMap((error) =>
    wrapped(error.replace(/\s+/g, ' '), (width ?? Number.POSITIVE_INFINITY) - 4).map((line) => `    ${line}`),
  );
}

function dueWords(at: string, now: string): string {
  return Date.parse(at) <= Date.parse(now) ? 'now' : ago(at, now);
}

const runColumns: Column[] = [
  { title: 'Latest runs', wraps: true },
  { title: 'Started' },
  { title: 'Outcome' },
  { title: 'What was done', wraps: true },
];

/** Runs as a whole, and parts of them that did not succeed. */
function runLines(runs: readonly RunStatus[], now: string, width: number | null): string[] {
  const shown = runs
    .filter(({ resource, outcome }) => resource === null || outcome !== 'succeeded')
    .slice(0, 8);
  if (shown.length === 0) return [];
  const nameOf = ({ kind, resource }: RunStatus) => (resource === null ? kind : `${kind} of ${resource}`);
  const rows = shown.map((run) => [nameOf(run), ago(run.startedAt, now), run.outcome, runWords(run)]);
  const errors = shown.flatMap((run) => (run.error === null ? [] : [`${nameOf(run)}: ${run.error}`]));
  return [...table(runColumns, rows, { width, indent: 2 }), ...errorLines(errors, width), ''];
}

function changedWords({ rowsCreated, rowsUpdated, rowsDeleted }: RunStatus): string {
  const changed = rowsCreated + rowsUpdated + rowsDeleted;
  return changed === 0 ? 'no row changed' : `${counted(changed, 'row')} changed`;
}

/** What was written to Spark Hire. */
function writtenWords({ rowsCreated, rowsUpdated, rowsDeleted }: RunStatus): string {
  const done = [
    [rowsCreated, 'created'],
    [rowsUpdated, 'updated'],
    [rowsDeleted, 'canceled or deleted'],
  ] as const;
  const told = done.filter(([n]) => n > 0).map(([n, words]) => `${count(n)} ${words}`);
  return told.length === 0 ? 'nothing written' : told.join(', ');
}

function runWords(run: RunStatus): string {
  const parts = [counted(run.requests, 'request')];
  const isNew = run.rowsCreated + run.rowsUpdated + run.rowsDeleted === 0;
  if (run.outcome !== 'running' || !isNew)
    parts.push(run.kind === 'push' ? writtenWords(run) : changedWords(run));
  if (run.finishedAt !== null) {
    parts.push(duration((Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000));
  }
  return parts.join(', ');
}
