/** What the workers of a round have answered: whether all of them are through, what they took, what they wrote. */

import { IntegrityError } from '../../core/errors.ts';
import { CheckpointAverage } from '../../core/training/average-checkpoints.ts';
import { type Checkpoint, decodeCheckpoint } from '../../core/training/checkpoint.ts';
import type { WorkerPart } from '../../core/training/rounds.ts';
import { KEYS } from '../contract/keys.ts';
import { AT_ONCE } from '../contract/limits.ts';
import type { TrainedPart, WorkerResult } from '../schemas/payloads.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { getVerified } from '../store/verified.ts';

/**
 * The results in the workers' order, one for each part.
 *
 * @throws Error with the name that the first failed worker's error has
 * @throws IntegrityError when they are of other workers than the round's
 */
export function completeResults(
  results: readonly WorkerResult[],
  parts: readonly WorkerPart[],
): TrainedPart[] {
  const sorted = results.toSorted((a, b) => a.worker - b.worker);
  const workers = sorted.map(({ worker }) => worker);
  if (workers.join() !== parts.map(({ worker }) => worker).join()) {
    throw new IntegrityError(
      `results: got those of workers ${workers.join(', ')}, expected one of each of ${parts.length}`,
    );
  }
  const [failed, ...others] = sorted.flatMap((result) => ('error' in result ? [result] : []));
  if (failed === undefined) return sorted.flatMap((result) => ('error' in result ? [] : [result]));
  const { worker, error } = failed;
  const message = `worker ${worker}${others.length > 0 ? ` and ${others.length} more` : ''}: ${error.message}`;
  throw Object.assign(new Error(message), { name: error.name });
}

/**
 * The mean of what the workers wrote, worker 0 first. The next parts are on their way while one is added, and at most
 * so many are in memory.
 *
 * @param results in the order of the parts
 * @throws IntegrityError or NotFoundError when a part is not what its worker has answered
 */
export async function averageParts(
  store: ObjectStore,
  runId: string,
  parts: readonly WorkerPart[],
  results: readonly TrainedPart[],
  batchSize: number,
): Promise<Checkpoint> {
  const average = new CheckpointAverage();
  const read = ({ round, worker }: WorkerPart, index: number): Promise<Uint8Array> => {
    const bytes = getVerified(store, KEYS.roundPart(runId, round.start, worker), results[index]!.sha256);
    // Awaited in its turn; until then a failure is nobody's.
    bytes.catch(() => undefined);
    return bytes;
  };
  const ahead = parts.slice(0, AT_ONCE.roundParts).map(read);
  for (const [index, { first, end }] of parts.entries()) {
    const bytes = await ahead.shift()!;
    const next = index + AT_ONCE.roundParts;
    if (next < parts.length) ahead.push(read(parts[next]!, next));
    average.add(decodeCheckpoint(bytes), (end - first) * batchSize);
  }
  return average.mean();
}

/** Sums over the workers, and the slowest of them. */
export function totalOf(results: readonly TrainedPart[]) {
  const sum = { billedMs: 0, loadMs: 0, trainMs: 0, saveMs: 0, estimatedDollars: 0, dollars: 0 };
  for (const result of results) {
    for (const figure of Object.keys(sum) as (keyof typeof sum)[]) sum[figure] += result[figure];
  }
  return { ...sum, slowestMs: Math.max(...results.map(({ billedMs }) => billedMs)) };
}
