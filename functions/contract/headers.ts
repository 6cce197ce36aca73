/** Headers of the HTTP API beyond the common ones, in small letters as API Gateway gives them to functions, and those that pages of other origins may send and read. */

/** Bytes of the JSON that a body of the Open Inference Protocol begins with, where tensors follow as they are. */
export const LENGTH_HEADER = 'inference-header-content-length';
/** Version of the model whose weights are answered. */
export const VERSION_HEADER = 'x-model-version';

/** Makes a request that is sent again the same request. */
export const IDEMPOTENCY_HEADER = 'idempotency-key';

/** A signature takes the last three. */
export const SENT_BY_OTHER_ORIGINS = [
  'authorization',
  'content-type',
  LENGTH_HEADER,
  IDEMPOTENCY_HEADER,
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
];
export const READ_BY_OTHER_ORIGINS = ['etag', 'location', 'retry-after', LENGTH_HEADER, VERSION_HEADER];
