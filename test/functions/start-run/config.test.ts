/** The fields of a config that say how weights are updated and when training ends, as people may get them wrong. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { DEFAULT_JOB, jobConfigSchema } from '../../../functions/schemas/config.ts';
import { parsePayload } from '../../../functions/schemas/parse.ts';

const parse = (input: unknown) => parsePayload(jobConfigSchema, input, 'config');
const schedule = (learningRateSchedule: unknown) => ({ learningRateSchedule });
const stopping = (earlyStopping: unknown) => ({ earlyStopping });

describe('the config', () => {
  it("of no fields is the deck's job", () => {
    expect(parse({})).toEqual(DEFAULT_JOB);
  });

  it.each([
    { optimizer: 'adam', beta1: 0, beta2: 0.9999, weightDecay: 10 },
    { optimizer: 'momentum', momentum: 0.999 },
    { optimizer: 'adagrad', weightDecay: 0 },
    schedule({ kind: 'constant', warmupEpochs: 0.5 }),
    schedule({ kind: 'step', everyEpochs: 0.1, factor: 1 }),
    schedule({ kind: 'cosine', final: 0, warmupEpochs: 2 }),
    stopping({ monitor: 'loss', patience: 1, minDelta: 0.001, restoreBest: false }),
    { backend: 'reference' },
  ])('takes %j', (input) => {
    expect(parse(input)).toEqual({ ...DEFAULT_JOB, ...input });
  });

  it('fills in what early stopping leaves open', () => {
    expect(parse(stopping({})).earlyStopping).toEqual({
      patience: 5,
      minDelta: 0,
      restoreBest: true,
    });
  });

  it.each([
    [
      { optimizer: 'rmsprop' },
      'config.optimizer: got "rmsprop", expected "sgd" or "momentum" or "adagrad" or "adam"',
    ],
    [{ momentum: 1 }, 'config.momentum: got 1, expected below 1'],
    [{ momentum: -0.1 }, 'config.momentum: got -0.1, expected at least 0'],
    [{ momentum: '0.9' }, 'config.momentum: got "0.9", expected number'],
    [{ beta1: 1 }, 'config.beta1: got 1, expected below 1'],
    [{ beta2: 2 }, 'config.beta2: got 2, expected below 1'],
    [{ weightDecay: -1 }, 'config.weightDecay: got -1, expected at least 0'],
    [{ weightDecay: 11 }, 'config.weightDecay: got 11, expected at most 10'],
    [{ weightDecay: Number.NaN }, 'config.weightDecay: got NaN, expected number'],
    [{ backend: 'gpu' }, 'config.backend: got "gpu", expected "wasm" or "reference"'],
    [schedule('cosine'), 'config.learningRateSchedule: got "cosine", expected object'],
    [
      schedule({}),
      'config.learningRateSchedule.kind: got nothing, expected "constant" or "step" or "cosine"',
    ],
    [
      schedule({ kind: 'exponential' }),
      'config.learningRateSchedule.kind: got "exponential", expected "constant" or "step" or "cosine"',
    ],
    [
      schedule({ kind: 'step', factor: 0.1 }),
      'config.learningRateSchedule.everyEpochs: got nothing, expected number',
    ],
    [
      schedule({ kind: 'step', everyEpochs: 0, factor: 0.1 }),
      'config.learningRateSchedule.everyEpochs: got 0, expected above 0',
    ],
    [
      schedule({ kind: 'step', everyEpochs: 1, factor: 1.5 }),
      'config.learningRateSchedule.factor: got 1.5, expected at most 1',
    ],
    [
      schedule({ kind: 'step', everyEpochs: 1, factor: 0 }),
      'config.learningRateSchedule.factor: got 0, expected above 0',
    ],
    [schedule({ kind: 'cosine' }), 'config.learningRateSchedule.final: got nothing, expected number'],
    [
      schedule({ kind: 'cosine', final: -1 }),
      'config.learningRateSchedule.final: got -1, expected at least 0',
    ],
    [schedule({ kind: 'constant', final: 0 }), 'config.learningRateSchedule: unknown "final"'],
    [
      schedule({ kind: 'constant', warmupEpochs: -1 }),
      'config.learningRateSchedule.warmupEpochs: got -1, expected at least 0',
    ],
    [
      stopping({ monitor: 'accuracy' }),
      'config.earlyStopping.monitor: got "accuracy", expected "testAccuracy" or "trainAccuracy" or "testLoss" or "loss"',
    ],
    [stopping({ patience: 0 }), 'config.earlyStopping.patience: got 0, expected at least 1'],
    [stopping({ patience: 1.5 }), 'config.earlyStopping.patience: got 1.5, expected an integer'],
    [stopping({ minDelta: -0.1 }), 'config.earlyStopping.minDelta: got -0.1, expected at least 0'],
    [stopping({ restoreBest: 'yes' }), 'config.earlyStopping.restoreBest: got "yes", expected boolean'],
    [stopping({ pateince: 3 }), 'config.earlyStopping: unknown "pateince"'],
    [stopping(true), 'config.earlyStopping: got true, expected object'],
  ])('refuses %j', (input, message) => {
    expect(() => parse(input)).toThrow(ConfigError);
    expect(() => parse(input)).toThrow(message);
  });
});
