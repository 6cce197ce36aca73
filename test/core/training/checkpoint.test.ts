import { expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, tensorOf } from '../../../core/bytes/safetensors.ts';
import { IntegrityError } from '../../../core/errors.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';

const checkpoint = (): Checkpoint => ({
  step: 12,
  configHash: 'abc',
  loss: 0.1,
  architecture: { layers: [2, 3], activation: 'sigmoid', output: 'softmax', loss: 'crossEntropy' },
  layers: [{ weights: Float32Array.of(1, -2, 3, 4, 5, 6.5), bias: Float32Array.of(0, 1e-9, -1) }],
  optimizerState: new Map([['velocity', tensorOf(Float32Array.of(7), [1])]]),
});

type Parts = ReturnType<typeof decodeSafetensors>;
const withTensor = (name: string, values: Float32Array | Uint8Array, shape: number[]) => (parts: Parts) =>
  parts.tensors.set(name, tensorOf(values, shape));
const withMetadata = (key: string, value: string) => (parts: Parts) => parts.metadata.set(key, value);

it.each([0.1, null])('round-trips, with a loss of %j', (loss) => {
  expect(decodeCheckpoint(encodeCheckpoint({ ...checkpoint(), loss }))).toEqual({
    ...checkpoint(),
    loss,
    optimizerState: new Map([['velocity', { dtype: 'F32', shape: [1], data: expect.any(Uint8Array) }]]),
  });
});

it.each<[string, (parts: Parts) => unknown, RegExp]>([
  ['another format', withMetadata('format', 'x'), /format x/],
  ['a missing tensor', ({ tensors }) => tensors.delete('b1'), /b1: got none, expected \[3\]/],
  [
    'a misshapen tensor',
    withTensor('W1', new Float32Array(6), [3, 2]),
    /W1: got \[3, 2\], expected \[2, 3\]/,
  ],
  ['a weight that is NaN', withTensor('b1', Float32Array.of(0, Number.NaN, 0), [3]), /b1\[1\] is NaN/],
  ['integers as weights', withTensor('b1', new Uint8Array(3), [3]), /dtype U8/],
  ['no step', ({ metadata }) => metadata.delete('step'), /step is ""/],
  ['a fractional step', withMetadata('step', '1.5'), /step is "1.5"/],
  ['layers that are no sizes', withMetadata('layers', '[2,0]'), /layers \[2,0\]/],
  ['an unknown activation', withMetadata('activation', 'tanh'), /activation tanh/],
])('refuses %s', (_, change, message) => {
  const parts = decodeSafetensors(encodeCheckpoint(checkpoint()));
  change(parts);
  const bytes = encodeSafetensors(parts.tensors, parts.metadata);
  expect(() => decodeCheckpoint(bytes)).toThrow(IntegrityError);
  expect(() => decodeCheckpoint(bytes)).toThrow(message);
});
