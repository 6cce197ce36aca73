/** Which rows a trainer augments, and that nothing but seed, step and place in the batch decides how. */
import { expect, it } from 'vitest';
import type { Augmentation } from '../../../core/augmentation/settings.ts';
import { ConfigError } from '../../../core/errors.ts';
import type { Backend, Engine } from '../../../core/kernels/engine.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import { WasmBackend } from '../../../core/kernels/wasm-backend.ts';
import type { PixelRows } from '../../../core/rows/input-rows.ts';
import type { LabelledRows } from '../../../core/rows/training-rows.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { DEFAULT_CONFIG, type TrainingConfig } from '../../../core/training/config.ts';
import { evaluate } from '../../../core/training/evaluation.ts';
import { partsOf, roundAt } from '../../../core/training/rounds.ts';
import { advanceOverShards, ShardStream } from '../../../core/training/shard-stream.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import { startedThreads } from '../../support/threads.ts';
import { randomPixels } from '../augmentation/random-rows.ts';

const SHARDS = [17, 9, 14];
const ROWS = 40;
const x = randomPixels(ROWS, [6, 9, 2]);
const data: LabelledRows = {
  x,
  labels: Uint8Array.from({ length: ROWS }, (_, row) => row % 3),
  shardRows: SHARDS,
};
const STEPS = 12;
const how: Augmentation = { shift: 1, rotation: 20, elastic: { alpha: 6, sigma: 2 }, flip: true };
const CONFIG: TrainingConfig = {
  ...DEFAULT_CONFIG,
  layers: [[6, 9, 2], 7, 3],
  activation: 'relu',
  weightInit: { kind: 'he' },
  optimizer: 'adam',
  learningRate: 0.01,
  batchSize: 8,
  iterations: STEPS,
  seed: 3,
  augmentation: how,
};

const bytesOf = (trainer: Trainer) => encodeCheckpoint(trainer.checkpoint('x'));

function trained(backend: Backend, cuts: readonly number[], config = CONFIG): Uint8Array {
  let bytes: Uint8Array | undefined;
  for (const step of cuts) {
    const from = bytes === undefined ? undefined : decodeCheckpoint(bytes);
    const trainer = new Trainer(config, data, from, backend);
    trainer.advance(step);
    bytes = bytesOf(trainer);
  }
  return bytes!;
}

/** An engine that notes the pixels and labels of each step. */
function recording(steps: Map<number, string>): Backend {
  return {
    ...referenceBackend,
    createEngine: (...network) => {
      const engine: Engine = referenceBackend.createEngine(...network);
      const step: Engine['step'] = (rows, batch, rule, wantLoss) => {
        const { pixels, columns } = rows.x as PixelRows;
        const { labels } = rows as LabelledRows;
        const seen = Array.from(
          batch,
          (row) => `${pixels.subarray(row * columns, (row + 1) * columns)}: ${labels[row]}`,
        );
        steps.set(rule.noise!.step, seen.join('\n'));
        return engine.step(rows, batch, rule, wantLoss);
      };
      return {
        step,
        forward: (...call) => engine.forward(...call),
        gradients: (...call) => engine.gradients(...call),
        release: () => engine.release(),
        layers: () => engine.layers(),
        state: (kind) => engine.state(kind),
        restoreState: (state) => engine.restoreState(state),
      };
    },
  };
}

/** What a run that nobody cuts trains on. */
function sequential(config: TrainingConfig): Map<number, string> {
  const steps = new Map<number, string>();
  new Trainer(config, data, undefined, recording(steps)).advance(STEPS);
  expect(steps.size).toBe(STEPS);
  return steps;
}

it('ends with the same bytes on every backend and number of threads, and however it is cut', async () => {
  const whole = trained(new WasmBackend(), [STEPS]);
  expect(trained(referenceBackend, [STEPS])).toEqual(whole);
  expect(trained(await startedThreads(2), [STEPS])).toEqual(whole);
  expect(trained(new WasmBackend(), [1, 5, 6, STEPS])).toEqual(whole);
  const { augmentation, ...without } = CONFIG;
  expect(trained(new WasmBackend(), [STEPS], without)).not.toEqual(whole);
  expect(trained(new WasmBackend(), [STEPS], { ...CONFIG, augmentation: {} })).toEqual(
    trained(new WasmBackend(), [STEPS], without),
  );
});

it.each(['withReplacement', 'shuffle', 'shardShuffle'] as const)(
  'workers train on the rows of the sequential run (%s)',
  (sampling) => {
    const config = { ...CONFIG, sampling, shardsTogether: 2 };
    const expected = sequential(config);
    const steps = new Map<number, string>();
    const trainer = new Trainer(config, data, undefined, recording(steps));
    const start = trainer.checkpoint('x');
    for (const part of partsOf(roundAt(0, { workers: 3, localIterations: 4 }, STEPS))) {
      new Trainer(config, data, start, recording(steps), part).advance(part.end);
    }
    expect(steps).toEqual(expected);
  },
);

it('shards that are streamed give the rows of those in memory', async () => {
  const config: TrainingConfig = { ...CONFIG, sampling: 'shardShuffle', shardsTogether: 1 };
  const stream = new ShardStream(config, SHARDS, async (shard) => {
    const first = SHARDS.slice(0, shard).reduce((sum, rows) => sum + rows, 0);
    const rows = SHARDS[shard]!;
    const pixels = x.pixels.subarray(first * x.columns, (first + rows) * x.columns);
    return { x: { rows, columns: x.columns, pixels }, labels: data.labels.subarray(first, first + rows) };
  });
  const steps = new Map<number, string>();
  const trainer = new Trainer(config, stream, undefined, recording(steps));
  await advanceOverShards(trainer, stream, STEPS);
  expect(steps).toEqual(sequential(config));
});

it('evaluations see rows as they are', () => {
  const [plain, augmenting] = [{ ...CONFIG, augmentation: undefined }, CONFIG].map((config) => {
    const { augmentation, ...rest } = config;
    return evaluate(new Trainer(augmentation ? { ...rest, augmentation } : rest, data).network, data);
  });
  expect(augmenting).toEqual(plain);
  const before = x.pixels.slice();
  trained(new WasmBackend(), [STEPS]);
  expect(x.pixels).toEqual(before);
});

it('refuses what it cannot do before it trains', () => {
  const start = (more: Partial<TrainingConfig>) => () => new Trainer({ ...CONFIG, ...more }, data);
  expect(start({ layers: [108, 7, 3] })).toThrow(ConfigError);
  expect(start({ augmentation: { scale: 2 } })).toThrow('augmentation.scale: got 2');
});
