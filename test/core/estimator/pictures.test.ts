/** A Model with layers of pictures: learns, is saved and goes on, explains, and says what doesn't fit. */
import { describe, expect, it } from 'vitest';
import { ConfigError, DatasetError } from '../../../core/errors.ts';
import { Model } from '../../../core/estimator/model.ts';
import type { ModelOptions } from '../../../core/estimator/options.ts';
import { explainClass } from '../../../core/model/explain.ts';
import type { LayerSpec } from '../../../core/network/layers.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { normals } from './rows.ts';

const [HEIGHT, WIDTH, CHANNELS] = [6, 7, 2];
const COLUMNS = HEIGHT * WIDTH * CHANNELS;

/** Bars of three pixels, lying or standing anywhere, in the first channel or the second one. */
function bars(rows: number): { data: Uint8Array; y: string[] } {
  const data = Uint8Array.from(normals(rows * COLUMNS, 5), (value) => 40 + 15 * value);
  const y = Array.from({ length: rows }, (_, row) => {
    const isLying = row % 3 === 0;
    const [top, left, channel] = [(row * 5) % (HEIGHT - 2), (row * 11) % (WIDTH - 2), row % 2];
    for (let along = 0; along < 3; along++) {
      const [i, j] = isLying ? [top, left + along] : [top + along, left];
      data[((row * HEIGHT + i) * WIDTH + j) * CHANNELS + channel] = 230;
    }
    return isLying ? 'lying' : 'standing';
  });
  return { data, y };
}

const HIDDEN: readonly LayerSpec[] = [
  { conv: 6, kernel: [3, 2], padding: 'same' },
  { maxPool: 2 },
  { dropout: 0.1 },
  8,
];
const OPTIONS: ModelOptions = { hidden: HIDDEN, learningRate: 0.01, seed: 4 };
const { data, y } = bars(150);
const pictures = { data, shape: [150, HEIGHT, WIDTH, CHANNELS] };
const flat = { data, columns: COLUMNS };

async function fitted(options: ModelOptions, epochs: number, x: typeof pictures | typeof flat = pictures) {
  const model = new Model<string>(options);
  await model.fit(x, y, { epochs });
  return model;
}

