import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/reconcile/decide.js';
import type { DesiredInterview, ParentJob, RowContext } from '../../../../src/reconcile/types.js';
import {
  activeJob,
  answer,
  carriedOut,
  interview,
  linked,
  policies,
  seenInterview,
  settledBase,
  unlinked,
  withdrawn,
} from '../../../support/reconcile-rows.js';

const parents = (over: Partial<RowContext['parents']>) => ({
  parents: { job: activeJob, requestedBy: null, owner: null, ...over },
});
const later = '2027-04-01T12:00:00Z';

describe('interviews: first contact', () => {
  it('invites, and settles what can never change', () => {
    const context = unlinked(interview({ priority: 3 }));
    const decision = decide(context, policies);
    expect(decision).toMatchObject({
      state: 'pending',
      next: 'synced',
      action: {
        action: 'create',
        uuid: null,
        label: 'per@example.com',
        priority: 3,
        settles: settledBase.interviews,
      },
    });
    expect(decide(carriedOut(context, decision), policies)).toMatchObject({
      state: 'synced',
      action: null,
      settles: {},
    });
  });

  it.each([
    ['no such job', null, 'UNKNOWN_REFERENCE', null],
    ['a job that is not usable', { ...activeJob, known: false }, 'UNKNOWN_REFERENCE', null],
    [
      'a job that is no use now',
      { ...activeJob, willBeActive: false },
      undefined,
      'waits for job J-1 to be active',
    ],
    [
      'a job that is inactive in Spark Hire',
      { ...activeJob, observedStatus: 'inactive', willBeActive: false },
      undefined,
      'waits for job J-1, which is inactive in Spark Hire: make it active there. Or close it in the ATS and, once that is done, open it again',
    ],
    [
      'a withdrawn job',
      { ...activeJob, wanted: false, willBeActive: false },
      undefined,
      'waits: job J-1 was withdrawn',
    ],
  ])('is held by %s', (_title, job, code, reason) => {
    const decision = decide(unlinked(interview(), parents({ job })), policies);
    expect(decision).toMatchObject({ state: 'held', next: 'held', action: null, reason });
    expect(decision.issues.map((issue) => issue.code)).toEqual(code === undefined ? [] : [code]);
  });

  it('is planned together with a job that is yet to be created', () => {
    const job = { ...activeJob, uuid: null, observedStatus: null };
    expect(decide(unlinked(interview(), parents({ job })), policies).action?.action).toBe('create');
  });

  it.each([
    [null, ['UNKNOWN_REFERENCE'], null],
    [{ atsId: 'U-1', known: false, uuid: null }, ['UNKNOWN_REFERENCE'], null],
    [{ atsId: 'U-1', known: true, uuid: null }, [], 'waits for user U-1 to be in Spark Hire'],
  ])('is held until who asked for it is there: %j', (requestedBy, codes, reason) => {
    const context = unlinked(interview({ requestedByAtsId: 'U-1' }), parents({ requestedBy }));
    const decision = decide(context, policies);
    expect(decision).toMatchObject({ state: 'held', action: null, reason });
    expect(decision.issues.map(({ code }) => code)).toEqual(codes);
    const there = parents({ requestedBy: { atsId: 'U-1', known: true, uuid: 'user-a' } });
    expect(decide({ ...context, ...there }, policies).action?.action).toBe('create');
  });

  it('does not invite twice to the same job, and heals', () => {
    const context = unlinked(interview(), { twin: 'I-0' });
    expect(decide(context, policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'DUPLICATE', message: expect.stringContaining('I-0') }],
    });
    expect(decide({ ...context, twin: null }, policies).action?.action).toBe('create');
  });

  it('adopts the pending one of the same candidate and job', () => {
    const seen = seenInterview({
      status: 'accepted',
      candidateEmail: 'PER@example.com',
      candidateName: 'P. Lie',
    });
    const context = unlinked(interview(), { adoptable: [seen] });
    const decision = decide(context, policies);
    expect(decision).toMatchObject({
      next: 'synced',
      action: { action: 'adopt', uuid: 'interview-a', settles: settledBase.interviews },
      conflicts: [],
    });
    expect(decide(carriedOut(context, decision), policies)).toMatchObject({
      state: 'synced',
      action: null,
      issues: [],
      settles: {},
    });
  });

  it.each(['completed', 'cancelled', 'expired', 'paused'])(
    'asks before it invites beside one that is over and that no row explains: %s',
    (status) => {
      const context = unlinked(interview(), { adoptable: [seenInterview({ status })] });
      const asked = decide(context, policies);
      expect(asked).toMatchObject({
        state: 'conflict',
        action: null,
        conflicts: [
          {
            kind: 'possible_duplicate',
            uuid: 'interview-a',
            policy: 'ask',
            reason: expect.stringContaining(status),
          },
        ],
      });
      const told = (take: string) => {
        const decided = { ...context, answers: [answer({ ...asked.conflicts[0]!, take })] };
        return { decided, decision: decide(decided, policies) };
      };
      expect(told('create').decision.action?.action).toBe('create');
      const { decided, decision } = told('link');
      expect(decision.action).toMatchObject({ action: 'adopt', uuid: 'interview-a' });
      expect(decide(carriedOut(decided, decision), policies)).toMatchObject({ issues: [], action: null });
    },
  );

  it.each(['ats', 'sparkhire'])('adopts it with what a person chose about it before: %s', (take) => {
    const adoptable = [seenInterview({ scheduledAt: '2027-05-01T12:00:00Z' })];
    const asking = unlinked(interview(), { adoptable });
    const [asked] = decide(asking, policies).conflicts;
    const context = { ...asking, answers: [answer({ ...asked!, take })] };
    const adopted = decide(context, policies);
    expect(adopted).toMatchObject({ action: { action: 'adopt', answers: ['1'] }, conflicts: [] });
    const then = decide(carriedOut(context, adopted), policies);
    expect(then.action?.changes.map(({ to }) => to)).toEqual(
      take === 'ats' ? ['2027-03-01T12:00:00Z'] : undefined,
    );
  });

  it('shares a completed one that a person has linked once it is linked', () => {
    const asking = unlinked(interview({ share: true }), {
      adoptable: [seenInterview({ uuid: 'b', status: 'completed' })],
    });
    const [asked] = decide(asking, policies).conflicts;
    const context = { ...asking, answers: [answer({ ...asked!, take: 'link' })] };
    const adopted = decide(context, policies);
    expect(adopted).toMatchObject({ action: { action: 'adopt', uuid: 'b' }, next: 'pending' });
    expect(decide(carriedOut(context, adopted), policies)).toMatchObject({ action: { action: 'share' } });
  });

  it('adopts the pending one, whatever is over beside it', () => {
    const adoptable = [seenInterview({ uuid: 'a', status: 'canceled' }), seenInterview({ uuid: 'b' })];
    expect(decide(unlinked(interview(), { adoptable }), policies).action).toMatchObject({
      action: 'adopt',
      uuid: 'b',
    });
  });

  it.each([
    ['deleted', { deleted: true }],
    ['of another candidate', { candidateEmail: 'else@example.com' }],
    ['of another job', { jobUuid: 'job-b' }],
    ['of another type', { type: 'live' }],
    ['of another candidate, and over', { candidateEmail: 'else@example.com', status: 'completed' }],
    ['of another type, and over', { type: 'live', status: 'completed' }],
  ])('adopts none that is %s', (_title, over) => {
    const context = unlinked(interview(), { adoptable: [seenInterview(over)] });
    expect(decide(context, policies).action?.action).toBe('create');
  });

  it('overwrites no deadline when it adopts; days are what is there', () => {
    const adoptable = [seenInterview({ scheduledAt: later })];
    expect(decide(unlinked(interview(), { adoptable }), policies)).toMatchObject({
      state: 'conflict',
      action: { action: 'adopt' },
      conflicts: [{ kind: 'field_diverged', field: 'scheduled_at', sparkhire: later }],
    });
    expect(decide(unlinked(interview({ deadline: { days: 7 } }), { adoptable }), policies)).toMatchObject({
      conflicts: [],
      action: { settles: { scheduled_at: { ats: { days: 7 }, sparkhire: later } } },
    });
  });

  it('asks before it invites somebody whose name is invited to the job under another address', () => {
    const one = seenInterview({ candidateEmail: 'moved@example.com' });
    const context = unlinked(interview(), { adoptable: [one], namesakes: [one.uuid] });
    const asked = decide(context, policies);
    expect(asked).toMatchObject({
      action: null,
      conflicts: [
        { kind: 'possible_duplicate', uuid: one.uuid, reason: expect.stringContaining('moved@example.com') },
      ],
    });
    const told = (take: string) => ({
      ...context,
      answers: [answer({ ...asked.conflicts[0]!, take })],
    });
    expect(decide(told('create'), policies).action?.action).toBe('create');
    const linked = decide(told('link'), policies);
    expect(linked.action).toMatchObject({ action: 'adopt', uuid: one.uuid });
    expect(decide(carriedOut(told('link'), linked), policies)).toMatchObject({ issues: [], action: null });
  });

  it('takes the one with its address over, whoever else has its name', () => {
    const adoptable = [
      seenInterview({ uuid: 'a', candidateEmail: 'else@example.com' }),
      seenInterview({ uuid: 'b' }),
    ];
    const decision = decide(unlinked(interview(), { adoptable, namesakes: ['a'] }), policies);
    expect(decision).toMatchObject({ action: { action: 'adopt', uuid: 'b' }, conflicts: [] });
  });

  it('asks where several are pending', () => {
    const adoptable = [seenInterview({ uuid: 'b' }), seenInterview({ uuid: 'a' })];
    const context = unlinked(interview(), { adoptable });
    const asked = decide(context, policies).conflicts[0]!;
    expect(asked).toMatchObject({ kind: 'possible_duplicate', sparkhire: [{ uuid: 'a' }, { uuid: 'b' }] });
    const decided = { ...context, answers: [answer({ ...asked, take: 'link:b' })] };
    expect(decide(decided, policies).action).toMatchObject({ action: 'adopt', uuid: 'b' });
  });
});

