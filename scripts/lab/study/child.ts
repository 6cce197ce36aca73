/** A process of training.ts: trains for a while and prints how fast. */
import { DEFAULT_CONFIG, type LabelledRows, Trainer, type TrainingConfig } from '../../../core/index.ts';
import { datasetFromShards } from '../../../core/ingest/dataset.ts';
import { averageCheckpoints } from '../../../core/training/average-checkpoints.ts';
import { Evaluator } from '../../../core/training/evaluation.ts';
import { mnistFolder } from '../../cloud/mnist-mirror.ts';
import { cpuMs } from '../../support/cpu-time.ts';
import { readMnistRows } from '../../support/mnist-rows.ts';
import { startedKernels } from '../../support/started-kernels.ts';
import { kddPieces, kddShards } from './reading.ts';

export interface Training {
  data: 'mnist' | 'kdd';
  threads: number;
  seconds: number;
}

export interface Trained {
  layers: number[];
  /** Rows trained on per second, and per second of CPU. */
  perSecond: number;
  perCpuSecond: number;
  /** Rows per second of CPU. */
  evaluated: number;
  /** Nanoseconds that a number of a worker's part takes to be added to the mean. */
  averageNs: number;
}

const KDD_ROWS = 200_000;
const HIDDEN = 50;
/** Steps between looks at the clock. */
const STRETCH = 50;

const { data, threads, seconds } = JSON.parse(process.argv[2]!) as Training;
const rows = data === 'mnist' ? readMnistRows(mnistFolder()).train : await kddRowsInMemory();
const config: TrainingConfig = {
  ...DEFAULT_CONFIG,
  layers: data === 'mnist' ? DEFAULT_CONFIG.layers : [rows.x.columns, HIDDEN, 5],
  sampling: 'shuffle',
};
const trainer = new Trainer(config, rows, undefined, await startedKernels(threads));
trainFor(seconds / 5);
const { perSecond, perCpuSecond } = trainFor(seconds);
const evaluating = cpuMs();
const evaluator = new Evaluator(trainer.network);
evaluator.add(rows);
evaluator.result();
const evaluated = rows.x.rows / ((cpuMs() - evaluating) / 1000);
const part = trainer.checkpoint('0'.repeat(64));
const numbers = part.layers.reduce((sum, { weights, bias }) => sum + weights.length + bias.length, 0);
const parts = Array.from({ length: 50 }, () => part);
averageCheckpoints(
  parts,
  parts.map(() => 1),
);
const averaging = cpuMs();
averageCheckpoints(
  parts,
  parts.map(() => 1),
);
const averageNs = ((cpuMs() - averaging) * 1e6) / (numbers * parts.length);
const result: Trained = { layers: config.layers, perSecond, perCpuSecond, evaluated, averageNs };
console.log(JSON.stringify(result));
process.exit(0);

/** Rows per second of time, and of CPU: of one thread the latter is what it would be on a machine that does nothing else. */
function trainFor(length: number): { perSecond: number; perCpuSecond: number } {
  const started = performance.now();
  const cpu = cpuMs();
  const first = trainer.step;
  let ms = 0;
  while (ms < length * 1000) {
    trainer.advance(trainer.step + STRETCH);
    ms = performance.now() - started;
  }
  const trained = (trainer.step - first) * config.batchSize;
  return { perSecond: trained / (ms / 1000), perCpuSecond: trained / ((cpuMs() - cpu) / 1000) };
}

async function kddRowsInMemory(): Promise<LabelledRows> {
  const { shards } = await kddShards(kddPieces(KDD_ROWS));
  return datasetFromShards(shards);
}
