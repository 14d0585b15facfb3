import { describe, expect, it } from 'vitest';
import { type AccountFacts, decideReadiness, type ReadinessFacts } from '../../../src/web/readiness.js';

const current = { known: 4, applied: 4 };

function account(facts: Partial<AccountFacts> = {}): AccountFacts {
  const { successAge = 20 } = facts;
  return {
    account: 'north',
    role: 'owner',
    successAge,
    dueAge: successAge,
    failingAge: null,
    errorCode: null,
    sweepAge: null,
    responsibleFor: 100_000,
    ...facts,
  };
}

function decide(facts: Partial<ReadinessFacts>) {
  return decideReadiness({
    staleSeconds: 900,
    database: true,
    migrations: current,
    accounts: [],
    ...facts,
  });
}

describe('a process', () => {
  it('is ready with no accounts, and with accounts that are up to date', () => {
    expect(decide({})).toEqual({ ready: true, troubles: [], accounts: [] });
    expect(decide({ accounts: [account()] })).toEqual({
      ready: true,
      troubles: [],
      accounts: [
        { account: 'north', role: 'owner', lastSuccessSeconds: 20, stale: false, state: 'up to date' },
      ],
    });
  });

  it('is ready where a person has to look at an account, and names it', () => {
    const accounts = [account({ moved: true }), account({ account: 'south', shared: true })];
    expect(decide({ accounts })).toMatchObject({
      ready: true,
      troubles: [
        expect.stringMatching(/^Account north: nothing is written/),
        expect.stringMatching(/^Account south: another sparkhire-sync/),
      ],
    });
  });

  it('tells at once of a key that is refused, while the account is not stale yet', () => {
    const refused = { failingAge: 30, errorCode: 'KEY_REFUSED' };
    expect(decide({ accounts: [account(refused)] })).toMatchObject({
      ready: true,
      troubles: ['Account north: Spark Hire refuses its API key: set another one, and start again.'],
    });
    for (const none of [
      account({ ...refused, role: 'standby' }),
      account({ failingAge: 30, errorCode: 'REMOTE_FAILED' }),
      account({ errorCode: 'KEY_REFUSED' }),
    ])
      expect(decide({ accounts: [none] })).toMatchObject({ troubles: [] });
  });

  it('is not ready without its database', () => {
    expect(decide({ database: false, migrations: null })).toEqual({
      ready: false,
      reasons: ['The database does not answer.'],
      accounts: [],
    });
  });

  it('is not ready on another schema than its own', () => {
    expect(decide({ migrations: { known: 4, applied: 3 } })).toMatchObject({
      ready: false,
      reasons: ['Migrations are pending: the database has 3, this program needs 4.'],
    });
    expect(decide({ migrations: { known: 4, applied: 5 } })).toMatchObject({
      ready: false,
      reasons: ['The database was migrated by a newer program: it has 5, this one knows 4.'],
    });
  });

  it('is not ready where all it works on is stale, and names each; what others work on does not help', () => {
    const decided = decide({
      accounts: [
        account({ account: 'a', successAge: 3600 }),
        account({ account: 'b', role: 'standby' }),
        account({ account: 'c', successAge: null, failingAge: 7000, errorCode: 'KEY_REFUSED' }),
      ],
    });
    expect(decided).toEqual({
      ready: false,
      reasons: [
        'Account a: no successful tick for 60 min, and at most 15 min are allowed.',
        'Account c: no successful tick yet, and at most 15 min are allowed; it has been failing for 116 min (KEY_REFUSED).',
      ],
      accounts: [
        expect.objectContaining({ account: 'a', lastSuccessSeconds: 3600 }),
        expect.objectContaining({ account: 'b', stale: false }),
        expect.objectContaining({ account: 'c', lastSuccessSeconds: null }),
      ],
    });
  });
});

describe('a process with several accounts', () => {
  const refused = { successAge: 3600, failingAge: 3000, errorCode: 'KEY_REFUSED' };

  it('is ready while one of them is up to date, and names those in trouble', () => {
    const decided = decide({ accounts: [account({ account: 'a', ...refused }), account({ account: 'b' })] });
    expect(decided).toEqual({
      ready: true,
      troubles: [
        'Account a: no successful tick for 60 min, and at most 15 min are allowed; it has been failing for 50 min (KEY_REFUSED).',
      ],
      accounts: [
        expect.objectContaining({ account: 'a', stale: true }),
        expect.objectContaining({ account: 'b', stale: false }),
      ],
    });
  });

  it('is not ready where nobody works on one of them, although nothing failed', () => {
    const decided = decide({
      accounts: [
        account({ account: 'a', successAge: 3600 }),
        account({ account: 'b', ...refused }),
        account(),
      ],
    });
    expect(decided).toMatchObject({
      ready: false,
      reasons: [expect.stringMatching(/^Account a: /), expect.stringMatching(/^Account b: .*KEY_REFUSED/)],
    });
  });

  it('is not ready once all of them are in trouble', () => {
    expect(decide({ accounts: [account(refused), account({ account: 'b', ...refused })] }).ready).toBe(false);
  });
});

describe('an account', () => {
  const states: Array<[string, Partial<AccountFacts>, boolean, string]> = [
    ['as old as allowed', { successAge: 900 }, true, 'up to date'],
    ['a moment older', { successAge: 901 }, false, 'no successful tick for 15 min'],
    ['stale, but only just restarted', { successAge: 90_000, responsibleFor: 900 }, true, 'catching up'],
    ['stale, and the time to catch up is over', { successAge: 90_000, responsibleFor: 901 }, false, 'no suc'],
    ['never read, just started', { successAge: null, responsibleFor: 3 }, true, 'no successful tick yet'],
    ['never read, long started', { successAge: null }, false, 'no successful tick yet'],
    ['in its first sweep, which gets on', { successAge: null, sweepAge: 30 }, true, 'its first full sweep'],
    ['in its first sweep, which hangs', { successAge: null, sweepAge: 901 }, false, 'no successful tick yet'],
    // Ticks go on beside a later sweep, so that is no excuse.
    ['stale beside a later sweep', { successAge: 901, sweepAge: 1 }, false, 'no successful tick for'],
    ['in time, by a schedule that is rarer than that', { successAge: 3700, dueAge: 100 }, true, 'up to date'],
    ['late, by such a schedule', { successAge: 5000, dueAge: 1400 }, false, 'allowed once one is due'],
    ["somebody else's", { role: 'standby', successAge: 90_000, responsibleFor: 0 }, true, 'stands by'],
    ["nobody's yet", { role: 'standby', isWorkedOn: false }, true, 'stands by: no process works on it yet'],
    ['not looked at yet', { role: 'standby', hasLooked: false }, true, 'this process has just started'],
    ["somebody else's, never read", { role: 'standby', successAge: null }, true, 'stands by'],
    ['failing, but not stale yet', { successAge: 60, failingAge: 50, errorCode: 'X' }, true, 'up to date'],
  ];
  it.each(states)('%s', (_, facts, ready, state) => {
    const decided = decide({ accounts: [account(facts)] });
    expect(decided.ready).toBe(ready);
    expect(decided.accounts[0]!.state).toContain(state);
  });

  it('is judged by its own setting', () => {
    const accounts = [account({ successAge: 10 })];
    expect(decide({ accounts, staleSeconds: 9.5 }).ready).toBe(false);
    expect(decide({ accounts, staleSeconds: 10 }).ready).toBe(true);
  });
});
