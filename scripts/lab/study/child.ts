/** A process of training.ts: trains for a while and prints how fast. */

import { KDDCUP99 } from '../../../core/ingest/catalogue/datasets.ts';
import { datasetFromShards } from '../../../core/ingest/dataset.ts';
import type { Shard } from '../../../core/ingest/shard.ts';
import { gatherEncoding } from '../../../core/ingest/table/encoding.ts';
import type { LayerSpecs } from '../../../core/network/layers.ts';
import { countParameters } from '../../../core/network/plan.ts';
import type { LabelledRows } from '../../../core/rows/training-rows.ts';
import { DEFAULT_CONFIG, type TrainingConfig } from '../../../core/training/config.ts';
import { mnistFolder } from '../../cloud/mnist-mirror.ts';
import { measureTraining } from '../../planner/measure-speed.ts';
import { readMnistRows } from '../../support/mnist-rows.ts';
import { startedKernels } from '../../support/started-kernels.ts';
import { kddShards, kddSource } from './reading.ts';

export interface Training {
  data: 'mnist' | 'kdd';
  threads: number;
  seconds: number;
}

export interface Trained {
  layers: LayerSpecs;
  /** Rows trained on per second, and per second of CPU: of one thread the latter is what an idle machine would give. */
  perSecond: number;
  perCpuSecond: number;
  /** Rows per second of CPU. */
  evaluated: number;
  /** Nanoseconds that a number of a worker's part takes to be added to the mean. */
  averageNs: number;
}

const KDD_ROWS = 200_000;
const HIDDEN = 50;

const { data, threads, seconds } = JSON.parse(process.argv[2]!) as Training;
const rows = data === 'mnist' ? readMnistRows(mnistFolder()).train : await kddRowsInMemory();
const config: TrainingConfig = {
  ...DEFAULT_CONFIG,
  layers: data === 'mnist' ? DEFAULT_CONFIG.layers : [rows.x.columns, HIDDEN, 5],
  sampling: 'shuffle',
};
const measured = measureTraining(config, rows, await startedKernels(threads), seconds);
const result: Trained = {
  layers: config.layers,
  perSecond: (config.batchSize / measured.wallMs) * 1000,
  perCpuSecond: (config.batchSize / measured.cpuMs) * 1000,
  evaluated: (rows.x.rows / measured.evaluateMs) * 1000,
  averageNs: (measured.averageMs * 1e6) / countParameters(config.layers),
};
console.log(JSON.stringify(result));
process.exit(0);

async function kddRowsInMemory(): Promise<LabelledRows> {
  const source = kddSource(KDD_ROWS);
  const { encoding } = await gatherEncoding(KDDCUP99.schema, [source]);
  const shards: Shard[] = [];
  for await (const shard of kddShards(encoding, source)) shards.push(shard as Shard);
  return datasetFromShards(shards);
}
