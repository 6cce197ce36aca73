/** The textbook's own numbers. */
import { describe, expect, it } from 'vitest';
import { sparseForward } from '../../../core/kernels/reference.ts';
import { Network } from '../../../core/model/network.ts';
import { identity, relu, sigmoid, step } from '../../../core/network/activations.ts';
import { softmaxRows } from '../../../core/network/outputs.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { regression } from '../architectures.ts';

const softmax = (values: number[]) => {
  const row = Float32Array.from(values);
  softmaxRows(row, 1, row.length);
  return [...row];
};

describe('activations', () => {
  it('step, sigmoid, ReLU and identity', () => {
    expect([-1, 1, 2].map(step)).toEqual([0, 1, 1]);
    [-1, 1, 2].map(sigmoid).forEach((value, index) => {
      expect(value).toBeCloseTo([0.26894142, 0.73105858, 0.88079708][index]!, 6);
    });
    expect([-3, 0, 2].map(relu)).toEqual([0, 0, 2]);
    expect([-3, 2].map(identity)).toEqual([-3, 2]);
  });
});

describe('softmax', () => {
  it("of the textbook's scores", () => {
    softmax([0.3, 2.9, 4.0]).forEach((value, index) => {
      expect(value).toBeCloseTo([0.01821127, 0.24519181, 0.73659691][index]!, 6);
    });
  });

  it('is stable for scores the textbook overflows with, and up to ±1e4', () => {
    softmax([1010, 1000, 990]).forEach((value, index) => {
      expect(value).toBeCloseTo([0.9999546, 4.53978686e-5, 2.06106005e-9][index]!, 6);
    });
    expect(softmax([1e4, -1e4])).toEqual([1, 0]);
    expect(softmax([-1e4, -1e4])).toEqual([0.5, 0.5]);
  });
});

describe('the three-layer example', () => {
  it('A1 and Z1', () => {
    // Pixels of 255·x are the inputs x.
    const x = sparseFromPixels([[255, 127.5]], 2);
    const z = new Float32Array(3);
    const weights = Float32Array.of(0.1, 0.3, 0.5, 0.2, 0.4, 0.6);
    sparseForward(x, Uint32Array.of(0), weights, Float32Array.of(0.1, 0.2, 0.3), z);
    [0.3, 0.7, 1.1].forEach((value, j) => {
      expect(z[j]).toBeCloseTo(value, 6);
    });
    [0.57444252, 0.66818777, 0.75026011].forEach((value, j) => {
      expect(sigmoid(z[j]!)).toBeCloseTo(value, 6);
    });
  });

  it('its output', () => {
    const network = new Network(regression([2, 3, 2, 2]), [
      { weights: Float32Array.of(0.1, 0.3, 0.5, 0.2, 0.4, 0.6), bias: Float32Array.of(0.1, 0.2, 0.3) },
      { weights: Float32Array.of(0.1, 0.4, 0.2, 0.5, 0.3, 0.6), bias: Float32Array.of(0.1, 0.2) },
      { weights: Float32Array.of(0.1, 0.3, 0.2, 0.4), bias: Float32Array.of(0.1, 0.2) },
    ]);
    const y = network.forward(sparseFromPixels([[255, 127.5]], 2), Uint32Array.of(0));
    expect(y[0]).toBeCloseTo(0.31682708, 6);
    expect(y[1]).toBeCloseTo(0.69627909, 6);
  });
});
