/**
 * What larger datasets would take in AWS, for docs/scaling.md: one epoch of rows like KDD Cup 1999's, from a million to ten
 * billion, by workers. What one function does while others wait is a wall, whatever their number.
 */

import { TRAIN_MEMORY_MB } from '../../../functions/contract/functions.ts';
import { MAX_WORKERS } from '../../../functions/contract/limits.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../functions/schemas/config.ts';
import { readPrices } from '../../../functions/schemas/prices.ts';
import { jobOf, withWorkers } from '../../planner/describe-job.ts';
import type { DatasetSize } from '../../planner/job.ts';
import { stepsFitting, USABLE_MS } from '../../planner/limits.ts';
import { PARALLEL_SHARE } from '../../planner/measure-speed.ts';
import { estimate, isRefused } from '../../planner/model.ts';
import { AWS } from '../../planner/platform.ts';
import type { Speed } from '../../planner/speed.ts';
import { alignRight, formatDollars, formatSeconds } from '../../planner/table.ts';

/** Something measured for docs/scaling.md. */
export interface Figure {
  /** Short name, by which predictions find it. */
  id: string;
  what: string;
  value: number;
  unit: string;
}

const ROWS = [1e6, 1e7, 1e8, 1e9, 1e10];
const WORKERS = [1, 10, 100, 1000];
const HIDDEN = 50;
const CLASSES = 5;
/** Large enough for ten billion rows to be fewer steps than have room in a key. */
const BATCH = 1000;
const TEST_SHARE = 0.05;
/** Of KDD's rows: functions/shard-dataset. */
const SHARD_ROWS = 25_575;
/** Of a shard in the manifest: its key, digest and rows as JSON. */
const SHARD_ENTRY_BYTES = 160;

export interface Prediction {
  rows: number;
  workers: number;
  /** As the app is; undefined where it can't be. */
  whole: Taken | undefined;
  /** The training alone, without any evaluation. */
  training: Taken;
  /** Why the whole is not possible; none where it is. */
  walls: string[];
}

export interface Taken {
  seconds: number;
  dollars: number;
}

/** What holds for a dataset of so many rows, whoever trains on it. */
export interface Preparation {
  rows: number;
  shards: number;
  datasetGb: number;
  manifestMb: number;
  /** Both passes of shard-dataset. */
  shardingSeconds: number;
  /** Of the training and the test set, in one function. */
  evaluationSeconds: number;
}

/** @param figures as `npm run plan -- --measure` gives them */
export function predict(figures: readonly Figure[]): {
  preparations: Preparation[];
  predictions: Prediction[];
} {
  const of = (id: string): number => {
    const found = figures.find((figure) => figure.id === `kdd.${id}`);
    if (found === undefined) throw new Error(`kdd.${id} was not measured`);
    return found.value;
  };
  const preparations = ROWS.map((rows): Preparation => {
    const all = rows * (1 + TEST_SHARE);
    const shards = Math.ceil(all / SHARD_ROWS);
    return {
      rows,
      shards,
      datasetGb: (all * of('shardBytes')) / 1e9,
      manifestMb: (shards * SHARD_ENTRY_BYTES) / 1e6,
      shardingSeconds: rows / of('firstPass') + all / of('secondPass'),
      evaluationSeconds: all / of('evaluated') + all / of('decoded'),
    };
  });
  const predictions = preparations.flatMap((preparation) => {
    const { rows } = preparation;
    const all = rows * (1 + TEST_SHARE);
    const size: DatasetSize = {
      kind: 'sparse',
      trainRows: rows,
      testRows: rows * TEST_SHARE,
      trainShards: Math.ceil(rows / SHARD_ROWS),
      testShards: Math.ceil((rows * TEST_SHARE) / SHARD_ROWS),
      density: of('density'),
    };
    const speed: Speed = {
      stepMs: (BATCH / of('trained1')) * 1000,
      parallelShare: PARALLEL_SHARE,
      evaluateMs: (all / of('evaluated')) * 1000,
      loadMs: (all / of('decoded')) * 1000,
      checkpointMs: 1,
      averageMs: ((of('inputs') + 1) * HIDDEN * of('averageNs')) / 1e6,
    };
    return WORKERS.map((workers) => predictOne(preparation, workers, size, speed, of('inputs')));
  });
  return { preparations, predictions };
}

function predictOne(
  { rows, shardingSeconds }: Preparation,
  workers: number,
  size: DatasetSize,
  speed: Speed,
  inputs: number,
): Prediction {
  const config: JobConfig = {
    ...DEFAULT_JOB,
    dataset: 'kddcup99',
    layers: [inputs, HIDDEN, CLASSES],
    epochs: 1,
    batchSize: BATCH,
    sampling: 'shardShuffle',
  };
  const platform = { ...AWS, concurrency: MAX_WORKERS };
  const memoryMb = TRAIN_MEMORY_MB.default;
  const fitting = stepsFitting(jobOf(config, size), speed, memoryMb, platform);
  const localIterations = Math.min(Math.floor(rows / BATCH / workers), fitting);
  const own = workers === 1 ? config : { ...withWorkers(config, workers), localIterations };
  const question = { job: jobOf(own, size), speed, platform, prices: readPrices(), memoryMb };
  const whole = estimate(question);
  const training = estimate({ ...question, evaluates: false });
  if (isRefused(training)) throw new Error(`${rows} rows, ${workers} workers: ${training.refused}`);
  const most = USABLE_MS / 1000;
  const walls = isRefused(whole) ? [whole.refused] : [];
  if (shardingSeconds > most) {
    walls.unshift(
      `rows: sharding them takes ${shardingSeconds.toFixed(0)} s, expected at most ${most}, which an invocation has for it`,
    );
  }
  const taken = ({ seconds, dollars }: Taken): Taken => ({ seconds, dollars });
  return {
    rows,
    workers,
    whole: walls.length > 0 || isRefused(whole) ? undefined : taken(whole),
    training: taken(training),
    walls,
  };
}

export function describePredictions({ preparations, predictions }: ReturnType<typeof predict>): string {
  const power = (rows: number) => `10^${Math.round(Math.log10(rows))}`;
  const sizes = preparations.map((one) => [
    power(one.rows),
    one.shards.toLocaleString('en-US'),
    `${one.datasetGb.toPrecision(3)} GB`,
    `${one.manifestMb.toPrecision(2)} MB`,
    formatSeconds(one.shardingSeconds),
    formatSeconds(one.evaluationSeconds),
  ]);
  const shown = (taken: Taken | undefined) =>
    taken === undefined ? 'no' : `${formatSeconds(taken.seconds)}, ${formatDollars(taken.dollars)}`;
  const times = (of: (one: Prediction) => Taken | undefined) =>
    preparations.map(({ rows }) => [
      power(rows),
      ...predictions.filter((one) => one.rows === rows).map((one) => shown(of(one))),
    ]);
  const head = ['rows', ...WORKERS.map((k) => `k = ${k}`)];
  const walls = new Set(
    predictions.flatMap(({ walls: found, rows }) => found.map((wall) => `${power(rows)}: ${wall}`)),
  );
  return [
    alignRight([['rows', 'shards', 'in shards', 'manifest', 'sharded in', 'evaluated in'], ...sizes]),
    '',
    'an epoch, evaluated before and after:',
    alignRight([head, ...times(({ whole }) => whole)]),
    ...[...walls].map((wall) => `no: ${wall}`),
    '',
    'the training alone:',
    alignRight([head, ...times(({ training }) => training)]),
  ].join('\n');
}
