/** Values as people read them. */
import { utc } from '../../../src/status/render/words.js';

/** As people read it; objects as programs write them. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return moment.test(value) ? momentText(value) : value;
  return JSON.stringify(value, null, 2);
}

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;

/** Two moments of one second are not the same: parts of it are told where there are any. */
function momentText(text: string): string {
  const parts = moment.exec(text)?.[1]?.replace(/\.?0+$/, '') ?? '';
  return `${utc(text)}${parts} UTC`;
}

/** Names of programs, yes and no, as people write them. */
function readably(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = textOf(value);
  return /^[a-z]+(_[a-z]+)+$/.test(text) ? text.replaceAll('_', ' ') : text;
}

/** A value of a plan in one line, without what is not given: objects as `name: Ada, email: …`. */
export function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(' · ');
  if (typeof value !== 'object' || value === null) return readably(value);
  return Object.entries(value)
    .filter(([, one]) => one !== null)
    .map(([name, one]) =>
      typeof one === 'object' ? valueText(one) : `${name.replaceAll('_', ' ')}: ${readably(one)}`,
    )
    .join(', ');
}
