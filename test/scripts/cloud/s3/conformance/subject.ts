/** The implementation under test, with the shorthands that the tests share. */
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type PutObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';

/** The part of the stock client that is used. */
export type S3Like = Pick<S3Client, 'send'>;

export interface S3Target {
  client: S3Like;
  /** An existing, empty bucket. */
  bucket: string;
  close(): Promise<void>;
}

/** What a refusal looks like to the caller. */
export interface Refusal {
  status: number;
  code: string;
}

/** Of a condition that does not hold. */
export const FAILED: Refusal = { status: 412, code: 'PreconditionFailed' };
/** Of a race that S3 did not decide: to be tried again. */
export const UNDECIDED: Refusal = { status: 409, code: 'ConditionalRequestConflict' };

export class Subject {
  #target: S3Target | undefined;
  #keys = 0;

  open(target: S3Target): void {
    this.#target = target;
  }

  async close(): Promise<void> {
    await this.#target?.close();
  }

  get client(): S3Like {
    return this.#opened.client;
  }

  get bucket(): string {
    return this.#opened.bucket;
  }

  get #opened(): S3Target {
    if (this.#target === undefined) throw new Error('the tests run before the client is made');
    return this.#target;
  }

  /** A key that no other test uses. */
  newKey(): string {
    this.#keys += 1;
    return `conformance/${this.#keys}`;
  }

  async put(
    key: string,
    body: PutObjectCommandInput['Body'],
    more: Partial<PutObjectCommandInput> = {},
  ): Promise<PutObjectCommandOutput> {
    return await this.client.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ...more }),
    );
  }

  async get(key: string, more: Partial<GetObjectCommandInput> = {}): Promise<Uint8Array> {
    const answer = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key, ...more }));
    return await answer.Body!.transformToByteArray();
  }

  /** The object must be these bytes. Compared as a whole: a difference is not worth megabytes of report. */
  async expectBytes(key: string, bytes: Uint8Array): Promise<void> {
    expect(Buffer.compare(await this.get(key), bytes)).toBe(0);
  }

  async text(key: string, more: Partial<GetObjectCommandInput> = {}): Promise<string> {
    return Buffer.from(await this.get(key, more)).toString('utf8');
  }
}

/** The refusal that `work` ends in; fails when it succeeds, passes other errors on. */
export async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    return refusalFrom(error);
  }
  return expect.unreachable('expected a refusal');
}

/** What an error of the client says of the service's refusal; throws it on when it is of another kind. */
export function refusalFrom(error: unknown): Refusal {
  if (!(error instanceof Error) || !('$metadata' in error)) throw error;
  const { httpStatusCode } = error.$metadata as { httpStatusCode?: number };
  return { status: httpStatusCode ?? 0, code: error.name };
}

/** `size` bytes that differ with `seed`, the same everywhere: a linear congruential generator's high bytes. */
export function bytesOf(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed >>> 0;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
