/**
 * The simulation's time: it stands still while anything can happen without it, and then jumps to the next timer. The
 * interpreter of state machines runs on it through the globals, which are replaced as long as a simulation runs.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import FakeTimers from '@sinonjs/fake-timers';
import type { Random } from './random.ts';

/** Where every simulation begins. */
const START = Date.UTC(2026, 10, 25);
/** Turns of the real event loop in which promises, streams and the interpreter settle. */
const TURNS = 3;

export class Clock {
  readonly #timers = FakeTimers.install({
    now: START,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  });
  readonly #realRandom = Math.random;

  /** @param random takes the place of Math.random */
  constructor(random: Random) {
    Math.random = () => random.next();
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    return this.#timers.now;
  }

  /** Milliseconds since the simulation's begin. */
  get elapsed(): number {
    return this.#timers.now - START;
  }

  /** @returns what cancels it */
  after(ms: number, act: () => void): () => void {
    const timer = this.#timers.setTimeout(act, ms);
    return () => this.#timers.clearTimeout(timer);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Lets happen what needs no time, then goes to the next timer. @returns false when there is none */
  async step(): Promise<boolean> {
    for (let turn = 0; turn < TURNS; turn++) await nextTurn();
    if (this.#timers.countTimers() === 0) return false;
    this.#timers.next();
    return true;
  }

  /** Gives the globals back. */
  uninstall(): void {
    this.#timers.uninstall();
    Math.random = this.#realRandom;
  }
}
