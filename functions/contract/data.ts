/** How large data is: in shards, and in a function's memory. */

const MB = 1024 * 1024;

/** Of one image in a batch: several are in memory at a time. */
export const MAX_IMAGE_BYTES = 32 * MB;

/** Of a request to the endpoint; below Lambda's 6 MB for the whole event. About 1,500 images as JSON. */
export const MAX_BODY_BYTES = 5_000_000;

/** Of a dataset's file of which nobody says how long it is. */
export const MAX_UNKNOWN_BYTES = 16 * 2 ** 30;

/** Of a checkpoint from which on only one is in memory besides the network while it is written. */
export const LARGE_CHECKPOINT_BYTES = 8 * MB;

/** How inputs are stored: bytes, float32 numbers, or the entries that are not zero. */
export type InputKind = 'u8' | 'f32' | 'sparse';

/** Rows per shard of datasets of the first manifest: MNIST's are 7.8 MB. */
export const FIRST_SHARD_ROWS = 10_000;
/** Of all others: small enough to hold several, large enough that requests don't count. */
const SHARD_BYTES = 8 * MB;
const MAX_SHARD_ROWS = 50_000;

/** @param rowBytes of a row */
export const shardRowsOf = (rowBytes: number): number =>
  Math.min(MAX_SHARD_ROWS, Math.max(1, Math.floor(SHARD_BYTES / rowBytes)));

/** Runtime, code, network and a batch's activations: rather more than they take for networks of some million weights. */
const RESERVED_MB = 256;
/** What reading shards takes besides, with garbage that is still to be collected. */
const STREAMING_MB = 768;
/**
 * A dataset is there as its shards, as the rows that they are joined to and as the kernels' copy of these. Float32 grow
 * on the way: as sparse rows each has its column beside it.
 */
const COPIES: Readonly<Record<InputKind, number>> = { u8: 3, sparse: 3, f32: 5 };

/**
 * MB of memory that a function needs to hold rows.
 *
 * @param bytes of the rows in their shards
 * @param more bytes that are there besides
 */
export const memoryFor = (kind: InputKind, bytes: number, more = 0): number =>
  RESERVED_MB + (COPIES[kind] * bytes + more) / MB;

/** Of decoded shards that may stay for later: half of what nothing else needs. */
export const keepBytesOf = (memoryMb: number): number =>
  (Math.max(0, memoryMb - RESERVED_MB - STREAMING_MB) / 2) * MB;
