/** Whatever can't be is refused, named as the caller wrote it, before anything is changed. */
import { describe, expect, it } from 'vitest';
import { Model } from '../../../core/estimator/model.ts';
import { sparseFromDense } from '../../../core/rows/sparse-rows.ts';
import { fruit } from './rows.ts';

const XOR = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const CLASSES = [0, 1, 1, 0];

describe('new Model', () => {
  it.each([
    [{ task: 'clustering' }, 'task: got "clustering", expected "classification" or "regression"'],
    [{ hidden: 8 }, 'hidden: got 8, expected a list of whole numbers from 1, or layers of pictures'],
    [
      { hidden: [8, 0] },
      'hidden: got [8, 0], expected a list of whole numbers from 1, or layers of pictures',
    ],
    [
      { layers: [2] },
      'layers: got [2], expected a list of at least 2 whole numbers from 1, or layers of pictures',
    ],
    [{ layers: [2, 4, 2], hidden: [4] }, 'layers: got them beside hidden, expected one of the two'],
    [{ activation: 'tanh' }, 'activation: got "tanh", expected "sigmoid", "relu", "step" or "identity"'],
    [
      { classes: ['a', 1] },
      'classes: got ["a", 1], expected at least two different strings, whole numbers or booleans, all of one type',
    ],
    [
      { classes: ['a', 'a'] },
      'classes: got ["a", "a"], expected at least two different strings, whole numbers or booleans, all of one type',
    ],
    [{ classes: ['a', 'b'], task: 'regression' }, 'classes: got it with the task regression'],
    [{ layers: [2, 3], classes: ['a', 'b'] }, 'layers: the last has 3 units, classes has 2'],
    [{ scaling: 'robust' }, 'scaling: got "robust", expected "standard", "minmax", "none" or "pixels"'],
    [
      { task: 'regression', targetScaling: 'pixels' },
      'targetScaling: got "pixels", expected "standard", "minmax" or "none"',
    ],
    [{ targetScaling: 'none' }, 'targetScaling: got it with the task classification'],
    [
      { weightInit: 'he' },
      'weightInit: got "he", expected { kind: "he" }, { kind: "xavier" } or { kind: "normal", std: a number above 0 }',
    ],
    [{ optimizer: 'rmsprop' }, 'optimizer: got "rmsprop", expected "sgd", "momentum", "adagrad" or "adam"'],
    [{ learningRate: 0 }, 'learningRate: got 0, expected a number above 0'],
    [{ learningRate: Number.POSITIVE_INFINITY }, 'learningRate: got Infinity, expected a number above 0'],
    [{ learningRate: '0.1' }, 'learningRate: got "0.1", expected a number above 0'],
    [{ momentum: 1 }, 'momentum: got 1, expected a number from 0, below 1'],
    [{ beta1: -0.1 }, 'beta1: got -0.1, expected a number from 0, below 1'],
    [{ beta2: Number.NaN }, 'beta2: got NaN, expected a number from 0, below 1'],
    [{ weightDecay: -1 }, 'weightDecay: got -1, expected a number from 0'],
    [{ seed: -1 }, 'seed: got -1, expected a whole number from 0 to 4294967295'],
    [{ seed: 2 ** 32 }, 'seed: got 4294967296, expected a whole number from 0 to 4294967295'],
    [{ backend: 'gpu' }, 'backend: got "gpu", expected "wasm" or "reference", or a Backend'],
    [{ learningrate: 1 }, 'learningrate: unknown, did you mean learningRate?'],
    [{ hiden: [2] }, 'hiden: unknown, did you mean hidden?'],
    [{ epochs: 3 }, 'epochs: not an option of new Model, but of fit'],
    [[2, 4, 2], 'new Model: options: got [2, 4, 2], expected an object'],
    [null, 'new Model: options: got null, expected an object'],
  ])('refuses %j', (options, message) => {
    const create = () => new Model(options as object);
    expect(create).toThrow(expect.objectContaining({ name: 'ConfigError', message }));
  });

  it('names all it knows where nothing is near, and takes undefined as left out', () => {
    expect(() => new Model({ colour: 'red' } as object)).toThrow(
      /^colour: unknown, new Model knows task, hidden, layers, activation, .*, seed, backend$/,
    );
    expect(() => new Model({ hidden: undefined, seed: undefined } as object)).not.toThrow();
  });
});

