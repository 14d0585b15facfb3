/** What a share request means, and for each of its reviewers. */
import { describe, expect, it } from 'vitest';
import type { AtsShareRequest } from '../../../src/desired/ats-rows.js';
import { judgeShareLink, judgeShareRequest, shareLinkKeys } from '../../../src/desired/judge/shares.js';
import { partsOfShareLinkKey } from '../../../src/reconcile/kinds/share-keys.js';

const ada = { name: 'Ada Mill', email: 'Ada@mill.test' };
const ben = { name: 'Ben Oat', email: 'ben@oat.test' };
const request = (more: Partial<AtsShareRequest> = {}): AtsShareRequest => ({
  atsId: 'R',
  reviewers: [ada, ben],
  interview_ats_ids: ['I-2', 'I-1', 'I-2'],
  send_email: null,
  status: null,
  ...more,
});
const judge = (more: Partial<AtsShareRequest> = {}) => judgeShareRequest(request(more));

describe('a share request', () => {
  it('is a row for each reviewer', () => {
    const judged = judge({ status: ' Inactive ', send_email: true });
    expect(shareLinkKeys(judged)).toEqual(['R/ada@mill.test', 'R/ben@oat.test']);
    expect(judgeShareLink(judged, 'R/ada@mill.test')).toEqual({
      resource: 'share_links',
      atsId: 'R/ada@mill.test',
      wanted: true,
      values: {
        resource: 'share_links',
        reviewer: ada,
        interviewAtsIds: ['I-1', 'I-2'],
        sendEmail: true,
        status: 'inactive',
      },
      issues: [],
    });
  });

  it('is a row for a reviewer with an address, whatever else is wrong, and one for whoever has none', () => {
    const keys = (...reviewers: unknown[]) => shareLinkKeys(judge({ reviewers }));
    expect(keys({ email: ada.email }, { ...ben, name: '' })).toEqual(['R/ada@mill.test', 'R/ben@oat.test']);
    expect(keys(ada, { name: 'Ben' })).toEqual(['R/ada@mill.test', 'R/']);
    expect(keys(ada, { ...ben, email: 'ben@' }, 7)).toEqual(['R/ada@mill.test', 'R/']);
    expect(judgeShareLink(judge({ reviewers: [{ email: ada.email }] }), 'R/ada@mill.test')).toMatchObject({
      wanted: true,
      values: null,
      issues: [{ field: 'reviewers' }],
    });
  });

  it('opens and writes no e-mail unless it says so', () => {
    expect(judge()).toMatchObject({ status: 'active', sendEmail: false, issues: [] });
  });

  it('is withdrawn for who is not named any more', () => {
    expect(judgeShareLink(judge(), 'R/cy@rye.test')).toMatchObject({ wanted: false, values: null });
  });

  const wrong: Array<[string, Partial<AtsShareRequest>, string, string, RegExp]> = [
    ['no reviewers', { reviewers: null }, 'REQUIRED_FIELD_MISSING', 'reviewers', /at least one/],
    ['an empty list', { reviewers: [] }, 'REQUIRED_FIELD_MISSING', 'reviewers', /at least one/],
    ['no list', { reviewers: ada }, 'INVALID_FORMAT', 'reviewers', /as a list/],
    [
      'a reviewer who is a text',
      { reviewers: [ada, 'ben'] },
      'INVALID_FORMAT',
      'reviewers',
      /reviewer 2: it/,
    ],
    [
      'a list in it',
      { reviewers: [[ada]] },
      'INVALID_FORMAT',
      'reviewers',
      /reviewer 1: it must be an object/,
    ],
    ['no name', { reviewers: [{ email: 'a@b.test' }] }, 'INVALID_FORMAT', 'reviewers', /name must be given/],
    ['a blank name', { reviewers: [{ ...ada, name: ' ' }] }, 'INVALID_FORMAT', 'reviewers', /not be empty/],
    ['no address', { reviewers: [{ name: 'Ada' }] }, 'INVALID_FORMAT', 'reviewers', /email must be given/],
    [
      'a bad address',
      { reviewers: [{ ...ada, email: 'ada' }] },
      'INVALID_FORMAT',
      'reviewers',
      /"ada" is none/,
    ],
    [
      'a slash in it',
      { reviewers: [{ ...ada, email: 'a/b@c.test' }] },
      'INVALID_FORMAT',
      'reviewers',
      /none/,
    ],
    [
      'one reviewer twice',
      { reviewers: [ada, { ...ada, email: 'ADA@mill.test' }] },
      'DUPLICATE',
      'reviewers',
      /once/,
    ],
    [
      'no interviews',
      { interview_ats_ids: null },
      'REQUIRED_FIELD_MISSING',
      'interview_ats_ids',
      /at least one/,
    ],
    [
      'an empty one',
      { interview_ats_ids: ['I-1', ' '] },
      'INVALID_FORMAT',
      'interview_ats_ids',
      /empty entries/,
    ],
    [
      'nothing for one',
      { interview_ats_ids: [null] },
      'INVALID_FORMAT',
      'interview_ats_ids',
      /empty entries/,
    ],
    ['another status', { status: 'open' }, 'UNMAPPED_ENUM', 'status', /active, inactive/],
  ];
  it.each(wrong)('with %s says so, for every reviewer', (_what, more, code, field, message) => {
    const judged = judge(more);
    expect(judged.issues).toEqual([{ code, field, message: expect.stringMatching(message) }]);
    const keys = shareLinkKeys(judged);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(judgeShareLink(judged, key)).toMatchObject({
        wanted: true,
        values: null,
        issues: judged.issues,
      });
    }
  });

  it('that is wrong withdraws nobody: whom it means is known once it is corrected', () => {
    for (const more of [
      { reviewers: null },
      { reviewers: [{ ...ada, email: 'ada@' }] },
      { status: 'opne' },
    ]) {
      const judged = judge({ reviewers: [ben], ...more });
      expect(judgeShareLink(judged, 'R/ada@mill.test')).toMatchObject({
        wanted: true,
        values: null,
        issues: judged.issues,
      });
    }
  });

  it('that names nobody has a row to tell so, which ends once it names somebody', () => {
    const nobody = judge({ reviewers: [] });
    expect(shareLinkKeys(nobody)).toEqual(['R/']);
    expect(judgeShareLink(judge(), 'R/')).toMatchObject({ wanted: false, values: null });
  });
});

describe('the key of a share link', () => {
  it.each([
    ['R/ada@mill.test', { requestAtsId: 'R', reviewer: 'ada@mill.test' }],
    ['R/1/2/ada@mill.test', { requestAtsId: 'R/1/2', reviewer: 'ada@mill.test' }],
    ['R/x@y.test/', { requestAtsId: 'R/x@y.test', reviewer: '' }],
    ['R', { requestAtsId: 'R', reviewer: '' }],
  ])('%s is told apart', (key, parts) => {
    expect(partsOfShareLinkKey(key)).toEqual(parts);
  });
});
