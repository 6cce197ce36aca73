/** The checksum algorithms that S3 knows and this server verifies. */
import { createHash } from 'node:crypto';
import { combineCrc, createCrc } from './crc.ts';
import { S3Error } from './errors.ts';

/** Bytes of each algorithm's value. */
const VALUE_BYTES = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
} as const;
export type ChecksumAlgorithm = keyof typeof VALUE_BYTES;
/** Over the object's bytes, or over the checksums of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** A checksum as S3 shows it. */
export interface Checksum {
  algorithm: ChecksumAlgorithm;
  /** Base64; a composite one ends in "-" and the number of parts. */
  value: string;
  type: ChecksumType;
}

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Raw value; ends the hasher. */
  digest(): Buffer;
}

export function createHasher(algorithm: ChecksumAlgorithm): Hasher {
  if (isCrc(algorithm)) {
    const crc = createCrc(algorithm);
    return { update: crc.update, digest: crc.value };
  }
  const hash = createHash(algorithm.toLowerCase());
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.digest(),
  };
}

export function digestOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
  const hasher = createHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(VALUE_BYTES, name);
}

export function isCrc(algorithm: ChecksumAlgorithm): algorithm is 'CRC32' | 'CRC32C' | 'CRC64NVME' {
  return algorithm.startsWith('CRC');
}

/** x-amz-checksum-crc32 and so on. */
export const checksumHeader = (algorithm: ChecksumAlgorithm): string =>
  `x-amz-checksum-${algorithm.toLowerCase()}`;

/** ChecksumCRC32 and so on: the element in XML. */
export const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

/**
 * Bytes of a base64 checksum.
 * @throws S3Error InvalidRequest when it is no base64 or not of the algorithm's length
 */
export function parseChecksum(algorithm: ChecksumAlgorithm, value: string): Buffer {
  const bytes = parseBase64(value);
  if (bytes?.length !== VALUE_BYTES[algorithm]) {
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
  return bytes;
}

/** Strict base64 with padding; undefined when it is not. Buffer alone skips what it does not know. */
export function parseBase64(value: string): Buffer | undefined {
  const bytes = Buffer.from(value, 'base64');
  return bytes.toString('base64') === value ? bytes : undefined;
}

/** A part of a multipart upload, seen by its checksum. */
export interface PartChecksum {
  /** Base64. */
  value: string;
  /** Bytes of the part. */
  size: number;
}

/** Checksum of an object made of parts: of the checksums (composite), or of all bytes, by combining CRCs. */
export function checksumOfParts(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: PartChecksum[],
): Checksum {
  const values = parts.map((part): Buffer => Buffer.from(part.value, 'base64'));
  if (type === 'COMPOSITE') {
    const digest = digestOf(algorithm, Buffer.concat(values)).toString('base64');
    return { algorithm, type, value: `${digest}-${parts.length}` };
  }
  if (!isCrc(algorithm)) throw new TypeError(`${algorithm} of parts cannot be combined`);
  const whole = values.reduce((before, value, i) => combineCrc(algorithm, before, value, parts[i]!.size));
  return { algorithm, type, value: whole.toString('base64') };
}
