/** Rows that are gone from their table, and rows that may be the same under another key. */
import { describe, expect, it } from 'vitest';
import { tellHeirs } from '../../../../src/push/decide/among-rows.js';
import { decide } from '../../../../src/reconcile/decide.js';
import { identityOf } from '../../../../src/reconcile/kinds/index.js';
import type { Decision, FormerRow, Policies, RowContext } from '../../../../src/reconcile/types.js';
import {
  activeJob,
  answer,
  carriedOut,
  interview,
  job,
  linked,
  policies,
  seenInterview,
  seenJob,
  seenUser,
  settledBase,
  unlinked,
  user,
  withdrawn,
} from '../../../support/reconcile-rows.js';

const jobPolicy = (firstContact: Policies['jobs']['firstContact']): Policies => ({
  ...policies,
  jobs: { ...policies.jobs, firstContact },
});

describe('a row that is gone from its table', () => {
  const gone: Array<[string, RowContext]> = [
    ['jobs', linked(job(), seenJob(), { row: null })],
    ['interviews', linked(interview(), seenInterview(), { row: null })],
    ['users', linked(user(), seenUser(), { row: null })],
  ];
  it.each(gone)('is left alone while another may be the same (%s)', (_, context) => {
    const openConflicts = [{ id: '7', kind: 'field_diverged', field: 'title', uuid: null }] as const;
    expect(
      decide({ ...context, successor: { atsId: 'X-2' }, openConflicts: [...openConflicts] }, policies),
    ).toMatchObject({
      state: 'held',
      action: null,
      unlink: false,
      settles: {},
      keeps: ['7'],
      reason: expect.stringContaining('X-2'),
    });
    expect(decide({ ...context, successor: null }, policies).state).not.toBe('held');
  });

  it('says what to do with the row that comes first, and that row whose object waits for it', () => {
    const context = { ...linked(interview(), seenInterview(), { row: null }), atsId: 'I-1' };
    const old = decide({ ...context, successor: { atsId: 'I-2' } }, policies);
    expect(old).toMatchObject({
      heir: 'I-2',
      reason:
        'waits for row I-2, which may be this one under another key: correct that row, answer the question about it, or delete it if it is something else',
    });
    const issue = {
      code: 'INVALID_FORMAT',
      field: 'candidate_email',
      message: 'Write it as an address.',
    } as const;
    const rejected = { ...old, heir: undefined, atsId: 'I-2', state: 'rejected', issues: [issue] } as const;
    const waiting = { ...rejected, state: 'held', reason: 'waits for job J-1', issues: [] } as const;
    const told = (heir: object) =>
      tellHeirs([{ decision: old }, { decision: heir as Decision }])[1]!.decision;
    const sentence =
      'The interview of row I-1, which may be this one under its former key, stays as it is until then';
    expect(told(rejected).issues).toEqual([{ ...issue, message: `Write it as an address. ${sentence}.` }]);
    expect(told(waiting).reason).toBe(`waits for job J-1. ${sentence}`);
    // Another's issues are not touched, nor those of a row that goes on.
    expect(told({ ...rejected, atsId: 'I-3' }).issues).toEqual([issue]);
    expect(told({ ...rejected, state: 'synced' }).issues).toEqual([issue]);
  });

  it('is left alone also where the setting says that rows make jobs of their own', () => {
    const context = linked(job(), seenJob(), { row: null, successor: { atsId: 'J-2' } });
    for (const setting of ['create', 'link'] as const)
      expect(decide(context, jobPolicy(setting))).toMatchObject({ action: null, state: 'held' });
  });

  it('is withdrawn all the same where it is still there and says so', () => {
    const context = linked(interview(), seenInterview(), { successor: { atsId: 'I-2' } });
    const row = { ...context.row!, wanted: false };
    expect(decide({ ...context, row }, policies).action).toMatchObject({ action: 'cancel' });
  });
});

describe('a row whose object another one may mean', () => {
  const waiting: Array<[string, RowContext]> = [
    ['jobs', linked(job(), seenJob())],
    ['interviews', linked(interview(), seenInterview())],
    ['users', linked(user(), seenUser())],
  ];
  it.each(waiting)('waits, and what people decided meanwhile goes on holding (%s)', (_, context) => {
    const answers = [answer({ field: 'status' }), answer({ kind: 'possible_duplicate', take: 'create' })].map(
      (one, index) => ({ ...one, id: `${index}` }),
    );
    const successor = { atsId: 'X-2' };
    expect(decide({ ...context, successor, answers }, policies)).toMatchObject({
      action: null,
      reason: expect.stringContaining('waits for row X-2'),
      carriedOut: [],
      putAside: [],
    });
  });
});

