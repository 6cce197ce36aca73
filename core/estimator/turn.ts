/** Lets what waits for the event loop have its turn: a page draws, timers and requests go on, a signal is aborted. */

interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}
/** Node and browsers both have it; core's types know neither. Timers would wait for 4 ms each in a browser. */
const { MessageChannel } = globalThis as unknown as {
  MessageChannel: new () => { port1: Port; port2: Port };
};

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Weights times rows between two turns, in all three passes of training: some milliseconds on a laptop. */
const WORK_PER_TURN = 20_000_000;
/** What a step or a block costs besides, in the same unit. */
const WORK_PER_CALL = 20_000;

/** Counts work, because core sees no clock, and says when it is time for a turn. */
export class Turns {
  readonly #weights: number;
  #work = 0;

  /** @param weights of the network */
  constructor(weights: number) {
    this.#weights = weights;
  }

  /** Whether it is time after so many rows more. */
  isDue(rows: number): boolean {
    this.#work += this.#weights * rows + WORK_PER_CALL;
    if (this.#work < WORK_PER_TURN) return false;
    this.#work = 0;
    return true;
  }
}
