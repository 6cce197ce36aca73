/** The requests of a sweep's run, as the store counts them, beside the table of states. Other runs: test/scripts/planner/against-runs.test.ts. */
import { expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { along, SAVE_WRITES } from '../../../functions/contract/states.ts';
import { planSweep } from '../../../functions/plan-sweep/plan-sweep.ts';
import { endSweepRun } from '../../../functions/promote-model/promote-model.ts';
import { leastSweepRun } from '../../../functions/run/sweep-budget.ts';
import { rebuildIndex } from '../../../functions/run-index/fold.ts';
import { chargeFor, readPrices } from '../../../functions/schemas/prices.ts';
import type { SweepRun } from '../../../functions/schemas/sweep.ts';
import { countRequests } from '../../../functions/store/counted-store.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { fakeS3 } from '../support/fake-s3.ts';
import { TINY_CATALOGUE, TINY_CONFIG } from '../support/tiny-dataset.ts';
import { NOW, tinyRuns } from '../support/tiny-run.ts';

it('a run of a sweep that is trained as it is started takes what the table says, which is what PlanSweep keeps for it', async () => {
  const s3 = fakeS3();
  const { store, counts } = countRequests(createS3Store('bucket'));
  const { prepare, startTraining } = tinyRuns(store, 6);
  await prepare();
  const prices = readPrices();
  const input = { config: { ...TINY_CONFIG, iterations: 1 }, grid: { seed: [1] } };
  await planSweep({ store, sweepId: 's', input, prices, catalogue: TINY_CATALOGUE });
  const [run] = s3.json(KEYS.sweepRuns('s', 0)) as unknown as [SweepRun];
  const manifest = s3.json(KEYS.manifest('tiny')) as {
    splits: { train: { shards: [] }; test: { shards: [] } };
  };
  const { train, test } = manifest.splits;
  const dataset = 1 + train.shards.length + test.shards.length;

  /** @param datasets that are read: this process is one container, which holds the dataset once it has read it */
  const taken = async <T>(work: () => Promise<T>, datasets: number): Promise<T> => {
    const before = { ...counts };
    const result = await work();
    requests.push({
      s3Reads: counts.s3Reads - before.s3Reads - datasets * dataset,
      s3Writes: counts.s3Writes - before.s3Writes,
    });
    return result;
  };
  const requests: { s3Reads: number; s3Writes: number }[] = [];
  const { sweep, continueFrom } = run;
  // The first run of a bucket makes the index besides.
  await rebuildIndex(store, NOW);
  const done = await taken(() => startTraining(run.runId, run.config, { sweep, continueFrom }), 1);
  expect(done.done).toBe(true);
  await taken(() => endSweepRun({ ...done, store, now: NOW }, sweep.id), 0);

  const [start, end] = [along('start'), along('endOfSweepRun')];
  expect(requests).toEqual([
    { s3Reads: start.s3Reads, s3Writes: start.s3Writes + SAVE_WRITES },
    { s3Reads: end.s3Reads, s3Writes: end.s3Writes },
  ]);
  const { s3Reads, s3Writes, ...usage } = along('sweepRun', 'start', 'endOfSweepRun');
  // Of the smallest dataset there is: a shard of each split.
  const requested = { s3Reads: s3Reads + 3, s3Writes: s3Writes + SAVE_WRITES };
  expect(leastSweepRun(prices)).toBeCloseTo(chargeFor({ ...usage, ...requested }, prices), 12);
});
