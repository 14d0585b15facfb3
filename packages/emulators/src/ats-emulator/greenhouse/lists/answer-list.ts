import { unprocessable } from '../api-error.js';
import type { Row, Snapshot } from '../world/table.js';
import { idsIn, type Keeps, list, time } from './filters.js';
import type { Listing } from './listing.js';
import type { Reading } from './reading.js';

const defaultPage = 100;
const largestPage = 500;

/** What a list was asked, or a cursor stands for. */
interface Question {
  /** Without cursor and per_page. */
  readonly query: Readonly<Record<string, string>>;
  readonly perPage: number;
  /** Only rows with smaller ids; absent on the first page. */
  readonly below?: number;
  /** When the cursor was made, on the emulator's clock. */
  readonly at?: number;
}

export interface ListAnswer {
  readonly rows: Record<string, unknown>[];
  /** The cursor of the next page. */
  readonly next: string | undefined;
}

/** @throws Refusal 422 for whatever the list does not take */
export function answerList(
  name: string,
  listing: Listing,
  query: URLSearchParams,
  reading: Reading,
): ListAnswer {
  const question = query.has('cursor') ? resumed(name, query, reading) : asked(query);
  const { keeps, wanted, fields } = understood(listing, question.query, reading);
  const { pageCap, lastPage } = reading.switches;
  const limit = Math.min(question.perPage, pageCap ?? largestPage);
  const snapshot = reading.view[listing.table] as Snapshot<Row>;
  const rows: Row[] = [];
  let more = false;
  for (const row of candidates(snapshot, wanted, question.below)) {
    if (!keeps.every((keep) => keep(row as never, reading))) continue;
    if (listing.seen && !listing.seen(row as never, reading)) continue;
    if (rows.length === limit) {
      more = true;
      break;
    }
    rows.push(row);
  }
  if (lastPage === 'empty-page' && rows.length === limit) more = true;
  return {
    rows: rows.map((row) => rendered(row, listing, fields, reading)),
    next: more ? cursorOf(name, { ...question, below: rows.at(-1)!.id, at: reading.now }) : undefined,
  };
}

function asked(query: URLSearchParams): Question {
  const plain: Record<string, string> = {};
  let perPage = defaultPage;
  for (const [name, value] of query) {
    if (query.getAll(name).length > 1) throw unprocessable(`${name} is given more than once`, name);
    if (name !== 'per_page') {
      plain[name] = value;
      continue;
    }
    perPage = /^\d{1,6}$/.test(value) ? Number(value) : 0;
    if (perPage < 1 || perPage > largestPage) {
      throw unprocessable(`per_page must be from 1 to ${largestPage}`, 'per_page');
    }
  }
  return { query: plain, perPage };
}

function resumed(name: string, query: URLSearchParams, { switches, now }: Reading): Question {
  if ([...query.keys()].length > 1) {
    throw unprocessable('cursor must be the only parameter', 'cursor');
  }
  try {
    const text = Buffer.from(query.get('cursor')!, 'base64url').toString('utf8');
    const { list: of, ...question } = JSON.parse(text) as Question & { list: string };
    const oldest = now - (switches.cursorSeconds ?? Number.POSITIVE_INFINITY) * 1000;
    if (of === name && typeof question.below === 'number' && question.at! > oldest) return question;
  } catch {
    // Not one of ours.
  }
  throw unprocessable('cursor is invalid', 'cursor');
}

function cursorOf(name: string, question: Question): string {
  return Buffer.from(JSON.stringify({ list: name, ...question })).toString('base64url');
}

function understood(
  listing: Listing,
  query: Readonly<Record<string, string>>,
  reading: Reading,
): { keeps: Keeps<never>[]; wanted: Set<number> | undefined; fields: readonly string[] } {
  const { switches } = reading;
  const keeps: Keeps<never>[] = [];
  let wanted: Set<number> | undefined;
  let { fields } = listing;
  if (switches.twoDates === '422' && 'created_at' in query && 'updated_at' in query) {
    throw unprocessable('created_at and updated_at cannot be combined', 'updated_at');
  }
  for (const [name, text] of Object.entries({ ...listing.unasked, ...query })) {
    if (name === 'ids') wanted = idsIn(text, name);
    else if (name === 'created_at') keeps.push(time<Row>((row) => row.created_at)(text, name));
    else if (name === 'updated_at') keeps.push(time<Row>((row) => row.updated_at)(text, name));
    else if (name === 'fields') fields = chosen(listing, text);
    else if (Object.hasOwn(listing.filters, name)) keeps.push(listing.filters[name]!(text, name));
    else if (switches.unknownParameter === '422') throw unprocessable(`${name} is not a parameter`, name);
  }
  return { keeps, wanted, fields };
}

function chosen(listing: Listing, text: string): string[] {
  const names = list(text, 'fields');
  for (const name of names) {
    if (!listing.fields.includes(name)) throw unprocessable(`fields: ${name} is not a field`, 'fields');
  }
  return listing.fields.filter((name) => names.includes(name));
}

function candidates(
  snapshot: Snapshot<Row>,
  wanted: Set<number> | undefined,
  below: number | undefined,
): Iterable<Row> {
  if (!wanted) return snapshot.newestFirst(below);
  return [...wanted]
    .sort((a, b) => b - a)
    .filter((id) => below === undefined || id < below)
    .flatMap((id) => snapshot.get(id) ?? []);
}

/** The row as the list shows it: the named fields, times as ISO 8601. */
export function rendered(
  row: Row,
  listing: Listing,
  fields: readonly string[],
  reading: Reading,
): Record<string, unknown> {
  const all = { ...row, ...listing.computed?.(row as never, reading) } as Record<string, unknown>;
  const shown: Record<string, unknown> = {};
  for (const name of fields) {
    const value = all[name];
    const isNull =
      reading.switches.emptyValues === 'null' && listing.nullable?.includes(name) && holdsNothing(value);
    if (isNull) shown[name] = null;
    else if (name.endsWith('_at') && typeof value === 'number') shown[name] = new Date(value).toISOString();
    else shown[name] = value;
  }
  if (reading.switches.unknownFields === 'extra') shown.an_added_field = { since: 'later' };
  return shown;
}

/** An empty list, or custom fields without a value. */
function holdsNothing(value: unknown): boolean {
  return Object.values(value as object).every((one) => one === null || one.value === null);
}
