/**
 * S3 for unit tests: aws-sdk-client-mock intercepts the calls, so that a test can let single ones fail, and what no test
 * answers goes to the project's one S3, in memory. The SDK's own protocol writes the requests and reads the answers; so
 * conditions and refusals are those of the local cloud. Endpoints, signatures and tries again are left out: they are
 * most of a call's time, and what needs them is tested over HTTP.
 */
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import * as sdk from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeAll, beforeEach } from 'vitest';
import { logger } from '../../../functions/observe/logging.ts';
import { answerWhole } from '../../../scripts/cloud/s3/core.ts';
import { S3Store } from '../../../scripts/cloud/s3/store.ts';
import { clientWithoutSockets } from '../../scripts/cloud/s3/support/clients.ts';
import { BucketContent, type HeldObjects } from './bucket-content.ts';

// What goes wrong in these tests is meant to; they look at what is thrown and stored.
logger.setLogLevel('SILENT');

/** An error as the SDK throws it. */
export function s3Error(status: number, name: string): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
}

// biome-ignore lint/suspicious/noExplicitAny: each command has an input of its own
type Input = any;
type Hook = (input: Input, perform: () => Promise<unknown>) => unknown;
type CommandOf<I> = new (input: I) => { input: I };

/** What the SDK's client gives to the middleware that writes and reads messages. */
interface Command {
  input: { Bucket: string; Body?: Uint8Array; ChecksumAlgorithm?: string };
  schema: [
    kind: unknown,
    namespace: unknown,
    name: unknown,
    traits: unknown,
    input: unknown,
    output: unknown,
  ];
}
interface Message {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}
interface Protocol {
  serializeRequest(operation: object, input: object, context: object): Promise<Message>;
  deserializeResponse(operation: object, context: object, response: object): Promise<unknown>;
}
const config = new sdk.S3Client({ region: 'us-east-1' }).config as unknown as { protocol: Protocol };

/** A body's checksum, which the client adds where the call asks for it. */
const checksumOf = ({ Body, ChecksumAlgorithm }: Command['input']): object => {
  if (Body === undefined || ChecksumAlgorithm === undefined) return {};
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(Body));
  return { ChecksumCRC32: bytes.toString('base64') };
};

async function perform(store: S3Store, { input, schema }: Command): Promise<unknown> {
  const [, namespace, name, traits, inputs, outputs] = schema;
  const operation = { namespace, name, traits, input: inputs, output: outputs };
  const endpoint = async () => ({ protocol: 'http:', hostname: 'localhost', path: `/${input.Bucket}` });
  const context = { ...config, endpoint };
  const whole = { ...input, ...checksumOf(input) };
  const request = await config.protocol.serializeRequest(operation, whole, context);
  const { method, path, query, headers, body = '' } = request;
  const bytes = Buffer.from(body as Uint8Array);
  const answer = answerWhole(store, {
    id: 'test',
    method,
    target: `${path}?${new URLSearchParams(query)}`,
    headers: { ...headers, 'content-length': String(bytes.length) },
    body: bytes,
  });
  return config.protocol.deserializeResponse(operation, context, {
    statusCode: answer.status,
    headers: answer.headers,
    body: Readable.from([answer.body], { objectMode: false }),
  });
}

const stockSend = sdk.S3Client.prototype.send as unknown as (command: Command) => Promise<unknown>;
const mock = mockClient(sdk.S3Client);
let last: S3Store | undefined;

interface FakeS3Options {
  bucket?: string;
  /** What the bucket holds at first; default: nothing. */
  holds?: HeldObjects;
  /** Whether calls go through all of a stock client but the socket. */
  isWhole?: boolean;
}

/** An S3 with one bucket, which takes the place of the fake before. */
export function fakeS3({ bucket = 'bucket', holds = new Map(), isWhole = false }: FakeS3Options = {}) {
  let time = Date.UTC(2026, 0, 1);
  last?.close();
  const store = new S3Store({ file: ':memory:', now: () => time++ });
  last = store;
  store.buckets.create(bucket);
  const stock = clientWithoutSockets((request) => answerWhole(store, request));
  const calls: Command[] = [];
  const hooks = new Map<unknown, { hook: Hook; isOnce: boolean }>();
  const send = async (command: Command) => {
    calls.push(command);
    const { constructor: kind, input } = command;
    const go = () => {
      if (kind === sdk.ListObjectsV2Command)
        command.input = { MaxKeys: fake.pageKeys, ...input } as typeof input;
      return isWhole ? stockSend.call(stock, command) : perform(store, command);
    };
    const { hook, isOnce } = hooks.get(kind) ?? hooks.get('any') ?? {};
    if (isOnce) hooks.delete(kind);
    return hook === undefined ? go() : hook(input, go);
  };
  mock.reset();
  mock.onAnyCommand().callsFake(() => send(mock.call(-1).args[0] as unknown as Command));
  const objects = new BucketContent(store, bucket);
  for (const [key, object] of holds) objects.set(key, object);
  const fake = {
    store,
    objects,
    /** Keys on a page of a listing without MaxKeys: so few that every caller proves that it follows pages. */
    pageKeys: 2,
    /** Uploads that have not ended. */
    get uploads() {
      return store.uploads.list(bucket).items;
    },
    /** What was sent; a test may empty it. */
    calls,
    /** Inputs of the calls of this command. */
    sent: <I>(kind: CommandOf<I>): I[] =>
      calls.filter((call) => call instanceof kind).map(({ input }) => input as I),
    /** Stands between the client and its next call of this command, which `perform` carries out. */
    once(command: unknown, hook: Hook): void {
      hooks.set(command, { hook, isOnce: true });
    },
    /** Does so with all calls from now on. */
    always(command: unknown, hook: Hook): void {
      hooks.set(command, { hook, isOnce: false });
    },
    /** Lets all calls of this command fail, or all calls. */
    fail(error: Error, command: unknown = 'any'): void {
      fake.always(command, () => {
        throw error;
      });
    },
    /** Does something right after the next read of this key, before its reader knows what it read. */
    afterRead(key: string, act: () => unknown): void {
      fake.once(sdk.GetObjectCommand, async (input, perform) => {
        if (input.Key !== key) {
          fake.afterRead(key, act);
          return perform();
        }
        const seen = await perform();
        await act();
        return seen;
      });
    },
    /** The object as JSON. */
    json: (key: string) =>
      JSON.parse(Buffer.from(objects.get(key)!.body).toString()) as Record<string, unknown>,
  };
  return fake;
}

export type FakeS3 = ReturnType<typeof fakeS3>;

/** Before each test an S3 that holds what `fill` has put into one before all of them. */
export function s3WithContent(fill: () => unknown = () => {}): FakeS3 {
  let current: FakeS3;
  let holds: HeldObjects;
  beforeAll(async () => {
    current = fakeS3();
    await fill();
    holds = new Map(current.objects);
  });
  beforeEach(() => {
    current = fakeS3({ holds });
  });
  return new Proxy({} as FakeS3, {
    get: (_, name) => Reflect.get(current, name),
    set: (_, name, value) => Reflect.set(current, name, value),
  });
}
