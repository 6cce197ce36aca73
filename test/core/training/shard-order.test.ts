import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchSampler } from '../../../core/training/batch-sampler.ts';
import { stepsPerEpoch } from '../../../core/training/config.ts';
import { ShardOrder } from '../../../core/training/shard-order.ts';

/** Where the samples of a step are, as "shard:row". */
function samplesOf(order: ShardOrder, batchSize: number, step: number): string[] {
  const shards = new Uint32Array(batchSize);
  const rows = new Uint32Array(batchSize);
  order.fill(shards, rows, step);
  return Array.from(shards, (shard, n) => `${shard}:${rows[n]}`);
}

const shardsOf = (samples: string[]) => [...new Set(samples.map((sample) => Number(sample.split(':')[0])))];
const total = (shardRows: number[]) => shardRows.reduce((sum, rows) => sum + rows, 0);

const orders = fc
  .record({
    shardRows: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.integer({ min: 0, max: 0xffff_ffff }),
    together: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ shardRows, share, seed, together }) => {
    // Batches of one sample up to all of them, so that they span none, one or many shards' ends.
    const batchSize = 1 + Math.floor(share * share * (total(shardRows) - 1));
    return { shardRows, seed, together, batchSize, perEpoch: stepsPerEpoch(batchSize, total(shardRows)) };
  });

