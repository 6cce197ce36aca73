/** `Model` learns, says the same of the same numbers in any form, and goes on where it was. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpochRows } from '../../../core/estimator/epoch-rows.ts';
import { Model } from '../../../core/estimator/model.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import { sparseFromDense } from '../../../core/rows/sparse-rows.ts';
import { FRUIT, fruit, houses, normals } from './rows.ts';

const XOR = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];

describe('a classification', () => {
  it('learns XOR', async () => {
    const model = new Model({ hidden: [8], learningRate: 0.05 });
    const reports = await model.fit(XOR, [0, 1, 1, 0], { epochs: 100 });
    expect(model.predict(XOR)).toEqual([0, 1, 1, 0]);
    expect(reports).toHaveLength(100);
    expect(reports[99]!.loss).toBeLessThan(0.1);
  });

  it('gives names back, sorted as classes, and probabilities in their order', async () => {
    const { x, y } = fruit(90);
    const model = new Model<string>({ hidden: [6], learningRate: 0.02 });
    await model.fit(x, y, { epochs: 40 });
    expect(model.classes).toEqual(FRUIT);
    const others = fruit(33, 8);
    expect(model.predict(others.x)).toEqual(others.y);
    expect(model.evaluate(others.x, others.y)).toMatchObject({ rows: 33, accuracy: 1 });
    model.predictProbabilities(others.x).forEach((row, n) => {
      expect(row).toHaveLength(3);
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      expect(FRUIT[row.indexOf(Math.max(...row))]).toBe(others.y[n]);
    });
  });

  it('takes any whole numbers and booleans as classes', async () => {
    const { x, y } = fruit(60);
    const numbers = new Model({ hidden: [], learningRate: 0.05 });
    await numbers.fit(
      x,
      y.map((name) => [30, -1, 5][FRUIT.indexOf(name)]!),
      { epochs: 60 },
    );
    expect(numbers.classes).toEqual([-1, 5, 30]);
    expect(numbers.predict([x[0]!, x[1]!, x[2]!])).toEqual([30, -1, 5]);
    const truths = new Model<boolean>({ hidden: [], learningRate: 0.05 });
    await truths.fit(
      x,
      y.map((name) => name === 'banana'),
      { epochs: 60 },
    );
    expect(truths.classes).toEqual([false, true]);
    expect(truths.predict([x[0]!, x[1]!])).toEqual([false, true]);
  });

  it('has outputs for classes that are named but not there', async () => {
    const { x, y } = fruit(30);
    const classes = ['pear', 'lemon', 'banana', 'apple'];
    const model = new Model<string>({ layers: [2, 5, 4], classes });
    await model.fit(x, y, { epochs: 1 });
    expect(model.classes).toEqual(classes);
    expect(model.predictProbabilities([x[0]!])[0]).toHaveLength(4);
    expect(model.evaluate(x, y.with(3, 'pear')).rows).toBe(30);
  });
});

describe('a regression', () => {
  it('predicts in the units of its target, and evaluates in them', async () => {
    const { x, y } = houses(120);
    const model = new Model({ task: 'regression', hidden: [], learningRate: 0.05 });
    await model.fit(x, y, { epochs: 60 });
    const guesses = model.predict(x);
    const errors = guesses.map((guess, row) => guess - y[row]!);
    const rmse = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / y.length);
    const found = model.evaluate(x, y);
    expect(found.rmse).toBeCloseTo(rmse, 0);
    expect(found.mae).toBeCloseTo(errors.reduce((sum, error) => sum + Math.abs(error), 0) / y.length, 0);
    expect(found.r2).toBeGreaterThan(0.999);
    expect(rmse).toBeLessThan(2000);
    expect(found.accuracy).toBeUndefined();
    expect(model.classes).toEqual([]);
  });

  it('predicts rows of several targets, each with its own errors', async () => {
    const { x, y } = houses(90);
    // The first is a curve, which a network without hidden layers only comes near.
    const targets = y.map((price, row) => [x[row]![1]! * x[row]![1]!, price]);
    const model = new Model<number[]>({ task: 'regression', hidden: [], learningRate: 0.05 });
    await model.fit(x, targets, { epochs: 80 });
    const [[, price] = []] = model.predict([x[4]!]);
    expect(price! / targets[4]![1]!).toBeCloseTo(1, 2);
    const found = model.evaluate(x, targets);
    expect(found.rmse).toBeUndefined();
    const guesses = model.predict(x);
    const meanDistance = (k: number) =>
      guesses.reduce((sum, guess, row) => sum + Math.abs(guess[k]! - targets[row]![k]!), 0) / x.length;
    expect(found.targets!.map(({ mae }) => mae.toPrecision(2))).toEqual(
      [0, 1].map((k) => meanDistance(k).toPrecision(2)),
    );
  });

  it('keeps a target that never changed, and its error where it does', async () => {
    const model = new Model({ task: 'regression', hidden: [], learningRate: 0.1 });
    const x = [[1], [2], [3], [4]];
    await model.fit(x, [7, 7, 7, 7], { epochs: 200 });
    expect(model.predict([[2.5]])[0]).toBeCloseTo(7, 2);
    expect(model.evaluate(x, [9, 9, 9, 9]).mae).toBeCloseTo(2, 2);
  });

  it('takes whole numbers for what the task says', async () => {
    const model = new Model({ task: 'regression', hidden: [], learningRate: 0.1 });
    await model.fit([[1], [2], [3], [4]], [10, 20, 30, 40], { epochs: 300 });
    expect(model.predict([[2.5]])[0]).toBeCloseTo(25, 0);
  });
});

/** One model of each form, trained on the same numbers. @returns its file and its probabilities of two rows */
async function trained(
  form: Parameters<Model['fit']>[0],
  y: number[],
  scaling: 'standard' | 'minmax' | 'none',
) {
  const model = new Model({ hidden: [4], scaling });
  await model.fit(form, y, { epochs: 2, batchSize: 3 });
  return Buffer.from(model.save()).toString('latin1');
}

