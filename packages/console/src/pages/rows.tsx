import { useState } from 'preact/hooks';
import type { Skipped, Rows as Told } from '../../../../src/console/answers/rows.js';
import { issueCodes, pushResources, rowStates } from '../../../../src/reconcile/values/values.js';
import { counted, skippedWords } from '../../../../src/status/render/words.js';
import { post, query } from '../api.js';
import { type Act, AskWhy, Done } from '../parts/act.js';
import {
  AccountChoice,
  Choice,
  Empty,
  Page,
  plain,
  Scrolls,
  Shown,
  State,
  title,
  When,
  Words,
} from '../parts/elements.js';
import { go, type PageProps, to, useAsked } from '../use.js';

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
        <Choice label="Which" value={of.get('resource') ?? ''} onChange={set('resource')}>
          <option value="">All</option>
          {pushResources.map((kind) => (
            <option key={kind} value={kind}>
              {kind === 'share_links' ? 'Share requests' : title(plain(kind))}
            </option>
          ))}
          <option value="skipped">Skipped people</option>
        </Choice>
        {isSkipped ? null : (
          <>
            <Choice label="State" value={of.get('state') ?? ''} onChange={set('state')}>
              <option value="">Not in step</option>
              {rowStates.map((state) => (
                <option key={state} value={state}>
                  {state === 'synced' ? 'In step' : title(plain(state))}
                </option>
              ))}
            </Choice>
            <Choice label="Issue" value={of.get('code') ?? ''} onChange={set('code')}>
              <option value="">Any or none</option>
              {issueCodes.map((code) => (
                <option key={code}>{code}</option>
              ))}
            </Choice>
          </>
        )}
      </div>
      {isSkipped ? <SkippedPeople {...props} /> : <List {...props} />}
    </Page>
  );
}

function List({ of, mayAct, accounts }: PageProps) {
  const asked = useAsked<Told>(`/api/rows${query(Object.fromEntries(of))}`);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Told['rows'][number]>>(new Map());
  const [act, setAct] = useState<Act | null>(null);
  const [words, setWords] = useState<string | null>(null);
  const keyOf = ({ account, resource, ats_id: id }: Told['rows'][number]) =>
    JSON.stringify([account, resource, id]);
  const toggle = (row: Told['rows'][number]) => {
    const next = new Map(chosen);
    if (!next.delete(keyOf(row))) next.set(keyOf(row), row);
    setChosen(next);
  };
  const chooseAll = (rows: Told['rows'], isChosen: boolean) => {
    const next = new Map(chosen);
    for (const row of rows) {
      if (isChosen) next.set(keyOf(row), row);
      else next.delete(keyOf(row));
    }
    setChosen(next);
  };
  const taken = [...chosen.values()];
  return (
    <>
      <Done words={words} />
      <Shown asked={asked}>
        {({ rows, next }) =>
          rows.length === 0 ? (
            <Empty
              title={
                of.get('state') === null && of.get('code') === null
                  ? 'Every row is in step.'
                  : 'There is no such row.'
              }
            />
          ) : (
            <div class="card">
              <Scrolls label="Rows of the ATS">
                <table class="stacks">
                  <thead>
                    <tr>
                      {mayAct ? (
                        <th scope="col" class="check">
                          <input
                            type="checkbox"
                            aria-label="All of them"
                            checked={rows.every((row) => chosen.has(keyOf(row)))}
                            onChange={(event) => chooseAll(rows, event.currentTarget.checked)}
                          />
                        </th>
                      ) : null}
                      <th scope="col">Row</th>
                      <th scope="col">State</th>
                      <th scope="col">Why</th>
                      <th scope="col" class="number since">
                        Since
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((row) => (
                      <tr key={keyOf(row)}>
                        {mayAct ? (
                          <td class="check">
                            <input
                              type="checkbox"
                              aria-label={`${row.resource} ${row.ats_id}`}
                              checked={chosen.has(keyOf(row))}
                              onChange={() => toggle(row)}
                            />
                          </td>
                        ) : null}
                        <th scope="row">
                          <a href={to('find', { q: `${row.resource}:${row.ats_id}`, account: row.account })}>
                            {row.name ?? row.ats_id}
                          </a>
                          <span class="meta">
                            {accounts.length > 1 ? `${row.account} · ` : ''}
                            {plain(row.resource)} {row.ats_id}
                          </span>
                        </th>
                        <td>
                          <State state={row.state} />
                        </td>
                        <td class="why">
                          {row.issues.map(({ code, message }) => (
                            <p key={code + message}>
                              <Words text={message} /> <span class="meta mono">{code}</span>
                            </p>
                          ))}
                          {row.queued ? (
                            <p class="meta">Changed since; looked at in the next round.</p>
                          ) : null}
                        </td>
                        <td class="number since">
                          <When at={row.since} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scrolls>
              <div class="below stays">
                {mayAct ? (
                  <button type="button" disabled={taken.length === 0} onClick={() => setAct(retry(taken))}>
                    Look again now{taken.length === 0 ? '' : ` (${taken.length})`}
                  </button>
                ) : (
                  <span />
                )}
                {next === null ? null : (
                  <a class="button" href={to('rows', { ...Object.fromEntries(of), after: next })}>
                    Next 50
                  </a>
                )}
              </div>
            </div>
          )
        }
      </Shown>
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

function retry(rows: ReadonlyArray<Told['rows'][number]>): Act {
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
    <Shown asked={asked}>
      {({ people, next }) =>
        people.length === 0 ? (
          <Empty title="Nobody was skipped." />
        ) : (
          <div class="card">
            <Scrolls label="Skipped people">
              <table class="stacks">
                <thead>
                  <tr>
                    <th scope="col">Application</th>
                    <th scope="col">Reason</th>
                    <th scope="col">Why</th>
                    <th scope="col" class="number">
                      Looked at
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {people.map(
                    ({
                      account,
                      source,
                      entry_id: entry,
                      application_id: application,
                      reason,
                      message,
                      seen_at: at,
                    }) => (
                      <tr key={`${account} ${source} ${entry}`}>
                        <th scope="row">
                          <a href={to('find', { q: application, account })}>{application}</a>
                          <span class="meta">{title(source)}</span>
                        </th>
                        <td>{title(skippedWords(reason))}</td>
                        <td class="why">
                          <Words text={message} />
                        </td>
                        <td class="number since">
                          <When at={at} />
                        </td>
                      </tr>
                    ),
                  )}
                </tbody>
              </table>
            </Scrolls>
            {next === null ? null : (
              <div class="below">
                <span />
                <a class="button" href={to('rows', { ...Object.fromEntries(of), after: next })}>
                  Next 50
                </a>
              </div>
            )}
          </div>
        )
      }
    </Shown>
  );
}
