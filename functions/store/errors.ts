/** Errors of the object store. Their `name` is what Step Functions matches in Retry and what people see in status.json. */

/** An object that has to be there is not. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** Somebody else wrote something different where this writer's object belongs. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** S3 did not answer usefully even after the SDK's own retries; the only error of ours that is worth retrying. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}
