/**
 * The order of the sampling "shardShuffle": per epoch a keyed permutation of the shards, and of each group of so many in
 * a row a keyed permutation of their rows together; a batch is the next `batchSize` samples of that order. It is a pure
 * function of (seed, step), like the other samplings, and asks for one group at a time, so that training sets may be
 * larger than memory.
 *
 * Samples of a batch come from one group, or from neighbours in the epoch's order. Where a shard's rows are much alike,
 * as in a file sorted by class, groups of one make batches that are alike, and training suffers. Whole batches only: the
 * last `samples mod batchSize` of an epoch's order are left out.
 */
import { Permutation } from '../random/permutation.ts';
import { PURPOSE } from '../random/streams.ts';
import { stepsPerEpoch } from './config.ts';

/** Steps in a row that read the same shards. */
export interface Segment {
  /** All that a step of the segment may read. */
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
  readonly #together: number;
  #rows: { epoch: number; group: number; order: Permutation } | undefined;

  /**
   * @param shardRows rows of each shard
   * @param together shards of a group
   * @throws RangeError for a shard without rows, a batch of more samples than there are, or a group of none
   */
  constructor(shardRows: readonly number[], batchSize: number, seed: number, together: number) {
    shardRows.forEach((rows, shard) => {
      if (Number.isInteger(rows) && rows >= 1) return;
      throw new RangeError(`shardRows[${shard}]: got ${rows}, expected a whole number from 1`);
    });
    this.size = shardRows.reduce((sum, rows) => sum + rows, 0);
    if (!(batchSize >= 1 && batchSize <= this.size)) {
      throw new RangeError(`batchSize: got ${batchSize}, expected 1 to ${this.size}, the rows of all shards`);
    }
    if (!(Number.isInteger(together) && together >= 1)) {
      throw new RangeError(`shardsTogether: got ${together}, expected a whole number from 1`);
    }
    this.#together = together;
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
    let group = this.#groupOf(epoch, start);
    for (let n = 0; n < this.#batchSize; n++) {
      while (start + n >= this.#startOf(epoch, group + 1)) group++;
      const first = this.#startOf(epoch, group);
      const position = first + this.#rowsOf(epoch, group).at(start + n - first);
      const place = placeOf(epoch, position);
      shards[n] = epoch.shards[place]!;
      rows[n] = position - epoch.starts[place]!;
    }
  }

  /** The shards that step `step` reads, and how long it stays with them. */
  segmentAt(step: number): Segment {
    const [epoch, start] = this.#locate(step);
    const first = this.#groupOf(epoch, start);
    const last = this.#groupOf(epoch, start + this.#batchSize - 1);
    const shards = Array.from(epoch.shards.subarray(first * this.#together, (last + 1) * this.#together));
    if (last > first) return { shards, until: step + 1 };
    const whole = Math.floor((this.#startOf(epoch, last + 1) - start) / this.#batchSize);
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

  /** The group that has the epoch's sample `position`. */
  #groupOf(epoch: Epoch, position: number): number {
    return Math.floor(placeOf(epoch, position) / this.#together);
  }

  /** Samples of the epoch before those of a group; all of them for the one after the last. */
  #startOf({ starts }: Epoch, group: number): number {
    return starts[Math.min(group * this.#together, starts.length - 1)]!;
  }

  #rowsOf(epoch: Epoch, group: number): Permutation {
    if (this.#rows?.epoch !== epoch.number || this.#rows.group !== group) {
      const size = this.#startOf(epoch, group + 1) - this.#startOf(epoch, group);
      const order = new Permutation(size, this.#seed, epoch.number, PURPOSE.shardRows, group);
      this.#rows = { epoch: epoch.number, group, order };
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
