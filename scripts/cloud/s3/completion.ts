/** The rules by which parts become one object: pure, over what the client lists and what is stored. */
import { createHash } from 'node:crypto';
import { type ChecksumAlgorithm, type ChecksumType, checksumOfParts } from './checksums.ts';
import { unquote } from './conditions.ts';
import { invalidRequest, S3Error } from './errors.ts';
import type { NewObject, ObjectRecord } from './records.ts';

/** Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
export const MAX_PARTS = 10_000;
export const MIN_PART_BYTES = 5 * 2 ** 20;

/** Checksum that an upload was created with: every part has it, and the object gets it. */
export type UploadChecksum = { algorithm: ChecksumAlgorithm; type: ChecksumType } | undefined;

/** A part as it is stored. */
export type StoredPart = Pick<ObjectRecord, 'size' | 'etag' | 'checksum' | 'content'>;

/** A part as the client lists it. */
export interface ListedPart {
  number: number;
  etag: string;
  checksum?: { algorithm: ChecksumAlgorithm; value: string };
}

/** What the client says the finished object is. */
export interface Completion {
  parts: ListedPart[];
  checksum?: { algorithm: ChecksumAlgorithm; value: string };
  /** Bytes. */
  size?: number;
}

/**
 * The parts that make the object.
 * @param upload that they are the parts of
 * @param find the stored part of a number
 * @param minBytes of each part but the last
 * @throws S3Error InvalidPartOrder, InvalidPart, InvalidRequest, EntityTooSmall
 */
export function selectParts(
  listed: readonly ListedPart[],
  { id, checksum }: { id: string; checksum: UploadChecksum },
  find: (number: number) => StoredPart | undefined,
  minBytes: number,
): StoredPart[] {
  const parts = listed.map((entry, i) => {
    if (i > 0 && entry.number <= listed[i - 1]!.number) {
      throw new S3Error(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        { UploadId: id },
      );
    }
    const part = find(entry.number);
    if (part === undefined || !isSame(entry, part)) {
      throw new S3Error(
        'InvalidPart',
        'A listed part was not uploaded, or its ETag or checksum is not the one of the uploaded part.',
        { UploadId: id, PartNumber: String(entry.number), ETag: unquote(entry.etag) },
      );
    }
    if (checksum?.type === 'COMPOSITE' && entry.checksum === undefined) {
      throw invalidRequest(
        `The upload was created with ${checksum.algorithm}; the checksum of part ${entry.number} is missing.`,
      );
    }
    return part;
  });
  const small = parts.findIndex((part, i) => i < parts.length - 1 && part.size < minBytes);
  if (small !== -1) {
    throw new S3Error('EntityTooSmall', `A part other than the last has less than ${minBytes} bytes.`, {
      ETag: parts[small]!.etag,
      PartNumber: String(listed[small]!.number),
      ProposedSize: String(parts[small]!.size),
      MinSizeAllowed: String(minBytes),
    });
  }
  return parts;
}

function isSame(listed: ListedPart, part: StoredPart): boolean {
  const { checksum } = listed;
  return (
    unquote(listed.etag) === part.etag &&
    (checksum === undefined ||
      (checksum.algorithm === part.checksum?.algorithm && checksum.value === part.checksum.value))
  );
}

/**
 * Size, ETag and checksum of the object, held against what the client declared.
 * @throws S3Error InvalidRequest, BadDigest
 */
export function joinParts(
  parts: readonly StoredPart[],
  completion: Completion,
  uploadChecksum: UploadChecksum,
): Omit<NewObject, 'key' | 'headers'> {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (completion.size !== undefined && completion.size !== size) {
    throw invalidRequest(`x-amz-mp-object-size is ${completion.size}, the parts have ${size} bytes.`);
  }
  const checksum = uploadChecksum && checksumOfParts(uploadChecksum.algorithm, uploadChecksum.type, parts);
  const declared = completion.checksum;
  if (declared !== undefined && declared.algorithm !== checksum?.algorithm) {
    throw invalidRequest(`The upload was not created with ${declared.algorithm}.`);
  }
  if (declared !== undefined && declared.value !== checksum?.value) {
    throw new S3Error('BadDigest', `The ${declared.algorithm} you specified is not the one of the parts.`);
  }
  return { size, etag: etagOfParts(parts), checksum };
}

/** MD5 of the parts' MD5s, "-", their number. */
function etagOfParts(parts: readonly StoredPart[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(Buffer.from(part.etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
