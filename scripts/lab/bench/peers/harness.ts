/** What the competitors' processes have in common. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIdx } from '../../../../core/ingest/idx.ts';
import type { LayerParameters } from '../../../../core/network/architecture.ts';
import { fanIn, fanOut, parametric } from '../../../../core/network/plan.ts';
import type { Labels } from '../../../../core/rows/training-rows.ts';
import { type PeerOptions, type PeerResult, type Score, TASK_FILE, type Task } from '../task.ts';

export function readCommand<Options = PeerOptions>(): { task: Task; options: Options } {
  const [folder = '', options = ''] = process.argv.slice(2);
  return { task: JSON.parse(readFileSync(join(folder, TASK_FILE), 'utf8')), options: JSON.parse(options) };
}

export function report(result: PeerResult): void {
  console.log(JSON.stringify(result));
}

export function readImages(
  { mnist }: Task,
  split: 'train' | 't10k',
): { pixels: Uint8Array; labels: Uint8Array } {
  const read = (file: string) => parseIdx(readFileSync(join(mnist, file)), file).data;
  return { pixels: read(`${split}-images-idx3-ubyte`), labels: read(`${split}-labels-idx1-ubyte`) };
}

/** Pixels as inputs: 0–255 → 0–1. */
export function scaled(pixels: Uint8Array): Float32Array {
  const inputs = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) inputs[i] = pixels[i]! * (1 / 255);
  return inputs;
}

export function readWeights({ weights, plan }: Task): LayerParameters[] {
  const { buffer, byteOffset, byteLength } = readFileSync(weights);
  const all = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  let at = 0;
  const take = (count: number) => {
    at += count;
    return all.subarray(at - count, at);
  };
  return parametric(plan).map((layer) => ({
    weights: take(fanIn(layer) * fanOut(layer)),
    bias: take(fanOut(layer)),
  }));
}

/** The samples of each step. */
export function readBatches({ batches, config: { batchSize } }: Task): Uint32Array[] {
  const { buffer, byteOffset, byteLength } = readFileSync(batches);
  const all = new Uint32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  return Array.from({ length: all.length / batchSize }, (_, step) =>
    all.subarray(step * batchSize, (step + 1) * batchSize),
  );
}

/** Seconds that `work` takes. */
export async function timed(work: () => void | Promise<void>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** One competitor's answers to the inference job: probabilities [rows, classes], row-major. */
export interface Predictor {
  /** @param image 784 bytes */
  single(image: Uint8Array): Float32Array | Promise<Float32Array>;
  /** The test images, brought to the competitor's own form beforehand. */
  batch(): Float32Array | Promise<Float32Array>;
  /** @param images bytes, row-major */
  batchFromBytes(images: Uint8Array): Float32Array | Promise<Float32Array>;
}

/** As many calls as asked for, or as fit into two seconds. */
async function callRepeatedly(most: number, call: (n: number) => unknown) {
  let calls = 0;
  const start = performance.now();
  let elapsed = 0;
  while (calls < most && elapsed < 2000) {
    await call(calls++);
    elapsed = performance.now() - start;
  }
  return { seconds: elapsed / 1e3, calls };
}

/** Seconds per call of each figure, after a tenth of the calls untimed; and the score. */
export async function measureInference(
  task: Task,
  predictor: Predictor,
): Promise<Pick<PeerResult, 'timings' | keyof Score>> {
  const { pixels, labels } = readImages(task, 't10k');
  const { inputs } = task.plan[0]!;
  const image = (n: number) =>
    pixels.subarray((n % labels.length) * inputs, ((n % labels.length) + 1) * inputs);
  const perCall = async (most: number, call: (n: number) => unknown): Promise<number> => {
    await callRepeatedly(Math.ceil(most / 10), call);
    const { seconds, calls } = await callRepeatedly(most, call);
    return seconds / calls;
  };
  const timings = {
    single: await perCall(task.calls.single, (n) => predictor.single(image(n))),
    hundred: await perCall(Math.ceil(task.calls.single / 10), (n) =>
      predictor.batchFromBytes(pixels.subarray((n % 100) * 100 * inputs, ((n % 100) + 1) * 100 * inputs)),
    ),
    batch: await perCall(task.calls.batch, () => predictor.batch()),
    batchFromBytes: await perCall(task.calls.batch, () => predictor.batchFromBytes(pixels)),
  };
  return { timings, ...scoreOf(await predictor.batch(), labels) };
}

/** The test images that the score is of. */
export function readScored(task: Task): { pixels: Uint8Array; labels: Uint8Array } {
  const { pixels, labels } = readImages(task, 't10k');
  return {
    pixels: pixels.subarray(0, task.scored * task.plan[0]!.inputs),
    labels: labels.subarray(0, task.scored),
  };
}

/** @param probabilities [rows, classes] */
export function scoreOf(probabilities: Float32Array, labels: Labels): Score {
  const classes = probabilities.length / labels.length;
  let loss = 0;
  let right = 0;
  labels.forEach((label, row) => {
    const row0 = row * classes;
    const own = probabilities[row0 + label]!;
    loss -= Math.log(Math.max(own, 1e-30));
    let best = 0;
    for (let k = 1; k < classes; k++) if (probabilities[row0 + k]! > probabilities[row0 + best]!) best = k;
    if (best === label) right++;
  });
  return { loss: loss / labels.length, accuracy: right / labels.length };
}