describe('a row that names another candidate than its pending interview', () => {
  const linkedTo = (email: string, more: Partial<RowContext> = {}): RowContext => {
    const base = { ...settledBase.interviews, candidate: { ats: { email }, sparkhire: null } };
    const link = { uuid: 'interview-a', base, how: 'created' as const };
    return linked(interview(), seenInterview({ candidateEmail: email }), { link, ...more });
  };
  const context = linkedTo('own@example.com');
  const meets = (status: string, former: Partial<FormerRow> = {}, more: Partial<RowContext> = {}) =>
    decide(
      {
        ...context,
        adoptable: [seenInterview({ uuid: 'interview-b', candidateEmail: 'per@example.com', status })],
        formerRows: [{ uuid: 'interview-b', atsId: 'I-0', base: {}, longGone: false, ...former }],
        ...more,
      },
      policies,
    );

  it('takes over a pending one, and a completed one whose row names somebody else', () => {
    for (const status of ['requested', 'accepted'])
      expect(meets(status).action).toMatchObject({ action: 'adopt', uuid: 'interview-b' });
    expect(meets('completed', { isThere: true }).action).toMatchObject({ uuid: 'interview-b' });
  });

  it('keeps its own instead of one that has ended', () => {
    for (const status of ['canceled', 'expired', 'completed'])
      expect(meets(status)).toMatchObject({ action: null, state: 'rejected' });
    expect(meets('canceled', { isThere: true })).toMatchObject({ action: null, state: 'rejected' });
  });

  it('keeps its own where a person said that the other one is somebody else, and they are not asked again', () => {
    const other = seenInterview({ uuid: 'interview-b', candidateEmail: 'else@example.com' });
    const namesakes = { adoptable: [other], namesakes: [other.uuid] };
    const asked = meets('requested', {}, namesakes).conflicts[0]!;
    expect(asked).toMatchObject({ kind: 'possible_duplicate', uuid: other.uuid });
    const answers = [answer({ ...asked, take: 'create' })];
    expect(meets('requested', {}, { ...namesakes, answers })).toMatchObject({
      state: 'rejected',
      conflicts: [],
      carriedOut: [],
      putAside: [],
    });
  });

  const successor = { atsId: 'I-9' };
  it('gives it to the row that names its candidate, and takes what there is', () => {
    expect(meets('canceled', {}, { successor }).action).toMatchObject({
      action: 'adopt',
      uuid: 'interview-b',
    });
  });

  it('waits for the row that names its candidate, and ends nothing of theirs', () => {
    const left = linkedTo('theirs@example.com', { successor });
    const waits = {
      action: null,
      state: 'held',
      heir: 'I-9',
      reason: expect.stringContaining('waits for row I-9, to which the interview of this row may belong'),
    };
    expect(decide(left, policies)).toMatchObject(waits);
    expect(decide({ ...left, row: { ...left.row!, wanted: false } }, policies)).toMatchObject(waits);
    const alone = { ...left, row: { ...left.row!, wanted: false }, successor: null };
    expect(decide(alone, policies).action).toMatchObject({ action: 'cancel' });
  });
});

