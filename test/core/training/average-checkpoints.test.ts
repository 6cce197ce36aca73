import fc from 'fast-check';
import { expect, it } from 'vitest';
import { float32Of, tensorOf } from '../../../core/bytes/safetensors.ts';
import { IntegrityError } from '../../../core/errors.ts';
import { fillNormal } from '../../../core/random/streams.ts';
import { averageCheckpoints } from '../../../core/training/average-checkpoints.ts';
import { type Checkpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';

function normal(length: number, seed: number, stream: number, std = 1): Float32Array {
  const out = new Float32Array(length);
  fillNormal(out, std, seed, 96, stream);
  return out;
}

/** A checkpoint whose numbers are the seed's. */
const checkpoint = (seed: number, more: Partial<Checkpoint> = {}): Checkpoint => ({
  step: 12,
  configHash: 'abc',
  loss: normal(1, seed, 0)[0]!,
  architecture: { layers: [3, 2], activation: 'sigmoid', output: 'softmax', loss: 'crossEntropy' },
  layers: [{ weights: normal(6, seed, 1, 10 ** (seed % 7)), bias: normal(2, seed, 2) }],
  optimizerState: new Map([
    ['v.W1', tensorOf(normal(6, seed, 3), [3, 2])],
    ['v.b1', tensorOf(normal(2, seed, 4), [2])],
  ]),
  ...more,
});
const encoded = (parts: Checkpoint[], weights: number[]) =>
  encodeCheckpoint(averageCheckpoints(parts, weights));
const numbersOf = ({ layers, optimizerState }: Checkpoint): number[] => [
  ...layers.flatMap(({ weights, bias }) => [...weights, ...bias]),
  ...Array.from(optimizerState, ([name, tensor]) => [...float32Of(name, tensor)]).flat(),
];

const samples = fc.integer({ min: 1, max: 100_000 });

it('of one part is that part, byte for byte, zeros with a sign and all', () => {
  const signed = checkpoint(1, { layers: [{ weights: normal(6, 1, 1), bias: Float32Array.of(-0, 0) }] });
  for (const part of [signed, checkpoint(2, { loss: null })]) {
    expect(encoded([part], [7])).toEqual(encodeCheckpoint(part));
    expect(encoded([checkpoint(3), part, checkpoint(4)], [0, 7, 0])).toEqual(encodeCheckpoint(part));
  }
});

it('is the mean weighted by samples, of weights, biases, state and loss, rounded once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), samples), { minLength: 2, maxLength: 8 }), (drawn) => {
      const parts = drawn.map(([seed]) => checkpoint(seed));
      const weights = drawn.map(([, weight]) => weight);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const numbers = parts.map(numbersOf);
      const mean = averageCheckpoints(parts, weights);
      expect(parts).toEqual(drawn.map(([seed]) => checkpoint(seed)));
      numbersOf(mean).forEach((value, at) => {
        const sum = numbers.reduce((before, values, i) => before + values[at]! * weights[i]!, 0);
        expect(value).toBe(Math.fround(sum / total));
      });
      const loss = parts.reduce((before, part, i) => before + part.loss! * weights[i]!, 0) / total;
      expect(mean.loss).toBe(loss);
      expect({ step: mean.step, configHash: mean.configHash }).toEqual({ step: 12, configHash: 'abc' });
    }),
  );
});

it('has no loss where a part has none', () => {
  expect(averageCheckpoints([checkpoint(1), checkpoint(2, { loss: null })], [1, 1]).loss).toBeNull();
});

it.each<[number[], string]>([
  [[1], 'weights: got 1, expected one for each of the 2 parts'],
  [[1, -1], 'weights[1]: got -1, expected a whole number of samples from 0'],
  [[0.5, 1], 'weights[0]: got 0.5, expected a whole number of samples from 0'],
  [[0, 0], 'weights: got no samples, expected some'],
])('refuses weights %j', (weights, message) => {
  expect(() => averageCheckpoints([checkpoint(1), checkpoint(2)], weights)).toThrow(new RangeError(message));
});

it.each<[string, Partial<Checkpoint>, string]>([
  ['another step', { step: 13 }, 'parts[1]: got step 13, expected 12 as in the others'],
  ['another run', { configHash: 'x' }, 'parts[1]: got configHash x, expected abc as in the others'],
  [
    'another activation',
    { architecture: { ...checkpoint(1).architecture, activation: 'relu' } },
    'parts[1]: got architecture {"layers":[3,2],"activation":"relu"',
  ],
  [
    'other shapes',
    { layers: [{ weights: new Float32Array(4), bias: new Float32Array(2) }] },
    'parts[1]: got layers 4/2, expected 6/2 as in the others',
  ],
  [
    'no optimizer state',
    { optimizerState: new Map() },
    'parts[1]: got optimizer state none, expected v.W1 F32',
  ],
])('refuses parts of %s, even where their weight is 0', (_what, more, message) => {
  for (const weight of [0, 5]) {
    const average = () => averageCheckpoints([checkpoint(1), checkpoint(2, more)], [5, weight]);
    expect(average).toThrow(IntegrityError);
    expect(average).toThrow(message);
  }
});
