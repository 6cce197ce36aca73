/** Layers of pictures in float32 beside their definitions in float64, and their gradients beside central differences. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import { numericalGradient } from '../../../core/math/numerical-gradient.ts';
import { countParameters, type LayerPlan, outputsOf, planLayers } from '../../../core/network/plan.ts';
import { toSparse } from '../../../core/rows/input-rows.ts';
import { hasTargets } from '../../../core/rows/training-rows.ts';
import { relu, softmax } from '../../../core/textbook/activations.ts';
import {
  batchCrossEntropy,
  batchMeanSquaredError,
  softmaxCrossEntropy,
} from '../../../core/textbook/losses.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { toMatrix } from '../model/random-network.ts';
import { layersOf, type PicturesCase, pictureCases, picturesOf } from './random-pictures.ts';

interface Layer {
  weights: Float64Array;
  bias: Float64Array;
}
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const H = {
  sigmoid,
  relu: (z: number) => relu([z])[0]!,
  identity: (z: number) => z,
  step: (z: number) => (z > 0 ? 1 : 0),
};

/** One sample through the layers, as their definitions say. @returns the last layer's z, and how near a choice was */
function forward64(plan: readonly LayerPlan[], layers: readonly Layer[], x: Float64Array) {
  let values = x;
  let parameters = 0;
  // Where two values are as large, or a z is 0, float32 and float64 may choose differently.
  let margin = Number.POSITIVE_INFINITY;
  for (const layer of plan) {
    if (layer.kind === 'dropout') continue;
    const out = new Float64Array(layer.outputs);
    if (layer.kind === 'dense') {
      const { weights, bias } = layers[parameters++]!;
      out.forEach((_, j) => {
        out[j] = values.reduce((sum, value, i) => sum + value * weights[i * out.length + j]!, bias[j]!);
      });
    } else {
      const [height, width, channels] = layer.input;
      const filters = layer.output[2];
      const { places } = layer;
      const own = layer.kind === 'convolution' ? layers[parameters++]! : undefined;
      for (let at = 0; at < out.length; at++) {
        const f = at % filters;
        const column = Math.floor(at / filters) % places.columns;
        const row = Math.floor(at / filters / places.columns);
        const seen: number[] = [];
        let sum = own?.bias[f] ?? 0;
        for (let i = 0; i < places.height; i++) {
          for (let j = 0; j < places.width; j++) {
            const v = row * places.strideDown + i - places.top;
            const u = column * places.strideAcross + j - places.left;
            if (v < 0 || v >= height || u < 0 || u >= width) continue;
            for (let c = 0; c < channels; c++) {
              const value = values[(v * width + u) * channels + c]!;
              if (own !== undefined)
                sum += value * own.weights[((i * places.width + j) * channels + c) * filters + f]!;
              else if (c === f) seen.push(value);
            }
          }
        }
        if (layer.kind === 'maxPool') {
          const [first, second = Number.NEGATIVE_INFINITY] = seen.toSorted((a, b) => b - a);
          sum = first!;
          // Equal ones may both be 0, after ReLU, and then either choice is right.
          if (first !== second) margin = Math.min(margin, first! - second);
        }
        if (layer.kind === 'averagePool') sum = seen.reduce((a, b) => a + b, 0) / seen.length;
        out[at] = sum;
      }
    }
    values = out;
    if ((layer.kind !== 'dense' && layer.kind !== 'convolution') || layer.activation === undefined) continue;
    const { activation } = layer;
    if (activation === 'relu' || activation === 'step') {
      margin = Math.min(margin, ...values.map(Math.abs));
    }
    values = values.map((z) => H[activation](z));
  }
  return { z: values, margin };
}

const double = (values: Float32Array) => Float64Array.from(values);
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.hypot(...Array.from(a, (value, i) => value - b[i]!));

it('outputs, loss and gradients are float64 to float32 accuracy', () => {
  const cases = pictureCases.filter(
    // Differences are taken for each parameter.
    ({ batchSize, architecture }) => batchSize < 20 && countParameters(architecture.layers) < 2000,
  );
  fc.assert(
    fc.property(cases, (drawn) => {
      const rows = Math.min(drawn.rows, 3);
      const sample: PicturesCase = { ...drawn, rows, numbers: 'normal', scale: 0.5, isBytes: false };
      const { architecture } = sample;
      const layers = layersOf(architecture, 0.5, sample.seed);
      const data = picturesOf(sample);
      if (hasTargets(data)) throw new Error('labels are expected');
      const batch = Uint32Array.from({ length: data.x.rows }, (_, n) => n);
      const engine = referenceBackend.createEngine(architecture, layers);
      const plan = planLayers(architecture.layers, architecture.activation);
      const wide = layers.map(({ weights, bias }) => ({ weights: double(weights), bias: double(bias) }));
      const x = toMatrix(toSparse(data.x));
      const seen = Array.from(batch, (n) => forward64(plan, wide, x.row(n)));
      fc.pre(seen.every(({ margin }) => margin > 1e-3));

      const outputs = outputsOf(architecture.layers);
      const labels = data.labels as Uint32Array;
      const t = Matrix.of(
        Array.from(labels, (k) => Array.from({ length: outputs }, (_, j) => (j === k ? 1 : 0))),
      );
      const z = () => Matrix.of(Array.from(batch, (n) => forward64(plan, wide, x.row(n)).z));
      const isClassifier = architecture.loss === 'crossEntropy';
      const loss = () => (isClassifier ? softmaxCrossEntropy(z(), t) : batchMeanSquaredError(z(), t));
      const found = engine.gradients(data, batch);
      // The loss that is reported has the textbook's 1e-7 in its logarithm; its gradient leaves that out.
      const reported = isClassifier ? batchCrossEntropy(z().mapRows(softmax), t) : loss();
      expect(Math.abs(found.loss - reported)).toBeLessThan(1e-4 * (1 + reported));
      if (architecture.output === 'identity') {
        const y = seen.flatMap(({ z }) => [...z]);
        expect(distance(engine.forward(data.x, batch), y)).toBeLessThan(1e-5 * (1 + Math.hypot(...y)));
      }
      wide.forEach(({ weights, bias }, index) => {
        const { weights: g, bias: b } = found.gradients[index]!;
        const [gWide, bWide] = [numericalGradient(loss, weights, 1e-6), numericalGradient(loss, bias, 1e-6)];
        expect(distance(g, gWide)).toBeLessThan(2e-4 * (1 + Math.hypot(...gWide)));
        expect(distance(b, bWide)).toBeLessThan(2e-4 * (1 + Math.hypot(...bWide)));
      });
    }),
    { numRuns: 60 },
  );
});