describe('a model of pictures', () => {
  it('learns what they show, wherever it stands', async () => {
    const model = await fitted(OPTIONS, 40);
    expect(model.evaluate(pictures, y).accuracy).toBeGreaterThan(0.97);
    expect(model.predict(flat).slice(0, 3)).toEqual(y.slice(0, 3));
    expect(model.summary().split('\n')).toEqual([
      'classification, 84 inputs (scaling pixels), classes ["lying", "standing"]',
      '   layer               input  output  activation  parameters',
      '1  conv 6 (3×2, same)  6×7×2  6×7×6   relu                78',
      '2  maxPool 2           6×7×6  3×3×6',
      '3  dropout 0.1         3×3×6  3×3×6',
      '4  dense               3×3×6  8       relu               440',
      '5  dense               8      2       softmax             18',
      '                                                         536',
    ]);
  });

  it('is the same whether its layers are given whole or hidden', async () => {
    const layers = [[HEIGHT, WIDTH, CHANNELS], ...HIDDEN, 2] as const;
    const whole = await fitted({ ...OPTIONS, hidden: undefined, layers } as ModelOptions, 2, flat);
    expect(whole.save()).toEqual((await fitted(OPTIONS, 2)).save());
  });

  it('goes on after it was saved and loaded, to the same bits', async () => {
    const loaded = Model.load<string>((await fitted(OPTIONS, 2)).save());
    expect(loaded.summary()).toContain('conv 6 (3×2, same)');
    await loaded.fit(pictures, y, { epochs: 3 });
    expect(loaded.save()).toEqual((await fitted(OPTIONS, 5)).save());
  });

  it('is made of the checkpoint of a run, too', async () => {
    const model = await fitted(OPTIONS, 3);
    const run = decodeCheckpoint(model.save(), 'stepnet-model-1');
    const loaded = Model.load<string>(encodeCheckpoint(run), {
      scaling: 'pixels',
      classes: ['lying', 'standing'],
    });
    expect(loaded.predictProbabilities(pictures)).toEqual(model.predictProbabilities(flat));
    await loaded.fit(pictures, y, { epochs: 1 });
  });

  it('changes pictures while it trains, and goes on to the same bits', async () => {
    const augmentation = { shift: 1, rotation: 20 };
    const options: ModelOptions = { hidden: [9], learningRate: 0.01, seed: 4, augmentation };
    const model = await fitted(options, 5);
    expect(model.save()).not.toEqual((await fitted({ ...options, augmentation: {} }, 5)).save());
    const whole = { ...options, hidden: undefined, layers: [[HEIGHT, WIDTH, CHANNELS], 9, 2] };
    expect((await fitted(whole as ModelOptions, 5, flat)).save()).toEqual(model.save());
    const loaded = Model.load<string>((await fitted(options, 2)).save());
    await loaded.fit(pictures, y, { epochs: 3 });
    expect(loaded.save()).toEqual(model.save());
  });

  it('of grey pictures needs no channels, and other rows are scaled as ever', async () => {
    const grey = new Model({ hidden: [{ averagePool: [1, 2] }, 3] });
    const x = { data: normals(5 * 12), shape: [5, 3, 4] };
    await grey.fit(x, [0, 1, 0, 1, 0], { epochs: 1 });
    expect(grey.summary()).toMatch(
      /12 inputs \(scaling standard\).*\n.*\n1 {2}averagePool 1×2 {2}3×4×1 {2}3×2×1/,
    );
    expect(Model.load(grey.save()).predictProbabilities(x)).toEqual(grey.predictProbabilities(x));
  });
});

describe('explain', () => {
  it('gives the contributions of inputs to the class that is predicted, or to another', async () => {
    const model = await fitted(OPTIONS, 3);
    const { architecture, layers } = decodeCheckpoint(model.save(), 'stepnet-model-1');
    const row = (n: number) =>
      Float32Array.from(data.subarray(n * COLUMNS, (n + 1) * COLUMNS), (pixel) => pixel / 255);
    const predicted = model.predict(flat).map((label) => model.classes.indexOf(label));
    expect(new Set(predicted).size).toBe(2);
    model.explain(pictures).forEach((contributions, n) => {
      expect(contributions).toEqual(explainClass(architecture, layers, row(n), predicted[n]!));
    });
    model.explain(pictures, 'standing').forEach((contributions, n) => {
      expect(contributions).toEqual(explainClass(architecture, layers, row(n), 1));
    });
    expect(model.explain({ data: new Uint8Array(0), shape: [0, HEIGHT, WIDTH, CHANNELS] })).toEqual([]);
    expect(() => model.explain(pictures, 'leaning')).toThrow(
      new ConfigError('explain: of: got "leaning", expected one of ["lying", "standing"]'),
    );
  });

  it('of numbers is in their units: without hidden layers the terms of the sum', async () => {
    const model = new Model<number[]>({ task: 'regression', hidden: [], scaling: 'none' });
    const x = [...normals(20)].map((value, row) => [value, row / 20]);
    const targets = x.map(([a, b]) => [3 * a! - b!, 1000 * b!]);
    await model.fit(x, targets, { epochs: 50 });
    const [origin] = model.predict([[0, 0]]);
    model.predict(x).forEach((numbers, row) => {
      for (const target of [0, 1]) {
        const [a, b] = model.explain([x[row]!], target)[0]!;
        expect((a! + b! + origin![target]!) / numbers[target]!).toBeCloseTo(1, 3);
      }
    });
    expect(model.explain(x)).toEqual(model.explain(x, 0));
    expect(() => model.explain(x, 2)).toThrow('explain: of: got 2, expected one of [0, 1]');
  });
});

