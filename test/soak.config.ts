/**
 * `npm run soak`: the tests under load. SOAK_SECONDS says for how long, 30 unless given; with 600 or more memory and
 * files are judged, too.
 */
import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

const seconds = Number(process.env.SOAK_SECONDS ?? 30);
if (!(seconds > 0))
  throw new Error(`SOAK_SECONDS: got ${process.env.SOAK_SECONDS}, expected seconds above 0`);

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    projects: undefined,
    globalSetup: ['test/support/global-setup.ts'],
    include: ['test/scripts/cloud/hot-swap.test.ts', 'test/soak/*.soak.ts'],
    // One after the other: each wants the machine for itself.
    fileParallelism: false,
    env: { SOAK_SECONDS: String(seconds), STEPNET_PROOF: '1' },
    // Besides the load, what it takes to begin and to end.
    testTimeout: (seconds + 300) * 1000,
  },
});