describe('the object of a row that is gone', () => {
  const formerRows = [{ uuid: 'job-a', atsId: 'J-0', base: settledBase.jobs, longGone: false }];
  const context = unlinked(job({ title: 'Head Baker' }), {
    adoptable: [seenJob({ uuid: 'job-a', title: 'Head Baker', description: 'Kneads.' })],
    formerRows,
  });

  it('is asked about, by the name of the row', () => {
    expect(decide(context, policies)).toMatchObject({
      action: null,
      conflicts: [{ kind: 'possible_duplicate', uuid: 'job-a', reason: expect.stringContaining('J-0') }],
    });
  });

  it('only what a person pointed at counts as linked by a person, however the key reads that is told with it', () => {
    const former = { uuid: 'job-a', atsId: 'person-7', base: settledBase.jobs, longGone: false };
    const again = unlinked(job(), { adoptable: [seenJob({ uuid: 'job-a' })], formerRows: [former] });
    const found = decide(again, jobPolicy('link')).action;
    expect([found?.action, found?.reason]).toEqual(['adopt', expect.stringContaining('person-7')]);
    expect(found).not.toHaveProperty('byPerson');
    const pointing = answer({
      kind: 'possible_duplicate',
      field: null,
      take: 'link:job-a',
      ats: identityOf(job()),
      sparkhire: { uuid: 'job-a' },
    });
    const pointedAt = decide({ ...again, answers: [pointing] }, jobPolicy('ask')).action;
    expect(pointedAt).toMatchObject({ action: 'adopt', uuid: 'job-a', byPerson: true });
  });

  it('is known by what its row had said, whatever people call it or wherever they put it by now', () => {
    const renamed = seenJob({ uuid: 'job-a', title: 'Night baker', location: 'Bergen, Norway' });
    const former = { uuid: 'job-a', atsId: 'J-0', base: settledBase.jobs, longGone: false };
    const same = unlinked(job(), { adoptable: [renamed], formerRows: [former] });
    expect(decide(same, jobPolicy('link')).action).toMatchObject({ action: 'adopt', uuid: 'job-a' });
    const title = { kind: 'field_diverged', field: 'title', ats: 'Day baker' } as const;
    const asked = [{ id: '1', uuid: null, sparkhire: null, ...title, take: null }];
    const edited = { adoptable: [renamed], formerRows: [{ ...former, asked }] };
    expect(decide(unlinked(job({ title: 'Day baker' }), edited), jobPolicy('link')).action).toMatchObject({
      action: 'adopt',
    });
    expect(decide(unlinked(job({ title: 'Pilot' }), edited), jobPolicy('link')).action).toMatchObject({
      action: 'create',
    });
  });

  const settings = ['ask', 'link', 'create'] as const;
  const formerly0 = { uuid: 'job-a', atsId: 'J-0', base: settledBase.jobs, longGone: false };
  it.each(settings)(
    'is asked about where only invitations lead to it, be it of a row that is gone or of none that is known (%s)',
    (setting) => {
      for (const [formerRows, words] of [
        [[formerly0], /J-0.*were invited/],
        [[], /belongs to no row.*were invited/],
      ] as const) {
        const context = {
          adoptable: [seenJob({ uuid: 'job-a' })],
          formerRows: [...formerRows],
          ledTo: ['job-a'],
        };
        expect(decide(unlinked(job({ title: 'Pilot' }), context), jobPolicy(setting))).toMatchObject({
          action: null,
          conflicts: [{ kind: 'possible_duplicate', reason: expect.stringMatching(words) }],
        });
      }
    },
  );

  it('is no first contact: where rows make jobs of their own only what belongs to no row is passed over', () => {
    const adoptable = [seenJob({ uuid: 'job-a' })];
    const rekeyed = unlinked(job(), { adoptable, formerRows: [formerly0] });
    expect(decide(rekeyed, jobPolicy('create'))).toMatchObject({ action: null, state: 'conflict' });
    expect(decide(unlinked(job(), { adoptable }), jobPolicy('create')).action).toMatchObject({
      action: 'create',
    });
  });

  it.each([
    ['stays inactive where people made it so, as a question', null, 'conflict', null],
    ['stays inactive where a person answered that it stays so', 'sparkhire', 'synced', null],
    ['is opened where a person answered so under the key before', 'ats', 'pending', 'update'],
  ] as const)('%s', (_, take, state, action) => {
    const status = { kind: 'field_diverged', field: 'status', ats: 'active', sparkhire: 'inactive' } as const;
    const asked = [{ id: '1', ...status, uuid: 'job-a', take }];
    const adoptable = [seenJob({ uuid: 'job-a', status: 'inactive' })];
    const formerRows = [{ uuid: 'job-a', atsId: 'J-0', base: settledBase.jobs, longGone: false, asked }];
    const other = unlinked(job(), { adoptable, formerRows });
    const adoption = decide(other, jobPolicy('link'));
    const after = decide(carriedOut(other, adoption), jobPolicy('link'));
    expect([after.state, after.action?.action ?? null]).toEqual([state, action]);
  });

  it('is the same user where people changed the address, or disabled them', () => {
    const formerRows = [{ uuid: 'user-a', atsId: 'U-0', base: settledBase.users, longGone: false }];
    for (const over of [{ email: 'else@example.com' }, { active: false }]) {
      const adoptable = [seenUser({ uuid: 'user-a', ...over })];
      const { action } = decide(unlinked(user(), { adoptable, formerRows }), policies);
      expect(action).toMatchObject({ action: 'adopt', uuid: 'user-a' });
    }
  });

  it('comes with what was settled for that row', () => {
    const { action, conflicts } = decide(context, jobPolicy('link'));
    expect(conflicts).toEqual([]);
    expect(action).toMatchObject({ action: 'adopt', uuid: 'job-a', reason: expect.stringContaining('J-0') });
    expect(action!.settles.description).toEqual(settledBase.jobs.description);
  });

  const later = { deadline: { at: '2031-09-01T00:00:00.000Z' } };
  const formerly = (uuid: string, longGone = false) => ({
    uuid,
    atsId: `row of ${uuid}`,
    base: settledBase.interviews,
    longGone,
  });
  const chosen = (over: Parameters<typeof interview>[0], ...statuses: string[]) => {
    const adoptable = statuses.map((status, n) =>
      seenInterview({ uuid: `int-${n}`, status, createdAt: n, jobUuid: 'job-a' }),
    );
    const rows = adoptable.map(({ uuid }) => formerly(uuid));
    return decide(unlinked(interview(over), { adoptable, formerRows: rows }), policies).action;
  };

  it('is taken over after it has ended, whatever the row says by now', () => {
    for (const status of ['completed', 'canceled', 'expired'])
      for (const over of [{}, later, { questions: [] }, { emailMessage: 'Please.' }])
        expect(chosen(over, status)).toMatchObject({ action: 'adopt', uuid: 'int-0' });
  });

  it('is the pending one where there are several, else the latest', () => {
    expect(chosen(later, 'requested', 'completed')).toMatchObject({ action: 'adopt', uuid: 'int-0' });
    expect(chosen(later, 'completed', 'expired')).toMatchObject({ action: 'adopt', uuid: 'int-1' });
  });

  it('is taken over after it has ended also where another row has invited the candidate since', () => {
    const ended = seenInterview({ uuid: 'int-0', status: 'canceled', jobUuid: 'job-a' });
    const beside = unlinked(interview(later), { twin: 'I-9', adoptable: [ended] });
    const context = { ...beside, formerRows: [formerly('int-0')] };
    expect(decide(context, policies).action).toMatchObject({ action: 'adopt', uuid: 'int-0' });
    expect(decide(beside, policies)).toMatchObject({ action: null, issues: [{ code: 'DUPLICATE' }] });
  });

  it('is asked about after it has ended and its row was gone for more than a day', () => {
    const ended = seenInterview({ uuid: 'int-0', status: 'completed' });
    const long = unlinked(interview(), { adoptable: [ended], formerRows: [formerly('int-0', true)] });
    const asked = decide(long, policies);
    expect(asked).toMatchObject({
      action: null,
      conflicts: [{ kind: 'possible_duplicate', reason: expect.stringContaining('row of int-0') }],
    });
    for (const [take, action] of [
      ['link', 'adopt'],
      ['create', 'create'],
    ] as const) {
      const answers = [answer({ ...asked.conflicts[0]!, take })];
      expect(decide({ ...long, answers }, policies).action).toMatchObject({ action });
    }
  });
});

