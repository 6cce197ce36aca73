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

/** Products times rows between two turns, in all three passes of training: some milliseconds on a laptop. */
const WORK_PER_TURN = 20_000_000;
/** What a step or a block costs besides, in the same unit. */
const WORK_PER_CALL = 20_000;

/** Counts work, because core sees no clock, and says when it is time for a turn. */
export class Turns {
  readonly #products: number;
  #work = 0;

  /** @param products that the network adds up for a row: of dense layers, its weights */
  constructor(products: number) {
    this.#products = products;
  }

  /** Whether it is time after so many rows more. */
  isDue(rows: number): boolean {
    this.#work += this.#products * rows + WORK_PER_CALL;
    if (this.#work < WORK_PER_TURN) return false;
    this.#work = 0;
    return true;
  }
}
