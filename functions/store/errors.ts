/** Errors of the functions. Their `name` is what Step Functions matches in Retry and what people see in status.json. */
export { ConfigError, DatasetError, IntegrityError } from '../../core/errors.ts';

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

/** No mirror delivered the file; the message says what each of them did. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** Of a sweep's runs there is none whose model could be promoted. */
export class NoRunSucceededError extends Error {
  override readonly name = 'NoRunSucceededError';
}
