/**
 * Point 12: nothing says whether listed question sets carry their questions.
 * @module-tag rare
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator, switchAlternatives } from '#emulators/emulator/index';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { inTurn } from '../../support/rotation.js';

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openTestMirror();
});
afterAll(() => mirror?.close());

/** Paths of single sets that were asked for since the last call. */
function singles(emulator: Emulator): () => string[] {
  let seen = 0;
  return () => {
    const fresh = emulator.requests.slice(seen);
    seen = emulator.requests.length;
    return fresh.map(({ path }) => path).filter((path) => /question_sets\/[0-9a-f-]{36}$/.test(path));
  };
}

const shapes = switchAlternatives.listSetQuestions as ReadonlyArray<Emulator['switches']['listSetQuestions']>;
const paths = switchAlternatives.questionSetsPath as ReadonlyArray<Emulator['switches']['questionSetsPath']>;

/** Of what other resources hold, nothing is asked here: they are read with the rest twice. */
const only = { resource: ['question_sets' as const] };

describe('point 12: question sets', () => {
  it.each(inTurn(shapes.flatMap((shape) => paths.map((path) => [shape, path] as const))))(
    'whose listed questions are %s are mirrored with them, on the path %s',
    async (listSetQuestions, questionSetsPath) => {
      const account = `${listSetQuestions}-${questionSetsPath}`.replaceAll('_', '-');
      const emulator = await startEmulator({
        users: 1,
        jobs: 1,
        interviews: 1,
        questionSets: 3,
        shareLinks: 0,
        rateLimit: 1_000_000,
        switches: { listSetQuestions, questionSetsPath },
      });
      try {
        const asked = singles(emulator);
        const isTold = listSetQuestions === 'there';
        await mirror.pull(emulator, { account });
        expect(await mirror.wrong(emulator, { account })).toEqual([]);
        expect(asked()).toHaveLength(isTold ? 0 : 3);
        // What is known is not asked for again, and no listing takes it away.
        await mirror.pull(emulator, { account, ...only });
        expect(asked()).toEqual([]);
        const [set] = [...emulator.state.questionSets.values()];
        emulator.state.questionSets.change(set!, () => {
          set!.name = 'Renamed';
          set!.questions = set!.questions.slice(0, 1);
          set!.updatedAt += 60_000;
        });
        await mirror.pull(emulator, { account });
        expect(await mirror.wrong(emulator, { account })).toEqual([]);
        expect(asked()).toHaveLength(isTold ? 0 : 1);
        // All single objects anew: of what the listing tells there are none.
        await mirror.pull(emulator, { account, fresh: true, ...only });
        expect(asked()).toHaveLength(isTold ? 0 : 3);
      } finally {
        await emulator.close();
      }
    },
  );
});
