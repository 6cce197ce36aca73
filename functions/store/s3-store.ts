/** The object store on S3; the only file that knows the S3 client. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  type AbortMultipartUploadCommandInput,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { logger } from '../observe/logging.ts';
import { ConflictError, NotFoundError, StorageUnavailableError } from './errors.ts';
import type { ByteRange, ListRange, ObjectStore, StoredObject } from './object-store.ts';
import { isBeyondEnd, isLostRace, isMissing, isUnchanged, tryS3 } from './s3-errors.ts';

/** Parts of a streamed upload; S3 wants at least 5 MiB for all but the last. */
const PART_BYTES = 8 * 1024 * 1024;
/** Read at once of an object that is streamed. */
const PIECE_BYTES = 8 * 1024 * 1024;
/** Tries of one piece, each with the SDK's own behind it, whose bodies may still break. */
const PIECE_TRIES = 3;
/** Keys of a page of a listing. */
const PAGE_KEYS = 1000;
/** Rounds of a conditional write that others win. */
const MAX_RACES = 10;
/** Mean pause before the second round; grows by as much each round. Random, so that rivals don't meet again. */
const RACE_PAUSE_MS = 5;
/** A call that hangs is cut, and tried again by the SDK, well before the function's own time is over. */
const TIMEOUTS = { connectionTimeout: 3_000, socketTimeout: 10_000 };
/** Named at the start of an upload, with each part and at its end: S3 refuses it when one of them differs. */
const CHECKSUM = 'CRC32';

/** One client per container, made at the first use so that importing this file costs nothing. */
let shared: S3Client | undefined;

export type S3Connection = Pick<S3ClientConfig, 'endpoint' | 'region' | 'credentials'>;