describe('the row of an interview that has ended', () => {
  const later = { deadline: { at: '2031-09-01T00:00:00.000Z' } };
  const ended = (status: string) => linked(interview(), seenInterview({ status }));
  const settled = (context: RowContext) => carriedOut(context, decide(context, policies));
  const says = (context: RowContext, over: Parameters<typeof interview>[0] = {}) => ({
    ...context,
    row: { ...ended('expired').row!, values: interview(over) },
  });
  /** Gone from its table, and another row that says this. */
  const rekeyed = ({ link, observed }: RowContext, over: Parameters<typeof interview>[0] = {}) =>
    unlinked(interview(over), {
      atsId: 'I-2',
      adoptable: [observed!],
      formerRows: [{ uuid: link!.uuid, atsId: 'I-1', base: link!.base, longGone: false }],
    });

  const refused: Array<[string, RowContext, Parameters<typeof interview>[0]]> = [
    ['canceled, and wanted again', says(settled(withdrawn(ended('canceled')))), {}],
    [
      'canceled, and wanted again with a later deadline',
      says(settled(withdrawn(ended('canceled'))), later),
      later,
    ],
    [
      'canceled, wanted again and refused, and then with a later deadline',
      says(settled(says(settled(withdrawn(ended('canceled')))))),
      later,
    ],
    ['canceled as its row was missing, and back', says(settled({ ...ended('requested'), row: null })), {}],
    ['expired, and given a later deadline', says(ended('expired'), later), later],
    ['completed, and given a later deadline', says(ended('completed'), later), later],
    ['completed, and given other questions', says(ended('completed'), { questions: [] }), { questions: [] }],
  ];
  it.each(refused)('is refused under another key as before: %s', (_, context, over) => {
    const told = decide(says(context, over), policies);
    const other = rekeyed(settled(context), over);
    const adoption = decide(other, policies);
    expect(adoption.action).toMatchObject({ action: 'adopt', uuid: context.link!.uuid });
    const after = decide(carriedOut(other, adoption), policies);
    expect(after).toMatchObject({ state: told.state, action: null, issues: told.issues });
    expect(after.settles).toEqual({});
  });
});

