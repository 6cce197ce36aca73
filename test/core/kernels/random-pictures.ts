/** Random networks of pictures that fit together, all sides different, and rows for them. */
import fc from 'fast-check';
import type { OptimizerName } from '../../../core/kernels/engine.ts';
import { ACTIVATIONS, type ActivationName, type Architecture } from '../../../core/network/architecture.ts';
import type { LayerSpec, LayerSpecs, PictureShape } from '../../../core/network/layers.ts';
import { fanIn, fanOut, inputsOf, outputsOf, parametric, planLayers } from '../../../core/network/plan.ts';
import { fillIntegers } from '../../../core/random/streams.ts';
import { type SparseRows, sparseFromDense } from '../../../core/rows/sparse-rows.ts';
import type { TrainingRows } from '../../../core/rows/training-rows.ts';
import { classifier, regression } from '../architectures.ts';
import { normal } from './trace.ts';

export interface PicturesCase {
  architecture: Architecture;
  seed: number;
  rows: number;
  batchSize: number;
  scale: number;
  optimizer: OptimizerName;
  weightDecay: number;
  isBytes: boolean;
}

/** What a drawn layer asks for; windows are cut to what arrives. */
interface Drawn {
  kind: 'conv' | 'maxPool' | 'averagePool' | 'dropout' | 'dense';
  size: number;
  height: number;
  width: number;
  down: number;
  across: number;
  isSame: boolean;
  activation: ActivationName | undefined;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  kind: fc.constantFrom('conv', 'conv', 'maxPool', 'averagePool', 'dropout', 'dense'),
  size: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 16, 17),
  height: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 5 }),
  down: fc.integer({ min: 1, max: 3 }),
  across: fc.integer({ min: 1, max: 3 }),
  isSame: fc.boolean(),
  activation: fc.option(fc.constantFrom(...ACTIVATIONS), { nil: undefined }),
});

/** Now and then rows that are no pictures, of which dropout can be had. */
const shapes: fc.Arbitrary<PictureShape | number> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 7 }),
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
);

/** The list as somebody would write it, ending with a dense layer. */
export function fitted(shape: PictureShape | number, layers: readonly Drawn[], outputs: number): LayerSpecs {
  const specs: (PictureShape | LayerSpec)[] = [shape];
  let arriving: readonly number[] = typeof shape === 'number' ? [shape] : shape;
  for (const { kind, size, down, across, isSame, activation, ...window } of layers) {
    const [height, width] = [Math.min(window.height, arriving[0]!), Math.min(window.width, arriving[1] ?? 1)];
    if (kind === 'dense') specs.push(size);
    else if (kind === 'dropout') specs.push({ dropout: size / 20 });
    else if (arriving.length < 3) continue;
    else if (kind === 'conv') {
      const padding = isSame ? 'same' : 'valid';
      // A window may be larger than the picture where zeros are around it.
      const kernel = isSame ? ([window.height, window.width] as const) : ([height, width] as const);
      specs.push({ conv: size, kernel, stride: [down, across], padding, ...(activation && { activation }) });
    } else if (kind === 'maxPool') specs.push({ maxPool: [height, width], stride: [down, across] });
    else specs.push({ averagePool: [height, width] });
    arriving = planLayers([...specs, 1], 'relu').at(-2)!.output;
  }
  return [...specs, outputs];
}

export const pictureCases: fc.Arbitrary<PicturesCase> = fc.record({
  architecture: fc
    .record({
      shape: shapes,
      layers: fc.array(drawn, { minLength: 1, maxLength: 5 }),
      outputs: fc.integer({ min: 1, max: 6 }),
      activation: fc.constantFrom(...ACTIVATIONS),
      isClassifier: fc.boolean(),
    })
    .map(({ shape, layers, outputs, activation, isClassifier }) =>
      (isClassifier ? classifier : regression)(fitted(shape, layers, outputs), activation),
    ),
  seed: fc.nat({ max: 0xffff_ffff }),
  rows: fc.integer({ min: 1, max: 7 }),
  batchSize: fc.oneof(
    { weight: 14, arbitrary: fc.integer({ min: 1, max: 11 }) },
    { weight: 1, arbitrary: fc.constantFrom(255, 257) },
  ),
  scale: fc.constantFrom(1e-42, 1e-20, 1e-3, 1, 1, 1, 30),
  optimizer: fc.constantFrom('sgd', 'momentum', 'adagrad', 'adam'),
  weightDecay: fc.constantFrom(0, 0, 1e-4),
  isBytes: fc.boolean(),
});

export const layersOf = ({ layers }: Architecture, scale: number, seed: number) =>
  parametric(planLayers(layers, 'relu')).map((layer, index) => ({
    weights: normal(fanIn(layer) * fanOut(layer), scale, seed, 2 * index),
    bias: normal(fanOut(layer), scale, seed, 2 * index + 1),
  }));

/** A third of the inputs are zeros, and one row nothing but that. */
export function picturesOf({ architecture, seed, rows, scale, isBytes }: PicturesCase): TrainingRows {
  const columns = inputsOf(architecture.layers);
  const dice = new Uint32Array(rows * columns);
  fillIntegers(dice, 3, seed, 78, 0);
  const values = normal(rows * columns, scale, seed, 100).map((value, at) =>
    dice[at] === 0 || Math.floor(at / columns) % 6 === 4 ? 0 : value,
  );
  const labels = new Uint32Array(rows);
  fillIntegers(labels, outputsOf(architecture.layers), seed, 79, 0);
  if (isBytes) {
    const pixels = Uint8Array.from(values, (value) =>
      value === 0 ? 0 : 1 + (Math.abs(Math.trunc((value / scale) * 100)) % 255),
    );
    return { x: { rows, columns, pixels }, labels };
  }
  const x: SparseRows = sparseFromDense([values], columns);
  return { x, labels };
}

export function batchOf({ seed, rows, batchSize }: PicturesCase): Uint32Array {
  const batch = new Uint32Array(batchSize);
  fillIntegers(batch, rows, seed, 80, 0);
  return batch;
}
