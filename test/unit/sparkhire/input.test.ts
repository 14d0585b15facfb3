import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { checkInput, encodeQuery } from '../../../src/sparkhire/input.js';
import { questionInput } from '../../../src/sparkhire/resources/interview-questions.js';
import { shareLinkStatusInput } from '../../../src/sparkhire/resources/interview-share-link.js';
import {
  interviewCreateInput,
  interviewQueryInput,
  interviewUpdateInput,
} from '../../../src/sparkhire/resources/interviews.js';
import { jobCreateInput, jobQueryInput, jobUpdateInput } from '../../../src/sparkhire/resources/jobs.js';
import {
  questionSetCreateInput,
  questionSetUpdateInput,
} from '../../../src/sparkhire/resources/question-sets.js';
import { shareLinkCreateInput } from '../../../src/sparkhire/resources/share-links.js';
import { userCreateInput, userUpdateInput } from '../../../src/sparkhire/resources/users.js';
import { webhookCreateInput } from '../../../src/sparkhire/resources/webhooks.js';

const uuid = '12345678-0000-4000-8000-000000000000';
const now = () => Date.parse('2031-03-01T12:00:00Z');

const accepts = (schema: z.ZodType, input: unknown) =>
  expect(() => checkInput('call', schema, input)).not.toThrow();
const refuses = (schema: z.ZodType, input: unknown, naming: string) =>
  expect(() => checkInput('call', schema, input)).toThrow(
    expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(naming) }),
  );

const candidate = { name: 'Noor Adel', email: 'noor@adel.example' };
const interview = {
  type: 'one_way',
  scheduled_at: '2031-04-01T00:00:00Z',
  assigned_to: candidate,
  job_post: { uuid },
  questions: [{ text: 'Why?', time_limit: 60 }],
};
const create = interviewCreateInput(now);

describe('questions', () => {
  it('point 17: only the listed time limits are written', () => {
    for (const time_limit of [30, 60, 90, 120, 160, 180])
      accepts(questionInput, { text: 'Why?', time_limit });
    for (const time_limit of [0, 45, 150, 181, '60', null])
      refuses(questionInput, { text: 'Why?', time_limit }, 'time_limit');
  });

  it('takes are -1 or 0 to 5', () => {
    for (const takes of [-1, 0, 1, 5]) accepts(questionInput, { text: 'Why?', time_limit: 60, takes });
    for (const takes of [-2, 6, 1.5, '3'])
      refuses(questionInput, { text: 'Why?', time_limit: 60, takes }, 'takes');
  });

  it('point 17: think_time goes out as text', () => {
    const set = { name: 'Basics', questions: [{ text: 'Why?', time_limit: 60, think_time: -1 }] };
    expect(checkInput('call', questionSetCreateInput, set).questions[0]?.think_time).toBe('-1');
  });

  it('point 35: an update of a set carries the whole list, old questions with their uuid', () => {
    accepts(questionSetUpdateInput, {
      questions: [
        { uuid, text: 'Why?', time_limit: 60 },
        { text: 'How?', time_limit: 30 },
      ],
    });
    refuses(questionSetUpdateInput, { questions: [] }, 'questions');
    refuses(questionSetUpdateInput, {}, 'at least one field');
  });
});

