import type {
  FunnelShown,
  Jobs as JobsTold,
  Interviews as Told,
} from '../../../../src/console/answers/mirror.js';
import { count } from '../../../../src/status/render/words.js';
import { query } from '../api.js';
import { type Bar, Funnel, StackedBars } from '../parts/charts.js';
import { AccountChoice, Card, Empty, Moment, Page, Shown, State, title } from '../parts/elements.js';
import { type Column, Filter, Listing, nextPage, Table } from '../parts/table.js';
import { go, type PageProps, to, useAsked } from '../use.js';

const tabs = [
  ['funnel', 'How far they get'],
  ['interviews', 'Interviews'],
  ['jobs', 'Jobs'],
] as const;

export function Mirror(props: PageProps) {
  const { of, accounts } = props;
  const account = of.get('account') ?? accounts[0]!;
  const tab = of.get('show') ?? 'funnel';
  return (
    <Page
      title="Mirror"
      lead="What Spark Hire holds, as last read."
      actions={<AccountChoice page="mirror" of={of} accounts={accounts} needsOne />}
    >
      <nav class="tabs" aria-label="What of the mirror">
        {tabs.map(([name, words]) => (
          <a
            key={name}
            href={to('mirror', { account: of.get('account'), show: name })}
            aria-current={tab === name ? 'page' : undefined}
          >
            {words}
          </a>
        ))}
      </nav>
      {tab === 'interviews' ? (
        <Interviews of={of} account={account} />
      ) : tab === 'jobs' ? (
        <Jobs of={of} account={account} />
      ) : (
        <Funnels of={of} account={account} />
      )}
    </Page>
  );
}

type Of = { of: URLSearchParams; account: string };

const statuses = [
  { name: 'requested', tone: 'lane-details' },
  { name: 'accepted', tone: 'lane-tick' },
  { name: 'completed', tone: 'lane-write' },
  { name: 'expired', tone: 'tone-waits' },
  { name: 'canceled', tone: 'tone-wrong' },
] as const;

const steps = ['invited', 'accepted', 'completed', 'expired', 'canceled'] as const;
type Group = FunnelShown['by'][number];

function Funnels({ of, account }: Of) {
  const by = of.get('by') ?? 'job';
  const asked = useAsked<FunnelShown>(`/api/mirror/funnel${query({ account, by })}`);
  return (
    <Shown asked={asked}>
      {({ all, by: groups, days }) => (
        <div class="cards">
          <Card title="All interviews">
            <Funnel
              steps={[
                { name: 'Invited', value: all.invited },
                { name: 'Accepted', value: all.accepted },
                { name: 'Completed', value: all.completed },
                { name: 'Expired', value: all.expired, tone: 'tone-waits' },
                { name: 'Canceled', value: all.canceled, tone: 'tone-wrong' },
              ]}
            />
          </Card>
          <Card title="Statuses they came into, by the day">
            <Days days={days} />
          </Card>
          <Card
            wide
            title={`By ${by}`}
            aside={
              <span class="tabs small">
                {['job', 'month', 'requester'].map((name) => (
                  <a
                    key={name}
                    href={to('mirror', { account: of.get('account'), by: name })}
                    aria-current={by === name ? 'true' : undefined}
                  >
                    {title(name)}
                  </a>
                ))}
              </span>
            }
          >
            {groups.length === 0 ? (
              <Empty title="There are no interviews." />
            ) : (
              <Table
                label="How far interviews get"
                rows={groups}
                keyOf={({ name }) => name}
                columns={[
                  { name: title(by), is: 'head', cell: ({ name }) => name },
                  ...steps.map(
                    (name): Column<Group> => ({
                      name: title(name),
                      is: 'count',
                      cell: (group) => group[name],
                    }),
                  ),
                  {
                    name: 'Completed of invited',
                    is: 'number',
                    cell: ({ invited, completed }) =>
                      invited === 0 ? '–' : `${Math.round((100 * completed) / invited)} %`,
                  },
                ]}
              />
            )}
          </Card>
        </div>
      )}
    </Shown>
  );
}

const dayMs = 86_400_000;

