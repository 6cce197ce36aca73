/** Pictures that people really send: how many of them a network reads that has seen MNIST alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Network } from '../../../core/model/network.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { totalSteps } from '../../../core/training/config.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import { readImage } from '../../../functions/inference/image-file.ts';
import { parseJobInput } from '../../../functions/schemas/config.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { digitFile, type Kind } from '../../../scripts/lab/generate/digits/digit-files.ts';
import { readMnistRows } from '../../../scripts/support/mnist-rows.ts';
import { proofOnly } from '../../support/needs.ts';

/** Nothing was tuned on this seed's pictures: its hands, papers and lights are its own. */
const HELD_OUT = 20_261_201;
/** For the recipe's 9,380 steps and a thousand pictures, also on a machine that is busy with other things. */
const PATIENCE_MS = 1_800_000;
const MODEL = { name: 'mnist', inputSize: 784, table: undefined, pictures: undefined };

function trained(input: object): Network {
  const config = parseJobInput(input);
  const { train } = readMnistRows(mnistFolder());
  const trainer = new Trainer(config, train);
  trainer.advance(totalSteps(config, 60_000));
  return trainer.network;
}

/** Rows of those that the network took for another digit, and what they show. */
function misread(network: Network, kind: Kind, count: number): string[] {
  const pictures = Array.from({ length: count }, (_, row) => {
    const { file, digit, what } = digitFile(kind, HELD_OUT, row);
    return { digit, what, row, pixels: readImage(file, MODEL, 'file') };
  });
  const said = network.predict(
    sparseFromPixels(
      pictures.map(({ pixels }) => pixels),
      784,
    ),
  );
  return pictures
    .filter(({ digit }, n) => said[n] !== digit)
    .map(({ digit, what, row }) => `${row}: ${digit} as ${said[row]}, ${what}`);
}

describe('a network of 300 steps', () => {
  let network: Network;
  beforeAll(() => {
    network = trained({ iterations: 300, learningRate: 0.5, weightInit: { kind: 'xavier' } });
  });

  it.each<[Kind, number, number]>([
    ['plain', 30, 3],
    ['photo', 30, 5],
  ])('reads %s pictures: of %i all but %i at most', (kind, count, most) => {
    const wrong = misread(network, kind, count);
    expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(most);
  });
});

describe("the recipe's network, of 1,000 pictures each", { ...proofOnly, timeout: PATIENCE_MS }, () => {
  let network: Network;
  beforeAll(() => {
    const recipe = join(import.meta.dirname, '../../../docs/recipes/mnist-mlp.json');
    network = trained(JSON.parse(readFileSync(recipe, 'utf8')));
  }, PATIENCE_MS);

  it.each<[Kind, number]>([
    ['plain', 0.98],
    ['photo', 0.92],
  ])('reads %s pictures, at least %d', (kind, least) => {
    const wrong = misread(network, kind, 1000);
    console.log(`${kind}: ${1000 - wrong.length} of 1000`);
    expect(1 - wrong.length / 1000, wrong.join('\n')).toBeGreaterThanOrEqual(least);
  });
});
