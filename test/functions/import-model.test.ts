/** Weights from a file become a run without steps, which is promoted like a trained one. */
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeSafetensors, tensorOf } from '../../core/bytes/safetensors.ts';
import { permuteAxes } from '../../core/exchange/axes.ts';
import { encodeWeights } from '../../core/exchange/weights.ts';
import { defaultBackend } from '../../core/kernels/default-backend.ts';
import type { LayerSpecs } from '../../core/network/layers.ts';
import { layerTensors } from '../../core/network/weights.ts';
import { decodeCheckpoint } from '../../core/training/checkpoint.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { handler } from '../../functions/import-model/handler.ts';
import { importModel } from '../../functions/import-model/import-model.ts';
import { startStopwatch } from '../../functions/run/stopwatch.ts';
import { jobConfigSchema } from '../../functions/schemas/config.ts';
import type { ImportedWeights } from '../../functions/schemas/parts.ts';
import { type RunProgress, runProgress } from '../../functions/schemas/payloads.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { sha256 } from '../../functions/store/sha256.ts';
import { classifier } from '../core/architectures.ts';
import { fixture } from '../core/exchange/fixtures.ts';
import { layersOf } from '../core/kernels/random-pictures.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { TINY_CONFIG } from './support/tiny-dataset.ts';
import { NOW, tinyRuns } from './support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, manifest, start, trained, promote } = tinyRuns(store);
/** A run that the weights to import come from. */
let source: RunProgress;
const s3 = s3WithContent(async () => {
  await prepare();
  source = await trained('source');
});
let checkpoint: Uint8Array;
let file: Uint8Array;

beforeEach(() => {
  checkpoint = s3.objects.get(source.checkpoint.key)!.body;
  file = encodeWeights(decodeCheckpoint(checkpoint).layers);
});

const KEY = KEYS.importedWeights('import', 'safetensors');
const CONFIG = { dataset: 'tiny', layers: TINY_CONFIG.layers, model: 'other' };

const importAs = (runId: string, more: object, weights: ImportedWeights, maxBytes = 1 << 20) =>
  importModel({
    store,
    runId,
    config: jobConfigSchema.parse({ ...CONFIG, ...more }),
    manifestSha256: manifest(),
    weights,
    maxBytes,
    stopwatch: startStopwatch(1769),
    backend: defaultBackend(),
    now: NOW,
  });
/** Uploads the file and imports it. */
async function importFile(bytes: Uint8Array, more: object = {}, runId = 'import', maxBytes?: number) {
  const key = KEYS.importedWeights(runId, 'safetensors');
  await store.createImmutable(key, bytes);
  return importAs(runId, more, { key, sha256: sha256(bytes) }, maxBytes);
}
const runKeys = () => s3.objects.keys().filter((key) => key.startsWith('runs/import/'));

