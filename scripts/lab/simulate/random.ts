/** Every chance in a simulation: a stream of numbers that the seed and a purpose decide. */
import { Draws } from '../generate/draws.ts';

/** Streams of different purposes are independent. */
export class Random extends Draws {
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Uniform in [from, to). */
  between(from: number, to: number): number {
    return from + this.uniform() * (to - from);
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Most values are small, some very large: e to a power that is uniform. */
  spread(least: number, most: number): number {
    return least * (most / least) ** this.uniform();
  }

  bytes(size: number): Buffer {
    return Buffer.from(Array.from({ length: size }, () => this.below(256)));
  }

  uuid(): string {
    return this.bytes(16)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}
