import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { webhookEvents } from '../../../src/sparkhire/client.js';
import { eventHeaders, microseconds, parseHint } from '../../../src/webhooks/hint.js';

const uuid = '0e0e0e0e-0000-4000-8000-000000000001';
const other = '0e0e0e0e-0000-4000-8000-000000000002';
const stamps = { created_at: '2031-01-02T08:00:00+00:00', updated_at: '2031-02-01T08:00:00+00:00' };

const hint = (event: string | null, payloadType: string | null, body: unknown) =>
  parseHint({ event, payloadType }, JSON.stringify(body));

describe('the headers of a delivery', () => {
  it('are read as Node has them; what is missing or empty is null', () => {
    expect(
      eventHeaders({
        'x-sparkhire-event': ' JobUpdated ',
        'x-sparkhire-payload': 'Job Post',
        'x-sparkhire-webhook-uuid': uuid,
      }),
    ).toEqual({ event: 'JobUpdated', payloadType: 'Job Post', webhookUuid: uuid });
    expect(eventHeaders({ 'x-sparkhire-event': '' })).toEqual({
      event: null,
      payloadType: null,
      webhookUuid: null,
    });
  });

  it('are cut where they are endless', () => {
    expect(eventHeaders({ 'x-sparkhire-event': 'x'.repeat(5000) }).event).toHaveLength(200);
  });
});

describe('a hint', () => {
  it.each(['Job', 'job', 'Job Post', 'JobPost', 'job post', 'job_post', 'JOB-POST'])(
    'point 28: payload type %s is a job',
    (type) => {
      expect(hint('JobUpdated', type, { uuid, ...stamps })).toMatchObject({
        kind: 'job',
        uuid,
        updatedAt: stamps.updated_at,
        certain: true,
        deletes: false,
      });
    },
  );

  it.each(webhookEvents.map((event) => [event]))('knows %s, also without a payload type', (event) => {
    const kind = event === 'InterviewRated' ? 'rating' : event.startsWith('Job') ? 'job' : 'interview';
    expect(hint(event, null, { uuid, ...stamps })).toMatchObject({
      kind,
      certain: true,
      deletes: event.endsWith('Deleted'),
    });
  });

  it('is uncertain where event or type are unknown, missing, or contradict each other', () => {
    expect(hint('InterviewArchived', 'Interview', { uuid })).toMatchObject({
      kind: 'interview',
      certain: false,
    });
    expect(hint(null, 'Interview', { uuid })).toMatchObject({ kind: 'interview', certain: false });
    expect(hint('InterviewCreated', 'Resume', { uuid })).toMatchObject({ kind: 'interview', certain: false });
    expect(hint('InterviewCreated', 'Job', { uuid })).toMatchObject({ kind: 'job', certain: false });
    expect(hint('UserUpdated', 'User', { uuid })).toMatchObject({
      kind: 'unknown',
      certain: false,
      guessed: true,
    });
    expect(hint(null, null, { uuid })).toMatchObject({ kind: 'unknown', uuid, certain: false });
  });

  it.each([
    ['an interview inside', { uuid: other, interview: { uuid } }, false],
    ['the uuid of an interview inside', { uuid: other, interview: uuid }, false],
    ['interview_uuid', { uuid: other, interview_uuid: uuid.toUpperCase() }, false],
    ['the interview itself', { uuid, assigned_to: { name: 'Ana' } }, false],
    ['its own uuid, when there is nothing better', { uuid }, true],
  ])('finds the interview of a rating: %s', (_, body, guessed) => {
    expect(hint('InterviewRated', 'Rating', body)).toMatchObject({ kind: 'rating', uuid, guessed });
    expect(hint('InterviewRated', 'Interview', body)).toMatchObject({ kind: 'rating', uuid, guessed });
  });

  it('has no uuid where there is none to be found', () => {
    for (const body of [{ id: 7, score: 3 }, 'text', 12, null, [], [{ uuid }, { uuid }]]) {
      expect(hint('InterviewRated', 'Rating', body).uuid).toBeNull();
    }
    expect(hint('JobUpdated', 'Job', { uuid: 'nonsense' }).uuid).toBeNull();
  });

  it('takes the only object of an array', () => {
    expect(hint('JobUpdated', 'Job', [{ uuid, ...stamps }])).toMatchObject({ uuid, object: { uuid } });
  });

  it.each(['data', 'payload', 'job', 'job_post', 'Job Post', 'object'])(
    'point 28: takes an object out of its envelope: %s',
    (name) => {
      const job = { uuid, title: 'Nurse', ...stamps };
      for (const body of [
        { [name]: job },
        { [name]: [job] },
        { event: 'JobUpdated', sent_at: 7, [name]: job },
      ])
        expect(hint('JobUpdated', 'Job', body)).toMatchObject({
          uuid,
          object: job,
          updatedAt: stamps.updated_at,
          certain: true,
        });
    },
  );

  it('takes a rating out of its envelope, and no interview out of a rating', () => {
    const rating = { rating: 4, interview: { uuid } };
    expect(hint('InterviewRated', 'Rating', { data: { uuid: other, ...rating } })).toMatchObject({
      uuid,
      guessed: false,
    });
    expect(hint('InterviewRated', 'Rating', rating)).toMatchObject({ uuid, object: rating, guessed: false });
  });

  it('takes nothing for the object that is part of it, names another kind, or is one of two', () => {
    const bodies = [
      { job_post: { uuid } },
      { data: { uuid }, user: { uuid: other } },
      { data: [{ uuid }, { uuid: other }] },
      { data: { title: 'Nurse' } },
    ];
    for (const body of bodies)
      expect(hint('InterviewCreated', 'Interview', body)).toMatchObject({ uuid: null, object: body });
    const interview = { uuid, job_post: { uuid: other } };
    expect(hint('InterviewCreated', 'Interview', interview)).toMatchObject({ uuid, object: interview });
  });

  it('says when the object was updated: created, where it says that it never was; nothing, where that is missing', () => {
    expect(hint('JobCreated', 'Job', { uuid, ...stamps, updated_at: null }).updatedAt).toBe(
      stamps.created_at,
    );
    expect(hint('JobCreated', 'Job', { uuid, created_at: stamps.created_at }).updatedAt).toBeNull();
    expect(hint('JobCreated', 'Job', { uuid, ...stamps, updated_at: 'soon' }).updatedAt).toBeNull();
  });

  it('has the payload as the mirror can store it', () => {
    const { object } = parseHint({ event: 'JobUpdated', payloadType: 'Job' }, '{"title":"a\\u0000b\\ud800"}');
    expect(object).toEqual({ title: 'ab\ufffd' });
  });

  it('can be had from any JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.option(fc.string()), fc.option(fc.string()), (body, event, payloadType) => {
        const read = parseHint({ event, payloadType }, body);
        expect(['interview', 'job', 'rating', 'unknown']).toContain(read.kind);
        if (read.object === null) expect(read.uuid).toBeNull();
      }),
    );
    expect(() => parseHint({ event: null, payloadType: null }, 'no json')).toThrow(SyntaxError);
  });
});

describe('microseconds', () => {
  it('are exact below the second and know offsets', () => {
    expect(microseconds('1970-01-01T00:00:01.000002Z')).toBe(1_000_002n);
    expect(microseconds('1969-12-31T23:59:59.5Z')).toBe(-500_000n);
    expect(microseconds('2031-02-01T03:00:00-05:00')).toBe(microseconds('2031-02-01T08:00:00+00:00'));
    expect(microseconds('2031-02-01T08:00:00.000001Z') - microseconds('2031-02-01T08:00:00Z')).toBe(1n);
  });
});
