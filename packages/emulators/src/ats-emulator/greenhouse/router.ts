import { Refusal } from './api-error.js';
import type { ListAnswer } from './lists/answer-list.js';
import { answerList } from './lists/answer-list.js';
import { listings } from './lists/listings.js';
import type { Reading } from './lists/reading.js';
import type { Living } from './world/life.js';
import { createNote, moveApplication, patchApplication, type WriteAnswer } from './writes.js';

export const basePath = '/v3';

/** What a request may be, once it is known who asks. */
export interface Route {
  readonly scope: string;
  /** Lists are for site admins only. */
  readonly list?: (query: URLSearchParams, reading: Reading) => ListAnswer;
  readonly write?: (living: Living, reading: Reading, body: unknown) => WriteAnswer;
  readonly name: string;
}

const numbered = /^\/applications\/(\d{1,15})(\/move)?$/;

/** @param path below /v3 @throws Refusal 404 */
export function route(method: string, path: string): Route {
  const name = path.slice(1);
  if (method === 'GET' && Object.hasOwn(listings, name)) {
    const listing = listings[name]!;
    return {
      name,
      scope: `harvest:${name}:list`,
      list: (query, reading) => answerList(name, listing, query, reading),
    };
  }
  if (method === 'POST' && name === 'notes')
    return { name, scope: 'harvest:notes:create', write: createNote };
  const match = numbered.exec(path);
  const id = Number(match?.[1]);
  if (match?.[2] && method === 'POST') {
    return {
      name: 'move',
      scope: 'harvest:applications:move',
      write: (living, reading, body) => moveApplication(living, reading, id, body),
    };
  }
  if (match && !match[2] && method === 'PATCH') {
    return {
      name: 'applications',
      scope: 'harvest:applications:update',
      write: (living, reading, body) => patchApplication(living, reading, id, body),
    };
  }
  // There is no reading of one object by its id, and notes are never changed.
  throw new Refusal(404, 'Resource not found');
}
