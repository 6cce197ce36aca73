/** How a network does on a test set: confusions and the worst mistakes. */
import type { z } from 'zod';
import { isPixelRows } from '../../core/data/input-rows.ts';
import type { LabelledRows } from '../../core/network/architecture.ts';
import { argmax, type Network } from '../../core/network/network.ts';
import type { evaluation } from './answer-schemas.ts';

export type ModelEvaluation = z.output<typeof evaluation>;

const MAX_MISTAKES = 20;
/** Samples at a time. */
const BATCH = 1000;

interface Mistake {
  index: number;
  label: number;
  predicted: number;
  outputs: Float32Array;
  /** How far the output of the predicted class is above that of the label. */
  margin: number;
}

/** The accuracy is that of `network.accuracy`, to the bit. @param test samples as bytes */
export function evaluateModel(network: Network, test: LabelledRows): ModelEvaluation {
  const { classes } = network;
  const size = test.x.rows;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const mistakes: Mistake[] = [];
  for (let start = 0; start < size; start += BATCH) {
    const batch = Uint32Array.from({ length: Math.min(BATCH, size - start) }, (_, n) => start + n);
    const y = network.forward(test.x, batch);
    for (const index of batch) {
      const outputs = y.subarray((index - start) * classes, (index - start + 1) * classes);
      const label = test.labels[index]!;
      const predicted = argmax(outputs);
      confusion[label]![predicted]!++;
      if (predicted === label) continue;
      const margin = outputs[predicted]! - outputs[label]!;
      mistakes.push({ index, label, predicted, outputs: outputs.slice(), margin });
    }
  }
  const right = size - mistakes.length;
  mistakes.sort((a, b) => b.margin - a.margin || a.index - b.index);
  return {
    size,
    accuracy: right / size,
    confusion,
    mistakes: mistakes.slice(0, MAX_MISTAKES).map(({ index, label, predicted, outputs }) => ({
      index,
      label,
      predicted,
      probabilities: Array.from(outputs),
      pixels: pixelsOf(test, index),
    })),
    mistakeCount: mistakes.length,
  };
}

function pixelsOf({ x }: LabelledRows, index: number): string {
  if (!isPixelRows(x)) throw new TypeError('the samples are not bytes');
  return Buffer.from(x.pixels.subarray(index * x.columns, (index + 1) * x.columns)).toString('base64');
}