describe('fit refuses the option', () => {
  it.each([
    [{ epochs: 0 }, 'epochs: got 0, expected a whole number from 1'],
    [{ epochs: 1.5 }, 'epochs: got 1.5, expected a whole number from 1'],
    [{ batchSize: '32' }, 'batchSize: got "32", expected a whole number from 1'],
    [{ validation: 1 }, 'validation: got 1, expected a fraction between 0 and 1, or { x, y }'],
    [
      { validation: [[1, 2]] },
      'validation: got [an array], expected a fraction between 0 and 1, or { x, y }',
    ],
    [{ validation: 0.1 }, 'validation: got 0.1, which is 0 of the 4 rows'],
    [{ validation: 0.9 }, 'validation: got 0.9, which is 4 of the 4 rows'],
    [{ onEpoch: 'log' }, 'onEpoch: got "log", expected a function'],
    [{ signal: new AbortController() }, 'signal: got an AbortController, expected an AbortSignal'],
    [{ batchsize: 3 }, 'batchsize: unknown, did you mean batchSize?'],
    [{ learningRate: 3 }, 'learningRate: not an option of fit, but of new Model'],
    [{ seed: 3 }, 'seed: not an option of fit, but of new Model'],
    [3, 'fit: options: got 3, expected an object'],
  ])('%j', async (options, message) => {
    const training = new Model().fit(XOR, CLASSES, options as object);
    await expect(training).rejects.toMatchObject({ name: 'ConfigError', message });
  });
});

const sparse = sparseFromDense([Float32Array.from(XOR.flat())], 2);

describe('fit refuses as x', () => {
  it.each([
    [
      undefined,
      'got undefined, expected an array of rows, or { data, columns } with all numbers in one array',
    ],
    ['0,1', 'got "0,1", expected an array of rows, or { data, columns } with all numbers in one array'],
    [
      new Float32Array(8),
      'got a Float32Array of 8, expected an array of rows, or { data, columns } with all numbers in one array',
    ],
    [[], 'got no rows, expected at least one'],
    [[0, 1, 1, 0], '[0]: got 0, expected a row of numbers'],
    [[[1, 2], 'ab'], '[1]: got "ab", expected a row of numbers'],
    [[[], []], '[0]: got no values, expected some'],
    [[[1, 2], [3]], '[1]: got 1 values, expected 2 as in fit: x[0]'],
    [
      [
        [1, 2],
        [3, Number.NaN],
      ],
      '[1][1]: got NaN, expected a finite number',
    ],
    [
      [
        [1, 2],
        [Number.NEGATIVE_INFINITY, 3],
      ],
      '[1][0]: got -Infinity, expected a finite number',
    ],
    [
      [
        [1, 2],
        ['3', 4],
      ],
      '[1][0]: got "3", expected a finite number',
    ],
    [
      [
        [1, 2],
        [null, 4],
      ],
      '[1][0]: got null, expected a finite number',
    ],
    [[[1, 2], new Array(2)], '[1][0]: got undefined, expected a finite number'],
    [[BigInt64Array.of(1n, 2n)], '[0][0]: got 1n, expected a finite number'],
    [[Float32Array.of(1, Number.NaN)], '[0][1]: got NaN, expected a finite number'],
    [{ columns: 2 }, '.data: got undefined, expected an array of all numbers'],
    [{ data: [1, 2] }, '.columns: got undefined, expected a whole number from 1'],
    [{ data: [1, 2], columns: 0 }, '.columns: got 0, expected a whole number from 1'],
    [{ data: [1, 2, 3], columns: 2 }, '.data: got 3 numbers, expected rows of 2'],
    [
      { data: [1, 2, 3, Number.NaN], columns: 2 },
      '.data[3] (row 1, column 1): got NaN, expected a finite number',
    ],
    [{ data: [1, 2, 3, 4], shape: [4] }, '.shape: got [4], expected [rows, columns]'],
    [{ data: [1, 2, 3, 4], shape: [3, 2] }, '.data: got 4 numbers, expected [3, 2]'],
    [{ data: [1, 2], shape: [1, 2], columns: 2 }, '.shape: got it beside columns, expected one of the two'],
    [
      { rows: 4, columns: 2, pixels: Float32Array.from(XOR.flat()) },
      '.pixels: got a Float32Array of 8, expected bytes',
    ],
    [{ rows: 3, columns: 2, pixels: new Uint8Array(8) }, '.rows: got 3, expected 4'],
    [{ ...sparse, columns: 1 }, '.indices[0]: got 1, expected one that ascends within row 1 and is below 1'],
    [{ ...sparse, values: sparse.values.slice(1) }, '.values: got 3, expected 4 as of indices'],
    [
      { ...sparse, pointers: sparse.pointers.slice(1) },
      '.pointers: expected 4 + 1 of them that ascend from 0 to 4, the entries',
    ],
    [
      { ...sparse, pointers: Uint32Array.of(0, 3, 1, 2, 4) },
      '.pointers: expected 4 + 1 of them that ascend from 0 to 4, the entries',
    ],
    [
      { ...sparse, values: sparse.values.with(2, Number.NaN) },
      '.values[2] (row 3): got NaN, expected a finite number',
    ],
    [
      { ...sparse, indices: [1, 0, 0, 1] },
      'got other sparse rows, expected pointers and indices as Uint32Array, values as Float32Array',
    ],
  ])('%o', async (x, what) => {
    const message = `fit: x${/^[.[]/.test(what) ? '' : ': '}${what}`;
    const training = new Model().fit(x as never, CLASSES);
    await expect(training).rejects.toMatchObject({ name: 'DatasetError', message });
  });

  it('numbers that float32 or float64 does not hold when they are scaled', async () => {
    await expect(new Model({ scaling: 'none' }).fit([[1], [1e39]], [0, 1])).rejects.toThrow(
      'fit: x[1][0]: got 1e+39, which is beyond float32 when scaled',
    );
    await expect(new Model().fit([[-1e308], [1e308]], [0, 1])).rejects.toThrow(
      'fit: x: column 0: values from -1e+308 to 1e+308, whose variance is beyond float64',
    );
  });

  it('columns that layers has not', async () => {
    await expect(new Model({ layers: [3, 2] }).fit(XOR, CLASSES)).rejects.toMatchObject({
      name: 'ConfigError',
      message: 'layers: the first has 3 units, fit: x has 2 columns',
    });
  });
});

