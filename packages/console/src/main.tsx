/** The frame around the pages: who is signed in, where one is, and whether the service is there. */
import { type ComponentType, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failure, get, post, world } from './api.js';
import { Conflicts } from './pages/conflicts.js';
import { Find } from './pages/find.js';
import { Mirror } from './pages/mirror.js';
import { Overview } from './pages/overview.js';
import { Plan } from './pages/plan.js';
import { Rows } from './pages/rows.js';
import { Runs } from './pages/runs.js';
import { SignIn } from './pages/sign-in.js';
import { type PageProps, type Place, to, useAsked, usePlace, useWorld } from './use.js';

interface Session {
  role: 'admin' | 'viewer';
  version: string;
  accounts: string[];
}

const pages: ReadonlyArray<[string, string, ComponentType<PageProps>]> = [
  ['overview', 'Overview', Overview],
  ['find', 'Find', Find],
  ['conflicts', 'Conflicts', Conflicts],
  ['rows', 'Rows', Rows],
  ['plan', 'Plan', Plan],
  ['runs', 'Runs', Runs],
  ['mirror', 'Mirror', Mirror],
];

function App() {
  const { presence, isSignedOut } = useWorld();
  const [session, setSession] = useState<Session | null>(null);
  // The page itself says whether somebody is signed in.
  const [isKnown, setKnown] = useState(document.documentElement.dataset.role === 'none');
  const [wasIn, setWasIn] = useState(false);
  const place = usePlace();

  async function look() {
    try {
      setSession(await get<Session>('/api/session'));
      world.change({ isSignedOut: false });
      setWasIn(true);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      setSession(null);
    }
    setKnown(true);
  }
  useEffect(() => {
    if (presence === 'there' && (session !== null || !isKnown)) void look();
  }, [presence]);

  async function leave() {
    await post('/api/logout').catch(() => {});
    setSession(null);
    setWasIn(false);
  }

  return (
    <>
      <div role="status" aria-live="polite" class="presence">
        {presence === 'away' ? (
          <p>
            <span class="spinner" aria-hidden="true" /> The service does not answer. This page comes back by
            itself as soon as it does.
          </p>
        ) : null}
      </div>
      {!isKnown ? null : session === null || isSignedOut ? (
        <SignIn onDone={look} wasIn={wasIn} />
      ) : (
        <Frame session={session} place={place} leave={leave} />
      )}
    </>
  );
}

function Frame({ session, place, leave }: { session: Session; place: Place; leave: () => void }) {
  const [, title, Shown] = pages.find(([name]) => name === place.page) ?? pages[0]!;
  // Not every page asks again by itself: a service that went away, or a session that ended, is noticed here.
  useAsked<Session>('/api/session', 10_000);
  return (
    <div class="frame">
      <button type="button" class="skip" onClick={skip}>
        To the content
      </button>
      <header class="side">
        <a class="brand" href={to('overview')}>
          <img src="/icon.svg" alt="" width="26" height="26" />
          <span>sparkhire-sync</span>
        </a>
        <nav aria-label="Pages">
          <ul>
            {pages.map(([name, words]) => (
              <li key={name}>
                <a href={to(name)} aria-current={words === title ? 'page' : undefined}>
                  {words}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="who">
          <span>{session.role === 'admin' ? 'Administrator' : 'Looking only'}</span>
          <button type="button" class="quiet" onClick={leave}>
            Sign out
          </button>
          <small>Version {session.version}</small>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <Shown key={place.page} of={place.of} mayAct={session.role === 'admin'} accounts={session.accounts} />
      </main>
    </div>
  );
}

function skip() {
  document.getElementById('content')?.focus();
}

render(<App />, document.getElementById('app')!);
