/** Time that goes on to the next sleeper when nobody has anything to do. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../../scripts/cloud/stepfunctions/asl/clock.ts';

/** Turns of the event loop in which the interpreter comes to rest. */
const TURNS = 4;

export class VirtualTime implements Clock {
  #now: number;
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();
  readonly now = () => this.#now;

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const stop = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const wake = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper = { at: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', stop, { once: true });
    });

  /** Goes on until then. @throws Error when nobody sleeps and it is not so */
  async runUntil(isSo: () => boolean): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < TURNS; turn++) await nextTurn();
      if (isSo()) return;
      const [first] = [...this.#sleepers].sort((a, b) => a.at - b.at);
      if (first === undefined) throw new Error('everybody waits for ever');
      this.#sleepers.delete(first);
      this.#now = Math.max(this.#now, first.at);
      first.wake();
    }
  }
}
