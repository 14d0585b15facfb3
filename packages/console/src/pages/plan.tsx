import { useState } from 'preact/hooks';
import type { Approved, HeldPlans, PlanShown } from '../../../../src/console/answers/plans.js';
import { count, counted } from '../../../../src/status/render/words.js';
import { Failure, post, query } from '../api.js';
import { type Act, AskWhy, Done } from '../parts/act.js';
import { Marked } from '../parts/difference.js';
import {
  AccountChoice,
  Card,
  Empty,
  Page,
  plain,
  Shown,
  Since,
  Trouble,
  title,
  Words,
} from '../parts/elements.js';
import { type PageProps, to, useAsked } from '../use.js';
import { valueText } from '../values.js';

type Action = PlanShown['actions'][number];

export function Plan({ of, mayAct, accounts }: PageProps) {
  const account = of.get('account') ?? accounts[0]!;
  const held = useAsked<HeldPlans>(`/api/plans/held${query({ account })}`, 10_000);
  const [plan, setPlan] = useState<PlanShown | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [act, setAct] = useState<Act | null>(null);
  const [words, setWords] = useState<string | null>(null);

  async function look() {
    setBusy(true);
    setFailure(null);
    try {
      setPlan(await post<PlanShown>('/api/plan', { account }));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  const shown = plan?.account === account ? plan : null;
  return (
    <Page
      title="Plan"
      lead="What would be written to Spark Hire. Looking writes nothing; it takes a few requests."
      actions={
        <>
          <AccountChoice page="plan" of={of} accounts={accounts} needsOne />
          <button type="button" class={shown === null ? 'primary' : ''} onClick={look} disabled={isBusy}>
            {isBusy ? 'Looking at Spark Hire …' : shown === null ? 'Make the plan' : 'Make it again'}
          </button>
        </>
      }
    >
      <Done words={words} />
      <Shown asked={held}>
        {({ held: plans, moved }) =>
          moved.includes(account) && shown === null ? (
            <div class="notice waits">
              <p>
                <strong>Nothing is written.</strong> This database is a copy, or was restored or moved. If
                nothing else writes for this account any more, look at the plan and approve it.
              </p>
              <button type="button" onClick={look} disabled={isBusy}>
                See it
              </button>
            </div>
          ) : plans.length === 0 ? (
            shown === null ? (
              <Empty title="No plan is held.">
                The service carries plans out by itself; one that is too large waits here.
              </Empty>
            ) : null
          ) : (
            plans.map(({ conflict, reason, since, checksum }) => (
              <div class="notice waits" key={conflict}>
                <p>
                  <strong>A plan is held</strong> (<Since at={since} />
                  ). {reason === null ? null : <Words text={reason} />}
                  {checksum === null ? null : <span class="meta mono"> {checksum.slice(0, 12)}</span>}
                </p>
                {shown === null ? (
                  <button type="button" onClick={look} disabled={isBusy}>
                    See it
                  </button>
                ) : null}
              </div>
            ))
          )
        }
      </Shown>
      {failure === null ? null : <Trouble failure={failure} />}
      <div aria-live="polite">
        {shown === null ? null : (
          <PlanDiff
            plan={shown}
            onApprove={shown.held !== null && mayAct ? () => setAct(approve(shown, look)) : undefined}
          />
        )}
      </div>
      <AskWhy
        act={act}
        close={() => setAct(null)}
        onDone={(told) => {
          setWords(told);
          setPlan(null);
          held.again();
        }}
      />
    </Page>
  );
}

/** @param again makes the plan once more: it is not the one that was looked at */
function approve(plan: PlanShown, again: () => void): Act {
  return {
    name: 'Approve this plan',
    isDangerous: true,
    does: (
      <>
        <p>{plan.held}</p>
        <p>
          {plan.actions.length === 1
            ? 'Its one action is'
            : `All ${count(plan.actions.length)} actions of it are`}{' '}
          carried out now, with the e-mails that Spark Hire sends for them:{' '}
          {grouped(plan.actions).map(groupWords).join(', ')}. If anything changed since, it is refused.
        </p>
      </>
    ),
    async run(reason) {
      const { account, checksum } = plan;
      const { pushed } = await post<Approved>('/api/plan/approve', { account, checksum, reason }).catch(
        (error) => {
          if (error instanceof Failure && error.status === 409) again();
          throw error;
        },
      );
      const done = ['created', 'updated', 'canceled', 'adopted'].flatMap((what) =>
        (pushed[what] ?? 0) > 0 ? [`${pushed[what]} ${what}`] : [],
      );
      return `The plan was carried out: ${done.length === 0 ? 'nothing was left to write' : done.join(', ')}.`;
    },
  };
}

const signs: Readonly<Record<string, [string, string]>> = {
  create: ['+', 'ok'],
  adopt: ['=', 'ok'],
  share: ['+', 'ok'],
  update: ['~', 'busy'],
  close: ['–', 'waits'],
  cancel: ['–', 'wrong'],
  delete: ['–', 'wrong'],
};

const mostShown = 200;

/** By what is done to what. */
function grouped(actions: readonly Action[]): Action[][] {
  const groups = new Map<string, Action[]>();
  for (const action of actions) {
    const key = `${action.action} ${action.resource}`;
    groups.set(key, [...(groups.get(key) ?? []), action]);
  }
  return [...groups.values()];
}

/** `12 interviews to cancel`. */
function groupWords(actions: readonly Action[]): string {
  const { action, resource } = actions[0]!;
  const what = counted(actions.length, plain(resource).replace(/s$/, ''), plain(resource));
  return `${what} to ${action === 'adopt' ? 'link to what is there' : action}`;
}

function PlanDiff({ plan, onApprove }: { plan: PlanShown; onApprove?: () => void }) {
  return (
    <>
      {plan.actions.length === 0 ? (
        <Empty title="Nothing is to be written." />
      ) : (
        grouped(plan.actions).map((actions) => {
          const { action, resource } = actions[0]!;
          const [sign, tone] = signs[action] ?? ['·', 'plain'];
          return (
            <Card key={`${action} ${resource}`} title={groupWords(actions)}>
              <ul class="diff">
                {actions.slice(0, mostShown).map((one) => (
                  <li key={one.ats_id}>
                    <span class={`sign ${tone}`} aria-hidden="true">
                      {sign}
                    </span>
                    <div>
                      <p>
                        <a href={to('find', { q: `${one.resource}:${one.ats_id}`, account: plan.account })}>
                          {one.name ?? one.ats_id}
                        </a>{' '}
                        <span class="meta">
                          {[one.name === null ? null : one.ats_id, one.job]
                            .flatMap((part) => (part === null ? [] : [`${part} · `]))
                            .join('')}
                          <Words text={one.reason} />
                          {one.actor === undefined ? '' : ` · as ${one.actor}`}
                        </span>
                      </p>
                      {one.changes.length === 0 ? null : (
                        <dl class="changes">
                          {one.changes.map(({ field, from, to: value }) => (
                            <>
                              <dt>{plain(field)}</dt>
                              <dd>
                                {action === 'create' || valueText(from) === '' ? (
                                  <span>{valueText(value) || '–'}</span>
                                ) : (
                                  <>
                                    <span class="old">
                                      <Marked text={valueText(from)} other={valueText(value)} kind="del" />
                                    </span>
                                    <span>
                                      <Marked text={valueText(value)} other={valueText(from)} kind="ins" />
                                    </span>
                                  </>
                                )}
                              </dd>
                            </>
                          ))}
                        </dl>
                      )}
                    </div>
                  </li>
                ))}
              </ul>
              {actions.length > mostShown ? (
                <p class="hint">{actions.length - mostShown} more: `sparkhire-sync plan` lists them all.</p>
              ) : null}
            </Card>
          );
        })
      )}
      {onApprove === undefined ? null : (
        <div class="approve">
          <p>
            <strong>{title(plan.held ?? '')}</strong>
          </p>
          <button type="button" class="primary danger" onClick={onApprove}>
            Approve this plan
          </button>
        </div>
      )}
      <details class="card">
        <summary>As the command prints it</summary>
        <pre class="terminal">{plan.text}</pre>
      </details>
    </>
  );
}
