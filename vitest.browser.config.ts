/** The console in a real browser: `npm run test:browser`. It takes Chromium, which `npm test` does not. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/browser/**/*.spec.ts'],
    fileParallelism: false,
    // The tests go on from one another: after one that failed, each would wait for what never comes.
    bail: 1,
    testTimeout: 300_000,
    hookTimeout: 180_000,
    allowOnly: !process.env.CI,
  },
});