describe('interviews', () => {
  it('one candidate or several', () => {
    accepts(create, interview);
    accepts(create, { ...interview, assigned_to: [candidate, { ...candidate, email: 'b@b.example' }] });
    refuses(create, { ...interview, assigned_to: [] }, 'assigned_to');
    refuses(
      create,
      { ...interview, assigned_to: { name: 'X', email: 'nowhere' } },
      'assigned_to.email: must be',
    );
    refuses(
      create,
      { ...interview, assigned_to: [candidate, { email: 'a@a.example' }] },
      'assigned_to.1.name',
    );
    refuses(create, { ...interview, assigned_to: 'Noor' }, 'assigned_to');
  });

  it('an address is what may be one: Spark Hire judges it', () => {
    const addressed = (email: string) => ({ ...interview, assigned_to: { ...candidate, email } });
    for (const email of ['a&b=c~d@x.example', "o'hara@müller.example", ' a@x.example '])
      accepts(create, addressed(email));
    for (const email of ['a@b', 'a@x.example;b@x.example', 'a@x\u200b.example'])
      refuses(create, addressed(email), 'assigned_to.email: must be an e-mail address');
  });

  it('scheduled_at lies within a year, as text or Date', () => {
    accepts(create, { ...interview, scheduled_at: '2032-03-01T12:00:00Z' });
    refuses(create, { ...interview, scheduled_at: '2032-03-01T12:00:01Z' }, 'within one year');
    refuses(create, { ...interview, scheduled_at: 'next week' }, 'scheduled_at');
    const date = new Date('2031-04-01T00:00:00Z');
    expect(checkInput('call', create, { ...interview, scheduled_at: date }).scheduled_at).toBe(
      date.toISOString(),
    );
    refuses(interviewUpdateInput(now), { scheduled_at: new Date('2040-01-01') }, 'within one year');
  });

  it('phone numbers come in pairs, as E.164, and with consent', () => {
    const phones = { phone: '(44) 20 7946', phone_parsed: '+44207946' };
    accepts(create, { ...interview, assigned_to: { ...candidate, ...phones }, has_sms_consent: true });
    refuses(create, { ...interview, assigned_to: { ...candidate, ...phones } }, 'has_sms_consent');
    refuses(
      create,
      { ...interview, assigned_to: [candidate, { ...candidate, ...phones }], has_sms_consent: false },
      'consent',
    );
    const withOne = (one: object) => ({
      ...interview,
      has_sms_consent: true,
      assigned_to: { ...candidate, ...one },
    });
    refuses(create, withOne({ phone: phones.phone }), 'together');
    refuses(create, withOne({ phone_parsed: phones.phone_parsed }), 'together');
    refuses(create, withOne({ ...phones, phone_parsed: '020 7946' }), 'E.164');
  });

  it('a one-way interview needs questions or a set, a live one neither', () => {
    const { questions, ...bare } = interview;
    expect(questions).toHaveLength(1);
    refuses(create, bare, 'questions');
    refuses(create, { ...bare, questions: [] }, 'questions');
    accepts(create, { ...bare, interview_question_set: uuid });
    accepts(create, { ...bare, type: 'live' });
  });

  it('point 34: the candidate, the job and the questions of an interview cannot be updated', () => {
    const update = interviewUpdateInput(now);
    accepts(update, { status: 'canceled' });
    refuses(update, { assigned_to: candidate }, 'assigned_to');
    refuses(update, { questions: [] }, 'questions');
    refuses(update, { status: 'requested' }, 'status');
    refuses(update, {}, 'at least one field');
  });

  it('point 4: interviews are filtered by type[] and status[] apart', () => {
    accepts(interviewQueryInput, {
      type: ['one_way'],
      status: ['canceled'],
      orderby: 'updated_asc',
      range: [1, 100],
    });
    refuses(interviewQueryInput, { status: ['one_way'] }, 'status');
    refuses(interviewQueryInput, { orderby: 'created_asc' }, 'orderby');
    const query = {
      arrays: { type: ['one_way'], status: ['a b', 'c&d'] },
      orderby: 'updated_asc',
      range: [1, 100],
    } as const;
    expect(encodeQuery(query, { first: null })).toBe(
      'type%5B%5D=one_way&status%5B%5D=a%20b&status%5B%5D=c%26d&orderby=updated_asc&range=1-100',
    );
  });

  it.each([
    [null, 'range=1-100'],
    [1, 'range=1-100'],
    [0, 'range=0-99'],
  ] as const)('point 8: positions are written as the server counts them: from %s', (first, written) => {
    expect(encodeQuery({ range: [1, 100] }, { first })).toBe(written);
  });
});

describe('jobs', () => {
  const job = { title: 'Baker', description: 'Bakes', status: 'active' };
  const location = { city: 'Lyon', state: 'Rhône', country: 'France' };

  it('point 20: location or locality, not both', () => {
    accepts(jobCreateInput, { ...job, location });
    accepts(jobCreateInput, { ...job, locality: { work_mode: 'hybrid', work_place: 'Lyon' } });
    refuses(jobCreateInput, job, 'exactly one');
    refuses(jobCreateInput, { ...job, location, locality: { work_mode: 'remote' } }, 'exactly one');
    refuses(jobCreateInput, { ...job, locality: { work_mode: 'on_site' } }, 'work_place');
    const remote = checkInput('call', jobCreateInput, { ...job, locality: { work_mode: 'remote' } });
    expect(remote.locality).toEqual({ work_mode: 'remote', work_place: '' });
  });

  it('point 31: a job is not updated with a locality, nor a user with a role', () => {
    refuses(jobUpdateInput, { locality: { work_mode: 'remote' } }, 'locality');
    refuses(userUpdateInput, { name: 'X', role: 'standard' }, 'role');
    accepts(jobUpdateInput, { status: 'inactive' });
  });

  it('point 8: a range is 1-based and inclusive', () => {
    accepts(jobQueryInput, { range: [5, 5] });
    refuses(jobQueryInput, { range: [0, 10] }, 'range');
    refuses(jobQueryInput, { range: [10, 9] }, 'range');
  });
});

describe('users, share links, webhooks', () => {
  it('the documented roles are written', () => {
    accepts(userCreateInput, { name: 'A', email: 'a@a.example', role: 'standard' });
    refuses(userCreateInput, { name: 'A', email: 'a@a.example', role: 'evaluator' }, 'role');
    refuses(userCreateInput, { name: ' ', email: 'a@a.example', role: 'standard' }, 'name');
  });

  it('send_email is true or left out', () => {
    const link = { status: 'active', reviewers: [candidate], interviews: [{ uuid }] };
    expect(checkInput('call', shareLinkCreateInput, { ...link, send_email: true })).toHaveProperty(
      'send_email',
      true,
    );
    expect(checkInput('call', shareLinkCreateInput, { ...link, send_email: false })).not.toHaveProperty(
      'send_email',
    );
    refuses(shareLinkCreateInput, { ...link, reviewers: [] }, 'reviewers');
    refuses(shareLinkCreateInput, { ...link, interviews: [] }, 'interviews');
    refuses(shareLinkStatusInput, { status: 'open' }, 'status');
  });

  it('point 26: http_auth is user:password, and no error shows it', () => {
    const hook = { description: 'd', url: 'https://me.example/hook' };
    accepts(webhookCreateInput, { ...hook, http_auth: 'user:pass:word' });
    refuses(webhookCreateInput, { ...hook, url: 'ftp://me.example' }, 'url');
    let message = '';
    try {
      checkInput('call', webhookCreateInput, { ...hook, http_auth: 'hunter2hunter2' });
    } catch (error) {
      message = JSON.stringify(error) + String(error);
    }
    expect(message).toContain('http_auth');
    expect(message).not.toContain('hunter2');
  });
});
