import { defineConfig } from 'vitest/config';
import { SkippedReporter } from './support/skipped-reporter.ts';

export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // The commands that tests start by the hundred are compiled once.
    env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/../node_modules/.cache/stepnet-compiled` },
    reporters: ['default', new SkippedReporter()],
    pool: 'forks',
    maxWorkers: 2,
    // Far more than any test takes: it ends what hangs, it doesn't judge a busy machine.
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
