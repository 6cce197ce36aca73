/** A multipart upload and what tests do to it. */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  UploadPartCommand,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import { bytesOf, type Subject } from './subject.ts';

export const MIN_PART = 5 * 2 ** 20;
/** Two parts that others may follow, and one that may only be the last. */
export const FIRST = bytesOf(MIN_PART, 1);
export const SECOND = bytesOf(MIN_PART + 12_345, 2);
export const LAST = bytesOf(1, 3);

export class Upload {
  /** Where the object is to be. */
  readonly target: { Bucket: string; Key: string };
  readonly #client: Subject['client'];
  readonly #input: { Bucket: string; Key: string; UploadId: string | undefined };

  /** Of a new key, unless one is given. */
  static async begin(
    subject: Subject,
    more: Partial<CreateMultipartUploadCommandInput> = {},
  ): Promise<Upload> {
    const target = { Bucket: subject.bucket, Key: more.Key ?? subject.newKey() };
    const created = await subject.client.send(new CreateMultipartUploadCommand({ ...more, ...target }));
    return new Upload(subject.client, target, created.UploadId);
  }

  constructor(client: Subject['client'], target: { Bucket: string; Key: string }, UploadId?: string) {
    this.#client = client;
    this.target = target;
    this.#input = { ...target, UploadId };
  }

  get id(): string {
    return this.#input.UploadId!;
  }

  /** As part of another object: a client's mistake. */
  misdirected(Key: string): Upload {
    return new Upload(this.#client, { ...this.target, Key }, this.#input.UploadId);
  }

  /** The part as it is listed for the completion. */
  async put(
    PartNumber: number,
    Body: Uint8Array,
    more: Partial<UploadPartCommandInput> = {},
  ): Promise<CompletedPart> {
    const part = await this.#client.send(
      new UploadPartCommand({ ...this.#input, PartNumber, Body, ...more }),
    );
    const { ETag, ChecksumCRC32, ChecksumCRC64NVME, ChecksumSHA256 } = part;
    return { PartNumber, ETag, ChecksumCRC32, ChecksumCRC64NVME, ChecksumSHA256 };
  }

  async complete(Parts: CompletedPart[], more: Partial<CompleteMultipartUploadCommandInput> = {}) {
    return await this.#client.send(
      new CompleteMultipartUploadCommand({ ...this.#input, MultipartUpload: { Parts }, ...more }),
    );
  }

  async abort(): Promise<void> {
    await this.#client.send(new AbortMultipartUploadCommand(this.#input));
  }
}
