import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure, post } from '../api.js';

/** @param onDone called once the session is open */
export function SignIn({ onDone, wasIn }: { onDone: () => void; wasIn: boolean }) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in · sparkhire-sync';
    if (!enterByAddress()) field.current?.focus();
    addEventListener('hashchange', enterByAddress);
    return () => removeEventListener('hashchange', enterByAddress);
  }, []);

  /** A link that `demo` prints has the token behind the #, which no request carries. */
  function enterByAddress(): boolean {
    const [, token] = /^#token=([^&]+)$/.exec(location.hash) ?? [];
    if (token === undefined) return false;
    history.replaceState(null, '', location.pathname);
    void enter(decoded(token));
    return true;
  }

  async function enter(token: string) {
    setBusy(true);
    setFailure(null);
    try {
      await post('/api/login', { token });
      onDone();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      setFailure(error);
      field.current?.select();
      field.current?.focus();
    } finally {
      setBusy(false);
    }
  }

  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter(field.current!.value.trim());
        }}
      >
        <img src="/icon.svg" alt="" width="44" height="44" />
        <h1>sparkhire-sync</h1>
        <p class="lead">
          {wasIn ? 'Your session has ended. Sign in again.' : 'Your ATS and Spark Hire, in step.'}
        </p>
        <label for="token">Token</label>
        <input
          id="token"
          ref={field}
          type="password"
          autocomplete="current-password"
          required
          aria-describedby="token-hint"
          aria-invalid={failure !== null}
        />
        <p id="token-hint" class="hint">
          The value of SYNC_ADMIN_TOKEN, or of SYNC_VIEWER_TOKEN to look only.
        </p>
        <div role="alert" class="form-failure">
          {failure?.message}
        </div>
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? 'Signing in …' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

/** As it is where it is not encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
