/** Training over shards that come and go: the bytes of training with all of them in memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillIntegers } from '../../../core/random/streams.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import type { TrainingRows } from '../../../core/rows/training-rows.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { DEFAULT_CONFIG, type TrainingConfig } from '../../../core/training/config.ts';
import { ShardOrder } from '../../../core/training/shard-order.ts';
import {
  advanceOverShards,
  gatherRows,
  type LoadShard,
  ShardStream,
} from '../../../core/training/shard-stream.ts';
import { Trainer } from '../../../core/training/trainer.ts';

const COLUMNS = 9;
const OUTPUTS = 4;
const KINDS = ['bytes', 'entries', 'targets'] as const;
type Kind = (typeof KINDS)[number];

/** Rows `start` to `end` of an endless set of samples. */
function rowsOf(kind: Kind, start: number, end: number): TrainingRows {
  const draws = new Uint32Array(end * COLUMNS);
  fillIntegers(draws, 512, 3, 97, 0);
  const pixels = Uint8Array.from(draws.subarray(start * COLUMNS), (draw) => Math.max(0, draw - 256));
  const rows = end - start;
  const x = kind === 'bytes' ? { rows, columns: COLUMNS, pixels } : sparseFromPixels([pixels], COLUMNS);
  const label = (n: number) => (start + n) % OUTPUTS;
  if (kind !== 'targets') return { x, labels: Uint8Array.from({ length: rows }, (_, n) => label(n)) };
  const at = start * OUTPUTS;
  return { x, targets: Float32Array.from({ length: rows * OUTPUTS }, (_, n) => ((at + n) % 13) / 5 - 1) };
}

/** The shards of that set. */
function shardOf(kind: Kind, shardRows: readonly number[], shard: number): TrainingRows {
  const start = shardRows.slice(0, shard).reduce((sum, rows) => sum + rows, 0);
  return rowsOf(kind, start, start + shardRows[shard]!);
}

const configOf = (kind: Kind, more: Partial<TrainingConfig> = {}): TrainingConfig => ({
  ...DEFAULT_CONFIG,
  layers: [COLUMNS, 6, OUTPUTS],
  weightInit: { kind: 'he' },
  activation: 'relu',
  optimizer: 'momentum',
  learningRate: 0.05,
  sampling: 'shardShuffle',
  shardsTogether: 1,
  batchSize: 10,
  ...(kind === 'targets' ? { output: 'identity', loss: 'meanSquaredError' } : {}),
  ...more,
});
const bytesOf = (trainer: Trainer) => encodeCheckpoint(trainer.checkpoint('hash'));

function inMemory(config: TrainingConfig, kind: Kind, shardRows: number[], steps: number): Uint8Array {
  const size = shardRows.reduce((sum, rows) => sum + rows, 0);
  const trainer = new Trainer(config, { ...rowsOf(kind, 0, size), shardRows });
  trainer.advance(steps);
  return bytesOf(trainer);
}

