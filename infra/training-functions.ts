/** The functions behind the state machine's states, with their sizes and exactly the access each needs. */
import { CfnParameter, Duration } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ENV } from '../functions/contract/environment.ts';
import { ROUNDS_PER_EXECUTION, TURNS_PER_EXECUTION } from '../functions/contract/limits.ts';
import { PARAMETERS } from '../functions/contract/stacks.ts';
import type { Settings } from './settings.ts';
import { StepnetFunction } from './stepnet-function.ts';

export interface TrainingFunctions {
  validateConfig: StepnetFunction;
  downloadDataset: StepnetFunction;
  shardDataset: StepnetFunction;
  startRun: StepnetFunction;
  trainChunk: StepnetFunction;
  trainWorker: StepnetFunction;
  reduceRound: StepnetFunction;
  importModel: StepnetFunction;
  promoteModel: StepnetFunction;
  recordFailure: StepnetFunction;
}

export interface TrainingFunctionsProps {
  bucket: IBucket;
  gitRevision: string;
  trainMemoryMb: number;
  /** Of the deployed app: the namespace of its metrics. */
  name: string;
  prices?: Settings['prices'];
}

/** Keys as IAM patterns; the contract's key builders make them. */
const IMPORTS = 'imports/*';
const SOURCES = 'datasets/*/source/*';
const MANIFESTS = 'datasets/*/manifest.json';
const SHARDS = ['datasets/*/train/*', 'datasets/*/test/*'];
const RUN_CONFIG = 'runs/*/config.json';
const RUN_STATUS = 'runs/*/status.json';
const CHECKPOINTS = 'runs/*/checkpoints/*';
const METRICS = 'runs/*/metrics/*';
const ROUND_PARTS = 'rounds/*';
const VERSIONS = 'models/*/versions/*';
const LATEST = 'models/*/latest.json';

export function createTrainingFunctions(scope: Construct, props: TrainingFunctionsProps): TrainingFunctions {
  const { bucket, trainMemoryMb, name } = props;
  const metrics = { [ENV.metricsNamespace]: name };
  const prices: Record<string, string> =
    props.prices === undefined ? {} : { [ENV.prices]: JSON.stringify(props.prices) };
  const priced = { ...metrics, ...prices };
  const mirrors = new CfnParameter(scope, PARAMETERS.datasetMirrors, {
    type: 'String',
    default: '',
    description: "Comma-separated base URLs to download datasets from; empty for the catalogue's mirrors",
  });
  const mirrorAccess = new CfnParameter(scope, PARAMETERS.mirrorAccess, {
    type: 'String',
    default: 'public',
    allowedValues: ['public', 'any'],
    description:
      'public: mirrors over https at public addresses only; any: also over http and at private addresses',
  });
  return {
    validateConfig: new StepnetFunction(scope, 'ValidateConfigFunction', {
      entry: 'validate-config',
      memoryMb: 256,
      timeout: Duration.seconds(30),
    }),
    // 47 MB streamed in parts of 8 MB; slow mirrors are the reason for the time.
    downloadDataset: new StepnetFunction(scope, 'DownloadDatasetFunction', {
      entry: 'download-dataset',
      memoryMb: 512,
      timeout: Duration.minutes(10),
      environment: {
        [ENV.datasetMirrors]: mirrors.valueAsString,
        [ENV.mirrorAccess]: mirrorAccess.valueAsString,
      },
    }).uses(bucket, { read: [IMPORTS, SOURCES], write: [SOURCES], abort: [SOURCES] }),
    // Reads its sources as streams; rows on their way into shards take the larger part of the memory.
    shardDataset: new StepnetFunction(scope, 'ShardDatasetFunction', {
      entry: 'shard-dataset',
      memoryMb: 1024,
      timeout: Duration.minutes(15),
    }).uses(bucket, {
      read: [SOURCES, MANIFESTS, ...SHARDS],
      write: [MANIFESTS, ...SHARDS],
    }),
    // Evaluates the untrained network, so it holds the dataset like train-chunk does.
    startRun: new StepnetFunction(scope, 'StartRunFunction', {
      entry: 'start-run',
      memoryMb: trainMemoryMb,
      timeout: Duration.minutes(15),
      environment: {
        ...priced,
        [ENV.turnsPerExecution]: String(TURNS_PER_EXECUTION),
        [ENV.roundsPerExecution]: String(ROUNDS_PER_EXECUTION),
      },
    }).uses(bucket, {
      read: [MANIFESTS, ...SHARDS, RUN_CONFIG, RUN_STATUS, CHECKPOINTS, METRICS],
      write: [RUN_CONFIG, RUN_STATUS, CHECKPOINTS, METRICS],
      list: ['runs/*/metrics/'],
    }),
    trainChunk: new StepnetFunction(scope, 'TrainChunkFunction', {
      entry: 'train-chunk',
      memoryMb: trainMemoryMb,
      timeout: Duration.minutes(15),
      environment: priced,
    }).uses(bucket, {
      read: [MANIFESTS, ...SHARDS, RUN_CONFIG, CHECKPOINTS, METRICS],
      write: [CHECKPOINTS, METRICS],
    }),
    trainWorker: new StepnetFunction(scope, 'TrainWorkerFunction', {
      entry: 'train-worker',
      memoryMb: trainMemoryMb,
      timeout: Duration.minutes(15),
      environment: prices,
    }).uses(bucket, {
      read: [MANIFESTS, ...SHARDS, RUN_CONFIG, CHECKPOINTS, ROUND_PARTS],
      write: [ROUND_PARTS],
    }),
    // Evaluates like train-chunk; of the workers' parts a few are in memory at a time.
    reduceRound: new StepnetFunction(scope, 'ReduceRoundFunction', {
      entry: 'reduce-round',
      memoryMb: trainMemoryMb,
      timeout: Duration.minutes(15),
      environment: priced,
    }).uses(bucket, {
      read: [MANIFESTS, ...SHARDS, RUN_CONFIG, CHECKPOINTS, METRICS, ROUND_PARTS],
      write: [CHECKPOINTS, METRICS],
    }),
    // Evaluates like start-run; its memory also bounds the file of weights.
    importModel: new StepnetFunction(scope, 'ImportModelFunction', {
      entry: 'import-model',
      memoryMb: trainMemoryMb,
      timeout: Duration.minutes(15),
      environment: metrics,
    }).uses(bucket, {
      read: [IMPORTS, MANIFESTS, ...SHARDS, RUN_CONFIG, RUN_STATUS, CHECKPOINTS, METRICS],
      write: [RUN_CONFIG, RUN_STATUS, CHECKPOINTS, METRICS],
    }),
    promoteModel: new StepnetFunction(scope, 'PromoteModelFunction', {
      entry: 'promote-model',
      // It reads the documents of all versions; with 180 of them 256 MB were nearly used up.
      memoryMb: 512,
      timeout: Duration.minutes(1),
      environment: { ...metrics, [ENV.gitRevision]: props.gitRevision },
    }).uses(bucket, {
      read: [RUN_CONFIG, RUN_STATUS, CHECKPOINTS, METRICS, VERSIONS, LATEST],
      write: [RUN_STATUS, VERSIONS, LATEST],
      list: ['models/*/versions/'],
    }),
    recordFailure: new StepnetFunction(scope, 'RecordFailureFunction', {
      entry: 'record-failure',
      memoryMb: 256,
      timeout: Duration.minutes(1),
    }).uses(bucket, { read: [RUN_STATUS], write: [RUN_STATUS] }),
  };
}
