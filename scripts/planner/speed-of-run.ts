/** The arithmetic's speed as a run has recorded it, instead of measuring it. */

import { KEYS } from '../../functions/contract/keys.ts';
import type { JobConfig } from '../../functions/schemas/config.ts';
import { runConfig } from '../../functions/schemas/documents.ts';
import type { Prices } from '../../functions/schemas/prices.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import { findDocument } from '../../functions/store/verified.ts';
import { median } from '../support/statistics.ts';
import type { Job } from './job.ts';
import { PARALLEL_SHARE } from './measure-speed.ts';
import type { Platform } from './platform.ts';
import { type RunRecord, readRecord } from './record.ts';
import { cpuOf, type Speed, timeOnThreads } from './speed.ts';

/** What decides how long a step takes. */
const SHAPE = ['dataset', 'layers', 'activation', 'optimizer', 'batchSize', 'backend'] as const;

/**
 * The newest run that has trained the same shape, and recorded how fast.
 *
 * @param except a run that is not asked, because it is what the estimate is compared with
 */
export async function findRecord(
  store: Pick<ObjectStore, 'get' | 'list' | 'listFolders'>,
  config: JobConfig,
  prices: Prices,
  except?: string,
): Promise<RunRecord | undefined> {
  let newest: RunRecord | undefined;
  for (const runId of await store.listFolders(KEYS.runsPrefix)) {
    if (runId === except) continue;
    const run = await findDocument(store, runConfig, KEYS.runConfig(runId));
    const isSame = SHAPE.every(
      (field) => JSON.stringify(run?.config[field]) === JSON.stringify(config[field]),
    );
    // Workers of the local cloud take each other's processors.
    const record = isSame && run?.rounds === undefined ? await readRecord(store, runId, prices) : undefined;
    if (record === undefined || trained(record).length === 0) continue;
    if (newest === undefined || record.status.startedAt > newest.status.startedAt) newest = record;
  }
  return newest;
}

const trained = ({ invocations }: RunRecord) =>
  invocations.filter(({ timing }) => timing.imagesPerSecond > 0);

/** Samples per second of training, of the middle invocation. */
export const imagesPerSecond = (record: RunRecord): number =>
  median(trained(record).map(({ timing }) => timing.imagesPerSecond));

/** @param platform where the run ran: what it took there besides the arithmetic is taken off */
export function speedOfRun(record: RunRecord, job: Job, platform: Platform): Speed {
  const [start] = record.invocations as [RunRecord['invocations'][number]];
  const { threads, share } = cpuOf(record.memoryMb, platform);
  const onOne = (ms: number) => (ms / timeOnThreads(PARALLEL_SHARE, threads)) * share;
  const shards = 1 + job.trainShards + job.testShards;
  const onTheWay = (job.datasetBytes / platform.bytesPerSecond) * 1000 + shards * platform.requestMs;
  const saving = median(record.invocations.map(({ timing }) => timing.saveMs));
  return {
    stepMs: onOne((job.batchSize / imagesPerSecond(record)) * 1000),
    parallelShare: PARALLEL_SHARE,
    evaluateMs: onOne(start.timing.evaluateMs),
    loadMs: Math.max(0, start.timing.loadMs - onTheWay),
    checkpointMs: Math.max(0, saving - platform.requestMs),
    averageMs: (job.checkpointBytes / 4) * AVERAGE_MS,
  };
}

/** Of a number of a worker's part, added to the mean: 2 ns (`npm run plan -- --measure`). */
const AVERAGE_MS = 2e-6;
