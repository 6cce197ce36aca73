/** `npm run fuzz`: the tests of test/fuzz with many cases each; FUZZ_CASES sets how many, FUZZ_SEED repeats a run. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    include: ['test/fuzz/**/*.test.ts'],
    env: { FUZZ_CASES: process.env.FUZZ_CASES ?? '100000' },
    pool: 'forks',
    maxWorkers: 2,
    // A case that hangs is found by its watchdog; this only has to be longer than all cases of a test take.
    testTimeout: 4 * 3_600_000,
    hookTimeout: 240_000,
  },
});
