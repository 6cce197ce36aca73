/** Schemas of the JSON objects in the bucket; those of datasets and sweeps stand in files of their own. */
import * as z from 'zod';
import { MAX_WORKERS } from '../contract/limits.ts';
import { trainedConfigSchema } from './config.ts';
import {
  checkpointRef,
  count,
  dollars,
  endOfRun,
  importedWeights,
  isoTime,
  name,
  pace,
  runId,
  sha256,
  splitFigures,
  step,
  steps,
  sweepMembership,
} from './parts.ts';

export const runConfig = z.strictObject({
  formatVersion: z.literal(1),
  runId,
  config: trainedConfigSchema,
  /** SHA-256 over all that decides the weights: config without chunking, evaluation and model, plus the manifest's digest. */
  configHash: sha256,
  manifestSha256: sha256,
  trainSize: count,
  testSize: count,
  stepsPerEpoch: count,
  totalSteps: steps,
  /** Steps of one invocation at most. */
  chunkSteps: count,
  /** Steps between the checkpoints inside of it; absent where there are rounds, and in runs from before, which have one at each chunk's end. */
  saveEverySteps: count.optional(),
  evaluateEverySteps: count,
  /** Of a data-parallel run. */
  rounds: z.strictObject({ workers: z.int().min(1).max(MAX_WORKERS), localIterations: count }).optional(),
  /** Set when the weights were imported; of the config, what concerns training means nothing then. */
  imported: importedWeights.optional(),
  /** Set when the run is one of a sweep. */
  sweep: sweepMembership.optional(),
  /** Set when the run began with the weights that another one ended with. */
  continueFrom: endOfRun.optional(),
});
export type RunConfig = z.output<typeof runConfig>;

/** Written after the checkpoint it names. All but `timing` is deterministic. */
export const stepMetrics = z.strictObject({
  formatVersion: z.literal(1),
  step,
  epoch: z.number(),
  loss: z.number().nullable(),
  /** All null where nothing was evaluated. */
  ...splitFigures,
  /** null at an evaluation between two checkpoints. */
  checkpoint: checkpointRef.nullable(),
  /** Why the run ended here before its last step, where a cap ended it; like `timing` it depends on the machine. */
  stopped: z.string().optional(),
  /** Of a data-parallel run: who trained the round that ends here, and how long that took. */
  round: z
    .strictObject({
      workers: count,
      /** From the end of the round before to this one's. */
      wallMs: z.number().min(0),
      slowestWorkerMs: z.number().min(0),
    })
    .optional(),
  /** Of a round: the sums over its workers and the reducer, and the throughput of all of them together. */
  timing: z.strictObject({
    imagesPerSecond: z.number().min(0),
    billedMs: z.number().min(0),
    /** Lambda compute and request cost of this invocation. */
    estimatedDollars: dollars,
    /** Estimated cost of the run up to here; 0 in documents from before it was counted. */
    runDollars: dollars.default(0),
    /** Milliseconds of this invocation spent in each phase. */
    loadMs: z.number().min(0),
    trainMs: z.number().min(0),
    evaluateMs: z.number().min(0),
    saveMs: z.number().min(0),
    /** The run's slowest load, step, evaluation and save so far; absent in documents from before, and of rounds. */
    pace: pace.optional(),
    /** Requests of this invocation before this document's own; absent in documents from before they were counted. */
    s3Reads: steps.optional(),
    s3Writes: steps.optional(),
  }),
});
export type StepMetrics = z.output<typeof stepMetrics>;

export const runStatus = z.strictObject({
  state: z.enum(['running', 'succeeded', 'failed']),
  startedAt: isoTime,
  updatedAt: isoTime,
  totalSteps: steps.optional(),
  /** The run's config, its dataset by name alone; absent in a run that failed before it began. */
  settings: z.record(z.string(), z.unknown()).optional(),
  /** Set when succeeded: what its weights were evaluated to, and what it had cost by then. */
  figures: z
    .strictObject({ epoch: z.number(), loss: z.number().nullable(), ...splitFigures, dollars })
    .omit({ outputs: true })
    .optional(),
  /** Set when running and somebody has stopped what worked on it: it goes on when another execution takes it up. */
  stoppedAt: isoTime.optional(),
  /** Set when failed: the error's name and message. */
  error: z.string().optional(),
  /** Also set when succeeded but not promoted: why. */
  reason: z.string().optional(),
  /** Set when succeeded. */
  model: name.optional(),
  version: count.optional(),
  promoted: z.boolean().optional(),
  /** Set when succeeded and something ended the training before its last step, or its weights are not its last ones. */
  stopped: z.string().optional(),
  /** Set when a run of a sweep succeeded: what the sweep may promote. */
  ended: endOfRun.omit({ runId: true }).optional(),
});
export type RunStatus = z.output<typeof runStatus>;

export const modelVersion = z.strictObject({
  formatVersion: z.literal(1),
  model: name,
  version: count,
  runId,
  step,
  checkpoint: checkpointRef,
  metrics: z.strictObject({
    loss: z.number().nullable(),
    ...splitFigures,
  }),
  config: trainedConfigSchema,
  /** Set when the weights were imported, and not trained as the config says. */
  imported: importedWeights.optional(),
  dataset: z.strictObject({ name, manifestSha256: sha256 }),
  gitRevision: z.string(),
  promotedAt: isoTime,
});
export type ModelVersion = z.output<typeof modelVersion>;

/** A version on trial beside the one that serves. */
export const candidateModel = z.strictObject({
  version: count,
  /** Of the requests, those that the candidate sees. */
  share: z.number().positive().max(1),
  /** canary: it answers them; shadow: it is compared on them, and what serves answers. */
  mode: z.enum(['canary', 'shadow']),
});
export type CandidateModel = z.output<typeof candidateModel>;

export const latestModel = z.strictObject({
  version: count,
  /** Versions that served before, the last one last: what a rollback goes back to. */
  history: z.array(count).optional(),
  /** The highest that ever served, where that is not the one that serves: no promotion brings it back, only people do. */
  newest: count.optional(),
  candidate: candidateModel.optional(),
});
export type LatestModel = z.output<typeof latestModel>;

export const batchPlan = z.strictObject({
  formatVersion: z.literal(1),
  batchId: runId,
  model: name,
  version: count,
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('images'), keys: z.array(z.string()) }),
    z.strictObject({ kind: z.literal('rows'), key: z.string(), sha256, rows: steps }),
  ]),
});
export type BatchPlan = z.output<typeof batchPlan>;

/** A line of the predictions: an image's key or a row's number, with what the model says or why it can't. */
export const batchLine = z.union([
  z.strictObject({
    item: z.union([z.string(), steps]),
    class: steps,
    className: z.string().optional(),
    probabilities: z.array(z.number()),
  }),
  z.strictObject({ item: z.union([z.string(), steps]), error: z.string() }),
]);
export type BatchLine = z.output<typeof batchLine>;

export const batchSummary = z.strictObject({
  formatVersion: z.literal(1),
  batchId: runId,
  model: name,
  version: count,
  items: steps,
  predicted: steps,
  failed: steps,
  /** Key of the lines, in the order of the items. */
  predictions: z.string(),
});
export type BatchSummary = z.output<typeof batchSummary>;
