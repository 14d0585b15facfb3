/** A plan for people: the totals first, then what is done by kind, then what waits, then how to release it. */

import { withUnseen } from '../../text/invisible.js';
import { naturally } from '../../text/natural-order.js';
import type { KeyRemedy } from '../acting/key-remedy.js';
import { partsOfShareLinkKey } from '../kinds/share-keys.js';
import {
  type ActionName,
  nounFor,
  nouns,
  type PlannedAction,
  type PushResource,
  pushResources,
} from '../types.js';
import type { Plan } from './plan.js';
import { actionLine, conflictSaid, reasonOf, type Said, waitingSaid } from './render-lines.js';

/** What of a plan is shown; its checksum and its sums are those of all of it. */
export interface PlanFilter {
  resource?: PushResource;
  /** ats_id of a row; of a share request for all of its links. */
  row?: string;
  action?: ActionName;
}

const kinds: ReadonlyArray<[ActionName, string]> = [
  ['create', 'to create'],
  ['adopt', 'to link to what is there'],
  ['update', 'to update'],
  ['close', 'to close'],
  ['cancel', 'to cancel'],
  ['delete', 'to delete'],
  ['share', 'to share'],
];

/** As few rows of which the same is said are told one by one. */
const fewest = 3;
/** So many of more are named. */
const named = 10;

