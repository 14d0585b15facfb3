import { useState } from 'preact/hooks';
import type { Skipped, Rows as Told } from '../../../../src/console/answers/rows.js';
import { issueCodes, pushResources, rowStates } from '../../../../src/reconcile/values/values.js';
import { counted, skippedWords } from '../../../../src/status/render/words.js';
import { post, query } from '../api.js';
import { type Act, AskWhy, Done } from '../parts/act.js';
import { AccountChoice, Page, plain, State, title, When, Words } from '../parts/elements.js';
import { type Column, choosing, Filter, Listing, nextPage } from '../parts/table.js';
import { go, type PageProps, to, useAsked } from '../use.js';

const kindWords = (kind: string) => (kind === 'share_links' ? 'Share requests' : title(plain(kind)));

export function Rows(props: PageProps) {
  const { of, accounts } = props;
  const isSkipped = of.get('resource') === 'skipped';
  const set = (name: string) => (value: string) =>
    go(to('rows', { ...Object.fromEntries(of), [name]: value, after: null }));
  return (
    <Page
      title="Rows"
      lead="What the ATS wrote, and what became of it. Those that are not in step come first."
      actions={<AccountChoice page="rows" of={of} accounts={accounts} />}
    >
      <div class="filters">
        <Filter
          label="Which"
          value={of.get('resource')}
          options={[
            ...pushResources.map((kind) => [kind, kindWords(kind)] as const),
            ['skipped', 'Skipped people'],
          ]}
          choose={set('resource')}
        />
        {isSkipped ? null : (
          <>
            <Filter
              label="State"
              all="Not in step"
              value={of.get('state')}
              options={rowStates.map((state) => [
                state,
                state === 'synced' ? 'In step' : title(plain(state)),
              ])}
              choose={set('state')}
            />
            <Filter
              label="Issue"
              all="Any or none"
              value={of.get('code')}
              options={issueCodes.map((code) => [code, code])}
              choose={set('code')}
            />
          </>
        )}
      </div>
      {isSkipped ? <SkippedPeople {...props} /> : <List {...props} />}
    </Page>
  );
}

type Row = Told['rows'][number];

const keyOf = ({ account, resource, ats_id: id }: Row) => JSON.stringify([account, resource, id]);

function columnsOf(withAccount: boolean): Array<Column<Row>> {
  return [
    {
      name: 'Row',
      is: 'head',
      cell: (row) => (
        <>
          <a href={to('find', { q: `${row.resource}:${row.ats_id}`, account: row.account })}>
            {row.name ?? row.ats_id}
          </a>
          <span class="meta">
            {withAccount ? `${row.account} · ` : ''}
            {plain(row.resource)} {row.ats_id}
          </span>
        </>
      ),
    },
    { name: 'State', cell: (row) => <State state={row.state} /> },
    {
      name: 'Why',
      class: 'why',
      cell: (row) => (
        <>
          {row.issues.map(({ code, message }) => (
            <p key={code + message}>
              <Words text={message} /> <span class="meta mono">{code}</span>
            </p>
          ))}
          {row.queued ? <p class="meta">Changed since; looked at in the next round.</p> : null}
        </>
      ),
    },
    { name: 'Since', is: 'number', class: 'since', cell: (row) => <When at={row.since} /> },
  ];
}

function List({ of, mayAct, accounts }: PageProps) {
  const asked = useAsked<Told>(`/api/rows${query(Object.fromEntries(of))}`);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Row>>(new Map());
  const [act, setAct] = useState<Act | null>(null);
  const [words, setWords] = useState<string | null>(null);
  const choose = (rows: readonly Row[], isChosen: boolean) => {
    const next = new Map(chosen);
    for (const row of rows) {
      if (isChosen) next.set(keyOf(row), row);
      else next.delete(keyOf(row));
    }
    setChosen(next);
  };
  const taken = [...chosen.values()];
  const boxes = choosing({
    rows: asked.data?.rows ?? [],
    keyOf,
    nameOf: (row) => `${row.resource} ${row.ats_id}`,
    chosen,
    choose,
  });
  return (
    <>
      <Done words={words} />
      <Listing
        asked={asked}
        label="Rows of the ATS"
        empty={
          of.get('state') === null && of.get('code') === null
            ? 'Every row is in step.'
            : 'There is no such row.'
        }
        rowsOf={({ rows }) => rows}
        keyOf={keyOf}
        named={false}
        columns={[...(mayAct ? [boxes] : []), ...columnsOf(accounts.length > 1)]}
        next={({ next }) => nextPage('rows', { ...Object.fromEntries(of), after: next })}
        acts={
          mayAct ? (
            <button type="button" disabled={taken.length === 0} onClick={() => setAct(retry(taken))}>
              Look again now{taken.length === 0 ? '' : ` (${taken.length})`}
            </button>
          ) : undefined
        }
      />
      <AskWhy
        act={act}
        close={() => setAct(null)}
        onDone={(told) => {
          setChosen(new Map());
          setWords(told);
          asked.again();
        }}
      />
    </>
  );
}

function retry(rows: ReadonlyArray<Row>): Act {
  return {
    name: 'Look again now',
    does: (
      <p>
        {counted(rows.length, 'row is', 'rows are')} judged again at once, not in the next round. Nothing is
        sent that would not be sent anyway.
      </p>
    ),
    async run(reason) {
      let queued = 0;
      for (const account of new Set(rows.map((row) => row.account))) {
        const own = rows.filter((row) => row.account === account);
        const done = await post<{ queued: number }>('/api/rows/retry', {
          account,
          reason,
          rows: own.map(({ resource, ats_id }) => ({ resource, ats_id })),
        });
        queued += done.queued;
      }
      return `${counted(queued, 'row is', 'rows are')} being looked at again.`;
    },
  };
}

function SkippedPeople({ of }: PageProps) {
  const asked = useAsked<Skipped>(
    `/api/skipped${query({ account: of.get('account'), after: of.get('after') })}`,
  );
  return (
    <Listing
      asked={asked}
      label="Skipped people"
      empty="Nobody was skipped."
      rowsOf={({ people }) => people}
      keyOf={({ account, source, entry_id: entry }) => `${account} ${source} ${entry}`}
      named={false}
      columns={[
        {
          name: 'Application',
          is: 'head',
          cell: ({ account, source, application_id: application }) => (
            <>
              <a href={to('find', { q: application, account })}>{application}</a>
              <span class="meta">{title(source)}</span>
            </>
          ),
        },
        { name: 'Reason', cell: ({ reason }) => title(skippedWords(reason)) },
        { name: 'Why', class: 'why', cell: ({ message }) => <Words text={message} /> },
        { name: 'Looked at', is: 'number', class: 'since', cell: ({ seen_at: at }) => <When at={at} /> },
      ]}
      next={({ next }) => nextPage('rows', { ...Object.fromEntries(of), after: next })}
    />
  );
}
