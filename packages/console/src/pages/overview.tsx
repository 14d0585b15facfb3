import type { Accounts as AccountsTold, Overview as Told } from '../../../../src/console/answers/overview.js';
import { count, counted, duration } from '../../../../src/status/render/words.js';
import { query } from '../api.js';
import { type Bar, StackedBars } from '../parts/charts.js';
import {
  AccountChoice,
  Badge,
  Card,
  Empty,
  Figure,
  Moment,
  Page,
  plain,
  Shown,
  Since,
  title,
  When,
  Words,
} from '../parts/elements.js';
import { Table } from '../parts/table.js';
import { type PageProps, to, useAsked } from '../use.js';

type Account = Told['accounts'][number];

const everyMs = 5000;

export function Overview(props: PageProps) {
  const isList = props.accounts.length > 1 && props.of.get('account') === null;
  return isList ? <Accounts /> : <Details {...props} />;
}

/** Several at a glance; each has its own page. */
function Accounts() {
  const asked = useAsked<AccountsTold>('/api/accounts', everyMs);
  return (
    <Page title="Overview">
      <Shown asked={asked}>
        {({ accounts, now }) => (
          <>
            <div class="card">
              <div class="figures">
                {(['wrong', 'waits', 'ok'] as const).map((level) => (
                  <Figure
                    key={level}
                    value={accounts.filter((account) => account.level === level).length}
                    words={levels[level].counted}
                  />
                ))}
              </div>
            </div>
            <div class="card">
              <Table
                label="Accounts"
                rows={accounts}
                keyOf={({ account }) => account}
                columns={[
                  {
                    name: 'Account',
                    is: 'head',
                    class: 'account-name',
                    cell: ({ account }) => <a href={to('overview', { account })}>{account}</a>,
                  },
                  { name: 'State', cell: ({ level }) => <Badge kind={level}>{levels[level].words}</Badge> },
                  {
                    name: 'Now',
                    class: 'why',
                    cell: ({ sentence, since, owner }) => (
                      <>
                        <Words text={sentence} />
                        {since === null ? null : (
                          <>
                            {' '}
                            (<Since at={since} now={now} />)
                          </>
                        )}
                        {owner ? null : <span class="meta">No process works on it now.</span>}
                      </>
                    ),
                  },
                  {
                    name: 'Decisions',
                    is: 'count',
                    cell: ({ conflicts }) => conflicts,
                    to: ({ account }) => to('conflicts', { account }),
                  },
                  { name: 'To be invited', is: 'count', cell: ({ queued }) => queued.invitations },
                ]}
              />
            </div>
          </>
        )}
      </Shown>
    </Page>
  );
}

const levels = {
  wrong: { words: 'fails', counted: 'with something wrong' },
  waits: { words: 'waits for you', counted: 'waiting for you' },
  ok: { words: 'in order', counted: 'in order' },
} as const;

function Details({ of, accounts: names }: PageProps) {
  const asked = useAsked<Told>(`/api/overview${query({ account: of.get('account') })}`, everyMs);
  return (
    <Page title="Overview" actions={<AccountChoice page="overview" of={of} accounts={names} />}>
      <Shown asked={asked}>
        {({ accounts, now }) =>
          accounts.length === 0 ? (
            <Empty title="No account is configured." />
          ) : (
            accounts.map((account) => (
              <AccountCards key={account.account} account={account} now={now} isOnly={names.length === 1} />
            ))
          )
        }
      </Shown>
    </Page>
  );
}

const rowStates = ['pending', 'queued', 'held', 'rejected', 'conflict', 'in_flight', 'synced'];