describe('interviews: sent', () => {
  it('moves the deadline that moved in the ATS', () => {
    const context = linked(interview({ deadline: { at: later } }), seenInterview());
    const decision = decide(context, policies);
    expect(decision.action).toMatchObject({
      action: 'update',
      changes: [{ field: 'scheduled_at', from: '2027-03-01T12:00:00Z', to: later }],
    });
    expect(decide(carriedOut(context, decision), policies)).toMatchObject({ action: null, settles: {} });
    const drifted = { ...context, observed: seenInterview({ scheduledAt: '2027-05-01T12:00:00Z' }) };
    expect(decide(drifted, policies)).toMatchObject({ action: null, conflicts: [{ field: 'scheduled_at' }] });
  });

  it('moves no deadline to where Spark Hire takes none, and writes all else', () => {
    const unsendable = [
      { code: 'DEADLINE_OUT_OF_RANGE' as const, field: 'deadline_at', message: 'In the future.' },
    ];
    const row = (values: DesiredInterview) => {
      const context = linked(values, seenInterview());
      return { ...context, row: { ...context.row!, unsendable } };
    };
    expect(decide(row(interview({ deadline: { at: later } })), policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: unsendable,
      conflicts: [],
    });
    const questions = [{ text: 'Why not?', time_limit: 60, takes: 1 }];
    const both = decide(row(interview({ deadline: { at: later }, questions })), policies);
    expect([both.state, both.action?.changes.map(({ field }) => field)]).toEqual(['rejected', ['questions']]);
    // One that has passed by itself is no wish.
    expect(decide(row(interview()), policies)).toMatchObject({ state: 'synced', action: null, issues: [] });
  });

  it('moves the deadline whatever is wrong with a column that is told alone', () => {
    const columnIssues = [{ code: 'INVALID_FORMAT' as const, field: 'timezone', message: 'Write it.' }];
    const context = linked(interview({ deadline: { at: later } }), seenInterview());
    const wrong = { ...context, row: { ...context.row!, columnIssues } };
    expect(decide(wrong, policies)).toMatchObject({
      state: 'rejected',
      next: 'rejected',
      issues: columnIssues,
      action: { action: 'update', changes: [{ field: 'scheduled_at', to: later }] },
    });
    expect(decide(withdrawn(wrong), policies).action?.action).toBe('cancel');
    // What is to be made anew is judged in full.
    for (const observed of [seenInterview({ deleted: true }), null])
      expect(decide({ ...wrong, observed }, policies)).toMatchObject({
        state: 'rejected',
        action: null,
        conflicts: [],
        issues: columnIssues,
      });
  });

  describe('with the number of the candidate', () => {
    const phone = { phone: '0664 1234567', phoneE164: '+436641234567' };
    const consented = interview({ candidate: { ...interview().candidate, ...phone }, smsConsent: true });
    const missing = { code: 'SMS_CONSENT_MISSING' as const, field: 'sms_consent', message: 'Set it.' };
    const first = unlinked(consented);
    const sent = carriedOut(first, decide(first, policies));
    const now = (over: Partial<DesiredInterview['candidate']>, more: Partial<RowContext> = {}) => {
      const candidate = { ...consented.candidate, ...over };
      const values = { ...consented, candidate, smsConsent: false, deadline: { at: later } };
      return { ...sent, row: { ...sent.row!, values, unsendable: [missing] }, ...more };
    };

    it('goes on when the consent is withdrawn, and when the number is', () => {
      for (const over of [{}, { phone: null, phoneE164: null }])
        expect(decide(now(over), policies)).toMatchObject({
          state: 'pending',
          next: 'synced',
          issues: [],
          action: { action: 'update', changes: [{ field: 'scheduled_at' }] },
        });
    });

    it('cannot get another one', () => {
      expect(decide(now({ phoneE164: '+436641234568' }), policies)).toMatchObject({
        issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'candidate_phone_e164' }],
        action: { action: 'update' },
      });
    });

    it('is not sent again without consent', () => {
      const observed = seenInterview({ uuid: sent.link!.uuid, deleted: true });
      const asked = decide(now({}, { observed }), policies).conflicts[0]!;
      const again = { observed, answers: [answer({ ...asked, take: 'ats' })] };
      expect(decide(now({}, again), policies)).toMatchObject({
        state: 'rejected',
        action: null,
        issues: [missing],
        carriedOut: [],
        putAside: [],
      });
    });
  });

  it('never moves a deadline in days', () => {
    const context = unlinked(interview({ deadline: { days: 7 } }));
    const sent = carriedOut(context, decide(context, policies));
    expect(sent.link!.base.scheduled_at!.ats).toEqual({ days: 7 });
    const with30 = { ...sent, row: { ...sent.row!, values: interview({ deadline: { days: 30 } }) } };
    expect(decide(with30, policies)).toMatchObject({ state: 'synced', action: null });
    // A moment in their place is a wish of its own.
    const moment = { ...sent, row: { ...sent.row!, values: interview({ deadline: { at: later } }) } };
    expect(decide(moment, policies).action?.changes).toMatchObject([{ field: 'scheduled_at', to: later }]);
  });

  it.each([
    ['candidate_name', { candidate: { ...interview().candidate, name: 'Pål Lie' } }],
    ['candidate_email', { candidate: { ...interview().candidate, email: 'paal@example.com' } }],
    ['candidate_phone', { candidate: { ...interview().candidate, phone: '22 22 22 22' } }],
    ['candidate_phone_e164', { candidate: { ...interview().candidate, phoneE164: '+4722222222' } }],
    ['type', { type: 'live' }],
    ['job_ats_id', { jobAtsId: 'J-2' }],
  ] as Array<[string, Partial<DesiredInterview>]>)(
    'cannot change %s, and still moves the deadline',
    (field, over) => {
      const sent = linked(interview({ ...over, deadline: { at: later } }), seenInterview());
      const job = field === 'job_ats_id' ? { ...activeJob, uuid: 'job-other' } : activeJob;
      const context = { ...sent, parents: { ...sent.parents, job } };
      expect(decide(context, policies)).toMatchObject({
        state: 'rejected',
        next: 'rejected',
        issues: [{ code: 'IMMUTABLE_AFTER_SEND', field }],
        action: { action: 'update' },
      });
      expect(decide(linked(interview(), seenInterview()), policies).issues).toEqual([]);
    },
  );

  it.each(['requested', 'completed', 'canceled'])(
    'agrees on a name and an address that both sides show by now: %s',
    (status) => {
      const candidate = { ...interview().candidate, name: 'Pål Lie', email: 'paal@example.com' };
      const seen = seenInterview({ status, candidateName: 'Pål  Lie', candidateEmail: 'PAAL@example.com' });
      const both = linked(interview({ candidate }), seen);
      const agreed = decide(both, policies);
      expect(agreed).toMatchObject({
        state: 'synced',
        issues: [],
        settles: { candidate: { ats: candidate } },
      });
      // What was agreed is no edit of the ATS where people change it once more, and nothing is settled twice.
      const after = carriedOut(both, agreed);
      expect(decide(after, policies)).toMatchObject({ issues: [], settles: {} });
      const again = { ...after, observed: seenInterview({ status, candidateEmail: 'p.lie@example.com' }) };
      expect(decide(again, policies)).toMatchObject({ issues: [], settles: {} });
      // One of them alone, and set back: each column for itself.
      const half = { ...both, observed: { ...seen, candidateName: 'Per Lie' } };
      expect(decide(half, policies)).toMatchObject({
        issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'candidate_name' }],
        settles: { candidate: { ats: { name: 'Per Lie', email: 'paal@example.com' } } },
      });
      expect(decide({ ...both, row: linked(interview(), seen).row }, policies)).toMatchObject({
        issues: [],
        settles: {},
      });
    },
  );

  it.each(['rejected', 'held'] as const)(
    'waits for the row of its job as long as that one is %s, and says why',
    (state) => {
      const why = 'Write status as open or closed: "opne" is neither.';
      const sent = linked(interview({ jobAtsId: 'J-2' }), seenInterview());
      const job = { ...activeJob, atsId: 'J-2', uuid: null, observedStatus: null, willBeActive: false };
      const of = (more: object) =>
        decide({ ...sent, parents: { ...sent.parents, job: { ...job, ...more } } }, policies);
      const first = of({ state: null });
      expect(first).toMatchObject({ state: 'held', issues: [], reason: expect.stringContaining('J-2') });
      expect(of({ state, known: state === 'held', why })).toMatchObject({
        state: 'held',
        reason: first.reason,
        issues: [{ code: 'UNKNOWN_REFERENCE', field: 'job_ats_id', message: `Job J-2 is ${state}: ${why}` }],
      });
      // Of a job that is in no table nothing is to come.
      expect(of({ known: false, state: null }).issues).toMatchObject([{ code: 'IMMUTABLE_AFTER_SEND' }]);
    },
  );

  it('tells of an address that cannot be used what is wrong with it, and not that it is another', () => {
    const email = 'kari@example.com\u200b';
    const values = interview({ candidate: { ...interview().candidate, email } });
    const columnIssues = [
      { code: 'INVALID_FORMAT' as const, field: 'candidate_email', message: 'Write it.' },
    ];
    const context = linked(values, seenInterview());
    const wrong = { ...context, row: { ...context.row!, columnIssues } };
    expect(decide(wrong, policies)).toMatchObject({ state: 'rejected', issues: columnIssues, action: null });
  });

  describe('what the invitation said', () => {
    const message = 'Please answer by Friday.';
    const sent = (over: Partial<DesiredInterview>) => {
      const context = unlinked(interview(over));
      return carriedOut(context, decide(context, policies));
    };
    const now = (context: RowContext, over: Partial<DesiredInterview>, status = 'requested') =>
      decide(
        {
          ...context,
          row: { ...context.row!, values: interview(over) },
          observed: { ...context.observed!, status } as RowContext['observed'],
        },
        policies,
      ).issues.map(({ code, field }) => [code, field]);

    it.each([
      ['email_message', { emailMessage: message }, { emailMessage: 'Please hurry.' }],
      ['email_message', { emailMessage: message }, { emailMessage: null }],
      ['email_message', {}, { emailMessage: message }],
      ['timezone', { timezone: 'Europe/Oslo' }, { timezone: 'Asia/Tokyo' }],
      ['timezone', {}, { timezone: 'Asia/Tokyo' }],
    ])('cannot be changed: %s', (field, before, after) => {
      const context = sent(before);
      for (const status of ['requested', 'accepted', 'completed'])
        expect(now(context, after, status)).toEqual([['IMMUTABLE_AFTER_SEND', field]]);
      expect(now(context, before)).toEqual([]);
    });

    it('is the same in another form', () => {
      const context = sent({ emailMessage: `${message}\n\nBye`, timezone: 'Europe/Oslo' });
      expect(now(context, { emailMessage: ` ${message}\r\n\r\nBye\n`, timezone: 'europe/oslo' })).toEqual([]);
      expect(now(sent({}), { timezone: 'UTC' })).toEqual([]);
      expect(now(sent({ timezone: 'UTC' }), {})).toEqual([]);
    });

    it('is no matter of what became of its package', () => {
      const fromPackage = ['email_message', 'timezone'];
      const given = { emailMessage: message, timezone: 'Europe/Oslo' };
      const context = sent({ ...given, fromPackage });
      expect(now(context, { emailMessage: 'Hurry.', timezone: 'Asia/Tokyo', fromPackage })).toEqual([]);
      // The package is gone from the row, or the row says by itself what was sent.
      expect(now(context, {})).toEqual([]);
      expect(now(context, given)).toEqual([]);
      expect(now(context, { ...given, emailMessage: 'Hurry.' })).toEqual([
        ['IMMUTABLE_AFTER_SEND', 'email_message'],
      ]);
      // What the row said of its own is left to the package.
      expect(now(sent(given), { emailMessage: 'Hurry.', timezone: null, fromPackage })).toEqual([]);
    });

    it('is not known of one that was adopted, or sent by an older version', () => {
      const adopted = unlinked(interview(), { adoptable: [seenInterview()] });
      for (const context of [
        carriedOut(adopted, decide(adopted, policies)),
        linked(interview(), seenInterview()),
      ])
        expect(now(context, { emailMessage: message, timezone: 'Asia/Tokyo' })).toEqual([]);
    });
  });

  it('completes what was sent as a live one, whatever type its package has by now', () => {
    for (const [sent, now] of [
      ['live', 'one_way'],
      ['one_way', 'live'],
    ] as const) {
      const values = interview({ type: now, complete: true, fromPackage: ['type'] });
      const base = { ...settledBase.interviews, type: { ats: sent, sparkhire: null } };
      const context = linked(values, seenInterview({ type: sent }), {
        link: { uuid: 'interview-a', base, how: 'created' },
      });
      const decision = decide(context, policies);
      expect(decision.action?.changes ?? []).toMatchObject(
        sent === 'live' ? [{ field: 'desired', to: 'completed' }] : [],
      );
      expect(decision.issues.map(({ code, field }) => [code, field])).toEqual(
        sent === 'live' ? [] : [['UNMAPPED_ENUM', 'desired']],
      );
    }
  });

  it('tells that the deadline of a completed one cannot be moved, as long as the row says so', () => {
    const done = (over: Partial<DesiredInterview>, seen = {}) =>
      linked(interview(over), seenInterview({ status: 'completed', ...seen }));
    const moved = { deadline: { at: later } };
    expect(decide(done(moved), policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'deadline_at' }],
    });
    expect(decide(done({}), policies).issues).toEqual([]);
    // Moved in Spark Hire alone, or there too.
    expect(decide(done({}, { scheduledAt: later }), policies).issues).toEqual([]);
    expect(decide(done(moved, { scheduledAt: later }), policies)).toMatchObject({
      issues: [],
      settles: { scheduled_at: { ats: later, sparkhire: later } },
    });
    expect(decide(done({ deadline: { days: 9 } }), policies).issues).toEqual([]);
    const held = linked(
      interview({ ...moved, type: 'live', complete: true }),
      seenInterview({ status: 'completed' }),
      {
        link: {
          uuid: 'interview-a',
          base: { ...settledBase.interviews, type: { ats: 'live', sparkhire: null } },
          how: 'created',
        },
      },
    );
    expect(decide(held, policies).issues).toEqual([]);
    const theirs = { ...policies.fields, interviews: { scheduled_at: 'sparkhire' } } as const;
    expect(decide(done(moved), { ...policies, fields: theirs }).issues).toEqual([]);
  });

  it('lets case of the e-mail and questions of a finished interview be', () => {
    const candidate = { ...interview().candidate, email: 'Per@Example.com' };
    expect(decide(linked(interview({ candidate }), seenInterview()), policies).issues).toEqual([]);
    const done = linked(interview({ questions: [] }), seenInterview({ status: 'completed' }));
    expect(decide(done, policies)).toMatchObject({ state: 'synced', issues: [], action: null });
  });

  it('cancels a withdrawn one while it is pending, or in a status nobody has told of', () => {
    for (const status of ['requested', 'accepted', 'started']) {
      const context = withdrawn(linked(interview(), seenInterview({ status })));
      const decision = decide(context, policies);
      expect(decision).toMatchObject({
        state: 'pending',
        next: 'gone',
        action: {
          action: 'cancel',
          uuid: 'interview-a',
          changes: [{ field: 'desired', from: status, to: 'canceled' }],
        },
      });
      const canceled = carriedOut(context, decision);
      expect(canceled.observed).toMatchObject({ status: 'canceled' });
      expect(decide(canceled, policies)).toMatchObject({
        state: 'gone',
        action: null,
        settles: {},
        unlink: false,
      });
      // The listing is behind, or somebody brought it back: either way it is not canceled twice.
      expect(decide({ ...canceled, observed: seenInterview() }, policies)).toMatchObject({
        state: 'gone',
        action: null,
      });
    }
  });

  it.each(['completed', 'expired', 'canceled', 'cancelled'])(
    'leaves a withdrawn one that is %s',
    (status) => {
      const context = withdrawn(linked(interview(), seenInterview({ status })));
      expect(decide(context, policies)).toMatchObject({ state: 'gone', action: null, unlink: false });
    },
  );

  it('needs nothing for a withdrawn one that was never sent', () => {
    expect(decide(withdrawn(unlinked(interview())), policies)).toMatchObject({ state: 'gone', action: null });
  });

  it.each(['canceled', 'cancelled', 'expired'])('takes a new row to invite again after %s', (status) => {
    const ended = linked(interview(), seenInterview({ status }));
    // It ended there while it was wanted: nothing to complain about.
    expect(decide(ended, policies)).toMatchObject({ state: 'synced', issues: [], action: null });
    const extended = { ...ended, row: { ...ended.row!, values: interview({ deadline: { at: later } }) } };
    expect(decide(extended, policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'deadline_at' }],
    });
    const gone = carriedOut(withdrawn(ended), decide(withdrawn(ended), policies));
    const again = { ...gone, row: ended.row };
    expect(decide(again, policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'desired' }],
    });
  });

  it.each(['canceled', 'expired', 'completed'])('has nothing to complain about after a gap: %s', (status) => {
    const ended = linked(interview(), seenInterview({ status }));
    const absent = { ...ended, row: null };
    const left = decide(absent, policies);
    const desired = { ats: null, sparkhire: status };
    expect(left).toMatchObject({ state: 'gone', action: null, settles: { desired } });
    expect(decide(carriedOut(absent, left), policies).settles).toEqual({});
    const back = { ...carriedOut(absent, left), row: ended.row };
    expect(decide(back, policies)).toMatchObject({ state: 'synced', issues: [], action: null });
  });

  it.each(['canceled', 'expired', 'completed'])(
    'leaves one pending that Spark Hire brings back after its row was purged: %s',
    (status) => {
      const ended = linked(interview(), seenInterview({ status }));
      const absent = { ...ended, row: null };
      const purged = carriedOut(absent, decide(absent, policies));
      const reset = { ...purged, observed: seenInterview({ scheduledAt: later }) };
      expect(decide(reset, policies)).toMatchObject({ state: 'gone', action: null, conflicts: [] });
      // Canceled by its row, which is there again: that is a wish of now.
      expect(decide({ ...reset, row: withdrawn(ended).row }, policies).action?.action).toBe('cancel');
      const wanted = decide({ ...reset, row: ended.row }, policies);
      expect(wanted).toMatchObject({ issues: [], action: null, settles: { desired: { ats: 'invited' } } });
      const again = { ...carriedOut({ ...reset, row: ended.row }, wanted), row: null };
      expect(decide(again, policies).action?.action).toBe('cancel');
    },
  );

  it('takes a new row to invite again after it was canceled because its row was deleted', () => {
    const pending = linked(interview(), seenInterview());
    const absent = { ...pending, row: null };
    const canceled = carriedOut(absent, decide(absent, policies));
    expect(decide(canceled, policies)).toMatchObject({ state: 'gone', action: null });
    expect(decide({ ...canceled, row: pending.row }, policies)).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'desired' }],
    });
  });

  it('lets statuses move back: wanted, withdrawn too late, wanted again, withdrawn', () => {
    let context = withdrawn(linked(interview(), seenInterview({ status: 'completed' })));
    context = carriedOut(context, decide(context, policies));
    const reset = { ...context, row: linked(interview(), seenInterview()).row, observed: seenInterview() };
    const wanted = decide(reset, policies);
    expect(wanted).toMatchObject({ state: 'synced', issues: [], settles: { desired: { ats: 'invited' } } });
    expect(decide(withdrawn(carriedOut(reset, wanted)), policies).action?.action).toBe('cancel');
  });

  it('shares a completed one, once', () => {
    const pending = linked(interview({ share: true }), seenInterview());
    expect(decide(pending, policies).action).toBeNull();
    const done = { ...pending, observed: seenInterview({ status: 'completed' }) };
    const decision = decide(done, policies);
    expect(decision).toMatchObject({
      state: 'pending',
      next: 'synced',
      action: { action: 'share', uuid: 'interview-a' },
    });
    const shared = carriedOut(done, decision);
    expect(decide(shared, policies).action).toBeNull();
    expect(
      decide({ ...shared, observed: seenInterview({ status: 'completed' }) }, policies).action,
    ).toBeNull();
    expect(
      decide({ ...done, observed: seenInterview({ status: 'completed', shared: true }) }, policies).action,
    ).toBeNull();
    expect(decide(linked(interview(), seenInterview({ status: 'completed' })), policies).action).toBeNull();
    expect(decide(withdrawn(done), policies).action).toBeNull();
  });
});