describe('ShardOrder', () => {
  it('visits every sample at most once an epoch, shard after shard, and all when batches divide the set', () => {
    fc.assert(
      fc.property(
        orders,
        fc.nat({ max: 50 }),
        ({ shardRows, seed, together, batchSize, perEpoch }, epoch) => {
          const order = new ShardOrder(shardRows, batchSize, seed, together);
          const samples = Array.from({ length: perEpoch }, (_, step) =>
            samplesOf(order, batchSize, epoch * perEpoch + step),
          ).flat();
          expect(new Set(samples).size).toBe(perEpoch * batchSize);
          for (const sample of samples) {
            const [shard, row] = sample.split(':').map(Number);
            expect(row).toBeLessThan(shardRows[shard!]!);
          }
          if (together > 1) return;
          // No shard is come back to: its samples are neighbours.
          const changes = samples.filter(
            (sample, n) => shardsOf(samples.slice(n - 1, n + 1)).length > 1 && sample,
          );
          expect(changes.length).toBe(shardsOf(samples).length - 1);
        },
      ),
    );
  });

  it('is a pure function of seed and step', () => {
    fc.assert(
      fc.property(orders, fc.nat({ max: 1000 }), ({ shardRows, seed, together, batchSize }, step) => {
        const fresh = samplesOf(new ShardOrder(shardRows, batchSize, seed, together), batchSize, step);
        const used = new ShardOrder(shardRows, batchSize, seed, together);
        for (const other of [step + 7, 0, step + 1]) samplesOf(used, batchSize, other);
        expect(samplesOf(used, batchSize, step)).toEqual(fresh);
      }),
    );
  });

  it('has other orders of shards and of rows in other epochs and for other seeds', () => {
    const shardRows = new Array<number>(10).fill(20);
    const all = (seed: number, epoch: number) =>
      samplesOf(new ShardOrder(shardRows, 200, seed, 1), 200, epoch);
    const rowsOf = (samples: string[]) => samples.filter((sample) => sample.startsWith('3:'));
    for (const [a, b] of [
      [all(1, 0), all(1, 1)],
      [all(1, 0), all(2, 0)],
    ] as const) {
      expect(shardsOf(a)).not.toEqual(shardsOf(b));
      expect(rowsOf(a)).not.toEqual(rowsOf(b));
    }
    const first = all(1, 0);
    const rows = (shard: number) =>
      first.filter((s) => s.startsWith(`${shard}:`)).map((s) => s.split(':')[1]);
    expect(rows(3)).not.toEqual(rows(4));
  });

  it('mixes the rows of the shards of a group, and of no others', () => {
    const shardRows = new Array<number>(10).fill(50);
    const order = new ShardOrder(shardRows, 50, 3, 4);
    const shards = Array.from({ length: 10 }, (_, step) => shardsOf(samplesOf(order, 50, step)).sort());
    // Four, four and the remaining two, whose samples fill four, four and two steps.
    for (const step of [0, 4, 8]) {
      expect(shards[step]).toHaveLength(step < 8 ? 4 : 2);
      expect(shards.slice(step, step + 4)).toEqual(shards.slice(step, step + 4).map(() => shards[step]));
    }
    expect(new Set([shards[0], shards[4], shards[8]].flat()).size).toBe(10);
    expect(() => new ShardOrder(shardRows, 50, 3, 0)).toThrow(
      'shardsTogether: got 0, expected a whole number from 1',
    );
  });

  it('keeps its order (this test fails when that changes, which breaks the resume of runs)', () => {
    const orderOf = (together: number, epoch: number) =>
      samplesOf(new ShardOrder([3, 5, 4], 12, 42, together), 12, epoch).join(' ');
    expect(orderOf(1, 0)).toBe('1:4 1:3 1:0 1:2 1:1 2:2 2:0 2:1 2:3 0:0 0:1 0:2');
    expect(orderOf(1, 1)).toBe('0:2 0:0 0:1 1:1 1:0 1:3 1:2 1:4 2:1 2:0 2:3 2:2');
    expect(orderOf(2, 0)).toBe('2:1 1:3 1:0 2:0 1:1 1:2 2:2 1:4 2:3 0:2 0:0 0:1');
  });

  it('says which shards the next steps read, and for how long they are enough', () => {
    fc.assert(
      fc.property(orders, fc.nat({ max: 60 }), ({ shardRows, seed, together, batchSize, perEpoch }, from) => {
        const order = new ShardOrder(shardRows, batchSize, seed, together);
        const readBy = (step: number) => shardsOf(samplesOf(order, batchSize, step));
        const segment = order.segmentAt(from);
        expect(segment.until).toBeGreaterThan(from);
        expect(segment.until).toBeLessThanOrEqual((Math.floor(from / perEpoch) + 1) * perEpoch);
        for (let step = from; step < segment.until; step++) {
          expect(segment.shards).toEqual(expect.arrayContaining(readBy(step)));
          if (together === 1) expect(readBy(step)).toEqual(segment.shards);
        }
        if (segment.until % perEpoch !== 0) {
          expect(order.segmentAt(segment.until).shards).not.toEqual(segment.shards);
        }
      }),
    );
  });

  it('numbers samples beyond 2^32', () => {
    const shardRows = new Array<number>(4).fill(2 ** 31);
    const order = new ShardOrder(shardRows, 2 ** 10, 1, 1);
    const last = (4 * 2 ** 31) / 2 ** 10 - 1;
    expect(samplesOf(order, 2 ** 10, last)).toHaveLength(2 ** 10);
    expect(order.segmentAt(last).until).toBe(last + 1);
    const shards = [0, 1, 2, 3].flatMap((quarter) => order.segmentAt((quarter * (last + 1)) / 4).shards);
    expect(shards.sort()).toEqual([0, 1, 2, 3]);
  });

  it.each<[number[], number, string]>([
    [[3, 0], 1, 'shardRows[1]: got 0, expected a whole number from 1'],
    [[3, 1.5], 1, 'shardRows[1]: got 1.5, expected a whole number from 1'],
    [[3, 4], 8, 'batchSize: got 8, expected 1 to 7, the rows of all shards'],
    [[], 1, 'batchSize: got 1, expected 1 to 0, the rows of all shards'],
  ])('refuses shards of %j rows with batches of %i', (shardRows, batchSize, message) => {
    expect(() => new ShardOrder(shardRows, batchSize, 0, 1)).toThrow(new RangeError(message));
  });
});

describe('BatchSampler shardShuffle', () => {
  it('has the samples of ShardOrder, numbered through', () => {
    fc.assert(
      fc.property(orders, fc.nat({ max: 100 }), ({ shardRows, seed, together, batchSize }, step) => {
        const sampler = new BatchSampler('shardShuffle', total(shardRows), seed, shardRows, together);
        const batch = new Uint32Array(batchSize);
        sampler.fill(batch, step);
        const expected = samplesOf(new ShardOrder(shardRows, batchSize, seed, together), batchSize, step).map(
          (sample) => {
            const [shard, row] = sample.split(':').map(Number);
            return total(shardRows.slice(0, shard)) + row!;
          },
        );
        expect([...batch]).toEqual(expected);
      }),
    );
  });

  it('asks for the shards', () => {
    expect(() => new BatchSampler('shardShuffle', 9, 0)).toThrow(
      'shardRows: got none, expected the rows of each shard, 9 in all',
    );
    expect(() => new BatchSampler('shardShuffle', 9, 0, [4, 4])).toThrow(
      'shardRows: got 8, expected the rows of each shard, 9 in all',
    );
  });
});
