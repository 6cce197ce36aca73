/** One process running one function's bundle under AWS's own runtime client. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { readIfThere } from '../../support/files.ts';
import type { FunctionResource } from '../resources.ts';
import { type RuntimeApi, startRuntimeApi } from './runtime-api.ts';

/** As Lambda answers with it: its type is what a Retry matches. */
interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export interface Outcome {
  /** The result's JSON. */
  payload?: string;
  error?: FunctionError;
}

/** What runs functions for the state machines: processes of the local cloud, or a simulation of them. */
export interface FunctionInvoker {
  has(arn: string): boolean;
  /**
   * Invokes the function with a JSON event. Failures are outcomes, as in Lambda's own answer.
   *
   * @param signal aborted when nobody waits for the answer any more
   * @param machineArn the state machine, as deployed, whose task it is
   */
  invoke(arn: string, event: string, signal?: AbortSignal, machineArn?: string): Promise<Outcome>;
}

export interface ContainerOptions {
  /** Besides the function's own environment: what the platform sets. */
  environment: Record<string, string>;
  /** File descriptor that the function's output goes to. */
  logFile: number;
  /** How long the function may take to load before it is loaded anew; without it, loading takes of an invocation's time. */
  initTimeoutMs?: number;
}

const CLIENT = createRequire(import.meta.url).resolve('aws-lambda-ric');
const BOOTSTRAP = new URL('bootstrap.mjs', import.meta.url).href;
const MEMORY_POLL_MS = 100;
const KB_PER_MB = 1024;
/** Share of the memory that V8's heap may take; the rest is for buffers and the runtime itself. */
const HEAP_SHARE = 0.8;

export class Container {
  readonly #fn: FunctionResource;
  readonly #api: RuntimeApi;
  readonly #process: ChildProcess;
  readonly #exited: Promise<string>;
  readonly #initTimeoutMs: number | undefined;
  /** Told why the process ended. A Set, as what waits for a promise stays with it until it settles. */
  readonly #waitingForExit = new Set<(reason: string) => void>();
  #exitReason: string | undefined;
  /** Whether it can take another event. */
  alive = true;
  /** Whether it was ended because it took too long to load. */
  isLate = false;
  /** Milliseconds from the start of the process to the request for its first event; 0 before that. */
  initMs = 0;

  static async start(fn: FunctionResource, options: ContainerOptions): Promise<Container> {
    return new Container(fn, options, await startRuntimeApi());
  }

