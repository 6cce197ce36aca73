/** The part of TensorFlow.js in use; this project neither depends on the packages nor has their types. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

export interface Tensor {
  readonly shape: readonly number[];
  dispose(): void;
  dataSync(): Float32Array;
}

type Padding = 'same' | 'valid';

interface Optimizer {
  minimize(loss: () => Tensor, returnCost: false, variables: Tensor[]): void;
}

export interface Tfjs {
  version: { tfjs: string };
  setBackend(name: string): Promise<boolean>;
  env(): { getAsync(flag: string): Promise<unknown> };
  tidy<T>(work: () => T): T;
  variable(initial: Tensor): Tensor;
  tensor1d(values: Float32Array): Tensor;
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  tensor2d(values: Float32Array, shape: [number, number]): Tensor;
  reshape(a: Tensor, shape: readonly number[]): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor | number, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  matMul(a: Tensor, b: Tensor): Tensor;
  transpose(a: Tensor): Tensor;
  sum(a: Tensor, axis: number): Tensor;
  step(a: Tensor): Tensor;
  relu(a: Tensor): Tensor;
  sigmoid(a: Tensor): Tensor;
  softmax(a: Tensor): Tensor;
  conv2d(x: Tensor, filter: Tensor, strides: number, pad: Padding): Tensor;
  maxPool(x: Tensor, filterSize: [number, number], strides: [number, number], pad: Padding): Tensor;
  fused: {
    matMul(options: { a: Tensor; b: Tensor; bias: Tensor; activation: string }): Tensor;
    conv2d(options: {
      x: Tensor;
      filter: Tensor;
      strides: number;
      pad: Padding;
      bias: Tensor;
      activation: string;
    }): Tensor;
  };
  train: { sgd(learningRate: number): Optimizer };
  losses: { softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor };
}

interface WasmBackend {
  setWasmPaths(prefix: string): void;
  getThreadsCount(): number;
}

/** @throws Error when the packages aren't installed or the backend doesn't start */
export async function loadTfjs(
  backend: 'wasm' | 'cpu',
): Promise<{ tf: Tfjs; versions: Record<string, string> }> {
  const require = createRequire(import.meta.url);
  const tf: Tfjs = require('@tensorflow/tfjs');
  if (backend === 'cpu') {
    await tf.setBackend('cpu');
    return { tf, versions: { tfjs: tf.version.tfjs, backend } };
  }
  const wasm: WasmBackend = require('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  if (!(await tf.setBackend('wasm')))
    throw new Error('the WebAssembly backend of TensorFlow.js did not start');
  const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return {
    tf,
    versions: { tfjs: tf.version.tfjs, simd: String(hasSimd), threads: String(wasm.getThreadsCount()) },
  };
}
