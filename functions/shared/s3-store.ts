/** The object store on S3; the only file that knows the S3 client. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ConflictError, StorageUnavailableError } from './errors.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';

/** Parts of a streamed upload; S3 wants at least 5 MiB for all but the last. */
const PART_BYTES = 8 * 1024 * 1024;
/** Rounds of a compare-and-swap, and tries of a write that S3 answers 409 because another one is under way. */
const MAX_RACES = 20;

/** One client per container, made at the first use so that importing this file costs nothing. */
let shared: S3Client | undefined;

export function createS3Store(bucket: string): ObjectStore {
  shared ??= new S3Client({});
  return new S3Store(shared, bucket);
}

const PRECONDITION_FAILED = 412;
const CONFLICT = 409;
const NOT_FOUND = 404;
const NOT_MODIFIED = 304;

class S3Store implements ObjectStore {
  #client: S3Client;
  #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const got = await this.#read(key);
    return got === 'unchanged' ? undefined : got;
  }

  getIfChanged(key: string, etag: string): Promise<StoredObject | 'unchanged' | undefined> {
    return this.#read(key, etag);
  }

  async #read(key: string, etag?: string): Promise<StoredObject | 'unchanged' | undefined> {
    try {
      const answer = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: key, IfNoneMatch: etag }),
      );
      return { body: await answer.Body!.transformToByteArray(), etag: answer.ETag! };
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return undefined;
      if (statusOf(error) === NOT_MODIFIED) return 'unchanged';
      throw translate(error, `GET ${key}`);
    }
  }

  async size(key: string): Promise<number | undefined> {
    try {
      const answer = await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }));
      return answer.ContentLength;
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return undefined;
      throw translate(error, `HEAD ${key}`);
    }
  }

  async list(prefix: string): Promise<string[]> {
    const pages = await this.#listPages(prefix);
    return pages.flatMap((page) => page.Contents ?? []).map((object) => object.Key!);
  }

  async listFolders(prefix: string): Promise<string[]> {
    const pages = await this.#listPages(prefix, '/');
    return pages
      .flatMap((page) => page.CommonPrefixes ?? [])
      .map((folder) => folder.Prefix!.slice(prefix.length, -1));
  }

  async #listPages(prefix: string, delimiter?: string) {
    const pages = [];
    let token: string | undefined;
    do {
      try {
        const page = await this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: prefix,
            Delimiter: delimiter,
            ContinuationToken: token,
          }),
        );
        pages.push(page);
        token = page.NextContinuationToken;
      } catch (error) {
        throw translate(error, `LIST ${prefix}`);
      }
    } while (token !== undefined);
    return pages;
  }

  async tryCreate(
    key: string,
    body: Uint8Array,
  ): Promise<{ created: true } | { created: false; existing: StoredObject }> {
    for (let race = 0; race < MAX_RACES; race++) {
      if (await this.#putIf(key, body, { IfNoneMatch: '*' })) return { created: true };
      const existing = await this.get(key);
      // Deleted in between, or a 409 from a write still under way: the next try tells.
      if (existing !== undefined) return { created: false, existing };
    }
    throw new ConflictError(`${key} could not be written: ${MAX_RACES} lost races`);
  }

  async createImmutable(key: string, body: Uint8Array): Promise<void> {
    const outcome = await this.tryCreate(key, body);
    // Also the way out when our own write succeeded and its answer was lost: the retry finds our bytes.
    if (!outcome.created && !Buffer.from(outcome.existing.body).equals(body)) {
      throw new ConflictError(`${key} exists with other content`);
    }
  }

  async compareAndSwap(
    key: string,
    next: (current: Uint8Array | undefined) => Uint8Array | undefined,
  ): Promise<void> {
    for (let race = 0; race < MAX_RACES; race++) {
      const current = await this.get(key);
      const body = next(current?.body);
      if (body === undefined) return;
      const condition = current === undefined ? { IfNoneMatch: '*' } : { IfMatch: current.etag };
      if (await this.#putIf(key, body, condition)) return;
    }
    throw new ConflictError(`${key} could not be changed: ${MAX_RACES} lost races`);
  }

  /** @returns false when the condition does not hold (any more) */
  async #putIf(
    key: string,
    body: Uint8Array,
    condition: { IfMatch?: string; IfNoneMatch?: string },
  ): Promise<boolean> {
    try {
      await this.#client.send(
        new PutObjectCommand({
          Bucket: this.#bucket,
          Key: key,
          Body: body,
          ContentType: contentType(key),
          ...condition,
        }),
      );
      return true;
    } catch (error) {
      // 404 answers If-Match on an object that is gone.
      if ([PRECONDITION_FAILED, CONFLICT, NOT_FOUND].includes(statusOf(error) ?? 0)) return false;
      throw translate(error, `PUT ${key}`);
    }
  }

  async createFromStream(key: string, body: AsyncIterable<Uint8Array>): Promise<boolean> {
    const target = { Bucket: this.#bucket, Key: key };
    let upload: string | undefined;
    try {
      const parts: { ETag: string; PartNumber: number }[] = [];
      for await (const { bytes, last } of inParts(body, PART_BYTES)) {
        if (last && upload === undefined) return (await this.tryCreate(key, bytes)).created;
        upload ??= (
          await this.#client.send(
            new CreateMultipartUploadCommand({ ...target, ContentType: contentType(key) }),
          )
        ).UploadId!;
        const PartNumber = parts.length + 1;
        const part = await this.#client.send(
          new UploadPartCommand({ ...target, UploadId: upload, PartNumber, Body: bytes }),
        );
        parts.push({ ETag: part.ETag!, PartNumber });
      }
      await this.#client.send(
        new CompleteMultipartUploadCommand({
          ...target,
          UploadId: upload!,
          MultipartUpload: { Parts: parts },
          IfNoneMatch: '*',
        }),
      );
      return true;
    } catch (error) {
      if (upload !== undefined) {
        // The bucket's lifecycle removes what this leaves behind; the first error is the one to report.
        await this.#client
          .send(new AbortMultipartUploadCommand({ ...target, UploadId: upload }))
          .catch(() => undefined);
      }
      if (upload !== undefined && [PRECONDITION_FAILED, CONFLICT].includes(statusOf(error) ?? 0))
        return false;
      throw translate(error, `PUT ${key}`);
    }
  }
}

