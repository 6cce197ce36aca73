/** From request to answer: finds the operation, asks whether it is allowed, runs it, words its refusals. */
import { S3Error } from './errors.ts';
import { BUCKET_OPERATIONS } from './operations/buckets.ts';
import { DELETE_OPERATIONS } from './operations/delete-objects.ts';
import { LIST_OPERATIONS } from './operations/list-objects.ts';
import { MULTIPART_OPERATIONS } from './operations/multipart.ts';
import { OBJECT_OPERATIONS } from './operations/objects.ts';
import { type Access, checkUnderstood, type Operation, selectOperation } from './operations/operation.ts';
import { accessKeyIdOf, type S3Request, type S3Response } from './request.ts';
import type { S3Store } from './store.ts';
import { writeXml, type XmlNode } from './xml.ts';

/** The more selective first: operations without selectors take what is left. */
const OPERATIONS: readonly Operation[] = [
  ...MULTIPART_OPERATIONS,
  ...DELETE_OPERATIONS,
  ...LIST_OPERATIONS,
  ...OBJECT_OPERATIONS,
  ...BUCKET_OPERATIONS,
];

/** One use of a permission by a request; DeleteObjects makes one per key. */
export interface S3Call extends Access {
  /** Name in the S3 API Reference. */
  operation: string;
  method: string;
  requestId: string;
  /** ARN that a policy would name. */
  resource: string;
  /** Who calls, by the credential that the request names; undefined for unsigned requests. */
  accessKeyId: string | undefined;
  /** Prefix of a listing, for policies with a condition on s3:prefix. */
  prefix: string | undefined;
}

/** Sees every call before it has any effect; refuses it by throwing an S3Error, such as AccessDenied. */
export type RequestHook = (call: S3Call) => void | Promise<void>;

/**
 * Answers a request. Refusals become S3's error documents.
 * @throws what is no S3Error: failures of the server itself
 */
export async function answer(store: S3Store, request: S3Request, hook?: RequestHook): Promise<S3Response> {
  try {
    const operation = selectOperation(OPERATIONS, request);
    checkUnderstood(operation, request);
    const { bucket, key } = request;
    const authorize = async (access: Access): Promise<void> => {
      await hook?.(describeCall(operation, request, access));
    };
    if (operation.action !== '') await authorize({ action: operation.action, bucket, key });
    return await operation.run({ store, request, authorize });
  } catch (error) {
    if (error instanceof S3Error) return errorAnswer(error, resourceOf(request), request.id);
    throw error;
  }
}

function describeCall(operation: Operation, request: S3Request, access: Access): S3Call {
  const path = access.key === undefined ? access.bucket : `${access.bucket}/${access.key}`;
  return {
    ...access,
    operation: operation.name,
    method: request.method,
    requestId: request.id,
    resource: path === undefined ? '*' : `arn:aws:s3:::${path}`,
    accessKeyId: accessKeyIdOf(request),
    prefix: request.query.get('prefix') ?? undefined,
  };
}

export function errorAnswer(error: S3Error, resource: string, requestId: string): S3Response {
  const details = Object.entries(error.details).map(([name, value]): XmlNode => [name, value]);
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml' },
    body: writeXml([
      'Error',
      [
        ['Code', error.code],
        ['Message', error.message],
        ...details,
        ['Resource', resource],
        ['RequestId', requestId],
      ],
    ]),
  };
}

const resourceOf = ({ bucket, key }: S3Request): string =>
  `/${[bucket, key].filter((part) => part !== undefined).join('/')}`;
