/**
 * S3 for unit tests: aws-sdk-client-mock stands between the functions and their client, so that a test can let single
 * calls fail; what it does not answer itself, a client without sockets takes to the project's one S3, in memory. So
 * requests and answers are those of the SDK, and conditions, checksums and refusals those of the local cloud.
 */
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

/** Any other command is an error, not an empty success. */
const COMMANDS = [
  sdk.AbortMultipartUploadCommand,
  sdk.CompleteMultipartUploadCommand,
  sdk.CreateMultipartUploadCommand,
  sdk.DeleteObjectCommand,
  sdk.DeleteObjectsCommand,
  sdk.GetObjectCommand,
  sdk.HeadBucketCommand,
  sdk.HeadObjectCommand,
  sdk.ListObjectsV2Command,
  sdk.PutObjectCommand,
  sdk.UploadPartCommand,
] as unknown as readonly (new (
  input: Input,
) => sdk.PutObjectCommand)[];
/** The client's own way to send, below the one that is mocked. */
const { send } = Object.getPrototypeOf(sdk.S3Client.prototype) as {
  send(this: sdk.S3Client, command: unknown): Promise<unknown>;
};
let last: S3Store | undefined;

interface FakeS3Options {
  bucket?: string;
  /** What the bucket holds at first; default: nothing. */
  holds?: HeldObjects;
}

/** An S3 with one bucket, which takes the place of the fake before. */
export function fakeS3({ bucket = 'bucket', holds = new Map() }: FakeS3Options = {}) {
  let time = Date.UTC(2026, 0, 1);
  last?.close();
  const store = new S3Store({ file: ':memory:', now: () => time++ });
  last = store;
  store.buckets.create(bucket);
  const client = clientWithoutSockets((request) => answerWhole(store, request));
  const mock = mockClient(sdk.S3Client);
  mock.rejects(new Error('a command that the fake does not know'));
  const hooks = new Map<unknown, Hook>();
  for (const Command of COMMANDS) {
    const isListing = Command === (sdk.ListObjectsV2Command as unknown);
    mock.on(Command).callsFake(async (input: Input) => {
      const perform = () =>
        send.call(client, new Command(isListing ? { MaxKeys: fake.pageKeys, ...input } : input));
      const hook = hooks.get(Command);
      hooks.delete(Command);
      return hook === undefined ? perform() : hook(input, perform);
    });
  }
  const objects = new BucketContent(store, bucket);
  for (const [key, object] of holds) objects.set(key, object);
  const fake = {
    mock,
    store,
    objects,
    /** Keys on a page of a listing without MaxKeys: so few that every caller proves that it follows pages. */
    pageKeys: 2,
    /** Uploads that have not ended. */
    get uploads() {
      return store.uploads.list(bucket);
    },
    /** Stands between the client and its next call of this command, which `perform` carries out. */
    once(command: unknown, hook: Hook): void {
      hooks.set(command, hook);
    },
    /** Does something right after the next read of this key, before its reader knows what it read. */
    afterRead(key: string, act: () => unknown): void {
      fake.once(sdk.GetObjectCommand, async (input, perform) => {
        const seen = await perform();
        if (input.Key === key) await act();
        else fake.afterRead(key, act);
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