/** Regroups a stream into parts of `size` bytes; the last may be smaller, even empty. */
async function* inParts(
  body: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ bytes: Uint8Array; last: boolean }> {
  let chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    // A full part goes out only once there is more, so that the last one is known as such.
    if (length >= size) {
      yield { bytes: Buffer.concat(chunks), last: false };
      chunks = [];
      length = 0;
    }
    chunks.push(chunk);
    length += chunk.length;
  }
  yield { bytes: Buffer.concat(chunks), last: true };
}

function contentType(key: string): string {
  return key.endsWith('.json') ? 'application/json' : 'application/octet-stream';
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

const TOO_MANY_REQUESTS = 429;
const NETWORK_ERROR =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|TimeoutError|RequestTimeout|NetworkingError|AbortError)$/;

/** Service and network trouble becomes a StorageUnavailableError; an error that isn't the SDK's passes through. */
function translate(error: unknown, what: string): unknown {
  const status = statusOf(error);
  const { name = '', code = '', message = '' } = error as { name?: string; code?: string; message?: string };
  const unavailable =
    (status !== undefined && (status >= 500 || status === TOO_MANY_REQUESTS)) ||
    NETWORK_ERROR.test(code) ||
    NETWORK_ERROR.test(name) ||
    name === 'SlowDown';
  if (unavailable) {
    return new StorageUnavailableError(`${what}: ${status ?? code} ${name} ${message}`.trim(), {
      cause: error,
    });
  }
  return error;
}
