/** Where a run can go on: what its attempts before have written. */
import { IntegrityError } from '../../core/errors.ts';
import type { Checkpoint } from '../../core/training/checkpoint.ts';
import { logger } from '../observe/logging.ts';
import { metricsOf } from '../run-index/metrics.ts';
import type { RunConfig, StepMetrics } from '../schemas/documents.ts';
import type { Pace } from '../schemas/parts.ts';
import type { BestCheckpoint, StepEvaluation } from '../schemas/payloads.ts';
import { NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { allOf, newestOf } from '../store/series.ts';
import { loadCheckpoint } from './checkpoint-store.ts';
import { nextBest } from './progress.ts';
import { figuresOf, isEvaluated } from './step-metrics.ts';

export interface Whereabouts {
  saved: StepMetrics & { checkpoint: NonNullable<StepMetrics['checkpoint']> };
  /** The one that `saved` names, verified. */
  start: Checkpoint;
  /** What the loop had as the best there. */
  best: BestCheckpoint | null;
  /** What the run has cost, as far as it is written: what a killed attempt spent after its last metrics is not known. */
  runDollars: number;
  /** Steps of the newest metrics, some of which may not be folded yet. */
  newest: number[];
}

/** Read at once; the newest of them mostly has a checkpoint. */
const PAGE = 20;

/**
 * The run's newest metrics whose checkpoint is there, unchanged and of this training, as is that of the best evaluation
 * until then, which the run may have to end with.
 *
 * @param within steps between which it is looked for, the last one with them; by default all
 * @returns undefined where there are none
 */
export async function whereItWas(
  store: ObjectStore,
  run: RunConfig,
  within?: { after: number; last: number },
): Promise<Whereabouts | undefined> {
  let runDollars = 0;
  const newest: number[] = [];
  for await (const metrics of newestFirst(store, run.runId, within)) {
    runDollars = Math.max(runDollars, metrics.timing.runDollars);
    if (newest.length < PAGE) newest.unshift(metrics.step);
    if (metrics.checkpoint === null) continue;
    const saved = { ...metrics, checkpoint: metrics.checkpoint };
    const best = await bestUpTo(store, run, saved.step);
    try {
      const start = await loadCheckpoint(store, saved.checkpoint, run.configHash);
      if (best?.checkpoint != null) await loadCheckpoint(store, best.checkpoint, run.configHash);
      return { saved, start, best, runDollars, newest };
    } catch (error) {
      // A lost or damaged checkpoint costs the steps since the one before it, not the run.
      if (!(error instanceof IntegrityError || error instanceof NotFoundError)) throw error;
      logger.warn('checkpoint skipped', { step: saved.step, reason: error.message });
    }
  }
  return undefined;
}

async function* newestFirst(
  store: ObjectStore,
  runId: string,
  { after, last }: { after: number; last: number } = { after: -1, last: Number.POSITIVE_INFINITY },
): AsyncGenerator<StepMetrics> {
  let before = last + 1;
  for (;;) {
    const { documents, omitted } = await newestOf(store, metricsOf(runId), PAGE, before);
    for (const metrics of documents.toReversed()) {
      if (metrics.step <= after) return;
      yield metrics;
    }
    if (omitted === 0 || documents.length === 0) return;
    before = documents[0]!.step;
  }
}

/** What the training loop had as the best when it stood at `step`: the same fold over the same evaluations. */
async function bestUpTo(store: ObjectStore, run: RunConfig, step: number): Promise<BestCheckpoint | null> {
  if (run.config.earlyStopping === undefined) return null;
  let best: BestCheckpoint | null = null;
  for (const metrics of await allOf(store, metricsOf(run.runId))) {
    if (metrics.step > step) break;
    for (const evaluation of evaluationOf(metrics)) {
      best = nextBest(run, best, evaluation, metrics.checkpoint);
    }
  }
  return best;
}

/** The one that the metrics tell of; none where nothing was evaluated. */
export function evaluationOf(metrics: StepMetrics): StepEvaluation[] {
  const { step, epoch, loss } = metrics;
  return isEvaluated(metrics) ? [{ step, epoch, loss, ...figuresOf(metrics) }] : [];
}

/**
 * How long the run's parts took at most, as far as its metrics tell. Those from before the slowest were written down have
 * sums over an invocation, which are rather slow.
 */
export function paceOf({ timing }: StepMetrics, { config: { batchSize } }: RunConfig): Pace {
  const { loadMs, imagesPerSecond, evaluateMs, saveMs } = timing;
  const stepMs = imagesPerSecond > 0 ? (batchSize / imagesPerSecond) * 1000 : 0;
  return timing.pace ?? { loadMs, stepMs, evaluateMs, saveMs };
}
