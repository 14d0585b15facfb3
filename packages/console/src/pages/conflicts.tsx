import { useState } from 'preact/hooks';
import type {
  ConflictShown,
  Resolved,
  Conflicts as Told,
} from '../../../../src/console/answers/decisions.js';
import { count as amount, counted } from '../../../../src/status/render/words.js';
import { post, query } from '../api.js';
import { type Act, AskWhy, Done } from '../parts/act.js';
import { Marked } from '../parts/difference.js';
import {
  AccountChoice,
  Badge,
  Card,
  Empty,
  Moment,
  Page,
  plain,
  Shown,
  Since,
  When,
  Words,
} from '../parts/elements.js';
import { type Column, choosing, Table } from '../parts/table.js';
import { type PageProps, to, useAsked } from '../use.js';
import { textOf } from '../values.js';
import { kindWords, takeWords } from '../words.js';

type Group = Told['groups'][number];
type Row = Group['rows'][number];

export function Conflicts(props: PageProps) {
  const id = props.of.get('id');
  return id === null ? <List {...props} /> : <One key={id} id={id} mayAct={props.mayAct} />;
}

const everyMs = 10_000;
const groupsShown = 30;

function List({ of, mayAct, accounts }: PageProps) {
  const account = of.get('account');
  const closed = of.get('closed') === 'true';
  const asked = useAsked<Told>(`/api/conflicts${query({ account, closed })}`, closed ? undefined : everyMs);
  const [words, setWords] = useState<string | null>(null);
  const [most, setMost] = useState(groupsShown);
  return (
    <Page
      title="Conflicts"
      lead="What only a person can decide. Nothing is overwritten before somebody has."
      actions={<AccountChoice page="conflicts" of={of} accounts={accounts} />}
    >
      <nav class="tabs" aria-label="Which conflicts">
        <a href={to('conflicts', { account })} aria-current={closed ? undefined : 'page'}>
          Open
        </a>
        <a href={to('conflicts', { account, closed: 'true' })} aria-current={closed ? 'page' : undefined}>
          Closed
        </a>
      </nav>
      <Done words={words} />
      <Shown asked={asked}>
        {({ groups }) =>
          groups.length === 0 ? (
            <Empty title={closed ? 'No conflict was closed yet.' : 'Nothing waits for you.'}>
              {closed
                ? undefined
                : 'Where both sides change the same thing, or much would change at once, it is asked here.'}
            </Empty>
          ) : (
            groups.slice(0, most).map((group) => (
              <GroupShown
                key={JSON.stringify([group.account, group.resource, group.kind, group.field, group.reason])}
                group={group}
                mayAct={mayAct && !closed}
                withAccount={accounts.length > 1}
                onDone={(told) => {
                  setWords(told);
                  asked.again();
                }}
              />
            ))
          )
        }
      </Shown>
      {asked.data !== null && asked.data.groups.length > most ? (
        <p class="more">
          {amount(asked.data.groups.length - most)} more are not shown.{' '}
          <button type="button" onClick={() => setMost(most + groupsShown)}>
            Show more
          </button>
        </p>
      ) : null}
    </Page>
  );
}

