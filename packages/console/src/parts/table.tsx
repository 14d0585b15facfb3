/** Tables of rows: what a column is, is said once, for its head, its cells and for narrow screens. */
import type { ComponentChildren } from 'preact';
import { count } from '../../../../src/status/render/words.js';
import { type Asked, to } from '../use.js';
import { Choice, Empty, Scrolls, Shown } from './elements.js';

export interface Column<R> {
  name: ComponentChildren;
  /** `head` says which row it is; a `count` of none is dimmed. */
  is?: 'head' | 'number' | 'count';
  cell: (row: R) => ComponentChildren;
  /** How it is named beside its cells where they stand one below the other; a number by `name`, others not, unless given. */
  said?: string;
  /** Where a count that is not 0 leads. */
  to?: (row: R) => string;
  /** Further classes. */
  class?: string;
}

export interface Rows<R> {
  rows: readonly R[];
  keyOf: (row: R) => string | number;
  columns: ReadonlyArray<Column<R>>;
  /** What it lists, for who does not see it. */
  label: string;
  /** Cells say what they are on narrow screens; they do unless given. */
  named?: boolean;
}

export function Table<R>({ rows, keyOf, columns, label, named = true }: Rows<R>) {
  const classOf = ({ is, class: more }: Column<R>, isZero = false) =>
    [is === 'number' || is === 'count' ? 'number' : '', isZero ? 'zero' : '', more ?? '']
      .filter((one) => one !== '')
      .join(' ') || undefined;
  return (
    <Scrolls label={label}>
      <table class={named ? 'stacks named' : 'stacks'}>
        <thead>
          <tr>
            {columns.map((column, at) => (
              <th key={at} scope="col" class={classOf(column)}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column, at) => {
                const { is, cell, name } = column;
                const value = cell(row);
                if (is === 'head')
                  return (
                    <th key={at} scope="row" class={column.class}>
                      {value}
                    </th>
                  );
                const said = column.said ?? (is !== undefined && typeof name === 'string' ? name : undefined);
                return (
                  <td key={at} class={classOf(column, is === 'count' && value === 0)} data-name={said}>
                    {is !== 'count' ? value : linked(value as number, column.to?.(row))}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}

const linked = (value: number, href: string | undefined): ComponentChildren =>
  value === 0 || href === undefined ? count(value) : <a href={href}>{count(value)}</a>;

/** A box before each row, and one for all of them. */
export function choosing<R, K extends string | number>({
  rows,
  keyOf,
  nameOf,
  chosen,
  choose,
}: {
  rows: readonly R[];
  keyOf: (row: R) => K;
  nameOf: (row: R) => string;
  chosen: ReadonlySet<K> | ReadonlyMap<K, unknown>;
  choose: (rows: readonly R[], isChosen: boolean) => void;
}): Column<R> {
  const isChosen = (row: R) => chosen.has(keyOf(row));
  return {
    name: (
      <input
        type="checkbox"
        aria-label="All of them"
        checked={rows.every(isChosen)}
        onChange={(event) => choose(rows, event.currentTarget.checked)}
      />
    ),
    class: 'check',
    cell: (row) => (
      <input
        type="checkbox"
        aria-label={nameOf(row)}
        checked={isChosen(row)}
        onChange={(event) => choose([row], event.currentTarget.checked)}
      />
    ),
  };
}

/** A choice among what a listing shows. */
export function Filter({
  label,
  all = 'All',
  value,
  options,
  choose,
}: {
  label: string;
  /** What the choice of nothing in particular is called. */
  all?: string;
  value: string | null;
  options: ReadonlyArray<readonly [value: string, words: string]>;
  choose: (value: string) => void;
}) {
  return (
    <Choice label={label} value={value ?? ''} onChange={choose}>
      <option value="">{all}</option>
      {options.map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </Choice>
  );
}

/** The page after this one; null where `after` says that this is the last. */
export function nextPage(page: string, of: Record<string, string | null> & { after: string | null }) {
  return of.after === null ? null : { words: 'Next 50', href: to(page, of) };
}

/** What a route lists, page by page, with what chooses among it above. */
export function Listing<T, R>({
  filters,
  asked,
  rowsOf,
  empty,
  next,
  acts,
  ...table
}: Omit<Rows<R>, 'rows'> & {
  filters?: ComponentChildren;
  asked: Asked<T>;
  rowsOf: (told: T) => readonly R[];
  /** What is said where there are none. */
  empty: string;
  /** Where it goes on; null: that was all. */
  next: (told: T) => { words: string; href: string } | null;
  /** What can be done with the rows. */
  acts?: ComponentChildren;
}) {
  return (
    <>
      {filters === undefined ? null : <div class="filters">{filters}</div>}
      <Shown asked={asked}>
        {(told) => {
          const rows = rowsOf(told);
          if (rows.length === 0) return <Empty title={empty} />;
          const more = next(told);
          return (
            <div class="card">
              <Table {...table} rows={rows} />
              {more === null && acts === undefined ? null : (
                <div class={acts === undefined ? 'below' : 'below stays'}>
                  {acts ?? <span />}
                  {more === null ? null : (
                    <a class="button" href={more.href}>
                      {more.words}
                    </a>
                  )}
                </div>
              )}
            </div>
          );
        }}
      </Shown>
    </>
  );
}
