/**
 * Shards in memory, for a container's next invocations. Epochs and evaluations go through all shards again and again,
 * so those that came first stay and what does not fit is read each time: whoever made room for the newest would never
 * find any of them again.
 */

import { isPixelRows } from '../../core/rows/input-rows.ts';
import { hasTargets, type TrainingRows } from '../../core/rows/training-rows.ts';

export class ShardCache {
  readonly dataset: string;
  readonly maxBytes: number;
  readonly #rows = new Map<string, TrainingRows>();
  #bytes = 0;

  constructor(dataset: string, maxBytes: number) {
    this.dataset = dataset;
    this.maxBytes = maxBytes;
  }

  get(key: string): TrainingRows | undefined {
    return this.#rows.get(key);
  }

  /** Keeps the rows if there is room. @returns them */
  offer(key: string, rows: TrainingRows): TrainingRows {
    const bytes = bytesOf(rows);
    if (!this.#rows.has(key) && this.#bytes + bytes <= this.maxBytes) {
      this.#rows.set(key, rows);
      this.#bytes += bytes;
    }
    return rows;
  }
}

let present: ShardCache | undefined;

/** Those of one dataset at a time. @param manifestSha256 the dataset's */
export function keptShards(manifestSha256: string, maxBytes: number): ShardCache {
  if (present?.dataset !== manifestSha256 || present.maxBytes !== maxBytes) {
    present = new ShardCache(manifestSha256, maxBytes);
  }
  return present;
}

function bytesOf(data: TrainingRows): number {
  const { x } = data;
  const inputs = isPixelRows(x)
    ? x.pixels.byteLength
    : x.pointers.byteLength + x.indices.byteLength + x.values.byteLength;
  return inputs + (hasTargets(data) ? data.targets : data.labels).byteLength;
}
