/** Node's HTTP client as far as the functions and their S3 client use it, on a simulated network. */
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { WholeAnswer, WholeRequest } from '../../cloud/s3/core.ts';

/** How an exchange ends for the client. */
export interface Exchange {
  /** Status and headers; then the body, whole or cut off after `bytes`. */
  respond(answer: WholeAnswer, bytes?: number): void;
  /** The connection breaks. */
  reset(): void;
}

/** A request without an id: who takes it away gives it one. */
export type SentRequest = Omit<WholeRequest, 'id'>;

/** Takes a request away; what happens then comes back through the exchange, or never. */
export type Send = (host: string, request: SentRequest, exchange: Exchange) => void;

type Timers = Record<'setTimeout' | 'clearTimeout', (...args: never[]) => unknown>;

interface Options {
  host: string;
  method?: string;
  path: string;
  headers: Record<string, string | number>;
  signal?: AbortSignal;
}

class SimulatedSocket extends EventEmitter {
  readonly connecting = false;
  readonly #timers: Timers;
  #timer: unknown;

  constructor(timers: Timers) {
    super();
    this.#timers = timers;
  }

  /** Of silence: what is sent and received in between is not seen, as no exchange here has more than one pause. */
  setTimeout(ms: number, then: () => void): void {
    this.quiet();
    this.#timer = (this.#timers.setTimeout as (act: () => void, ms: number) => unknown)(then, ms);
  }

  setKeepAlive(): void {}

  /** Nothing is waited for any more. */
  quiet(): void {
    (this.#timers.clearTimeout as (timer: unknown) => void)(this.#timer);
  }

  destroy(): void {
    this.quiet();
  }
}

class SimulatedRequest extends EventEmitter {
  readonly socket: SimulatedSocket;
  readonly reusedSocket = false;
  destroyed = false;
  readonly #chunks: Buffer[] = [];
  readonly #options: Options;
  readonly #send: Send;
  #response: (Readable & { complete: boolean }) | undefined;

  constructor(options: Options, send: Send, timers: Timers) {
    super();
    this.#options = options;
    this.#send = send;
    this.socket = new SimulatedSocket(timers);
    process.nextTick(() => this.emit('socket', this.socket));
    const { signal } = options;
    const abort = () => this.#abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.once('close', () => signal?.removeEventListener('abort', abort));
  }

  write(chunk: string | Uint8Array): boolean {
    this.#chunks.push(Buffer.from(chunk as Uint8Array));
    return true;
  }

  end(chunk?: string | Uint8Array): void {
    if (chunk !== undefined) this.write(chunk);
    const { host, method = 'GET', path, headers: given } = this.#options;
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]),
    );
    const body = Buffer.concat(this.#chunks);
    headers['content-length'] ??= String(body.length);
    this.#send(host, { method, target: path, headers, body }, this.#exchange());
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.socket.quiet();
    if (error !== undefined) process.nextTick(() => this.emit('error', error));
    process.nextTick(() => this.emit('close'));
    return this;
  }

  #exchange(): Exchange {
    return {
      respond: ({ status, headers, body }, bytes = body.length) => {
        if (this.destroyed) return;
        const response = Object.assign(new Readable({ read() {} }), {
          statusCode: status,
          statusMessage: '',
          headers,
          complete: bytes === body.length,
        });
        this.#response = response;
        this.socket.quiet();
        this.emit('response', response);
        response.push(Buffer.from(body.subarray(0, bytes)));
        if (response.complete) response.push(null);
        process.nextTick(() => (response.complete ? this.destroy() : this.#break()));
      },
      reset: () => {
        if (!this.destroyed) this.#break();
      },
    };
  }

  #abort(reason: unknown): void {
    const error = Object.assign(new Error('The operation was aborted', { cause: reason }), {
      name: 'AbortError',
      code: 'ABORT_ERR',
    });
    this.#response?.destroy(error);
    this.destroy(error);
  }

  #break(): void {
    const message = this.#response === undefined ? 'socket hang up' : 'aborted';
    const error = Object.assign(new Error(message), { code: 'ECONNRESET' });
    this.#response?.destroy(error);
    this.destroy(this.#response === undefined ? error : undefined);
  }
}

/** Stands for node:http and node:https. */
export function simulatedHttp(send: Send, timers: Timers): Record<string, unknown> {
  class Agent {
    destroy(): void {}
  }
  const request = (options: Options, onResponse?: (response: unknown) => void) => {
    const made = new SimulatedRequest(options, send, timers);
    return onResponse === undefined ? made : made.once('response', onResponse);
  };
  return { Agent, request };
}
