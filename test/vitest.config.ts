import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Far more than any test takes: it ends what hangs, it doesn't judge a busy machine.
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
