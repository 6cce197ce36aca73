/** How fast the arithmetic is, by a function's memory. */
import { MAX_THREADS } from '../../core/kernels/layout.ts';
import { MB_PER_VCPU } from '../../functions/contract/functions.ts';
import type { Platform } from './platform.ts';

/** Of one full vCPU, in ms. */
export interface Speed {
  /** A step on one thread. */
  stepMs: number;
  /** p: 0 where a second thread brings nothing, 1 where it halves the time. */
  parallelShare: number;
  /** The training and the test set through the network, on one thread. */
  evaluateMs: number;
  /** All shards checked and decoded, without their way from S3. */
  loadMs: number;
  /** A checkpoint encoded and hashed, or checked and decoded. */
  checkpointMs: number;
  /** A worker's part added to the mean. */
  averageMs: number;
}

type Processors = Pick<Platform, 'processors'>;

/**
 * How many threads the memory pays for, and the part of a vCPU that each of them gets. The local cloud starts as many
 * where the machine has them, and gives each a whole processor.
 */
export function cpuOf(memoryMb: number, { processors }: Processors): { threads: number; share: number } {
  const vcpus = memoryMb / MB_PER_VCPU;
  const threads = Math.max(1, Math.min(MAX_THREADS, Math.floor(vcpus), processors));
  return { threads, share: Number.isFinite(processors) ? 1 : Math.min(1, vcpus) };
}

/** Part of one thread's time that t threads take: 1 − p + p/t (Amdahl's law). */
export const timeOnThreads = (p: number, threads: number): number => 1 - p + p / threads;

/** The same with the CPU that the memory buys. */
export function speedAt(speed: Speed, memoryMb: number, where: Processors): Speed {
  const { parallelShare, loadMs, checkpointMs, averageMs } = speed;
  const { threads, share } = cpuOf(memoryMb, where);
  const factor = timeOnThreads(parallelShare, threads) / share;
  return {
    parallelShare,
    stepMs: speed.stepMs * factor,
    evaluateMs: speed.evaluateMs * factor,
    loadMs: loadMs / share,
    checkpointMs: checkpointMs / share,
    averageMs: averageMs / share,
  };
}
