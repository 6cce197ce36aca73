/** The reference against its definition: naive loops, one rounded operation after the other. */
import { describe, expect, it } from 'vitest';
import * as reference from '../../../core/kernels/reference.ts';
import { fillNormal } from '../../../core/random/streams.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';

const f = Math.fround;
let drawn = 0;
const normal = (length: number) => {
  const out = new Float32Array(length);
  fillNormal(out, 1, 7, 99, drawn++);
  return out;
};

/** Pixels of which about four of five are zero, with all-zero and all-dense rows among them. */
function sparsePixels(rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, (_, row) =>
    [...normal(columns)].map((value) => {
      if (row % 5 === 1) return 0;
      return row % 5 === 2 || value > 0.8 ? Math.abs(Math.round(value * 100)) % 256 || 1 : 0;
    }),
  );
}

const SIZES = [1, 3, 4, 5, 8, 31, 784];
const shapes = SIZES.flatMap((inputs) => [1, 3, 4, 5, 8, 10, 50].map((outputs) => ({ inputs, outputs })));

describe.each(shapes)('reference, $inputs inputs and $outputs outputs', ({ inputs, outputs }) => {
  const rows = 7;
  const pixels = sparsePixels(rows, inputs);
  const x = sparseFromPixels(pixels, inputs);
  const batch = Uint32Array.of(3, 0, 6, 2, 1, 2);
  const weights = normal(inputs * outputs);
  const bias = normal(outputs);
  const delta = normal(batch.length * outputs);
  const input = (n: number, i: number) => f(pixels[batch[n]!]![i]! / 255);

  it('sparseForward', () => {
    const z = new Float32Array(batch.length * outputs);
    reference.sparseForward(x, batch, weights, bias, z);
    for (let n = 0; n < batch.length; n++) {
      for (let j = 0; j < outputs; j++) {
        let sum = bias[j]!;
        for (let i = 0; i < inputs; i++) {
          if (input(n, i) !== 0) sum = f(sum + f(input(n, i) * weights[i * outputs + j]!));
        }
        expect(z[n * outputs + j]).toBe(sum);
      }
    }
  });

  it('sparseGradient', () => {
    const gradient = new Float32Array(inputs * outputs).fill(9);
    reference.sparseGradient(x, batch, delta, gradient);
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < outputs; j++) {
        let sum = 0;
        for (let n = 0; n < batch.length; n++) {
          if (input(n, i) !== 0) sum = f(sum + f(input(n, i) * delta[n * outputs + j]!));
        }
        expect(gradient[i * outputs + j]).toBe(sum);
      }
    }
  });

  it('denseForward, denseGradient, denseBackward and biasGradient', () => {
    const n = 3;
    const a = normal(n * inputs);
    const d = delta.subarray(0, n * outputs);
    const z = new Float32Array(n * outputs);
    const gradient = new Float32Array(inputs * outputs).fill(9);
    const previous = new Float32Array(n * inputs);
    const biasGradient = new Float32Array(outputs).fill(9);
    reference.denseForward(a, n, weights, bias, z, false);
    reference.denseGradient(a, n, d, gradient, false);
    reference.denseBackward(d, n, weights, previous);
    reference.biasGradient(d, n, biasGradient);
    for (let row = 0; row < n; row++) {
      for (let j = 0; j < outputs; j++) {
        let sum = bias[j]!;
        for (let i = 0; i < inputs; i++) sum = f(sum + f(a[row * inputs + i]! * weights[i * outputs + j]!));
        expect(z[row * outputs + j]).toBe(sum);
      }
      for (let i = 0; i < inputs; i++) {
        const lanes = [0, 0, 0, 0];
        for (let j = 0; j < outputs; j++) {
          lanes[j % 4] = f(lanes[j % 4]! + f(d[row * outputs + j]! * weights[i * outputs + j]!));
        }
        const [s0, s1, s2, s3] = lanes as [number, number, number, number];
        expect(previous[row * inputs + i]).toBe(f(f(s0 + s2) + f(s1 + s3)));
      }
    }
    for (let j = 0; j < outputs; j++) {
      let biasSum = 0;
      for (let row = 0; row < n; row++) biasSum = f(biasSum + d[row * outputs + j]!);
      expect(biasGradient[j]).toBe(biasSum);
      for (let i = 0; i < inputs; i++) {
        let sum = 0;
        for (let row = 0; row < n; row++) sum = f(sum + f(a[row * inputs + i]! * d[row * outputs + j]!));
        expect(gradient[i * outputs + j]).toBe(sum);
      }
    }
  });
});

describe('reference', () => {
  it('leaves out zero inputs when told, so that -0 stays -0 and 0 times infinity adds nothing', () => {
    const z = new Float32Array(2);
    const gradient = new Float32Array(2);
    const weights = Float32Array.of(1, Number.POSITIVE_INFINITY);
    reference.denseForward(Float32Array.of(0), 1, weights, Float32Array.of(-0, 1), z, true);
    reference.denseGradient(Float32Array.of(0), 1, Float32Array.of(1, Number.NaN), gradient, true);
    expect([...z]).toEqual([-0, 1]);
    expect([...gradient]).toEqual([0, 0]);
  });

  it('an empty batch leaves only the bias and empty gradients', () => {
    const x = sparseFromPixels([], 3);
    const gradient = new Float32Array(6).fill(1);
    reference.sparseForward(
      x,
      new Uint32Array(0),
      new Float32Array(6),
      new Float32Array(2),
      new Float32Array(0),
    );
    reference.sparseGradient(x, new Uint32Array(0), new Float32Array(0), gradient);
    expect([...gradient]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