describe('an invitation whose job has another key', () => {
  const moved = interview({ jobAtsId: 'J-2' });
  const under = (over: Partial<typeof activeJob>) =>
    linked(moved, seenInterview(), {
      parents: { job: { ...activeJob, atsId: 'J-2', ...over }, requestedBy: null, owner: null },
    });

  it('goes on where that is the same job', () => {
    expect(decide(under({}), policies)).toMatchObject({
      state: 'synced',
      issues: [],
      action: null,
      settles: { job: { ats: 'J-2', sparkhire: null } },
    });
  });

  it('waits until that is known', () => {
    expect(decide(under({ uuid: null as never }), policies)).toMatchObject({
      state: 'held',
      issues: [],
      action: null,
      reason: expect.stringContaining('J-2'),
    });
  });

  it('that is in no table yet is told what was sent, and not to invite anew', () => {
    const job = { uuid: null as never, known: false, wanted: false, observedStatus: null as never };
    expect(decide(under(job), policies).issues).toMatchObject([
      {
        code: 'IMMUTABLE_AFTER_SEND',
        field: 'job_ats_id',
        message:
          'There is no row J-2 in ats.jobs (yet), and the invitation was sent for job J-1: write that row if it is the same job under another key, or set this back.',
      },
    ]);
  });

  it('cannot go to another job', () => {
    expect(decide(under({ uuid: 'job-other' }), policies).issues).toMatchObject([
      { code: 'IMMUTABLE_AFTER_SEND', field: 'job_ats_id' },
    ]);
  });
});

describe('what was deleted in Spark Hire, and had stood for a row that is gone', () => {
  const object = { ...seenInterview(), deleted: true };
  const former = { object, atsId: 'I-0', agreed: false };
  const context = unlinked(interview(), { formerDeleted: [former] });

  it('is not made again before a person has said so', () => {
    const asked = decide(context, policies);
    expect(asked).toMatchObject({
      state: 'conflict',
      action: null,
      conflicts: [{ kind: 'remote_deleted', uuid: object.uuid, reason: expect.stringContaining('I-0') }],
    });
    const resolved = (take: string) => ({
      ...context,
      answers: [answer({ ...asked.conflicts[0]!, take })],
    });
    expect(decide(resolved('ats'), policies)).toMatchObject({
      action: { action: 'create', reason: expect.stringContaining('a person decided to make it again') },
      conflicts: [],
    });
    expect(decide(resolved('sparkhire'), policies)).toMatchObject({ state: 'gone', action: null });
  });

  it('stays away where a person had agreed', () => {
    expect(decide({ ...context, formerDeleted: [{ ...former, agreed: true }] }, policies)).toMatchObject({
      state: 'gone',
      action: null,
      conflicts: [],
      reason: expect.stringContaining('I-0'),
    });
  });

  it('stays away where a person had decided that nothing is sent again', () => {
    const never = { object: null, atsId: 'I-0', agreed: true };
    expect(decide({ ...context, formerDeleted: [never] }, policies)).toMatchObject({
      state: 'gone',
      action: null,
      reason: expect.stringMatching(/nothing is sent again.*I-0/),
    });
  });

  it('is nothing to one that is there', () => {
    const adoptable = [seenInterview({ uuid: 'interview-b' })];
    expect(decide({ ...context, adoptable }, policies).action).toMatchObject({ action: 'adopt' });
  });
});
