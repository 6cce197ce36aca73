/** How a network does on a test set: of a classification confusions and the worst mistakes, of a regression errors. */
import type { z } from 'zod';
import { argmax, type Network } from '../../core/model/network.ts';
import { isPixelRows } from '../../core/rows/input-rows.ts';
import { hasTargets, type LabelledRows, type TargetRows } from '../../core/rows/training-rows.ts';
import { Evaluator, meanCost } from '../../core/training/evaluation.ts';
import type { Dataset } from '../dataset/load.ts';
import { classNamesOf } from '../dataset/manifest.ts';
import { costsOf, inOwnUnits, targetScalesOf } from '../run/evaluate.ts';
import type { DatasetManifest } from '../schemas/dataset.ts';
import type { evaluation, regressionEvaluation } from './answer-schemas.ts';

export interface ModelEvaluation {
  /** null for a regression. */
  evaluation: z.output<typeof evaluation> | null;
  /** null for a classification. */
  regression: z.output<typeof regressionEvaluation> | null;
}

/** With how far the output of the predicted class is above that of the label. */
type Mistake = z.output<typeof evaluation>['mistakes'][number] & { margin: number };

const MAX_MISTAKES = 20;
const MAX_CONFUSION_CLASSES = 256;
/** Samples of a regression that are shown. */
const MAX_SAMPLES = 300;
/** Outputs of a regression whose samples are shown. */
const MAX_SHOWN_OUTPUTS = 16;

/**
 * The figures are those of the run that made the network, to the bit.
 *
 * @throws NotFoundError or IntegrityError when a shard is missing or changed
 */
export async function evaluateModel(network: Network, dataset: Dataset): Promise<ModelEvaluation> {
  const { manifest } = dataset;
  const evaluator = new Evaluator(network);
  const mistakes = new WorstMistakes(MAX_MISTAKES);
  const samples = new Samples(manifest);
  let first = 0;
  for await (const rows of dataset.pieces('test')) {
    evaluator.add(rows, (row, outputs) => {
      if (hasTargets(rows)) samples.add(first + row, rows, row, outputs);
      else mistakes.add(first + row, rows.labels[row]!, outputs, () => pixelsOf(rows, row));
    });
    first += rows.x.rows;
  }
  const result = evaluator.result();
  if (result.kind === 'regression') {
    const { rows: size, loss } = result;
    const names = 'targets' in manifest ? manifest.targets : undefined;
    const outputs = inOwnUnits(result.outputs, manifest).map((errors, k) => ({
      name: names?.[k] ?? String(k),
      ...errors,
      samples: samples.of(k),
    }));
    return { evaluation: null, regression: { size, loss, outputs } };
  }
  const { rows: size, loss, accuracy } = result;
  const costs = costsOf(manifest);
  const hasConfusion = network.classes <= MAX_CONFUSION_CLASSES;
  const confusion = hasConfusion || costs !== undefined ? evaluator.confusion() : [];
  const found = {
    size,
    accuracy,
    loss,
    cost: costs === undefined ? null : meanCost(confusion, costs),
    classNames: classNamesOf(manifest)?.slice() ?? null,
    confusion: hasConfusion ? confusion : [],
    mistakes: mistakes.worst.map(({ margin, ...mistake }) => mistake),
    mistakeCount: mistakes.count,
  };
  return { evaluation: found, regression: null };
}

function pixelsOf({ x }: LabelledRows, row: number): string | null {
  if (!isPixelRows(x)) return null;
  return Buffer.from(x.pixels.subarray(row * x.columns, (row + 1) * x.columns)).toString('base64');
}

/** The surest wrong answers to a test set. */
export class WorstMistakes {
  readonly #most: number;
  readonly #worst: Mistake[] = [];
  #count = 0;

  /** @param most that are kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** Of all. */
  get count(): number {
    return this.#count;
  }

  /** By margin, the largest first; of equals the one that came first. */
  get worst(): readonly Mistake[] {
    return this.#worst;
  }

  /** @param pixels asked for those of a sample that is kept for now */
  add(index: number, label: number, outputs: Float32Array, pixels: () => string | null): void {
    const predicted = argmax(outputs);
    if (predicted === label) return;
    this.#count++;
    const margin = outputs[predicted]! - outputs[label]!;
    const isFull = this.#worst.length === this.#most;
    if (isFull && margin <= this.#worst.at(-1)!.margin) return;
    if (isFull) this.#worst.pop();
    const after = this.#worst.findIndex((other) => other.margin < margin);
    const probabilities = Array.from(outputs);
    const mistake = { index, label, predicted, probabilities, pixels: pixels(), margin };
    this.#worst.splice(after < 0 ? this.#worst.length : after, 0, mistake);
  }
}

/** Targets and predictions of samples that are evenly spread over the test set, in the targets' own units. */
class Samples {
  readonly #every: number;
  readonly #scales: ReturnType<typeof targetScalesOf>;
  readonly #samples: [target: number, predicted: number][][] = [];

  constructor(manifest: DatasetManifest) {
    this.#every = Math.ceil(manifest.splits.test.size / MAX_SAMPLES);
    this.#scales = targetScalesOf(manifest);
  }

  add(index: number, { targets }: TargetRows, row: number, outputs: Float32Array): void {
    if (index % this.#every !== 0) return;
    for (let k = 0; k < Math.min(outputs.length, MAX_SHOWN_OUTPUTS); k++) {
      const { offset, unit } = this.#scales[k] ?? { offset: 0, unit: 1 };
      const inOwn = (value: number) => value * unit + offset;
      this.#samples[k] ??= [];
      this.#samples[k]!.push([inOwn(targets[row * outputs.length + k]!), inOwn(outputs[k]!)]);
    }
  }

  of(output: number): [target: number, predicted: number][] {
    return this.#samples[output] ?? [];
  }
}
