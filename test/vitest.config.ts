import { defineConfig } from 'vitest/config';
import { LongFirst } from './support/long-first.ts';

export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // The commands that tests start by the hundred are compiled once.
    env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/../node_modules/.cache/stepnet-compiled` },
    pool: 'forks',
    // One more than the processors of a small machine: tests of whole apps wait much.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    // Far more than any test takes: it ends what hangs, it doesn't judge a busy machine.
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
