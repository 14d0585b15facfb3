import { useEffect, useState } from 'preact/hooks';
import type { Live, Runs as Told } from '../../../../src/console/answers/runs.js';
import { waitingWords } from '../../../../src/status/render/time-left.js';
import { count, counted, duration } from '../../../../src/status/render/words.js';
import { post, query, world } from '../api.js';
import { type Act, AskWhy, Done } from '../parts/act.js';
import { AccountChoice, Card, Empty, Moment, Page, plain, State, title } from '../parts/elements.js';
import { type Column, Filter, Listing } from '../parts/table.js';
import { go, type PageProps, to, useAsked, useNow, useWorld } from '../use.js';

type Run = Told['runs'][number];
type LiveRun = Live['runs'][number];

/** What is under way, told as it goes. */
function useLive(): Live | null {
  const [live, setLive] = useState<Live | null>(null);
  const { presence } = useWorld();
  useEffect(() => {
    if (presence === 'away') return;
    const source = new EventSource('/api/events');
    source.onmessage = ({ data }) => setLive(JSON.parse(data as string) as Live);
    // It connects again by itself; whether the service is there is found out by whoever asks next.
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED)
        void fetch('/api/session').then(
          ({ status }) => status === 401 && world.change({ isSignedOut: true }),
          () => {},
        );
    };
    return () => source.close();
  }, [presence]);
  return live;
}

export function Runs({ of, mayAct, accounts }: PageProps) {
  const account = of.get('account');
  const only = accounts.length === 1 ? accounts[0]! : account;
  const live = useLive();
  const asked = useAsked<Told>(`/api/runs${query(Object.fromEntries(of))}`);
  const [act, setAct] = useState<Act | null>(null);
  const [words, setWords] = useState<string | null>(null);
  const running = live?.runs.filter((run) => account === null || run.account === account) ?? [];
  const now = new Map<number, Run>(running.map((run) => [run.id, run]));
  const ids = running.map(({ id }) => id).join();
  useEffect(() => {
    if (live !== null) asked.again();
  }, [ids]);
  return (
    <Page
      title="Runs"
      lead="What was read from Spark Hire and written to it, and what is under way."
      actions={
        <>
          <AccountChoice page="runs" of={of} accounts={accounts} />
          {!mayAct ? null : only === null ? (
            <span class="hint">Choose an account to read all of it now.</span>
          ) : (
            <button type="button" onClick={() => setAct(sweep(only))}>
              Read everything now
            </button>
          )}
        </>
      }
    >
      <Done words={words} />
      <Card title="Under way">
        {running.length === 0 ? (
          <Empty title="Nothing is under way." />
        ) : (
          <UnderWay live={live!} running={running} withAccount={accounts.length > 1} />
        )}
      </Card>
      <Listing
        filters={
          <Filter
            label="Kind"
            value={of.get('kind')}
            options={kinds.map((kind) => [kind, kindName(kind)])}
            choose={(kind) => go(to('runs', { account, kind }))}
          />
        }
        asked={asked}
        label="Runs"
        empty="Nothing has run yet."
        rowsOf={({ runs }) => runs.map((run) => now.get(run.id) ?? run)}
        keyOf={({ id }) => id}
        columns={columnsOf(accounts.length > 1)}
        next={({ next }) =>
          next === null
            ? null
            : { words: 'Earlier', href: to('runs', { ...Object.fromEntries(of), before: next }) }
        }
      />
      <AskWhy act={act} close={() => setAct(null)} onDone={setWords} />
    </Page>
  );
}

const kinds = ['tick', 'push', 'backfill', 'sweep', 'details', 'refresh', 'events', 'ats', 'results'];
const kindName = (kind: string) => (kind === 'ats' ? 'ATS' : title(plain(kind)));
const nameOf = ({ kind, resource }: Run) =>
  `${kindName(kind)}${resource === null ? '' : ` of ${plain(resource)}`}`;

