import { defineConfig } from 'vitest/config';

const results = process.env.TEST_RESULTS;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Files share what they import: loading it anew for each took a sixth of the time.
    isolate: false,
    // Many tests wait for processes and sockets: more than there are cores keep them busy.
    maxWorkers: 3,
    // A hang is what this ends, not slowness: machines differ by a factor of three.
    testTimeout: 90_000,
    // Real processes are killed and stopped at real moments: on a machine that is busy otherwise, two more tries.
    retry: process.env.CI ? 2 : 0,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 60_000, interval: 25 } },
    // CI forbids what would let tests be left out.
    allowOnly: !process.env.CI,
    reporters: results ? ['default', ['json', { outputFile: results }]] : ['default'],
  },
});
