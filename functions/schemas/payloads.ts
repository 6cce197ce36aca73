/** Schemas of what each state passes to its function and gets back. */
import * as z from 'zod';
import { MAX_UNFOLDED, MAX_WORKERS } from '../contract/limits.ts';
import { jobConfigSchema } from './config.ts';
import { dataset } from './dataset.ts';
import {
  accuracy,
  checkpointRef,
  count,
  dollars,
  endOfRun,
  executionName,
  figure,
  importedWeights,
  isoTime,
  name,
  objectKey,
  pace,
  runId,
  sha256,
  splitFigures,
  step,
  steps,
  sweepMembership,
} from './parts.ts';

/** A file's place and what is known of it, for a dataset that the catalogue hasn't. */
const fileSource = z.strictObject({
  url: z.string().optional(),
  key: objectKey.optional(),
  /** Of the uncompressed bytes. */
  sha256: sha256.optional(),
});
export type FileSource = z.output<typeof fileSource>;
/** A file of a dataset. */
export const datasetFile = z.strictObject({
  dataset: name,
  file: z.string().min(1).max(255),
  /** Absent for a file of the catalogue. */
  source: fileSource.optional(),
});
export const downloadDatasetInput = z.strictObject({ files: z.array(datasetFile).min(1) });

export const validateConfigInput = z.strictObject({
  runId,
  /** Absent for an import, which is one execution. */
  executionName: executionName.optional(),
  input: z.unknown(),
});
export const validateConfigOutput = z.strictObject({
  runId,
  config: jobConfigSchema,
  /** To be downloaded. */
  ...downloadDatasetInput.shape,
});
/** Of a file. */
export const downloaded = z.strictObject({
  key: z.string(),
  /** null for a file that was there already, and of which nobody knows it. */
  sha256: sha256.nullable(),
  bytes: z.int().min(0),
  /** false: it was there already. */
  downloaded: z.boolean(),
});
/** In the order of the input's. */
export const downloadDatasetOutput = z.strictObject({ files: z.array(downloaded) });

export const shardDatasetInput = z.strictObject({
  dataset,
  /** To be downloaded where the dataset isn't there; absent in executions from before, which have done that before this state. */
  files: downloadDatasetInput.shape.files.optional(),
});
export const shardDatasetOutput = z.strictObject({
  dataset: name,
  manifestSha256: sha256,
  trainSize: count,
  testSize: count,
});

/** Times that the state machine has tried the same before. */
const retries = z.int().min(0).default(0);

export const startRunInput = z.strictObject({
  runId,
  executionName,
  config: jobConfigSchema,
  manifestSha256: sha256,
  /** Of a run of a sweep. */
  sweep: sweepMembership.optional(),
  /** What the run goes on from; null where it begins with untrained weights. */
  continueFrom: endOfRun.nullable().optional(),
  retries,
});

/** Evaluations that one invocation reports through the state, whose size is limited; all of them are in metrics/. */
export const MAX_EVALUATIONS = 100;
/** More outputs than these are in metrics/ alone. */
export const MAX_REPORTED_OUTPUTS = 16;
export const evaluation = z.strictObject({
  step,
  epoch: z.number(),
  loss: z.number().nullable(),
  ...splitFigures,
});
export type StepEvaluation = z.output<typeof evaluation>;

/** The best evaluation so far of a run with early stopping. */
export const bestCheckpoint = z.strictObject({
  step,
  /** Of the monitored figure. */
  value: z.number(),
  /** Evaluations since without improvement. */
  stale: z.int().min(0),
  /** Where its weights are; null when the run does not restore them. */
  checkpoint: checkpointRef.nullable(),
});
export type BestCheckpoint = z.output<typeof bestCheckpoint>;

