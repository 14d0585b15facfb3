/** Whether the keys of rows seem to have moved, by what they say and had said. */
import { describe, expect, it } from 'vitest';
import { findShift, type Named, renamingOf } from '../../../../src/reconcile/kin/moved-keys.js';
import type { ActionName, Base, Decision, RowContext } from '../../../../src/reconcile/types.js';
import { job, seenJob, user } from '../../../support/reconcile-rows.js';

type Said = [name: string, email: string];
const userBase = ([name, email]: Said): Base => ({
  name: { ats: name, sparkhire: name },
  email: { ats: email, sparkhire: email },
});

function decision(
  resource: 'users' | 'jobs',
  atsId: string,
  name: ActionName | null,
  changed: string[] = [],
) {
  const changes = changed.map((field) => ({ field, from: null, to: 'x' }));
  const action = name === null ? null : { action: name, changes };
  return { resource, atsId, action, state: 'pending' } as unknown as Decision;
}

/** A linked user: what was agreed, what the row says now, and what is decided about it. */
function userRow(
  atsId: string,
  was: Said,
  says: Said | null,
  action: ActionName | null,
  left?: string,
): Named {
  const base = { ...userBase(was), ...(left === undefined ? {} : { left: { ats: left, sparkhire: null } }) };
  const values = says === null ? null : user({ name: says[0], email: says[1] });
  const context = { resource: 'users', row: values && { values }, link: { base }, observed: null };
  const changed = action === 'update' ? ['name', 'email'] : [];
  return {
    decision: decision('users', atsId, action, changed),
    renaming: renamingOf(context as unknown as RowContext),
  };
}

const [ann, bob, cid]: Said[] = [
  ['Ann', 'ann@x.org'],
  ['Bob', 'bob@x.org'],
  ['Cid', 'cid@x.org'],
];

describe('keys of users', () => {
  it.each<[string, Named[], string | null]>([
    [
      'one says the name that another had',
      [userRow('1', ann!, ['Bob', 'new@x.org'], 'update'), userRow('2', bob!, cid!, 'adopt')],
      '1',
    ],
    [
      'one says the address that another had',
      [userRow('1', ann!, ['Bo', 'bob@x.org'], 'update'), userRow('2', bob!, cid!, 'adopt')],
      '1',
    ],
    [
      'another had it and is gone',
      [userRow('1', ann!, ['Bob', 'new@x.org'], 'update'), userRow('2', bob!, null, null)],
      '1',
    ],
    [
      'of one name, by the address',
      [
        userRow('1', ['Ann', 'ann1@x.org'], ['Ann', 'ann2@x.org'], 'update'),
        userRow('2', ['Ann', 'ann2@x.org'], ['Ann', 'ann3@x.org'], 'update'),
      ],
      '1',
    ],
    [
      'where others have moved, an edit may be anything',
      [
        userRow('1', ann!, ['New', 'new@x.org'], 'update'),
        userRow('2', bob!, cid!, 'adopt'),
        userRow('3', cid!, null, null),
      ],
      '2',
    ],
    [
      'a row says something else than what it was left with',
      [userRow('1', bob!, ann!, 'update', 'bob@x.org')],
      '1',
    ],
  ])('seem to have moved: %s', (_, rows, atsId) => {
    expect(findShift(rows)?.atsId ?? null).toBe(atsId);
  });

  it('what rows leave, and no other goes over to, is told', () => {
    const going = (row: Named, uuid: string, to: string): Named => ({
      decision: { ...row.decision, action: { ...row.decision.action!, uuid: to } },
      renaming: { ...row.renaming!, uuid },
    });
    const bobNow: Said = ['Bob', 'new@x.org'];
    const rows = [
      userRow('1', ann!, bobNow, 'update'),
      going(userRow('2', bob!, cid!, 'adopt'), 'of-bob', 'of-cid'),
      going(userRow('3', cid!, ['Dee', 'dee@x.org'], 'adopt'), 'of-cid', 'of-dee'),
    ];
    expect(findShift(rows)?.left).toEqual(['bob@x.org']);
  });

  it.each<[string, Named[]]>([
    [
      'all go over to their own',
      [
        userRow('1', ann!, bob!, 'adopt'),
        userRow('2', bob!, cid!, 'adopt'),
        userRow('3', cid!, null, 'delete'),
      ],
    ],
    [
      'one has another name',
      [userRow('1', ann!, ['Anna', 'ann@x.org'], 'update'), userRow('2', bob!, null, 'delete')],
    ],
    [
      'an address passes on, and both keep their names',
      [userRow('1', ann!, ['Ann', 'bob@x.org'], 'update'), userRow('2', bob!, ['Bob', 'b@x.org'], 'update')],
    ],
    ['two have one name by now', [userRow('1', ann!, ['Bob', 'ann@x.org'], 'update')]],
    [
      'what it was left with got its name since',
      [userRow('1', ann!, ['Anna', 'ann@x.org'], 'update', 'bob@x.org')],
    ],
  ])('do not: %s', (_, rows) => {
    expect(findShift(rows)).toBeNull();
  });
});

const place = { kind: 'location', city: 'Oslo', state: null, country: 'Norway' };
function jobRow(atsId: string, was: string, says: string, action: ActionName | null): Named {
  const base = { title: { ats: was, sparkhire: was }, place: { ats: place, sparkhire: null } };
  const context = {
    resource: 'jobs',
    row: { values: job({ title: says }) },
    link: { base },
    observed: seenJob(),
  };
  return {
    decision: decision('jobs', atsId, action, ['title']),
    renaming: renamingOf(context as unknown as RowContext),
  };
}
function newJob(atsId: string, title: string): Named {
  const action = {
    action: 'create',
    changes: [
      { field: 'title', to: title },
      { field: 'place', to: place },
    ],
  };
  return { decision: { ...decision('jobs', atsId, null), action } as unknown as Decision };
}

describe('keys of jobs', () => {
  it('seem to have moved where one says what another had said, a new one too', () => {
    expect(
      findShift([jobRow('1', 'Nurse', 'Baker', 'update'), jobRow('2', 'Baker', 'Cook', 'adopt')]),
    ).toEqual({
      ...{ resource: 'jobs', atsId: '1', former: '2' },
    });
    expect(findShift([newJob('2', 'Nurse'), jobRow('1', 'Nurse', 'Pilot', 'update')])?.atsId).toBe('2');
  });

  it('do not where titles are edited, or a new one is called otherwise', () => {
    expect(findShift([jobRow('1', 'Nurse', 'Night nurse', 'update'), newJob('2', 'Pilot')])).toBeNull();
  });
});
