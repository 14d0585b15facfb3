import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/reconcile/decide.js';
import { makePlan, phases, planJson } from '../../../../src/reconcile/plan/plan.js';
import { type PlanFilter, renderPlan } from '../../../../src/reconcile/plan/render.js';
import type {
  Decision,
  PlannedAction,
  Policies,
  PushResource,
  RowContext,
} from '../../../../src/reconcile/types.js';
import { fingerprint } from '../../../../src/reconcile/values/fingerprint.js';
import {
  interview,
  job,
  linked,
  policies,
  seenInterview,
  seenJob,
  seenUser,
  unlinked,
  user,
  withdrawn,
} from '../../../support/reconcile-rows.js';

const none: Record<PushResource, number> = { users: 0, jobs: 0, interviews: 0, share_links: 0 };

function row(context: RowContext, atsId: string, arrived = 1): RowContext {
  return { ...context, atsId, row: { ...context.row!, atsId, arrived } };
}

const planOf = (
  contexts: RowContext[],
  linkedRows = { users: 100, jobs: 100, interviews: 100, share_links: 100 },
  by = policies,
) =>
  makePlan(
    contexts.map((context) => decide(context, by)),
    { linked: linkedRows, policies: by },
  );

const everything: RowContext[] = [
  row(unlinked(interview()), 'I-1', 5),
  row(unlinked(interview({ priority: 9 })), 'I-2', 6),
  row(unlinked(interview()), 'I-0', 7),
  row(withdrawn(linked(interview(), seenInterview())), 'I-3'),
  row(linked(interview({ share: true }), seenInterview({ status: 'completed' })), 'I-4'),
  row(unlinked(interview(), { adoptable: [seenInterview()] }), 'I-5'),
  row(linked(interview({ deadline: { at: '2027-04-01T12:00:00Z' } }), seenInterview()), 'I-6'),
  row(unlinked(interview(), { parents: { job: null, requestedBy: null, owner: null } }), 'I-7'),
  row(linked(job({ title: 'Head Baker' }), seenJob()), 'J-17', 2),
  row(unlinked(job({ title: 'Cook' })), 'J-18', 1),
  row(linked(job({ title: 'Head Baker' }), seenJob({ title: 'Pastry Baker' })), 'J-19'),
  row(linked(job({ status: 'inactive' }), seenJob()), 'J-20'),
  row(unlinked(user(), { adoptable: [seenUser()] }), 'U-1'),
  row(linked(user({ role: 'administrator' }), seenUser()), 'U-2'),
];

const cancels = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    row(withdrawn(linked(interview(), seenInterview({ uuid: `i-${n}` }))), `I-${n}`),
  );

