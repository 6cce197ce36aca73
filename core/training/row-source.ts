/** Where a trainer's samples come from: rows in memory here, shards that come and go in shard-stream.ts. */
import type { TrainingRows } from '../rows/training-rows.ts';
import { BatchSampler } from './batch-sampler.ts';
import type { TrainingConfig } from './config.ts';

/** The samples of one step: the rows of `data` listed in `batch`. */
export interface StepRows {
  data: TrainingRows;
  batch: Uint32Array;
}

export interface RowSource {
  /** Samples in an epoch. */
  readonly size: number;
  /** @param step 0-based @returns valid until the next call */
  rowsFor(step: number): StepRows;
}

/** All rows in memory, drawn as the config says. */
export class RowsInMemory implements RowSource {
  readonly #data: TrainingRows;
  readonly #sampler: BatchSampler;
  readonly #batch: Uint32Array;

  /** @throws RangeError for "shardShuffle" of rows that don't say what their shards are */
  constructor({ sampling, seed, batchSize, shardsTogether }: TrainingConfig, data: TrainingRows) {
    this.#data = data;
    this.#sampler = new BatchSampler(sampling, data.x.rows, seed, data.shardRows, shardsTogether);
    this.#batch = new Uint32Array(batchSize);
  }

  get size(): number {
    return this.#data.x.rows;
  }

  rowsFor(step: number): StepRows {
    this.#sampler.fill(this.#batch, step);
    return { data: this.#data, batch: this.#batch };
  }
}
