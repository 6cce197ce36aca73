/** Makes a run out of an uploaded file of weights: its checkpoint 0, evaluated, ready to be promoted. */

import type { z } from 'zod';
import { ConfigError, IntegrityError } from '../../core/errors.ts';
import { decodeWeights } from '../../core/exchange/weights.ts';
import { datasetName } from '../../core/ingest/catalogue/user-dataset.ts';
import type { Backend } from '../../core/kernels/engine.ts';
import { Network } from '../../core/model/network.ts';
import type { LayerSpecs } from '../../core/network/layers.ts';
import { keepBytesOf } from '../contract/data.ts';
import { KEYS } from '../contract/keys.ts';
import { openDataset } from '../dataset/load.ts';
import { shapeOf } from '../dataset/manifest.ts';
import { logger } from '../observe/logging.ts';
import { saveCheckpoint } from '../run/checkpoint-store.ts';
import { evaluateSplits } from '../run/evaluate.ts';
import { progressAt, reported } from '../run/progress.ts';
import { runConfigOf } from '../run/run-config.ts';
import { setRunning } from '../run/status.ts';
import { writeMetrics } from '../run/step-metrics.ts';
import type { Stopwatch } from '../run/stopwatch.ts';
import type { JobConfig } from '../schemas/config.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import type { RunConfig } from '../schemas/documents.ts';
import type { ImportedWeights } from '../schemas/parts.ts';
import type { importModelInput, RunProgress } from '../schemas/payloads.ts';
import { validateAgainstDataset } from '../schemas/validate-against-dataset.ts';
import { ConflictError, NotFoundError } from '../store/errors.ts';
import { canonicalJson, encodeJson } from '../store/json.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { sha256 } from '../store/sha256.ts';
import { getVerified } from '../store/verified.ts';

/** Its config says what the weights belong to (dataset, layers, activation, output and loss), and the model to promote to. */
export interface ImportRequest extends z.output<typeof importModelInput> {
  store: ObjectStore;
  /** Bound on the weights, uploaded and unpacked. */
  maxBytes: number;
  stopwatch: Stopwatch;
  backend: Backend;
  now?: Date;
}

/**
 * Repeating it gives the same again. Everything that can be wrong with the file is found before the run exists.
 *
 * @throws ConfigError when config, weights and dataset don't fit together; IntegrityError when the file is not the
 *   one that was named, or is no file of weights; ConflictError when the run's id belongs to something else
 */
export async function importModel(request: ImportRequest): Promise<RunProgress> {
  const { store, runId, config, manifestSha256, weights, stopwatch, backend, now = new Date() } = request;
  const { format, specs, layers, architecture } = await stopwatch.time('load', () =>
    readWeights(store, weights, config.layers, request.maxBytes),
  );
  checkConfig(config, architecture);
  const dataset = await stopwatch.time('load', () =>
    openDataset(store, datasetName(config.dataset), manifestSha256, keepBytesOf(stopwatch.memoryMb)),
  );
  const { manifest } = dataset;
  validateAgainstDataset(config, shapeOf(manifest));

  const run = planImport(runId, config, manifest, manifestSha256, weights);
  const { created } = await store.tryCreate(KEYS.runConfig(runId), encodeJson(run));
  if (!created) throw new ConflictError(`run ${runId} exists and is not this import; choose another name`);
  await setRunning(store, runId, run, now);

  const { activation, output, loss } = config;
  const own = { layers: specs, activation, output, loss };
  const network = new Network(own, layers, backend);
  const figures = await stopwatch.time('evaluate', () => evaluateSplits(network, dataset));
  const evaluation = { step: 0, epoch: 0, loss: null, ...figures };
  const checkpoint = await stopwatch.time('save', () =>
    saveCheckpoint(store, runId, {
      step: 0,
      configHash: run.configHash,
      loss: null,
      architecture: own,
      layers,
      optimizerState: new Map(),
    }),
  );
  const timing = stopwatch.read(0);
  await writeMetrics(store, runId, { formatVersion: 1, ...evaluation, checkpoint, timing });
  logger.info('imported', { runId, format, layers: specs, ...figures });
  return progressAt(
    run,
    { step: 0, checkpoint, loss: null, best: null },
    {
      evaluations: reported([evaluation]),
      imagesPerSecond: 0,
      estimatedDollars: timing.estimatedDollars,
      runDollars: timing.runDollars,
      loop: null,
    },
  );
}

async function readWeights(
  store: ObjectStore,
  { key, sha256: expected, layout, tensors }: ImportedWeights,
  layers: LayerSpecs,
  maxBytes: number,
) {
  const bytes = await store.size(key);
  if (bytes === undefined) throw new NotFoundError(`${key} is not there`);
  if (bytes > maxBytes) throw new IntegrityError(`${key}: ${bytes} bytes, at most ${maxBytes} are read`);
  return decodeWeights(await getVerified(store, key, expected), { maxBytes, layers, layout, tensors });
}

/** @throws ConfigError when the config isn't what the file itself says of its weights */
function checkConfig(
  config: JobConfig,
  stated: Awaited<ReturnType<typeof decodeWeights>>['architecture'],
): void {
  for (const [field, expected] of Object.entries({ ...stated, layers: config.layers })) {
    const value = config[field as keyof JobConfig];
    if (canonicalJson(value) === canonicalJson(expected)) continue;
    throw new ConfigError(
      `${field}: got ${JSON.stringify(value)}, expected ${JSON.stringify(expected)} as in the file of weights`,
    );
  }
}

/** A run of no steps. The hash covers the file and how it is understood, so that no training shares it. */
function planImport(
  runId: string,
  config: JobConfig,
  manifest: DatasetManifest,
  manifestSha256: string,
  weights: ImportedWeights,
): RunConfig {
  const { rounds: _, saveEverySteps: __, ...run } = runConfigOf(runId, config, manifest, manifestSha256);
  const { layers, activation, output, loss } = config;
  const { key: _key, sha256: imported, ...how } = weights;
  return {
    ...run,
    configHash: sha256(canonicalJson({ imported, ...how, layers, activation, output, loss, manifestSha256 })),
    totalSteps: 0,
    chunkSteps: run.stepsPerEpoch,
    evaluateEverySteps: run.stepsPerEpoch,
    imported: weights,
  };
}
