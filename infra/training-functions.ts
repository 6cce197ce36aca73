/** The functions behind the state machine's states, with their sizes and exactly the access each needs. */
import { CfnParameter, Duration } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ENV } from '../functions/contract/environment.ts';
import { LISTED, PATTERNS } from '../functions/contract/keys.ts';
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

/** A dataset as everything that trains reads it. */
const DATA = [PATTERNS.manifest, PATTERNS.trainShards, PATTERNS.testShards];
const { imports, sources, runConfig, status, checkpoints, metrics, roundParts, versions, latest } = PATTERNS;

export function createTrainingFunctions(scope: Construct, props: TrainingFunctionsProps): TrainingFunctions {
  const { bucket, trainMemoryMb, name } = props;
  const namespace = { [ENV.metricsNamespace]: name };
  const prices: Record<string, string> =
    props.prices === undefined ? {} : { [ENV.prices]: JSON.stringify(props.prices) };
  const priced = { ...namespace, ...prices };
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
    }).uses(bucket, { read: [imports, sources], write: [sources], abort: [sources] }),
    // Reads its sources as streams; rows on their way into shards take the larger part of the memory.
    shardDataset: new StepnetFunction(scope, 'ShardDatasetFunction', {
      entry: 'shard-dataset',
      memoryMb: 1024,
      timeout: Duration.minutes(15),
    }).uses(bucket, {
      read: [sources, ...DATA],
      write: DATA,
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
      read: [...DATA, runConfig, status, checkpoints, metrics],
      write: [runConfig, status, checkpoints, metrics],
      list: [LISTED.metrics],
    }),
    trainChunk: new StepnetFunction(scope, 'TrainChunkFunction', {
      entry: 'train-chunk',
      memoryMb: trainMemoryMb,
      timeout: Duration.minutes(15),
      environment: priced,
    }).uses(bucket, {
      read: [...DATA, runConfig, checkpoints, metrics],
      write: [checkpoints, metrics],
    }),
    trainWorker: new StepnetFunction(scope, 'TrainWorkerFunction', {
      entry: 'train-worker',
      memoryMb: trainMemoryMb,
      timeout: Duration.minutes(15),
      environment: prices,
    }).uses(bucket, {
      read: [...DATA, runConfig, checkpoints, roundParts],
      write: [roundParts],
    }),
    // Evaluates like train-chunk; of the workers' parts a few are in memory at a time.
    reduceRound: new StepnetFunction(scope, 'ReduceRoundFunction', {
      entry: 'reduce-round',
      memoryMb: trainMemoryMb,
      timeout: Duration.minutes(15),
      environment: priced,
    }).uses(bucket, {
      read: [...DATA, runConfig, checkpoints, metrics, roundParts],
      write: [checkpoints, metrics],
    }),
    // Evaluates like start-run; its memory also bounds the file of weights.
    importModel: new StepnetFunction(scope, 'ImportModelFunction', {
      entry: 'import-model',
      memoryMb: trainMemoryMb,
      timeout: Duration.minutes(15),
      environment: namespace,
    }).uses(bucket, {
      read: [imports, ...DATA, runConfig, status, checkpoints, metrics],
      write: [runConfig, status, checkpoints, metrics],
    }),
    promoteModel: new StepnetFunction(scope, 'PromoteModelFunction', {
      entry: 'promote-model',
      // It reads the documents of all versions; with 180 of them 256 MB were nearly used up.
      memoryMb: 512,
      timeout: Duration.minutes(1),
      environment: { ...namespace, [ENV.gitRevision]: props.gitRevision },
    }).uses(bucket, {
      read: [runConfig, status, checkpoints, metrics, versions, latest],
      write: [status, versions, latest],
      list: [LISTED.versions],
    }),
    recordFailure: new StepnetFunction(scope, 'RecordFailureFunction', {
      entry: 'record-failure',
      memoryMb: 256,
      timeout: Duration.minutes(1),
    }).uses(bucket, { read: [status], write: [status] }),
  };
}