function AccountCards({ account, now, isOnly }: { account: Account; now: string; isOnly: boolean }) {
  const { level, sentence, since, rows, queued, issues, moreIssues, troubles, next, webhooks, ats, day } =
    account;
  return (
    <div class="account">
      <section class={`standing ${level}`} aria-live="polite">
        <span class="lamp" aria-hidden="true" />
        <div>
          <h2>
            <Words text={isOnly ? sentence : `${account.account}: ${sentence}`} />
          </h2>
          <p>
            {since === null ? null : (
              <>
                Since <Moment at={since} /> UTC (<Since at={since} now={now} />
                ).{' '}
              </>
            )}
            {account.owner ? null : 'No process works on this account now. '}
            {queued.words}
          </p>
        </div>
        {account.conflicts === 0 ? null : (
          <a class="button primary" href={to('conflicts', { account: account.account })}>
            Decide
          </a>
        )}
      </section>
      {troubles.map(({ what, remedy, details, page }) => (
        <div class="notice wrong" key={`${what} ${remedy}`}>
          <div>
            <p>
              <strong>
                <Words text={what} />
              </strong>{' '}
              <Words text={remedy} />
            </p>
            {details.map((detail) => (
              <p class="meta" key={detail}>
                <Words text={detail} />
              </p>
            ))}
          </div>
          {page === null ? null : (
            <a class="button" href={to(page, { account: account.account })}>
              See the plan
            </a>
          )}
        </div>
      ))}
      <div class="cards">
        <Card
          wide
          title="Interviews of the last 24 hours"
          aside={<a href={to('mirror', { account: account.account, show: 'interviews' })}>All interviews</a>}
        >
          <div class="figures">
            <Figure value={day.invited} words="invited" />
            {(['completed', 'expired', 'canceled'] as const).map((status) => (
              <Figure
                key={status}
                value={day[status]}
                words={status}
                href={to('mirror', { account: account.account, show: 'interviews', status })}
              />
            ))}
          </div>
        </Card>
        <Card
          wide
          title="Rows of the ATS"
          aside={<a href={to('rows', { account: account.account })}>All rows</a>}
        >
          {Object.keys(rows).length === 0 ? (
            <Empty title="The ATS has written nothing yet.">
              Connect one (docs/greenhouse.md, docs/connectors.md), import a file with{' '}
              <code>sparkhire-sync import</code>, or have your loader write schema ats (docs/ats.md).
            </Empty>
          ) : (
            <div class="figures">
              {rowStates
                .filter((state) => (rows[state] ?? 0) > 0 || state === 'synced')
                .map((state) => (
                  <Figure
                    key={state}
                    value={rows[state] ?? 0}
                    words={
                      state === 'synced' ? 'in step' : state === 'queued' ? 'not yet looked at' : plain(state)
                    }
                    href={state === 'queued' ? undefined : to('rows', { account: account.account, state })}
                  />
                ))}
            </div>
          )}
        </Card>
        <Card
          wide
          title="What keeps rows"
          aside={
            moreIssues > 0 ? (
              <a href={to('rows', { account: account.account })}>{moreIssues} more</a>
            ) : undefined
          }
        >
          {issues.length === 0 ? (
            <Empty title="Nothing keeps any row." />
          ) : (
            <ul class="causes">
              {issues.map((issue) => (
                <li key={`${issue.code} ${issue.root.resource} ${issue.root.ats_id} ${issue.message}`}>
                  <p>
                    <Words text={issue.message} />
                  </p>
                  <p class="remedy">
                    <Words text={issue.remedy} />
                  </p>
                  <p class="meta">
                    {issue.root.name === null ? '' : `${issue.root.name} · `}
                    {counted(issue.count, 'row')} · <Since at={issue.since} now={now} /> ·{' '}
                    {issue.waits_for === 'person' ? 'waits for you' : 'goes on by itself'}
                    <Way issue={issue} />
                  </p>
                </li>
              ))}
            </ul>
          )}
        </Card>
        <Card title="Requests of the last hour" aside={budgetWords(account)} wide>
          <Budget account={account} now={now} />
        </Card>
        <Card title="Changes of the last day" wide>
          <Changes account={account} now={now} />
        </Card>
        <Card title="How fresh the mirror is">
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">Read</th>
                <th scope="col" class="number">
                  Rows
                </th>
                <th scope="col" class="number">
                  Last read
                </th>
              </tr>
            </thead>
            <tbody>
              {account.lag.map(({ resource, rows: n, seconds, sweeping }) => (
                <tr key={resource}>
                  <th scope="row">{title(plain(resource))}</th>
                  <td class="number">{count(n)}</td>
                  <td class="number">
                    {sweeping ? 'full sweep runs' : seconds === null ? 'never' : `${duration(seconds)} ago`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
        <Card title="Both sides">
          <dl class="facts">
            <dt>ATS</dt>
            <dd>
              {ats === null
                ? 'None is connected; rows are written into schema ats.'
                : title(plain(ats.words))}
            </dd>
            <dt>Webhooks</dt>
            <dd>{title(webhooks.words)}</dd>
            {next.map(({ what, at }) => (
              <>
                <dt>Next {what}</dt>
                <dd>
                  <When at={at} />
                </dd>
              </>
            ))}
          </dl>
        </Card>
      </div>
    </div>
  );
}

/** Where it is set right. */
function Way({ issue: { root, account } }: { issue: Account['issues'][number] }) {
  if (root.conflict !== null)
    return (
      <>
        {' '}
        · <a href={to('conflicts', { id: root.conflict })}>Decide</a>
      </>
    );
  if (root.resource === 'plan')
    return (
      <>
        {' '}
        · <a href={to('plan', { account })}>See the plan</a>
      </>
    );
  if (root.ats_id === null) return null;
  return (
    <>
      {' '}
      · <a href={to('find', { q: `${root.resource}:${root.ats_id}`, account })}>Its story</a>
    </>
  );
}

function budgetWords({ budget: { used, limit, windowSeconds } }: Account): string {
  const window = windowSeconds === 60 ? 'minute' : duration(windowSeconds);
  return limit === null
    ? `${count(used)} in this ${window}`
    : `${count(Math.min(used, limit))} of ${count(limit)} in this ${window}`;
}

const lanes = [
  { name: 'writes', tone: 'lane-write', lane: 'write' },
  { name: 'asked for by people', tone: 'lane-interactive', lane: 'interactive' },
  { name: 'ticks', tone: 'lane-tick', lane: 'tick' },
  { name: 'sweeps', tone: 'lane-sweep', lane: 'sweep' },
  { name: 'details', tone: 'lane-details', lane: 'details' },
] as const;

const minuteMs = 60_000;
const clock = (at: number) =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

function Budget({ account: { budget }, now }: { account: Account; now: string }) {
  const last = Math.floor(Date.parse(now) / minuteMs) * minuteMs;
  const byMinute = new Map(budget.minutes.map((minute) => [Date.parse(minute.at), minute]));
  const bars = Array.from({ length: 60 }, (_, index): Bar => {
    const at = last - (59 - index) * minuteMs;
    const minute = byMinute.get(at);
    return {
      label: clock(at),
      values: lanes.map(({ lane }) => minute?.lanes[lane] ?? 0),
      marked: minute?.rateLimited ?? 0,
    };
  });
  const limit = budget.limit === null ? null : Math.round((budget.limit * 60) / budget.windowSeconds);
  return (
    <StackedBars
      series={lanes}
      bars={bars}
      limit={limit}
      marked="answers 429"
      what="Requests by the minute, and what they were sent for (UTC)"
    />
  );
}

const hourMs = 3_600_000;
const kinds = [
  { name: 'created', tone: 'lane-write' },
  { name: 'updated', tone: 'lane-tick' },
  { name: 'deleted', tone: 'lane-interactive' },
  { name: 'restored', tone: 'lane-details' },
] as const;

function Changes({ account: { changes }, now }: { account: Account; now: string }) {
  const last = Math.floor(Date.parse(now) / hourMs) * hourMs;
  const byHour = new Map(changes.map((hour) => [Date.parse(hour.at), hour]));
  const bars = Array.from({ length: 24 }, (_, index): Bar => {
    const at = last - (23 - index) * hourMs;
    return { label: clock(at), values: kinds.map(({ name }) => byHour.get(at)?.[name] ?? 0) };
  });
  return <StackedBars series={kinds} bars={bars} what="Rows of the mirror that changed, by the hour (UTC)" />;
}