describe('refused are', () => {
  it('layers of pictures for rows without a shape', async () => {
    await expect(fitted(OPTIONS, 1, flat)).rejects.toThrow(
      new ConfigError(
        'hidden: got layers of pictures, fit: x has rows of 84: give it as { data, shape: [150, height, width, channels] }, or say layers instead',
      ),
    );
  });

  it('augmentation of rows without a shape, and what it cannot do', async () => {
    const augmentation = { flip: true };
    await expect(fitted({ hidden: [3], augmentation }, 1, flat)).rejects.toThrow(
      new ConfigError(
        'augmentation: got it, fit: x has rows of 84: give it as { data, shape: [150, height, width, channels] }, or say layers instead',
      ),
    );
    expect(() => new Model({ augmentation, layers: [84, 3, 2] })).toThrow(
      'layers[0]: got 84, expected [height, width, channels] with augmentation',
    );
    expect(() => new Model({ augmentation: { scale: 2 } })).toThrow(
      'augmentation.scale: got 2, expected a share',
    );
    expect(() => new Model({ augmentation: 'all' as never })).toThrow(
      'augmentation: got "all", expected an object',
    );
  });

  it('pictures with their sides in another order, when they are learned and later', async () => {
    const turned = { data, shape: [150, CHANNELS, HEIGHT, WIDTH] };
    const layers = [[HEIGHT, WIDTH, CHANNELS], { maxPool: 2 }, 2] as const;
    const message = 'fit: x has pictures of [2, 6, 7], expected [6, 7, 2]: height, width, channels';
    await expect(fitted({ layers }, 1, turned)).rejects.toThrow(new ConfigError(`layers: ${message}`));
    const model = await fitted({ layers }, 1);
    await expect(model.fit(turned, y)).rejects.toThrow(new DatasetError(message));
    expect(() => model.predict(turned)).toThrow(new DatasetError(message.replace('fit', 'predict')));
    // A network that takes no pictures takes their numbers.
    await (await fitted({ hidden: [3] }, 1)).fit(turned, y, { epochs: 1 });
  });

  it('rows of other lengths than the pictures of layers', async () => {
    const layers = [[HEIGHT, WIDTH, 1], { maxPool: 2 }, 2] as const;
    await expect(fitted({ layers }, 1)).rejects.toThrow(
      'layers: the first has 42 units, [6, 7, 1], fit: x has 84 columns',
    );
  });

  it('windows that the pictures are too small for', async () => {
    await expect(fitted({ hidden: [4, { dropout: 0.5 }, 3], seed: 1 }, 1)).resolves.toBeDefined();
    await expect(fitted({ hidden: [{ conv: 2, kernel: [2, 8] }] }, 1)).rejects.toThrow(
      new ConfigError('hidden[0].kernel: got 2×8, expected at most 6×7, the picture that arrives there'),
    );
  });

  it.each<[ModelOptions, string]>([
    [
      { hidden: [5, { maxPool: 2 }] },
      'hidden[1]: got {"maxPool":2} where 5 units arrive, expected a picture; the first of layers says its size, such as [28, 28, 1]',
    ],
    [
      { hidden: [{ conv: 3, kernel: 2, strides: 1 } as LayerSpec] },
      'hidden[0].strides: unknown beside conv, expected kernel, stride, padding, activation',
    ],
    [
      { layers: [[4, 5, 1], { maxPool: 5 }, 2] },
      'layers[1].maxPool: got 5×5, expected at most 4×5, the picture that arrives there',
    ],
    [
      { layers: [[4, 5, 1], { maxPool: 2 }] },
      'layers[1]: got {"maxPool":2}, expected a number of units: the classes, or the numbers that are predicted',
    ],
  ])('%j', (options, message) => {
    expect(() => new Model(options)).toThrow(new ConfigError(message));
  });
});
