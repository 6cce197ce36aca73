/** Rows of one `fit` after another: each epoch takes every row once, in an order of its own. */

import { Permutation } from '../random/permutation.ts';
import type { TrainingRows } from '../rows/training-rows.ts';
import type { RowSource, StepRows } from '../training/row-source.ts';

export class EpochRows implements RowSource {
  /** Rows of a step; an epoch's last one may have fewer. */
  batchSize = 1;
  readonly #seed: number;
  #data: TrainingRows | undefined;
  #order: Permutation | undefined;
  /** The epoch's first step, of all that the network has taken. */
  #firstStep = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  get size(): number {
    return this.#data?.x.rows ?? 0;
  }

  /** The rows that are trained on from now on. */
  begin(data: TrainingRows, batchSize: number): void {
    this.#data = data;
    this.batchSize = batchSize;
  }

  /** @param epoch its number among all epochs of the model, which decides the order */
  beginEpoch(epoch: number, firstStep: number): void {
    this.#order = new Permutation(this.size, this.#seed, epoch);
    this.#firstStep = firstStep;
  }

  rowsFor(step: number): StepRows {
    const start = (step - this.#firstStep) * this.batchSize;
    const length = Math.min(this.batchSize, this.size - start);
    const batch = Uint32Array.from({ length }, (_, n) => this.#order!.at(start + n));
    return { data: this.#data!, batch };
  }

  /** Lets the rows go when the training is over. */
  end(): void {
    this.#data = undefined;
  }
}
