/** Takes a request body in, piece by piece, and accepts it only if it is what the headers declared. */
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumHeader,
  createHasher,
  parseChecksum,
} from './checksums.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { type DeclaredBody, declaredBody, type Headers } from './declared-body.ts';
import { S3Error } from './errors.ts';

export interface ReceivedBody {
  /** Payload bytes. */
  size: number;
  /** MD5 of the payload in hex. */
  etag: string;
  /** Verified, or computed because the caller asked for it. */
  checksum: Checksum | undefined;
}

/** Yielded by work that asks for nothing but that others get their turn. */
export const TURN = 'turn';

/**
 * Work that takes a request body: each `yield` of nothing asks for the next piece and gets undefined after the last one.
 * Whoever sends the pieces may take their time; between two of them others get their turn.
 */
export type Receiving<T> = Generator<typeof TURN | undefined, T, Uint8Array | undefined>;

/** Longest XML document: 10,000 parts of a multipart upload take about 2.5 MB. */
const MAX_DOCUMENT_BYTES = 8 * 2 ** 20;

/**
 * Passes the payload to `write` as it comes, then verifies length, Content-MD5, SHA-256 and checksum.
 * The caller must undo its writes when this throws.
 * @param otherwise checksum to compute when the request declares none
 * @throws S3Error IncompleteBody, BadDigest, XAmzContentSHA256Mismatch, MalformedTrailerError
 */
export function* receiveBody(
  declared: DeclaredBody,
  write: (bytes: Uint8Array) => void,
  otherwise?: ChecksumAlgorithm,
): Receiving<ReceivedBody> {
  const algorithm = declared.checksum?.algorithm ?? otherwise;
  const md5 = createHasher('MD5');
  const sha256 = declared.contentSha256 === undefined ? undefined : createHasher('SHA256');
  const checksum = algorithm === undefined ? undefined : createHasher(algorithm);
  const decoder = declared.chunked ? new ChunkedDecoder() : undefined;
  let size = 0;
  for (let bytes = yield; bytes !== undefined; bytes = yield) {
    for (const payload of decoder?.push(bytes) ?? [bytes]) {
      size += payload.length;
      if (declared.length !== undefined && size > declared.length) throw wrongLength(declared.length);
      md5.update(payload);
      sha256?.update(payload);
      checksum?.update(payload);
      write(payload);
    }
  }
  decoder?.end();
  if (declared.length !== undefined && size < declared.length) throw wrongLength(declared.length);

  const etag = md5.digest();
  if (declared.contentMd5 !== undefined && !declared.contentMd5.equals(etag)) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
      ExpectedDigest: declared.contentMd5.toString('hex'),
      CalculatedDigest: etag.toString('base64'),
    });
  }
  const sha256Hex = sha256?.digest().toString('hex');
  if (sha256Hex !== undefined && sha256Hex !== declared.contentSha256) {
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      { ClientComputedContentSHA256: declared.contentSha256!, S3ComputedContentSHA256: sha256Hex },
    );
  }
  const received: ReceivedBody = { size, etag: etag.toString('hex'), checksum: undefined };
  if (algorithm !== undefined && checksum !== undefined) {
    const computed = checksum.digest();
    const expected = expectedChecksum(declared, decoder);
    if (expected !== undefined && !expected.equals(computed)) {
      throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
    }
    received.checksum = { algorithm, value: computed.toString('base64'), type: 'FULL_OBJECT' };
  }
  return received;
}

function expectedChecksum(declared: DeclaredBody, decoder: ChunkedDecoder | undefined): Buffer | undefined {
  if (declared.checksum === undefined) return undefined;
  const { algorithm, value } = declared.checksum;
  if (value !== undefined) return value;
  const trailer = decoder?.trailers.get(checksumHeader(algorithm));
  if (trailer === undefined) {
    throw new S3Error('MalformedTrailerError', `The trailer ${checksumHeader(algorithm)} did not come.`);
  }
  return parseChecksum(algorithm, trailer);
}

/**
 * A small document, such as the XML of DeleteObjects, as text.
 * @throws S3Error MaxMessageLengthExceeded, and what receiveBody throws
 */
export function* receiveDocument(headers: Headers): Receiving<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  yield* receiveBody(declaredBody(headers), (bytes) => {
    size += bytes.length;
    if (size > MAX_DOCUMENT_BYTES) {
      throw new S3Error('MaxMessageLengthExceeded', `The document exceeds ${MAX_DOCUMENT_BYTES} bytes.`);
    }
    pieces.push(bytes);
  });
  return Buffer.concat(pieces).toString('utf8');
}

const wrongLength = (expected: number): S3Error =>
  new S3Error(
    'IncompleteBody',
    `You did not provide the number of bytes specified by the length header: ${expected}.`,
  );
