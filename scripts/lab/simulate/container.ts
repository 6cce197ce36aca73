/** One container of one function: a bundle evaluated with a clock, chances and a network of its own. */
import type { FunctionResource } from '../../cloud/resources.ts';
import type { Bundle } from './bundles.ts';
import type { Clock } from './clock.ts';
import { type Exchange, type SentRequest, simulatedHttp } from './http.ts';
import { platformModules } from './platform-modules.ts';
import type { Random } from './random.ts';

/** What the container asks of the world around it. */
export interface Surroundings {
  clock: Clock;
  random: Random;
  /** A request on its way. */
  send(host: string, request: SentRequest, exchange: Exchange, from: Container): void;
  log(line: string, from: Container): void;
}

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

/** The real ones: while a simulation runs, the globals are the interpreter's. */
const RealDate = Date;
/** What a function is given of the endpoint that it never reaches. */
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'simulated',
  AWS_SECRET_ACCESS_KEY: 'simulated',
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
  AWS_LAMBDA_LOG_FORMAT: 'JSON',
};

export class Container {
  readonly name: string;
  readonly fn: FunctionResource;
  /** Its clock minus the true one, in milliseconds. */
  skewMs: number;
  /** Computing time that the simulation's clock does not show yet. */
  busyMs = 0;
  /** Until it is killed. */
  alive = true;
  /** Between invocations nothing runs; what would have, does when the next one comes. */
  #frozen = false;
  readonly #deferred: (() => void)[] = [];
  readonly #surroundings: Surroundings;
  readonly #handler: Handler;
  readonly #startedAt: number;

  constructor(
    name: string,
    fn: FunctionResource,
    bundle: Bundle,
    skewMs: number,
    surroundings: Surroundings,
  ) {
    this.name = name;
    this.fn = fn;
    this.skewMs = skewMs;
    this.#surroundings = surroundings;
    this.#startedAt = surroundings.clock.now;
    this.#handler = bundle(this.#globals()).handler as Handler;
  }

  /**
   * Nothing of it runs any more; requests that are under way arrive or don't. Whoever waits for it does so until the
   * timeout, unless SimulatedFunctions.crash tells them.
   */
  kill(): void {
    this.alive = false;
    this.#deferred.length = 0;
  }

  /** Its own idea of the time. */
  now(): number {
    return Math.round(this.#surroundings.clock.now + this.skewMs + this.busyMs);
  }

  /**
   * Never settles once the container is killed.
   *
   * @param deadline by the true clock
   * @param slowness milliseconds that each look at the remaining time takes, as if something was computed before
   */
  async invoke(event: unknown, requestId: string, deadline: number, slowness: number): Promise<unknown> {
    this.#thaw();
    const context = {
      awsRequestId: requestId,
      functionName: this.fn.name,
      functionVersion: '$LATEST',
      invokedFunctionArn: this.fn.arn,
      memoryLimitInMB: String(this.fn.memoryMb),
      // As Lambda's runtime client has it: against the container's clock.
      getRemainingTimeInMillis: () => {
        this.busyMs += slowness;
        return deadline - this.now();
      },
    };
    try {
      return await this.#handler(event, context);
    } finally {
      this.#frozen = true;
      this.busyMs = 0;
    }
  }

  /** Nothing of it runs for so long; then it goes on as if nothing had been. */
  stall(ms: number): void {
    this.#frozen = true;
    this.#surroundings.clock.after(ms, () => {
      if (this.alive) this.#thaw();
    });
  }

  #thaw(): void {
    this.#frozen = false;
    for (const act of this.#deferred.splice(0)) act();
  }

  /** Does it now, after the thaw, or never. */
  run(act: () => void): void {
    if (!this.alive) return;
    if (this.#frozen) this.#deferred.push(act);
    else act();
  }

  #globals(): Record<string, unknown> {
    const { clock, random, log } = this.#surroundings;
    const now = () => this.now();
    const timers = this.#timers();
    // Never back, though what was computed is taken for passed when the request departs that comes after it, beside which
    // something else may run.
    let latest = 0;
    const elapsed = () => {
      latest = Math.max(latest, clock.now - this.#startedAt + this.busyMs);
      return latest;
    };
    const write = (text: string) => {
      log(text.trimEnd(), this);
      return true;
    };
    const out = { write };
    const say = (...parts: unknown[]) => write(parts.map(String).join(' '));
    const quiet = { debug: say, log: say, info: say, warn: say, error: say, trace: say };
    const http = simulatedHttp(
      (host, request, exchange) => this.#surroundings.send(host, request, exchange, this),
      timers as never,
    );
    const values = {
      env: { ...ENVIRONMENT, ...this.fn.environment, AWS_LAMBDA_FUNCTION_NAME: this.fn.name },
      stdout: out,
      stderr: out,
      emitWarning: say,
    };
    const process_ = Object.create(process, describeValues(values));
    const own = {
      process: process_,
      Date: class extends RealDate {
        constructor(...parts: unknown[]) {
          super(...((parts.length === 0 ? [now()] : parts) as [number]));
        }
        static override now = now;
      },
      Math: Object.defineProperties(
        {},
        {
          ...Object.getOwnPropertyDescriptors(Math),
          random: { value: () => random.next() },
        },
      ),
      performance: { now: elapsed, timeOrigin: this.#startedAt },
      ...timers,
      console: quiet,
      crypto: { ...globalThis.crypto, randomUUID: () => random.uuid() },
    };
    const global = Object.create(globalThis, describeValues(own));
    return {
      ...own,
      globalThis: global,
      global,
      require: platformModules({ http, timers, process: process_, console: quiet, random }),
    };
  }

  #timers() {
    const { clock } = this.#surroundings;
    const setTimeout = (act: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
      const cancel = clock.after(Math.max(ms, 1) + this.busyMs, () => this.run(() => act(...args)));
      const timer = { cancel, ref: () => timer, unref: () => timer, hasRef: () => true };
      return timer;
    };
    const clearTimeout = (timer: { cancel?: () => void } | undefined) => timer?.cancel?.();
    const setInterval = () => {
      throw new Error('the simulation has no setInterval');
    };
    const setImmediate = (act: (...args: unknown[]) => void, ...args: unknown[]) =>
      setTimeout(act, 0, ...args);
    return {
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval: clearTimeout,
      setImmediate,
      clearImmediate: clearTimeout,
    };
  }
}

/** Own properties that hide those of a prototype, also where these can't be set. */
function describeValues(values: Record<string, unknown>): PropertyDescriptorMap {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { value, writable: true, configurable: true }]),
  );
}
