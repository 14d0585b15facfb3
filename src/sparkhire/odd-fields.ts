/** Fields of a known name whose value has another form than that name promises: collected while objects are read. Pure. */
import { isTimeField } from '../text/field-names.js';

export interface OddField {
  /** From the object to the field: `job_post.uuid`. Empty until the object that has the field is read. */
  path: string;
  value: unknown;
  /** What it was taken for, in words; null if it could not be read, so that nothing is known. */
  as: string | null;
}

/** Whether a value says something: servers have many ways to say nothing. */
export function isSaid(value: unknown): boolean {
  // No date, as databases write it.
  if (typeof value === 'string') return value.trim() !== '' && !/^(?:-0001|0000)-/.test(value);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== null && value !== undefined && value !== false && value !== 0;
}

const longest = 40;

/** The form of a value, for people: times as they came, anything else without what it says of a person. */
export function formOf({ path, value }: OddField): string {
  if (typeof value === 'string') {
    const start = value.length > longest ? `${value.slice(0, longest)}…` : value;
    return `"${isTimeField(path) ? start : start.replace(/\p{L}/gu, 'a').replace(/\p{N}/gu, '9')}"`;
  }
  if (typeof value === 'number') return isTimeField(path) ? String(value) : 'a number';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value).join(', ');
    return `an object with ${names.length > longest ? `${names.slice(0, longest)}…` : names}`;
  }
  return String(value);
}
