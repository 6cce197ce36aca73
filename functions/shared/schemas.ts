/** Schemas of every document that crosses a boundary: state machine input, step payloads, JSON objects in S3. */
import * as z from 'zod';
import { DEFAULT_CONFIG } from '../../core/training/config.ts';
import { MAX_WORKERS } from './contract.ts';
import { userDataset } from './dataset-schemas.ts';

export { type DatasetManifest, datasetManifest } from './dataset-schemas.ts';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'expected 1-63 of a-z 0-9 . _ -, not starting with a sign');
const count = z.int().min(1).max(1_000_000_000);
const steps = z.int().min(0).max(1_000_000_000);
const step = z.int().min(0).max(99_999_999);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const runId = z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, 'expected 1-80 of A-Z a-z 0-9 _ -');
/** A run's id, or that with a number: the executions that go on with a run are called `<run's id>.1`, `.2` and so on. */
const executionName = z
  .string()
  .regex(
    /^[A-Za-z0-9_-]{1,72}(\.[0-9]{1,6})?$/,
    'expected 1-72 of A-Z a-z 0-9 _ -, then nothing or a dot and a number',
  );
const dollars = z.number().min(0);
const isoTime = z.iso.datetime();
const metricName = z.enum(['testAccuracy', 'trainAccuracy', 'testLoss', 'loss']);
const warmupEpochs = z.number().min(0).max(100_000).optional();

/** A name in the catalogue, or a declaration. */
const dataset = z.union([name, userDataset]);

/** The state machine's input: all fields optional, unknown ones refused. */
export const trainingConfigSchema = z
  .strictObject({
    dataset: dataset.default(DEFAULT_CONFIG.dataset),
    layers: z.array(z.int().min(1).max(65_536)).min(2).max(32).default(DEFAULT_CONFIG.layers),
    activation: z.enum(['sigmoid', 'relu', 'step', 'identity']).default(DEFAULT_CONFIG.activation),
    output: z.enum(['softmax', 'identity']).default(DEFAULT_CONFIG.output),
    loss: z.enum(['crossEntropy', 'meanSquaredError']).default(DEFAULT_CONFIG.loss),
    weightInit: z
      .discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('normal'),
          std: z.number().positive().max(10),
        }),
        z.strictObject({ kind: z.literal('xavier') }),
        z.strictObject({ kind: z.literal('he') }),
      ])
      .default(DEFAULT_CONFIG.weightInit),
    iterations: z.int().min(1).max(99_999_999).default(DEFAULT_CONFIG.iterations),
    epochs: z.number().positive().max(100_000).optional(),
    batchSize: z.int().min(1).max(65_536).default(DEFAULT_CONFIG.batchSize),
    learningRate: z.number().positive().max(1000).default(DEFAULT_CONFIG.learningRate),
    learningRateSchedule: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('constant'), warmupEpochs }),
        z.strictObject({
          kind: z.literal('step'),
          everyEpochs: z.number().positive().max(100_000),
          factor: z.number().positive().max(1),
          warmupEpochs,
        }),
        z.strictObject({ kind: z.literal('cosine'), final: z.number().min(0).max(1000), warmupEpochs }),
      ])
      .default(DEFAULT_CONFIG.learningRateSchedule),
    optimizer: z.enum(['sgd', 'momentum', 'adagrad', 'adam']).default(DEFAULT_CONFIG.optimizer),
    momentum: z.number().min(0).lt(1).default(DEFAULT_CONFIG.momentum),
    beta1: z.number().min(0).lt(1).default(DEFAULT_CONFIG.beta1),
    beta2: z.number().min(0).lt(1).default(DEFAULT_CONFIG.beta2),
    weightDecay: z.number().min(0).max(10).default(DEFAULT_CONFIG.weightDecay),
    sampling: z.enum(['withReplacement', 'shuffle', 'shardShuffle']).default(DEFAULT_CONFIG.sampling),
    shardsTogether: z.int().min(1).max(10_000).optional(),
    seed: z.int().min(0).max(0xffff_ffff).default(DEFAULT_CONFIG.seed),
    chunkIterations: count.optional(),
    workers: z.int().min(1).max(MAX_WORKERS).optional(),
    localIterations: count.optional(),
    evaluateEvery: count.optional(),
    earlyStopping: z
      .strictObject({
        monitor: metricName.optional(),
        patience: z.int().min(1).max(100_000).default(5),
        minDelta: z.number().min(0).max(1000).default(0),
        restoreBest: z.boolean().default(true),
      })
      .optional(),
    model: name.default(DEFAULT_CONFIG.model),
    promotion: z
      .strictObject({
        metric: metricName.optional(),
        tolerance: z.number().min(0).max(1000).default(0),
      })
      .optional(),
    maxDollars: z.number().positive().max(1_000_000).optional(),
    maxSeconds: z.number().positive().max(100_000_000).optional(),
    precision: z.literal('float32').default(DEFAULT_CONFIG.precision),
    backend: z.enum(['wasm', 'reference']).default(DEFAULT_CONFIG.backend),
  })
  .refine((c) => (c.output === 'softmax') === (c.loss === 'crossEntropy'), {
    path: ['loss'],
    message: 'output "softmax" goes with loss "crossEntropy", output "identity" with "meanSquaredError"',
  });

