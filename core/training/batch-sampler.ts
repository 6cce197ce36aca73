/** Which samples a step trains on: a pure function of (seed, step), so that a resumed run needs no history. */
import { Permutation } from '../random/permutation.ts';
import { fillIntegers, PURPOSE } from '../random/streams.ts';
import { type SamplingName, stepsPerEpoch } from './config.ts';

export class BatchSampler {
  #sampling: SamplingName;
  #trainSize: number;
  #seed: number;
  #permutation: { epoch: number; order: Permutation } | undefined;

  constructor(sampling: SamplingName, trainSize: number, seed: number) {
    this.#sampling = sampling;
    this.#trainSize = trainSize;
    this.#seed = seed;
  }

  /**
   * Writes the sample indices of step `step` (0-based) into `batch`.
   *
   * "withReplacement" draws each index independently, as the deck does. "shuffle" walks a fresh permutation per
   * epoch: whole batches only, so the last `trainSize mod batchSize` of an epoch's permutation are left out.
   */
  fill(batch: Uint32Array, step: number): void {
    if (this.#sampling === 'withReplacement') {
      fillIntegers(batch, this.#trainSize, this.#seed, PURPOSE.batch, step);
      return;
    }
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
}
