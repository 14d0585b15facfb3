import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { hangMs } from './test/support/hang.js';
import { runsRounds } from './test/support/rounds.js';

const results = process.env.TEST_RESULTS;

/** Files whose sessions serve the next file come one after the other. */
class RoundsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isRounds = ({ moduleId }: TestSpecification) => runsRounds(moduleId);
    return [...sorted.filter(isRounds), ...sorted.filter((file) => !isRounds(file))];
  }
}

export default defineConfig(({ mode }) => ({
  // Packages of this repository are tested as they are written, not as they were last built.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'module', 'node', 'development|production'] } },
  test: {
    // `--mode all`, as in CI: every reading of the API, not a sixth of them.
    env: { ALL_READINGS: mode === 'all' ? '1' : '' },
    include: ['test/**/*.test.ts'],
    tags: [
      {
        name: 'rare',
        description: 'conditions that are rare and dear to bring about: only in `npm run test:all`',
      },
    ],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/each-file.ts'],
    sequence: { sequencer: RoundsFirst },
    pool: 'forks',
    // Files share what they import: loading it anew for each took a sixth of the time.
    isolate: false,
    // Many tests wait for processes and sockets: more than there are cores keep them busy.
    maxWorkers: 4,
    // A hang is what this ends, not slowness: machines differ by a factor of three.
    testTimeout: hangMs,
    hookTimeout: hangMs,
    expect: { poll: { timeout: hangMs, interval: 50 } },
    // CI forbids what would let tests be left out.
    allowOnly: !process.env.CI,
    reporters: results ? ['default', ['json', { outputFile: results }]] : ['default'],
  },
}));
