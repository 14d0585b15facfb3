import { useEffect, useRef } from 'preact/hooks';
import type { Found } from '../../../../src/console/answers/find.js';
import { count } from '../../../../src/status/render/words.js';
import { query } from '../api.js';
import { Card, Empty, Moment, Page, plain, Shown, State, title, When, Words } from '../parts/elements.js';
import { Table } from '../parts/table.js';
import { go, type PageProps, to, useAsked } from '../use.js';

type Story = Found['stories'][number];
type Subject = Story['subjects'][number];

export function Find({ of, accounts }: PageProps) {
  const q = of.get('q') ?? '';
  const account = of.get('account');
  const asked = useAsked<Found>(q === '' ? null : `/api/find${query({ q, account })}`);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (q === '') box.current?.focus();
    else if (box.current !== null) box.current.value = q;
  }, [q]);
  return (
    <Page
      title="Find"
      lead="A name, an e-mail address, a job title, a key of the ATS or an id of Spark Hire: the whole story of it, in the order it happened."
    >
      <search>
        <form
          class="find"
          onSubmit={(event) => {
            event.preventDefault();
            go(to('find', { q: box.current!.value.trim() }));
          }}
        >
          <label class="unseen" for="q">
            What to find
          </label>
          <input
            id="q"
            ref={box}
            type="search"
            defaultValue={q}
            maxLength={200}
            placeholder="ada.lake@example.com"
          />
          <button type="submit" class="primary">
            Find
          </button>
        </form>
      </search>
      <div aria-live="polite">
        {q === '' ? (
          <Empty title="Nothing is asked yet.">
            The last word of a name may be its beginning alone; keys, addresses and ids are looked for as they
            are.
          </Empty>
        ) : (
          <Shown asked={asked}>
            {(found) => <Results found={found} withAccount={accounts.length > 1} />}
          </Shown>
        )}
      </div>
    </Page>
  );
}

function Results({ found, withAccount }: { found: Found; withAccount: boolean }) {
  const { stories, named, erased, searched, asked, more } = found;
  if (stories.length + named.length + erased.length === 0) {
    return (
      <Empty title={`Nothing is known of “${asked}”: it was never here, or is gone.`}>
        Searched: {searched.join('; ')}.
      </Empty>
    );
  }
  return (
    <>
      {erased.map(({ account, at }) => (
        <div class="notice waits" key={account}>
          <p>
            <strong>This person was erased</strong> on <Moment at={at} /> UTC: they are not invited or stored
            again.
          </p>
        </div>
      ))}
      {named.length === 0 ? null : <Named named={named} withAccount={withAccount} />}
      {stories.map((story) => (
        <StoryShown
          key={JSON.stringify([story.account, story.subjects.map(keyOf)])}
          story={story}
          withAccount={withAccount}
        />
      ))}
      {more ? <p class="hint">There is more than this: another word, or the whole key, narrows it.</p> : null}
    </>
  );
}

const keyOf = ({ resource, ats_id: atsId, uuid }: Pick<Subject, 'resource' | 'ats_id' | 'uuid'>) =>
  `${resource} ${atsId ?? uuid ?? ''}`;

function Named({ named, withAccount }: { named: Found['named']; withAccount: boolean }) {
  return (
    <Card>
      <Table
        label="Whoever and whatever is called so"
        rows={named}
        keyOf={({ account, resource, ats_id: atsId, uuid }) => `${account} ${resource} ${atsId} ${uuid}`}
        columns={[
          {
            name: 'Name',
            is: 'head',
            cell: ({ account, resource, ats_id: atsId, uuid, name }) => (
              <>
                <a href={to('find', { q: uuid ?? `${resource}:${atsId}`, account })}>{name}</a>
                {withAccount ? <span class="meta">{account}</span> : null}
              </>
            ),
          },
          {
            name: 'What',
            cell: (one) => `${noun(one.resource)}${one.uuid === null ? ' (row of the ATS)' : ''}`,
          },
          { name: 'About', cell: ({ about }) => about },
          { name: 'State', cell: ({ state }) => <State state={state} /> },
        ]}
      />
    </Card>
  );
}

/** What recruiters ask first. An interview that is in Spark Hire was invited, by whomever. */
function Invited({ subject, events }: { subject: Subject; events: Story['events'] }) {
  if (subject.resource !== 'interviews') return null;
  // A write whose answer was lost, or a decision about one, says neither.
  if (subject.uuid === null)
    return (
      <strong>
        {['in_flight', 'conflict'].includes(subject.state ?? '')
          ? 'Not known to be invited.'
          : 'Not invited.'}
      </strong>
    );
  const own = events.filter(({ kind, uuid, ats_id: id }) =>
    kind === 'email' ? uuid === subject.uuid || (id !== null && id === subject.ats_id) : false,
  );
  const at = own.find(({ text }) => /\binvitation\b/.test(text))?.at;
  return (
    <strong>
      Invited
      {at === undefined ? null : (
        <>
          {' '}
          <When at={at} /> (<Moment at={at} /> UTC)
        </>
      )}
      .
    </strong>
  );
}

const nouns: Readonly<Record<string, string>> = {
  users: 'User',
  jobs: 'Job',
  interviews: 'Interview',
  packages: 'Package',
  share_requests: 'Share request',
  share_links: 'Share link',
  entries: 'Entry into a stage',
};
const noun = (resource: string) => nouns[resource] ?? title(plain(resource));

function StoryShown({
  story: { account, subjects, events },
  withAccount,
}: {
  story: Story;
  withAccount: boolean;
}) {
  const isMany = subjects.length > 1;
  return (
    <Card>
      {subjects.map((subject) => (
        <div class="subject" key={keyOf(subject)}>
          <h2>
            {subject.name ?? keyOf(subject)} <State state={subject.state ?? subject.status} />
          </h2>
          <p class="meta mono">
            {[withAccount ? account : null, noun(subject.resource), subject.ats_id, subject.uuid]
              .filter((part) => part !== null)
              .join(' · ')}
          </p>
          <p>
            <Invited subject={subject} events={events} /> <Words text={subject.summary} />
          </p>
          {subject.causes.length === 0 ? null : (
            <ul class="causes boxed">
              {subject.causes.map(({ code, root, message, remedy }) => (
                <li key={`${code} ${root.resource} ${root.ats_id} ${message}`}>
                  <p>
                    <Words text={message} />
                  </p>
                  <p class="remedy">
                    <Words text={remedy} />
                    {root.conflict === null ? null : (
                      <>
                        {' '}
                        · <a href={to('conflicts', { id: root.conflict })}>Decide</a>
                      </>
                    )}
                    {root.resource === 'plan' ? (
                      <>
                        {' '}
                        · <a href={to('plan', { account })}>See the plan</a>
                      </>
                    ) : null}
                  </p>
                </li>
              ))}
            </ul>
          )}
        </div>
      ))}
      <h3 class="timeline-title">
        What happened <span class="aside">{count(events.length)} events, UTC</span>
      </h3>
      {events.length === 0 ? (
        <Empty title="Nothing is recorded." />
      ) : (
        <ol class="timeline">
          {events.map((event, at) => (
            <li key={`${event.at} ${at}`} class={`kind-${event.kind}`}>
              <Moment at={event.at} />
              <span class="kind">{plain(event.kind)}</span>
              <span>
                {isMany ? <strong>{keyOf(event)}: </strong> : null}
                <Words text={event.text} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