describe('interviews: live', () => {
  const live = (over: Partial<DesiredInterview> = {}) => interview({ type: 'live', complete: true, ...over });
  const sent = linked(live({ complete: false }), seenInterview({ type: 'live' }));
  sent.link!.base = { ...sent.link!.base, type: { ats: 'live', sparkhire: null } };
  const asked = (values: DesiredInterview, context = sent) => ({
    ...context,
    row: { ...context.row!, values },
  });

  it.each(['requested', 'accepted'])(
    'that took place is completed once, and no start is moved: %s',
    (status) => {
      const context = {
        ...asked(live({ deadline: { at: later } })),
        observed: seenInterview({ type: 'live', status }),
      };
      const decision = decide(context, policies);
      expect(decision).toMatchObject({
        state: 'pending',
        next: 'synced',
        action: {
          action: 'update',
          uuid: 'interview-a',
          changes: [{ field: 'desired', from: status, to: 'completed' }],
        },
      });
      const done = carriedOut(context, decision);
      expect(done.observed).toMatchObject({ status: 'completed' });
      expect(decide(done, policies)).toMatchObject({
        state: 'synced',
        action: null,
        issues: [],
        settles: {},
      });
      // Somebody brought it back: that is accepted.
      const reset = { ...done, observed: seenInterview({ type: 'live' }) };
      expect(decide(reset, policies)).toMatchObject({ state: 'synced', action: null });
      // Wanted again, and completed again.
      const again = carriedOut(asked(live({ complete: false }), reset), {
        ...decide(asked(live({ complete: false }), reset), policies),
        action: null,
      });
      expect(decide(asked(live(), again), policies).action?.changes).toMatchObject([{ to: 'completed' }]);
      expect(decide(withdrawn(reset), policies).action?.action).toBe('cancel');
    },
  );

  it('that Spark Hire shows as completed needs nothing', () => {
    const context = { ...asked(live()), observed: seenInterview({ type: 'live', status: 'completed' }) };
    expect(decide(context, policies)).toMatchObject({
      state: 'synced',
      action: null,
      settles: { desired: { ats: 'completed', sparkhire: 'completed' } },
    });
  });

  it.each(['canceled', 'expired'])('that is %s is not completed', (status) => {
    const context = { ...asked(live()), observed: seenInterview({ type: 'live', status }) };
    expect(decide(context, policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'desired' }],
    });
  });

  it('that nobody was invited to invites nobody', () => {
    expect(decide(unlinked(live()), policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'UNMAPPED_ENUM', field: 'desired' }],
    });
  });
});

