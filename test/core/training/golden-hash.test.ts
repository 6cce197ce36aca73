/**
 * The bytes of a checkpoint after 200 steps of the textbook's job on the real MNIST. It is what
 * `npm run verify-reproducible -- --iterations 200` prints, on x64 and arm64, under Node 20, 22 and 24.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../../core/training/config.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { waysToTrain } from '../../../scripts/lab/verify-reproducible/plan.ts';
import { trainInWay } from '../../../scripts/lab/verify-reproducible/train-in-way.ts';
import { readMnistRows } from '../../../scripts/support/mnist-rows.ts';
import { proofOnly } from '../../support/needs.ts';
import { startedThreads } from '../../support/threads.ts';

const GOLDEN = '9a292a69af969bdec50791bdc5573e5018a04d3b959124650349352b366c6d08';

const config = { ...DEFAULT_CONFIG, iterations: 200 };
const { train } = readMnistRows(mnistFolder());
const ways = waysToTrain(config, train.x.rows, 100);

describe('the checkpoint after 200 steps of the textbook’s job is the same to the bit', () => {
  it('in nine ways, the reference among them', () => {
    expect(ways).toHaveLength(9);
    expect(ways.at(-1)!.segments).toEqual([{ backend: 'reference', untilStep: 200, chunk: 37 }]);
  });

  const ends = async (way: (typeof ways)[number]) => {
    const bytes = await trainInWay(way, config, train, await startedThreads(way.threads));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(GOLDEN);
  };
  it.each(ways.slice(0, -1))('$title', ends);
  // It takes longer than all others together; that it has the kernels' bits is tried on small networks, too.
  it.each(ways.slice(-1))('$title', proofOnly, ends);
});
