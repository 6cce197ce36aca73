/** The functions behind the state machine's states, with exactly the access each needs. */
import { CfnParameter } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../functions/contract/environment.ts';
import type { FunctionName } from '../functions/contract/functions.ts';
import { LISTED, PATTERNS } from '../functions/contract/keys.ts';
import { ROUNDS_PER_EXECUTION, TURNS_PER_EXECUTION } from '../functions/contract/limits.ts';
import { PARAMETERS } from '../functions/contract/stacks.ts';
import { memoryEnvironment, pricesEnvironment, type StackSettings } from './settings.ts';
import { StepnetFunction } from './stepnet-function.ts';

export type TrainingFunctions = ReturnType<typeof createTrainingFunctions>;

/** A dataset as everything that trains reads it. */
const DATA = [PATTERNS.manifest, PATTERNS.trainShards, PATTERNS.testShards];
const { declaration, imports, sources, runConfig, status, checkpoints, metrics, metricsIndex, roundParts } =
  PATTERNS;
const { runIndex, versions, versionsIndex, claims, latest } = PATTERNS;
/** Of everyone who changes a run's status. */
const CHANGES = [LISTED.runChanges];

export function createTrainingFunctions(scope: Construct, props: StackSettings & { gitRevision: string }) {
  const { bucket, trainMemoryMb, name } = props;
  const namespace = { [ENV.metricsNamespace]: name };
  const prices = pricesEnvironment(props);
  const priced = { ...namespace, ...prices };
  const mirrors = new CfnParameter(scope, PARAMETERS.datasetMirrors, {
    type: 'String',
    default: '',
    description:
      "Comma-separated base URLs to download datasets from, those for one dataset as name=URL; empty for the catalogue's mirrors",
  });
  const mirrorAccess = new CfnParameter(scope, PARAMETERS.mirrorAccess, {
    type: 'String',
    default: 'public',
    allowedValues: ['public', 'any'],
    description:
      'public: mirrors over https at public addresses only; any: also over http and at private addresses',
  });
  const downloading = {
    [ENV.datasetMirrors]: mirrors.valueAsString,
    [ENV.mirrorAccess]: mirrorAccess.valueAsString,
  };
  const make = (name: FunctionName, environment: Record<string, string> = {}) =>
    new StepnetFunction(scope, name, { environment, trainMemoryMb, settings: props });
  return {
    validateConfig: make('validate-config', { ...prices, ...memoryEnvironment(props) }).uses(bucket, {
      read: [declaration],
    }),
    downloadDataset: make('download-dataset', downloading).uses(bucket, {
      read: [imports, sources],
      write: [sources],
      abort: [sources],
    }),
    shardDataset: make('shard-dataset', downloading).uses(bucket, {
      read: [imports, sources, ...DATA],
      write: [sources, ...DATA],
      abort: [sources],
    }),
    startRun: make('start-run', {
      ...priced,
      [ENV.turnsPerExecution]: String(TURNS_PER_EXECUTION),
      [ENV.roundsPerExecution]: String(ROUNDS_PER_EXECUTION),
    }).uses(bucket, {
      read: [...DATA, runConfig, status, runIndex, checkpoints, metrics, metricsIndex],
      write: [runConfig, status, runIndex, checkpoints, metrics, metricsIndex],
      // All runs, where there is no index of them yet.
      list: [LISTED.metrics, LISTED.runs, ...CHANGES],
    }),
    trainChunk: make('train-chunk', priced).uses(bucket, {
      read: [...DATA, runConfig, checkpoints, metrics, metricsIndex],
      write: [checkpoints, metrics, metricsIndex],
      list: [LISTED.metrics],
    }),
    trainWorker: make('train-worker', prices).uses(bucket, {
      read: [...DATA, runConfig, checkpoints, roundParts],
      write: [roundParts],
    }),
    reduceRound: make('reduce-round', priced).uses(bucket, {
      read: [...DATA, runConfig, checkpoints, metrics, metricsIndex, roundParts],
      write: [checkpoints, metrics, metricsIndex],
    }),
    importModel: make('import-model', namespace).uses(bucket, {
      read: [imports, ...DATA, runConfig, status, runIndex, checkpoints, metrics],
      write: [runConfig, status, runIndex, checkpoints, metrics],
      list: [LISTED.runs, ...CHANGES],
    }),
    promoteModel: make('promote-model', { ...namespace, [ENV.gitRevision]: props.gitRevision }).uses(bucket, {
      read: [runConfig, status, runIndex, checkpoints, metrics, versions, versionsIndex, claims, latest],
      write: [status, runIndex, versions, versionsIndex, claims, latest],
      list: CHANGES,
    }),
    recordFailure: make('record-failure').uses(bucket, {
      read: [status, runIndex],
      write: [status, runIndex],
      list: CHANGES,
    }),
  };
}
