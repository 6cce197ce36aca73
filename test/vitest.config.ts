import { defineConfig } from 'vitest/config';
import { SkippedReporter } from './support/skipped-reporter.ts';

/**
 * Many short tests, which hold little. Not those of predictions, whose models and images would fill a process that keeps
 * them, and none over HTTP, whose client the fake S3 of the others would be.
 */
const ROOMS = ['test/functions/*.test.ts', 'test/functions/!(predict)/**/!(*-over-http).test.ts'];

/** Tests that wait for the garbage collector. */
const GARBAGE = ['test/core/kernels/row-store.test.ts'];

export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    // The commands that tests start by the hundred are compiled once.
    env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/../node_modules/.cache/stepnet-compiled` },
    reporters: ['default', new SkippedReporter()],
    pool: 'forks',
    // One more than processors: some tests wait for retries of a state machine, or for a browser.
    maxWorkers: 3,
    // Far more than any test takes: it ends what hangs, it doesn't judge a busy machine.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    projects: [
      {
        extends: true,
        // Functions of their arguments: a process of its own for each file would show nothing more.
        test: { name: 'core', include: ['test/core/**/*.test.ts'], exclude: GARBAGE, isolate: false },
      },
      {
        extends: true,
        // What others have left in a process keeps the collector from telling of garbage.
        test: { name: 'garbage', include: GARBAGE },
      },
      {
        extends: true,
        // What one file has imported serves the next one in its process.
        test: { name: 'rooms', include: ROOMS, isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'app',
          include: ['test/**/*.test.ts'],
          exclude: ['test/core/**', ...ROOMS],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
    // `npm run coverage`; what runs in processes of its own, as the functions of the local cloud do, isn't counted.
    coverage: {
      provider: 'v8',
      include: ['{core,functions,infra,scripts}/**/*.ts'],
      exclude: ['core/kernels/assembly/**', 'functions/predict/page/client/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});
