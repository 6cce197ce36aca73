/** Arbitrary networks and batches for property tests; every number is a pure function of the seed drawn. */
import fc from 'fast-check';
import type { LabelledRows } from '../../../core/model/network.ts';
import {
  ACTIVATIONS,
  type ActivationName,
  type Architecture,
  type LayerParameters,
  type LossName,
  type OutputName,
} from '../../../core/network/architecture.ts';
import { fillIntegers, fillNormal } from '../../../core/random/streams.ts';
import { type SparseRows, sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';

export const ACTIVATION_NAMES: readonly ActivationName[] = ACTIVATIONS;
export const OUTPUT_PAIRS: readonly [OutputName, LossName][] = [
  ['softmax', 'crossEntropy'],
  ['identity', 'meanSquaredError'],
];
/** Every activation with both outputs. */
export const KINDS = ACTIVATION_NAMES.flatMap((activation) =>
  OUTPUT_PAIRS.map(([output, loss]) => [activation, output, loss] as const),
);

export interface RandomCase {
  architecture: Architecture;
  layers: LayerParameters[];
  data: LabelledRows;
  /** data.x as a matrix. */
  x: Matrix;
  /** Real numbers to learn instead of data.labels, of standard deviation 2. */
  targets: Float32Array;
}

/** Purposes of the streams here, none of the library's. */
const BIAS = 201;
const WEIGHTS = 202;
const PIXELS = 203;
const LABELS = 204;
const TARGETS = 205;

/**
 * @param maxSize most units of a layer
 * @returns networks of 1 to 4 layers with weights of standard deviation 1/√inputs and biases of ½, and batches of 1
 * to `maxRows` samples, half of whose pixels are 0
 */
export function randomCase(
  kind: (typeof KINDS)[number],
  maxSize: number,
  maxRows: number,
): fc.Arbitrary<RandomCase> {
  const [activation, output, loss] = kind;
  return fc
    .record({
      sizes: fc.array(fc.integer({ min: 1, max: maxSize }), { minLength: 2, maxLength: 5 }),
      rows: fc.integer({ min: 1, max: maxRows }),
      seed: fc.integer({ min: 0, max: 0xffff_ffff }),
    })
    .map(({ sizes, rows, seed }) => {
      const layers = sizes.slice(1).map((outputs, index) => {
        const weights = new Float32Array(sizes[index]! * outputs);
        const bias = new Float32Array(outputs);
        fillNormal(weights, 1 / Math.sqrt(sizes[index]!), seed, WEIGHTS, index);
        fillNormal(bias, 0.5, seed, BIAS, index);
        return { weights, bias };
      });
      const draws = new Uint32Array(rows * sizes[0]!);
      fillIntegers(draws, 512, seed, PIXELS, 0);
      const labels = new Uint32Array(rows);
      fillIntegers(labels, sizes.at(-1)!, seed, LABELS, 0);
      const targets = new Float32Array(rows * sizes.at(-1)!);
      fillNormal(targets, 2, seed, TARGETS, 0);
      const x = sparseFromPixels([Array.from(draws, (draw) => Math.max(0, draw - 256))], sizes[0]!);
      return {
        architecture: { layers: sizes, activation, output, loss },
        layers,
        data: { x, labels: Uint8Array.from(labels) },
        x: toMatrix(x),
        targets,
      };
    });
}

/** The rows of `x` as a float64 matrix. */
export function toMatrix(x: SparseRows): Matrix {
  const matrix = new Matrix(x.rows, x.columns);
  for (let n = 0; n < x.rows; n++) {
    for (let k = x.pointers[n]!; k < x.pointers[n + 1]!; k++) matrix.row(n)[x.indices[k]!] = x.values[k]!;
  }
  return matrix;
}