/** @param connection to another S3 than the environment names: its client is not the shared one */
export function createS3Store(bucket: string, connection?: S3Connection): ObjectStore {
  if (connection !== undefined) {
    return new S3Store(new S3Client({ ...connection, requestHandler: TIMEOUTS }), bucket);
  }
  shared ??= new S3Client({ requestHandler: TIMEOUTS });
  return new S3Store(shared, bucket);
}

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
      return await tryS3(`GET ${key}`, async () => {
        const answer = await this.#client.send(
          new GetObjectCommand({ Bucket: this.#bucket, Key: key, IfNoneMatch: etag }),
        );
        return { body: await answer.Body!.transformToByteArray(), etag: answer.ETag! };
      });
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (isUnchanged(error)) return 'unchanged';
      throw error;
    }
  }

  async *stream(key: string, { start = 0, end }: ByteRange = {}): AsyncGenerator<Uint8Array> {
    let etag: string | undefined;
    // Until the first answer says where the object ends.
    let last = end ?? Number.POSITIVE_INFINITY;
    for (let at = start; at < last; ) {
      const piece = await this.#piece(key, at, Math.min(at + PIECE_BYTES, last), etag);
      if (piece === undefined) return;
      etag = piece.etag;
      last = Math.min(last, piece.size);
      at += piece.bytes.length;
      yield piece.bytes;
    }
  }

  /** @returns undefined when the object ends before `start` */
  async #piece(key: string, start: number, end: number, etag: string | undefined) {
    const command = () =>
      new GetObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        Range: `bytes=${start}-${end - 1}`,
        IfMatch: etag,
      });
    for (let attempt = 1; ; attempt++) {
      try {
        return await tryS3(`GET ${key} from ${start}`, async () => {
          const answer = await this.#client.send(command());
          const bytes = await answer.Body!.transformToByteArray();
          // bytes 0-99/1234
          const size = Number(/\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1]);
          if (!(bytes.length === Math.min(end, size) - start)) {
            throw new StorageUnavailableError(
              `GET ${key} from ${start}: ${bytes.length} bytes of ${answer.ContentRange}`,
            );
          }
          return { bytes, etag: answer.ETag!, size };
        });
      } catch (error) {
        if (isBeyondEnd(error)) return undefined;
        if (isMissing(error)) throw new NotFoundError(`${key} is not there`, { cause: error });
        if (isLostRace(error)) throw new ConflictError(`${key} changed while it was read`, { cause: error });
        if (!(error instanceof StorageUnavailableError) || attempt === PIECE_TRIES) throw error;
        await pause(attempt);
      }
    }
  }

  async size(key: string): Promise<number | undefined> {
    try {
      const answer = await tryS3(`HEAD ${key}`, () =>
        this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key })),
      );
      return answer.ContentLength;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await tryS3(`DELETE ${key}`, () =>
      this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key })),
    );
  }

  async list(prefix: string, range?: ListRange): Promise<string[]> {
    return (await this.listWithSizes(prefix, range)).map(({ key }) => key);
  }

  async listWithSizes(prefix: string, range: ListRange = {}): Promise<{ key: string; bytes: number }[]> {
    const pages = await this.#listPages(prefix, range);
    return pages
      .flatMap((page) => page.Contents ?? [])
      .slice(0, range.most)
      .map(({ Key, Size }) => ({ key: Key!, bytes: Size! }));
  }

  async listFolders(prefix: string): Promise<string[]> {
    const pages = await this.#listPages(prefix, {}, '/');
    return pages
      .flatMap((page) => page.CommonPrefixes ?? [])
      .map((folder) => folder.Prefix!.slice(prefix.length, -1));
  }

  async #listPages(
    prefix: string,
    { after, most = Number.POSITIVE_INFINITY }: ListRange,
    delimiter?: string,
  ) {
    const pages = [];
    let left = most;
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: prefix,
        Delimiter: delimiter,
        StartAfter: after,
        ContinuationToken: token,
        ...(left < PAGE_KEYS ? { MaxKeys: left } : {}),
      });
      const page = await tryS3(`LIST ${prefix}`, () => this.#client.send(command));
      pages.push(page);
      left -= page.Contents?.length ?? 0;
      token = page.NextContinuationToken;
    } while (token !== undefined && left > 0);
    return pages;
  }

  async tryCreate(
    key: string,
    body: Uint8Array,
  ): Promise<{ created: true } | { created: false; existing: StoredObject }> {
    for (let race = 1; race <= MAX_RACES; race++) {
      if (await this.#putIf(key, body, { IfNoneMatch: '*' })) return { created: true };
      const existing = await this.get(key);
      if (existing !== undefined)
        return isSame(existing, body) ? { created: true } : { created: false, existing };
      // Deleted in between, or the other write is still under way: the next try tells.
      await pause(race);
    }
    throw lostRaces(key);
  }

  async createImmutable(key: string, body: Uint8Array): Promise<void> {
    const { created } = await this.tryCreate(key, body);
    if (!created) throw new ConflictError(`${key} exists with other content`);
  }

  async compareAndSwap(
    key: string,
    next: (current: Uint8Array | undefined) => Uint8Array | undefined | Promise<Uint8Array | undefined>,
  ): Promise<void> {
    for (let race = 1; race <= MAX_RACES; race++) {
      const current = await this.get(key);
      const body = await next(current?.body);
      if (body === undefined) return;
      if (await this.#putIf(key, body, conditionOf(current?.etag))) return;
      await pause(race);
    }
    throw lostRaces(key);
  }

  tryReplace(key: string, body: Uint8Array, etag: string | undefined): Promise<boolean> {
    return this.#putIf(key, body, conditionOf(etag));
  }

  /** @returns false when the condition does not hold (any more), or another write was under way */
  async #putIf(
    key: string,
    body: Uint8Array,
    condition: { IfMatch?: string; IfNoneMatch?: string },
  ): Promise<boolean> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: body,
      ContentType: contentType(key),
      ...condition,
    });
    try {
      await tryS3(`PUT ${key}`, () => this.#client.send(command));
      return true;
    } catch (error) {
      if (isLostRace(error)) return false;
      throw error;
    }
  }

  async createFromStream(key: string, body: AsyncIterable<Uint8Array>): Promise<boolean> {
    const target = { Bucket: this.#bucket, Key: key };
    let upload: (typeof target & { UploadId: string }) | undefined;
    try {
      const parts: CompletedPart[] = [];
      for await (const { bytes, last } of inParts(body, PART_BYTES)) {
        if (last && upload === undefined) return (await this.tryCreate(key, bytes)).created;
        upload ??= { ...target, UploadId: await this.#startUpload(key) };
        const PartNumber = parts.length + 1;
        const command = new UploadPartCommand({
          ...upload,
          PartNumber,
          Body: bytes,
          ChecksumAlgorithm: CHECKSUM,
        });
        const part = await tryS3(`PUT ${key}, part ${PartNumber}`, () => this.#client.send(command));
        parts.push({ PartNumber, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
      }
      return await this.#completeUpload({
        ...upload!,
        MultipartUpload: { Parts: parts },
        IfNoneMatch: '*',
      });
    } catch (error) {
      if (upload !== undefined) await this.#abortUpload(upload);
      throw error;
    }
  }

  async #startUpload(key: string): Promise<string> {
    const command = new CreateMultipartUploadCommand({
      Bucket: this.#bucket,
      Key: key,
      ContentType: contentType(key),
      ChecksumAlgorithm: CHECKSUM,
    });
    return (await tryS3(`PUT ${key}`, () => this.#client.send(command))).UploadId!;
  }

  async #completeUpload(input: CompleteMultipartUploadCommandInput & { Key: string }): Promise<boolean> {
    try {
      await tryS3(`PUT ${input.Key}`, () => this.#client.send(new CompleteMultipartUploadCommand(input)));
      return true;
    } catch (error) {
      if (!isLostRace(error)) throw error;
      // S3 lets nobody complete this upload again, so without an object the whole write has to be repeated.
      if ((await this.size(input.Key)) === undefined) throw lostRaces(input.Key, error);
      await this.#abortUpload(input);
      return false;
    }
  }

  /** Frees the parts. The bucket's lifecycle removes what a failure leaves behind; the first error is the one to report. */
  async #abortUpload(upload: AbortMultipartUploadCommandInput): Promise<void> {
    const { Bucket, Key, UploadId } = upload;
    try {
      await this.#client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    } catch (error) {
      if (!isMissing(error)) logger.warn('upload not aborted', { key: Key, error: error as Error });
    }
  }
}

const conditionOf = (present: string | undefined) =>
  present === undefined ? { IfNoneMatch: '*' } : { IfMatch: present };

const pause = (race: number) => sleep(Math.random() * 2 * RACE_PAUSE_MS * race);

function lostRaces(key: string, cause?: unknown): StorageUnavailableError {
  return new StorageUnavailableError(`${key} could not be written: lost races against other writes`, {
    cause,
  });
}

function isSame(stored: StoredObject, body: Uint8Array): boolean {
  return Buffer.from(stored.body).equals(body);
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