describe('fit refuses as y', () => {
  it.each([
    [undefined, 'fit: y: got undefined, expected a list with a value for each row'],
    [[0, 1, 1], 'fit: y has 3 values, x has 4 rows'],
    [
      [0, 1, 1, 0.5],
      "fit: y[3]: got 0.5, expected a whole number, its class: for numbers to predict say task: 'regression'",
    ],
    [[0, 1, Number.NaN, 0], 'fit: y[2]: got NaN, expected a whole number, its class'],
    [[0, 1, '1', 0], 'fit: y[2]: got "1", expected a number as the first one is'],
    [['a', 'b', null, 'a'], 'fit: y[2]: got null, expected a class: a string, whole number or boolean'],
    [[0, 0, 0, 0], 'fit: y: got the class 0 alone, expected at least two'],
    [
      [
        [1, 0],
        [0, 1],
        [0, 1],
        [1, 0],
      ],
      'fit: y[0]: got [1, 0], expected a class: give its number or name instead of a row of zeros and a one, ' +
        "and for several numbers to predict say task: 'regression'",
    ],
  ])('of a classification %j', async (y, message) => {
    const training = new Model().fit(XOR, y as never);
    await expect(training).rejects.toMatchObject({ name: 'DatasetError', message });
  });

  it.each([
    [
      'abc',
      'fit: y: got "abc", expected an array of rows, or { data, columns } with all numbers in one array',
    ],
    [[1, 2, 3], 'fit: y has 3 values, x has 4 rows'],
    [[[1], [2]], 'fit: y has 2 values, x has 4 rows'],
    [[1, 2, '3', 4], 'fit: y[2]: got "3", expected a finite number'],
    [[1, 2, 3, Number.POSITIVE_INFINITY], 'fit: y[3]: got Infinity, expected a finite number'],
    [[[1], [2], [3], [Number.NaN]], 'fit: y[3][0]: got NaN, expected a finite number'],
    [[[1], [2], [3], [4, 5]], 'fit: y[3]: got 2 values, expected 1 as in fit: y[0]'],
  ])('of a regression %j', async (y, message) => {
    const training = new Model({ task: 'regression' }).fit(XOR, y as never);
    await expect(training).rejects.toMatchObject({ name: 'DatasetError', message });
  });

  it('numbers that are hardly classes, unless the task says so', async () => {
    const x = Array.from({ length: 60 }, (_, row) => [row]);
    const y = x.map(([value]) => 1000 * value!);
    await expect(new Model().fit(x, y)).rejects.toMatchObject({
      name: 'DatasetError',
      message:
        "fit: y: 60 different numbers in 60 rows: for numbers to predict say task: 'regression', " +
        "for as many classes task: 'classification'",
    });
    const model = new Model({ task: 'classification' });
    await model.fit(x, y, { epochs: 1 });
    expect(model.classes).toHaveLength(60);
    await expect(
      new Model().fit(
        x,
        x.map((_, row) => row % 30),
        { epochs: 1 },
      ),
    ).resolves.toHaveLength(1);
  });

  it('classes or targets that layers has not', async () => {
    await expect(new Model({ layers: [2, 3] }).fit(XOR, CLASSES)).rejects.toThrow(
      'layers: the last has 3 units, fit: y has 2 classes, [0, 1]; name all of them by the option classes if some are not there',
    );
    await expect(new Model({ task: 'regression', layers: [2, 3] }).fit(XOR, CLASSES)).rejects.toThrow(
      'layers: the last has 3 units, fit: y has 1 targets',
    );
  });

  it('a class that classes has not', async () => {
    await expect(new Model({ classes: [0, 7] }).fit(XOR, CLASSES)).rejects.toThrow(
      "fit: y[1]: got 1, expected one of the model's classes, [0, 7]",
    );
  });
});

