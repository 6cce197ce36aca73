/** What a place takes for everything that is not arithmetic, with how each figure was come by. */
import { AT_ONCE } from '../../functions/contract/limits.ts';

export interface Platform {
  name: string;
  /** Of the workflow for entering and leaving a state, in ms. */
  transitionMs: number;
  /** Of invoking a function that is warm, both ways, in ms. */
  invokeMs: number;
  /** From asking for a new container to its handler, in ms; billed. */
  coldStartMs: number;
  /** Of a handler that does next to nothing but its requests: the event checked, logs and metrics written. */
  handlerMs: number;
  /** Of starting the children of a Map and of gathering them, in ms, and for each of them. */
  mapMs: number;
  childMs: number;
  /** Of a small request to S3 until its first byte, in ms. */
  requestMs: number;
  /** Of larger ones, bytes per second of one connection. */
  bytesPerSecond: number;
  /** GETs a second of one prefix, and so of one dataset's shards. */
  readsPerSecond: number;
  /** Workers at once, and vCPUs that they share; every container has its own in AWS. */
  concurrency: number;
  processors: number;
}

/**
 * Not measured by us: nobody here has an account. From what AWS and others have published, November 2026:
 * - transitionMs, mapMs, childMs: AWS publishes none; taken as an order of magnitude.
 * - invokeMs: the same, for a synchronous invocation within a region.
 * - coldStartMs: published measurements of Node.js functions with the AWS SDK in their bundle range from 200 to 400 ms of
 *   INIT; billed since August 2025 ("AWS Lambda standardizes billing for INIT Phase", AWS Compute Blog).
 * - requestMs: 100–200 ms for small objects ("Best practices design patterns: optimizing Amazon S3 performance", Amazon S3
 *   User Guide); the lower end.
 * - bytesPerSecond: 85–90 MB/s of a connection (same guide), of which functions get about 75.
 * - readsPerSecond: 5,500 of a prefix (same guide); S3 splits prefixes that stay busy, which takes its time.
 * - concurrency: as the app is deployed without -c workersAtOnce. New accounts begin with 10 functions at once, the default
 *   quota is 1,000 ("Lambda quotas", AWS Lambda Developer Guide).
 */
export const AWS: Platform = {
  name: 'AWS Lambda',
  transitionMs: 25,
  invokeMs: 20,
  coldStartMs: 300,
  handlerMs: 5,
  mapMs: 1000,
  childMs: 1,
  requestMs: 100,
  bytesPerSecond: 75e6,
  readsPerSecond: 5500,
  concurrency: AT_ONCE.workers,
  processors: Number.POSITIVE_INFINITY,
};

/**
 * The local cloud on two idle cores of an AMD EPYC: fitted to what `npm run plan -- --measure` found of chunks and rounds
 * of one step (docs/scaling.md).
 *
 * @param processors of the machine
 */
export const localCloud = (processors: number): Platform => ({
  name: 'the local cloud',
  transitionMs: 1,
  invokeMs: 2,
  coldStartMs: 250,
  handlerMs: 4,
  mapMs: 8,
  childMs: 9,
  requestMs: 1,
  bytesPerSecond: 300e6,
  readsPerSecond: Number.POSITIVE_INFINITY,
  concurrency: 10,
  processors,
});