describe('import-model', () => {
  it('writes config, checkpoint 0 with these weights, and its evaluation', async () => {
    const progress = await importFile(file);
    const [evaluation] = source.evaluations.slice(-1);
    expect(progress).toMatchObject({
      runId: 'import',
      step: 0,
      totalSteps: 0,
      done: true,
      loss: null,
      evaluations: [{ ...evaluation, step: 0, epoch: 0, loss: null }],
    });
    const saved = decodeCheckpoint(s3.objects.get(progress.checkpoint.key)!.body);
    expect(saved.layers).toEqual(decodeCheckpoint(checkpoint).layers);
    expect(saved.architecture).toEqual(decodeCheckpoint(checkpoint).architecture);
    expect(s3.json(KEYS.runConfig('import'))).toMatchObject({
      totalSteps: 0,
      imported: { key: KEY, sha256: sha256(file) },
      manifestSha256: manifest(),
    });
    expect(s3.json(KEYS.metrics('import', 0))).toMatchObject({ checkpoint: progress.checkpoint });
    expect(s3.json(KEYS.status('import'))).toMatchObject({ state: 'running', totalSteps: 0 });
  });

  it('is promoted with a lineage that names the file', async () => {
    expect(await promote(await importFile(file))).toMatchObject({
      model: 'other',
      version: 1,
      testAccuracy: 1,
    });
    expect(s3.json(KEYS.version('other', 1))).toMatchObject({
      runId: 'import',
      step: 0,
      imported: { key: KEY, sha256: sha256(file) },
    });
    expect(s3.json(KEYS.status('import'))).toMatchObject({ state: 'succeeded', model: 'other', version: 1 });
    await promote(source);
    expect(s3.json(KEYS.version('mnist', 1))).not.toHaveProperty('imported');
  });

  it('does the same again after a kill between any two writes', async () => {
    const first = await importFile(file);
    const written = new Map(s3.objects);
    for (const key of runKeys()) {
      s3.objects.delete(key);
      expect((await importFile(file)).checkpoint).toEqual(first.checkpoint);
    }
    for (const key of runKeys()) {
      if (key.includes('/metrics/')) continue;
      expect(s3.objects.get(key)!.body, key).toEqual(written.get(key)!.body);
    }
  });

  it("takes a checkpoint's own word for what its weights are", async () => {
    await expect(importFile(checkpoint, { activation: 'relu' })).rejects.toThrow(
      'activation: got "relu", expected "sigmoid" as in the file of weights',
    );
    expect((await importFile(checkpoint)).evaluations[0]!.testAccuracy).toBe(1);
  });

  it('takes those of a network of pictures as another program has them, and says so in its run', async () => {
    const layers: LayerSpecs = [
      [3, 3, 1],
      { conv: 3, kernel: 2 },
      { conv: 3, kernel: 2, padding: 'same' },
      3,
    ];
    const own = layersOf(classifier(layers), 1, 4);
    // As PyTorch has them.
    const names = ['stem', 'body', 'head'];
    const tensors = new Map(
      layerTensors(layers, own).map(([name, { shape }], index) => {
        const values = index % 2 === 0 ? own[index >> 1]!.weights : own[index >> 1]!.bias;
        const turned =
          shape.length === 1
            ? values
            : permuteAxes(values, shape, shape.length === 2 ? [1, 0] : [3, 2, 0, 1]);
        const sides = shape.length === 4 ? [shape[3]!, shape[2]!, shape[0]!, shape[1]!] : shape.toReversed();
        return [`${names[index >> 1]}.${name.startsWith('W') ? 'weight' : 'bias'}`, tensorOf(turned, sides)];
      }),
    );
    const bytes = encodeSafetensors(tensors);
    await store.createImmutable(KEY, bytes);
    const weights = { key: KEY, sha256: sha256(bytes) };
    const more = { layers, activation: 'relu' };
    const wrong = importAs('import', more, { ...weights, tensors: ['stem', 'head', 'body'] });
    await expect(wrong).rejects.toThrow(
      /^weights: head\.weight: got \[3, 12\], expected \[3, 3, 2, 2\] for layers\[2\]/,
    );
    expect(runKeys()).toEqual([]);
    const how = { layout: 'pytorch' as const, tensors: names };
    const { checkpoint: saved } = await importAs('import', more, { ...weights, ...how });
    const { layers: found, architecture } = decodeCheckpoint(s3.objects.get(saved.key)!.body);
    expect(architecture).toEqual(classifier(layers, 'relu'));
    expect(found.slice(0, 2)).toEqual(own.slice(0, 2));
    expect(s3.json(KEYS.runConfig('import'))).toMatchObject({ imported: { ...weights, ...how } });
    // Read in another way it is another run.
    await expect(importAs('import', more, { ...weights, tensors: names })).rejects.toThrow(
      /is not this import/,
    );
  });

  it('keeps its id from a training and from another import', async () => {
    await importFile(file);
    await expect(start('import')).rejects.toThrow('run import exists with another config');
    await expect(importFile(file, { activation: 'relu' })).rejects.toThrow(
      'run import exists and is not this import; choose another name',
    );
    await start('training');
    await expect(importFile(file, {}, 'training')).rejects.toThrow(
      'run training exists and is not this import',
    );
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'layers that are not those of the file',
      () => importFile(file, { layers: [9, 5, 3] }),
      /^weights: W1: got \[9, 4\], expected \[9, 5\] for layers\[1\] \(inputs, outputs\)$/,
    ],
    [
      'weights of other inputs than the dataset has',
      () => importFile(fixture('numpy1-protocol4.pkl'), { layers: [6, 5, 4, 3] }),
      /^layers\[0\]: got 6, expected 9/,
    ],
    [
      'a pickle that would run something',
      () => importFile(fixture('os-system-protocol4.pkl')),
      /global posix\.system at byte \d+, not allowed/,
    ],
    ['a large file', () => importFile(file, {}, 'import', 100), /\d+ bytes, at most 100 are read/],
  ])('refuses %s and begins no run', async (_, attempt, message) => {
    await expect(attempt()).rejects.toThrow(message);
    expect(runKeys()).toEqual([]);
  });

  it('refuses a file that is not there, or not the one that was named', async () => {
    const attempt = () => importAs('import', {}, { key: KEY, sha256: '0'.repeat(64) });
    await expect(attempt()).rejects.toThrow(`${KEY} is not there`);
    await store.createImmutable(KEY, file);
    await expect(attempt()).rejects.toThrow(/has SHA-256 .*, expected 0{64}/);
    expect(runKeys()).toEqual([]);
  });
});

describe('its handler', () => {
  beforeEach(() => {
    vi.stubEnv('BUCKET_NAME', 'bucket');
    vi.stubEnv('METRICS_NAMESPACE', 'test');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  const invoke = (event: unknown, memoryLimitInMB = '1769') => handler(event, { memoryLimitInMB } as Context);
  const event = () => ({
    runId: 'import',
    config: CONFIG,
    manifestSha256: manifest(),
    weights: { key: KEY, sha256: sha256(file) },
  });

  it('answers with the progress of a run that is done', async () => {
    await store.createImmutable(KEY, file);
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(runProgress.parse(await invoke(event()))).toMatchObject({ done: true, step: 0 });
    const lines = written.mock.calls.map(([line]) => String(line));
    written.mockRestore();
    expect(lines.filter((line) => line.includes('"Namespace":"test"'))).toHaveLength(1);
  });

  it('reads no more than a part of its memory', async () => {
    await store.createImmutable(KEY, file);
    await expect(invoke(event(), '0.001')).rejects.toThrow(/at most 131\.072 are read/);
  });

  it('refuses a key outside of imports/', async () => {
    const weights = { key: 'runs/source/checkpoints/00000030.safetensors', sha256: sha256(checkpoint) };
    await expect(invoke({ ...event(), weights })).rejects.toThrow(
      'event.weights.key: got "runs/source/checkpoints/00000030.safetensors", expected a key below imports/',
    );
  });
});
