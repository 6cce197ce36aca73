/** What an operation of the REST API declares about itself, so that the core refuses whatever else is asked. */
import { notImplemented, S3Error } from '../errors.ts';
import type { Receiving } from '../receive-body.ts';
import type { S3Request, S3Response } from '../request.ts';
import type { S3Store } from '../store.ts';

/** One use of a permission, as IAM policies name it. */
export interface Access {
  /** For example s3:GetObject. */
  action: string;
  bucket: string | undefined;
  key: string | undefined;
  /** Of the key, when the request names one. */
  version?: string | undefined;
}

export interface OperationContext {
  store: S3Store;
  request: S3Request;
  /** What the path names; empty where the operation is not about one. */
  bucket: string;
  key: string;
  /** Asks for a further permission, beyond the operation's own; throws S3Error when refused. */
  authorize(access: Access): void;
}

export interface Operation {
  /** Name in the API Reference. */
  name: string;
  /**
   * Method, what the path names (service, bucket or object) and the query parameters that select this operation:
   * `PUT object?uploadId&partNumber`. A value must be equal.
   */
  on: string;
  /** Header without which it is another operation. */
  header?: string;
  /** Headers that it understands beside those of all operations. */
  headers?: readonly string[];
  /** IAM action; empty when `run` asks itself, as where several keys are concerned. */
  action: string;
  /** Query parameters that it understands. */
  parameters?: readonly string[];
  /** Headers of conditional requests that it understands. */
  conditions?: readonly string[];
  run(context: OperationContext): S3Response | Receiving<S3Response>;
}

/** Added by clients to any request and without influence on the answer; presigned URLs carry the second group. */
const NEUTRAL_PARAMETERS =
  /^(?:x-id|AWSAccessKeyId|Signature|Expires|x-amz-security-token|X-Amz-(?:Algorithm|Credential|Date|Expires|Security-Token|Signature|SignedHeaders|Content-Sha256))$/;

const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'];

/** x-amz-* headers that are understood; every other one asks for something that would silently not happen. */
const KNOWN_HEADERS =
  /^x-amz-(?:date|content-sha256|user-agent|security-token|decoded-content-length|trailer|sdk-checksum-algorithm|checksum-.+|mp-object-size|meta-.+)$/;
/** Headers of which only the value that is the default is understood. */
const FIXED_HEADERS: Readonly<Record<string, readonly string[]>> = {
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-server-side-encryption': ['AES256'],
  'x-amz-storage-class': ['STANDARD'],
};

/** The parameters that select an operation; the value is empty when any will do. */
const selectorsOf = ({ on }: Operation) => [...new URLSearchParams(on.split('?')[1])];

/** The operation of a request. @throws S3Error NotImplemented, MethodNotAllowed */
export function selectOperation(operations: readonly Operation[], request: S3Request): Operation {
  const { method, query } = request;
  const level = request.bucket === undefined ? 'service' : request.key === undefined ? 'bucket' : 'object';
  const selected = operations
    .filter(({ on, header }) => {
      const isAsked = header === undefined || request.headers[header] !== undefined;
      return isAsked && on.split('?')[0] === `${method} ${level}`;
    })
    .find((operation) =>
      selectorsOf(operation).every(([name, value]) =>
        value === '' ? query.has(name) : query.get(name) === value,
      ),
    );
  if (selected !== undefined) return selected;
  if (!['GET', 'HEAD', 'PUT', 'POST', 'DELETE'].includes(method)) {
    throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      Method: method,
      ResourceType: level.toUpperCase(),
    });
  }
  throw notImplemented(`${method} of ${level} with the query "${query}"`);
}

/** Refuses what the operation does not understand. @throws S3Error NotImplemented */
export function checkUnderstood(operation: Operation, { query, headers }: S3Request): void {
  const known = [...selectorsOf(operation).map(([name]) => name), ...(operation.parameters ?? [])];
  for (const name of query.keys()) {
    if (!known.includes(name) && !NEUTRAL_PARAMETERS.test(name)) {
      throw notImplemented(`the query parameter ${name} of ${operation.name}`);
    }
  }
  for (const [name, value] of Object.entries(headers)) {
    if (CONDITIONS.includes(name) && !operation.conditions?.includes(name)) {
      throw notImplemented(`${name} of ${operation.name}`);
    }
    const isKnown = KNOWN_HEADERS.test(name) || operation.headers?.includes(name);
    if (name.startsWith('x-amz-') && !isKnown && !FIXED_HEADERS[name]?.includes(value)) {
      throw notImplemented(`${name}: ${value}`);
    }
  }
}
