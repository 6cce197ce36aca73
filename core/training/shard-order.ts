/**
 * The order of the sampling "shardShuffle": per epoch a keyed permutation of the shards, and within each shard one of
 * its rows; a batch is the next `batchSize` samples of that order. It is a pure function of (seed, step), like the other
 * samplings, and asks for one shard at a time, so that training sets may be larger than memory.
 *
 * Samples of a batch come from one shard, or from neighbours in the epoch's order: shards whose rows are all alike make
 * batches that are all alike. Whole batches only: the last `samples mod batchSize` of an epoch's order are left out.
 */
import { Permutation } from '../random/permutation.ts';
import { PURPOSE } from '../random/streams.ts';
import { stepsPerEpoch } from './config.ts';

/** Steps in a row that read the same shards. */
export interface Segment {
  /** In the order in which they are read. */
  shards: number[];
  /** The step after the segment's last. */
  until: number;
}

interface Epoch {
  number: number;
  /** Shard at each place of the order. */
  shards: Uint32Array;
  /** Samples before each place, and at the end all. Float64, because they may be more than 2^32. */
  starts: Float64Array;
}

export class ShardOrder {
  /** Samples in all shards. */
  readonly size: number;
  readonly #shardRows: readonly number[];
  readonly #batchSize: number;
  readonly #seed: number;
  #epoch: Epoch | undefined;
  #rows: { epoch: number; shard: number; order: Permutation } | undefined;

  /**
   * @param shardRows rows of each shard
   * @throws RangeError for a shard without rows, or a batch of more samples than there are
   */
  constructor(shardRows: readonly number[], batchSize: number, seed: number) {
    shardRows.forEach((rows, shard) => {
      if (Number.isInteger(rows) && rows >= 1) return;
      throw new RangeError(`shardRows[${shard}]: got ${rows}, expected a whole number from 1`);
    });
    this.size = shardRows.reduce((sum, rows) => sum + rows, 0);
    if (!(batchSize >= 1 && batchSize <= this.size)) {
      throw new RangeError(`batchSize: got ${batchSize}, expected 1 to ${this.size}, the rows of all shards`);
    }
    this.#shardRows = shardRows;
    this.#batchSize = batchSize;
    this.#seed = seed;
  }

  /**
   * Writes where the samples of step `step` (0-based) are.
   *
   * @param shards [batchSize]
   * @param rows [batchSize], each within its shard
   */
  fill(shards: Uint32Array, rows: Uint32Array, step: number): void {
    const [epoch, start] = this.#locate(step);
    let place = placeOf(epoch, start);
    for (let n = 0; n < this.#batchSize; n++) {
      while (start + n >= epoch.starts[place + 1]!) place++;
      const shard = epoch.shards[place]!;
      shards[n] = shard;
      rows[n] = this.#rowsOf(epoch.number, shard).at(start + n - epoch.starts[place]!);
    }
  }

  /** The shards that step `step` reads, and how long it stays with them. */
  segmentAt(step: number): Segment {
    const [epoch, start] = this.#locate(step);
    const first = placeOf(epoch, start);
    const last = placeOf(epoch, start + this.#batchSize - 1);
    const shards = Array.from(epoch.shards.subarray(first, last + 1));
    if (last > first) return { shards, until: step + 1 };
    const whole = Math.floor((epoch.starts[last + 1]! - start) / this.#batchSize);
    return { shards, until: step + whole };
  }

  /** The epoch that a step is in, and the samples of it before the step. */
  #locate(step: number): [Epoch, number] {
    const perEpoch = stepsPerEpoch(this.#batchSize, this.size);
    const number = Math.floor(step / perEpoch);
    if (this.#epoch?.number !== number) this.#epoch = this.#epochOf(number);
    return [this.#epoch, (step % perEpoch) * this.#batchSize];
  }

  #epochOf(number: number): Epoch {
    const count = this.#shardRows.length;
    const order = new Permutation(count, this.#seed, number, PURPOSE.shards);
    const shards = Uint32Array.from({ length: count }, (_, place) => order.at(place));
    const starts = new Float64Array(count + 1);
    shards.forEach((shard, place) => {
      starts[place + 1] = starts[place]! + this.#shardRows[shard]!;
    });
    return { number, shards, starts };
  }

  #rowsOf(epoch: number, shard: number): Permutation {
    if (this.#rows?.epoch !== epoch || this.#rows.shard !== shard) {
      const order = new Permutation(this.#shardRows[shard]!, this.#seed, epoch, PURPOSE.shardRows, shard);
      this.#rows = { epoch, shard, order };
    }
    return this.#rows.order;
  }
}

/** The place whose shard has the epoch's sample `position`. */
function placeOf({ starts }: Epoch, position: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
