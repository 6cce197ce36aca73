/** A request as operations take it and an answer as they give one: HTTP without sockets. */
import type { Headers } from './declared-body.ts';
import { S3Error } from './errors.ts';

/** Amazon S3 User Guide, "Object key naming guidelines". */
const MAX_KEY_BYTES = 1024;

/** The head of a request as it comes: the body follows. */
export interface RequestHead {
  /** Answered in x-amz-request-id and error documents. */
  id: string;
  method: string;
  /** `/bucket/key?query`, percent-encoded. */
  target: string;
  /** By lower-case name. */
  headers: Headers;
}

export interface S3Request extends Omit<RequestHead, 'target'> {
  /** Undefined for requests to the service itself. */
  bucket: string | undefined;
  /** Undefined for requests to a bucket. */
  key: string | undefined;
  /** Address of the bucket, as this client writes it. */
  bucketUrl: string;
  query: URLSearchParams;
}

export interface S3Response {
  status: number;
  headers: Record<string, string>;
  /** Whole, or in pieces as they are read. */
  body?: string | Iterable<Uint8Array>;
  /** To be called when the body was sent or given up. */
  release?: () => void;
}

/** bucket.localhost and bucket.s3.localhost, which are this machine by RFC 6761; s3.localhost names no bucket. */
const VIRTUAL_HOST = /^(?!s3\.localhost)([a-z0-9][a-z0-9.-]*?)(?:\.s3)?\.localhost(?::\d+)?$/i;

/**
 * Reads a request's target, where the path names the bucket: /bucket/key?query; or the host: /key?query. The key is taken
 * as it is, with "..", "//" and all.
 * @throws S3Error InvalidURI, KeyTooLongError
 */
export function parseRequest({ id, method, target, headers }: RequestHead): S3Request {
  const [path = '', query = ''] = splitAt(target, '?');
  if (!path.startsWith('/')) throw invalidUri(target);
  const { host = 'localhost' } = headers;
  const ofHost = VIRTUAL_HOST.exec(host)?.[1]?.toLowerCase();
  const parts = ofHost === undefined ? splitAt(path.slice(1), '/') : [ofHost, path.slice(1)];
  const [bucket = '', key = ''] = parts.map((part) => decode(part, target));
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', 'Your key is too long', {
      Size: String(Buffer.byteLength(key)),
      MaxSizeAllowed: String(MAX_KEY_BYTES),
    });
  }
  return {
    id,
    method,
    bucket: bucket || undefined,
    key: key || undefined,
    bucketUrl: ofHost === undefined ? `http://${host}/${bucket}` : `http://${host}`,
    query: new URLSearchParams(query),
    headers,
  };
}

/** The text before and behind the first separator; all of it where there is none. */
export function splitAt(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(part: string, target: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw invalidUri(target, cause);
  }
}

const invalidUri = (target: string, cause?: unknown): S3Error =>
  new S3Error('InvalidURI', "Couldn't parse the specified URI.", { URI: target }, cause);
