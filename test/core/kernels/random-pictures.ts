/** Random networks of pictures that fit together, all sides different, and rows for them. */
import fc from 'fast-check';
import type { OptimizerName } from '../../../core/kernels/engine.ts';
import {
  ACTIVATIONS,
  type ActivationName,
  type Architecture,
  type LayerParameters,
} from '../../../core/network/architecture.ts';
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
  /** Of the last batch, as an epoch's may be shorter than the others. */
  lastBatch: number;
  numbers: Numbers;
  scale: number;
  optimizer: OptimizerName;
  weightDecay: number;
  isBytes: boolean;
}

/**
 * Whole ones are often equal, so that pools have a choice. Zeros are of both signs, as weights and biases. Nothing are inputs
 * all of which are zero.
 */
export type Numbers = 'normal' | 'whole' | 'zeros' | 'nothing';

/** Beyond it sums leave the range of float32. */
export const HUGE = 1e15;

/** What a drawn layer asks for; windows are cut to what arrives. */
interface Drawn {
  kind: 'conv' | 'maxPool' | 'halves' | 'averagePool' | 'dropout' | 'dense';
  size: number;
  height: number;
  width: number;
  down: number;
  across: number;
  isSame: boolean;
  /** Whether the window is as large as the picture. */
  isWhole: boolean;
  activation: ActivationName | undefined;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  kind: fc.constantFrom('conv', 'conv', 'maxPool', 'halves', 'averagePool', 'dropout', 'dense'),
  size: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 16, 17),
  height: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 5 }),
  down: fc.integer({ min: 1, max: 3 }),
  across: fc.integer({ min: 1, max: 3 }),
  isSame: fc.boolean(),
  isWhole: fc.integer({ min: 0, max: 7 }).map((dice) => dice === 0),
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
  for (const { kind, size, down, across, isSame, isWhole, activation, ...drawn } of layers) {
    const window = isWhole ? { height: arriving[0]!, width: arriving[1] ?? 1 } : drawn;
    const [height, width] = [Math.min(window.height, arriving[0]!), Math.min(window.width, arriving[1] ?? 1)];
    if (kind === 'dense') specs.push(size);
    else if (kind === 'dropout') specs.push({ dropout: size / 20 });
    else if (arriving.length < 3) continue;
    else if (kind === 'conv') {
      const padding = isSame ? 'same' : 'valid';
      // A window may be larger than the picture where zeros are around it.
      const kernel = isSame ? ([window.height, window.width] as const) : ([height, width] as const);
      specs.push({ conv: size, kernel, stride: [down, across], padding, ...(activation && { activation }) });
    } else if (kind === 'halves')
      specs.push({ maxPool: [Math.min(2, arriving[0]!), Math.min(2, arriving[1]!)] });
    else if (kind === 'maxPool') specs.push({ maxPool: [height, width], stride: [down, across] });
    else specs.push({ averagePool: [height, width] });
    arriving = planLayers([...specs, 1], 'relu').at(-2)!.output;
  }
  return [...specs, outputs];
}

export const pictureCases: fc.Arbitrary<PicturesCase> = fc
  .record({
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
    dice: fc.nat(),
    numbers: fc.constantFrom<Numbers>(
      'normal',
      'normal',
      'normal',
      'normal',
      'whole',
      'whole',
      'zeros',
      'nothing',
    ),
    scale: fc.constantFrom(1e-42, 1e-20, 1e-3, 1, 1, 1, 30, HUGE, 1e25),
    optimizer: fc.constantFrom('sgd', 'momentum', 'adagrad', 'adam'),
    weightDecay: fc.constantFrom(0, 0, 1e-4),
    isBytes: fc.boolean(),
  })
  .map(({ dice, ...sample }) => ({ ...sample, lastBatch: 1 + (dice % sample.batchSize) }));

export const layersOf = (
  { layers }: Architecture,
  scale: number,
  seed: number,
  numbers: Numbers = 'normal',
): LayerParameters[] =>
  parametric(planLayers(layers, 'relu')).map((layer, index) => {
    const drawn = (length: number, stream: number) =>
      numbers === 'whole'
        ? normal(length, 1, seed, stream).map(Math.round)
        : normal(length, scale, seed, stream).map((value) => (numbers === 'zeros' ? value * 0 : value));
    return {
      weights: drawn(fanIn(layer) * fanOut(layer), 2 * index),
      bias: drawn(fanOut(layer), 2 * index + 1),
    };
  });

/** A third of the inputs are zeros, and one row nothing but that. */
export function picturesOf({
  architecture,
  seed,
  rows,
  numbers,
  scale,
  isBytes,
}: PicturesCase): TrainingRows {
  const columns = inputsOf(architecture.layers);
  const dice = new Uint32Array(rows * columns);
  fillIntegers(dice, 3, seed, 78, 0);
  const size = numbers === 'whole' ? 1 : scale;
  const values = normal(rows * columns, size, seed, 100).map((value, at) => {
    if (numbers === 'nothing' || dice[at] === 0 || Math.floor(at / columns) % 6 === 4) return 0;
    return numbers === 'whole' ? Math.round(value) : value;
  });
  const labels = new Uint32Array(rows);
  fillIntegers(labels, outputsOf(architecture.layers), seed, 79, 0);
  if (isBytes) {
    const pixels = Uint8Array.from(values, (value) =>
      value === 0 ? 0 : 1 + (Math.abs(Math.trunc((value / size) * 100)) % 255),
    );
    return { x: { rows, columns, pixels }, labels };
  }
  const x: SparseRows = sparseFromDense([values], columns);
  return { x, labels };
}

/** A whole one, one of the last size, and the whole one again. */
export function batchesOf({ seed, rows, batchSize, lastBatch }: PicturesCase): Uint32Array[] {
  const batch = new Uint32Array(batchSize);
  fillIntegers(batch, rows, seed, 80, 0);
  return [batch, batch.subarray(batchSize - lastBatch), batch];
}