export function isWhole(filter: PlanFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

function isShown(filter: PlanFilter, of: { resource: PushResource; atsId: string }): boolean {
  if (filter.resource !== undefined && filter.resource !== of.resource) return false;
  if (filter.row === undefined || filter.row === of.atsId) return true;
  return of.resource === 'share_links' && partsOfShareLinkKey(of.atsId).requestAtsId === filter.row;
}

/** The plan with the actions that the filter lets through. */
export function shownActions({ actions }: Plan, filter: PlanFilter): PlannedAction[] {
  return actions.filter(
    (action) => isShown(filter, action) && (filter.action === undefined || filter.action === action.action),
  );
}

/**
 *   1 user to link to what is there, 2 jobs to create; 1 conflict, 1 row held
 *
 *   2 jobs to create
 *   + job J-2 "Cook"
 *   + job J-10 "Baker" as ann@example.com                    written with the key of that user
 *
 *   114 interviews to cancel: the row is gone from ats.interviews
 *   - interview I-3 "joe@example.com"
 *
 *   Not carried out: 1 conflict, 35 held, 1 rejected
 *   ? job J-7: possible_duplicate: …                         waits for a person
 *   ! user U-9: INVALID_FORMAT email: …                      has to be corrected in the ATS
 *   . 35 users: PLAN_LIMIT: …                                waits
 *     U-1, U-2, U-3, U-4, U-5, U-6, U-7, U-8, U-9, U-10 and 25 more
 *
 * The last line is `2 to create, 1 to update, 0 to cancel, 1 conflict`; a job that is closed counts as updated.
 * Ends without a line break.
 */
export function renderPlan(plan: Plan, filter: PlanFilter = {}): string {
  const { held, counts, conflicts, waiting, checksum, actions } = plan;
  const shown = shownActions(plan, filter);
  const said =
    filter.action !== undefined
      ? []
      : [
          ...conflicts.filter((one) => isShown(filter, one)).map(conflictSaid),
          ...waiting.filter((one) => isShown(filter, one)).flatMap(waitingSaid),
        ];
  const isAll = isWhole(filter);
  const blocks = [
    ...actionBlocks(shown),
    ...(said.length === 0 ? [] : [saidLines(said, isAll ? waitWords(plan) : '')]),
  ];
  const lines = blocks.flatMap((block) => [...block, '']);
  const totals = totalWords(plan);
  if (blocks.length === 0) lines.push(isAll ? 'Nothing to do.' : 'The plan has nothing of this.', '');
  if (totals !== '' && (blocks.length > 1 || !isAll))
    lines.unshift(isAll ? totals : `The whole plan: ${totals}`, '');
  if (held !== null) {
    lines.push(`Held: ${held.reason}`);
    lines.push(`To carry it out all the same: sparkhire-sync apply --approve ${checksum}`);
  }
  const lacking = waiting.flatMap(({ lacks }) => lacks ?? []);
  for (const remedy of new Set(lacking)) lines.push(lackingLine(remedy, lacking));
  if (actions.length > 0) lines.push(`Checksum ${checksum}`);
  lines.push(
    `${counts.create} to create, ${counts.update + counts.close} to update, ${counts.cancel} to cancel, ${conflicts.length} ${conflicts.length === 1 ? 'conflict' : 'conflicts'}`,
  );
  return lines.join('\n');
}

const lacked: Record<KeyRemedy, string> = {
  enable: 'a user who is disabled in Spark Hire: enable that user there, or name somebody else',
  name_another: 'a user who is not there any more in Spark Hire: name somebody else',
  encryption_key: 'an API key, and none can be stored: set SYNC_ENCRYPTION_KEY',
  former_encryption_key:
    'an API key that is stored and cannot be read: the settings need the encryption key it was stored with',
  set: 'an API key that somebody has to give: `sparkhire-sync keys set EMAIL`',
  provision: 'an API key that Spark Hire can make: `sparkhire-sync keys provision`',
  again:
    'an API key that Spark Hire failed to make: it is tried again, and `sparkhire-sync keys provision` asks at once',
};

/** Its rows say the same of their own person. */
function lackingLine(remedy: KeyRemedy, lacking: readonly KeyRemedy[]): string {
  const rows = lacking.filter((one) => one === remedy).length;
  return `${rows} of the rows held ${rows === 1 ? 'waits' : 'wait'} for nothing but ${lacked[remedy]}.`;
}

function actionBlocks(actions: readonly PlannedAction[]): string[][] {
  return kinds.flatMap(([action, words]) =>
    pushResources.flatMap((resource) => {
      const of = actions
        .filter((one) => one.action === action && one.resource === resource)
        .sort((a, b) => naturally(a.atsId, b.atsId));
      if (of.length === 0) return [];
      const reasons = new Set(of.map(reasonOf));
      const [reason = ''] = reasons;
      const isOne = reasons.size === 1 && reason !== '' && of.length >= fewest;
      const head = `${quantity(of.length, resource)} ${words}${isOne ? `: ${reason}` : ''}`;
      return [[head, ...of.map((one) => actionLine(one, !isOne))]];
    }),
  );
}

function saidLines(said: readonly Said[], waits: string): string[] {
  const groups = new Map<string, Said[]>();
  for (const one of said) {
    const key = JSON.stringify([one.sign, one.resource, one.words]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [`Not carried out${waits === '' ? '' : `: ${waits}`}`, ...[...groups.values()].flatMap(groupLines)];
}

function groupLines(group: readonly Said[]): string[] {
  const { sign, resource, words } = group[0]!;
  const keys = group.map(({ atsId }) => withUnseen(atsId)).sort(naturally);
  if (keys.length < fewest) return keys.map((key) => `${sign} ${nouns[resource]} ${key}: ${words}`);
  const more = keys.length - named;
  const rest = more > 0 ? ` and ${more} more (\`--row\` and \`sparkhire-sync issues --all\` show them)` : '';
  return [
    `${sign} ${quantity(keys.length, resource)}: ${words}`,
    `  ${keys.slice(0, named).join(', ')}${rest}`,
  ];
}

function quantity(many: number, resource: PushResource): string {
  const number = String(many).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${number} ${nounFor(resource, many)}`;
}

function totalWords(plan: Plan): string {
  const done = kinds.flatMap(([action, words]) =>
    pushResources.flatMap((resource) => {
      const of = plan.actions.filter((one) => one.action === action && one.resource === resource);
      return of.length === 0 ? [] : [`${quantity(of.length, resource)} ${words}`];
    }),
  );
  return [done.join(', '), waitWords(plan)].filter((part) => part !== '').join('; ');
}

function waitWords({ conflicts, waiting }: Plan): string {
  const rows = (state: string) => waiting.filter((one) => one.state === state).length;
  const left = [
    [conflicts.length, conflicts.length === 1 ? 'conflict' : 'conflicts'],
    [rows('held'), 'held'],
    [rows('rejected'), 'rejected'],
    [rows('in_flight'), 'in flight'],
  ] as const;
  return left.flatMap(([many, words]) => (many > 0 ? [`${many} ${words}`] : [])).join(', ');
}
