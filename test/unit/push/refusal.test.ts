import { describe, expect, it } from 'vitest';
import { judgeFailure } from '../../../src/push/send/refusal.js';
import { ApiError, SyncError } from '../../../src/sparkhire/client.js';

type Facts = Partial<Pick<ApiError, 'status' | 'apiCode' | 'reason' | 'outcome' | 'route'>>;
const failed = (code: ConstructorParameters<typeof ApiError>[0], facts: Facts) =>
  new ApiError(code, 'it failed', {
    status: null,
    apiCode: null,
    reason: null,
    retryAfterMs: null,
    route: 'POST /interviews',
    outcome: 'refused',
    ...facts,
  });
const refused = (status: number, more: Facts = {}) =>
  judgeFailure(failed('REQUEST_REFUSED', { status, ...more }));

describe('what a failed write says of its row', () => {
  it.each([
    ['hidden from the user who acts', 404, {}],
    ['hidden from the user who acts', 400, { reason: 'No such job', apiCode: 'api.job' }],
    ['hidden from the user who acts', 422, { reason: 'The job does not exist.' }],
    ["account's own key may not do this", 403, {}],
    ["account's own key may not do this", 400, { reason: 'You are not authorized to invite.' }],
    ['Correct the row', 400, { reason: 'The title is too long.' }],
  ])("to the account's own key: “%s” of %i %o", (words, status, facts: Facts) => {
    const { issue } = refused(status, facts) as { issue: { message: string } };
    expect(issue.message).toContain(words);
  });

  it.each([400, 403, 404, 405, 409, 410, 422])('%i is a refusal, with its reason and code', (status) => {
    expect(refused(status, { reason: 'That is wrong.', apiCode: 'api.wrong' })).toMatchObject({
      kind: 'refused',
      issue: {
        code: 'REMOTE_REJECTED',
        field: null,
        message: expect.stringContaining(`answered ${status} to this write: That is wrong. (api.wrong).`),
      },
    });
  });

  it.each([
    [404, {}],
    [410, {}],
    [403, {}],
    [400, { reason: 'job_post: there is no such job', apiCode: 'interview.job_not_found' }],
    [400, { reason: 'The job does not exist.' }],
    [422, { apiCode: 'JOB_UNKNOWN', reason: 'Unknown job.' }],
    [400, { reason: 'You have no access to this job' }],
    [403, { reason: 'You are not allowed to create jobs' }],
  ])('%i to a person that may be a matter of what they may see says so: %o', (status, facts) => {
    const error = failed('REQUEST_REFUSED', { status, ...facts });
    expect(judgeFailure(error, 'jane@example.org')).toMatchObject({
      kind: 'refused',
      ofPerson: true,
      issue: {
        code: 'REMOTE_REJECTED',
        message: expect.stringMatching(
          /with the key of jane@example\.org.*right.*otherwise after 10 minutes.*a day\.$/,
        ),
      },
    });
    expect(judgeFailure(error)).not.toHaveProperty('ofPerson');
  });

  it.each([
    { reason: 'title: must not be blank' },
    { reason: 'interview_question_set: there is no such set' },
    { reason: 'The title "Job not found" is too short' },
  ])('400 to a person that says what is wrong is a matter of the row: %o', (facts) => {
    const verdict = judgeFailure(failed('REQUEST_REFUSED', { status: 400, ...facts }), 'jane@example.org');
    expect(verdict).toMatchObject({ issue: { message: expect.stringMatching(/Correct the row/) } });
    expect(verdict).not.toHaveProperty('ofPerson');
  });

  it.each([
    [402, {}],
    [403, { apiCode: 'job.no_slots' }],
    [400, { reason: 'All user seats of the plan are taken.' }],
    [422, { reason: 'The job limit was reached.' }],
    [403, { apiCode: 'JobSlotLimitExceeded' }],
    [400, { apiCode: 'company.payment_required' }],
    [403, { reason: 'Not enough job credits.' }],
  ])('%i that speaks of the plan is a limit of the plan', (status, facts) => {
    const verdict = judgeFailure(failed('REQUEST_REFUSED', { status, ...facts }), undefined, true);
    expect(verdict).toMatchObject({ kind: 'refused', issue: { code: 'PLAN_LIMIT' } });
  });

  it('what takes a slot or seat may be refused in other words too', () => {
    const judged = (facts: Facts, takes: boolean) => {
      const verdict = judgeFailure(failed('REQUEST_REFUSED', { status: 403, ...facts }), undefined, takes);
      return verdict.kind === 'refused' ? verdict.issue.code : null;
    };
    for (const facts of [
      { reason: 'You have no remaining job posts.' },
      { reason: 'The maximum number of active jobs was reached.' },
      { reason: 'Too many users.' },
      { reason: 'There are no users left to add.' },
      { apiCode: 'job.max_active' },
    ]) {
      expect([facts, judged(facts, true)]).toEqual([facts, 'PLAN_LIMIT']);
      expect([facts, judged(facts, false)]).toEqual([facts, 'REMOTE_REJECTED']);
    }
    expect(judged({ reason: 'Only administrators may add users.' }, true)).toBe('REMOTE_REJECTED');
    expect(judged({ reason: 'title: must not exceed 100 characters' }, true)).toBe('REMOTE_REJECTED');
  });

  const codeFor = (takes: boolean, { status = 403, ...facts }: Facts, own?: string) => {
    const verdict = judgeFailure(failed('REQUEST_REFUSED', { status, ...facts }), undefined, takes, own);
    return verdict.kind === 'refused' ? verdict.issue.code : null;
  };

  it.each([
    {
      reason: 'The title "Payment Clerk" holds characters that are not allowed',
      apiCode: 'validation.title',
    },
    { reason: 'description: "our health plan" is too short', apiCode: 'validation.description' },
    { reason: 'The title Seat Plan Manager exceeds the maximum of 100 characters' },
    { reason: 'The takes limit exceeded: at most 5', apiCode: 'questions.takes_limit' },
    { reason: 'email_message: length limit exceeded' },
    { reason: 'title: length limit exceeded', apiCode: 'limit_exceeded' },
    { reason: 'You may not create jobs in this subscription account', apiCode: 'forbidden' },
    { reason: 'Only the billing administrator may do this.' },
    { reason: 'Your plan for the interview must have questions' },
    { reason: 'Your user account does not have the required permission to manage jobs' },
    { reason: 'All jobs are managed by administrators' },
    { reason: 'The administrator role is required to manage users' },
    { reason: 'This action is available to admin users only' },
    { reason: 'Only full users can create jobs' },
    { reason: 'Not all users may create jobs' },
    { reason: 'User already exists. All users need a unique e-mail address' },
    { reason: 'Email has already been taken by one of the users' },
    { reason: 'Country is required for all jobs' },
    { reason: 'The description for jobs exceeds 5000 chars' },
    { reason: 'Users may not use free e-mail addresses' },
    { reason: 'Unknown field plan; all fields are checked' },
    { apiCode: 'plan_code.invalid' },
    { apiCode: 'subscription_id.missing' },
  ])('what speaks of a field or a right and merely uses a word of plans is none: %j', (facts) => {
    expect(codeFor(true, facts)).toBe('REMOTE_REJECTED');
  });

  it.each([
    { apiCode: 'time_slot.invalid' },
    { apiCode: 'interview.slot_taken' },
    { apiCode: 'calendar.slot_conflict' },
    { reason: 'The candidate has already used all available slots for this interview' },
    { reason: 'The user limit of reviewers is 10' },
    { reason: 'There are no takes left, upgrade your browser' },
    { apiCode: 'payment_method.invalid' },
  ])('what takes no slot or seat is not refused for want of one: %j', (facts) => {
    expect(codeFor(false, facts)).toBe('REMOTE_REJECTED');
  });

  it.each([
    { apiCode: 'forbidden', reason: 'No job slots are left.' },
    { apiCode: 'validation_error', reason: 'status: there is no free job slot, upgrade your plan' },
    { apiCode: 'api.forbidden', reason: "You've used all of your job slots." },
    { apiCode: 'api.bad_request', reason: 'Payment is required for more users.' },
    { apiCode: 'limit_reached' },
    { apiCode: 'max_users' },
    { apiCode: 'user.seat_limit' },
    { reason: 'Please upgrade your subscription to add users.' },
    { reason: 'Your plan does not include more than 3 active jobs' },
    { reason: 'Job slots remaining: 0' },
    { reason: 'Insufficient seats' },
    { reason: 'Status must be inactive: no job slots remaining' },
    { reason: 'Allowed number of job postings exceeded' },
  ])('what takes a slot or seat and is told that there is none left is one: %j', (facts) => {
    for (const status of [400, 403, 409, 422]) expect(codeFor(true, { status, ...facts })).toBe('PLAN_LIMIT');
  });

  it('what the row itself says is no word on the plan', () => {
    const said = { reason: 'Payment plan upgrade required is a bad title' };
    expect(codeFor(true, said, 'Payment plan upgrade required')).toBe('REMOTE_REJECTED');
    expect(codeFor(true, said)).toBe('PLAN_LIMIT');
    // A title of one small word is in many others.
    expect(codeFor(true, { reason: 'You have reached the limit of your plans' }, 'plan')).toBe('PLAN_LIMIT');
  });

  it.each([
    [403, {}],
    [400, { apiCode: 'api.bad_request' }],
    [403, { apiCode: 'forbidden', reason: 'You may not do this.' }],
  ])('%i that does not say why may be one, if the plan has none left: %j', (status, facts) => {
    const judged = (takes: boolean) =>
      judgeFailure(failed('REQUEST_REFUSED', { status, ...facts }), undefined, takes);
    expect(judged(true)).toMatchObject({
      issue: { code: 'REMOTE_REJECTED' },
      perhaps: { code: 'PLAN_LIMIT' },
    });
    expect(judged(false)).not.toHaveProperty('perhaps');
    const field = { status, apiCode: 'validation.title' };
    expect(judgeFailure(failed('REQUEST_REFUSED', field), undefined, true)).not.toHaveProperty('perhaps');
  });

  it('a limit of time, or something missing, is none', () => {
    expect(refused(400, { reason: 'questions.0.time_limit: must be one of 30' })).toMatchObject({
      issue: { code: 'REMOTE_REJECTED' },
    });
    expect(refused(404, { reason: 'There is no such plan.' })).toMatchObject({
      issue: { code: 'REMOTE_REJECTED' },
    });
  });

  it.each([
    ['an unknown outcome', failed('REMOTE_TIMEOUT', { outcome: 'unknown' })],
    ['a 2xx that cannot be read', failed('ANSWER_UNREADABLE', { status: 200, outcome: 'done' })],
    ['a refused look after a change', failed('NOT_FOUND', { status: 404, route: 'GET /jobs/:uuid' })],
  ])('%s is unknown', (_, error) => {
    expect(judgeFailure(error)).toEqual({ kind: 'unknown' });
  });

  it.each([
    ['a refused key', failed('KEY_REFUSED', { status: 401 })],
    ['a rate limit that is never free', failed('RATE_LIMITED', { status: 429 })],
    ['no connection', failed('REMOTE_UNREACHABLE', { outcome: 'not_sent' })],
    ['a redirect', failed('ANSWER_UNREADABLE', { status: 302 })],
    ['the database', new SyncError('DATABASE_UNREACHABLE', 'gone')],
    ['a bug', new TypeError('x is not a function')],
  ])('%s is no matter of the row, and stops the others', (_, error) => {
    expect(judgeFailure(error)).toEqual({ kind: 'not_done' });
  });

  it('a value that the client does not even send is the row at fault', () => {
    expect(judgeFailure(new SyncError('INPUT_INVALID', 'title: must not be empty'))).toMatchObject({
      kind: 'refused',
      issue: { code: 'INVALID_FORMAT' },
    });
  });
});
