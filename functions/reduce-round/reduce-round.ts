/** Ends a round: the mean of what its workers have trained becomes the run's next checkpoint. */
import type { z } from 'zod';
import { ConfigError, IntegrityError } from '../../core/errors.ts';
import type { Checkpoint } from '../../core/training/checkpoint.ts';
import { partsOf, roundAt } from '../../core/training/rounds.ts';
import { Trainer } from '../../core/training/trainer.ts';
import { KEYS } from '../contract/keys.ts';
import { capInTheWay, retriesDollars, slowest, stoppedBy } from '../run/caps.ts';
import { saveCheckpoint } from '../run/checkpoint-store.ts';
import { openRunData } from '../run/data.ts';
import { evaluate } from '../run/evaluate.ts';
import type { TrainerRequest } from '../run/load-trainer.ts';
import { afterTurn, nextBest, progressAt, reported } from '../run/progress.ts';
import { figuresOf, NOT_EVALUATED, writeMetrics } from '../run/step-metrics.ts';
import { foldMetrics } from '../run-index/metrics.ts';
import { type RunConfig, runConfig, type StepMetrics } from '../schemas/documents.ts';
import type { RunProgress, reduceRoundInput, StepEvaluation } from '../schemas/payloads.ts';
import { getDocument } from '../store/verified.ts';
import { averageParts, completeResults, totalOf } from './worker-results.ts';

/** `runDollars` is the estimated cost of the run before this round. */
export interface RoundRequest extends TrainerRequest, z.output<typeof reduceRoundInput> {
  /** The time in milliseconds since the epoch. */
  now: () => number;
}

/**
 * Averages, saves and, where that is due or the run ends here, evaluates. Whoever does it again finds the same.
 *
 * @throws Error named as the error of a worker that failed
 * @throws IntegrityError when a part is not what its worker has answered, or belongs to another training
 */
export async function reduceRound(request: RoundRequest): Promise<RunProgress> {
  const { store, runId, stopwatch, loop, now } = request;
  const run = await getDocument(store, runConfig, KEYS.runConfig(runId));
  if (run.rounds === undefined) throw new ConfigError(`run ${runId} has no workers, it is trained in chunks`);
  const round = roundAt(request.step, run.rounds, run.totalSteps);
  const parts = partsOf(round);
  const results = completeResults(request.results, parts);
  const workers = totalOf(results);
  const dollarsBefore = request.runDollars + retriesDollars(request) + workers.dollars;
  const { batchSize } = run.config;
  const averaged = await stopwatch.time('load', () => averageParts(store, runId, parts, results, batchSize));
  checkTraining(averaged, run, round.end);
  const checkpoint = await stopwatch.time('save', () => saveCheckpoint(store, runId, averaged));

  const isDue = round.end % run.evaluateEverySteps === 0 || round.end === run.totalSteps;
  let stopped = reasonToStop();
  let evaluation = isDue || stopped !== undefined ? await evaluateHere() : null;
  const own = metricsHere();
  const stored = await writeMetrics(store, runId, own);
  const unfolded = await foldMetrics(store, runId, [...(loop.unfolded ?? []), own.step]);
  if (stored !== own && stored.stopped === undefined && stopped !== undefined) {
    // An attempt before this one did not end here, and what it wrote stays: the run ends a round later.
    stopped = undefined;
    if (!isDue) evaluation = null;
  }
  const best = evaluation === null ? request.best : nextBest(run, request.best, evaluation, checkpoint);
  const { imagesPerSecond, estimatedDollars, runDollars } = own.timing;
  return progressAt(
    run,
    { step: round.end, checkpoint, loss: averaged.loss, best, stopped },
    {
      evaluations: reported(evaluation === null ? [] : [evaluation]),
      imagesPerSecond,
      estimatedDollars,
      // What another attempt had spent when it was here is lost, but paid for.
      runDollars: stored === own ? runDollars : Math.max(runDollars, stored.timing.runDollars),
      loop: {
        ...afterTurn(request, 'round'),
        turnBegan: new Date(now()).toISOString(),
        unfolded: [...unfolded],
        pace: slowest(loop.pace, stopwatch.pace()),
      },
    },
  );

  /** Milliseconds since the round before ended; clocks of two machines may differ, but no round is shorter than a worker. */
  function wallMs(): number {
    const began = loop.turnBegan === undefined ? now() : Date.parse(loop.turnBegan);
    return Math.max(now() - began, workers.slowestMs + stopwatch.elapsedMs());
  }

  /** The cap that leaves no time or money for another round like this one, evaluated. */
  function reasonToStop(): string | undefined {
    if (round.end === run.totalSteps) return undefined;
    const { evaluateMs } = slowest(loop.pace, stopwatch.pace());
    const cap = capInTheWay(
      {
        config: run.config,
        loop,
        stopwatch,
        now,
        dollarsBefore: () => dollarsBefore,
      },
      {
        ms: isDue ? evaluateMs : 0,
        inNextChunk: false,
        round: { ms: wallMs() + evaluateMs, dollars: workers.dollars + stopwatch.dollars(evaluateMs) },
      },
    );
    return cap && stoppedBy(cap, round.end, run.totalSteps);
  }

  async function evaluateHere(): Promise<StepEvaluation> {
    const backend = request.backend(run.config);
    const data = await stopwatch.time('load', () => openRunData(store, run, backend, stopwatch.memoryMb));
    const trainer = new Trainer(run.config, data.train, averaged, backend);
    return stopwatch.time('evaluate', () => evaluate(run, trainer, data));
  }

  function metricsHere(): StepMetrics {
    const timing = stopwatch.read(0, dollarsBefore);
    const wall = wallMs();
    return {
      formatVersion: 1,
      step: round.end,
      epoch: round.end / run.stepsPerEpoch,
      loss: averaged.loss,
      ...(evaluation === null ? NOT_EVALUATED : figuresOf(evaluation)),
      checkpoint,
      ...(stopped === undefined ? {} : { stopped }),
      round: { workers: parts.length, wallMs: wall, slowestWorkerMs: workers.slowestMs },
      timing: {
        ...timing,
        imagesPerSecond: ((round.end - round.start) * batchSize) / (wall / 1000),
        billedMs: timing.billedMs + workers.billedMs,
        estimatedDollars: timing.estimatedDollars + workers.estimatedDollars,
        loadMs: timing.loadMs + workers.loadMs,
        trainMs: timing.trainMs + workers.trainMs,
        saveMs: timing.saveMs + workers.saveMs,
      },
    };
  }
}

function checkTraining({ step, configHash }: Checkpoint, run: RunConfig, end: number): void {
  if (step === end && configHash === run.configHash) return;
  throw new IntegrityError(
    `the workers' parts are of step ${step} and config ${configHash}, expected ${end} and ${run.configHash}`,
  );
}
