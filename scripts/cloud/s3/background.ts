/** Work that nobody waits for, done in slices, so that requests get their turn in between. */

/** Each `yield` ends a slice: some megabytes or some hundred rows, and a transaction at most. */
export type Sliced = Generator<void, void>;

/** Does all of it now, for those who have no one else to let in. */
export function doWhole(work: Sliced): void {
  while (!work.next().done);
}

export class Background {
  readonly #queue: Sliced[] = [];
  readonly #onError: (error: unknown) => void;
  #next: NodeJS.Immediate | undefined;

  /** @param onError gets what ends a piece of work; the others go on */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  readonly add = (work: Sliced): void => {
    this.#queue.push(work);
    this.#schedule();
  };

  /** Goes on at once, until all is done or the time is over; what is left then is given up. */
  finish(milliseconds: number): void {
    const end = performance.now() + milliseconds;
    while (this.#queue.length > 0 && performance.now() < end) this.#doSlice();
    this.#queue.length = 0;
    clearImmediate(this.#next);
  }

  #schedule(): void {
    this.#next ??= setImmediate(() => {
      this.#next = undefined;
      this.#doSlice();
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  #doSlice(): void {
    const [work] = this.#queue;
    if (work === undefined) return;
    try {
      if (work.next().done) this.#queue.shift();
    } catch (error) {
      this.#queue.shift();
      this.#onError(error);
    }
  }
}
