/** A keyed permutation of 0…size-1 that is computed per position, with no table to store. */
import { drawWord, PURPOSE } from './streams.ts';

const ROUNDS = 6;

/**
 * Feistel network over the smallest even number of bits that holds `size`, with cycle walking (applying it again
 * until the value is below `size`) as in J. Black and P. Rogaway, "Ciphers with Arbitrary Finite Domains", 2002.
 */
export class Permutation {
  readonly size: number;
  #half: number;
  #mask: number;
  #keys = new Uint32Array(ROUNDS);

  /**
   * @param index which permutation of the seed, e.g. the epoch
   * @param purpose one of PURPOSE
   * @param part which of the index's permutations, below 2^29
   */
  constructor(size: number, seed: number, index: number, purpose: number = PURPOSE.shuffle, part = 0) {
    this.size = size;
    let bits = 2;
    while (bits < 32 && 1 << bits < size) bits += 2;
    this.#half = bits / 2;
    this.#mask = (1 << this.#half) - 1;
    for (let round = 0; round < ROUNDS; round++) {
      this.#keys[round] = drawWord(seed, purpose, index, part * ROUNDS + round);
    }
  }

  /** The value at `position`, both in [0, size). */
  at(position: number): number {
    let value = position;
    do value = this.#encrypt(value);
    while (value >= this.size);
    return value;
  }

  #encrypt(value: number): number {
    let left = value >>> this.#half;
    let right = value & this.#mask;
    for (let round = 0; round < ROUNDS; round++) {
      const next = left ^ (mix(right ^ this.#keys[round]!) & this.#mask);
      left = right;
      right = next;
    }
    return ((left << this.#half) | right) >>> 0;
  }
}

/** 32-bit finalizer of MurmurHash3 (A. Appleby). */
function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
