/**
 * Training over shards that are read when their turn comes ("shardShuffle"): the ones that the present steps read are
 * held, the next are fetched meanwhile, the others are let go. The bytes of a run are those of one with all in memory.
 */
import { gatherDense, gatherSparse } from '../rows/gather-rows.ts';
import { type InputRows, isPixelRows, toSparse } from '../rows/input-rows.ts';
import { hasTargets, type LabelledRows, type TrainingRows } from '../rows/training-rows.ts';
import { SHARDS_TOGETHER, type TrainingConfig } from './config.ts';
import type { RowSource, StepRows } from './row-source.ts';
import { ShardOrder } from './shard-order.ts';
import type { Trainer } from './trainer.ts';

/** Reads a shard; its rows are those that were announced. */
export type LoadShard = (shard: number) => Promise<TrainingRows>;

export class ShardStream implements RowSource {
  readonly #order: ShardOrder;
  readonly #shardRows: readonly number[];
  readonly #load: LoadShard;
  readonly #loading = new Map<number, Promise<TrainingRows>>();
  readonly #held = new Map<number, TrainingRows>();
  readonly #shards: Uint32Array;
  readonly #rows: Uint32Array;

  /**
   * @param shardRows rows of each shard
   * @throws RangeError for another sampling, a shard without rows, or a batch of more samples than there are
   */
  constructor(
    config: Pick<TrainingConfig, 'sampling' | 'batchSize' | 'seed' | 'shardsTogether'>,
    shardRows: readonly number[],
    load: LoadShard,
  ) {
    if (config.sampling !== 'shardShuffle') {
      throw new RangeError(
        `sampling: got ${config.sampling}, expected shardShuffle for shards that are streamed`,
      );
    }
    const { batchSize, seed, shardsTogether = SHARDS_TOGETHER } = config;
    this.#order = new ShardOrder(shardRows, batchSize, seed, shardsTogether);
    this.#shardRows = shardRows;
    this.#load = load;
    this.#shards = new Uint32Array(batchSize);
    this.#rows = new Uint32Array(batchSize);
  }

  get size(): number {
    return this.#order.size;
  }

  /**
   * Waits for the shards that step `step` reads, and begins to fetch those that come after them.
   *
   * Held at most: the shards of this step's segment and of the next one's, so two groups where these are larger than
   * batches.
   *
   * @param untilStep nothing is fetched for steps from here on
   * @returns up to which step, exclusive, all is here
   * @throws what reading a shard throws; RangeError when it has other rows than were announced
   */
  async ready(step: number, untilStep = Number.POSITIVE_INFINITY): Promise<number> {
    const present = this.#order.segmentAt(step);
    const next = present.until < untilStep ? this.#order.segmentAt(present.until).shards : [];
    const wanted = new Set([...present.shards, ...next]);
    for (const shards of [this.#held, this.#loading]) {
      for (const shard of shards.keys()) if (!wanted.has(shard)) shards.delete(shard);
    }
    for (const shard of wanted) this.#fetch(shard);
    for (const shard of present.shards) {
      const loading = this.#loading.get(shard);
      if (loading === undefined) continue;
      try {
        this.#held.set(shard, await loading);
      } finally {
        this.#loading.delete(shard);
      }
    }
    return Math.min(present.until, untilStep);
  }

  /** @throws RangeError when `ready` wasn't asked for the step */
  rowsFor(step: number): StepRows {
    this.#order.fill(this.#shards, this.#rows, step);
    const [first] = this.#shards;
    if (this.#shards.every((shard) => shard === first)) {
      return { data: this.#dataOf(first!, step), batch: this.#rows };
    }
    const from = Array.from(this.#shards, (shard) => this.#dataOf(shard, step));
    return { data: gatherRows(from, this.#rows), batch: this.#rows.map((_, n) => n) };
  }

  #fetch(shard: number): void {
    if (this.#held.has(shard) || this.#loading.has(shard)) return;
    const loading = this.#loadChecked(shard);
    // Whoever waits for it gets the error; until then nobody does, which is no reason to end the process.
    loading.catch(() => {});
    this.#loading.set(shard, loading);
  }

  async #loadChecked(shard: number): Promise<TrainingRows> {
    const data = await this.#load(shard);
    const expected = this.#shardRows[shard]!;
    if (data.x.rows === expected) return data;
    throw new RangeError(`shard ${shard}: got ${data.x.rows} rows, expected ${expected}`);
  }

  #dataOf(shard: number, step: number): TrainingRows {
    const data = this.#held.get(shard);
    if (data !== undefined) return data;
    throw new RangeError(`step ${step}: got no shard ${shard}, expected \`ready\` to be asked before`);
  }
}

export interface StreamOptions {
  /** Asked before each step but the first, as by Trainer.advance. */
  shouldStop?: () => boolean;
  /** Lets what was begun go on, such as the next shard's arrival, which can't while steps run. */
  giveWay?: () => Promise<void>;
  /** Steps after which way is given, asked each time; default 100. */
  stepsBetween?: () => number;
}

/**
 * Trains until `untilStep`, or until it is told to stop, over shards that arrive meanwhile.
 *
 * @param stream what the trainer takes its rows from
 * @throws what `Trainer.advance` and `ShardStream.ready` throw
 */
export async function advanceOverShards(
  trainer: Trainer,
  stream: ShardStream,
  untilStep: number,
  { shouldStop = () => false, giveWay = async () => {}, stepsBetween = () => 100 }: StreamOptions = {},
): Promise<void> {
  while (trainer.step < untilStep) {
    const until = await stream.ready(trainer.step, untilStep);
    while (trainer.step < until) {
      const pause = Math.min(until, trainer.step + stepsBetween());
      trainer.advance(pause, shouldStop);
      if (trainer.step < pause || (pause < untilStep && shouldStop())) return;
      await giveWay();
    }
  }
}

const hasLabels = (data: TrainingRows): data is LabelledRows => !hasTargets(data);

/**
 * Samples picked from several sets of rows, in order, for batches that begin in one shard and end in the next.
 *
 * @param from the set that each sample is from: as many as rows, all with the same columns
 * @param rows row of each sample in its set
 * @throws RangeError when some have labels and some have targets
 */
export function gatherRows(from: readonly TrainingRows[], rows: Uint32Array): TrainingRows {
  const x = gatherInputs(
    from.map((set) => set.x),
    rows,
  );
  if (from.every(hasLabels)) return { x, labels: rows.map((row, n) => from[n]!.labels[row]!) };
  if (!from.every(hasTargets)) throw new RangeError('rows: got labels and targets, expected one of them');
  const targets = from.map((set) => set.targets);
  return { x, targets: gatherDense(targets, rows, targets[0]!.length / from[0]!.x.rows) };
}

function gatherInputs(from: readonly InputRows[], rows: Uint32Array): InputRows {
  if (!from.every(isPixelRows)) return gatherSparse(from.map(toSparse), rows);
  const { columns } = from[0]!;
  const pixels = gatherDense(
    from.map((set) => set.pixels),
    rows,
    columns,
  );
  return { rows: rows.length, columns, pixels };
}