function columnsOf(withAccount: boolean): Array<Column<Run>> {
  return [
    {
      name: 'Run',
      is: 'head',
      cell: (run) => (
        <>
          {nameOf(run)}
          {withAccount ? <span class="meta">{run.account}</span> : null}
          {run.error === null ? null : <span class="meta run-error">{run.error}</span>}
        </>
      ),
    },
    { name: 'Started (UTC)', cell: (run) => <Moment at={run.started_at} /> },
    { name: 'Outcome', cell: (run) => <State state={run.outcome} /> },
    { name: 'Took', is: 'number', cell: tookWords },
    {
      name: 'Requests',
      is: 'number',
      cell: (run) => (
        <>
          {count(run.requests)}
          {run.rate_limited > 0 ? <span class="meta">{count(run.rate_limited)} × 429</span> : null}
        </>
      ),
    },
    { name: 'Read', is: 'count', cell: (run) => run.rows_read },
    { name: 'Created', is: 'count', cell: (run) => run.rows_created },
    { name: 'Updated', is: 'count', cell: (run) => run.rows_updated },
    { name: 'Deleted', is: 'count', cell: (run) => run.rows_deleted },
  ];
}

function tookWords({ started_at: began, finished_at: ended }: Run): string {
  if (ended === null) return '–';
  const took = (Date.parse(ended) - Date.parse(began)) / 1000;
  return took < 1 ? '< 1 s' : duration(took);
}

function UnderWay({
  live,
  running,
  withAccount,
}: {
  live: Live;
  running: readonly LiveRun[];
  withAccount: boolean;
}) {
  const now = useNow();
  return (
    <ul class="under-way">
      {running.map((run) => (
        <li key={run.id}>
          <p>
            <span class="spinner" aria-hidden="true" />
            <strong>{nameOf(run)}</strong>{' '}
            <span class="meta">
              {[
                ...(withAccount ? [run.account] : []),
                `for ${duration((Date.parse(now) - Date.parse(run.started_at)) / 1000)}`,
                ...told(run),
                ...(run.waits ? [waitingWords] : []),
              ].join(' · ')}
            </span>
          </p>
          {live.steps
            .filter((step) => step.run === run.id)
            .map((step) => (
              <Step key={`${step.resource} ${step.phase}`} step={step} />
            ))}
        </li>
      ))}
    </ul>
  );
}

const told = (run: Run) =>
  (
    [
      [run.requests, 'request', 'requests'],
      [run.rows_read, 'row read', 'rows read'],
      [run.rows_created, 'created', 'created'],
      [run.rows_updated, 'updated', 'updated'],
      [run.rows_deleted, 'deleted', 'deleted'],
    ] as const
  ).flatMap(([value, one, several]) => (value > 0 ? [counted(value, one, several)] : []));

function Step({ step: { resource, phase, done, total, left, outcome } }: { step: Live['steps'][number] }) {
  // Nobody knows how long a listing is before its end.
  const isEndless = total === null && outcome === null;
  return (
    <div class="step">
      <span>
        {title(plain(resource))} <span class="meta">{phases[phase] ?? phase}</span>
      </span>
      <progress
        max={total ?? Math.max(1, done)}
        value={isEndless ? undefined : Math.min(done, total ?? done)}
        aria-label={`${plain(resource)}: ${phases[phase] ?? phase}`}
      />
      <span class="number">
        {count(done)}
        {total === null ? '' : ` of ${count(total)}`}
        {left === null ? null : <span class="meta">{left}</span>}
      </span>
    </div>
  );
}

const phases: Readonly<Record<string, string>> = {
  sweep: 'read',
  deletions: 'missing ones, asked for',
  details: 'details read',
  writes: 'sent',
};

function sweep(account: string): Act {
  return {
    name: 'Read everything now',
    does: (
      <p>
        Reads the whole account ({account}) from Spark Hire once, as the daily sweep does. It writes nothing
        there.
      </p>
    ),
    async run(reason) {
      await post('/api/backfill', { account, reason });
      return 'It has begun; below it is told how it goes.';
    },
  };
}
