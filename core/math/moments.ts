/**
 * Range, mean and variance of columns of numbers, in one pass: the same numbers in the same order give the same bits,
 * however they came in pieces.
 */
export interface Moments {
  count: number;
  /** These are 0 for no numbers. */
  min: number;
  max: number;
  mean: number;
  /** Mean square distance from the mean, of the population. */
  variance: number;
}

export class ColumnMoments {
  readonly #minima: Float64Array;
  readonly #maxima: Float64Array;
  readonly #means: Float64Array;
  /** Sums of squared distances from the mean. */
  readonly #squares: Float64Array;
  readonly #counts: Float64Array;

  constructor(columns: number) {
    this.#minima = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    this.#maxima = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
    this.#means = new Float64Array(columns);
    this.#squares = new Float64Array(columns);
    this.#counts = new Float64Array(columns);
  }

  /** B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", 1962. */
  add(column: number, value: number): void {
    if (value < this.#minima[column]!) this.#minima[column] = value;
    if (value > this.#maxima[column]!) this.#maxima[column] = value;
    const count = this.#counts[column]! + 1;
    const distance = value - this.#means[column]!;
    const mean = this.#means[column]! + distance / count;
    this.#counts[column] = count;
    this.#means[column] = mean;
    this.#squares[column]! += distance * (value - mean);
  }

  of(column: number): Moments {
    const count = this.#counts[column]!;
    if (count === 0) return { count, min: 0, max: 0, mean: 0, variance: 0 };
    return {
      count,
      min: this.#minima[column]!,
      max: this.#maxima[column]!,
      mean: this.#means[column]!,
      variance: this.#squares[column]! / count,
    };
  }
}
