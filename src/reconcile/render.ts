/** A plan for people: one line for each action, then what waits, then the sums. */
import { withUnseen } from '../text/invisible.js';
import type { KeyRemedy } from './key-remedy.js';
import type { Plan, PlannedConflict, WaitingRow } from './plan.js';
import type { Json, PlannedAction, PushResource } from './types.js';

const signs = {
  create: '+',
  adopt: '=',
  update: '~',
  close: '~',
  share: '~',
  cancel: '-',
  delete: '-',
} as const;
const nouns: Record<PushResource, string> = {
  users: 'user',
  jobs: 'job',
  interviews: 'interview',
  share_links: 'share link',
};

/**
 *   + job J-18 "Cook"                                    is created
 *   ~ job J-17 "Baker" → title: "Baker" → "Head Baker"   is changed
 *   = user U-1 "ann@example.com" (the same e-mail)       exists in Spark Hire and is linked
 *   - interview I-3 "joe@example.com" (withdrawn …)      is canceled, or deleted
 *   + interview I-5 "sue@example.com" as ann@example.com  is written with the key of that user
 *   ? job J-2: possible_duplicate: …                     waits for a person
 *   ! user U-9: INVALID_FORMAT email: …                  has to be corrected in the ATS
 *   . interview I-4: waits for job J-1 to be active      waits
 *
 * The last line is `2 to create, 1 to update, 0 to cancel, 1 conflict`; a job that is closed counts as updated.
 * Ends without a line break.
 */
export function renderPlan(plan: Plan): string {
  const { actions, conflicts, waiting, held, counts, checksum } = plan;
  const lines = [
    ...actions.map(actionLine),
    ...conflicts.map(conflictLine),
    ...waiting.flatMap(waitingLines),
  ];
  if (lines.length === 0) lines.push('Nothing to do.');
  lines.push('');
  if (held !== null) {
    lines.push(`Held: ${held.reason}`);
    lines.push(`To carry it out all the same: sparkhire-sync apply --approve ${checksum}`);
  }
  const also = [
    [counts.adopt, 'to adopt'],
    [counts.delete, 'to delete'],
    [counts.share, 'to share'],
    [waiting.filter(({ state }) => state === 'held').length, 'held'],
    [waiting.filter(({ state }) => state === 'rejected').length, 'rejected'],
    [waiting.filter(({ state }) => state === 'in_flight').length, 'in flight'],
  ] as const;
  const told = also.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  if (told.length > 0) lines.push(told.join(', '));
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

function actionLine({ resource, atsId, action, label, changes, reason, actor }: PlannedAction): string {
  const head = `${signs[action]} ${nouns[resource]} ${withUnseen(atsId)} ${show(label)}`;
  const as = actor === undefined ? '' : ` as ${printable(actor)}`;
  const why =
    as +
    (reason === '' || reason === 'changed in the ATS' || reason === 'new in the ATS' ? '' : ` (${reason})`);
  if (action !== 'update' && action !== 'close')
    return `${head}${action === 'delete' ? ' is deleted' : ''}${why}`;
  const told = changes.map(({ field, from, to }) => `${field}: ${show(from)} → ${show(to)}`);
  return `${head} → ${told.join(', ')}${why}`;
}

function conflictLine({
  resource,
  atsId,
  kind,
  field,
  base,
  ats,
  sparkhire,
  reason,
}: PlannedConflict): string {
  const what = `? ${nouns[resource]} ${withUnseen(atsId)}: ${kind}${field === null ? '' : ` ${field}`}`;
  if (kind !== 'field_diverged') return `${what}: ${reason}`;
  const before = base === null ? '' : `, last agreed: ${show(base.ats)}`;
  return `${what}: ATS ${show(ats)}, Spark Hire ${show(sparkhire)}${before}. ${reason}`;
}

function waitingLines({ resource, atsId, state, reason, issues }: WaitingRow): string[] {
  const row = `${nouns[resource]} ${withUnseen(atsId)}`;
  return [
    ...issues.map(
      ({ code, field, message }) =>
        `${state === 'held' ? '.' : '!'} ${row}: ${code}${field === null ? '' : ` ${field}`}: ${message}`,
    ),
    ...(reason === null ? [] : [`. ${row}: ${reason}`]),
  ];
}

const longest = 60;

/** As JSON, so that nothing in a value can break a line; shortened. */
function show(value: Json): string {
  const text = typeof value === 'string' ? value : null;
  const characters = text === null ? [] : [...text];
  const cut = characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : value;
  return printable(placeText(cut) ?? questionsText(cut) ?? JSON.stringify(cut));
}

/** Questions of an interview: `["Why bread?" (60 s); "Since when?" (30 s, takes 1)]`. */
function questionsText(value: Json): string | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const told = value.map((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return null;
    const { text, time_limit, takes } = item;
    if (typeof text !== 'string' || time_limit === undefined) return null;
    const characters = [...text];
    const short = characters.length > 30 ? `${characters.slice(0, 29).join('')}…` : text;
    const retakes = typeof takes === 'number' && takes >= 0 ? `, takes ${takes}` : '';
    return `${JSON.stringify(short)} (${time_limit} s${retakes})`;
  });
  return told.includes(null) ? null : `[${told.join('; ')}]`;
}

/** A place in few words. */
function placeText(value: Json): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const parts =
    value.kind === 'location'
      ? [value.city, value.state, value.country]
      : value.kind === 'locality'
        ? [value.work_mode, value.work_place]
        : null;
  return parts === null ? null : JSON.stringify(parts.filter((part) => part).join(', '));
}

/** Without characters that control a terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
}
