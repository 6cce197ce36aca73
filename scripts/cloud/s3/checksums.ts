/** The checksum algorithms that S3 knows and this server verifies. */
import { createHash } from 'node:crypto';
import { type Crc, type CrcName, combineCrc, createCrc } from './crc.ts';
import { invalidRequest, notImplemented } from './errors.ts';

/** Bytes of each algorithm's value. */
const VALUE_BYTES = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32, SHA512: 64, MD5: 16 } as const;
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

/** To be given bytes until `digest` is called, once. */
export const createHasher = (algorithm: ChecksumAlgorithm): Crc =>
  isCrc(algorithm) ? createCrc(algorithm) : createHash(algorithm.toLowerCase());

export function digestOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
  const hasher = createHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

/** The algorithm of this name. @param where the name was found @throws S3Error NotImplemented */
export function parseAlgorithm(name: string, where: string): ChecksumAlgorithm {
  if (!Object.hasOwn(VALUE_BYTES, name)) throw notImplemented(where);
  return name as ChecksumAlgorithm;
}

export function isCrc(algorithm: ChecksumAlgorithm): algorithm is CrcName {
  return algorithm.startsWith('CRC');
}

export const CHECKSUM_PREFIX = 'x-amz-checksum-';

/** x-amz-checksum-crc32 and so on. */
export const checksumHeader = (algorithm: ChecksumAlgorithm): string =>
  `${CHECKSUM_PREFIX}${algorithm.toLowerCase()}`;

/** ChecksumCRC32 and so on: the element in XML. */
export const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

/**
 * Bytes of a base64 checksum.
 * @throws S3Error InvalidRequest when it is no base64 or not of the algorithm's length
 */
export function parseChecksum(algorithm: ChecksumAlgorithm, value: string): Buffer {
  const bytes = parseBase64(value);
  if (bytes?.length !== VALUE_BYTES[algorithm]) {
    throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
  return bytes;
}

/** Strict base64 with padding; undefined when it is not. Buffer alone skips what it does not know. */
export function parseBase64(value: string): Buffer | undefined {
  const bytes = Buffer.from(value, 'base64');
  return bytes.toString('base64') === value ? bytes : undefined;
}

/**
 * Checksum of an object made of parts: of the checksums (composite), or of all bytes, by combining CRCs.
 * @param parts with a checksum each, to which UploadPart has seen
 */
export function checksumOfParts(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { checksum: Checksum | undefined; size: number }[],
): Checksum {
  const values = parts.map(({ checksum }): Buffer => Buffer.from(checksum!.value, 'base64'));
  if (type === 'COMPOSITE') {
    const digest = digestOf(algorithm, Buffer.concat(values)).toString('base64');
    return { algorithm, type, value: `${digest}-${parts.length}` };
  }
  if (!isCrc(algorithm)) throw new TypeError(`${algorithm} of parts cannot be combined`);
  const whole = values.reduce((before, value, i) => combineCrc(algorithm, before, value, parts[i]!.size));
  return { algorithm, type, value: whole.toString('base64') };
}
