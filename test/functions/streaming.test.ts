/** Runs of "shardShuffle": shards are read when their turn comes, and nothing but that differs from having all at hand. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCheckpoint } from '../../core/training/checkpoint.ts';
import { Trainer } from '../../core/training/trainer.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { loadDataset } from '../../functions/dataset/load.ts';
import { evaluateSplits } from '../../functions/run/evaluate.ts';
import { figuresOf } from '../../functions/run/step-metrics.ts';
import { startStopwatch } from '../../functions/run/stopwatch.ts';
import { jobConfigSchema } from '../../functions/schemas/config.ts';
import { stepMetrics } from '../../functions/schemas/documents.ts';
import type { RunProgress } from '../../functions/schemas/payloads.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { howMany } from '../support/needs.ts';
import { s3WithContent } from './support/fake-s3.ts';
import { CLASSES, SIDE, TINY_CONFIG } from './support/tiny-dataset.ts';
import { tinyRuns } from './support/tiny-run.ts';

const store = createS3Store('bucket');
const { prepare, manifest, start, chunk } = tinyRuns(store);
const s3 = s3WithContent(prepare);

const job = (more: object = {}) => ({ sampling: 'shardShuffle', shardsTogether: 2, ...more });
const AUGMENTED = {
  layers: [[SIDE, SIDE, 1], 4, CLASSES],
  augmentation: { shift: 0.5, rotation: 9, flip: true },
};
/** A function of no memory, which keeps no shard for later. */
const small = () => ({ stopwatch: startStopwatch(0) });
const shardsRead = () =>
  s3
    .sent(GetObjectCommand)
    .map(({ Key }) => Key!)
    .filter((key) => /\/train\/\d+\.safetensors$/.test(key));

async function trained(runId: string, more: object, own = small): Promise<RunProgress[]> {
  const progress = [await start(runId, more, undefined, own())];
  while (!progress.at(-1)!.done) progress.push(await chunk(progress.at(-1)!, undefined, own()));
  return progress;
}

/** What run `run` should end with: the checkpoint and figures of all rows in memory at once. */
async function inMemory(more: object) {
  const config = jobConfigSchema.parse({ ...TINY_CONFIG, ...more });
  const dataset = await loadDataset(store, 'tiny', manifest());
  const trainer = new Trainer(config, dataset.train);
  trainer.advance(config.iterations);
  const { configHash } = s3.json(KEYS.runConfig('run')) as { configHash: string };
  const figures = await evaluateSplits(trainer.network, dataset);
  return { checkpoint: Buffer.from(encodeCheckpoint(trainer.checkpoint(configHash))), figures };
}

describe('a run over shards that are streamed', () => {
  it('ends with the bytes and figures of one that has all rows in memory', async () => {
    const end = (await trained('run', job())).at(-1)!;
    const { checkpoint, figures } = await inMemory(job());
    expect(Buffer.from(s3.objects.get(end.checkpoint.key)!.body)).toEqual(checkpoint);
    expect(figuresOf(stepMetrics.parse(s3.json(KEYS.metrics('run', end.step))))).toEqual(figures);
  });

  it('does so for any chunks and groups, kept shards or not, and optimizers with a state', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          chunkIterations: fc.integer({ min: 1, max: 13 }),
          shardsTogether: fc.integer({ min: 1, max: 5 }),
          evaluateEvery: fc.integer({ min: 1, max: 9 }),
          optimizer: fc.constantFrom('sgd', 'adam'),
          seed: fc.nat(1000),
        }),
        fc.constantFrom({}, AUGMENTED),
        fc.boolean(),
        async (fields, pictures, keeps) => {
          for (const key of s3.objects.keys()) if (key.startsWith('runs/')) s3.objects.delete(key);
          const more = job({ ...fields, ...pictures, iterations: 14 });
          const own = () => ({ stopwatch: startStopwatch(keeps ? 1769 : 0) });
          const end = (await trained('run', more, own)).at(-1)!;
          const { checkpoint } = await inMemory(more);
          expect(Buffer.from(s3.objects.get(end.checkpoint.key)!.body)).toEqual(checkpoint);
        },
      ),
      { numRuns: howMany(4, 12) },
    );
  });

  it('goes on in the middle of an epoch where a killed chunk began', async () => {
    const whole = (await trained('whole', job())).at(-1)!;
    const begun = await start('cut', job({ chunkIterations: 4 }), undefined, small());
    const first = await chunk(begun, undefined, small());
    expect(first.step).toBe(4);
    // Two attempts at the second chunk, of which one is lost, and a new execution.
    await chunk(first, undefined, small());
    for (const step of [6, 8]) {
      s3.objects.delete(KEYS.metrics('cut', step));
      s3.objects.delete(KEYS.checkpoint('cut', step));
    }
    let progress = await start('cut', job({ chunkIterations: 4 }), undefined, small());
    expect(progress.step).toBe(4);
    while (!progress.done) progress = await chunk(progress, undefined, small());
    expect(progress.checkpoint.sha256).toBe(whole.checkpoint.sha256);
  });

  it('stops before its time is up, and reads no shard that it does not train on', async () => {
    const begun = await start('run', job({ shardsTogether: 1, evaluateEvery: 1000 }), undefined, small());
    s3.calls.length = 0;
    const { step } = await chunk(begun, () => 0, small());
    expect(step).toBe(1);
    // Of four shards the first step's, and the next ones that were fetched meanwhile.
    expect(new Set(shardsRead()).size).toBeLessThan(4);
    expect(shardsRead().length).toBeGreaterThan(0);
  });

  it('reads each shard once where a container has room for them, and each time where it has none', async () => {
    await trained('small', job({ iterations: 12 }));
    const without = shardsRead().length;
    expect(without).toBeGreaterThan(3 * 4);
    s3.calls.length = 0;
    await trained('large', job({ iterations: 12 }), () => ({ stopwatch: startStopwatch(1769) }));
    await trained('larger', job({ iterations: 12, seed: 1 }), () => ({ stopwatch: startStopwatch(1769) }));
    expect(new Set(shardsRead()).size).toBe(shardsRead().length);
  });

  it('ends with an error that names the shard when one was changed', async () => {
    const begun = await start('run', job(), undefined, small());
    const key = 'datasets/tiny/train/00002.safetensors';
    s3.objects.damage(key, -1);
    await expect(chunk(begun, undefined, small())).rejects.toThrow(`${key} has SHA-256`);
  });
});