function Days({ days }: { days: FunnelShown['days'] }) {
  const last = Math.floor(Date.now() / dayMs) * dayMs;
  const known = new Map(days.map(({ day, status, interviews }) => [`${day} ${status}`, interviews]));
  const bars = Array.from({ length: 30 }, (_, index): Bar => {
    const day = new Date(last - (29 - index) * dayMs).toISOString().slice(0, 10);
    return { label: day.slice(5), values: statuses.map(({ name }) => known.get(`${day} ${name}`) ?? 0) };
  });
  return (
    <StackedBars
      series={statuses}
      bars={bars}
      ticks={4}
      what="Interviews that came into each status, by the day (UTC)"
    />
  );
}

function Interviews({ of, account }: Of) {
  const status = of.get('status');
  const job = of.get('job');
  const asked = useAsked<Told>(
    `/api/mirror/interviews${query({ account, status, job, after: of.get('after') })}`,
  );
  const kept = { account: of.get('account'), show: 'interviews', job };
  return (
    <Listing
      filters={
        <>
          <Filter
            label="Status"
            value={status}
            options={statuses.map(({ name }) => [name, title(name)])}
            choose={(value) => go(to('mirror', { ...kept, status: value }))}
          />
          {job === null ? null : (
            <a class="button" href={to('mirror', { ...kept, job: null, status })}>
              Of all jobs
            </a>
          )}
        </>
      }
      asked={asked}
      label="Interviews"
      empty="There is no such interview."
      rowsOf={({ interviews }) => interviews}
      keyOf={({ uuid }) => uuid}
      columns={[
        {
          name: 'Candidate',
          is: 'head',
          cell: (one) => (
            <>
              <a href={to('find', { q: one.uuid, account })}>{one.candidate_name ?? one.uuid}</a>
              <span class="meta">{one.candidate_email}</span>
            </>
          ),
        },
        { name: 'Job', cell: (one) => one.job_title ?? '–' },
        { name: 'Status', cell: (one) => <State state={one.status} /> },
        { name: 'Rating', is: 'number', cell: ({ rating }) => (rating === null ? '–' : rating.toFixed(1)) },
        { name: 'Changed (UTC)', said: 'Changed', cell: (one) => <Moment at={one.updated_at} /> },
        {
          name: <span class="unseen">Watch</span>,
          cell: (one) =>
            one.watch_url !== null && /^https?:\/\//.test(one.watch_url) ? (
              <a href={one.watch_url} target="_blank" rel="noreferrer noopener">
                Watch<span class="unseen"> {one.candidate_name}, in a new tab</span>
              </a>
            ) : null,
        },
      ]}
      next={({ next: after }) => nextPage('mirror', { ...kept, status, after })}
    />
  );
}

function Jobs({ of, account }: Of) {
  const status = of.get('status');
  const asked = useAsked<JobsTold>(`/api/mirror/jobs${query({ account, status, after: of.get('after') })}`);
  const kept = { account: of.get('account'), show: 'jobs' };
  return (
    <Listing
      filters={
        <Filter
          label="Status"
          value={status}
          options={[
            ['active', 'Active'],
            ['inactive', 'Inactive'],
          ]}
          choose={(value) => go(to('mirror', { ...kept, status: value }))}
        />
      }
      asked={asked}
      label="Jobs"
      empty="There is no such job."
      rowsOf={({ jobs }) => jobs}
      keyOf={({ uuid }) => uuid}
      columns={[
        {
          name: 'Job',
          is: 'head',
          cell: (job) => (
            <>
              <a href={to('find', { q: job.uuid, account })}>{job.title ?? job.uuid}</a>
              <span class="meta">{job.location}</span>
            </>
          ),
        },
        { name: 'Status', cell: (job) => <State state={job.status} /> },
        {
          name: 'Interviews',
          is: 'number',
          cell: (job) =>
            job.interviews === 0 ? (
              '0'
            ) : (
              <a href={to('mirror', { ...kept, show: 'interviews', job: job.uuid })}>
                {job.interviews >= 1000 ? '1,000+' : count(job.interviews)}
                <span class="unseen"> interviews</span>
              </a>
            ),
        },
        { name: 'Pending', is: 'number', cell: (job) => count(job.pending) },
        { name: 'Completed', is: 'number', cell: (job) => count(job.completed) },
        { name: 'Rating', is: 'number', cell: ({ rating }) => (rating === null ? '–' : rating.toFixed(2)) },
      ]}
      next={({ next: after }) => nextPage('mirror', { ...kept, status, after })}
    />
  );
}