function GroupShown({
  group,
  mayAct,
  withAccount,
  onDone,
}: {
  group: Group;
  mayAct: boolean;
  withAccount: boolean;
  onDone: (words: string) => void;
}) {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [withOthers, setWithOthers] = useState(false);
  const [act, setAct] = useState<Act | null>(null);
  const { rows, others, choices, kind, field, reason, count } = group;
  const mayChoose = mayAct && choices.length > 0;
  // What it has is numbers for programs; the plan itself has a page.
  const isOfPlan = kind === 'mass_change';
  const taken = [...rows.filter(({ id }) => chosen.has(id)), ...(withOthers ? others : [])];
  const boxes = choosing({
    rows,
    keyOf: ({ id }) => id,
    nameOf: ({ id }) => `Conflict ${id}`,
    chosen,
    choose(some, isChosen) {
      const next = new Set(chosen);
      for (const { id } of some)
        if (isChosen) next.add(id);
        else next.delete(id);
      setChosen(next);
    },
  });
  return (
    <Card
      title={kindWords(kind, field, rows[0]?.base_value)}
      aside={
        <>
          {withAccount ? `${group.account} · ` : ''}
          {isOfPlan
            ? ''
            : `${counted(count, plain(group.resource).replace(/s$/, ''), plain(group.resource))} · `}
          <Since at={group.since} />
        </>
      }
    >
      {reason === null ? null : (
        <p class="reason">
          <Words text={reason} />
        </p>
      )}
      <Table
        label={`${kindWords(kind, field, rows[0]?.base_value)}: ${reason ?? 'conflicts'}`}
        rows={rows}
        keyOf={({ id }) => id}
        columns={[
          ...(mayChoose ? [boxes] : []),
          {
            name: 'What',
            is: 'head',
            cell: (row) =>
              isOfPlan ? (
                <a href={to('plan', { account: row.account })}>See the plan</a>
              ) : (
                <a href={to('conflicts', { id: row.id })}>{row.called}</a>
              ),
          },
          ...(isOfPlan ? [] : sides),
          {
            name: rows[0]!.resolved_at === null ? 'Since' : 'Decided',
            cell: (row) =>
              row.resolved_at === null ? (
                <When at={row.opened_at} />
              ) : (
                <>
                  {decidedWords(row)} <When at={row.resolved_at} />
                </>
              ),
          },
        ]}
      />
      {count > rows.length ? (
        <p class="hint">
          The first {rows.length} of {amount(count)} are shown.
        </p>
      ) : null}
      {mayChoose && others.length > 0 ? (
        <label class="also">
          <input
            type="checkbox"
            checked={withOthers}
            onChange={(event) => setWithOthers(event.currentTarget.checked)}
          />
          {others.length === count - rows.length ? 'The other' : 'The next'} {amount(others.length)}, too
        </label>
      ) : null}
      {mayChoose && taken.length > 0 ? (
        <div class="choices">
          <strong>{counted(taken.length, 'conflict')} chosen.</strong>
          {choices.map(({ take, does }) => (
            <button key={take} type="button" onClick={() => setAct(decide(taken, take, does))}>
              {takeWords(take)}
            </button>
          ))}
        </div>
      ) : null}
      <AskWhy
        act={act}
        close={() => setAct(null)}
        onDone={(words) => {
          setChosen(new Set());
          setWithOthers(false);
          onDone(words);
        }}
      />
    </Card>
  );
}

const sides: Array<Column<Row>> = [
  { name: 'ATS', said: 'ATS', class: 'value', cell: (row) => shortly(row.ats_value) },
  { name: 'Spark Hire', said: 'Spark Hire', class: 'value', cell: (row) => shortly(row.sparkhire_value) },
];

const shortly = (value: unknown) => {
  const text = textOf(value).replaceAll(/\s+/g, ' ');
  return text.length <= 80 ? text || '–' : `${text.slice(0, 80)}…`;
};

/** A conflict that closed by itself has nobody who decided it. */
const decidedWords = ({ resolution, resolved_by: by }: Row) =>
  by === 'sparkhire-sync' ? 'Closed by itself,' : `${takeWords(resolution ?? '')}, by ${by},`;

const endWords = ({ carried_out: carriedOut }: Row) => {
  if (carriedOut == null) return 'Carried out, or put aside because the values are others by now,';
  return carriedOut
    ? 'Carried out'
    : 'Put aside, because the values were others by then or nothing was left to do,';
};

type Decidable = Group['others'][number] & Partial<Pick<Row, 'called'>>;

function decide(rows: readonly Decidable[], take: string, does: string): Act {
  return {
    name: takeWords(take),
    does: (
      <>
        <p>{does}</p>
        <p class="hint">{rows.length === 1 ? rows[0]!.called : `For ${amount(rows.length)} conflicts.`}</p>
      </>
    ),
    async run(reason) {
      const { resolved, refused, next } = await post<Resolved>('/api/conflicts/resolve', {
        conflicts: rows.map(({ id, revision }) => ({ id, revision })),
        take,
        reason,
      });
      const kept = refused.map(({ error }) => error).join(' ');
      return `${counted(resolved.length, 'conflict')} decided. ${next.join('. ')}. ${refused.length === 0 ? '' : `${refused.length} not: ${kept}`}`;
    },
  };
}

