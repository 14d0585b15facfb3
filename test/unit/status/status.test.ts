import { describe, expect, it } from 'vitest';
import { headline, renderStatus } from '../../../src/status/render/status.js';
import { noResults } from '../../../src/status/results-status.js';
import type { AccountStatus, ResourceStatus, Status } from '../../../src/status/status.js';

const now = '2026-03-01T12:00:00.000Z';

function resource(name: string, facts: Partial<ResourceStatus> = {}): ResourceStatus {
  return {
    resource: name,
    rows: 0,
    detailsDue: null,
    lastSuccessAt: null,
    lagSeconds: null,
    incrementalAt: null,
    sweptAt: null,
    detailsAt: null,
    watermark: null,
    sweepInProgress: null,
    ...facts,
  };
}

function account(facts: Partial<AccountStatus> = {}): AccountStatus {
  return {
    account: 'default',
    configured: true,
    owner: null,
    budget: { used: 0, limit: 400, windowSeconds: 60 },
    resources: [],
    activities: [],
    runs: [],
    conflicts: { open: 0, byKind: {} },
    quarantined: 0,
    oddFields: [],
    ats: { states: {}, queued: 0, openIssues: 0 },
    writing: null,
    results: noResults,
    connectedAts: null,
    keyDemotedAt: null,
    databaseMovedAt: null,
    otherInstallations: [],
    userKeys: { usable: 0, refused: 0, unreadable: 0, idle: 0 },
    webhooks: {
      wanted: false,
      registered: false,
      url: null,
      registeredAt: null,
      waiting: 0,
      oldestWaitingAt: null,
      lastReceivedAt: null,
    },
    ...facts,
  };
}

const render = (...accounts: AccountStatus[]) => renderStatus({ now, changesLastSeq: 1234, accounts });

