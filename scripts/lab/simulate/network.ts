/** Between containers and S3: when requests arrive, what happens to them, and what the client sees of it. */
import { gzipSync } from 'node:zlib';
import { digestOf } from '../../cloud/s3/checksums.ts';
import { answerWhole, type WholeAnswer, type WholeRequest } from '../../cloud/s3/core.ts';
import type { ObjectRecord } from '../../cloud/s3/records.ts';
import type { S3Store } from '../../cloud/s3/store.ts';
import type { Clock } from './clock.ts';
import type { Container } from './container.ts';
import { CALL_FAULTS, type CallFault, type Faults, READ_FAULTS, type ReadFault } from './faults.ts';
import type { Exchange, SentRequest } from './http.ts';
import type { Observer } from './observer.ts';
import type { Random } from './random.ts';
import { FILES, MIRROR_HOST } from './tiny-dataset.ts';
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
const NAMED = /^(datasets|rounds)\/|\/checkpoints\//;
/** Sources are read in many pieces, by one function; without this nearly all damage would be theirs. */
const SOURCES_SHARE = 0.2;

export class Network {
  calls = 0;
  readonly #parts: NetworkParts;
  /** When the last write of a key took effect. */
  readonly #written = new Map<string, number>();

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  send(host: string, sent: SentRequest, exchange: Exchange, from: Container): void {
    const { clock, random, faults, trace, crash } = this.#parts;
    const id = ++this.calls;
    const request = { ...sent, id: String(id) };
    const what = describe(host, request);
    const fault =
      (this.#isNamedRead(request) ? faults.draw(READ_FAULTS) : undefined) ?? faults.draw(CALL_FAULTS);
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
      'damaged read': () => perform((reply) => back(() => exchange.respond(this.#damage(reply)))),
      'killed before a call': () => crash(from),
      'killed in the middle of a call': () => {
        this.#receiveCut(host, request, cut(request.body), from);
        crash(from);
      },
      'killed after a call': () => perform(() => crash(from)),
      'hangs until the timeout': () => perform(() => from.kill()),
    };
  }

  #perform(host: string, request: WholeRequest, arrived: number, from: Container): WholeAnswer {
    if (host === MIRROR_HOST) return download(request);
    const { store, bucket, random, observer, clock } = this.#parts;
    const key = keyOf(request, bucket);
    const isConditional = 'if-match' in request.headers || 'if-none-match' in request.headers;
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD' && key !== '';
    const isRace = (this.#written.get(key) ?? Number.NEGATIVE_INFINITY) > arrived;
    if (isWrite && isConditional && isRace && random.chance(UNDECIDED)) {
      return refusal(409, 'ConditionalRequestConflict');
    }
    const before = store.objects.find(bucket, key);
    const reply = answerWhole(store, request);
    const after = store.objects.find(bucket, key);
    if (isChanged(before, after)) {
      this.#written.set(key, clock.now);
      observer.changed(key, before, after, from.name);
    }
    return reply;
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

  /** Other bytes than were stored, with a checksum that fits them. */
  #damage(reply: WholeAnswer): WholeAnswer {
    const { random } = this.#parts;
    if (reply.status !== 200 && reply.status !== 206) return reply;
    const body = Uint8Array.from(reply.body);
    // In the second half: in the data, not in what says how long it is.
    const at = body.length - 1 - random.below(Math.ceil(body.length / 2));
    body[at] = (body[at] ?? 0) ^ (1 << random.below(8));
    const headers = { ...reply.headers };
    if ('x-amz-checksum-crc32' in headers) {
      headers['x-amz-checksum-crc32'] = digestOf('CRC32', body).toString('base64');
    }
    return { ...reply, headers, body };
  }
}

/** Whether there was a write: also of the same bytes, which stand in a place of their own. */
function isChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): boolean {
  return before?.modified !== after?.modified || before?.content[0]?.[0] !== after?.content[0]?.[0];
}

function keyOf({ target }: SentRequest, bucket: string): string {
  const path = decodeURIComponent(target.split('?')[0]!);
  return path.startsWith(`/${bucket}/`) ? path.slice(bucket.length + 2) : '';
}

/** A file of the dataset, as a mirror serves it. */
function download({ target }: SentRequest): WholeAnswer {
  const file = FILES.get(/([^/]+)\.gz$/.exec(target)?.[1] ?? '');
  if (file === undefined) return { status: 404, headers: {}, body: new Uint8Array(0) };
  const body = gzipSync(file);
  return { status: 200, headers: { 'content-length': String(body.length) }, body };
}

function refusal(status: number, code: string): WholeAnswer {
  const body = Buffer.from(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

function describe(host: string, { method, target, headers }: SentRequest): string {
  const { 'if-match': same, 'if-none-match': other } = headers;
  const without = other === undefined ? '' : other === '*' ? ' if new' : ' if changed';
  const condition = same === undefined ? without : ` if ${same.slice(1, 7)}`;
  const [path = '', query = ''] = decodeURIComponent(target).split('?');
  const prefix = /prefix=([^&]*)/.exec(query)?.[1];
  const object = path.split('/').slice(2).join('/');
  if (host === MIRROR_HOST) return `GET https://${host}${path}`;
  return `${prefix === undefined ? `${method} ${object}` : `LIST ${prefix}`}${condition}`;
}