/** What S3 takes for a key: 1 to 1,024 bytes of UTF-8, which half a surrogate pair has none of. */
const objectKey = z
  .string()
  .refine(
    (key) => key !== '' && key.isWellFormed() && new TextEncoder().encode(key).length <= 1024,
    'expected 1 to 1024 bytes of UTF-8',
  );
export const checkpointRef = z.strictObject({
  key: objectKey,
  sha256,
  bytes: z.int().min(1),
});
export type CheckpointRef = z.output<typeof checkpointRef>;
const accuracy = z.number().min(0).max(1);
const figure = z.number().nullable().default(null);
/** Of one output of a regression, in its target's unit; r2 is null where the test set's targets are all the same. */
const outputMetrics = z.strictObject({
  rmse: z.number().min(0),
  mae: z.number().min(0),
  r2: z.number().max(1).nullable(),
});
/** How a network does on whole splits. Documents from before losses were measured have accuracies alone. */
const splitFigures = {
  /** Accuracies are null for a regression. */
  trainAccuracy: accuracy.nullable(),
  testAccuracy: accuracy.nullable(),
  /** Mean per sample, without weight decay. */
  trainLoss: figure,
  testLoss: figure,
  /** Mean cost per sample of the test set, where the dataset says what each mistake costs. */
  testCost: figure,
  /** Of a regression, on the test set. */
  outputs: z.array(outputMetrics).nullable().default(null),
} as const;
const splitFiguresSchema = z.strictObject(splitFigures);
export type SplitFigures = z.output<typeof splitFiguresSchema>;
/** Where a run's weights come from when it imports them instead of training them: the file, as uploaded. */
export const importedWeights = z.strictObject({
  key: objectKey.regex(/^imports\//, 'expected a key below imports/'),
  sha256,
});
export type ImportedWeights = z.output<typeof importedWeights>;

/* --- Step payloads: what each state passes to its function and gets back. --- */

/** A file's place and what is known of it, for a dataset that the catalogue hasn't. */
const fileSource = z.strictObject({
  url: z.string().optional(),
  key: objectKey.optional(),
  /** Of the uncompressed bytes. */
  sha256: sha256.optional(),
});
export type FileSource = z.output<typeof fileSource>;
export const downloadDatasetInput = z.strictObject({
  dataset: name,
  file: z.string().min(1).max(255),
  /** Absent for a file of the catalogue. */
  source: fileSource.optional(),
});

export const validateConfigInput = z.strictObject({
  runId,
  /** Absent for an import, which is one execution. */
  executionName: executionName.optional(),
  input: z.unknown(),
});
export const validateConfigOutput = z.strictObject({
  runId,
  config: trainingConfigSchema,
  /** Inputs of download-dataset. */
  files: z.array(downloadDatasetInput).min(1),
});
export const downloadDatasetOutput = z.strictObject({
  key: z.string(),
  /** null for a file that was there already, and of which nobody knows it. */
  sha256: sha256.nullable(),
  bytes: z.int().min(0),
  /** false: it was there already. */
  downloaded: z.boolean(),
});

export const shardDatasetInput = z.strictObject({ dataset });
export const shardDatasetOutput = z.strictObject({
  dataset: name,
  manifestSha256: sha256,
  trainSize: count,
  testSize: count,
});

/** Which of a sweep's settings a run tries, and in which of its rungs; the sweep's plan says so, never a config. */
export const sweepMembership = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,60}$/, 'expected 1-60 of A-Z a-z 0-9 _ -'),
  trial: steps,
  rung: steps,
});
export type SweepMembership = z.output<typeof sweepMembership>;
/** How another run ended. */
export const endOfRun = z.strictObject({ runId, step, checkpoint: checkpointRef });
export type EndOfRun = z.output<typeof endOfRun>;

