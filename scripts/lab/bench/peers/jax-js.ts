/** jax-js: what a user would write, a compiled step by its own gradients, on its WebAssembly backend. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { LayerParameters } from '../../../../core/network/architecture.ts';
import {
  measureInference,
  readBatches,
  readCommand,
  readImages,
  readScored,
  readWeights,
  report,
  scaled,
  scoreOf,
  timed,
} from './harness.ts';

/** The part of the package in use; this project neither depends on it nor has its types. Operations use their operands up. */
interface Tensor {
  ref: Tensor;
  add(other: Tensor): Tensor;
  sub(other: Tensor): Tensor;
  mul(other: Tensor | number): Tensor;
  reshape(shape: number[]): Tensor;
  sum(axis?: number): Tensor;
  data(): Promise<Float32Array>;
  dispose(): void;
}
interface Jax {
  init(device: 'wasm'): Promise<unknown>;
  defaultDevice(device: 'wasm'): void;
  numpy: { array(values: Float32Array): Tensor; dot(a: Tensor, b: Tensor): Tensor };
  nn: Record<'relu' | 'sigmoid' | 'logSoftmax' | 'softmax', (z: Tensor) => Tensor>;
  tree: { ref(tensors: Tensor[]): Tensor[] };
  grad(
    loss: (parameters: Tensor[], x: Tensor, target: Tensor) => Tensor,
  ): (...values: [Tensor[], Tensor, Tensor]) => Tensor[];
  jit<Values extends unknown[], Result>(work: (...values: Values) => Result): (...values: Values) => Result;
}

const require = createRequire(import.meta.url);
const jax: Jax = require('@jax-js/jax');
// The package lets nobody ask for its description by name.
const { version } = require(join(dirname(require.resolve('@jax-js/jax')), '../package.json')) as {
  version: string;
};
await jax.init('wasm');
jax.defaultDevice('wasm');
const { task, options } = readCommand();
const { config } = task;
const { inputs } = task.plan[0]!;
const classes = task.plan.at(-1)!.outputs;
const activate = jax.nn[config.activation === 'relu' ? 'relu' : 'sigmoid'];
const versions = { 'jax-js': version, node: process.version };

if (task.kind === 'inference') await infer();
else await train();

function tensor(values: Float32Array, shape: number[]): Tensor {
  return jax.numpy.array(values).reshape(shape);
}

function parametersOf(layers: readonly LayerParameters[]): Tensor[] {
  return layers.flatMap(({ weights, bias }) => [
    tensor(weights, [weights.length / bias.length, bias.length]),
    tensor(bias, [bias.length]),
  ]);
}

/** The last layer's sums. */
function logits(parameters: readonly Tensor[], x: Tensor): Tensor {
  let a = x;
  for (let k = 0; k < parameters.length; k += 2) {
    const z = jax.numpy.dot(a, parameters[k]!).add(parameters[k + 1]!);
    a = k + 2 < parameters.length ? activate(z) : z;
  }
  return a;
}

async function train(): Promise<void> {
  const loss = (parameters: Tensor[], x: Tensor, target: Tensor) =>
    jax.nn
      .logSoftmax(logits(parameters, x))
      .mul(target)
      .sum()
      .mul(-1 / config.batchSize);
  const step = jax.jit((parameters: Tensor[], x: Tensor, target: Tensor) => {
    const gradients = jax.grad(loss)(jax.tree.ref(parameters), x, target);
    return parameters.map((parameter, k) => parameter.sub(gradients[k]!.mul(config.learningRate)));
  });
  const { pixels, labels } = readImages(task, 'train');
  const images = scaled(pixels);
  const batches = readBatches(task);
  const advance = async (from: Tensor[], steps: number): Promise<Tensor[]> => {
    let parameters = from;
    for (const batch of batches.slice(0, steps)) {
      const x = new Float32Array(batch.length * inputs);
      const target = new Float32Array(batch.length * classes);
      batch.forEach((row, n) => {
        x.set(images.subarray(row * inputs, (row + 1) * inputs), n * inputs);
        target[n * classes + labels[row]!] = 1;
      });
      parameters = step(
        parameters,
        tensor(x, [batch.length, inputs]),
        tensor(target, [batch.length, classes]),
      );
    }
    // Reading waits for all that is still to be computed.
    await parameters[0]!.ref.data();
    return parameters;
  };
  await advance(parametersOf(readWeights(task)), Math.min(task.warmup, options.steps));
  let parameters = parametersOf(readWeights(task));
  const training = await timed(async () => {
    parameters = await advance(parameters, options.steps);
  });
  const test = readScored(task);
  const y = jax.nn.softmax(logits(parameters, tensor(scaled(test.pixels), [test.labels.length, inputs])));
  report({ timings: { training }, ...scoreOf(await y.data(), test.labels), versions });
}

async function infer(): Promise<void> {
  const parameters = parametersOf(readWeights(task));
  const forward = jax.jit((own: Tensor[], x: Tensor) => jax.nn.softmax(logits(own, x)));
  const answer = (x: Tensor) => forward(jax.tree.ref(parameters), x).data();
  const fromBytes = (images: Uint8Array) => answer(tensor(scaled(images), [images.length / inputs, inputs]));
  const placed = tensor(scaled(readImages(task, 't10k').pixels), [10_000, inputs]);
  const result = await measureInference(task, {
    single: fromBytes,
    batch: () => answer(placed.ref),
    batchFromBytes: fromBytes,
  });
  report({ ...result, versions });
}
