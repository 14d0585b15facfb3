/** Single actions, conflicts and rows of a plan, for people: one line each. */
import { withUnseen } from '../../text/invisible.js';
import { type Json, nouns, type PlannedAction, type PushResource } from '../types.js';
import type { PlannedConflict, WaitingRow } from './plan.js';

const signs = {
  create: '+',
  adopt: '=',
  update: '~',
  close: '~',
  share: '~',
  cancel: '-',
  delete: '-',
} as const;

/** Why, where it is not plain; empty else. */
export function reasonOf({ reason }: PlannedAction): string {
  return reason === 'changed in the ATS' || reason === 'new in the ATS' ? '' : reason;
}

/** @param withReason false where it is told of all of them together */
export function actionLine(planned: PlannedAction, withReason: boolean): string {
  const { resource, atsId, action, label, changes, actor } = planned;
  const head = `${signs[action]} ${nouns[resource]} ${withUnseen(atsId)} ${show(label)}`;
  const as = actor === undefined ? '' : ` as ${printable(actor)}`;
  const reason = withReason ? reasonOf(planned) : '';
  const why = as + (reason === '' ? '' : ` (${reason})`);
  if (action !== 'update' && action !== 'close')
    return `${head}${action === 'delete' ? ' is deleted' : ''}${why}`;
  const told = changes.map(({ field, from, to }) => `${field}: ${show(from)} → ${show(to)}`);
  return `${head} → ${told.join(', ')}${why}`;
}

/** What is said of a row, without its name: rows of which the same is said are told together. */
export interface Said {
  sign: '?' | '!' | '.';
  resource: PushResource;
  atsId: string;
  words: string;
}

export function conflictSaid({
  resource,
  atsId,
  kind,
  field,
  base,
  ats,
  sparkhire,
  reason,
}: PlannedConflict): Said {
  const what = `${kind}${field === null ? '' : ` ${field}`}`;
  const before = base === null ? '' : `, last agreed: ${show(base.ats)}`;
  const words =
    kind === 'field_diverged'
      ? `${what}: ATS ${show(ats)}, Spark Hire ${show(sparkhire)}${before}. ${reason}`
      : `${what}: ${reason}`;
  return { sign: '?', resource, atsId, words };
}

export function waitingSaid({ resource, atsId, state, reason, issues }: WaitingRow): Said[] {
  return [
    ...issues.map(
      ({ code, field, message }): Said => ({
        sign: state === 'held' ? '.' : '!',
        resource,
        atsId,
        words: `${code}${field === null ? '' : ` ${field}`}: ${message}`,
      }),
    ),
    ...(reason === null ? [] : [{ sign: '.', resource, atsId, words: reason } as const]),
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
