/**
 * What SQL about kin is made of: look-ups of single rows, by index. `$1` is the account. Each has a limit, which holds the planner
 * to one look into an index, also before it has statistics; for an `exists` it may read the whole table instead.
 */
import type { PushResource } from '../../../reconcile/types.js';

/** What tells that two texts may be the same: which letters are, is said once (`folded`), and not by the locale of the database. */
export const likeness = (text: string) => `sync.likeness(${text})`;
export const isLike = (a: string, b: string) => `${likeness(a)} = ${likeness(b)}`;
export const isLikeOneOf = (text: string, others: readonly string[]) =>
  `${likeness(text)} in (${others.map((other) => `coalesce(${likeness(other)}, '')`).join(', ')})`;

/** Whether there is one. @param from what stands behind `from` */
export const some = (from: string) => `((select true from ${from} limit 1) is not null)`;
export const none = (from: string) => `((select true from ${from} limit 1) is null)`;

/** The link of an object. */
export const linkOf = (resource: PushResource, uuid: string) =>
  `(select * from sync.links where account = $1 and resource = '${resource}' and uuid = ${uuid} limit 1)`;

/** The link of a row. */
export const linkOfRow = (resource: PushResource, key: string) =>
  `(select * from sync.links where account = $1 and resource = '${resource}' and ats_id = ${key} limit 1)`;

/** The object as the mirror has it, deleted or not. */
export const objectOf = (resource: PushResource, uuid: string) =>
  `(select * from sparkhire.${resource} where account = $1 and uuid = ${uuid} limit 1)`;

/** Whether a question showed the object, alone or among others. @param of stands before the columns of the conflict */
export const showed = (object: string, of = '') => `(${of}uuid = ${object} or ${showedAmong(object, of)})`;
export const showedAmong = (object: string, of = '') =>
  `${of}sparkhire_value @> jsonb_build_array(jsonb_build_object('uuid', ${object}))`;
