/**
 * Deals a table's rows to a training and a test set as they come, class by class: of each class, one row of every
 * 1 / testShare is for the test, which one is drawn. So a rare class is in both sets as often as it can be, files that
 * are sorted are no trouble, and the same seed gives the same sets.
 */
import { multiplyHigh } from '../../random/philox.ts';
import { drawWord, PURPOSE } from '../../random/streams.ts';
import { ByteDictionary } from './byte-dictionary.ts';

export interface SplitSchema {
  /** Share of the rows that are for the test, between 0 and 1. */
  testShare: number;
  /** Default 0. */
  seed?: number;
}

/** What decides for a class which row is next. */
interface Stratum {
  rows: number;
  group: number;
  /** Of the class's rows, the next one for the test. */
  next: number;
}

const FIRST_BYTES = 1024;

export class RowSplit {
  readonly #share: number;
  readonly #seed: number;
  readonly #values = new ByteDictionary();
  readonly #strata: Stratum[] = [];
  /** By file, a bit for each row: 1 is for the test. */
  readonly #bits = new Map<string, Uint8Array>();

  constructor({ testShare, seed = 0 }: SplitSchema) {
    this.#share = testShare;
    this.#seed = seed;
  }

  /**
   * Decides about a row, in the order of the files.
   *
   * @param row its number in the file
   * @param value its label, by which classes are told apart; nothing where there are none
   * @returns whether it is for the test
   */
  deal(file: string, row: number, value: Uint8Array): boolean {
    const number = this.#values.add(value);
    if (number === this.#strata.length) this.#strata.push(this.#begin(number));
    const stratum = this.#strata[number]!;
    const isTest = stratum.rows++ === stratum.next;
    if (stratum.rows >= this.#startOf(stratum.group + 1)) {
      stratum.group++;
      stratum.next = this.#draw(number, stratum.group, this.#startOf(stratum.group));
    }
    if (isTest) this.#mark(file, row);
    return isTest;
  }

  /** What was decided; a row that nobody asked about, such as a bad one, is for the training. */
  isTest(file: string, row: number): boolean {
    return (((this.#bits.get(file)?.[row >>> 3] ?? 0) >> (row & 7)) & 1) === 1;
  }

  /** The first row of a class is always for the training: a class that was never seen can't be learned. */
  #begin(number: number): Stratum {
    return { rows: 0, group: 0, next: this.#draw(number, 0, 1) };
  }

  #startOf(group: number): number {
    return Math.ceil(group / this.#share);
  }

  /** @param from the first row of the group that may be drawn */
  #draw(number: number, group: number, from: number): number {
    const word = drawWord(this.#seed, PURPOSE.split, group, number);
    return from + multiplyHigh(word, Math.max(1, this.#startOf(group + 1) - from));
  }

  #mark(file: string, row: number): void {
    let bits = this.#bits.get(file) ?? new Uint8Array(FIRST_BYTES);
    if (row >>> 3 >= bits.length) {
      const larger = new Uint8Array(2 * ((row >>> 3) + 1));
      larger.set(bits);
      bits = larger;
    }
    bits[row >>> 3]! |= 1 << (row & 7);
    this.#bits.set(file, bits);
  }
}
