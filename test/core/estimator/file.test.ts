/** A model that was saved and loaded predicts the same bits; a run's checkpoint can be loaded too; damage is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../../core/bytes/safetensors.ts';
import { Model } from '../../../core/estimator/model.ts';
import type { ModelOptions } from '../../../core/estimator/options.ts';
import { encodeWeights } from '../../../core/exchange/weights.ts';
import { encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { DEFAULT_CONFIG } from '../../../core/training/config.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import { howMany } from '../../support/needs.ts';
import { CLASSES, COLUMNS, tinyDataset } from '../training/digits.ts';
import { fruit, houses } from './rows.ts';

const { x, y } = fruit(45);

/** A file like this one with other metadata or tensors. */
function changed(
  bytes: Uint8Array,
  change: (parts: ReturnType<typeof decodeSafetensors>, model: Record<string, unknown>) => void,
): Uint8Array {
  const parts = decodeSafetensors(bytes);
  const model = JSON.parse(parts.metadata.get('model')!) as Record<string, unknown>;
  change(parts, model);
  if (parts.metadata.has('model')) parts.metadata.set('model', JSON.stringify(model));
  return encodeSafetensors(parts.tensors, parts.metadata);
}

describe('a saved model', () => {
  it.each([
    { scaling: 'standard', activation: 'sigmoid' },
    { scaling: 'minmax', hidden: [7, 5], optimizer: 'momentum' },
    { scaling: 'none', hidden: [] },
    { scaling: 'pixels', seed: 7, learningRate: 0.3 },
    { classes: ['plum', 'lemon', 'banana', 'apple'], weightInit: { kind: 'normal', std: 0.1 } },
  ] satisfies ModelOptions[])('predicts the same bits: %j', async (options) => {
    const model = new Model<string>(options);
    await model.fit(x, y, { epochs: 2 });
    const bytes = model.save();
    for (const source of [bytes, bytes.buffer, Buffer.from(bytes)]) {
      const loaded = Model.load<string>(source);
      expect(loaded.predictProbabilities(x)).toEqual(model.predictProbabilities(x));
      expect(loaded.predict(x)).toEqual(model.predict(x));
      expect(loaded.classes).toEqual(model.classes);
      expect(loaded.summary()).toBe(model.summary());
      expect(loaded.save()).toEqual(bytes);
    }
  });

  it.each([
    ['a number', houses(40).y],
    ['rows of one', houses(40).y.map((price) => [price])],
    ['rows of two', houses(40).y.map((price, row) => [price, row])],
  ])('of a regression predicts %s as before', async (_, targets) => {
    const model = new Model<number[]>({ task: 'regression' });
    const { x: rows } = houses(40);
    await model.fit(rows, targets as number[][], { epochs: 2 });
    const loaded = Model.load<number[]>(model.save());
    expect(loaded.predict(rows)).toEqual(model.predict(rows));
    expect(Array.isArray(loaded.predict(rows)[0])).toBe(Array.isArray(targets[0]));
    expect(loaded.evaluate(rows, targets as number[][])).toEqual(model.evaluate(rows, targets as number[][]));
  });

  it('runs on whatever engine the one who loads it names', async () => {
    const model = new Model<string>();
    await model.fit(x, y, { epochs: 1 });
    const loaded = Model.load<string>(model.save(), { backend: 'reference' });
    expect(loaded.predictProbabilities(x)).toEqual(model.predictProbabilities(x));
  });
});

