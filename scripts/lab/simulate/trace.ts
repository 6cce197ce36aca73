/** What happened, in order, to be read when a simulation has failed. */
export class Trace {
  readonly lines: string[] = [];
  readonly #elapsed: () => number;

  /** @param elapsed milliseconds since the simulation's begin */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  add(who: string, what: string): void {
    this.lines.push(`${(this.#elapsed() / 1000).toFixed(3).padStart(9)} s  ${who.padEnd(20)} ${what}`);
  }
}
