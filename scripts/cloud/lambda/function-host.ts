/** All functions of the app: a pool of warm processes for each, limits, logs and figures. */
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { LIMITS } from '../../../functions/contract/limits.ts';
import { NO_AWS_FILES } from '../../support/surroundings.ts';
import { adviceFor } from '../../support/trouble.ts';
import { accessKeyIdOf } from '../iam/authorizer.ts';
import { LOCAL_REGION } from '../intrinsics.ts';
import type { FunctionResource } from '../resources.ts';
import type { PreparedInvoker } from './ahead.ts';
import { Container, type Outcome } from './container.ts';
import { throttled } from './throttle.ts';

/**
 * Processes of one function at a time, unless told otherwise; more invocations wait, which is only slowness: to the account
 * they are under way, as Lambda would have started another environment. One for each processor: the start of a process
 * costs more than what most invocations do.
 */
const PROCESSES = Math.min(Math.max(availableParallelism(), 2), 10);
/** Lambda's limit on the time to load a function. One that takes longer is loaded anew, in the time of its invocation. */
const INIT_TIMEOUT_MS = 10_000;

export interface FunctionStats {
  name: string;
  invocations: number;
  errors: number;
  /** Invocations that were turned away; they are not among the others. */
  throttles: number;
  /** Milliseconds of the slowest INIT; 0 before the first. */
  initMs: number;
  totalMs: number;
  peakMemoryMb: number;
}

interface Pool {
  fn: FunctionResource;
  idle: Container[];
  all: Set<Container>;
  /** Processes being started. */
  starting: number;
  waiting: (() => void)[];
  logFile: number;
  /** Whether it was said that the log can't be written. */
  logFails: boolean;
  stats: FunctionStats;
}

export class FunctionHost implements PreparedInvoker {
  readonly #pools = new Map<string, Pool>();
  readonly #environment: Record<string, string>;
  readonly #initTimeoutMs: number;
  readonly #processes: number;
  readonly #concurrency: number;
  readonly #running = new Set<Promise<Outcome>>();
  readonly #preparing = new Set<Promise<void>>();
  #closed = false;

