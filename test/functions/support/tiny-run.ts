/** Runs step by step as the state machine takes them, mostly on the tiny dataset. */
import { defaultBackend } from '../../../core/kernels/default-backend.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { promoteModel } from '../../../functions/promote-model/promote-model.ts';
import { type RoundRequest, reduceRound } from '../../../functions/reduce-round/reduce-round.ts';
import { startStopwatch } from '../../../functions/run/stopwatch.ts';
import { jobConfigSchema } from '../../../functions/schemas/config.ts';
import type { RunProgress, WorkerResult } from '../../../functions/schemas/payloads.ts';
import { shardDataset } from '../../../functions/shard-dataset/shard-dataset.ts';
import { beginRun, type StartRequest } from '../../../functions/start-run/begin-run.ts';
import { startRun } from '../../../functions/start-run/start-run.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';
import { type ChunkRequest, trainChunk } from '../../../functions/train-chunk/train-chunk.ts';
import { trainWorker, type WorkerRequest } from '../../../functions/train-worker/train-worker.ts';
import { TINY_CATALOGUE, TINY_CONFIG, TINY_FILES } from './tiny-dataset.ts';

const backend = () => defaultBackend();

export const NOW = new Date('2026-11-24T08:00:00Z');

/**
 * @param shardRows another number makes another dataset: processes keep those that they have read, for other tests, too
 */
export const tinyRuns = (store: ObjectStore, shardRows = 8) =>
  runsOver(store, TINY_CONFIG, async () => {
    for (const [name, bytes] of Object.entries(TINY_FILES)) {
      await store.createImmutable(KEYS.source('tiny', name), bytes);
    }
    const tiny = { store, dataset: 'tiny', catalogue: TINY_CATALOGUE, shardRows };
    return (await shardDataset(tiny)).manifestSha256;
  });

/**
 * @param base the config of every run, but for what differs
 * @param shard stores a dataset and gives its manifest's digest
 */
export function runsOver(store: ObjectStore, base: object, shard: () => Promise<string>) {
  let manifestSha256 = '';
  const prepare = async () => {
    manifestSha256 = await shard();
  };

  const startRequest = (
    runId: string,
    more: object,
    now: Date,
    own: Partial<StartRequest>,
  ): StartRequest => ({
    store,
    runId,
    executionName: runId,
    turnsPerExecution: 100,
    config: jobConfigSchema.parse({ ...base, ...more }),
    manifestSha256,
    retries: 0,
    stopwatch: startStopwatch(1769),
    remainingMs: () => 900_000,
    backend,
    now: () => now.getTime(),
    ...own,
  });

  /** Begins a run, or takes it up, and trains nothing yet. */
  const start = async (runId: string, more: object = {}, now = NOW, own: Partial<StartRequest> = {}) =>
    (await beginRun(startRequest(runId, more, now, own))).progress;

  /** All that StartRun does. */
  const startTraining = (runId: string, more: object = {}, own: Partial<StartRequest> = {}) =>
    startRun(startRequest(runId, more, NOW, own));

  const chunk = (
    progress: RunProgress,
    remainingMs: () => number = () => 900_000,
    own: Partial<ChunkRequest> = {},
  ) =>
    trainChunk({
      ...progress,
      loop: progress.loop!,
      retries: 0,
      store,
      stopwatch: startStopwatch(1769),
      remainingMs,
      backend,
      now: () => NOW.getTime(),
      ...own,
    });

  const work = (progress: RunProgress, worker: number, own: Partial<WorkerRequest> = {}) =>
    trainWorker({
      ...progress,
      worker,
      store,
      stopwatch: startStopwatch(1769),
      remainingMs: () => 900_000,
      backend,
      ...own,
    });

  const reduce = (progress: RunProgress, results: WorkerResult[], own: Partial<RoundRequest> = {}) =>
    reduceRound({
      ...progress,
      loop: progress.loop!,
      retries: 0,
      results,
      store,
      stopwatch: startStopwatch(1769),
      backend,
      now: () => NOW.getTime(),
      ...own,
    });

  /** All workers, the last one first, and the reducer. */
  async function round(progress: RunProgress, own: Partial<RoundRequest> = {}): Promise<RunProgress> {
    const results: WorkerResult[] = [];
    for (const { worker } of progress.parts!.toReversed()) results.push(await work(progress, worker));
    return reduce(progress, results, own);
  }

  /** @returns the given progress and that of every chunk or round up to the run's end */
  async function trainToEnd(from: RunProgress): Promise<RunProgress[]> {
    const turns = [from];
    for (let last = from; !last.done; turns.push(last)) {
      last = last.parts === undefined ? await chunk(last) : await round(last);
    }
    return turns;
  }

  const trained = async (runId: string, more: object = {}) =>
    (await trainToEnd(await start(runId, more))).at(-1)!;

  const promote = (progress: RunProgress, now = NOW) =>
    promoteModel({ ...progress, store, gitRevision: 'abc', now });

  /** Trains and promotes. @returns the version's number */
  const release = async (runId: string, more: object = {}) =>
    (await promote(await trained(runId, more))).version;

  const manifest = () => manifestSha256;
  return {
    prepare,
    manifest,
    start,
    startTraining,
    chunk,
    work,
    reduce,
    round,
    trainToEnd,
    trained,
    promote,
    release,
  };
}
