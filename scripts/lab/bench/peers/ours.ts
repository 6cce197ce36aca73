/** Ours: the WebAssembly kernels on some threads, or the reference in plain TypeScript. */
import type { Backend } from '../../../../core/kernels/engine.ts';
import { referenceBackend } from '../../../../core/kernels/reference-engine.ts';
import { Network } from '../../../../core/model/network.ts';
import type { InputRows, PixelRows } from '../../../../core/rows/input-rows.ts';
import { Trainer } from '../../../../core/training/trainer.ts';
import { PLAIN_VECTORS, widestVectors } from '../../../../functions/kernels/wide-vectors.ts';
import { readMnistRows } from '../../../support/mnist-rows.ts';
import { startedKernels } from '../../../support/started-kernels.ts';
import type { PeerOptions, PeerResult, Task } from '../task.ts';
import { measureInference, readCommand, readWeights, report, scoreOf, timed } from './harness.ts';

const { task, options } = readCommand();
const vectors = options.variant === 'plain' ? PLAIN_VECTORS : widestVectors(options.threads);
const backend =
  options.variant === 'reference' ? referenceBackend : await startedKernels(options.threads, vectors);
const result = task.kind === 'training' ? await train(task, options, backend) : await infer(task, backend);
report({
  ...result,
  versions: { node: process.version, v8: process.versions.v8, vectors: `${vectors.bits} bits` },
});

/** Drawing the batches is in the timed part: it is part of a step. */
async function train(
  { config: given, warmup, mnist, scored }: Task,
  { steps, seed = given.seed }: PeerOptions,
  kernels: Backend,
): Promise<Omit<PeerResult, 'versions'>> {
  const rows = readMnistRows(mnist);
  const config = { ...given, seed };
  // Placed by the first trainer, before the timed one.
  new Trainer(config, rows.train, undefined, kernels).advance(Math.min(warmup, steps));
  const trainer = new Trainer(config, rows.train, undefined, kernels);
  const training = await timed(() => trainer.advance(steps));
  const { x, labels } = rows.test;
  const probabilities = trainer.network.forward(x, firstRows(scored));
  return { timings: { training }, ...scoreOf(probabilities, labels.slice(0, scored)) };
}

async function infer(job: Task, kernels: Backend): Promise<Omit<PeerResult, 'versions'>> {
  const { layers, activation, output, loss } = job.config;
  const network = new Network({ layers, activation, output, loss }, readWeights(job), kernels);
  const test = readMnistRows(job.mnist).test.x;
  kernels.place(test);
  const columns = test.columns;
  const rowsOf = (pixels: Uint8Array): PixelRows => ({ rows: pixels.length / columns, columns, pixels });
  const first = Uint32Array.of(0);
  return measureInference(job, {
    single: (image) => network.forward(rowsOf(image), first),
    batch: () => all(network, test),
    batchFromBytes: (images) => all(network, rowsOf(images)),
  });
}

function all(network: Network, x: InputRows): Float32Array {
  return network.forward(x, firstRows(x.rows));
}

function firstRows(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row);
}
