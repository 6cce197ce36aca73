/** What a request's headers say about its body: length, encoding and the digests it must have. */
import {
  CHECKSUM_PREFIX,
  type ChecksumAlgorithm,
  parseAlgorithm,
  parseBase64,
  parseChecksum,
} from './checksums.ts';
import { invalidArgument, invalidRequest, notImplemented, S3Error } from './errors.ts';

export type Headers = Readonly<Record<string, string>>;

export interface DeclaredBody {
  /** Payload bytes, after decoding aws-chunked; undefined when the request does not say. */
  length: number | undefined;
  /** aws-chunked framing around the payload. */
  chunked: boolean;
  /** Raw MD5 of Content-MD5. */
  contentMd5?: Buffer;
  /** SHA-256 that the signature covers, in hex; its value is a digest check as well. */
  contentSha256?: string;
  /** The S3 checksum; without `value` it follows in the trailer. */
  checksum?: { algorithm: ChecksumAlgorithm; value?: Buffer };
}

const CHUNKED = 'aws-chunked';
/** Share the prefix but are no values. */
const NOT_VALUES = ['x-amz-checksum-mode', 'x-amz-checksum-algorithm', 'x-amz-checksum-type'];
const STREAMING =
  /^STREAMING-(?:UNSIGNED-PAYLOAD-TRAILER|AWS4-(?:HMAC|ECDSA-P256)-SHA256-PAYLOAD(?:-TRAILER)?)$/;

/** @throws S3Error InvalidDigest, InvalidRequest, InvalidArgument, MissingContentLength, NotImplemented */
export function declaredBody(headers: Headers): DeclaredBody {
  const declared: DeclaredBody = { length: undefined, chunked: isChunked(headers) };
  const lengthName = declared.chunked ? 'x-amz-decoded-content-length' : 'content-length';
  const length = headers[lengthName];
  if (length !== undefined) {
    if (!/^\d{1,15}$/.test(length)) {
      throw invalidArgument(lengthName, length, `${lengthName} must be a count of bytes; got ${length}.`);
    }
    declared.length = Number(length);
  } else if (declared.chunked) {
    throw new S3Error('MissingContentLength', 'aws-chunked bodies need x-amz-decoded-content-length.');
  }

  const md5 = headers['content-md5'];
  if (md5 !== undefined) {
    const bytes = parseBase64(md5);
    if (bytes?.length !== 16) {
      throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.', {
        'Content-MD5': md5,
      });
    }
    declared.contentMd5 = bytes;
  }
  const sha256 = headers['x-amz-content-sha256'];
  if (sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256)) declared.contentSha256 = sha256;
  const checksum = declaredChecksum(headers, declared.chunked);
  if (checksum !== undefined) declared.checksum = checksum;
  return declared;
}

function isChunked(headers: Headers): boolean {
  const sha256 = headers['x-amz-content-sha256'];
  if (sha256?.startsWith('STREAMING-')) {
    if (!STREAMING.test(sha256)) throw notImplemented(`x-amz-content-sha256: ${sha256}`);
    return true;
  }
  if (sha256 !== undefined && sha256 !== 'UNSIGNED-PAYLOAD' && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw invalidArgument(
      'x-amz-content-sha256',
      sha256,
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a valid sha256 value.',
    );
  }
  return entriesOf(headers['content-encoding']).includes(CHUNKED);
}

/** Entries of a header that is a list, in lower case. */
const entriesOf = (header = ''): string[] =>
  header
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');

/** Content-Encoding to store: as it was sent, without the framing of this transfer. */
export function storedContentEncoding(headers: Headers): string | undefined {
  const sent = headers['content-encoding'];
  if (sent === undefined || !entriesOf(sent).includes(CHUNKED)) return sent;
  const codings = sent.split(',').map((coding) => coding.trim());
  return codings.filter((coding) => coding.toLowerCase() !== CHUNKED).join(',') || undefined;
}

function declaredChecksum(headers: Headers, chunked: boolean): DeclaredBody['checksum'] {
  const inHeaders = Object.keys(headers).filter(
    (name) => name.startsWith(CHECKSUM_PREFIX) && !NOT_VALUES.includes(name),
  );
  const inTrailer = entriesOf(headers['x-amz-trailer']);
  const [name, ...more] = [...inHeaders, ...inTrailer];
  if (more.length > 0) throw invalidRequest('Expecting a single x-amz-checksum- header or trailer.');
  const asked = headers['x-amz-sdk-checksum-algorithm']?.toUpperCase();
  if (name === undefined) {
    if (asked === undefined) return undefined;
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (!name.startsWith(CHECKSUM_PREFIX)) throw notImplemented(`the trailing header ${name}`);
  const algorithm = parseAlgorithm(name.slice(CHECKSUM_PREFIX.length).toUpperCase(), `the checksum ${name}`);
  if (asked !== undefined && asked !== algorithm) {
    throw invalidRequest(`x-amz-sdk-checksum-algorithm ${asked} does not go with ${name}.`);
  }
  if (inTrailer.length === 0) return { algorithm, value: parseChecksum(algorithm, headers[name]!) };
  if (!chunked) throw invalidRequest('x-amz-trailer needs an aws-chunked body.');
  return { algorithm };
}
