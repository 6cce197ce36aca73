/**
 * S3's decisions: a request in, an answer out, over the store. There is one S3 in this project, and it is this file with
 * what it imports. It decides everything that S3 decides (conditions, checksums, ranges, listings, uploads in parts,
 * error documents), synchronously, and it has no sockets, no clock and no randomness of its own. Three use it:
 *
 *     server.ts                       bodies come from sockets, piece by piece, and go out the same way
 *     scripts/lab/simulate            whole messages in simulated time, with faults on the way
 *     test/functions/support/fake-s3  whole messages of the SDK's protocol, whose calls aws-sdk-client-mock intercepts
 *             │
 *             ▼
 *     core.ts ─► operations/ ─► conditions, checksums, … ─► store.ts ─► SQLite
 */
import { accessKeyIdOf, checkAuthentication, withHeadersOfUrl } from './authentication.ts';
import { S3Error } from './errors.ts';
import { OPERATIONS } from './operations/all.ts';
import { type Access, checkUnderstood, type Operation, selectOperation } from './operations/operation.ts';
import { type Receiving, TURN } from './receive-body.ts';
import { parseRequest, type RequestHead, type S3Request, type S3Response } from './request.ts';
import type { S3Store } from './store.ts';
import { writeXml } from './xml.ts';

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
export type RequestHook = (call: S3Call) => void;

export interface WholeRequest extends RequestHead {
  body: Uint8Array;
}

export interface WholeAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** Answers a request whose body is here. @throws what is no S3Error: failures of the store itself */
export function answerWhole(store: S3Store, request: WholeRequest, hook?: RequestHook): WholeAnswer {
  const receiving = answer(store, request, hook);
  const pieces = [request.body, undefined];
  let step = receiving.next();
  while (!step.done) {
    if (step.value === TURN) step = receiving.next();
    else if (pieces.length > 0) step = receiving.next(pieces.shift());
    else throw new Error('the core asks for more behind the end of a body');
  }
  const { status, headers, body, release } = step.value;
  try {
    const isBare = body === undefined || request.method === 'HEAD';
    const sent = isBare ? [] : typeof body === 'string' ? [Buffer.from(body)] : body;
    return { status, headers, body: Buffer.concat([...sent]) };
  } finally {
    release?.();
  }
}

/**
 * Answers a request whose body comes in pieces. What needs no body is answered without asking for it, and a refusal may
 * come before the last piece. Refusals become S3's error documents; so does an S3Error thrown into the generator.
 * @throws what is no S3Error: failures of the store itself
 */
export function* answer(store: S3Store, head: RequestHead, hook?: RequestHook): Receiving<S3Response> {
  let resource = pathOf(head);
  try {
    const request = withHeadersOfUrl(parseRequest(head));
    resource = `/${[request.bucket, request.key].filter((part) => part !== undefined).join('/')}`;
    checkAuthentication(request, store.now());
    const operation = selectOperation(OPERATIONS, request);
    checkUnderstood(operation, request);
    const { bucket, key } = request;
    const authorize = (access: Access): void => hook?.(describeCall(operation, request, access));
    const version = request.query.get('versionId') ?? undefined;
    if (operation.action !== '') authorize({ action: operation.action, bucket, key, version });
    const result = operation.run({ store, request, bucket: bucket ?? '', key: key ?? '', authorize });
    return 'status' in result ? result : yield* result;
  } catch (error) {
    if (error instanceof S3Error) return errorAnswer(error, resource, head.id);
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

/** Path of the target as it came, percent-encoded. */
export const pathOf = ({ target }: RequestHead): string => target.split('?')[0]!;

/** AWS says with it which of its machines answered. */
export const HOST_ID = 'stepnet-local-s3';

export function errorAnswer(error: S3Error, resource: string, requestId: string): S3Response {
  const { status, code, message, details, headers } = error;
  const content = {
    Code: code,
    Message: message,
    ...details,
    Resource: resource,
    RequestId: requestId,
    HostId: HOST_ID,
  };
  return {
    status,
    headers: { 'content-type': 'application/xml', ...headers },
    body: writeXml('Error', content),
  };
}
