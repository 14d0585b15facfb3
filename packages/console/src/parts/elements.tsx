/** Parts that every page is made of. */
import { type ComponentChildren, Fragment } from 'preact';
import { useEffect } from 'preact/hooks';
import { ago, count, duration, utc } from '../../../../src/status/render/words.js';
import type { Failure } from '../api.js';
import { type Asked, go, to, useArrival, useNow } from '../use.js';
import { spoken } from '../words.js';

export function Page({
  title,
  lead,
  actions,
  children,
}: {
  title: string;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  const heading = useArrival<HTMLHeadingElement>();
  useEffect(() => {
    document.title = `${title} · sparkhire-sync`;
  }, [title]);
  return (
    <>
      <header class="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead === undefined ? null : <p class="lead">{lead}</p>}
        </div>
        {actions === undefined ? null : <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export function Card({
  title,
  aside,
  children,
  wide,
  level,
}: {
  title?: ComponentChildren;
  aside?: ComponentChildren;
  children: ComponentChildren;
  wide?: boolean;
  level?: string;
}) {
  return (
    <section class={`card${wide ? ' wide' : ''}${level === undefined ? '' : ` ${level}`}`}>
      {title === undefined ? null : (
        <header>
          <h2>{title}</h2>
          {aside === undefined ? null : <span class="aside">{aside}</span>}
        </header>
      )}
      {children}
    </section>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

export function Trouble({ failure, again }: { failure: Failure; again?: () => void }) {
  return (
    <div class="notice wrong" role="alert">
      <p>
        <strong>
          {failure.status === 400 ? 'There is no such page.' : <Words text={failure.message} />}
        </strong>{' '}
        <Words
          text={
            failure.status === 400
              ? `Its address is not understood (${failure.message}). Choose a page from the menu.`
              : (failure.remedy ?? '')
          }
        />
      </p>
      {again === undefined || (failure.status >= 400 && failure.status < 500) ? null : (
        <button type="button" class="quiet" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** What was asked for, once it is there. */
export function Shown<T>({ asked, children }: { asked: Asked<T>; children: (data: T) => ComponentChildren }) {
  const { data, failure, again } = asked;
  const shown = data === null ? null : children(data);
  return (
    <>
      {failure === null || failure.code === 'AWAY' || failure.status === 401 ? null : (
        <Trouble failure={failure} again={again} />
      )}
      {shown ?? (failure === null ? <p class="loading">Loading …</p> : null)}
    </>
  );
}

/** How long ago, or how soon; the moment itself where one points at it. */
export function When({ at, now }: { at: string | null; now?: string }) {
  const ticking = useNow();
  if (at === null) return <>never</>;
  return (
    <time dateTime={at} title={`${utc(at)} UTC`}>
      {ago(at, now ?? ticking)}
    </time>
  );
}

/** For how long; the moment itself where one points at it. */
export function Since({ at, now }: { at: string; now?: string }) {
  const ticking = useNow();
  const seconds = (Date.parse(now ?? ticking) - Date.parse(at)) / 1000;
  return (
    <time dateTime={at} title={`${utc(at)} UTC`}>
      {seconds < 1 ? 'just now' : `for ${duration(seconds)}`}
    </time>
  );
}

/** A moment as the commands print it. */
export function Moment({ at }: { at: string | null }) {
  return at === null ? <>–</> : <time dateTime={at}>{utc(at)}</time>;
}

export function Badge({ kind, children }: { kind: string; children: ComponentChildren }) {
  return <span class={`badge ${kind}`}>{children}</span>;
}

const stateKinds: Readonly<Record<string, string>> = {
  synced: 'ok',
  succeeded: 'ok',
  completed: 'ok',
  held: 'waits',
  conflict: 'waits',
  interrupted: 'waits',
  rejected: 'wrong',
  failed: 'wrong',
  running: 'busy',
  in_flight: 'busy',
};

export function State({ state }: { state: string | null }) {
  if (state === null) return <>–</>;
  return <Badge kind={stateKinds[state] ?? 'plain'}>{state.replaceAll('_', ' ')}</Badge>;
}

export function Figure({ value, words, href }: { value: number; words: string; href?: string }) {
  const told = (
    <>
      <span class="figure-value">{count(value)}</span>
      <span class="figure-words">{words}</span>
    </>
  );
  return href === undefined ? (
    <div class="figure">{told}</div>
  ) : (
    <a class="figure" href={href}>
      {told}
    </a>
  );
}

/** What stands between backquotes is a name, or a command that there is a page for. */
export function Words({ text }: { text: string }) {
  return (
    <>
      {spoken(text).map((part, at) => (
        <Fragment key={`${at}`}>
          {'text' in part ? (
            part.text
          ) : 'code' in part ? (
            <code>{part.code}</code>
          ) : (
            <a href={part.address}>{part.words}</a>
          )}
        </Fragment>
      ))}
    </>
  );
}

export const title = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
export const plain = (name: string) => name.replaceAll('_', ' ');

export function Choice({
  label,
  value,
  onChange,
  children,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  children: ComponentChildren;
}) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {children}
      </select>
    </label>
  );
}

/** Nothing where there is one account. @param needsOne whether the page is of a single one */
export function AccountChoice({
  page,
  of,
  accounts,
  needsOne = false,
}: {
  page: string;
  of: URLSearchParams;
  accounts: readonly string[];
  needsOne?: boolean;
}) {
  if (accounts.length < 2) return null;
  return (
    <Choice
      label="Account"
      value={of.get('account') ?? (needsOne ? accounts[0]! : '')}
      onChange={(account) => go(to(page, { account }))}
    >
      {needsOne ? null : <option value="">All</option>}
      {accounts.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </Choice>
  );
}

/** A table that scrolls by itself where the screen is narrow; by the keyboard too. */
export function Scrolls({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by the keyboard.
    <section class="scrolls" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
