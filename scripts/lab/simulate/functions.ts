/** Lambda: containers that are kept warm, limits of time, and what goes wrong with an invocation. */
import type { FunctionInvoker, Outcome } from '../../cloud/lambda/container.ts';
import { throttled } from '../../cloud/lambda/throttle.ts';
import type { App } from './app.ts';
import type { Clock } from './clock.ts';
import { Container, type Surroundings } from './container.ts';
import { type Faults, INVOCATION_FAULTS, type InvocationFault } from './faults.ts';
import type { Random } from './random.ts';
import type { Trace } from './trace.ts';

export interface FunctionParts {
  clock: Clock;
  random: Random;
  faults: Faults;
  trace: Trace;
  functions: App['functions'];
  send: Surroundings['send'];
}

/** Milliseconds. */
const WARM_START = [1, 20] as const;
const COLD_START = [100, 800] as const;
/** Share of the invocations for which a warm container is taken, where there is one. */
const REUSE = 0.9;
const ANSWER_LOST_AFTER = [10, 60_000] as const;
const SECOND_AFTER = [1, 300_000] as const;
/** One that comes later than this is nobody's answer: tasks are given up half a minute after their function's time. */
const SECOND_AWAITED = 10_000;
/** What goes on when its time is over is ended at last. */
const ENDED_AFTER = [10, 120_000] as const;
const GOES_ON = 0.5;
/** Each look at the remaining time may take this long. */
const SLOWNESS = [500, 100_000] as const;
/** Clocks that are off by more than this are not Lambda's: the functions plan for 10 minutes between two. */
const MOST_SKEW_MS = 4 * 60_000;

export class SimulatedFunctions implements FunctionInvoker {
  invocations = 0;
  /** Those of which a container's clock was wrong at some time, by their folders. */
  readonly skewed = new Set<string>();
  readonly #parts: FunctionParts;
  readonly #warm = new Map<string, Container[]>();
  /** What ends the invocation of a container. */
  readonly #running = new Map<Container, (outcome: Outcome) => void>();
  readonly #begun = new Map<string, number>();

  constructor(parts: FunctionParts) {
    this.#parts = parts;
  }

  has(arn: string): boolean {
    return this.#parts.functions.has(arn);
  }

  /** Whether any handler is at work, be it that nobody waits for it. */
  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  async invoke(arn: string, event: string, signal?: AbortSignal): Promise<Outcome> {
    const { clock, random, faults, trace } = this.#parts;
    const { entry } = this.#parts.functions.get(arn)!;
    const fault = faults.draw(INVOCATION_FAULTS);
    trace.add(entry, `invoked${fault === undefined ? '' : ` (${fault})`} with ${event}`);
    switch (fault) {
      case 'Lambda throttles':
        return throttled('of the simulation');
      case 'Lambda service error':
        return failure('Lambda.ServiceException', 'Service error');
      case 'Lambda loses the answer':
        void this.#run(arn, event, undefined);
        await clock.sleep(random.spread(...ANSWER_LOST_AFTER));
        return failure('Lambda.SdkClientException', 'The connection was reset');
      case 'invoked twice at once': {
        const after = random.spread(...SECOND_AFTER);
        const second = clock.sleep(after).then(() => this.#run(arn, event, undefined));
        const answersFirst = random.chance(0.5) || after > SECOND_AWAITED;
        return answersFirst ? this.#run(arn, event, signal) : second;
      }
      default:
        return this.#run(arn, event, signal, fault);
    }
  }

  /** The container's process is gone, and Lambda knows. */
  crash(container: Container): void {
    container.kill();
    this.#running.get(container)?.(failure('Runtime.ExitError', 'Runtime exited with error: signal: killed'));
  }

  /** Ends all of them, as a machine does that loses its power. */
  crashAll(): void {
    for (const container of this.#running.keys()) this.crash(container);
    this.#warm.clear();
  }

  async #run(
    arn: string,
    event: string,
    signal: AbortSignal | undefined,
    fault?: InvocationFault,
  ): Promise<Outcome> {
    const { clock, random, trace } = this.#parts;
    this.invocations++;
    const requestId = random.uuid();
    const container = await this.#take(arn);
    const { name, fn } = container;
    const timeoutMs = fn.timeoutSeconds * 1000;
    let timedOut = false;
    const outcome = await new Promise<Outcome>((resolve) => {
      const cancelTimeout = clock.after(timeoutMs, () => {
        timedOut = true;
        if (!random.chance(GOES_ON)) container.kill();
        end(failure('Sandbox.Timedout', `Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`));
        if (!container.alive) return;
        const zombieFor = random.spread(...ENDED_AFTER);
        trace.add(name, `goes on for ${Math.round(zombieFor)} ms`);
        clock.after(zombieFor, () => container.kill());
      });
      const end = (result: Outcome) => {
        cancelTimeout();
        this.#running.delete(container);
        trace.add(name, describe(result));
        resolve(result);
      };
      this.#running.set(container, end);
      // Nobody waits any more. The local cloud ends the process then, Lambda doesn't.
      const abandoned = () => (random.chance(0.5) ? this.crash(container) : undefined);
      signal?.addEventListener('abort', abandoned, { once: true });
      if (fault === 'clock jumps') {
        const jump = random.between(-MOST_SKEW_MS, MOST_SKEW_MS);
        this.skewed.add(this.#parts.functions.get(arn)!.entry);
        clock.after(random.spread(1, 2_000), () => {
          container.skewMs = Math.max(-MOST_SKEW_MS, Math.min(MOST_SKEW_MS, container.skewMs + jump));
        });
      }
      const slowness = fault === 'slow computing' ? random.spread(...SLOWNESS) : 0;
      container.invoke(JSON.parse(event), requestId, clock.now + timeoutMs, slowness).then(
        (result) => end({ payload: JSON.stringify(result) }),
        (error: Error) => end(failure(error.name, error.message)),
      );
    });
    if (container.alive && !timedOut) this.#warm.set(arn, [...(this.#warm.get(arn) ?? []), container]);
    return outcome;
  }

  async #take(arn: string): Promise<Container> {
    const { clock, random, faults, trace, send, functions } = this.#parts;
    const warm = this.#warm.get(arn) ?? [];
    if (warm.length > 0 && random.chance(REUSE)) {
      const container = warm.pop()!;
      await clock.sleep(random.spread(...WARM_START));
      if (container.alive) return container;
    }
    await clock.sleep(random.spread(...COLD_START));
    const { fn, entry, bundle } = functions.get(arn)!;
    const number = (this.#begun.get(entry) ?? 0) + 1;
    this.#begun.set(entry, number);
    const isSkewed = faults.draw(['clock skew']) !== undefined;
    if (isSkewed) this.skewed.add(entry);
    const skewMs = isSkewed ? random.between(-MOST_SKEW_MS, MOST_SKEW_MS) : 0;
    const log = (line: string, { name }: Container) => {
      // Metrics say nothing that is not in the bucket as well.
      if (!line.includes('"_aws"')) trace.add(name, `logs ${line}`);
    };
    return new Container(`${entry}/${number}`, fn, bundle, skewMs, { clock, random, send, log });
  }
}

function failure(errorType: string, errorMessage: string): Outcome {
  return { error: { errorType, errorMessage } };
}

const describe = ({ payload, error }: Outcome) =>
  error === undefined ? `answers ${payload}` : `fails: ${error.errorType}: ${error.errorMessage}`;
