/** Writes that go on while something else is done: they may begin beside each other, and end one after the other. */

export class Writes<T> {
  readonly #pending: Promise<T>[] = [];
  #failed: Promise<T> | undefined;

  /** Those that have not ended. */
  get size(): number {
    return this.#pending.length;
  }

  /** @param write given what ends when all before it have; it rejects where one of them has failed */
  begin(write: (before: Promise<unknown>) => Promise<T>): void {
    const own = write(this.#pending.at(-1) ?? this.#failed ?? Promise.resolve());
    this.#pending.push(own);
    const end = () => this.#pending.splice(this.#pending.indexOf(own), 1);
    // Who waits hears of a failure.
    own.then(end, () => {
      this.#failed ??= own;
      end();
    });
  }

  /**
   * Waits until fewer than `most` have not ended.
   *
   * @returns what the last of them came to that was waited for
   * @throws what one has thrown before or meanwhile
   */
  async below(most: number): Promise<T | undefined> {
    let last: T | undefined;
    while (this.#failed === undefined && this.#pending.length >= most) last = await this.#pending[0];
    await this.#failed;
    return last;
  }

  /** Waits until all have ended, however they do. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }
}
