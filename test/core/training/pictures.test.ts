/** Training of a network of pictures: the same bytes on each backend and however it is cut, and it learns. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TrainingDivergedError } from '../../../core/errors.ts';
import type { Backend } from '../../../core/kernels/engine.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import { WasmBackend } from '../../../core/kernels/wasm-backend.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { DEFAULT_CONFIG, type TrainingConfig } from '../../../core/training/config.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import { startedThreads } from '../../support/threads.ts';

const SIDE = 8;
/** Bars that lie or stand, each in any of the places, with two channels of which the second is noise. */
function bars(rows: number) {
  const pixels = new Uint8Array(rows * SIDE * SIDE * 2);
  const labels = Uint8Array.from({ length: rows }, (_, n) => n % 2);
  for (let n = 0; n < rows; n++) {
    for (let p = 0; p < SIDE * SIDE; p++) {
      const line = labels[n] === 0 ? Math.floor(p / SIDE) : p % SIDE;
      const at = (n * SIDE * SIDE + p) * 2;
      pixels[at] = line === (n >> 1) % SIDE ? 255 : 0;
      pixels[at + 1] = (n * 37 + p * 101) % 251;
    }
  }
  return { x: { rows, columns: SIDE * SIDE * 2, pixels }, labels };
}

const CONFIG: TrainingConfig = {
  ...DEFAULT_CONFIG,
  layers: [
    [SIDE, SIDE, 2],
    { conv: 5, kernel: 3, padding: 'same' },
    { maxPool: 2 },
    { conv: 6, kernel: [2, 3], stride: [1, 2], activation: 'identity' },
    { averagePool: [2, 1], stride: 1 },
    { dropout: 0.3 },
    9,
    2,
  ],
  activation: 'relu',
  weightInit: { kind: 'he' },
  optimizer: 'adam',
  learningRate: 0.01,
  batchSize: 7,
  seed: 11,
};

function trained(backend: Backend, cuts: readonly number[]): Uint8Array {
  let bytes: Uint8Array | undefined;
  for (const step of cuts) {
    const from = bytes === undefined ? undefined : decodeCheckpoint(bytes);
    const trainer = new Trainer(CONFIG, bars(40), from, backend);
    trainer.advance(step);
    bytes = encodeCheckpoint(trainer.checkpoint('x'));
  }
  return bytes!;
}
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a network of pictures', () => {
  const whole = trained(new WasmBackend(), [12]);

  it('ends with the same bytes on every backend and number of threads, and as before', async () => {
    expect(trained(referenceBackend, [12])).toEqual(whole);
    expect(trained(await startedThreads(2), [12])).toEqual(whole);
    expect(sha256(whole)).toBe('fbcd888f0a5fbc5ccea162bf35d80b4d0378175bd9c86db56c714369c11615c9');
  });

  it('ends with the same bytes when it is cut, saved and loaded', () => {
    expect(trained(new WasmBackend(), [1, 5, 12])).toEqual(whole);
  });

  it('draws what dropout leaves out anew in each step, from the seed', () => {
    const lossAt = (config: TrainingConfig) => {
      const trainer = new Trainer({ ...config, learningRate: 0 }, bars(7), undefined, new WasmBackend());
      return [1, 2, 3].map((step) => {
        trainer.advance(step);
        return trainer.loss!;
      });
    };
    const whole = { ...CONFIG, batchSize: 7, sampling: 'shuffle' as const };
    // Each batch is all rows, in another order, so that only dropout tells steps apart.
    const [a, b, c] = lossAt(whole) as [number, number, number];
    expect(Math.abs(a - b)).toBeGreaterThan(1e-3);
    expect(Math.abs(b - c)).toBeGreaterThan(1e-3);
    const without = lossAt({
      ...whole,
      layers: CONFIG.layers.filter((l) => !(typeof l === 'object' && 'dropout' in l)),
    });
    expect(Math.abs(without[0]! - without[1]!)).toBeLessThan(1e-5);
  });

  it('keeps its layers and the shapes of its weights in checkpoints', () => {
    const checkpoint = decodeCheckpoint(whole);
    expect(checkpoint.architecture.layers).toEqual(CONFIG.layers);
    expect(checkpoint.layers.map(({ weights, bias }) => [weights.length, bias.length])).toEqual([
      [3 * 3 * 2 * 5, 5],
      [2 * 3 * 5 * 6, 6],
      [2 * 1 * 6 * 9, 9],
      [9 * 2, 2],
    ]);
    const text = new TextDecoder().decode(whole.subarray(0, 2000));
    expect(text).toContain('"W1":{"dtype":"F32","shape":[3,3,2,5]');
    expect(text).toContain('"m.W2":{"dtype":"F32","shape":[2,3,5,6]');
  });

  it('learns what a picture shows, wherever it stands', () => {
    const data = bars(80);
    const trainer = new Trainer({ ...CONFIG, batchSize: 20 }, data, undefined, new WasmBackend());
    expect(trainer.network.accuracy(data)).toBeLessThan(0.8);
    trainer.advance(200);
    expect(trainer.network.accuracy(data)).toBeGreaterThan(0.97);
  });

  it('says at which step it diverges', () => {
    const config = { ...CONFIG, optimizer: 'sgd' as const, learningRate: 1e30 };
    const trainer = new Trainer(config, bars(20), undefined, new WasmBackend());
    expect(() => trainer.advance(20)).toThrow(TrainingDivergedError);
  });
});
