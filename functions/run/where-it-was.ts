/** Where a run can go on: what its attempts before have written. */
import { IntegrityError } from '../../core/errors.ts';
import type { Checkpoint } from '../../core/training/checkpoint.ts';
import { KEYS } from '../contract/keys.ts';
import { logger } from '../observe/logging.ts';
import { type RunConfig, type StepMetrics, stepMetrics } from '../schemas/documents.ts';
import type { Pace } from '../schemas/parts.ts';
import type { BestCheckpoint, StepEvaluation } from '../schemas/payloads.ts';
import { NotFoundError } from '../store/errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { findDocument, getDocument } from '../store/verified.ts';
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
}

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
  const keys = (await store.list(KEYS.metricsPrefix(run.runId))).filter((key) => isWithin(run, key, within));
  for (const key of keys.reverse()) {
    const metrics = await findDocument(store, stepMetrics, key);
    runDollars = Math.max(runDollars, metrics?.timing.runDollars ?? 0);
    if (metrics?.checkpoint == null) continue;
    const saved = { ...metrics, checkpoint: metrics.checkpoint };
    const best = await bestUpTo(store, run, saved.step);
    try {
      const start = await loadCheckpoint(store, saved.checkpoint, run.configHash);
      if (best?.checkpoint != null) await loadCheckpoint(store, best.checkpoint, run.configHash);
      return { saved, start, best, runDollars };
    } catch (error) {
      // A lost or damaged checkpoint costs the steps since the one before it, not the run.
      if (!(error instanceof IntegrityError || error instanceof NotFoundError)) throw error;
      logger.warn('checkpoint skipped', { step: saved.step, reason: error.message });
    }
  }
  return undefined;
}

/** Keys of metrics are in the order of their steps. */
function isWithin({ runId }: RunConfig, key: string, within?: { after: number; last: number }): boolean {
  if (within === undefined) return true;
  return key > KEYS.metrics(runId, within.after) && key <= KEYS.metrics(runId, within.last);
}

/** What the training loop had as the best when it stood at `step`: the same fold over the same evaluations. */
async function bestUpTo(store: ObjectStore, run: RunConfig, step: number): Promise<BestCheckpoint | null> {
  if (run.config.earlyStopping === undefined) return null;
  let best: BestCheckpoint | null = null;
  for (const key of await store.list(KEYS.metricsPrefix(run.runId))) {
    const metrics = await getDocument(store, stepMetrics, key);
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
