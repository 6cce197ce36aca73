/** When a chunk has to end before its last step: the invocation's time runs short, or a cap of the run is near. */
import { SAFETY_MARGIN_MS } from '../contract/functions.ts';
import type { Pace } from '../schemas/parts.ts';
import { capInTheWay, slowest, type Watched } from './caps.ts';
import { StepTimes } from './step-times.ts';

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

/** An evaluation from this on has a checkpoint of its own before it: whoever loses it has not to train for it again. */
export const LONG_EVALUATION_MS = 10_000;

/** Of what took the longest so far, it may take so much more the next time. */
const SLACK = 2;

export class ChunkLimits {
  readonly #limited: Limited;
  readonly #marginMs: number;
  readonly #hasCaps: boolean;
  readonly #steps: StepTimes;

  constructor(limited: Limited) {
    this.#limited = limited;
    // A function with less time than the margin in all still has half of it for training.
    const margin = SAFETY_MARGIN_MS + SLACK * limited.loop.pace.saveMs;
    this.#marginMs = Math.min(margin, limited.remainingMs() / 2);
    const { maxDollars, maxSeconds } = limited.config;
    this.#hasCaps = maxDollars !== undefined || maxSeconds !== undefined;
    this.#steps = new StepTimes(() => limited.stopwatch.elapsedMs(), limited.loop.pace.stepMs);
  }

  /** The slowest times of the run so far. */
  get pace(): Pace {
    const { stopwatch, loop } = this.#limited;
    return slowest(loop.pace, stopwatch.pace(this.#steps.slowestMs));
  }

  /** Whether a checkpoint has to be there before the next evaluation. */
  isEvaluationLong(): boolean {
    return this.#evaluateMs() >= LONG_EVALUATION_MS;
  }

  /**
   * Whether the invocation's time does not reach for more steps.
   *
   * @param steps that would be trained
   * @param evaluates whether an evaluation is due after them
   */
  isShortOfTime({ steps, evaluates }: { steps: number; evaluates: boolean }): boolean {
    // Where a cap ends the run, it is evaluated there.
    const evaluating = evaluates || this.#hasCaps ? SLACK * this.#evaluateMs() : 0;
    const ms = steps * this.#steps.slowestMs + evaluating;
    return this.#limited.remainingMs() <= this.#marginMs + ms;
  }

  /** Asked before each step, which is trained in any case: whether it has to be the last. Measures the steps, too. */
  endsWithNextStep(): boolean {
    this.#steps.next();
    // An evaluation that takes long doesn't follow without another look: the margin has room for others.
    if (this.isShortOfTime({ steps: 2, evaluates: false })) return true;
    if (!this.#hasCaps) return false;
    const { stepMs, evaluateMs, saveMs } = this.pace;
    const ms = 2 * stepMs + evaluateMs + saveMs;
    return capInTheWay(this.#limited, { ms, inNextChunk: false }) !== undefined;
  }

  /** To be called after the last of some steps, so that what comes then is not taken for a step. */
  endSteps(): void {
    this.#steps.end();
  }

  #evaluateMs(): number {
    const { loop, stopwatch } = this.#limited;
    return Math.max(loop.pace.evaluateMs, stopwatch.pace().evaluateMs);
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
}