function One({ id, mayAct }: { id: string; mayAct: boolean }) {
  const asked = useAsked<ConflictShown>(`/api/conflict${query({ id })}`, everyMs);
  const [act, setAct] = useState<Act | null>(null);
  const [words, setWords] = useState<string | null>(null);
  return (
    <Page title={`Conflict ${id}`} actions={<a href={to('conflicts')}>All conflicts</a>}>
      <Done words={words} />
      <Shown asked={asked}>
        {({ conflict, meaning, behind, waiting, choices, next, missing }) => (
          <>
            <Card
              title={
                <>
                  {conflict.called}{' '}
                  <Badge kind={conflict.resolved_at === null ? 'waits' : 'ok'}>
                    {conflict.resolved_at === null ? 'open' : 'closed'}
                  </Badge>
                </>
              }
              aside={
                <>
                  {kindWords(conflict.kind, conflict.field, conflict.base_value)} · since{' '}
                  <Moment at={conflict.opened_at} /> UTC
                </>
              }
            >
              {[...meaning, ...(behind === null ? [] : [behind])].map((sentence) => (
                <p key={sentence}>
                  <Words text={sentence} />
                </p>
              ))}
              {conflict.reason === null ? null : (
                <p class="reason">
                  <Words text={conflict.reason} />
                </p>
              )}
              {missing.length === 0 ? null : <p>Missing: {missing.join(', ')}</p>}
              {conflict.revision > 1 ? (
                <div class="notice waits">
                  <p>
                    Its values have changed{' '}
                    {conflict.revision === 2 ? 'once' : `${conflict.revision - 1} times`} since it was opened:
                    these are the ones of now.
                  </p>
                </div>
              ) : null}
              {conflict.kind === 'mass_change' ? null : <Sides row={conflict} />}
              {conflict.ats_id === null && conflict.uuid === null ? null : (
                <p class="meta">
                  <a
                    href={to('find', {
                      q: conflict.ats_id === null ? conflict.uuid : `${conflict.resource}:${conflict.ats_id}`,
                    })}
                  >
                    Its whole story
                  </a>
                </p>
              )}
            </Card>
            {conflict.resolved_at === null ? (
              <Card title="What can be decided">
                {choices.length === 0 ? (
                  <p>
                    <Words text={next} />
                    {conflict.kind === 'mass_change' ? (
                      <>
                        {' '}
                        <a href={to('plan', { account: conflict.account })}>See the plan</a>
                      </>
                    ) : null}
                  </p>
                ) : (
                  <ul class="deciding">
                    {choices.map(({ take, does }) => (
                      <li key={take}>
                        <button
                          type="button"
                          disabled={!mayAct}
                          onClick={() => setAct(decide([conflict], take, does))}
                        >
                          {takeWords(take)}
                        </button>
                        <p>
                          <Words text={does} />
                        </p>
                      </li>
                    ))}
                  </ul>
                )}
                <p class="meta">
                  {waiting} {mayAct || choices.length === 0 ? '' : 'You are signed in to look only.'}
                </p>
              </Card>
            ) : (
              <Card title="Decided">
                <p>
                  {decidedWords(conflict)} on <Moment at={conflict.resolved_at} /> UTC.
                  {conflict.acted_at != null && conflict.resolved_by !== 'sparkhire-sync' && (
                    <>
                      {' '}
                      {endWords(conflict)} on <Moment at={conflict.acted_at} /> UTC.
                    </>
                  )}
                </p>
              </Card>
            )}
          </>
        )}
      </Shown>
      <AskWhy
        act={act}
        close={() => {
          setAct(null);
          asked.again();
        }}
        onDone={setWords}
      />
    </Page>
  );
}

/** A pair of values that were the same is one. */
function agreedOn(base: unknown): string {
  const pair = base as { ats?: unknown; sparkhire?: unknown } | null;
  if (typeof pair !== 'object' || pair === null || !('ats' in pair) || !('sparkhire' in pair))
    return textOf(base);
  const [ats, spark] = [textOf(pair.ats), textOf(pair.sparkhire)];
  return ats === spark ? ats : `ATS: ${ats || '–'}\nSpark Hire: ${spark || '–'}`;
}

function Sides({ row }: { row: Row }) {
  const [ats, spark] = [textOf(row.ats_value), textOf(row.sparkhire_value)];
  const base = agreedOn(row.base_value);
  if (base === '' && ats === '' && spark === '') return null;
  return (
    <div class="sides">
      <section>
        <h3>Agreed on last</h3>
        <pre>{base === '' ? <span class="none">nothing</span> : base}</pre>
      </section>
      <section>
        <h3>ATS</h3>
        <pre>
          <Marked text={ats} other={spark} kind="ins" />
        </pre>
      </section>
      <section>
        <h3>Spark Hire</h3>
        <pre>
          <Marked text={spark} other={ats} kind="ins" />
        </pre>
      </section>
    </div>
  );
}
