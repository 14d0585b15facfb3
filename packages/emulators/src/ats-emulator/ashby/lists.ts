import { Random } from '../../emulation/random.js';
import type * as records from './records.js';
import { invalid, Refusal } from './refusal.js';
import type { AshbySwitches } from './switch-table.js';
import type { Table, World } from './world/world.js';

export interface ListRequest {
  limit?: number | undefined;
  cursor?: string | undefined;
  syncToken?: string | undefined;
}

export interface ListAnswer {
  results: object[];
  moreDataAvailable: boolean;
  nextCursor?: string | null;
  syncToken?: string;
}

interface Token {
  list: string;
  /** Changes after so many are still to come. */
  changes: number;
  madeAt: number;
  used: boolean;
}

interface Cursor {
  list: string;
  /** Only what changed after so many changes; null: everything. */
  since: number | null;
  /** How many changes there were when the listing began. */
  began: number;
  token: string | null;
  /** Where the next page begins, and which page that is. */
  at: number;
  page: number;
  madeAt: number;
}

const pageSize = 100;

/** Pages of lists, and the marks that a client goes on by. */
export class Lists {
  readonly #world: World;
  readonly #switches: AshbySwitches;
  readonly #random: Random;
  readonly #tokens = new Map<string, Token>();
  readonly #cursors = new Map<string, Cursor>();

  constructor(world: World, switches: AshbySwitches, seed: number) {
    this.#world = world;
    this.#switches = switches;
    this.#random = new Random(`ashby marks ${seed}`);
  }

  /**
   * @param list the endpoint's name
   * @param shows whether a row is part of the list, and shown to the key
   * @param syncs whether the list has sync tokens
   */
  answer<T extends records.Row>(
    list: string,
    table: Table<T>,
    request: ListRequest,
    shows: (row: T) => boolean,
    show: (row: T) => object,
    syncs = true,
  ): ListAnswer {
    const start = this.#start(list, request, syncs);
    const rows = (start.since === null ? [...table.values()] : table.since(start.since)).filter(shows);
    const size = Math.min(request.limit ?? pageSize, pageSize, this.#switches.pageCap ?? pageSize);
    const { largestSync } = this.#switches;
    if (start.since !== null && largestSync !== null && start.page > largestSync)
      throw new Refusal('incremental_sync_too_large', 'Too much has changed; list everything');
    const page = rows.slice(start.at, start.at + size);
    const next = start.at + size;
    const { lastPage } = this.#switches;
    const more = lastPage === 'empty-page' ? page.length > 0 && next <= rows.length : next < rows.length;
    const results = page.map(show);
    if (more) {
      const cursor = { ...start, at: next, page: start.page + 1, madeAt: this.#world.clock.now() };
      return { results, moreDataAvailable: true, nextCursor: this.#keep(this.#cursors, cursor) };
    }
    const ended = lastPage === 'null-cursor' ? { nextCursor: null } : {};
    return { results, moreDataAvailable: false, ...ended, ...(syncs ? this.#token(start, rows.length) : {}) };
  }

  #start(list: string, { cursor, syncToken, limit }: ListRequest, syncs: boolean): Cursor {
    if (limit !== undefined && (limit < 1 || limit > pageSize))
      throw invalid(`limit must be 1 to ${pageSize}`);
    const now = this.#world.clock.now();
    const switches = this.#switches;
    if (cursor !== undefined) {
      if (syncToken !== undefined && switches.tokenWithCursor === 'refused')
        throw invalid('syncToken and cursor exclude each other');
      const found = this.#cursors.get(cursor);
      if (found?.list !== list) throw new Refusal('cursor_invalid', 'The cursor is invalid');
      if (switches.cursorSeconds !== null && now - found.madeAt > switches.cursorSeconds * 1000)
        throw new Refusal('next_cursor_expired', 'The cursor has expired');
      return found;
    }
    const first = { list, began: this.#world.changes, at: 0, page: 1, madeAt: now };
    if (syncToken === undefined || !syncs) return { ...first, since: null, token: null };
    const token = this.#tokens.get(syncToken);
    if (token?.list !== list) throw new Refusal('sync_token_invalid', 'The sync token is invalid');
    const isOld = switches.tokenSeconds !== null && now - token.madeAt > switches.tokenSeconds * 1000;
    if (isOld || (token.used && switches.tokenReuse === 'once'))
      throw new Refusal('sync_token_expired', 'The sync token has expired');
    token.used = true;
    return { ...first, since: token.changes, token: syncToken };
  }

  #token(start: Cursor, rows: number): { syncToken?: string } {
    const { idleToken, tokenMarks } = this.#switches;
    if (start.token !== null && rows === 0 && idleToken !== 'new') {
      return idleToken === 'same' ? { syncToken: start.token } : {};
    }
    const changes = tokenMarks === 'first-page' ? start.began : this.#world.changes;
    const token = { list: start.list, changes, madeAt: this.#world.clock.now(), used: false };
    return { syncToken: this.#keep(this.#tokens, token) };
  }

  #keep<T>(where: Map<string, T>, what: T): string {
    const name = this.#random.code(12);
    where.set(name, what);
    return name;
  }
}
