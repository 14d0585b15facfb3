import type { RowOf, TableName } from '../world/world.js';
import type { Filter } from './filters.js';
import type { Reading } from './reading.js';

/** One list of the API. */
export interface Listing<K extends TableName = TableName> {
  readonly table: K;
  /** In the order of the answer. */
  readonly fields: readonly string[];
  /** Besides ids, created_at and updated_at, which every list has. */
  readonly filters: Readonly<Record<string, Filter<RowOf<K>>>>;
  /** Lists and custom fields that may be null where they hold nothing. */
  readonly nullable?: readonly string[];
  /** Filters in force where the parameter is left out. */
  readonly unasked?: Readonly<Record<string, string>>;
  /** Fields that are not of the row itself. */
  readonly computed?: (row: RowOf<K>, reading: Reading) => Record<string, unknown>;
  /** Left out: everybody sees every row. */
  readonly seen?: (row: RowOf<K>, reading: Reading) => boolean;
}

/** Lets TypeScript follow which table it is. */
export function listing<K extends TableName>(made: Listing<K>): Listing {
  return made as unknown as Listing;
}
