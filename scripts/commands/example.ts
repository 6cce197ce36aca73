/** One real test image as a request body: for the curl line and for the check after training. */

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DEFAULT_JOB, type JobConfig } from '../../functions/schemas/config.ts';

import { mnistFolder } from '../cloud/mnist-mirror.ts';
import { writeWhole } from '../support/files.ts';
import { shellWord } from '../support/shell.ts';

const PIXELS = 784;
const IMAGE_HEADER_BYTES = 16;
const LABEL_HEADER_BYTES = 8;

/** Test image 0 of MNIST: 784 pixels, 0–255, and its label. */
export function firstTestImage(): { pixels: number[]; label: number } {
  const image = Buffer.alloc(PIXELS);
  const file = openSync(join(mnistFolder(), 't10k-images-idx3-ubyte'), 'r');
  readSync(file, image, 0, PIXELS, IMAGE_HEADER_BYTES);
  closeSync(file);
  const label = readFileSync(join(mnistFolder(), 't10k-labels-idx1-ubyte'))[LABEL_HEADER_BYTES]!;
  return { pixels: [...image], label };
}

/** Writes the request body into the data folder and answers its path. */
export function writeExample(dataDir: string): string {
  const path = join(dataDir, 'example.json');
  writeWhole(path, `${JSON.stringify({ pixels: firstTestImage().pixels })}\n`);
  return path;
}

/** A request with it, as a shell takes it. @param endpoint base URL of the HTTP API */
export function imageCurl(endpoint: string, model: string, dataDir: string): string {
  const example = shellWord(`@${writeExample(dataDir)}`);
  const path = model === DEFAULT_JOB.model ? '/predict' : shellWord(`/predict?model=${model}`);
  return `curl -s ${endpoint}${path} -H 'content-type: application/json' -d ${example}`;
}

const prediction = z.object({
  class: z.number(),
  probabilities: z.array(z.number()),
  model: z.string(),
  version: z.number(),
});

/**
 * Asks the endpoint for test image 0 and says what it answered.
 *
 * @returns 0 when the answer is right and well-formed, else 1. A model of another dataset is not asked.
 */
export async function checkedPrediction(endpoint: string, config: JobConfig): Promise<number> {
  if (config.dataset !== 'mnist') return 0;
  const { pixels, label } = firstTestImage();
  const response = await fetch(`${endpoint}/predict?model=${config.model}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ pixels }),
  });
  const text = await response.text();
  if (!response.ok) {
    console.error(`prediction failed: ${response.status} ${text}`);
    return 1;
  }
  const answer = prediction.parse(JSON.parse(text));
  const probability = answer.probabilities[answer.class] ?? 0;
  const right = answer.class === label;
  console.log(
    `test image 0 is a ${label}; ${answer.model} version ${answer.version} says ${answer.class} ` +
      `with probability ${probability.toFixed(4)}`,
  );
  return right ? 0 : 1;
}
