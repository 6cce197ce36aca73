/** Advances a run by one chunk: loads the newest checkpoint and trains on from there. */

import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { KEYS } from '../contract/keys.ts';
import { logger } from '../observe/logging.ts';
import { retriesDollars, slowest } from '../run/caps.ts';
import { loadTrainer, type TrainerRequest } from '../run/load-trainer.ts';
import { afterTurn } from '../run/progress.ts';
import { endOfChunk, nextOf, saveEvery, trainChunkOf } from '../run/train.ts';
import { paceOf, type Whereabouts, whereItWas } from '../run/where-it-was.ts';
import { type RunConfig, runConfig } from '../schemas/documents.ts';
import type { RunProgress, trainChunkInput } from '../schemas/payloads.ts';
import { getDocument } from '../store/verified.ts';

/** `runDollars` is the estimated cost of the run before this chunk. */
export interface ChunkRequest extends TrainerRequest, z.output<typeof trainChunkInput> {
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
  /** The time in milliseconds since the epoch. */
  now: () => number;
}

/**
 * Trains a chunk as trainChunkOf does, from where an attempt before has left it.
 *
 * @throws IntegrityError when the checkpoint isn't the one that the run's state names
 * @throws TrainingDivergedError when an output is no longer finite
 */
export async function trainChunk(request: ChunkRequest): Promise<RunProgress> {
  const { store, runId, stopwatch, remainingMs, now } = request;
  const run = await getDocument(store, runConfig, KEYS.runConfig(runId));
  if (run.rounds !== undefined) {
    throw new ConfigError(
      `workers: run ${runId} has ${run.rounds.workers}, and goes by rounds, not by chunks`,
    );
  }
  const end = endOfChunk(run, request.step);
  const left = await leftWithin(request, run, end);
  const [data, trainer] = await stopwatch.time('load', () =>
    loadTrainer(request, run, { start: left?.start }),
  );
  const loop = afterTurn(request, 'turn');
  return trainChunkOf({
    store,
    run,
    data,
    trainer,
    end,
    checkpoint: left?.saved.checkpoint ?? request.checkpoint,
    best: left === undefined ? request.best : left.best,
    stopped: left?.saved.stopped,
    runDollars: Math.max(request.runDollars + retriesDollars(request), left?.runDollars ?? 0),
    loop:
      left === undefined
        ? loop
        : {
            ...loop,
            pace: slowest(loop.pace, paceOf(left.saved, run)),
            unfolded: [...(loop.unfolded ?? []), ...left.newest],
          },
    stopwatch,
    remainingMs,
    now,
  });
}

/**
 * Where an attempt before this one has left the chunk. Every attempt that comes that far writes the chunk's first
 * checkpoint, so that one read tells those which have something to look for; and an attempt that is tried again after
 * another looks in any case.
 */
async function leftWithin(
  { store, runId, step, retries }: ChunkRequest,
  run: RunConfig,
  end: number,
): Promise<Whereabouts | undefined> {
  const first = nextOf(saveEvery(run), step);
  if (retries === 0 && (first >= end || (await store.get(KEYS.metrics(runId, first))) === undefined)) {
    return undefined;
  }
  const left = await whereItWas(store, run, { after: step, last: end });
  if (left !== undefined)
    logger.info('resuming', { runId, step: left.saved.step, runDollars: left.runDollars });
  return left;
}
