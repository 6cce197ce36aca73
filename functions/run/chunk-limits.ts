/** When a chunk has to end before its last step: the invocation's time runs short, or a cap of the run is near. */
import { SAFETY_MARGIN_MS } from '../contract/functions.ts';
import type { Pace } from '../schemas/parts.ts';
import { capInTheWay, slowest, type Watched } from './caps.ts';

export interface Limited extends Watched {
  /** Milliseconds until the invocation is cut off. */
  remainingMs: () => number;
}

/** What comes between a step and the next. */
interface BeforeStep {
  evaluates: boolean;
  saves: boolean;
  inNextChunk: boolean;
}

export class ChunkLimits {
  readonly #limited: Limited;
  readonly #stopAtMs: number;
  readonly #hasCaps: boolean;
  #stepMs = 0;
  #stepBegan: number | undefined;

  constructor(limited: Limited) {
    this.#limited = limited;
    // A function with less time than the margin in all still has half of it for training.
    const { evaluateMs, saveMs } = limited.loop.pace;
    this.#stopAtMs = Math.min(SAFETY_MARGIN_MS + 2 * (evaluateMs + saveMs), limited.remainingMs() / 2);
    const { maxDollars, maxSeconds } = limited.config;
    this.#hasCaps = maxDollars !== undefined || maxSeconds !== undefined;
  }

  /** The slowest times of the run so far. */
  get pace(): Pace {
    const { stopwatch, loop } = this.#limited;
    return slowest(loop.pace, stopwatch.pace(this.#stepMs));
  }

  isShortOfTime(): boolean {
    return this.#limited.remainingMs() <= this.#stopAtMs;
  }

  /** Asked before each step, which is trained in any case: whether it has to be the last. Measures the steps, too. */
  endsWithNextStep(): boolean {
    this.#measureStep();
    if (this.isShortOfTime()) return true;
    if (!this.#hasCaps) return false;
    const { stepMs, evaluateMs, saveMs } = this.pace;
    const ms = 2 * stepMs + evaluateMs + saveMs;
    return capInTheWay(this.#limited, { ms, inNextChunk: false }) !== undefined;
  }

  /** To be called after the last of some steps, so that what comes then is not taken for a step. */
  endSteps(): void {
    this.#measureStep();
    this.#stepBegan = undefined;
  }

  /**
   * The cap that leaves no time or money for another step between two; undefined when there is none.
   *
   * @param before what is due before that step: an evaluation, a checkpoint, and whether another invocation would take it
   */
  capReached({ evaluates, saves, inNextChunk }: BeforeStep): string | undefined {
    if (!this.#hasCaps) return undefined;
    const { loadMs, stepMs, evaluateMs, saveMs } = this.pace;
    const savesFirst = saves || (evaluates && this.#limited.config.earlyStopping?.restoreBest === true);
    const before = (evaluates ? evaluateMs : 0) + (savesFirst ? saveMs : 0) + (inNextChunk ? loadMs : 0);
    const s3Writes = (savesFirst ? 1 : 0) + (savesFirst || evaluates ? 1 : 0);
    const ms = before + stepMs + evaluateMs + saveMs;
    return capInTheWay(this.#limited, { ms, s3Writes, inNextChunk });
  }

  #measureStep(): void {
    const at = this.#limited.stopwatch.elapsedMs();
    if (this.#stepBegan !== undefined) this.#stepMs = Math.max(this.#stepMs, at - this.#stepBegan);
    this.#stepBegan = at;
  }
}