  /**
   * @param logFolder one file per function
   * @param environment set in every function besides what Lambda itself sets, e.g. AWS_ENDPOINT_URL_S3
   * @param options.processes of one function at a time
   * @param options.concurrency invocations of all functions at a time, as an account has them
   */
  constructor(
    functions: readonly FunctionResource[],
    logFolder: string,
    environment: Record<string, string>,
    {
      initTimeoutMs = INIT_TIMEOUT_MS,
      processes = PROCESSES,
      concurrency = LIMITS.concurrency as number,
    } = {},
  ) {
    mkdirSync(logFolder, { recursive: true });
    this.#environment = environment;
    this.#initTimeoutMs = initTimeoutMs;
    this.#processes = processes;
    this.#concurrency = concurrency;
    for (const fn of functions) {
      this.#pools.set(fn.arn, {
        fn,
        idle: [],
        all: new Set(),
        starting: 0,
        waiting: [],
        logFile: openSync(join(logFolder, `${fn.name}.log`), 'a'),
        logFails: false,
        stats: {
          name: fn.name,
          invocations: 0,
          errors: 0,
          throttles: 0,
          initMs: 0,
          totalMs: 0,
          peakMemoryMb: 0,
        },
      });
    }
  }

  has(arn: string): boolean {
    return this.#pools.has(arn);
  }

  stats(): FunctionStats[] {
    return [...this.#pools.values()].map(({ stats }) => ({ ...stats }));
  }

  /**
   * Throttles as Lambda does: "Understanding Lambda function scaling" (AWS Lambda Developer Guide), for an account in which
   * no function reserves a part of it.
   *
   * @param signal aborting it ends the function's process, as nobody waits for it any more
   */
  async invoke(arn: string, event: string, signal?: AbortSignal): Promise<Outcome> {
    const pool = this.#pools.get(arn);
    if (pool === undefined) throw new Error(`there is no function ${arn}`);
    if (Buffer.byteLength(event) > LIMITS.invokeBytes) {
      return tooLarge(`event: ${Buffer.byteLength(event)} bytes`);
    }
    if (this.#running.size >= this.#concurrency) {
      pool.stats.throttles++;
      return throttled();
    }
    const running = this.#run(pool, event, signal);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** An invocation that comes meanwhile takes the process, and waits for the rest of its INIT. */
  prepare(arn: string): void {
    const pool = this.#pools.get(arn);
    if (pool === undefined || this.#closed || pool.all.size + pool.starting > 0) return;
    const preparing = this.#start(pool, this.#initTimeoutMs)
      .then((container) => this.#release(pool, container))
      // Whoever needs one starts it again, and hears why it can't be.
      .catch(() => undefined)
      .finally(() => this.#preparing.delete(preparing));
    this.#preparing.add(preparing);
  }

  async #run(pool: Pool, event: string, signal: AbortSignal | undefined): Promise<Outcome> {
    const requestId = randomUUID();
    let container = await this.#acquire(pool, this.#initTimeoutMs);
    const kill = () => container.kill();
    signal?.addEventListener('abort', kill);
    const started = performance.now();
    try {
      if (signal?.aborted === true) kill();
      let outcome = await container.invoke(event, requestId);
      if (container.isLate) {
        const limit = `${this.#initTimeoutMs.toFixed(2)} ms`;
        this.#log(pool, `INIT_REPORT Init Duration: ${limit}\tPhase: init\tStatus: timeout\n`);
        await this.#release(pool, container);
        container = await this.#acquire(pool);
        if (signal?.aborted === true) kill();
        outcome = await container.invoke(event, requestId);
      }
      this.#report(pool, container, requestId, performance.now() - started, outcome);
      if (outcome.payload !== undefined && Buffer.byteLength(outcome.payload) > LIMITS.invokeBytes) {
        return tooLarge(`result: ${Buffer.byteLength(outcome.payload)} bytes`);
      }
      return outcome;
    } finally {
      signal?.removeEventListener('abort', kill);
      await this.#release(pool, container);
    }
  }

  async #acquire(pool: Pool, initTimeoutMs?: number): Promise<Container> {
    for (;;) {
      if (this.#closed) throw new Error('the local cloud is closing');
      const warm = pool.idle.pop();
      if (warm?.alive === true) return warm;
      if (warm !== undefined) {
        pool.all.delete(warm);
        continue;
      }
      if (pool.all.size + pool.starting < this.#processes) break;
      await new Promise<void>((resolve) => pool.waiting.push(resolve));
    }
    return this.#start(pool, initTimeoutMs);
  }

  async #start(pool: Pool, initTimeoutMs?: number): Promise<Container> {
    pool.starting++;
    try {
      const container = await Container.start(pool.fn, {
        environment: this.#platformEnvironment(pool.fn),
        logFile: pool.logFile,
        ...(initTimeoutMs !== undefined && { initTimeoutMs }),
      });
      pool.all.add(container);
      // Closing can't have seen a process that was still being started.
      if (this.#closed) container.kill();
      return container;
    } finally {
      pool.starting--;
    }
  }

  async #release(pool: Pool, container: Container): Promise<void> {
    if (container.alive) {
      pool.idle.push(container);
    } else {
      await container.stop();
      pool.all.delete(container);
    }
    pool.waiting.shift()?.();
  }

  /** Writes Lambda's REPORT line and keeps the figures. */
  #report(pool: Pool, container: Container, requestId: string, ms: number, outcome: Outcome): void {
    const { stats, fn } = pool;
    const { initMs } = container;
    const memory = container.peakMemoryMb;
    stats.invocations++;
    if (outcome.error !== undefined) stats.errors++;
    stats.initMs = Math.max(stats.initMs, initMs);
    stats.totalMs += ms;
    stats.peakMemoryMb = Math.max(stats.peakMemoryMb, memory);
    const report = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${ms.toFixed(2)} ms`,
      `Billed Duration: ${Math.ceil(ms)} ms`,
      `Memory Size: ${fn.memoryMb} MB`,
      `Max Memory Used: ${Math.round(memory)} MB`,
      `Init Duration: ${initMs.toFixed(2)} ms`,
      ...(outcome.error === undefined ? [] : [`Error: ${outcome.error.errorType}`]),
    ];
    this.#log(pool, `${report.join('\t')}\n`);
  }

  /** A log that can't be written, on a full disk say, fails nothing of what it tells. */
  #log(pool: Pool, text: string): void {
    try {
      writeSync(pool.logFile, text);
    } catch (error) {
      if (!pool.logFails)
        console.error(`log of ${pool.fn.name}: ${(error as Error).message}; ${adviceFor(error)}`);
      pool.logFails = true;
    }
  }

  /** What Lambda sets in every function ("Using Lambda environment variables" in AWS's Lambda guide). */
  #platformEnvironment(fn: FunctionResource): Record<string, string> {
    return {
      AWS_REGION: LOCAL_REGION,
      AWS_DEFAULT_REGION: LOCAL_REGION,
      // One key per function, so that whoever answers its calls can tell who asks.
      AWS_ACCESS_KEY_ID: accessKeyIdOf(fn.arn),
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: fn.name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      LAMBDA_TASK_ROOT: fn.codeFolder,
      _HANDLER: fn.handler,
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      // Not set in Lambda, where there are no such files; here they may be those of whoever runs this.
      ...NO_AWS_FILES,
      ...this.#environment,
    };
  }

  /** Ends all processes; invocations that were running answer with an error. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const pools = [...this.#pools.values()];
    for (const { all, waiting } of pools) {
      for (const container of all) container.kill();
      for (const wake of waiting.splice(0)) wake();
    }
    await Promise.allSettled([...this.#running, ...this.#preparing]);
    for (const { all, logFile } of pools) {
      await Promise.all([...all].map((container) => container.stop()));
      closeSync(logFile);
    }
  }
}

function tooLarge(what: string): Outcome {
  return {
    error: {
      errorType: 'RequestEntityTooLargeException',
      errorMessage: `${what}, at most ${LIMITS.invokeBytes} are allowed`,
    },
  };
}
