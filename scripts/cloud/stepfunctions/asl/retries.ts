/** Which failures are tried again and when, and which are caught. */
import type { Failure } from './failure.ts';

interface Rule {
  ErrorEquals: readonly string[];
}

export interface Retrier extends Rule {
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher extends Rule {
  Next: string;
  ResultPath?: string | null;
}

/** What a timeout is no case of ("Error names", AWS Step Functions Developer Guide). */
const TASK_FAILED = 'States.TaskFailed';
const TIMEOUT = 'States.Timeout';

/** The first rule that names the error. */
export function ruleFor<R extends Rule>(rules: readonly R[], failure: Failure): R | undefined {
  if (failure.isTerminal) return undefined;
  return rules.find(({ ErrorEquals }) =>
    ErrorEquals.some(
      (name) =>
        name === 'States.ALL' ||
        name === failure.error ||
        (name === TASK_FAILED && failure.error !== undefined && failure.error !== TIMEOUT),
    ),
  );
}

/** The retries of a state from where it is entered to where it is left. */
export class Retries {
  readonly #retriers: readonly Retrier[];
  readonly #random: () => number;
  readonly #attempts = new Map<Retrier, number>();
  /** Of all retriers. */
  count = 0;

  /** @param random draws from [0, 1) */
  constructor(retriers: readonly Retrier[], random: () => number) {
    this.#retriers = retriers;
    this.#random = random;
  }

  /** Seconds to wait before the next attempt; undefined when there is none. */
  after(failure: Failure): number | undefined {
    const retrier = ruleFor(this.#retriers, failure);
    if (retrier === undefined) return undefined;
    const attempts = this.#attempts.get(retrier) ?? 0;
    const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2 } = retrier;
    if (attempts >= MaxAttempts) return undefined;
    this.#attempts.set(retrier, attempts + 1);
    this.count++;
    const { MaxDelaySeconds = Number.POSITIVE_INFINITY, JitterStrategy = 'NONE' } = retrier;
    const delay = Math.min(IntervalSeconds * BackoffRate ** attempts, MaxDelaySeconds);
    return JitterStrategy === 'FULL' ? this.#random() * delay : delay;
  }
}