/** Lets everything happen that was only waiting for its turn. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('training over shards', () => {
  it.each(KINDS)('of %s gives the bytes of training with all in memory, cut anywhere', async (kind) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 3, max: 30 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 25 }),
        fc.constantFrom('reference' as const, 'wasm' as const),
        fc.constantFrom(1, 2, undefined),
        fc.nat(),
        async (shardRows, wanted, cut, backend, shardsTogether, seed) => {
          const batchSize = Math.min(
            wanted,
            shardRows.reduce((sum, rows) => sum + rows, 0),
          );
          const config = configOf(kind, { batchSize, seed, backend });
          config.shardsTogether = shardsTogether;
          const load: LoadShard = async (shard) => shardOf(kind, shardRows, shard);
          let trainer: Trainer | undefined;
          for (const until of [cut, 25]) {
            const stream = new ShardStream(config, shardRows, load);
            const from = trainer === undefined ? undefined : decodeCheckpoint(bytesOf(trainer));
            trainer = new Trainer(config, stream, from);
            await advanceOverShards(trainer, stream, until, { stepsBetween: () => 4 });
          }
          expect(bytesOf(trainer!)).toEqual(inMemory(config, kind, shardRows, 25));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('holds two shards at most where they are larger than batches, the second of them ahead', async () => {
    const shardRows = [33, 47, 25, 61, 38];
    const config = configOf('bytes');
    const loads: number[] = [];
    const stream = new ShardStream(config, shardRows, async (shard) => {
      loads.push(shard);
      return shardOf('bytes', shardRows, shard);
    });
    const trainer = new Trainer(config, stream);
    const order = new ShardOrder(shardRows, 10, config.seed, 1);
    const read: number[] = [];
    while (trainer.step < 60) {
      const first = trainer.step;
      const until = await stream.ready(first);
      for (const shard of order.segmentAt(first).shards) if (read.at(-1) !== shard) read.push(shard);
      const fetched = loads.length;
      trainer.advance(until);
      // None comes while steps are trained, and one more than was read is here or on its way.
      expect(loads).toHaveLength(fetched);
      expect(loads.slice(0, read.length)).toEqual(read);
      expect(loads.length - read.length).toBeLessThanOrEqual(1);
      const gone = read.at(-3);
      for (let step = 0; step < first && gone !== undefined && !read.slice(-2).includes(gone); step++) {
        if (order.segmentAt(step).shards.includes(gone)) {
          expect(() => stream.rowsFor(step)).toThrow(/got no shard/);
        }
      }
    }
    // Three epochs of 20 steps, each over five shards, and the fourth's first.
    expect(read).toHaveLength(15);
    expect(loads).toHaveLength(16);
    expect(bytesOf(trainer)).toEqual(inMemory(config, 'bytes', shardRows, 60));
  });

  it('fetches nothing for steps that it will not reach', async () => {
    const loads: number[] = [];
    const stream = new ShardStream(configOf('bytes'), [40, 40], async (shard) => {
      loads.push(shard);
      return shardOf('bytes', [40, 40], shard);
    });
    expect(await stream.ready(0, 3)).toBe(3);
    expect(loads).toHaveLength(1);
    expect(await stream.ready(0)).toBe(4);
    expect(loads).toHaveLength(2);
  });

  it('gives way between steps, and lets a shard arrive meanwhile', async () => {
    const shardRows = [200, 200];
    const config = configOf('bytes');
    const arrived: number[] = [];
    const stream = new ShardStream(config, shardRows, async (shard) => {
      await turn();
      arrived.push(trainer.step);
      return shardOf('bytes', shardRows, shard);
    });
    const trainer = new Trainer(config, stream);
    await advanceOverShards(trainer, stream, 40, { giveWay: turn, stepsBetween: () => 5 });
    expect(arrived[0]).toBe(0);
    // Long before step 20, where it is needed.
    expect(arrived[1]).toBeLessThanOrEqual(10);
  });

  it('stops when it is told to, at a step boundary', async () => {
    const shardRows = [40, 40];
    const config = configOf('bytes');
    const stream = new ShardStream(config, shardRows, async (shard) => shardOf('bytes', shardRows, shard));
    const trainer = new Trainer(config, stream);
    let asked = 0;
    await advanceOverShards(trainer, stream, 1000, { shouldStop: () => ++asked > 6, stepsBetween: () => 3 });
    expect(trainer.step).toBeLessThan(8);
    const rest = trainer.step;
    expect(bytesOf(trainer)).toEqual(inMemory(config, 'bytes', shardRows, rest));
  });

  it('passes a failure on when the shard is needed, and reads it again when asked again', async () => {
    const config = configOf('bytes');
    let calls = 0;
    const stream = new ShardStream(config, [40, 40], async (shard) => {
      if (++calls === 2) throw new Error(`shard ${shard} is not to be had`);
      return shardOf('bytes', [40, 40], shard);
    });
    const trainer = new Trainer(config, stream);
    await expect(advanceOverShards(trainer, stream, 8)).rejects.toThrow(/^shard [01] is not to be had$/);
    expect(trainer.step).toBe(4);
    await advanceOverShards(trainer, stream, 8);
    expect(bytesOf(trainer)).toEqual(inMemory(config, 'bytes', [40, 40], 8));
  });

  it('refuses another sampling, shards of other sizes, and steps that nobody prepared', async () => {
    const load: LoadShard = async () => rowsOf('bytes', 0, 39);
    expect(() => new ShardStream(configOf('bytes', { sampling: 'shuffle' }), [40], load)).toThrow(
      'sampling: got shuffle, expected shardShuffle',
    );
    const stream = new ShardStream(configOf('bytes'), [40], load);
    expect(() => stream.rowsFor(0)).toThrow('step 0: got no shard 0, expected `ready` to be asked before');
    await expect(stream.ready(0)).rejects.toThrow('shard 0: got 39 rows, expected 40');
  });
});

it('gatherRows refuses labels beside targets', () => {
  const from = [rowsOf('entries', 0, 3), rowsOf('targets', 0, 3)];
  expect(() => gatherRows(from, Uint32Array.of(1, 2))).toThrow('got labels and targets');
});
