/** ONNX Runtime, where it is installed, and what tests compare its answers by. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ONNX_NAMES } from '../../../core/exchange/onnx.ts';
import { needs } from '../../support/needs.ts';

/** The part of its interface that both of its packages for JavaScript share. */
interface OnnxRuntime {
  InferenceSession: {
    create(model: Uint8Array): Promise<{
      run(
        feeds: Record<string, unknown>,
      ): Promise<Record<string, { dims: readonly number[]; data: Float32Array }>>;
    }>;
  };
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown;
}

const ROOT = join(import.meta.dirname, '../../..');

/** The project's own tool, or the native one that the benchmarks are compared with. */
function findRuntime(): string | undefined {
  for (const [name, folder] of [
    ['onnxruntime-web', ROOT],
    ['onnxruntime-node', join(ROOT, 'scripts/lab/bench')],
  ] as const) {
    try {
      return createRequire(join(folder, 'package.json')).resolve(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

const runtimePath = findRuntime();

export const needsRuntime = needs(runtimePath !== undefined, 'no onnxruntime-web: npm run check installs it');

/** @returns what a model gives for `rows` rows, [rows, outputs] */
export async function runOnnx(model: Uint8Array, x: Float32Array, rows: number): Promise<Float32Array> {
  const { InferenceSession, Tensor } = (await import(runtimePath!)) as OnnxRuntime;
  const session = await InferenceSession.create(model);
  const answer = await session.run({
    [ONNX_NAMES.input]: new Tensor('float32', x, [rows, x.length / rows]),
  });
  const y = answer[ONNX_NAMES.output]!;
  expect(y.dims).toEqual([rows, y.data.length / rows]);
  return y.data;
}

export const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0);

/** Whole numbers from 0 to below `end`, without a pattern (a linear congruential generator's upper bits). */
export function noise(count: number, end: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    return (state >>> 16) % end;
  });
}