describe('the plan', () => {
  it('has parents first, and its own order within', () => {
    const order = planOf(everything).actions.map(({ action, atsId }) => `${action} ${atsId}`);
    expect(order).toEqual([
      'adopt U-1',
      'close J-20',
      'create J-18',
      'update J-17',
      'adopt I-5',
      'cancel I-3',
      'update I-6',
      'share I-4',
      'create I-2',
      'create I-1',
      'create I-0',
    ]);
  });

  it('cancels interviews before it closes their jobs, closes others before it activates any, and deletes users last', () => {
    const closing = job({ status: 'inactive', title: 'Cook' });
    const plan = planOf(
      [
        row(linked(closing, seenJob(), { pendingInterviews: 1 }), 'J-1'),
        row(withdrawn(linked(job(), seenJob(), { pendingInterviews: 1 })), 'J-2'),
        row(unlinked(job({ status: 'inactive' })), 'J-3'),
        row(linked(job({ title: 'Cook' }), seenJob()), 'J-4'),
        row(withdrawn(linked(interview(), seenInterview())), 'I-1'),
        row(unlinked(user()), 'U-1'),
        row(withdrawn(linked(job(), seenJob())), 'J-5'),
        row(withdrawn(linked(user(), seenUser())), 'U-2'),
      ],
      none,
      {
        ...policies,
        jobs: { ...policies.jobs, closeUnderInterviews: true },
        users: { ...policies.users, withdrawn: 'delete' },
      },
    );
    const told = phases(plan).map(({ resource, actions }) => [
      resource,
      ...actions.map(({ action, atsId }) => `${action} ${atsId}`),
    ]);
    expect(told).toEqual([
      ['users', 'create U-1'],
      ['jobs', 'close J-5'],
      ['jobs', 'create J-3', 'update J-4'],
      ['interviews', 'cancel I-1'],
      ['jobs', 'update J-1', 'close J-2'],
      ['users', 'delete U-2'],
    ]);
    expect(phases(plan).flatMap(({ actions }) => actions)).toEqual(plan.actions);
    expect(phases(planOf([]))).toEqual([]);
  });

  it('is the same for the same rows in any order, down to its checksum', () => {
    const plan = planOf(everything);
    expect(planOf([...everything].reverse())).toEqual(plan);
    expect(plan.checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(plan.counts).toEqual({ adopt: 2, create: 4, update: 2, close: 1, cancel: 1, delete: 0, share: 1 });
  });

  it('has another checksum as soon as it would do something else', () => {
    const one = planOf([everything[8]!]).checksum;
    const others = [
      [],
      [row(linked(job({ title: 'Chief Baker' }), seenJob()), 'J-17')],
      [row(linked(job({ title: 'Head Baker' }), seenJob()), 'J-21')],
      [row(linked(job({ title: 'Head Baker' }), seenJob({ uuid: 'job-z' })), 'J-17')],
      [everything[8]!, everything[9]!],
    ].map((contexts) => planOf(contexts).checksum);
    expect(new Set([one, ...others]).size).toBe(6);
    // When it arrived, and what waits, changes nothing that is sent.
    expect(planOf([row(everything[8]!, 'J-17', 99), everything[10]!]).checksum).toBe(one);
  });

  it('names what a person has to look at', () => {
    const plan = planOf(everything);
    expect(plan.conflicts).toMatchObject([{ resource: 'jobs', atsId: 'J-19', kind: 'field_diverged' }]);
    expect(plan.waiting.map(({ atsId, state }) => [atsId, state])).toEqual([
      ['U-2', 'rejected'],
      ['I-7', 'held'],
    ]);
  });

  it('is told as JSON in the documented form', () => {
    const plan = planOf([everything[8]!]);
    expect(planJson('default', plan)).toEqual({
      account: 'default',
      checksum: plan.checksum,
      held: null,
      actions: [
        {
          resource: 'jobs',
          ats_id: 'J-17',
          uuid: 'job-a',
          action: 'update',
          changes: [{ field: 'title', from: 'Baker', to: 'Head Baker' }],
          reason: 'changed in the ATS',
        },
      ],
    });
  });
});

describe('a plan that does too much at once', () => {
  const creates = (count: number) =>
    Array.from({ length: count }, (_, n) => row(unlinked(interview()), `C-${n}`));
  const held = (contexts: RowContext[], interviews: number, by: Policies = policies) =>
    planOf(contexts, { ...none, interviews }, by).held;

  it.each([
    [9, 20, false],
    [10, 49, true],
    [10, 50, false],
    [11, 50, true],
    [10, 0, true],
    [15, 15, true],
    [0, 0, false],
  ])('%i of %i that can still be changed: held %j', (count, linkedRows, expected) => {
    expect(held(cancels(count), linkedRows) !== null).toBe(expected);
  });

  it('says what, and never counts what is new', () => {
    expect(held(cancels(12), 40)).toEqual({
      reason:
        'This would cancel 12 of 40 pending interviews at once (limit: 20 % of them, if that is 10 or more).',
      resources: ['interviews'],
    });
    expect(held(creates(500), 10)).toBeNull();
  });

  it('counts what a connector would create, more than the policy allows at once', () => {
    const by = { ...policies, massChange: { ...policies.massChange, creations: 200 } };
    const facts = (interviews: number, jobs: number) => ({
      linked: none,
      fromConnector: { interviews, jobs },
      policies: by,
    });
    expect(makePlan([], facts(199, 1)).held).toBeNull();
    expect(makePlan([], facts(200, 1)).held).toEqual({
      reason: 'It would create 1 job and 200 interviews for the connected ATS: more than 200 at once.',
      resources: ['jobs', 'interviews'],
    });
  });

  it('nor what was made with another status than it was to have, and gets it now', () => {
    const made = (wanted: 'active' | 'inactive', status: string, over: Partial<RowContext> = {}) =>
      Array.from({ length: 20 }, (_, n) => {
        const context = linked(job({ status: wanted }), seenJob({ status }));
        const base = { ...context.link!.base, status: { ats: null, sparkhire: status } };
        return row({ ...context, link: { ...context.link!, base }, ...over }, `J-${n}`);
      });
    for (const contexts of [made('active', 'inactive'), made('inactive', 'active')]) {
      const plan = planOf(contexts, none);
      expect([plan.actions.length, plan.held]).toEqual([20, null]);
    }
    // Withdrawn since, it counts.
    expect(planOf(made('inactive', 'active').map(withdrawn), none).held).not.toBeNull();
  });

  it('nor what an ATS canceled by name, beside which the others count as ever', () => {
    const contexts = cancels(30);
    const byName = (count: number) => new Set(contexts.slice(0, count).map(({ atsId }) => atsId));
    const heldWith = (count: number) =>
      makePlan(
        contexts.map((context) => decide(context, policies)),
        { linked: { ...none, interviews: 40 }, canceledByName: byName(count), policies },
      ).held;
    expect([heldWith(30), heldWith(21)]).toEqual([null, null]);
    expect(heldWith(20)?.reason).toContain('10 of 40 pending interviews');
  });

  it('counts what went missing lately with what goes missing now', () => {
    const heldAfter = (count: number, lately: number, interviews: number) =>
      makePlan(
        cancels(count).map((context) => decide(context, policies)),
        { linked: { ...none, interviews }, lately: { interviews: lately }, policies },
      ).held;
    expect(heldAfter(1, 8, 20)).toBeNull();
    expect(heldAfter(1, 9, 20)?.reason).toContain(
      '1 of 20 pending interviews after 9 whose rows went missing',
    );
    // 10 of the 50 there were are not more than a fifth.
    expect(heldAfter(1, 9, 41)).toBeNull();
    expect(heldAfter(1, 9, 40)).not.toBeNull();
    expect(heldAfter(0, 50, 20)).toBeNull();
  });

  it('counts each kind by itself, and by the settings', () => {
    const jobs = Array.from({ length: 6 }, (_, n) => row(linked(job({ title: 'X' }), seenJob()), `J-${n}`));
    const contexts = [...jobs, ...cancels(6)];
    expect(planOf(contexts, { ...none, jobs: 6, interviews: 6 }).held).toBeNull();
    const strict = { ...policies, massChange: { share: 0.5, rows: 1 } };
    expect(planOf(contexts, { ...none, jobs: 6, interviews: 12 }, strict).held?.resources).toEqual(['jobs']);
  });
});

describe('the plan for people', () => {
  it('is a diff with its sums', () => {
    const plan = planOf(everything);
    expect(renderPlan(plan).replace(plan.checksum, 'CHECKSUM')).toBe(
      `1 job to create, 3 interviews to create, 1 user to link to what is there, 1 interview to link to what is there, 1 job to update, 1 interview to update, 1 job to close, 1 interview to cancel, 1 interview to share; 1 conflict, 1 held, 1 rejected

1 job to create
+ job J-18 "Cook"

3 interviews to create
+ interview I-0 "per@example.com"
+ interview I-1 "per@example.com"
+ interview I-2 "per@example.com"

1 user to link to what is there
= user U-1 "ida@example.com" (the same e-mail)

1 interview to link to what is there
= interview I-5 "per@example.com" (the same candidate and job)

1 job to update
~ job J-17 "Baker" → title: "Baker" → "Head Baker"

1 interview to update
~ interview I-6 "per@example.com" → scheduled_at: "2027-03-01T12:00:00Z" → "2027-04-01T12:00:00Z"

1 job to close
~ job J-20 "Baker" → status: "active" → "inactive" (closed in the ATS)

1 interview to cancel
- interview I-3 "per@example.com" (withdrawn in the ATS)

1 interview to share
~ interview I-4 "per@example.com" (completed, and the ATS wants a share link)

Not carried out: 1 conflict, 1 held, 1 rejected
? job J-19: field_diverged title: ATS "Head Baker", Spark Hire "Pastry Baker", last agreed: "Baker". Changed on both sides since they last agreed.
! user U-2: IMMUTABLE_AFTER_SEND role: The API cannot change a user's role: change it in Spark Hire by hand if need be, and set this back to standard.
. interview I-7: UNKNOWN_REFERENCE job_ats_id: There is no row J-1 in ats.jobs (yet): this row waits for that one.

Checksum CHECKSUM
4 to create, 3 to update, 1 to cancel, 1 conflict`,
    );
  });

  it('shows what nobody sees in the keys of rows', () => {
    const plan = planOf([row(everything[10]!, 'J\u200b-1 ')]);
    expect(renderPlan(plan).split('\n')[1]).toMatch(/^\? job J<U\+200B>-1␠: /);
  });

  it('says when there is nothing, and counts none and several alike', () => {
    expect(renderPlan(planOf([]))).toBe(
      'Nothing to do.\n\n0 to create, 0 to update, 0 to cancel, 0 conflicts',
    );
    const two = planOf([row(everything[10]!, 'J-1'), row(everything[10]!, 'J-2')]);
    expect(renderPlan(two).split('\n').at(-1)).toBe('0 to create, 0 to update, 0 to cancel, 2 conflicts');
  });

  it('tells that it is held and how to release it', () => {
    const strict = { ...policies, massChange: { share: 0, rows: 1 } };
    const plan = planOf([everything[8]!], { ...none, jobs: 4 }, strict);
    expect(renderPlan(plan).split('\n').slice(3)).toEqual([
      'Held: This would change 1 of 4 active jobs at once (limit: 0 % of them, if that is 1 or more).',
      `To carry it out all the same: sparkhire-sync apply --approve ${plan.checksum}`,
      `Checksum ${plan.checksum}`,
      '0 to create, 1 to update, 0 to cancel, 0 conflicts',
    ]);
  });

  it('names rows in the order in which people count, and says once why many of them are canceled', () => {
    const plan = planOf(cancels(12), { ...none, interviews: 1000 });
    const lines = renderPlan(plan).split('\n');
    expect(lines[0]).toBe('12 interviews to cancel: withdrawn in the ATS');
    expect(lines.slice(1, 13).map((line) => line.split(' ')[2])).toEqual(
      plan.actions.map(({ atsId }) => atsId).sort((a, b) => Number(a.slice(2)) - Number(b.slice(2))),
    );
    expect(lines[1]).not.toContain('withdrawn');
  });

  it('tells once what is said of many rows, and names the first of them', () => {
    const late = (n: number) => row(everything[7]!, `I-${n}`);
    const two = renderPlan(planOf([late(10), late(2)])).split('\n');
    expect(two.slice(0, 3)).toEqual([
      'Not carried out: 2 held',
      expect.stringMatching(/^\. interview I-2: UNKNOWN_REFERENCE job_ats_id: /),
      expect.stringMatching(/^\. interview I-10: UNKNOWN_REFERENCE job_ats_id: /),
    ]);
    const many = renderPlan(planOf(Array.from({ length: 12 }, (_, n) => late(n + 1)))).split('\n');
    expect(many.slice(0, 4)).toEqual([
      'Not carried out: 12 held',
      expect.stringMatching(/^\. 12 interviews: UNKNOWN_REFERENCE job_ats_id: There is no row J-1/),
      '  I-1, I-2, I-3, I-4, I-5, I-6, I-7, I-8, I-9, I-10 and 2 more (`--row` and `sparkhire-sync issues --all` show them)',
      '',
    ]);
  });

  it('shows a part of it with the sums and the checksum of all of it', () => {
    const plan = planOf(everything);
    const lines = (filter: PlanFilter) => renderPlan(plan, filter).split('\n');
    const rows = (filter: PlanFilter) => lines(filter).filter((line) => /^[-+~=?!.] /.test(line));
    expect(rows({ resource: 'jobs' }).map((line) => line.split(' ')[2])).toEqual([
      'J-18',
      'J-17',
      'J-20',
      'J-19:',
    ]);
    expect(rows({ action: 'cancel' })).toEqual(['- interview I-3 "per@example.com" (withdrawn in the ATS)']);
    expect(rows({ row: 'U-2' })).toEqual([expect.stringMatching(/^! user U-2: IMMUTABLE_AFTER_SEND/)]);
    expect(lines({ row: 'I-3' })[0]).toMatch(/^The whole plan: 1 job to create, .*1 rejected$/);
    expect(lines({ row: 'I-3' })).toContain(`Checksum ${plan.checksum}`);
    expect(lines({ row: 'nobody' })).toContain('The plan has nothing of this.');
  });

  it('keeps to one line each, whatever is in a value', () => {
    const nasty = `a\n\u001b[31mb\u2028${'x'.repeat(500)}`;
    const plan = planOf([row(linked(job({ title: nasty }), seenJob()), 'J\n1')]);
    const [, line, blank] = renderPlan(plan).split('\n');
    expect(blank).toBe('');
    expect(line).not.toMatch(/[\u0000-\u001f\u2028]/);
    expect(line!.length).toBeLessThan(150);
  });
});

describe('fingerprints', () => {
  const actionOf = (context: RowContext): PlannedAction => (decide(context, policies) as Decision).action!;

  it('are of what is sent, not of what was there', () => {
    const one = actionOf(linked(job({ description: 'New.' }), seenJob()));
    const drifted = { ...one, changes: [{ ...one.changes[0]!, from: 'Else.' }], reason: 'x', arrived: 9 };
    expect(fingerprint(drifted)).toBe(fingerprint(one));
    const prints = [
      one,
      actionOf(linked(job({ description: 'Other.' }), seenJob())),
      actionOf(linked(job({ title: 'New.' }), seenJob())),
      actionOf(row(linked(job({ description: 'New.' }), seenJob()), 'J-2')),
      actionOf(unlinked(interview({ deadline: { days: 7 } }))),
      actionOf(unlinked(interview({ deadline: { days: 8 } }))),
      actionOf(unlinked(interview({ deadline: { days: 8 }, emailMessage: 'Welcome' }))),
    ].map(fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });
});