describe('a model that is fitted', () => {
  const { x, y } = fruit(30);
  const fitted = async () => {
    const model = new Model<string>();
    await model.fit(x, y, { epochs: 1 });
    return model;
  };

  it.each([
    [(model: Model<string>) => model.predict([[1, 2, 3]]), 'predict: x has 3 columns, the model takes 2'],
    [
      (model: Model<string>) => model.predict([1, 2] as never),
      'predict: x[0]: got 1, expected a row of numbers',
    ],
    [
      (model: Model<string>) => model.predictProbabilities([[1, Number.NaN]]),
      'predictProbabilities: x[0][1]: got NaN, expected a finite number',
    ],
    [(model: Model<string>) => model.evaluate(x, y.slice(1)), 'evaluate: y has 29 values, x has 30 rows'],
    [
      (model: Model<string>) => model.evaluate(x, y.with(4, 'plum')),
      'evaluate: y[4]: got "plum", expected one of the model\'s classes, ["apple", "banana", "lemon"]',
    ],
    [(model: Model<string>) => model.evaluate([], []), 'evaluate: x: got no rows, expected at least one'],
  ])('%o', async (call, message) => {
    const model = await fitted();
    expect(() => call(model)).toThrow(expect.objectContaining({ name: 'DatasetError', message }));
  });

  it('is not changed by a fit that is refused', async () => {
    const model = await fitted();
    const before = model.save();
    await expect(model.fit(x, y.with(4, 'plum'))).rejects.toThrow('fit: y[4]: got "plum"');
    await expect(model.fit([[1, 2, 3]], ['apple'])).rejects.toThrow(
      'fit: x has 3 columns, the model takes 2',
    );
    await expect(model.fit(x, y, { validation: { x, y: y.slice(2) } })).rejects.toThrow(
      'fit: validation.y has 28 values, validation.x has 30 rows',
    );
    await expect(model.fit(x, y, { validation: { x: [[1, Number.NaN]], y: ['apple'] } })).rejects.toThrow(
      'fit: validation.x[0][1]: got NaN, expected a finite number',
    );
    expect(model.save()).toEqual(before);
  });

  it('of a regression has no probabilities, and other targets than it was trained on are refused', async () => {
    const model = new Model<number[]>({ task: 'regression' });
    await model.fit(
      XOR,
      [
        [1, 2],
        [2, 3],
        [3, 4],
        [4, 5],
      ],
      { epochs: 1 },
    );
    expect(() => model.predictProbabilities(XOR)).toThrow('this model predicts numbers: call predict');
    expect(() => model.evaluate(XOR, [[1], [2], [3], [4]])).toThrow(
      'evaluate: y has 1 columns, the model predicts 2',
    );
  });
});

it('a model that is not fitted says so', () => {
  const model = new Model();
  for (const call of [
    () => model.predict(XOR),
    () => model.predictProbabilities(XOR),
    () => model.evaluate(XOR, CLASSES),
    () => model.save(),
    () => model.toOnnx(),
  ]) {
    expect(call).toThrow(
      /^(predict|predictProbabilities|evaluate|save|toOnnx): this model is not trained yet: call fit/,
    );
  }
});
