/** "Train N" is "train k, save, load, train N - k", bit for bit, wherever there is state that could be lost. */
import { describe, expect, it } from 'vitest';
import { TrainingDivergedError } from '../../../core/errors.ts';
import type { BackendName } from '../../../core/kernels/engine.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import {
  DEFAULT_CONFIG,
  type LearningRateSchedule,
  type TrainingConfig,
} from '../../../core/training/config.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import { CLASSES, COLUMNS, tinyDataset } from './digits.ts';

const train = tinyDataset(70);
const STEPS = 24;
/** Seven steps an epoch, so that the schedules change within the run. */
const config = (more: Partial<TrainingConfig>): TrainingConfig => ({
  ...DEFAULT_CONFIG,
  layers: [COLUMNS, 6, 5, CLASSES],
  weightInit: { kind: 'he' },
  activation: 'relu',
  batchSize: 10,
  learningRate: 0.02,
  iterations: STEPS,
  weightDecay: 0.01,
  seed: 11,
  ...more,
});

const SCHEDULES: Readonly<Record<string, LearningRateSchedule>> = {
  constant: { kind: 'constant' },
  step: { kind: 'step', everyEpochs: 0.5, factor: 0.7 },
  cosine: { kind: 'cosine', final: 0.001 },
  'warm-up and cosine': { kind: 'cosine', final: 0, warmupEpochs: 1 },
};
const CASES = (['sgd', 'momentum', 'adagrad', 'adam'] as const).flatMap((optimizer) =>
  Object.keys(SCHEDULES).flatMap((schedule) =>
    (['withReplacement', 'shuffle'] as const).map((sampling) => ({ optimizer, schedule, sampling })),
  ),
);

const bytesOf = (trainer: Trainer) => encodeCheckpoint(trainer.checkpoint('hash'));

/** The run's last checkpoint when it is saved and loaded at each of the cuts, where it goes on on the next backend. */
function trained(run: TrainingConfig, cuts: readonly number[], backends: readonly BackendName[]): Uint8Array {
  let trainer = new Trainer({ ...run, backend: backends[0]! }, train);
  cuts.forEach((cut, index) => {
    trainer.advance(cut);
    const backend = backends[(index + 1) % backends.length]!;
    trainer = new Trainer({ ...run, backend }, train, decodeCheckpoint(bytesOf(trainer)));
  });
  trainer.advance(STEPS);
  return bytesOf(trainer);
}

describe('a run cut anywhere ends with the bytes of a run not cut, on both backends and across them', () => {
  it.each(CASES)('$optimizer, $schedule, $sampling', ({ optimizer, schedule, sampling }) => {
    const run = config({ optimizer, learningRateSchedule: SCHEDULES[schedule]!, sampling });
    const straight = trained(run, [], ['reference']);
    for (const backends of [['reference'], ['wasm'], ['wasm', 'reference']] as const) {
      expect(trained(run, [], backends)).toEqual(straight);
      expect(trained(run, [1], backends)).toEqual(straight);
      expect(trained(run, [0, 6, 7, 7, 13, 23], backends)).toEqual(straight);
    }
  });
});

describe('what is not the same training does not end with the same bytes', () => {
  const base = config({ optimizer: 'adam', learningRateSchedule: SCHEDULES.cosine! });
  it.each<[string, Partial<TrainingConfig>]>([
    ['seed', { seed: 12 }],
    ['learningRate', { learningRate: 0.021 }],
    ['schedule', { learningRateSchedule: { kind: 'cosine', final: 0.002 } }],
    ['length of a cosine', { iterations: STEPS + 1 }],
    ['beta1', { beta1: 0.8 }],
    ['beta2', { beta2: 0.99 }],
    ['weightDecay', { weightDecay: 0.02 }],
    ['sampling', { sampling: 'shuffle' }],
    ['optimizer', { optimizer: 'momentum' }],
  ])('%s', (_name, more) => {
    expect(trained({ ...base, ...more }, [], ['wasm'])).not.toEqual(trained(base, [], ['wasm']));
  });

  it('momentum', () => {
    const run = config({ optimizer: 'momentum' });
    expect(trained({ ...run, momentum: 0.8 }, [], ['wasm'])).not.toEqual(trained(run, [], ['wasm']));
  });

  it('state that is lost', () => {
    for (const optimizer of ['momentum', 'adagrad', 'adam'] as const) {
      const run = config({ optimizer });
      const cut = new Trainer(run, train);
      cut.advance(7);
      const { optimizerState, ...rest } = cut.checkpoint('hash');
      const zeros = [...optimizerState].map(
        ([name, tensor]) => [name, { ...tensor, data: new Uint8Array(tensor.data.length) }] as const,
      );
      const forgetful = new Trainer(run, train, { ...rest, optimizerState: new Map(zeros) });
      forgetful.advance(STEPS);
      expect(bytesOf(forgetful)).not.toEqual(trained(run, [], ['wasm']));
    }
  });
});

describe('a training that went wrong is not saved', () => {
  const regression = (more: Partial<TrainingConfig>) =>
    config({
      layers: [COLUMNS, CLASSES],
      activation: 'identity',
      output: 'identity',
      loss: 'meanSquaredError',
      ...more,
    });

  it.each(['reference', 'wasm'] as const)(
    '%s: the error says what is not finite, and after which step',
    (backend) => {
      const trainer = new Trainer(regression({ backend, learningRate: 1e25 }), train);
      trainer.advance(1);
      expect(() => trainer.checkpoint('hash')).not.toThrow();
      // Outputs of 1e25 are still finite; the update with their gradients is not.
      trainer.advance(2);
      const save = () => trainer.checkpoint('hash');
      expect(save).toThrow(TrainingDivergedError);
      expect(save).toThrow(/^W1\[0\] is (NaN|-?Infinity) after step 2: try a lower learningRate$/);
    },
  );

  it("not even when the weights look right and only the optimizer's state is infinite", () => {
    // Gradients of 1e22 have squares beyond float32; AdaGrad's steps are then 0.
    const trainer = new Trainer(
      regression({ optimizer: 'adagrad', weightInit: { kind: 'normal', std: 1e22 } }),
      train,
    );
    trainer.advance(1);
    expect(trainer.network.layers.every(({ weights }) => weights.every(Number.isFinite))).toBe(true);
    expect(() => trainer.checkpoint('hash')).toThrow(/^h\.W1\[\d+\] is Infinity after step 1/);
  });
});
