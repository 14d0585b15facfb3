import type { Answer, Call } from '../core.js';
import { getCompany, getMe, getPlan } from '../routes/account.js';
import * as interviews from '../routes/interviews.js';
import * as jobs from '../routes/jobs.js';
import * as sets from '../routes/question-sets.js';
import * as questions from '../routes/questions.js';
import * as links from '../routes/share-links.js';
import * as users from '../routes/users.js';
import * as webhooks from '../routes/webhooks.js';
import type { Switches } from '../switches.js';
import { ApiError } from './api-error.js';

export type Handler = (call: Call) => Answer;

/** Every operation of the API: method, path below /v1.0, handler. */
export const operations: ReadonlyArray<readonly [method: string, path: string, handler: Handler]> = [
  ['GET', '/me', getMe],
  ['GET', '/plan', getPlan],
  ['GET', '/companies/:uuid', getCompany],
  ['GET', '/users', users.listUsers],
  ['POST', '/users', users.postUser],
  ['GET', '/users/:uuid', users.getUser],
  ['PUT', '/users/:uuid', users.putUser],
  ['DELETE', '/users/:uuid', users.removeUser],
  ['POST', '/users/:uuid/integration_key', users.postKey],
  ['GET', '/users/:uuid/integration_key', users.getKey],
  ['PUT', '/users/:uuid/integration_key', users.putKey],
  ['DELETE', '/users/:uuid/integration_key', users.removeKey],
  ['GET', '/jobs', jobs.listJobs],
  ['POST', '/jobs', jobs.postJob],
  ['GET', '/jobs/:uuid', jobs.getJob],
  ['PUT', '/jobs/:uuid', jobs.putJob],
  ['DELETE', '/jobs/:uuid', jobs.removeJob],
  ['GET', '/interviews', interviews.listInterviews],
  ['POST', '/interviews', interviews.postInterview],
  ['GET', '/interviews/:uuid', interviews.getInterview],
  ['PUT', '/interviews/:uuid', interviews.putInterview],
  ['DELETE', '/interviews/:uuid', interviews.removeInterview],
  ['GET', '/interviews/:uuid/questions', questions.listQuestions],
  ['POST', '/interviews/:uuid/questions', questions.postQuestion],
  ['GET', '/interviews/:uuid/questions/:question', questions.getQuestion],
  ['PUT', '/interviews/:uuid/questions/:question', questions.putQuestion],
  ['DELETE', '/interviews/:uuid/questions/:question', questions.removeQuestion],
  ['GET', '/question_sets', sets.listQuestionSets],
  ['POST', '/question_sets', sets.postQuestionSet],
  ['GET', '/question_sets/:uuid', sets.getQuestionSet],
  ['PUT', '/question_sets/:uuid', sets.putQuestionSet],
  ['DELETE', '/question_sets/:uuid', sets.removeQuestionSet],
  ['POST', '/interviews/:uuid/share_link', links.postShareLink],
  ['GET', '/interviews/:uuid/share_link', links.getShareLink],
  ['GET', '/interviews/:uuid/share_link/:link', links.getShareLink],
  ['PUT', '/interviews/:uuid/share_link/:link', links.putShareLink],
  ['GET', '/share_links', links.listAdvancedLinks],
  ['POST', '/share_links', links.postAdvancedLinks],
  ['GET', '/share_links/:uuid', links.getAdvancedLink],
  ['PUT', '/share_links/:uuid', links.putAdvancedLink],
  ['DELETE', '/share_links/:uuid', links.removeAdvancedLink],
  ['GET', '/webhooks', webhooks.listWebhooks],
  ['POST', '/webhooks', webhooks.postWebhook],
  ['GET', '/webhooks/replay/:event', webhooks.replayWebhook],
  ['DELETE', '/webhooks/:uuid', webhooks.removeWebhook],
];

const compiled = operations.map(([method, path, handler]) => ({
  method,
  handler,
  segments: path.slice(1).split('/'),
}));

/**
 * Finds the handler of a request.
 * @param path below /v1.0
 * @throws ApiError 404 for an unknown path, 405 for a method the path does not have
 */
export function route(
  method: string,
  path: string,
  switches: Switches,
): { handler: Handler; params: Record<string, string> } {
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  const allowed: string[] = [];
  if (segments[0] === 'question_sets' || segments[0] === 'interview_question_sets') {
    const served = switches.questionSetsPath === 'both' || switches.questionSetsPath === segments[0];
    segments[0] = served ? 'question_sets' : '';
  }
  for (const one of compiled) {
    const params = match(one.segments, segments);
    if (!params) continue;
    if (one.method === method) return { handler: one.handler, params };
    allowed.push(one.method);
  }
  if (allowed.length === 0) throw new ApiError(404, 'api.not_found', 'There is no such resource.');
  throw new ApiError(405, 'api.method_not_allowed', `This resource does not support ${method}.`, {
    Allow: [...new Set(allowed)].join(', '),
  });
}

function match(pattern: string[], segments: string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (let i = 0; i < pattern.length; i++) {
    const expected = pattern[i]!;
    const actual = segments[i]!;
    if (expected.startsWith(':')) {
      if (actual === '') return undefined;
      params[expected.slice(1)] = decode(actual);
    } else if (expected !== actual) return undefined;
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