describe('a checkpoint of a run', () => {
  const data = tinyDataset(60);
  const config = {
    ...DEFAULT_CONFIG,
    layers: [COLUMNS, 8, CLASSES],
    batchSize: 10,
    optimizer: 'momentum',
  } as const;
  const trainer = new Trainer({ ...config, layers: [...config.layers] }, data);
  trainer.advance(300);
  const bytes = encodeCheckpoint(trainer.checkpoint('a run'));

  it('predicts what the run predicts, and can be trained on', async () => {
    const model = Model.load(bytes, { scaling: 'none' });
    expect(model.predict(data.x)).toEqual([...trainer.network.predict(data.x)]);
    const { loss } = model.evaluate(data.x, data.labels);
    await model.fit(data.x, data.labels, { epochs: 5 });
    expect(model.evaluate(data.x, data.labels).loss).toBeLessThan(loss);
  });

  it('has the names that are given, and takes pixels as bytes', () => {
    const model = Model.load<string>(bytes, { scaling: 'pixels', classes: ['red', 'green', 'blue'] });
    const pixels = {
      data: Uint8Array.from({ length: COLUMNS }, (_, n) => (n % CLASSES === 1 ? 250 : 0)),
      columns: COLUMNS,
    };
    expect(model.predict(pixels)).toEqual(['green']);
  });

  it('of a regression gives its outputs as they are', () => {
    const layers = [{ weights: Float32Array.of(2, 0, 0, 3), bias: Float32Array.of(1, -1) }];
    const architecture = {
      layers: [2, 2],
      activation: 'relu',
      output: 'identity',
      loss: 'meanSquaredError',
    } as const;
    const checkpoint = { step: 5, configHash: '', loss: 1, architecture, layers, optimizerState: new Map() };
    const model = Model.load<number[]>(encodeCheckpoint(checkpoint), { scaling: 'none' });
    expect(model.predict([[10, 20]])).toEqual([[21, 59]]);
  });

  it.each([
    [{}, /^scaling: got none for a checkpoint, which does not say it: expected "pixels"/],
    [{ scaling: 'standard' }, /^scaling: got "standard", expected "pixels" or "none"$/],
    [
      { scaling: 'none', classes: ['a', 'b'] },
      /^classes: got 2, the checkpoint is of a classification with 3 outputs$/,
    ],
    [{ scaling: 'none', backend: 'gpu' }, /^backend: got "gpu"/],
    [{ scalng: 'none' }, /^scalng: unknown, did you mean scaling\?$/],
    [{ seed: 3 }, /^seed: not an option of Model\.load, but of new Model$/],
  ])('refuses the options %j', (options, message) => {
    expect(() => Model.load(bytes, options as object)).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(message) }),
    );
  });
});

