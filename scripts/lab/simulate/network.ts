/** Between containers and S3: when requests arrive, what happens to them, and what the client sees of it. */
import { answerWhole, type WholeAnswer, type WholeRequest } from '../../cloud/s3/core.ts';
import { S3Error } from '../../cloud/s3/errors.ts';
import type { S3Store } from '../../cloud/s3/store.ts';
import type { Clock } from './clock.ts';
import type { Container } from './container.ts';
import { CALL_FAULTS, type CallFault, type Faults, READ_FAULTS, type ReadFault } from './faults.ts';
import type { Exchange, SentRequest } from './http.ts';
import type { Observer } from './observer.ts';
import type { Random } from './random.ts';
import {
  damaged,
  describe,
  download,
  isChanged,
  isCompletion,
  isConditional,
  keyOf,
  refusal,
} from './requests.ts';
import { PIECE_BYTES } from './smaller.ts';
import { MIRROR_HOST } from './tiny-dataset.ts';
import type { Trace } from './trace.ts';

export interface NetworkParts {
  clock: Clock;
  random: Random;
  faults: Faults;
  store: S3Store;
  bucket: string;
  observer: Observer;
  trace: Trace;
  /** The container's process is gone. */
  crash(container: Container): void;
}

/** Milliseconds from the client to S3, in S3, and back. */
const WAY = [1, 40] as const;
const SERVICE = [1, 200] as const;
/** Of an effect that comes when its client has long given up. */
const LATE = [5_000, 120_000] as const;
const SLOW = [500, 9_000] as const;
/** Share of the writes that lose a race and are told so by 409 rather than 412. */
const UNDECIDED = 0.5;
/** What something written later names by its SHA-256: damage to it has to be found. */
const NAMED = /^(datasets|rounds|imports)\/|\/checkpoints\//;
/** Of a container whose time is over, before it goes on. */
const STALLED = [10, 60_000] as const;
/** How long S3 may be of no use for some of the keys, and for which. */
const DOWN = [500, 45_000] as const;
const DOWN_FOR = [/^runs\//, /^models\//, /^datasets\//, /./] as const;
/** Sources are read in many pieces, by one function; without this nearly all damage would be theirs. */
const SOURCES_SHARE = 0.2;
/** Uploads in parts are few: only the predictions of batches come in pieces that make several. */
const COMPLETION_RATES = { 'another write seems under way': 0.5 } as const;

export class Network {
  calls = 0;
  readonly #parts: NetworkParts;
  /** When the last write of a key took effect. */
  readonly #written = new Map<string, number>();
  /** Where the last whole piece of a stream ended, by container and key. */
  readonly #pieces = new Map<string, number>();
  /** When something last went wrong with a call, by function. */
  readonly #troubles = new Map<string, number>();
  #down: { until: number; keys: RegExp } | undefined;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  /** When something last went wrong with a call of this function, by the true clock. */
  troubleOf(entry: string): number {
    return this.#troubles.get(entry) ?? Number.NEGATIVE_INFINITY;
  }

  send(host: string, sent: SentRequest, exchange: Exchange, from: Container): void {
    const { clock, random, faults, trace, crash } = this.#parts;
    const id = ++this.calls;
    const request = { ...sent, id: String(id) };
    const what = describe(host, request);
    const fault = this.#isDown(host, request)
      ? 'S3 says 503 SlowDown'
      : ((this.#isNamedRead(request) ? faults.draw(READ_FAULTS) : undefined) ??
        faults.draw(CALL_FAULTS, isCompletion(request) ? COMPLETION_RATES : {}));
    if (fault !== undefined) this.#troubles.set(from.name.split('/')[0]!, clock.now);
    const say = (text: string) => trace.add(from.name, `#${id} ${text}`);
    say(`${what}${fault === undefined ? '' : ` (${fault})`}`);
    const perform = (then: (reply: WholeAnswer) => void, service = random.spread(...SERVICE)) => {
      const arrived = clock.now;
      clock.after(service, () => {
        const reply = this.#perform(host, request, arrived, from);
        say(`${what} → ${reply.status}`);
        then(reply);
      });
    };
    const back = (act: () => void, ms = random.spread(...WAY)) => {
      clock.after(ms, () => from.run(act));
    };
    const cut = (body: Uint8Array) => random.below(Math.max(body.length, 1));
    // What was computed before has taken its time.
    const departure = from.busyMs;
    clock.after(departure + random.spread(...WAY), () => {
      from.busyMs = Math.max(0, from.busyMs - departure);
      arrive[fault ?? 'none']();
    });

    const refuse = (status: number, code: string) => () =>
      back(() => exchange.respond(refusal(status, code)));
    const arrive: Record<CallFault | ReadFault | 'none', () => void> = {
      none: () => perform((reply) => back(() => exchange.respond(reply))),
      'S3 says 503 SlowDown': refuse(503, 'SlowDown'),
      'S3 is down for a while': () => {
        const until = clock.now + random.spread(...DOWN);
        this.#down = { until, keys: random.pick(DOWN_FOR) };
        arrive['S3 says 503 SlowDown']();
      },
      'another write seems under way': () => {
        if (!isConditional(request)) return arrive.none();
        this.#giveUp(request);
        refuse(409, 'ConditionalRequestConflict')();
      },
      'S3 says 500 InternalError': refuse(500, 'InternalError'),
      'connection reset before the effect': () => back(() => exchange.reset()),
      'request body cut off': () => {
        this.#receiveCut(host, request, cut(request.body), from);
        back(() => exchange.reset());
      },
      'answer lost after the effect': () => perform(() => back(() => exchange.reset())),
      'answer cut off': () =>
        perform((reply) =>
          back(() => (reply.body.length === 0 ? exchange.reset() : exchange.respond(reply, cut(reply.body)))),
        ),
      'no answer, no effect': () => {},
      'no answer, effect later': () => perform(() => {}, random.spread(...LATE)),
      'slow answer': () => perform((reply) => back(() => exchange.respond(reply), random.spread(...SLOW))),
      'damaged read': () => perform((reply) => back(() => exchange.respond(damaged(reply, random)))),
      'killed before a call': () => crash(from),
      'killed in the middle of a call': () => {
        this.#receiveCut(host, request, cut(request.body), from);
        crash(from);
      },
      'killed after a call': () => perform(() => crash(from)),
      'hangs until the timeout': () => perform(() => from.kill()),
      'stalls beyond the timeout': () =>
        perform((reply) => {
          from.stall(from.fn.timeoutSeconds * 1000 + random.spread(...STALLED));
          back(() => exchange.respond(reply));
        }),
    };
  }

  #perform(host: string, request: WholeRequest, arrived: number, from: Container): WholeAnswer {
    if (host === MIRROR_HOST) return download(request);
    const { store, bucket, random, observer, clock } = this.#parts;
    const key = keyOf(request, bucket);
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD' && key !== '';
    const isRace = (this.#written.get(key) ?? Number.NEGATIVE_INFINITY) > arrived;
    if (isWrite && isConditional(request) && isRace && random.chance(UNDECIDED)) {
      return refusal(409, 'ConditionalRequestConflict');
    }
    const before = store.objects.find(bucket, key);
    const reply = answerWhole(store, request);
    const after = store.objects.find(bucket, key);
    if (isChanged(before, after)) {
      this.#written.set(key, clock.now);
      const { headers } = request;
      observer.changed({ key, before, after, headers, by: from.name, at: clock.now });
    }
    this.#checkPiece(key, request, reply, from);
    return reply;
  }

  /** What goes on where a whole piece has ended has to be of the same object, and says so. */
  #checkPiece(key: string, { headers }: SentRequest, { status, body }: WholeAnswer, from: Container): void {
    const [, start] = /^bytes=(\d+)-/.exec(headers.range ?? '') ?? [];
    if (start === undefined || status !== 206) return;
    const stream = `${from.name} ${key}`;
    if (this.#pieces.get(stream) === Number(start) && headers['if-match'] === undefined) {
      this.#parts.observer.violation(`${from.name} reads on in ${key} from ${start}, of whatever object`);
    }
    if (body.length === PIECE_BYTES) this.#pieces.set(stream, Number(start) + body.length);
  }

  #isDown(host: string, request: SentRequest): boolean {
    const { clock, bucket, faults } = this.#parts;
    if (this.#down === undefined || host === MIRROR_HOST || faults.areOver) return false;
    return clock.now < this.#down.until && this.#down.keys.test(keyOf(request, bucket));
  }

  /** An upload whose completion was told 409 is of no use any more ("CompleteMultipartUpload", Amazon S3 API Reference). */
  #giveUp({ target }: WholeRequest): void {
    const { store, bucket } = this.#parts;
    const { pathname, searchParams } = new URL(target, 'http://s3');
    const id = searchParams.get('uploadId');
    if (id === null) return;
    try {
      store.uploads.abort(bucket, decodeURIComponent(pathname).slice(bucket.length + 2), id);
    } catch (error) {
      // Completed before, by a try whose answer was lost.
      if (!(error instanceof S3Error) || error.code !== 'NoSuchUpload') throw error;
    }
  }

  /** The rest of the body never comes: nothing may be stored. */
  #receiveCut(host: string, request: WholeRequest, bytes: number, from: Container): void {
    if (request.body.length === 0) return;
    this.#perform(host, { ...request, body: request.body.subarray(0, bytes) }, this.#parts.clock.now, from);
  }

  #isNamedRead(request: SentRequest): boolean {
    const key = keyOf(request, this.#parts.bucket);
    if (request.method !== 'GET' || !NAMED.test(key)) return false;
    return !key.includes('/source/') || this.#parts.random.chance(SOURCES_SHARE);
  }
}