/** What the loop keeps of its execution and its run, besides where the training stands. */
export const loopState = z.strictObject({
  /** Chunks that this execution may still train. */
  turnsLeft: steps,
  /** Name of the execution that then goes on. */
  continueAs: executionName,
  /** What that costs before its first chunk. */
  continueDollars: dollars.default(0),
  /** When the run was started first. */
  startedAt: isoTime,
  /** When this turn began; of a data-parallel run, to know how long its rounds take. */
  turnBegan: isoTime.optional(),
  /** Steps of metrics that are not in the run's index of them yet. */
  unfolded: z.array(step).max(MAX_UNFOLDED).optional(),
  pace,
});
export type LoopState = z.output<typeof loopState>;

const worker = z
  .int()
  .min(0)
  .max(MAX_WORKERS - 1);

/** What the training loop carries from turn to turn. */
export const runProgress = z.strictObject({
  runId,
  /** Of the checkpoint: with early stopping the run may end at one before its last step. */
  step,
  /** 0 when the weights are imported. */
  totalSteps: steps,
  epoch: z.number(),
  done: z.boolean(),
  checkpoint: checkpointRef,
  /** null without early stopping, and before the first evaluation that counts. */
  best: bestCheckpoint.nullable(),
  /** Of the last step's batch; null before the first step. */
  loss: z.number().nullable(),
  /** Evaluations of this invocation, oldest first; the newest ones where there were very many. */
  evaluations: z.array(evaluation).max(MAX_EVALUATIONS),
  /** Training throughput of this chunk; 0 when it trained nothing. */
  imagesPerSecond: z.number().min(0),
  /** Lambda compute and request cost of this invocation. */
  estimatedDollars: dollars,
  /** Estimated cost of the run up to now: functions, requests to S3, state transitions. */
  runDollars: dollars,
  /** Why training ended before its last step, where a cap ended it. */
  stopped: z.string().nullable(),
  /** null for an import, which has no loop. */
  loop: loopState.nullable(),
  /** Of a data-parallel run: the parts of its next round, unless it is done. */
  parts: z.array(z.strictObject({ worker })).min(1).max(MAX_WORKERS).optional(),
  /** Of a data-parallel run: how many rounds it has behind it, and has in all. */
  rounds: z.strictObject({ workers: count, done: steps, total: count }).optional(),
});
export type RunProgress = z.output<typeof runProgress>;

export const trainChunkInput = z.strictObject({
  runId,
  step,
  checkpoint: checkpointRef,
  best: bestCheckpoint.nullable(),
  runDollars: dollars,
  loop: loopState,
  retries,
});
export const trainWorkerInput = z.strictObject({ runId, step, checkpoint: checkpointRef, worker });
const milliseconds = z.number().min(0);
/** What one worker answers: what it wrote, and took for it. A thousand of these have to fit between two states. */
export const trainedPart = z.strictObject({
  worker,
  sha256,
  billedMs: milliseconds,
  loadMs: milliseconds,
  trainMs: milliseconds,
  saveMs: milliseconds,
  /** Lambda compute and request cost. */
  estimatedDollars: dollars,
  /** The same with requests to S3 and state transitions. */
  dollars,
});
export type TrainedPart = z.output<typeof trainedPart>;
/** Of a failed worker's error what is passed on, in bytes of JSON: whatever its message quotes. */
export const MAX_WORKER_ERROR = { name: 40, message: 120 } as const;
/** Without its quotes. */
export const jsonBytes = (text: string): number => new TextEncoder().encode(JSON.stringify(text)).length - 2;
const brief = (bytes: number) =>
  z.string().refine((text) => jsonBytes(text) <= bytes, `expected at most ${bytes} bytes of JSON`);
