import { describe, expect, it } from 'vitest';
import { isSamePlace, type Place } from '../../../src/db/locks/home.js';

const home: Place = { cluster: '74', database: 16_384, bookkeeping: 16_500, version: 15 };

describe('where a database is', () => {
  it.each<[string, Partial<Place>, boolean]>([
    ['the same, also after a failover to a replica', {}, true],
    ['a clone beside it (CREATE DATABASE … TEMPLATE)', { database: 16_999 }, false],
    [
      'a dump restored into another cluster, with other tables',
      { cluster: '75', bookkeeping: 17_001 },
      false,
    ],
    ['a dump restored into the same database', { bookkeeping: 17_001 }, false],
    ['another cluster of the same version', { cluster: '75' }, false],
    ['an upgrade in place (pg_upgrade)', { cluster: '75', version: 18 }, true],
    ['a dump restored into a newer cluster', { cluster: '75', version: 18, bookkeeping: 17_001 }, false],
    ['a minor upgrade of a host that tells no cluster', { cluster: null }, true],
    ['a clone on a host that tells no cluster', { cluster: null, database: 16_999 }, false],
  ])('is the same place or another: %s', (_, here, same) => {
    expect(isSamePlace(home, { ...home, ...here })).toBe(same);
  });
});