export const startRunInput = z.strictObject({
  runId,
  executionName,
  config: trainingConfigSchema,
  manifestSha256: sha256,
  /** Of a run of a sweep. */
  sweep: sweepMembership.optional(),
  /** What the run goes on from; null where it begins with untrained weights. */
  continueFrom: endOfRun.nullable().optional(),
});

/** Evaluations that one chunk reports through the state, whose size is limited; all of them are in metrics/. */
export const MAX_EVALUATIONS = 100;
/** More outputs than these are in metrics/ alone. */
export const MAX_REPORTED_OUTPUTS = 16;
export const evaluation = z.strictObject({
  step,
  epoch: z.number(),
  loss: z.number().nullable(),
  ...splitFigures,
});
export type Evaluation = z.output<typeof evaluation>;

/** The best evaluation so far of a run with early stopping. */
export const bestSoFar = z.strictObject({
  step,
  /** Of the monitored figure. */
  value: z.number(),
  /** Evaluations since without improvement. */
  stale: z.int().min(0),
  /** Where its weights are; null when the run does not restore them. */
  checkpoint: checkpointRef.nullable(),
});
export type BestSoFar = z.output<typeof bestSoFar>;

/** Longest times so far that parts of the run took, in ms: what is kept back for its end is taken from them. */
export const pace = z.strictObject({
  loadMs: z.number().min(0),
  stepMs: z.number().min(0),
  evaluateMs: z.number().min(0),
  saveMs: z.number().min(0),
});
export type Pace = z.output<typeof pace>;

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
  best: bestSoFar.nullable(),
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
  best: bestSoFar.nullable(),
  runDollars: dollars,
  loop: loopState,
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
/** Characters of a failed worker's message that are passed on. */
export const MAX_WORKER_MESSAGE = 120;
/** That of one that would fail the same way again. */
export const failedPart = z.strictObject({
  worker,
  error: z.strictObject({ name: z.string().max(40), message: z.string().max(MAX_WORKER_MESSAGE) }),
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
  config: trainingConfigSchema,
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
  /** Why training ended before its last step; null where no cap ended it. */
  stopped: z.string().nullable(),
  trainAccuracy: accuracy.nullable(),
  testAccuracy: accuracy.nullable(),
  testLoss: figure,
  testCost: figure,
});

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

/* --- Documents in S3. --- */

export const runConfig = z.strictObject({
  formatVersion: z.literal(1),
  runId,
  config: trainingConfigSchema,
  /** SHA-256 over all that decides the weights: config without chunking, evaluation and model, plus the manifest's digest. */
  configHash: sha256,
  manifestSha256: sha256,
  trainSize: count,
  testSize: count,
  stepsPerEpoch: count,
  totalSteps: steps,
  chunkSteps: count,
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
  /** null at an evaluation inside a chunk, where no checkpoint is written. */
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
  /** Set when failed: the error's name and message. */
  error: z.string().optional(),
  /** Also set when succeeded but not promoted: why. */
  reason: z.string().optional(),
  /** Set when succeeded. */
  model: name.optional(),
  version: count.optional(),
  promoted: z.boolean().optional(),
  /** Set when succeeded and a cap ended the training before its last step: which, and where. */
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
  config: trainingConfigSchema,
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
