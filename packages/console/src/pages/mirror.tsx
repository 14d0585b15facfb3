import type {
  FunnelShown,
  Jobs as JobsTold,
  Interviews as Told,
} from '../../../../src/console/answers/mirror.js';
import { count } from '../../../../src/status/render/words.js';
import { query } from '../api.js';
import { type Bar, Funnel, StackedBars } from '../parts/charts.js';
import {
  AccountChoice,
  Card,
  Choice,
  Empty,
  Moment,
  Page,
  Scrolls,
  Shown,
  State,
  title,
} from '../parts/elements.js';
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

const steps = ['Invited', 'Accepted', 'Completed', 'Expired', 'Canceled'] as const;

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
              <Scrolls label="How far interviews get">
                <table class="stacks named">
                  <thead>
                    <tr>
                      <th scope="col">{title(by)}</th>
                      {steps.map((name) => (
                        <th key={name} scope="col" class="number">
                          {name}
                        </th>
                      ))}
                      <th scope="col" class="number">
                        Completed of invited
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {groups.map(({ name, invited, accepted, completed, expired, canceled }) => (
                      <tr key={name}>
                        <th scope="row">{name}</th>
                        {[invited, accepted, completed, expired, canceled].map((value, at) => (
                          <td
                            key={steps[at]}
                            class={value === 0 ? 'number zero' : 'number'}
                            data-name={steps[at]}
                          >
                            {count(value)}
                          </td>
                        ))}
                        <td class="number" data-name="Completed of invited">
                          {invited === 0 ? '–' : `${Math.round((100 * completed) / invited)} %`}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scrolls>
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
    <>
      <div class="filters">
        <Choice
          label="Status"
          value={status ?? ''}
          onChange={(value) => go(to('mirror', { ...kept, status: value }))}
        >
          <option value="">All</option>
          {statuses.map(({ name }) => (
            <option key={name} value={name}>
              {title(name)}
            </option>
          ))}
        </Choice>
        {job === null ? null : (
          <a class="button" href={to('mirror', { ...kept, job: null, status })}>
            Of all jobs
          </a>
        )}
      </div>
      <Shown asked={asked}>
        {({ interviews, next }) =>
          interviews.length === 0 ? (
            <Empty title="There is no such interview." />
          ) : (
            <div class="card">
              <Scrolls label="Interviews">
                <table class="stacks named">
                  <thead>
                    <tr>
                      <th scope="col">Candidate</th>
                      <th scope="col">Job</th>
                      <th scope="col">Status</th>
                      <th scope="col" class="number">
                        Rating
                      </th>
                      <th scope="col">Changed (UTC)</th>
                      <th scope="col">
                        <span class="unseen">Watch</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {interviews.map((one) => (
                      <tr key={one.uuid}>
                        <th scope="row">
                          <a href={to('find', { q: one.uuid, account })}>{one.candidate_name ?? one.uuid}</a>
                          <span class="meta">{one.candidate_email}</span>
                        </th>
                        <td>{one.job_title ?? '–'}</td>
                        <td>
                          <State state={one.status} />
                        </td>
                        <td class="number" data-name="Rating">
                          {one.rating === null ? '–' : one.rating.toFixed(1)}
                        </td>
                        <td data-name="Changed">
                          <Moment at={one.updated_at} />
                        </td>
                        <td>
                          {one.watch_url !== null && /^https?:\/\//.test(one.watch_url) ? (
                            <a href={one.watch_url} target="_blank" rel="noreferrer noopener">
                              Watch<span class="unseen"> {one.candidate_name}, in a new tab</span>
                            </a>
                          ) : null}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scrolls>
              <Next next={next} address={(after) => to('mirror', { ...kept, status, after })} />
            </div>
          )
        }
      </Shown>
    </>
  );
}

function Jobs({ of, account }: Of) {
  const status = of.get('status');
  const asked = useAsked<JobsTold>(`/api/mirror/jobs${query({ account, status, after: of.get('after') })}`);
  const kept = { account: of.get('account'), show: 'jobs' };
  return (
    <>
      <div class="filters">
        <Choice
          label="Status"
          value={status ?? ''}
          onChange={(value) => go(to('mirror', { ...kept, status: value }))}
        >
          <option value="">All</option>
          <option value="active">Active</option>
          <option value="inactive">Inactive</option>
        </Choice>
      </div>
      <Shown asked={asked}>
        {({ jobs, next }) =>
          jobs.length === 0 ? (
            <Empty title="There is no such job." />
          ) : (
            <div class="card">
              <Scrolls label="Jobs">
                <table class="stacks named">
                  <thead>
                    <tr>
                      <th scope="col">Job</th>
                      <th scope="col">Status</th>
                      <th scope="col" class="number">
                        Interviews
                      </th>
                      <th scope="col" class="number">
                        Pending
                      </th>
                      <th scope="col" class="number">
                        Completed
                      </th>
                      <th scope="col" class="number">
                        Rating
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {jobs.map((job) => (
                      <tr key={job.uuid}>
                        <th scope="row">
                          <a href={to('find', { q: job.uuid, account })}>{job.title ?? job.uuid}</a>
                          <span class="meta">{job.location}</span>
                        </th>
                        <td>
                          <State state={job.status} />
                        </td>
                        <td class="number" data-name="Interviews">
                          {job.interviews === 0 ? (
                            '0'
                          ) : (
                            <a
                              href={to('mirror', {
                                account: of.get('account'),
                                show: 'interviews',
                                job: job.uuid,
                              })}
                            >
                              {job.interviews >= 1000 ? '1,000+' : count(job.interviews)}
                              <span class="unseen"> interviews</span>
                            </a>
                          )}
                        </td>
                        <td class="number" data-name="Pending">
                          {count(job.pending)}
                        </td>
                        <td class="number" data-name="Completed">
                          {count(job.completed)}
                        </td>
                        <td class="number" data-name="Rating">
                          {job.rating === null ? '–' : job.rating.toFixed(2)}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scrolls>
              <Next next={next} address={(after) => to('mirror', { ...kept, status, after })} />
            </div>
          )
        }
      </Shown>
    </>
  );
}

function Next({ next, address }: { next: string | null; address: (after: string) => string }) {
  if (next === null) return null;
  return (
    <div class="below">
      <span />
      <a class="button" href={address(next)}>
        Next 50
      </a>
    </div>
  );
}
