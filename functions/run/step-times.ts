/** How long the slowest step takes, measured between the moments at which somebody asks whether to stop. */
export class StepTimes {
  readonly #elapsedMs: () => number;
  #slowestMs: number;
  #began: number | undefined;

  /** @param slowestMs of the steps before */
  constructor(elapsedMs: () => number, slowestMs = 0) {
    this.#elapsedMs = elapsedMs;
    this.#slowestMs = slowestMs;
  }

  get slowestMs(): number {
    return this.#slowestMs;
  }

  /** A step begins, and the one before it, if there was one, is over. */
  next(): void {
    this.#measure();
    this.#began = this.#elapsedMs();
  }

  /** The last of some steps is over; what comes then is not taken for one. */
  end(): void {
    this.#measure();
    this.#began = undefined;
  }

  #measure(): void {
    if (this.#began !== undefined) {
      this.#slowestMs = Math.max(this.#slowestMs, this.#elapsedMs() - this.#began);
    }
  }
}
