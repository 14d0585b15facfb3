/** What is sent, and that the client takes it as it is. */
import { describe, expect, it } from 'vitest';
import {
  cancelInterview,
  closeJob,
  closeShareLink,
  createInterview,
  createJob,
  createShareLink,
  createUser,
  deadlineAt,
  openShareLink,
  updateInterview,
  updateJob,
  updateUser,
} from '../../../src/push/send/payloads.js';
import type { DesiredInterview } from '../../../src/reconcile/types.js';
import { shareLinkStatusInput } from '../../../src/sparkhire/resources/interview-share-link.js';
import { interviewCreateInput, interviewUpdateInput } from '../../../src/sparkhire/resources/interviews.js';
import { jobCreateInput, jobUpdateInput } from '../../../src/sparkhire/resources/jobs.js';
import { shareLinkCreateInput } from '../../../src/sparkhire/resources/share-links.js';
import { userCreateInput, userUpdateInput } from '../../../src/sparkhire/resources/users.js';
import { interview, job, oslo, shareLink, user } from '../../support/reconcile-rows.js';

const now = Date.parse('2026-11-24T10:00:00.500Z');
const jobUuid = '11111111-2222-4333-8444-555555555555';
const setUuid = '21111111-2222-4333-8444-555555555555';

describe('payloads', () => {
  it('of users', () => {
    expect(userCreateInput.parse(createUser(user()))).toEqual({
      name: 'Ida Moe',
      email: 'ida@example.com',
      role: 'standard',
    });
    const changes = [{ field: 'name', from: 'a', to: 'b' }];
    expect(userUpdateInput.parse(updateUser(changes))).toEqual({ name: 'b' });
  });

  it('of share links: one reviewer, and an e-mail asked for or not mentioned', () => {
    const link = shareLink({ reviewer: { name: 'Liv Dahl', email: 'Liv@example.com' }, sendEmail: true });
    const sent = {
      status: 'active',
      reviewers: [{ name: 'Liv Dahl', email: 'Liv@example.com' }],
      interviews: [{ uuid: jobUuid }, { uuid: setUuid }],
      send_email: true,
    };
    expect(shareLinkCreateInput.parse(createShareLink(link, [jobUuid, setUuid]))).toEqual(sent);
    const { send_email: _, ...silent } = sent;
    const quiet = createShareLink({ ...link, sendEmail: false }, [jobUuid, setUuid]);
    expect(shareLinkCreateInput.parse(quiet)).toEqual(silent);
    expect(shareLinkStatusInput.parse(openShareLink())).toEqual({ status: 'active' });
    expect(shareLinkStatusInput.parse(closeShareLink())).toEqual({ status: 'inactive' });
  });

  it('of jobs: a location or a locality', () => {
    expect(jobCreateInput.parse(createJob(job()))).toEqual({
      title: 'Baker',
      description: 'Bakes bread.',
      status: 'active',
      location: { city: 'Oslo', state: '', country: 'Norway' },
    });
    const place = { kind: 'locality' as const, work_mode: 'remote' as const, work_place: null };
    expect(jobCreateInput.parse(createJob(job({ place, status: 'inactive' })))).toMatchObject({
      status: 'inactive',
      locality: { work_mode: 'remote', work_place: '' },
    });
    const changes = [
      { field: 'title', from: 'a', to: 'b' },
      { field: 'place', from: null, to: { ...oslo, state: 'Oslo' } },
    ];
    expect(jobUpdateInput.parse(updateJob(changes))).toEqual({
      title: 'b',
      location: { city: 'Oslo', state: 'Oslo', country: 'Norway' },
    });
    expect(jobUpdateInput.parse(closeJob())).toEqual({ status: 'inactive' });
  });

  it('of interviews', () => {
    const input = interviewCreateInput(() => now);
    expect(input.parse(createInterview(interview(), { jobUuid, now, sms: true }))).toEqual({
      type: 'one_way',
      scheduled_at: '2027-03-01T12:00:00Z',
      assigned_to: { name: 'Per Lie', email: 'per@example.com' },
      job_post: { uuid: jobUuid },
      questions: [{ text: 'Why bread?', time_limit: 60 }],
    });
    const full = interview({
      candidate: {
        name: 'Per Lie',
        email: ' per@example.com ',
        phone: '22 22 22 22',
        phoneE164: '+4722222222',
      },
      smsConsent: true,
      questionSetUuid: setUuid,
      timezone: 'Europe/Oslo',
      emailMessage: 'Welcome',
    });
    expect(input.parse(createInterview(full, { jobUuid, now, sms: true }))).toEqual({
      type: 'one_way',
      scheduled_at: '2027-03-01T12:00:00Z',
      assigned_to: {
        name: 'Per Lie',
        email: 'per@example.com',
        phone: '22 22 22 22',
        phone_parsed: '+4722222222',
      },
      job_post: { uuid: jobUuid },
      interview_question_set: setUuid,
      timezone: 'Europe/Oslo',
      email_message: 'Welcome',
      has_sms_consent: true,
    });
    // No number leaves without the feature, without consent, or without both forms of it.
    const callable = full.candidate;
    const silent: Array<[DesiredInterview, boolean]> = [
      [full, false],
      [{ ...full, smsConsent: false }, true],
      [{ ...full, candidate: { ...callable, phone: null } }, true],
      [{ ...full, candidate: { ...callable, phoneE164: null } }, true],
    ];
    for (const [values, sms] of silent) {
      const sent = input.parse(createInterview(values, { jobUuid, now, sms }));
      expect(sent.assigned_to).toEqual({ name: 'Per Lie', email: 'per@example.com' });
      expect(sent).not.toHaveProperty('has_sms_consent');
    }
    const update = interviewUpdateInput(() => now);
    const completed = [{ field: 'desired', from: 'accepted', to: 'completed' }];
    expect(update.parse(updateInterview(completed))).toEqual({ status: 'completed' });
    const changes = [{ field: 'scheduled_at', from: null, to: '2027-04-01T12:00:00Z' }];
    expect(update.parse(updateInterview(changes))).toEqual({ scheduled_at: '2027-04-01T12:00:00Z' });
    expect(update.parse(cancelInterview())).toEqual({ status: 'canceled' });
  });

  it.each([
    [{ at: '2027-03-01T13:00:00.7+01:00' }, '2027-03-01T12:00:00Z'],
    [{ days: 7 }, '2026-12-01T10:00:00Z'],
    [{ days: 0.5 }, '2026-11-24T22:00:00Z'],
    [{ days: 365 }, '2027-11-24T09:59:00Z'],
    [{ days: 9999 }, '2027-11-24T09:59:00Z'],
  ])('a deadline of %j is %s, within a year', (deadline, expected) => {
    expect(deadlineAt(deadline, now)).toBe(expected);
  });
});
