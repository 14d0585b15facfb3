/** The one printer of tables: as wide as they are, and no wider than a terminal. Nothing is ever cut off. Pure. */
import { wrapped } from './words.js';

export interface Column {
  title: string;
  align?: 'right';
  /** Its cells are broken at blanks where the terminal is too narrow. */
  wraps?: boolean;
}

export interface TableOptions {
  /** Columns of the terminal; null where it is none, and lines are as long as they are. */
  width: number | null;
  indent?: number;
  /** Whether the titles are shown; they are unless given. */
  titles?: boolean;
}

const gap = 2;

/**
 * Where not even breaking cells makes it fit, each row is a paragraph under its first cell.
 * @returns lines; an empty title is none
 */
export function table(
  columns: readonly Column[],
  rows: ReadonlyArray<readonly string[]>,
  { width, indent = 0, titles = true }: TableOptions,
): string[] {
  const head = columns.map(({ title }) => title);
  const all = titles ? [head, ...rows] : rows;
  const widths = columns.map((_, at) => widest(all.map((cells) => cells[at]!.length)));
  const room = width === null ? Number.POSITIVE_INFINITY : width - indent - gap * (columns.length - 1);
  const least = columns.map(({ wraps }, at) =>
    wraps === true
      ? widest(all.flatMap((cells) => cells[at]!.split(' ').map(({ length }) => length)))
      : widths[at]!,
  );
  if (sum(least) > room) {
    const heading = titles
      ? wrapped(head[0]!, width! - indent).map((line) => `${' '.repeat(indent)}${line}`)
      : [];
    return [...heading, ...rows.flatMap((cells) => paragraph(columns, cells, width!, indent, titles))];
  }
  while (sum(widths) > room) {
    // The one that has most to give.
    const slack = widths.map((one, at) => one - least[at]!);
    widths[slack.indexOf(widest(slack))]! -= 1;
  }
  return all.flatMap((cells) => lines(columns, cells, widths, indent));
}

function lines(
  columns: readonly Column[],
  cells: readonly string[],
  widths: readonly number[],
  indent: number,
): string[] {
  const parts = cells.map((cell, at) => (cell.length <= widths[at]! ? [cell] : wrapped(cell, widths[at]!)));
  return Array.from({ length: widest(parts.map(({ length }) => length)) }, (_, row) => {
    const line = columns.map(({ align }, at) => {
      const part = parts[at]![row] ?? '';
      return align === 'right' ? part.padStart(widths[at]!) : part.padEnd(widths[at]!);
    });
    return `${' '.repeat(indent)}${line.join(' '.repeat(gap))}`.trimEnd();
  });
}

function paragraph(
  columns: readonly Column[],
  cells: readonly string[],
  width: number,
  indent: number,
  titles: boolean,
): string[] {
  const [first, ...rest] = cells;
  const told = rest.flatMap((cell, at) => {
    const { title } = columns[at + 1]!;
    if (cell === '') return [];
    return [titles && title !== '' ? `${title}: ${cell}` : cell];
  });
  return [
    ...wrapped(first!, width - indent).map((line) => `${' '.repeat(indent)}${line}`),
    ...wrapped(told.join(' · '), width - indent - 2).map((line) => `${' '.repeat(indent + 2)}${line}`),
  ];
}

const widest = (numbers: readonly number[]) => numbers.reduce((most, one) => Math.max(most, one), 0);
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
