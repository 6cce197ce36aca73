/** A request body on its way into the store. */
import type { StagedBlob } from '../blobs.ts';
import type { ChecksumAlgorithm } from '../checksums.ts';
import { declaredBody } from '../declared-body.ts';
import { S3Error } from '../errors.ts';
import { type ReceivedBody, type Receiving, receiveBody } from '../receive-body.ts';
import type { OperationContext } from './operation.ts';

/** Amazon S3 User Guide: largest object of one PUT, and largest part. */
export const MAX_UPLOAD_BYTES = 5 * 2 ** 30;

/**
 * Receives and verifies the body, then calls `commit` with the bytes not yet visible.
 * Whatever fails, in the body or in `commit`, leaves no trace.
 * @param algorithm checksum to compute when the request declares none
 */
export function* storeBody<T>(
  { store, request }: OperationContext,
  algorithm: ChecksumAlgorithm | undefined,
  commit: (received: ReceivedBody, staged: StagedBlob) => T,
): Receiving<T> {
  const declared = declaredBody(request.headers);
  if (declared.length === undefined) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  if (declared.length > MAX_UPLOAD_BYTES) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      ProposedSize: String(declared.length),
      MaxSizeAllowed: String(MAX_UPLOAD_BYTES),
    });
  }
  const staged = store.blobs.stage();
  try {
    const received = yield* receiveBody(declared, (bytes) => staged.write(bytes), algorithm);
    return commit(received, staged);
  } catch (error) {
    staged.discard();
    throw error;
  }
}
