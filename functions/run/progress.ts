/** From a run's evaluations to what the training loop carries on: the best so far, and whether the run is done. */

import { isStale, trackBest } from '../../core/training/metric.ts';
import { partsOf, roundAt } from '../../core/training/rounds.ts';
import { turnsTaken } from '../contract/limits.ts';
import type { RunConfig } from '../schemas/documents.ts';
import type { CheckpointRef } from '../schemas/parts.ts';
import {
  type BestCheckpoint,
  type LoopState,
  MAX_EVALUATIONS,
  MAX_REPORTED_OUTPUTS,
  type RunProgress,
  type StepEvaluation,
} from '../schemas/payloads.ts';

/** @param checkpoint of this evaluation, where one was saved */
export function nextBest(
  { config: { earlyStopping } }: RunConfig,
  best: BestCheckpoint | null,
  evaluation: StepEvaluation,
  checkpoint: CheckpointRef | null,
): BestCheckpoint | null {
  if (earlyStopping === undefined) return null;
  const next = trackBest(earlyStopping, best, evaluation);
  if (next === null) return null;
  const own = earlyStopping.restoreBest ? checkpoint : null;
  return { ...next, checkpoint: next.step === evaluation.step ? own : (best?.checkpoint ?? null) };
}

export function hasStopped({ config: { earlyStopping } }: RunConfig, best: BestCheckpoint | null): boolean {
  return earlyStopping !== undefined && isStale(earlyStopping, best);
}

/** What the loop keeps of its execution, less the turns that this one takes of it. */
export const afterTurn = (
  { loop, retries }: { loop: LoopState; retries: number },
  path: 'turn' | 'round',
): LoopState => ({ ...loop, turnsLeft: Math.max(0, loop.turnsLeft - turnsTaken(path, retries)) });

/** As much of the evaluations as the state can hold. */
export function reported(evaluations: readonly StepEvaluation[]): StepEvaluation[] {
  return evaluations
    .slice(-MAX_EVALUATIONS)
    .map((evaluation) =>
      (evaluation.outputs?.length ?? 0) > MAX_REPORTED_OUTPUTS
        ? { ...evaluation, outputs: null }
        : evaluation,
    );
}

/** Where the run stands; one that is done and restores its best ends at that one's checkpoint. */
export function progressAt(
  run: RunConfig,
  at: {
    step: number;
    checkpoint: CheckpointRef;
    loss: number | null;
    best: BestCheckpoint | null;
    /** Why a cap ends the run here. */
    stopped?: string | undefined;
  },
  report: Pick<RunProgress, 'evaluations' | 'imagesPerSecond' | 'estimatedDollars' | 'runDollars' | 'loop'>,
): RunProgress {
  const stopped = at.stopped ?? null;
  const done = at.step >= run.totalSteps || stopped !== null || hasStopped(run, at.best);
  const { step, checkpoint } =
    done && at.best !== null && at.best.checkpoint !== null
      ? { step: at.best.step, checkpoint: at.best.checkpoint }
      : at;
  return {
    runId: run.runId,
    step,
    totalSteps: run.totalSteps,
    epoch: step / run.stepsPerEpoch,
    done,
    checkpoint,
    best: at.best,
    loss: at.loss,
    stopped: done ? endOf(run, at) : null,
    ...report,
    ...roundsOf(run, at.step, done),
  };
}

/**
 * What people have to know of a run's end: what ended it before its last step, and that its weights are not its last
 * ones. null where there is nothing to know.
 */
function endOf(
  { config: { earlyStopping }, totalSteps }: RunConfig,
  { step, best, stopped }: { step: number; best: BestCheckpoint | null; stopped?: string | undefined },
): string | null {
  const stale =
    earlyStopping !== undefined && isStale(earlyStopping, best) && step < totalSteps
      ? `stopped at step ${step} of ${totalSteps}: no gain in ${earlyStopping.patience} evaluations since step ${best!.step}`
      : undefined;
  const restored =
    best !== null && best.checkpoint !== null && best.step !== step
      ? `its weights are those of step ${best.step}, the best`
      : undefined;
  const all = [stopped ?? stale, restored].filter((part) => part !== undefined);
  return all.length === 0 ? null : all.join('; ');
}

/** Of a data-parallel run that stands at `step`. */
function roundsOf(
  { rounds, totalSteps }: RunConfig,
  step: number,
  done: boolean,
): Pick<RunProgress, 'parts' | 'rounds'> {
  if (rounds === undefined) return {};
  const { workers, localIterations } = rounds;
  const after = (steps: number) => Math.ceil(steps / (workers * localIterations));
  const progress = { rounds: { workers, done: after(step), total: after(totalSteps) } };
  if (done) return progress;
  const parts = partsOf(roundAt(step, rounds, totalSteps)).map(({ worker }) => ({ worker }));
  return { parts, ...progress };
}
