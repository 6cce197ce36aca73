/**
 * TensorFlow.js on its WebAssembly backend (SIMD; it starts no threads in Node), with these variants of the training step:
 *
 * - "autograd": as its guides have it, optimizer.minimize over a loss;
 * - "by hand": the gradient written out with the operations that measured fastest: matmul, bias and activation fused;
 *   explicit transposition, because a transposing matmul takes ten times as long; the learning rate folded into the
 *   output's delta.
 *
 * - "cpu": as the first, on its backend in JavaScript, as that in WebAssembly has no gradients of convolutions.
 *
 * All gather the batch in JavaScript, which takes a twentieth of the time of tf.gather.
 */
import { parametric } from '../../../../core/network/plan.ts';
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
import { loadTfjs } from './tfjs-api.ts';
import { autogradStep, forward, type Layer, type Step, stepByHand } from './tfjs-steps.ts';

const { task, options } = readCommand();
const { config } = task;
const { plan } = task;
const { tf, versions } = await loadTfjs(options.variant === 'cpu' ? 'cpu' : 'wasm');
const { inputs } = plan[0]!;
const classes = plan.at(-1)!.outputs;
/** A batch's rows, one after the other; the backend copies them. */
const xBatch = new Float32Array(config.batchSize * inputs);

if (task.kind === 'inference') await infer();
else await train((options.variant === 'by hand' ? stepByHand : autogradStep)(tf, config, plan));

async function train(step: Step): Promise<void> {
  const { pixels, labels } = readImages(task, 'train');
  const images = scaled(pixels);
  const batches = readBatches(task);
  const advance = (from: Layer[], steps: number): Layer[] => {
    let layers = from;
    for (const batch of batches.slice(0, steps)) {
      const { x, target } = gather(images, labels, batch);
      layers = tf.tidy(() =>
        step(layers, tf.tensor2d(x, [batch.length, inputs]), tf.tensor2d(target, [batch.length, classes])),
      );
    }
    // Reading waits for all that is still to be computed.
    layers[0]!.weights.dataSync();
    return layers;
  };
  advance(initialLayers(), Math.min(task.warmup, options.steps));
  let layers = initialLayers();
  const training = await timed(() => {
    layers = advance(layers, options.steps);
  });
  const test = readScored(task);
  const probabilities = probabilitiesOf(layers, scaled(test.pixels));
  report({ timings: { training }, ...scoreOf(probabilities, test.labels), versions });
}

function gather(images: Float32Array, labels: Uint8Array, batch: Uint32Array) {
  const target = new Float32Array(batch.length * classes);
  batch.forEach((row, n) => {
    xBatch.set(images.subarray(row * inputs, (row + 1) * inputs), n * inputs);
    target[n * classes + labels[row]!] = 1;
  });
  return { x: xBatch, target };
}

async function infer(): Promise<void> {
  const layers = initialLayers();
  const placed = tf.tensor2d(scaled(readImages(task, 't10k').pixels), [10_000, inputs]);
  const result = await measureInference(task, {
    single: (image) => probabilitiesOf(layers, scaled(image)),
    batch: () => tf.tidy(() => forward(tf, config, plan, layers, placed).at(-1)!.dataSync()),
    batchFromBytes: (images) => probabilitiesOf(layers, scaled(images)),
  });
  report({ ...result, versions });
}

function probabilitiesOf(layers: Layer[], images: Float32Array): Float32Array {
  return tf.tidy(() => {
    const x = tf.tensor2d(images, [images.length / inputs, inputs]);
    return forward(tf, config, plan, layers, x).at(-1)!.dataSync();
  });
}

function initialLayers(): Layer[] {
  const shapes = parametric(plan);
  return readWeights(task).map(({ weights, bias }, index) => ({
    weights: tf.variable(tf.tensor(weights, shapes[index]!.tensor)),
    bias: tf.variable(tf.tensor1d(bias)),
  }));
}
