/** What a run's plan makes of its config and dataset, above all the hash that says which runs share checkpoints. */
import { describe, expect, it } from 'vitest';
import { runConfigOf } from '../../../functions/run/run-config.ts';
import { jobConfigSchema } from '../../../functions/schemas/config.ts';
import type { DatasetManifest } from '../../../functions/schemas/dataset.ts';
import { parsePayload } from '../../../functions/schemas/parse.ts';

const MANIFEST_SHA256 = '1'.repeat(64);
const manifest: DatasetManifest = {
  formatVersion: 1,
  name: 'mnist',
  inputShape: [28, 28],
  classes: 10,
  splits: { train: { size: 60_000, shards: [] }, test: { size: 10_000, shards: [] } },
  sources: {},
};
const plan = (input: object, manifestSha256 = MANIFEST_SHA256) =>
  runConfigOf('run', parsePayload(jobConfigSchema, input, 'config'), manifest, manifestSha256);
const hashOf = (input: object) => plan(input).configHash;

const COSINE = { learningRateSchedule: { kind: 'cosine', final: 0 } };
const STEP = { learningRateSchedule: { kind: 'step', everyEpochs: 1, factor: 0.5 } };
const MOMENTUM = { optimizer: 'momentum' };
const GREY = [[28, 28, 1], 50, 10];
const ADAM = { optimizer: 'adam' };

describe('configHash', () => {
  it.each<[string, object, object]>([
    ['seed', {}, { seed: 1 }],
    ['layers', {}, { layers: [784, 51, 10] }],
    ['activation', {}, { activation: 'relu' }],
    ['output and loss', {}, { output: 'identity', loss: 'meanSquaredError' }],
    ['weightInit', {}, { weightInit: { kind: 'he' } }],
    ['its std', {}, { weightInit: { kind: 'normal', std: 0.02 } }],
    ['batchSize', {}, { batchSize: 99 }],
    ['learningRate', {}, { learningRate: 0.2 }],
    ['sampling', {}, { sampling: 'shuffle' }],
    ['augmentation', { layers: GREY }, { layers: GREY, augmentation: { shift: 1 } }],
    ['its degrees', { augmentation: { rotation: 10 } }, { augmentation: { rotation: 11 } }],
    ['optimizer', {}, MOMENTUM],
    ['weightDecay', {}, { weightDecay: 0.1 }],
    ["momentum's momentum", MOMENTUM, { ...MOMENTUM, momentum: 0.8 }],
    ["Adam's beta1", ADAM, { ...ADAM, beta1: 0.8 }],
    ["Adam's beta2", ADAM, { ...ADAM, beta2: 0.99 }],
    ['the kind of schedule', {}, STEP],
    ['its factor', STEP, { learningRateSchedule: { kind: 'step', everyEpochs: 1, factor: 0.6 } }],
    ['its period', STEP, { learningRateSchedule: { kind: 'step', everyEpochs: 2, factor: 0.5 } }],
    ['warm-up', {}, { learningRateSchedule: { kind: 'constant', warmupEpochs: 1 } }],
    ['the final rate of a cosine', COSINE, { learningRateSchedule: { kind: 'cosine', final: 0.01 } }],
    ['the length of a cosine', COSINE, { ...COSINE, iterations: 9999 }],
    ['workers', {}, { workers: 2 }],
    ['how many there are', { workers: 2 }, { workers: 3 }],
    ['localIterations', { workers: 2 }, { workers: 2, localIterations: 7 }],
    ['the length of a cosine in epochs', { ...COSINE, epochs: 2 }, { ...COSINE, epochs: 3 }],
  ])('depends on %s', (_name, a, b) => {
    expect(hashOf(a)).not.toBe(hashOf(b));
  });

  it.each<[string, object, object]>([
    ['chunkIterations', {}, { chunkIterations: 7 }],
    ['evaluateEvery', {}, { evaluateEvery: 7 }],
    ['model', {}, { model: 'other' }],
    ['promotion', {}, { promotion: { metric: 'loss', tolerance: 0.1 } }],
    ['maxDollars', {}, { maxDollars: 1 }],
    ['maxSeconds', { maxSeconds: 60 }, { maxSeconds: 61 }],
    ['backend', {}, { backend: 'reference' }],
    ['earlyStopping', {}, { earlyStopping: { patience: 3 } }],
    ['iterations', {}, { iterations: 20_000 }],
    ['epochs', {}, { epochs: 3 }],
    ['the length of a schedule that does not end with the run', STEP, { ...STEP, iterations: 20_000 }],
    ['how the length of a cosine is given', { ...COSINE, iterations: 1200 }, { ...COSINE, epochs: 2 }],
    ['defaults written out', {}, { learningRate: 0.1, learningRateSchedule: { kind: 'constant' } }],
    ['the rounds of a single worker', {}, { workers: 1, localIterations: 7 }],
    ['localIterations written out', { workers: 2 }, { workers: 2, localIterations: 300 }],
    ['a warm-up of 0', {}, { learningRateSchedule: { kind: 'constant', warmupEpochs: 0 } }],
    ['momentum without momentum', {}, { momentum: 0.5 }],
    ['momentum with Adam', ADAM, { ...ADAM, momentum: 0.5 }],
    ['betas without Adam', MOMENTUM, { ...MOMENTUM, beta1: 0.5, beta2: 0.5 }],
  ])('does not depend on %s', (_name, a, b) => {
    expect(hashOf(a)).toBe(hashOf(b));
  });

  it('depends on the dataset', () => {
    expect(plan({}, '2'.repeat(64)).configHash).not.toBe(hashOf({}));
  });
});

it('runConfigOf counts steps, epochs, chunks and evaluations', () => {
  expect(plan({})).toMatchObject({
    stepsPerEpoch: 600,
    totalSteps: 10_000,
    chunkSteps: 10_000,
    saveEverySteps: 600,
    evaluateEverySteps: 600,
  });
  expect(plan({ batchSize: 65_000 })).toMatchObject({ stepsPerEpoch: 1 });
  expect(plan({ epochs: 1.5, chunkIterations: 50, evaluateEvery: 10 })).toMatchObject({
    totalSteps: 900,
    chunkSteps: 50,
    saveEverySteps: 600,
    evaluateEverySteps: 10,
  });
  // So many epochs that not each of them has a checkpoint.
  expect(plan({ iterations: 1_000_000 })).toMatchObject({ stepsPerEpoch: 600, saveEverySteps: 1177 });
});
