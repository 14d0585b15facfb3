/** Acts: each asks why, and tells what came of it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Failure } from '../api.js';
import { Words } from './elements.js';

export interface Act {
  /** As a button says it. */
  name: string;
  /** What it does, and what it sends. */
  does: ComponentChildren;
  isDangerous?: boolean;
  /** @returns what came of it, as a sentence */
  run(reason: string): Promise<string>;
}

/** Asks for the reason in a dialog, then acts. */
export function AskWhy({
  act,
  close,
  onDone,
}: {
  act: Act | null;
  close: () => void;
  onDone: (words: string) => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const reason = useRef<HTMLTextAreaElement>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const id = useId();
  useEffect(() => {
    if (act === null) return;
    setFailure(null);
    dialog.current?.showModal();
    reason.current?.focus();
  }, [act]);
  if (act === null) return null;

  async function go(event: Event) {
    event.preventDefault();
    const why = reason.current!.value.trim();
    if (why === '') {
      setFailure(new Failure(400, 'Say why.', null, null));
      reason.current!.focus();
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      const words = await act!.run(why);
      dialog.current?.close();
      onDone(words);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <dialog ref={dialog} onClose={close} aria-labelledby={id}>
      <form onSubmit={go}>
        <h2 id={id}>{act.name}</h2>
        <div class="does">{act.does}</div>
        <label for={`${id}-why`}>Why</label>
        <textarea
          id={`${id}-why`}
          ref={reason}
          rows={2}
          required
          maxLength={500}
          aria-describedby={`${id}-hint`}
        />
        <p class="hint" id={`${id}-hint`}>
          Kept in the audit, with the time and who it was.
        </p>
        <div role="alert">
          {failure === null ? null : (
            <p class="form-failure">
              <Words
                text={`${failure.message} ${failure.status === 409 ? 'Close this: the page shows it as it is now.' : (failure.remedy ?? '')}`}
              />
            </p>
          )}
        </div>
        <div class="dialog-actions">
          <button type="button" onClick={() => dialog.current?.close()}>
            {failure === null ? 'Not now' : 'Close'}
          </button>
          <button type="submit" class={act.isDangerous ? 'primary danger' : 'primary'} disabled={isBusy}>
            {isBusy ? 'Working …' : act.name}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** What came of the last act: said aloud, and seen by whoever acted further down a long page. */
export function Done({ words }: { words: string | null }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What was chosen may be gone from the page: the next step by keyboard begins here.
    if (words !== null) place.current?.focus();
  }, [words]);
  return (
    <div role="status" aria-live="polite" class="done" ref={place} tabIndex={-1}>
      {words === null ? null : (
        <div class="notice ok">
          <p>
            <Words text={words} />
          </p>
        </div>
      )}
    </div>
  );
}