  private constructor(fn: FunctionResource, options: ContainerOptions, api: RuntimeApi) {
    this.#fn = fn;
    this.#api = api;
    this.#initTimeoutMs = options.initTimeoutMs;
    const started = performance.now();
    this.#process = spawn(
      process.execPath,
      [
        `--max-old-space-size=${Math.floor(fn.memoryMb * HEAP_SHARE)}`,
        '--disable-warning=ExperimentalWarning',
        '--import',
        BOOTSTRAP,
        CLIENT,
      ],
      {
        cwd: fn.codeFolder,
        // Nothing of our own environment leaks in.
        env: { ...options.environment, ...fn.environment, AWS_LAMBDA_RUNTIME_API: api.address },
        stdio: ['pipe', options.logFile, options.logFile],
      },
    );
    // The other end of a killed process's standard input; nobody writes to it.
    this.#process.stdin?.on('error', () => undefined);
    this.#exited = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('exit', (code, signal) => resolve(signal ?? `exit status ${code}`));
    }).then((reason) => {
      this.alive = false;
      api.close();
      this.#exitReason = reason as string;
      for (const tell of this.#waitingForExit) tell(this.#exitReason);
      return this.#exitReason;
    });
    api.ready.then((error) => {
      if (error === undefined) this.initMs = performance.now() - started;
    });
  }

  /** The most memory that the process has held. */
  get peakMemoryMb(): number {
    return memoryMb(this.#process.pid!, 'VmHWM');
  }

  /** Runs one event; kills the process when it takes too long or too much memory. Never throws. */
  async invoke(event: string, requestId: string): Promise<Outcome> {
    const crash = Promise.withResolvers<Outcome>();
    const tell = (reason: string): void =>
      crash.resolve(failure('Runtime.ExitError', requestId, `Runtime exited: ${reason}`));
    if (this.#exitReason !== undefined) tell(this.#exitReason);
    this.#waitingForExit.add(tell);
    const timeoutMs = this.#fn.timeoutSeconds * 1000;
    const started = performance.now();
    try {
      const failed = await this.#initialize(requestId, crash.promise, this.#initTimeoutMs ?? timeoutMs);
      if (failed !== undefined) return failed;
      const spentMs = this.#initTimeoutMs === undefined ? performance.now() - started : 0;
      return await this.#run(event, requestId, crash.promise, timeoutMs - spentMs);
    } finally {
      this.#waitingForExit.delete(tell);
    }
  }

  /** One event in a function that is loaded. */
  async #run(
    event: string,
    requestId: string,
    crashed: Promise<Outcome>,
    timeoutMs: number,
  ): Promise<Outcome> {
    let forced: Outcome | undefined;
    const force = (outcome: Outcome): void => {
      forced ??= outcome;
      this.kill();
    };
    const timer = setTimeout(() => force(this.#timedOut(requestId)), timeoutMs);
    const memory = setInterval(() => {
      const used = memoryMb(this.#process.pid!, 'VmRSS');
      if (used <= this.#fn.memoryMb) return;
      const message = `Runtime exited: out of memory, ${Math.round(used)} of ${this.#fn.memoryMb} MB`;
      force(failure('Runtime.ExitError', requestId, message));
    }, MEMORY_POLL_MS);
    try {
      const answer = this.#api
        .invoke({ requestId, event, functionArn: this.#fn.arn, deadline: Date.now() + timeoutMs })
        .then(({ kind, body }): Outcome => (kind === 'response' ? { payload: body } : asFailure(body)));
      const outcome = await Promise.race([answer, crashed]);
      return forced ?? outcome;
    } finally {
      clearTimeout(timer);
      clearInterval(memory);
    }
  }

  /** undefined when the function is loaded, else why it isn't; then the process is of no more use. */
  async #initialize(
    requestId: string,
    crashed: Promise<Outcome>,
    timeoutMs: number,
  ): Promise<Outcome | undefined> {
    const timer = setTimeout(() => {
      this.isLate = true;
      this.kill();
    }, timeoutMs);
    const loaded = this.#api.ready.then((error) => (error === undefined ? undefined : asFailure(error)));
    try {
      const failed = await Promise.race([loaded, crashed]);
      if (failed === undefined) return undefined;
      this.kill();
      return this.isLate ? this.#timedOut(requestId) : failed;
    } finally {
      clearTimeout(timer);
    }
  }

  #timedOut(requestId: string): Outcome {
    const message = `Task timed out after ${this.#fn.timeoutSeconds.toFixed(2)} seconds`;
    return failure('Sandbox.Timedout', requestId, message);
  }

  kill(): void {
    this.alive = false;
    this.#process.kill('SIGKILL');
  }

  /** Kills the process and waits until it is gone. */
  async stop(): Promise<void> {
    this.kill();
    await this.#exited;
  }
}

/** What a process holds (VmRSS) or has held at the most (VmHWM); 0 where there is no /proc, as on macOS and Windows. */
export function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readIfThere(`/proc/${pid}/status`) ?? '';
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / KB_PER_MB;
}

/** What the runtime posts of an error. */
const asFailure = (json: string): Outcome => ({ error: JSON.parse(json) as FunctionError });

function failure(errorType: string, requestId: string, message: string): Outcome {
  return { error: { errorType, errorMessage: `RequestId: ${requestId} Error: ${message}` } };
}
