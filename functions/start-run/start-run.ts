/** Begins a run, or takes it up where an earlier execution has left it, and trains on from there. */
import { SAFETY_MARGIN_MS } from '../contract/functions.ts';
import { endOfChunk, nextEvaluation, trainChunkOf } from '../run/train.ts';
import type { RunProgress } from '../schemas/payloads.ts';
import { beginRun, type StartRequest } from './begin-run.ts';

/**
 * Begins the run as beginRun does, or takes it up, and trains its next chunk, unless it goes by rounds.
 *
 * @throws what beginRun and trainChunkOf throw
 */
export async function startRun(request: StartRequest): Promise<RunProgress> {
  const { run, progress, data, trainer, at, loop, runDollars } = await beginRun(request);
  const { evaluateMs, saveMs } = loop.pace;
  const evaluates = nextEvaluation(run, trainer.step) === trainer.step + 1;
  // A chunk trains a step in any case, for which TrainChunk has more time.
  const needed = SAFETY_MARGIN_MS + 2 * (saveMs + (evaluates ? evaluateMs : 0));
  if (run.rounds !== undefined || progress.done || request.remainingMs() < needed) return progress;
  const { store, stopwatch, remainingMs, now } = request;
  const { evaluations } = progress;
  const end = endOfChunk(run, trainer.step);
  const already = { ...at, evaluations, runDollars, loop };
  return trainChunkOf({ store, run, data, trainer, end, ...already, stopwatch, remainingMs, now });
}
