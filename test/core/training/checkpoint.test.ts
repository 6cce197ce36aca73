import { describe, expect, it } from 'vitest';
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

/** The checkpoint's bytes with tensors or metadata changed. */
function changed(change: (parts: ReturnType<typeof decodeSafetensors>) => void): Uint8Array {
  const parts = decodeSafetensors(encodeCheckpoint(checkpoint()));
  change(parts);
  return encodeSafetensors(parts.tensors, parts.metadata);
}

describe('checkpoint', () => {
  it('round-trips', () => {
    const decoded = decodeCheckpoint(encodeCheckpoint(checkpoint()));
    expect(decoded).toEqual({
      ...checkpoint(),
      optimizerState: new Map([['velocity', { dtype: 'F32', shape: [1], data: expect.any(Uint8Array) }]]),
    });
  });

  it('round-trips a loss of null', () => {
    expect(decodeCheckpoint(encodeCheckpoint({ ...checkpoint(), loss: null })).loss).toBeNull();
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['another format', changed(({ metadata }) => metadata.set('format', 'x')), /format x/],
    ['a missing tensor', changed(({ tensors }) => tensors.delete('b1')), /no tensor b1/],
    [
      'a misshapen tensor',
      changed(({ tensors }) => tensors.set('W1', tensorOf(new Float32Array(6), [3, 2]))),
      /W1 is \[3, 2\]/,
    ],
    [
      'a weight that is NaN',
      changed(({ tensors }) => tensors.set('b1', tensorOf(Float32Array.of(0, Number.NaN, 0), [3]))),
      /b1\[1\] is NaN/,
    ],
    [
      'integers as weights',
      changed(({ tensors }) => tensors.set('b1', tensorOf(new Uint8Array(3), [3]))),
      /dtype U8/,
    ],
    ['no step', changed(({ metadata }) => metadata.delete('step')), /step is ""/],
    ['a fractional step', changed(({ metadata }) => metadata.set('step', '1.5')), /step is "1.5"/],
    [
      'layers that are no sizes',
      changed(({ metadata }) => metadata.set('layers', '[2,0]')),
      /layers \[2,0\]/,
    ],
    [
      'an unknown activation',
      changed(({ metadata }) => metadata.set('activation', 'tanh')),
      /activation tanh/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeCheckpoint(bytes)).toThrow(IntegrityError);
    expect(() => decodeCheckpoint(bytes)).toThrow(message);
  });
});
