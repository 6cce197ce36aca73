/** Which samples a step trains on: a pure function of (seed, step), so that a resumed run needs no history. */
import { Permutation } from '../random/permutation.ts';
import { fillIntegers, PURPOSE } from '../random/streams.ts';
import { type SamplingName, SHARDS_TOGETHER, stepsPerEpoch } from './config.ts';
import { ShardOrder } from './shard-order.ts';

export class BatchSampler {
  #sampling: SamplingName;
  #trainSize: number;
  #seed: number;
  #shardRows: readonly number[] | undefined;
  #shardsTogether: number;
  #permutation: { epoch: number; order: Permutation } | undefined;
  #shards: { batchSize: number; order: ShardOrder; offsets: Float64Array; of: Uint32Array } | undefined;

  /**
   * @param shardRows rows of each shard that the samples were joined from, in order; for "shardShuffle"
   * @throws RangeError where "shardShuffle" isn't told the shards, or their rows aren't the samples
   */
  constructor(
    sampling: SamplingName,
    trainSize: number,
    seed: number,
    shardRows?: readonly number[],
    shardsTogether: number = SHARDS_TOGETHER,
  ) {
    if (sampling === 'shardShuffle') {
      const sum = shardRows?.reduce((total, rows) => total + rows, 0);
      if (sum !== trainSize) {
        throw new RangeError(
          `shardRows: got ${sum ?? 'none'}, expected the rows of each shard, ${trainSize} in all`,
        );
      }
    }
    this.#sampling = sampling;
    this.#trainSize = trainSize;
    this.#seed = seed;
    this.#shardRows = shardRows;
    this.#shardsTogether = shardsTogether;
  }

  /**
   * Writes the sample indices of step `step` (0-based) into `batch`.
   *
   * "withReplacement" draws each index independently, as the textbook does. "shuffle" walks a fresh permutation per
   * epoch: whole batches only, so the last `trainSize mod batchSize` of an epoch's permutation are left out.
   * "shardShuffle" is ShardOrder's.
   */
  fill(batch: Uint32Array, step: number): void {
    if (this.#sampling === 'withReplacement') {
      fillIntegers(batch, this.#trainSize, this.#seed, PURPOSE.batch, step);
    } else if (this.#sampling === 'shuffle') {
      this.#fillShuffled(batch, step);
    } else {
      this.#fillByShards(batch, step);
    }
  }

  #fillShuffled(batch: Uint32Array, step: number): void {
    const perEpoch = stepsPerEpoch(batch.length, this.#trainSize);
    const epoch = Math.floor(step / perEpoch);
    if (this.#permutation?.epoch !== epoch) {
      this.#permutation = {
        epoch,
        order: new Permutation(this.#trainSize, this.#seed, epoch),
      };
    }
    const start = (step % perEpoch) * batch.length;
    for (let i = 0; i < batch.length; i++) batch[i] = this.#permutation.order.at(start + i);
  }

  #fillByShards(batch: Uint32Array, step: number): void {
    const { order, offsets, of } = this.#shardsFor(batch.length);
    order.fill(of, batch, step);
    for (let n = 0; n < batch.length; n++) batch[n] = offsets[of[n]!]! + batch[n]!;
  }

  #shardsFor(batchSize: number) {
    if (this.#shards?.batchSize !== batchSize) {
      const shardRows = this.#shardRows ?? [];
      const offsets = new Float64Array(shardRows.length);
      for (let shard = 1; shard < offsets.length; shard++) {
        offsets[shard] = offsets[shard - 1]! + shardRows[shard - 1]!;
      }
      const order = new ShardOrder(shardRows, batchSize, this.#seed, this.#shardsTogether);
      this.#shards = { batchSize, order, offsets, of: new Uint32Array(batchSize) };
    }
    return this.#shards;
  }
}
