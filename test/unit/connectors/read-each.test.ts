import { expect, it } from 'vitest';
import { wholeList } from '../../../src/connectors/decoded.js';
import { readEach } from '../../../src/connectors/listed.js';
import { type ErrorCode, SyncError } from '../../../src/errors.js';

const failure = (code: ErrorCode) => new SyncError(code, 'no', { remedy: '' });

/** Asks for 1 to `count`; `bad` ones fail. Where the ATS is away from one of them on, so is the proof. */
async function read({
  count = 9,
  together = 1,
  atOnce = 1,
  bad = [] as number[],
  code = 'ATS_TIMEOUT' as ErrorCode,
  awayFrom = Number.POSITIVE_INFINITY,
}) {
  const asked: number[][] = [];
  const told = new Map<number, SyncError | null>();
  let proofs = 0;
  let isAway = false;
  const ids = Array.from({ length: count }, (_, at) => at + 1);
  const batches = ids
    .filter((id) => (id - 1) % together === 0)
    .map((id) => ids.slice(id - 1, id - 1 + together));
  const rows = await wholeList(
    readEach({
      batches,
      atOnce,
      async read(some: readonly number[]) {
        asked.push([...some]);
        isAway ||= some.some((one) => one >= awayFrom);
        if (isAway || some.some((one) => bad.includes(one))) throw failure(code);
        return some;
      },
      async prove() {
        proofs += 1;
        if (isAway || bad.length === count) throw failure(code);
      },
      tell: (id, error) => told.set(id, error),
    }),
  );
  const failed = [...told].filter(([, error]) => error !== null).map(([id]) => id);
  return { rows, failed, asked, proofs };
}

it.each<ErrorCode>([
  'ATS_TIMEOUT',
  'ATS_UNREACHABLE',
  'ATS_FORBIDDEN',
  'ATS_ACCESS_REFUSED',
  'ATS_ANSWER_UNREADABLE',
])('one that fails with %s keeps no other from being read', async (code) => {
  expect(await read({ bad: [1, 5], code })).toMatchObject({
    rows: [2, 3, 4, 6, 7, 8, 9],
    failed: [1, 5],
    proofs: 1,
  });
});

it('of a batch each half is asked for, until it is known whom it is about', async () => {
  const { rows, failed, asked } = await read({ count: 100, together: 50, bad: [7] });
  expect(rows).toHaveLength(99);
  expect(failed).toEqual([7]);
  expect(asked.length).toBeLessThanOrEqual(2 + 2 * Math.ceil(Math.log2(50)));
});

it.each([1, 4])('an ATS that goes away in the middle is proven to, %i at once', async (atOnce) => {
  await expect(read({ awayFrom: 4, atOnce })).rejects.toMatchObject({ code: 'ATS_TIMEOUT' });
});

it('an ATS that is away from a batch on is asked once and proven to be', async () => {
  await expect(read({ count: 50, together: 50, awayFrom: 1 })).rejects.toMatchObject({ code: 'ATS_TIMEOUT' });
});

it('several in a row that fail cost a proof, and nothing else where others can be read', async () => {
  expect(await read({ bad: [3, 4, 5, 6] })).toMatchObject({
    rows: [1, 2, 7, 8, 9],
    failed: [3, 4, 5, 6],
    proofs: 1,
  });
});

it('where none can be read that is an error, and so is what is about everybody', async () => {
  await expect(read({ count: 2, bad: [1, 2] })).rejects.toMatchObject({ code: 'ATS_TIMEOUT' });
  await expect(read({ bad: [2], code: 'ATS_RATE_LIMITED' })).rejects.toMatchObject({
    code: 'ATS_RATE_LIMITED',
  });
});