describe('the status for people', () => {
  it('says how much of a bulk is sent, and when the rest will be', () => {
    const bulk = { ats: { states: { pending: 2369 }, queued: 0, openIssues: 0 } };
    const writing = { done: 381, left: 2369, secondsLeft: 355 };
    expect(render(account({ ...bulk, writing }))).toContain(
      '  Writing      381 of 2,750 rows sent, about 6 min left\n',
    );
    expect(render(account({ writing: { done: 0, left: 1, secondsLeft: null } }))).toContain(
      '  Writing      0 of 1 row sent\n',
    );
  });

  it('of an account at work, where something fails', () => {
    const text = render(
      account({
        owner: {
          pid: 812,
          application: 'sparkhire-sync locks',
          client: '10.0.0.7',
          connectedAt: '2026-03-01T09:00:00.000Z',
        },
        budget: { used: 37, limit: 400, windowSeconds: 60 },
        resources: [
          resource('users', {
            rows: 24,
            lastSuccessAt: '2026-03-01T11:59:40.000Z',
            sweptAt: '2026-03-01T03:17:09.000Z',
          }),
          resource('jobs', {
            rows: 1200,
            detailsDue: 3,
            lastSuccessAt: '2026-03-01T11:59:40.000Z',
            watermark: '2026-03-01T11:58:02.000Z',
            sweepInProgress: { read: 400, updatedAt: '2026-03-01T11:59:59.000Z' },
          }),
        ],
        activities: [
          {
            activity: 'sweep',
            startedAt: '2026-03-01T11:00:00.000Z',
            succeededAt: '2026-02-28T03:20:00.000Z',
            failures: 3,
            failingSince: '2026-03-01T03:17:00.000Z',
            errorCode: 'REMOTE_FAILED',
            error:
              'GET /interviews answered 503: The service is down for maintenance, please come back later.',
            remedy: 'Try again later.',
            retryAt: '2026-03-01T12:02:00.000Z',
          },
          {
            activity: 'tick',
            startedAt: '2026-03-01T11:59:39.000Z',
            succeededAt: '2026-03-01T11:59:40.000Z',
            failures: 0,
            failingSince: null,
            errorCode: null,
            error: null,
            remedy: null,
            retryAt: null,
          },
        ],
        runs: [
          {
            id: '9',
            kind: 'tick',
            resource: null,
            startedAt: '2026-03-01T11:59:39.000Z',
            finishedAt: '2026-03-01T11:59:40.000Z',
            outcome: 'succeeded',
            requests: 3,
            rateLimited: 0,
            rowsRead: 5,
            rowsCreated: 1,
            rowsUpdated: 0,
            rowsDeleted: 0,
            error: null,
          },
        ],
        conflicts: { open: 2, byKind: { mass_disappearance: 2 } },
        quarantined: 1,
        ats: { states: { rejected: 1, synced: 20 }, queued: 3, openIssues: 1 },
        userKeys: { usable: 2, refused: 1, unreadable: 1, idle: 3 },
        webhooks: {
          wanted: true,
          registered: true,
          url: 'https://sync.example.com/webhooks/default',
          registeredAt: '2026-02-20T12:00:00.000Z',
          waiting: 2,
          oldestWaitingAt: '2026-03-01T11:59:58.000Z',
          lastReceivedAt: '2026-03-01T11:59:59.000Z',
        },
      }),
    );
    expect(text).toBe(`Account default: sweep has failed 3 times since 03:17:00
  Owner        running on 10.0.0.7 since 09:00:00 (PostgreSQL process 812)
  Requests     37 of 400 requests used in the last minute
  Webhooks     registered 9 days ago at https://sync.example.com/webhooks/default; last event 1 s
               ago; 2 events waiting, the oldest came 2 s ago
  ATS rows     1 rejected, 20 synced, 3 not yet processed; 1 open issue: \`sparkhire-sync issues\`
               says what to do
  Users' keys  2 usable, 1 refused by Spark Hire, 1 encrypted with a key that is not set here, 3 of
               users who are disabled or gone: \`sparkhire-sync keys list\` shows whose
  Conflicts    2 open (2 mass_disappearance): \`sparkhire-sync conflicts\` shows them
  Put aside    1 row could not be stored: see sync.quarantine

  Resource   Rows  Details due  Last success  Watermark (UTC)      Last full sweep
  users        24            –  20 s ago      –                    8 h ago
  jobs      1,200            3  20 s ago      2026-03-01 11:58:02  at row 400

  Activity  Last success  Failures in a row
  sweep     32 h ago      3, first 8 h ago, next try in 2 min
  tick      20 s ago      –
    sweep: REMOTE_FAILED: GET /interviews answered 503: The service is down for maintenance, please come back later. Try again later.

  Latest runs  Started   Outcome    What was done
  tick         21 s ago  succeeded  3 requests, 1 row changed, 1 s

2026-03-01 12:00:00 UTC. Newest change: 1,234.
`);
  });

  it('of an empty mirror says how to begin', () => {
    expect(render(account({ resources: [resource('users')] }))).toBe(
      `Account default: nothing is mirrored yet; \`sparkhire-sync run\` or \`backfill\` begins
  Owner        none: no process works on this account now
  Requests     0 of 400 requests used in the last minute
  Webhooks     off: SYNC_PUBLIC_URL is not set, so changes are found by ticks alone

  Resource  Rows  Details due  Last success  Watermark (UTC)  Last full sweep
  users        0            –  never         –                –

2026-03-01 12:00:00 UTC. Newest change: 1,234.
`,
    );
  });

  it.each([60, 80, 100, 120])('fits %i columns, whatever is in it, and has every word', (width) => {
    const long = 'x'.repeat(63);
    const full = account({
      account: long,
      owner: {
        pid: 4_194_304,
        application: `sparkhire-sync owner of ${long}`.slice(0, 63),
        client: '2001:db8:1234:5678:9abc:def0:1234:5678',
        connectedAt: '2025-01-01T00:00:00.000Z',
      },
      resources: [
        resource('interview_questions', {
          rows: 123_456_789,
          detailsDue: 99_999_999,
          lastSuccessAt: '2020-01-01T00:00:00.000Z',
          watermark: '2026-03-01T11:58:02.000Z',
          sweptAt: '2020-01-01T00:00:00.000Z',
        }),
      ],
      activities: [
        {
          activity: 'webhook_check',
          startedAt: null,
          succeededAt: '2020-01-01T00:00:00.000Z',
          failures: 123_456,
          failingSince: '2020-01-01T00:00:00.000Z',
          errorCode: 'REMOTE_UNREACHABLE',
          error: `several\nlines ${'of words '.repeat(50)}`,
          remedy: null,
          retryAt: '2026-03-01T12:30:00.000Z',
        },
      ],
      runs: [
        {
          id: '1',
          kind: 'details',
          resource: 'interview_questions',
          startedAt: '2020-01-01T00:00:00.000Z',
          finishedAt: '2026-01-01T00:00:00.000Z',
          outcome: 'interrupted',
          requests: 999_999,
          rateLimited: 0,
          rowsRead: 0,
          rowsCreated: 0,
          rowsUpdated: 9_999_999,
          rowsDeleted: 0,
          error: 'y'.repeat(500),
        },
      ],
    });
    const shown = (columns: number | null) =>
      renderStatus({ now, changesLastSeq: 1234, accounts: [full] }, columns);
    // One word, such as an address, is not taken apart.
    const tooLong = shown(width)
      .split('\n')
      .filter((line) => line.length > width && line.trim().includes(' '));
    expect(tooLong.map((line) => line.replace(/^ *\S+ *| *\S+$/g, ''))).toEqual([]);
    const words = (text: string) => new Set(text.replaceAll(':', '').split(/\s+/));
    for (const word of words(shown(null))) expect(words(shown(width))).toContain(word);
  });
});

describe('the headline of an account', () => {
  const said = (facts: Partial<AccountStatus>) => headline(account(facts), now);
  const owner = { pid: 1, application: null, client: null, connectedAt: null };
  const fresh = resource('jobs', { lastSuccessAt: '2026-03-01T11:59:59.500Z' });
  const half = resource('jobs', { sweepInProgress: { read: 1, updatedAt: now } });

  it.each<[string, Partial<AccountStatus>]>([
    ['up to date', { resources: [fresh] }],
    [
      'up to date 60 min ago',
      { resources: [resource('jobs', { lastSuccessAt: '2026-03-01T11:00:00.000Z' })] },
    ],
    ['1 decision waits for you', { resources: [fresh], conflicts: { open: 1, byKind: { plan_limit: 1 } } }],
    [
      "its own key seems to be no administrator's any more and may show less",
      { resources: [fresh], keyDemotedAt: now },
    ],
    ['a full sweep is running', { owner, resources: [half] }],
    ['a sweep was interrupted; the next one goes on where it stopped', { resources: [half] }],
    ['work has begun', { owner, resources: [resource('jobs')] }],
  ])('%s', (words, facts) => {
    expect(said(facts)).toBe(words);
  });
});

it('no account is no error', () => {
  const nothing: Status = { now, changesLastSeq: 0, accounts: [] };
  expect(renderStatus(nothing)).toBe('2026-03-01 12:00:00 UTC. Newest change: 0.\n');
});
