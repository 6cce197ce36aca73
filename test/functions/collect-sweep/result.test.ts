import { expect, it } from 'vitest';
import { resultOf } from '../../../functions/collect-sweep/result.ts';
import { setStatus } from '../../../functions/run/status.ts';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { s3WithContent } from '../support/fake-s3.ts';
import { NOW } from '../support/tiny-run.ts';

const store = createS3Store('bucket');
s3WithContent();
const run = { runId: 's-0', config: DEFAULT_JOB, sweep: { id: 's', trial: 0, rung: 0 }, continueFrom: null };
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const failed = { state: 'failed' as const, error: 'States.Timeout', reason: 'too slow' };

it('a run takes from its start to its end, and not less than nothing where the clock of its end is behind', async () => {
  await setStatus(store, 's-0', { state: 'running' }, later(60));
  await setStatus(store, 's-0', failed, later(90));
  expect((await resultOf(store, run, NOW)).seconds).toBe(30);
  await setStatus(store, 's-0', failed, NOW);
  expect((await resultOf(store, run, NOW)).seconds).toBe(0);
});
