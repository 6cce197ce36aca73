/** Draws of a simulation: a stream of numbers that the seed and a purpose decide. */
import { philox4x32 } from '../../../core/random/philox.ts';

const WORDS = 4;
const RANGE = 2 ** 32;

export class Random {
  readonly #seed: number;
  readonly #purpose: number;
  readonly #words = new Uint32Array(WORDS);
  #drawn = 0;

  /** @param purpose streams of different purposes are independent */
  constructor(seed: number, purpose: number) {
    this.#seed = seed;
    this.#purpose = purpose;
  }

  /** Uniform in [0, 1). */
  next(): number {
    const word = this.#drawn % WORDS;
    if (word === 0) {
      philox4x32(Math.floor(this.#drawn / WORDS), 0, 0, 0, this.#seed, this.#purpose, this.#words);
    }
    this.#drawn++;
    return this.#words[word]! / RANGE;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Uniform in [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** The items in another order. */
  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item): [number, T] => [this.next(), item])
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  }

  /** Most values are small, some very large: e to a power that is uniform. */
  spread(least: number, most: number): number {
    return least * (most / least) ** this.next();
  }

  /** In the form of version 4. */
  uuid(): string {
    const hex = (digits: number) =>
      Array.from({ length: digits }, () => this.below(16).toString(16)).join('');
    return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  }
}