describe('load refuses', () => {
  const fitted = async () => {
    const model = new Model<string>();
    await model.fit(x, y, { epochs: 1 });
    return model.save();
  };

  it('options that the file has itself', async () => {
    const bytes = await fitted();
    expect(() => Model.load(bytes, { scaling: 'none' })).toThrow(
      'scaling: got it for a file that says it itself',
    );
    expect(() => Model.load(bytes, { classes: ['a', 'b', 'c'] })).toThrow(
      'classes: got it for a file that says',
    );
  });

  it('what is no file of a model', () => {
    expect(() => Model.load('model.safetensors' as never)).toThrow(
      'Model.load: bytes: got "model.safetensors", expected a Uint8Array or an ArrayBuffer',
    );
    const weights = encodeWeights([{ weights: Float32Array.of(1, 2), bias: Float32Array.of(0, 0) }]);
    expect(() => Model.load(weights)).toThrow(
      /^model: format none, expected stepnet-model-1 as save\(\) writes it/,
    );
  });

  it.each<[string, Parameters<typeof changed>[1], RegExp]>([
    [
      'no metadata',
      ({ metadata }) => metadata.delete('model'),
      /^model: metadata: expected a value at character 0$/,
    ],
    ['an unknown task', (_, model) => Object.assign(model, { task: 'x' }), /^model: metadata: task is x$/],
    [
      'an unknown scaling',
      (_, model) => Object.assign(model, { scaling: 'x' }),
      /^model: metadata: scaling is x$/,
    ],
    [
      'classes too few',
      (_, model) => Object.assign(model, { classes: ['a', 'b'] }),
      /^model: a classification of 2 inputs and 2 outputs/,
    ],
    [
      'classes of two types',
      (_, model) => Object.assign(model, { classes: ['a', 'b', 3] }),
      /^model: classes: got \["a", "b", 3\]/,
    ],
    [
      'negative epochs',
      (_, model) => Object.assign(model, { epochs: -1 }),
      /^model: metadata: epochs is -1$/,
    ],
    [
      'another option',
      (_, model) => Object.assign(model.options as object, { task: 'x' }),
      /^model: metadata: options\.task is unknown$/,
    ],
    [
      'a wrong option',
      (_, model) => Object.assign(model.options as object, { seed: -3 }),
      /^model: seed: got -3/,
    ],
    [
      'a wrong optimizer',
      (_, model) => Object.assign(model.options as object, { optimizer: 'sgd' }),
      /^checkpoint: sgd keeps no state/,
    ],
    [
      'another task',
      (_, model) => Object.assign(model, { task: 'regression', classes: [] }),
      /^model: a regression of 2 inputs and 0 outputs/,
    ],
    [
      'no scales',
      ({ tensors }) => tensors.delete('x.offset'),
      /^model: x\.offset and x\.divisor scale no columns$/,
    ],
    [
      'scales that are F32',
      ({ tensors }) => tensors.set('x.divisor', tensors.get('b1')!),
      /^model: x\.divisor: expected one dimension of F64$/,
    ],
    [
      'scales of other columns',
      ({ tensors }) => scale(tensors, [1, 1, 1]),
      /^model: a classification of 3 inputs and 3 outputs/,
    ],
    [
      'a negative divisor',
      ({ tensors }) => scale(tensors, [1, -1]),
      /^model: x\.offset and x\.divisor scale no columns$/,
    ],
    [
      'an infinite divisor',
      ({ tensors }) => scale(tensors, [1, Infinity]),
      /^model: x\.offset and x\.divisor scale no columns$/,
    ],
    [
      'scales besides',
      (_, model) => Object.assign(model, { scaling: 'none' }),
      /^checkpoint: adam keeps no state x\.divisor, x\.offset$/,
    ],
    ['no weights', ({ tensors }) => tensors.delete('W1'), /^checkpoint: W1: got none/],
  ])('a file with %s', async (_, change, message) => {
    const bytes = changed(await fitted(), change);
    expect(() => Model.load(bytes)).toThrow(
      expect.objectContaining({ name: 'IntegrityError', message: expect.stringMatching(message) }),
    );
  });

  function scale(tensors: ReturnType<typeof decodeSafetensors>['tensors'], divisors: number[]): void {
    const shape = [divisors.length];
    tensors.set('x.divisor', {
      dtype: 'F64',
      shape,
      data: new Uint8Array(Float64Array.from(divisors).buffer),
    });
    tensors.set('x.offset', { dtype: 'F64', shape, data: new Uint8Array(8 * divisors.length) });
  }

  it('a file that is cut anywhere', async () => {
    const bytes = await fitted();
    for (let length = 0; length < bytes.length; length += 37) {
      expect(() => Model.load(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ name: 'IntegrityError' }),
      );
    }
  });

  it('whatever else bytes of a file become, or it loads', async () => {
    const bytes = await fitted();
    const header = 8 + new DataView(bytes.buffer).getUint32(0, true);
    const places = fc.oneof(fc.nat(header), fc.nat(bytes.length - 1));
    fc.assert(
      fc.property(fc.array(fc.tuple(places, fc.nat(255)), { minLength: 1, maxLength: 3 }), (changes) => {
        const damaged = bytes.slice();
        for (const [place, value] of changes) damaged[place] = value;
        let model: Model<string>;
        try {
          model = Model.load<string>(damaged);
        } catch (error) {
          expect(error).toMatchObject({ name: 'IntegrityError' });
          return;
        }
        // Another number among the weights or scales is as good a model.
        expect(model.classes).toHaveLength(3);
      }),
      { numRuns: howMany(300, 20_000) },
    );
  });
});