describe('interviews: question sets', () => {
  const values = interview({ questionSetUuid: 'set-a', questions: null });

  it('holds one of an unknown set, and only where that is known', () => {
    const context = unlinked(values, { questionSet: { known: false, questions: null } });
    expect(decide(context, policies)).toMatchObject({
      state: 'held',
      action: null,
      missesSet: true,
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'question_set_uuid' }],
    });
    const packed = { ...values, fromPackage: ['questions'] };
    expect(decide({ ...context, row: { ...context.row!, values: packed } }, policies)).toMatchObject({
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'package' }],
    });
    for (const questionSet of [null, { known: true, questions: null }]) {
      const decision = decide({ ...context, questionSet }, policies);
      expect(decision).toMatchObject({ action: { action: 'create' }, missesSet: false });
    }
  });

  it('has no complaint about the set of an invitation that was sent', () => {
    const context = linked(interview(), seenInterview(), { questionSet: { known: false, questions: null } });
    expect(decide(context, policies)).toMatchObject({ state: 'synced', issues: [], missesSet: false });
  });
});

describe('interviews: on another job than their row means', () => {
  const elsewhere = { ...activeJob, uuid: 'job-b' };
  const on = (
    over: Parameters<typeof seenInterview>[0],
    job: ParentJob = elsewhere,
    more: Partial<RowContext> = {},
  ) => decide(linked(interview(), seenInterview(over), { ...parents({ job }), ...more }), policies);
  const seen = {
    kind: 'field_diverged',
    field: 'job',
    uuid: 'interview-a',
    ats: { job_ats_id: 'J-1', job_uuid: 'job-b' },
    sparkhire: { job_uuid: 'job-a' },
  } as const;

  it('a pending interview on another job than its row is linked to is a question, and one that ended is none', () => {
    expect(on({})).toMatchObject({ state: 'conflict', action: null, conflicts: [seen] });
    expect(on({ jobDeleted: true })).toMatchObject({ state: 'conflict', conflicts: [seen] });
    for (const status of ['completed', 'canceled', 'expired'])
      expect(on({ status, jobDeleted: true })).toMatchObject({ state: 'synced', conflicts: [] });
  });

  it('a pending interview whose job was deleted waits for what a person says about the job', () => {
    expect(on({ jobDeleted: true }, activeJob)).toMatchObject({
      state: 'held',
      conflicts: [],
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'job_ats_id' }],
    });
    // Nobody is asked about a job that was withdrawn.
    expect(on({ jobDeleted: true }, { ...activeJob, wanted: false })).toMatchObject({ state: 'conflict' });
  });

  it('a pending interview whose job Spark Hire does not name any more was on the one that was deleted', () => {
    const nameless = { jobUuid: null };
    expect(on(nameless, { ...activeJob, uuid: 'job-a', observedStatus: null })).toMatchObject({
      state: 'held',
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'job_ats_id' }],
    });
    const remade = { ...elsewhere, replaces: ['job-old', 'job-a'] };
    const [asked] = on(nameless, remade).conflicts;
    expect(asked).toMatchObject({ field: 'job', sparkhire: { job_uuid: 'job-a' } });
    const left = on(nameless, remade, { answers: [answer({ ...asked!, take: 'sparkhire' })] });
    expect(left).toMatchObject({ state: 'synced', settles: { job: { ats: 'J-1', sparkhire: 'job-a' } } });
    // Where no job was deleted, nothing is told of where it is.
    expect(on(nameless, activeJob)).toMatchObject({ state: 'synced', conflicts: [] });
    expect(on({ ...nameless, status: 'canceled' }, remade)).toMatchObject({ state: 'synced', conflicts: [] });
  });

  it('an interview that a person left on another job is settled as long as it is there', () => {
    const left = on({}, elsewhere, { answers: [answer({ ...seen, take: 'sparkhire' })] });
    expect(left).toMatchObject({ state: 'synced', settles: { job: { ats: 'J-1', sparkhire: 'job-a' } } });
    const base = { ...settledBase.interviews, ...left.settles };
    const link = { uuid: 'interview-a', base, how: 'created' as const };
    expect(on({}, elsewhere, { link })).toMatchObject({ state: 'synced', conflicts: [] });
    expect(on({ jobUuid: 'job-c' }, elsewhere, { link })).toMatchObject({ state: 'conflict' });
  });

  it('an interview is canceled to be sent to the job of its row only if that can be done, and then is sent', () => {
    const decided = { answers: [answer({ id: '9', ...seen, take: 'ats' })] };
    expect(on({}, elsewhere, decided)).toMatchObject({
      next: 'pending',
      action: { action: 'cancel', uuid: 'interview-a', leavesMore: true },
      carriedOut: [],
      putAside: [],
    });
    expect(on({}, { ...elsewhere, willBeActive: false }, decided)).toMatchObject({
      state: 'held',
      action: null,
      carriedOut: [],
      putAside: [],
    });
    // All that the other one would wait for is asked for, and nothing of what else was said is put aside meanwhile.
    const asksSet = interview({ questionSetUuid: 'set-a', questions: null });
    const more = { ...parents({ job: elsewhere }), questionSet: { known: false, questions: null } };
    expect(decide(linked(asksSet, seenInterview(), { ...more, ...decided }), policies)).toMatchObject({
      state: 'held',
      missesSet: true,
      action: null,
      putAside: [],
    });
    const lost = { id: '7', kind: 'unknown_outcome', field: null, uuid: null } as const;
    const sent = { id: '8', kind: 'possible_duplicate', ats: { any: 'other' }, take: 'create' } as const;
    expect(
      on({}, elsewhere, { answers: [...decided.answers, answer(sent)], openConflicts: [lost] }),
    ).toMatchObject({ state: 'conflict', action: null, putAside: [], keeps: ['7'] });
    expect(on({ status: 'canceled' }, elsewhere, decided)).toMatchObject({
      action: { action: 'create', answers: ['9'] },
    });
    expect(on({ status: 'completed' }, elsewhere, decided)).toMatchObject({ action: null, putAside: ['9'] });
  });
});
