/** Random numbers of a generated dataset: a pure function of (seed, stream, row), so that rows need no history. */
import { philox4x32 } from '../../../core/random/philox.ts';

export class Draws {
  readonly #seed: number;
  readonly #stream: number;
  readonly #words = new Uint32Array(4);
  #row = 0;
  #block = 0;
  #left = 0;

  /** @param stream tells what is generated apart: its draws have nothing to do with those of another */
  constructor(seed: number, stream: number) {
    this.#seed = seed;
    this.#stream = stream;
  }

  /** Goes to the beginning of a row's draws. */
  startRow(row: number): this {
    this.#row = row;
    this.#block = 0;
    this.#left = 0;
    return this;
  }

  word(): number {
    if (this.#left === 0) {
      philox4x32(this.#block++, this.#row, 0, 0, this.#seed, this.#stream, this.#words);
      this.#left = 4;
    }
    return this.#words[--this.#left]!;
  }

  /** In [0, 1). */
  uniform(): number {
    return this.word() / 0x1_0000_0000;
  }

  /** Whole numbers from `low` to `high`, both possible. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  /** Mean 0, variance 1, never beyond 3: the sum of four uniform numbers. */
  bell(): number {
    return (this.uniform() + this.uniform() + this.uniform() + this.uniform() - 2) * 1.7320508075688772;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.uniform() * choices.length)]!;
  }
}

/** Of one run's datasets; a value is part of what a seed stands for. */
export const STREAM = {
  kddTrain: 1,
  kddTest: 2,
  pictures: 3,
  pictureLabels: 4,
  table: 5,
  plainDigits: 6,
  photos: 7,
  files: 8,
  shapes: 9,
} as const;
