/** Charts, each with the same numbers as a table for those who do not see it. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { count } from '../../../../src/status/render/words.js';
import { Scrolls } from './elements.js';

export interface Series {
  name: string;
  /** A class that gives it its colour. */
  tone: string;
}

export interface Bar {
  /** What it is of, as `09:30`. */
  label: string;
  values: readonly number[];
  /** Something to be marked, such as 429s. */
  marked?: number;
}

const height = 120;

/** @param limit a line across; none unless given @param ticks so many labels below */
export function StackedBars({
  series,
  bars,
  limit,
  marked,
  ticks = 6,
  what,
}: {
  series: readonly Series[];
  bars: readonly Bar[];
  limit?: number | null;
  marked?: string;
  ticks?: number;
  what: string;
}) {
  const id = useId();
  const sums = bars.map(({ values }) => values.reduce((all, one) => all + one, 0));
  const highest = Math.max(1, ...sums, limit != null && Math.max(...sums) > limit / 4 ? limit : 0);
  const top = niceTop(highest);
  const width = 720;
  const step = width / bars.length;
  const room = Math.min(step * 0.72, 28);
  const y = (value: number) => height - (value / top) * height;
  const every = Math.max(1, Math.ceil(bars.length / ticks));
  const used = series.filter((_, at) => bars.some(({ values }) => values[at]! > 0));
  const markedAny = marked !== undefined && bars.some((bar) => (bar.marked ?? 0) > 0);
  return (
    <figure class="chart">
      <div class="plot">
        <div class="y-axis" aria-hidden="true">
          <span>{count(top)}</span>
          <span>{count(Math.round(top / 2))}</span>
          <span>0</span>
        </div>
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-labelledby={id}>
          <title id={id}>{what}</title>
          {[0, top / 2, top].map((value) => (
            <line key={value} class="grid" x1="0" x2={width} y1={y(value)} y2={y(value)} />
          ))}
          {bars.map((bar, index) => {
            let below = 0;
            const x = index * step + (step - room) / 2;
            return (
              <g key={bar.label}>
                <title>{`${bar.label}: ${told(series, bar, marked)}`}</title>
                <rect class="hit" x={index * step} y="0" width={step} height={height} />
                {bar.values.map((value, at) => {
                  if (value === 0) return null;
                  const from = below;
                  below += value;
                  return (
                    <rect
                      key={series[at]!.name}
                      class={series[at]!.tone}
                      x={x}
                      y={y(below)}
                      width={room}
                      height={Math.max(0.75, y(from) - y(below))}
                    />
                  );
                })}
                {(bar.marked ?? 0) > 0 ? <rect class="marked" x={x} y="0" width={room} height="4" /> : null}
              </g>
            );
          })}
          {limit != null && limit <= top ? (
            <line class="limit" x1="0" x2={width} y1={y(limit)} y2={y(limit)} />
          ) : null}
        </svg>
        <div class="x-axis" aria-hidden="true">
          {bars.map(({ label }, index) =>
            index % every === 0 ? (
              <span key={label} style={{ left: `${(100 * (index + 0.5)) / bars.length}%` }}>
                {label}
              </span>
            ) : null,
          )}
        </div>
      </div>
      <figcaption>
        <ul class="legend">
          {used.map(({ name, tone }) => (
            <li key={name}>
              <i class={tone} /> {name}
            </li>
          ))}
          {markedAny ? (
            <li>
              <i class="marked" /> {marked}
            </li>
          ) : null}
          {limit != null ? (
            <li>
              <i class="limit" /> limit {count(limit)}
            </li>
          ) : null}
        </ul>
        <Numbers head={['', ...series.map(({ name }) => name), ...(marked === undefined ? [] : [marked])]}>
          {bars
            .filter(({ values, marked: some = 0 }) => some > 0 || values.some((value) => value > 0))
            .map(({ label, values, marked: some }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {values.map((value, at) => (
                  <td key={series[at]!.name}>{count(value)}</td>
                ))}
                {marked === undefined ? null : <td>{count(some ?? 0)}</td>}
              </tr>
            ))}
        </Numbers>
      </figcaption>
    </figure>
  );
}

function Numbers({ head, children }: { head: readonly string[]; children: ComponentChildren }) {
  return (
    <details class="numbers">
      <summary>Numbers</summary>
      <Scrolls label="Numbers of the chart">
        <table>
          <thead>
            <tr>
              {head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </Scrolls>
    </details>
  );
}

function told(series: readonly Series[], { values, marked = 0 }: Bar, what: string | undefined): string {
  const parts = values.flatMap((value, at) => (value > 0 ? [`${count(value)} ${series[at]!.name}`] : []));
  if (marked > 0 && what !== undefined) parts.push(`${count(marked)} ${what}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

/** The next of 1, 2, 4, 5, 10, 20 … */
function niceTop(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 4, 5, 10]) if (value <= factor * ten) return Math.max(2, factor * ten);
  return value;
}

/** Steps from many to few, each with its share of the first. */
export function Funnel({ steps }: { steps: ReadonlyArray<{ name: string; value: number; tone?: string }> }) {
  const first = Math.max(1, steps[0]?.value ?? 0);
  return (
    <ol class="funnel">
      {steps.map(({ name, value, tone = 'lane-write' }) => (
        <li key={name}>
          <span class="funnel-name">{name}</span>
          <span class="funnel-bar">
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <rect class="track" width="100" height="10" />
              <rect class={tone} width={Math.min(100, (100 * value) / first)} height="10" />
            </svg>
          </span>
          <span class="funnel-value">{count(value)}</span>
          <span class="funnel-share">{Math.round((100 * value) / first)} %</span>
        </li>
      ))}
    </ol>
  );
}