/** That of one that would fail the same way again. */
export const failedPart = z.strictObject({
  worker,
  error: z.strictObject({ name: brief(MAX_WORKER_ERROR.name), message: brief(MAX_WORKER_ERROR.message) }),
});
export type FailedPart = z.output<typeof failedPart>;
export const trainWorkerOutput = z.union([trainedPart, failedPart]);
export type WorkerResult = z.output<typeof trainWorkerOutput>;
export const reduceRoundInput = z.strictObject({
  ...trainChunkInput.shape,
  results: z.array(trainWorkerOutput).min(1).max(MAX_WORKERS),
});
/** Output of an execution that has handed its run over. */
export const continuedOutput = z.strictObject({
  runId,
  /** Name of the execution that goes on. */
  continuedBy: executionName,
});
/** Answered with the progress of a run that is done at step 0 of 0. */
export const importModelInput = z.strictObject({
  runId,
  config: jobConfigSchema,
  manifestSha256: sha256,
  weights: importedWeights,
});
export const promoteModelInput = z.strictObject({
  runId,
  step,
  checkpoint: checkpointRef,
  stopped: z.string().nullable(),
  /** The sweep whose best run this is; without it a run of a sweep ends with no version. */
  sweep: sweepMembership.shape.id.optional(),
});
/** Answered for a run of a sweep. */
export const sweepRunEnded = z.strictObject({
  runId,
  step,
  sweep: sweepMembership.shape.id,
  stopped: z.string().nullable(),
});
export const promoteModelOutput = z.strictObject({
  runId,
  step,
  model: name,
  version: count,
  /** false: the version is there, but what served before serves on. */
  promoted: z.boolean(),
  /** Why it was not promoted; null when it was. */
  reason: z.string().nullable(),
  /** What ended training before its last step, and whether its weights are those of its best; null where neither is so. */
  stopped: z.string().nullable(),
  trainAccuracy: accuracy.nullable(),
  testAccuracy: accuracy.nullable(),
  testLoss: figure,
  testCost: figure,
});
export const runEnded = z.union([promoteModelOutput, sweepRunEnded]);

/** Step Functions' error object, as a Catch puts it there. */
export const recordFailureInput = z.strictObject({
  runId,
  /** One that is no name of a run's execution can't speak for the run. */
  executionName: executionName.optional(),
  error: z.looseObject({ Error: z.string(), Cause: z.string().optional() }),
});
export const recordFailureOutput = z.strictObject({
  runId,
  error: z.string(),
  cause: z.string(),
});

/** Not everything in the bucket: what is uploaded for batches, and datasets. */
const batchKey = objectKey.regex(/^(batches|datasets)\/./, 'expected a key below batches/ or datasets/');

/** What CloudWatch invokes a function with when an alarm changes (Amazon CloudWatch User Guide), as far as it is read. */
export const alarmEvent = z.looseObject({
  alarmData: z.looseObject({
    alarmName: z.string(),
    state: z.looseObject({ value: z.string(), reason: z.string().optional() }),
    configuration: z.looseObject({
      /** Metrics have `metricStat`, expressions over them have none. */
      metrics: z.array(
        z.looseObject({
          metricStat: z
            .looseObject({
              metric: z.looseObject({ dimensions: z.record(z.string(), z.string()).optional() }),
            })
            .optional(),
        }),
      ),
    }),
  }),
});
export const rollbackModelOutput = z.strictObject({
  model: name,
  alarm: z.string(),
  /** Version whose trial was ended; null when none was under way. */
  ended: count.nullable(),
});

/** Images to predict: all files under a prefix, or the rows of one file. */
export const batchInput = z
  .strictObject({
    prefix: batchKey.optional(),
    file: batchKey.optional(),
    model: name.optional(),
    version: count.optional(),
  })
  .refine((input) => (input.prefix === undefined) !== (input.file === undefined), {
    message: 'expected either prefix or file',
  });
export const planBatchInput = z.strictObject({ batchId: runId, input: batchInput });
export const planBatchOutput = z.strictObject({
  batchId: runId,
  /** Where the parts stand that the Map reads. */
  partsKey: z.string(),
  items: steps,
});
/** Items `from` up to but not including `to` of the plan. */
export const batchPart = z.strictObject({ batchId: runId, part: steps, from: steps, to: count });
export type BatchPart = z.output<typeof batchPart>;
export const predictPartOutput = z.strictObject({ part: steps, predicted: steps, failed: steps });