describe('the same numbers', () => {
  // Eighths below 2^12 in size: float32 has them all.
  const eighths = fc.integer({ min: -(2 ** 15), max: 2 ** 15 }).map((n) => n / 8);
  const table = fc
    .integer({ min: 1, max: 5 })
    .chain((columns) =>
      fc.array(fc.array(eighths, { minLength: columns, maxLength: columns }), { minLength: 2, maxLength: 9 }),
    );
  it('give the same bits in every form that holds them', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom('standard', 'minmax', 'none'), async (rows, scaling) => {
        const y = rows.map((_, row) => row % 2);
        const columns = rows[0]!.length;
        const forms = [
          rows.map((row) => Float32Array.from(row)),
          rows.map((row, n) => [row, Float64Array.from(row), Float32Array.from(row)][n % 3]!),
          { data: rows.flat(), columns },
          { data: Float32Array.from(rows.flat()), columns },
          { data: Float64Array.from(rows.flat()), shape: [rows.length, 1, columns] },
          sparseFromDense([Float32Array.from(rows.flat())], columns),
        ] as const;
        const expected = await trained(rows, y, scaling);
        for (const form of forms) expect(await trained(form, y, scaling)).toBe(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('are bytes or numbers alike, where the scaling is said', async () => {
    const bytes = Uint8Array.from({ length: 60 }, (_, n) => (n * 53) % 256);
    const rows = Array.from({ length: 10 }, (_, row) => [...bytes.subarray(row * 6, row * 6 + 6)]);
    const y = rows.map((_, row) => row % 3);
    const files = [];
    for (const x of [
      rows,
      { rows: 10, columns: 6, pixels: bytes },
      { data: new Uint8ClampedArray(bytes), columns: 6 },
      rows.map((row) => Uint8Array.from(row)),
    ]) {
      const model = new Model({ hidden: [4], scaling: 'pixels' });
      await model.fit(x, y, { epochs: 2, batchSize: 4 });
      files.push(Buffer.from(model.save()).toString('latin1'));
    }
    expect(new Set(files).size).toBe(1);
  });

  it('are predicted the same in every form, whatever form trained', async () => {
    const bytes = Uint8Array.from({ length: 60 }, (_, n) => (n * 53) % 256);
    const rows = Array.from({ length: 10 }, (_, row) => [...bytes.subarray(row * 6, row * 6 + 6)]);
    const model = new Model({ hidden: [4] });
    await model.fit(
      { data: bytes, columns: 6 },
      rows.map((_, row) => row % 3),
      { epochs: 1 },
    );
    expect(model.summary()).toContain('scaling pixels');
    expect(model.predictProbabilities(rows)).toEqual(model.predictProbabilities({ data: bytes, columns: 6 }));
  });

  it('are scaled by default unless they are sparse or bytes', async () => {
    const rows = Array.from({ length: 6 }, (_, row) => [row, 100 - row]);
    const scalingOf = async (x: Parameters<Model['fit']>[0]) => {
      const model = new Model();
      await model.fit(x, [0, 1, 0, 1, 0, 1], { epochs: 1 });
      return /scaling (\w+)/.exec(model.summary())?.[1];
    };
    expect(await scalingOf(rows)).toBe('standard');
    expect(await scalingOf({ data: Float32Array.from(rows.flat()), columns: 2 })).toBe('standard');
    expect(await scalingOf(rows.map((row) => Uint8Array.from(row)))).toBe('pixels');
    expect(await scalingOf(sparseFromDense([Float32Array.from(rows.flat())], 2))).toBe('none');
  });

  it('give the same bits on every engine', async () => {
    const { x, y } = fruit(50);
    const files = [];
    for (const backend of ['wasm', 'reference', referenceBackend] as const) {
      const model = new Model<string>({ hidden: [7, 5], backend });
      await model.fit(x, y, { epochs: 3, batchSize: 8 });
      files.push(Buffer.from(model.save()).toString('latin1'));
    }
    expect(new Set(files).size).toBe(1);
  });

  it('give other weights by another seed', async () => {
    const { x, y } = fruit(50);
    const files = [];
    for (const seed of [0, 0, 1]) {
      const model = new Model<string>({ seed });
      await model.fit(x, y, { epochs: 1 });
      files.push(Buffer.from(model.save()).toString('latin1'));
    }
    expect(files[1]).toBe(files[0]);
    expect(files[2]).not.toBe(files[0]);
  });
});

describe('each epoch', () => {
  it('takes every row once, the last few too', async () => {
    // A rate so small that weights stay: an epoch's loss is then the mean over its rows, whatever the order.
    const { x, y } = fruit(23);
    const model = new Model<string>({ learningRate: 1e-12, optimizer: 'sgd' });
    const [first, second] = await model.fit(x, y, { epochs: 2, batchSize: 5 });
    const { loss } = model.evaluate(x, y);
    expect(first!.loss).toBeCloseTo(loss, 12);
    expect(second!.loss).toBeCloseTo(loss, 12);
    expect(second!.step).toBe(10);
  });

  it('has an order of its own', () => {
    const source = new EpochRows(4);
    const x = { rows: 23, columns: 1, pixels: new Uint8Array(23) };
    source.begin({ x, labels: new Uint8Array(23) }, 5);
    const orderOf = (epoch: number, firstStep: number) => {
      source.beginEpoch(epoch, firstStep);
      return Array.from({ length: 5 }, (_, step) => [...source.rowsFor(firstStep + step).batch]);
    };
    const first = orderOf(0, 0);
    expect(first.map((batch) => batch.length)).toEqual([5, 5, 5, 5, 3]);
    expect(first.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, row) => row));
    expect(orderOf(1, 5)).not.toEqual(first);
    expect(orderOf(0, 70)).toEqual(first);
  });
});

describe('going on', () => {
  it.each(['sgd', 'momentum', 'adagrad', 'adam'] as const)(
    'with %s, in parts or from a file, ends with the same bytes as without a stop',
    async (optimizer) => {
      const { x, y } = fruit(45);
      const options = { hidden: [5], optimizer, learningRate: 0.01 };
      const whole = new Model<string>(options);
      await whole.fit(x, y, { epochs: 6, batchSize: 8 });
      const parts = new Model<string>(options);
      await parts.fit(x, y, { epochs: 2, batchSize: 8 });
      const loaded = Model.load<string>(parts.save());
      for (const model of [parts, loaded]) {
        await model.fit(x, y, { epochs: 4, batchSize: 8 });
        expect(model.save()).toEqual(whole.save());
        expect(model.step).toBe(36);
      }
    },
  );

  it('keeps the first scales and classes', async () => {
    const { x, y } = fruit(45);
    const model = new Model<string>();
    await model.fit(x, y, { epochs: 1 });
    const before = model.predict(x);
    await model.fit(
      x.slice(0, 9).map(([a, b]) => [a! * 100, b!]),
      y.slice(0, 9).fill('lemon'),
      {
        epochs: 1,
        batchSize: 9,
      },
    );
    expect(model.classes).toEqual(FRUIT);
    expect(model.predict(x)).toHaveLength(before.length);
  });
});

it('summary says what goes in and out, layer by layer', async () => {
  const { x, y } = fruit(30);
  const model = new Model<string>({ hidden: [6, 4], activation: 'sigmoid' });
  expect(model.summary()).toBe('classification, not trained yet: inputs → 6 → 4 → outputs');
  await model.fit(x, y, { epochs: 1 });
  expect(model.summary().split('\n')).toEqual([
    'classification, 2 inputs (scaling standard), classes ["apple", "banana", "lemon"]',
    '   layer  input  output  activation  parameters',
    '1  dense  2      6       sigmoid             18',
    '2  dense  6      4       sigmoid             28',
    '3  dense  4      3       softmax             15',
    '                                             61',
  ]);
  const regression = new Model({ task: 'regression', hidden: [] });
  await regression.fit(x, [...normals(30)], { epochs: 1 });
  expect(regression.summary()).toMatch(
    /^regression, 2 inputs \(scaling standard\), 1 targets\n.*\n1 {2}dense {2}2 {6}1 {7}identity/,
  );
});

it('predicts nothing for nothing', async () => {
  const { x, y } = fruit(30);
  const model = new Model<string>();
  await model.fit(x, y, { epochs: 1 });
  expect(model.predict([])).toEqual([]);
  expect(model.predictProbabilities({ data: new Float32Array(0), columns: 2 })).toEqual([]);
});
