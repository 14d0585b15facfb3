import { expect, it } from 'vitest';
import { notSentAgain } from '../../../src/reconcile/values/fingerprint.js';
import type { Root } from '../../../src/story/causes.js';
import { remedyOf } from '../../../src/story/remedies.js';

const root = (resource: string, atsId: string, code: Root['code'], field: string): Root => ({
  id: atsId,
  code,
  field,
  message: 'Something is wrong.',
  row: { account: 'a', resource, atsId },
  state: 'rejected',
  name: null,
  needs: [],
  conflict: null,
});

it('of a row that names somebody who was erased nobody is told to write another address', () => {
  const forgotten = (resource: string, atsId: string, field: string, roots = 1) =>
    remedyOf(root(resource, atsId, 'FORGOTTEN', field), roots);
  expect(forgotten('interviews', 'I-1', 'candidate_email')).toEqual({
    text: 'Delete row I-1 of ats.interviews.',
    waitsFor: 'person',
  });
  expect(forgotten('interviews', 'I-1', 'candidate_email', 2).text).toBe(
    'Delete these 2 rows of ats.interviews.',
  );
  expect(forgotten('share_links', 'S-1/', 'reviewers').text).toBe(
    'Take them out of reviewers of row S-1 of ats.share_requests, or delete it.',
  );
});

it('the row of a share link is that of its request', () => {
  const remedy = remedyOf(root('share_links', 'team/S-1/bob@example.org', 'INVALID_FORMAT', 'reviewers'));
  expect(remedy.text).toBe('Correct reviewers of row team/S-1 of ats.share_requests.');
});

it('a row of a connector is corrected in its ATS, or in the settings', () => {
  const text = (...[resource, id, code, field, roots]: [...Parameters<typeof root>, number?]) =>
    remedyOf(root(resource, id, code, field), roots, 'greenhouse').text;
  expect(text('jobs', '1018', 'REQUIRED_FIELD_MISSING', 'city')).toBe(
    'Correct the office or place of the job in Greenhouse: row 1018 of ats.jobs follows.',
  );
  expect(text('interviews', 'gh-1', 'INVALID_FORMAT', 'candidate_email', 2)).toBe(
    'Correct these 2 candidates in Greenhouse: the rows of ats.interviews follow.',
  );
  expect(text('interviews', 'gh-1', 'INVALID_FORMAT', 'questions')).toContain('`packages`');
  expect(text('users', '7', 'REMOTE_REJECTED', 'email')).toMatch(
    /^Correct the user in Greenhouse.* names what is wrong\.$/,
  );
});

it('of a row that is gone and had named somebody, the message says what to do; what is tried again takes nobody', () => {
  const told = (message: string) => {
    const { waitsFor, text } = remedyOf({
      ...root('interviews', 'I-1', 'UNKNOWN_REFERENCE', 'requested_by_ats_id'),
      state: 'held',
      message,
    });
    return [waitsFor, text];
  };
  expect(told('The key of jane is refused. A new one is needed: give it.')).toEqual(['person', 'Give it.']);
  expect(told('No key of jane could be made just now: answered 500. It is tried again.')).toEqual([
    'itself',
    'Nothing: it is tried again.',
  ]);
});

it('what Spark Hire accepted and never showed is to be done by hand: nothing in the row is to be corrected', () => {
  const unshown = { ...root('jobs', 'J-1', 'REMOTE_REJECTED', 'title'), field: null };
  const message = `It is as it was before. ${notSentAgain}`;
  expect(remedyOf({ ...unshown, message })).toEqual({
    text: 'Do it by hand in Spark Hire, or set row J-1 of ats.jobs back if it is there.',
    waitsFor: 'person',
  });
  expect(remedyOf(unshown).text).toBe(
    "Do what the message says, or correct in row J-1 of ats.jobs what Spark Hire's reason names.",
  );
});
