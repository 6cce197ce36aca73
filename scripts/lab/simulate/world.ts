/** Everything that one simulation consists of, put together. */
import { answerWhole } from '../../cloud/s3/core.ts';
import { S3Store } from '../../cloud/s3/store.ts';
import type { App } from './app.ts';
import { Clock } from './clock.ts';
import type { Expected } from './expectation.ts';
import { Faults } from './faults.ts';
import { SimulatedFunctions } from './functions.ts';
import { Network } from './network.ts';
import { json, Observer } from './observer.ts';
import { Random } from './random.ts';
import { PART_BYTES } from './smaller.ts';
import { Trace } from './trace.ts';

/** Far more than any simulation has. */
const MOST_OBJECTS = 100_000;
/** Simulated; the longest take some days. */
const MOST_MS = 30 * 24 * 3600_000;
/** Purposes of the streams of draws. */
const STREAMS = {
  scenario: 1,
  interpreter: 2,
  faults: 3,
  world: 4,
  containers: 5,
  restarts: 6,
  looks: 7,
} as const;

export class World {
  readonly app: App;
  /** What is to happen. */
  readonly scenario: Random;
  /** When the local Step Functions ends and begins again. */
  readonly restarts: Random;
  /** When somebody reads through the indexes. */
  readonly looks: Random;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly store: S3Store;
  readonly observer: Observer;
  readonly trace: Trace;
  readonly functions: SimulatedFunctions;
  readonly network: Network;

  /** @param hasFaults false for one in which all goes well */
  constructor(app: App, seed: number, hasFaults: boolean, expected?: Expected) {
    const random = new Random(seed, STREAMS.world);
    this.app = app;
    this.scenario = new Random(seed, STREAMS.scenario);
    this.restarts = new Random(seed, STREAMS.restarts);
    this.looks = new Random(seed, STREAMS.looks);
    this.faults = new Faults(new Random(seed, STREAMS.faults), hasFaults);
    this.clock = new Clock(new Random(seed, STREAMS.interpreter));
    const { clock, faults } = this;
    let uploads = 0;
    this.store = new S3Store({
      file: ':memory:',
      now: () => clock.now,
      newId: () => `upload-${++uploads}`,
      minPartBytes: PART_BYTES,
    });
    this.store.buckets.create(app.bucket);
    this.observer = new Observer((key) => this.read(key), expected);
    const trace = new Trace(() => clock.elapsed);
    this.trace = trace;
    this.functions = new SimulatedFunctions({
      clock,
      random: new Random(seed, STREAMS.containers),
      faults,
      trace,
      functions: app.functions,
      send: (...parts) => this.network.send(...parts),
    });
    this.network = new Network({
      clock,
      random,
      faults,
      store: this.store,
      bucket: app.bucket,
      observer: this.observer,
      trace,
      crash: (container) => this.functions.crash(container),
    });
  }

  /** Bytes of the object; undefined where there is none. */
  read(key: string): Uint8Array | undefined {
    return this.store.read(this.app.bucket, key);
  }

  readJson(key: string): unknown {
    const bytes = this.read(key);
    return bytes && json(bytes);
  }

  /** Of all objects, in their order. */
  keys(): string[] {
    const query = { prefix: '', delimiter: '', after: '', maxKeys: MOST_OBJECTS };
    return this.store.objects.list(this.app.bucket, query).items.map(({ key }) => key);
  }

  /** What people put there, which they may replace. */
  upload(key: string, bytes: Uint8Array): void {
    const { store, app } = this;
    const headers = { host: 's3', 'content-length': String(bytes.length) };
    const request = { id: 'upload', method: 'PUT', target: `/${app.bucket}/${key}`, headers, body: bytes };
    const { status } = answerWhole(store, request);
    if (status !== 200) throw new Error(`the upload of ${key} is answered with ${status}`);
  }

  /** What a function has left there before the simulation begins. */
  prepare(key: string, bytes: Uint8Array, by: string): void {
    this.upload(key, bytes);
    const after = this.store.objects.find(this.app.bucket, key);
    this.observer.changed({
      key,
      before: undefined,
      after,
      headers: { 'if-none-match': '*' },
      by,
      at: this.clock.now,
    });
  }

  /** Gives the globals and the memory back. */
  end(): void {
    this.clock.uninstall();
    this.store.close();
  }

  /** Runs the world until these are done, or something that must never be has happened. */
  async until(actors: readonly Promise<unknown>[]): Promise<void> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    const all = Promise.all(actors);
    all.then(end, end);
    while (!isDone && this.observer.violations.length === 0) {
      if (this.clock.elapsed > MOST_MS) this.observer.violation('there is no end to it');
      const moved = await this.clock.step();
      if (!moved && !isDone)
        throw new Error('the simulation stands still: nothing is going to happen any more');
    }
    if (isDone) await all;
  }
}
