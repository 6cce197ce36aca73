import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { IntegrityError } from '../../../core/errors.ts';
import { encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { DEFAULT_CONFIG, type TrainingConfig } from '../../../core/training/config.ts';
import { evaluate } from '../../../core/training/evaluation.ts';
import { Trainer } from '../../../core/training/trainer.ts';
import { CLASSES, COLUMNS, tinyDataset } from './digits.ts';

const train = tinyDataset(90);
const config = (more: Partial<TrainingConfig> = {}): TrainingConfig => ({
  ...DEFAULT_CONFIG,
  layers: [COLUMNS, 8, CLASSES],
  batchSize: 10,
  ...more,
});
const regression = { output: 'identity', loss: 'meanSquaredError' } as const;
const bytesOf = (trainer: Trainer) => encodeCheckpoint(trainer.checkpoint('hash'));

it.each<[string, Partial<Record<keyof TrainingConfig, unknown>>]>([
  ['activation: got "tanh", expected "sigmoid" or "relu" or "step" or "identity"', { activation: 'tanh' }],
  ['output: got "sigmoid", expected', { output: 'sigmoid' }],
  ['loss: got "hinge", expected', { loss: 'hinge' }],
  ['optimizer: got "adamw", expected', { optimizer: 'adamw' }],
  ['sampling: got "none", expected', { sampling: 'none' }],
  ['weightInit.kind: got "zeros", expected', { weightInit: { kind: 'zeros' } }],
  ['learningRateSchedule.kind: got "linear", expected', { learningRateSchedule: { kind: 'linear' } }],
  ['backend: got "webgpu", expected', { backend: 'webgpu' }],
])('refuses what types would have refused: %s', (message, wrong) => {
  expect(() => new Trainer(config(wrong as Partial<TrainingConfig>), train)).toThrow(message);
});

it('learns: a separable problem reaches accuracy 1 with cross entropy', () => {
  const trainer = new Trainer(config({ weightInit: { kind: 'xavier' }, learningRate: 0.5 }), train);
  expect(trainer.network.accuracy(train)).toBeLessThan(0.8);
  trainer.advance(600);
  expect(trainer.network.accuracy(train)).toBe(1);
  expect(trainer.network.accuracy(tinyDataset(60, 6))).toBe(1);
});

it.each(['reference', 'wasm'] as const)(
  'learns real numbers on %s: what a network made up, another finds',
  (backend) => {
    const targetsOf = (rows: number, seed: number) => {
      const { x } = tinyDataset(rows, seed);
      const teacher = new Trainer(config({ ...regression, weightInit: { kind: 'he' }, seed: 9 }), train)
        .network;
      return { x, targets: teacher.outputs(x) };
    };
    const [known, unknown] = [targetsOf(200, 5), targetsOf(100, 6)];
    const run = config({
      ...regression,
      backend,
      optimizer: 'adam',
      learningRate: 0.02,
      weightInit: { kind: 'xavier' },
    });
    const trainer = new Trainer(run, known);
    trainer.advance(1200);
    const evaluation = evaluate(trainer.network, unknown);
    if (evaluation.kind !== 'regression') throw new Error('a regression');
    for (const { r2 } of evaluation.outputs) expect(r2).toBeGreaterThan(0.95);
  },
);

it("keeps the bytes of a short job (this test fails when arithmetic or sampling change: that breaks users' resumes)", () => {
  const trainer = new Trainer(config({ seed: 42, weightInit: { kind: 'he' } }), train);
  trainer.advance(25);
  expect(createHash('sha256').update(bytesOf(trainer)).digest('hex')).toBe(
    '128f04e645c6c18ccec5e17f633d64f7d238a4fe9e3432099d85cb7d5f001d91',
  );
});

it('stops at a step boundary when asked, after one step at least', () => {
  const trainer = new Trainer(config(), train);
  trainer.advance(10, () => true);
  expect(trainer.step).toBe(1);
  let asked = 0;
  trainer.advance(10, () => ++asked === 3);
  expect(trainer.step).toBe(4);
});

it('reports the loss of the last batch before its update, and none before the first step', () => {
  const trainer = new Trainer(config(), train);
  expect(trainer.loss).toBeNull();
  trainer.advance(1);
  // Small weights, three classes: almost ln 3.
  expect(trainer.loss).toBeCloseTo(Math.log(3), 1);
});

it('says which step diverged', () => {
  const trainer = new Trainer(
    config({ learningRate: 1000, activation: 'identity', output: 'identity', loss: 'meanSquaredError' }),
    train,
  );
  expect(() => trainer.advance(1000)).toThrow(/not finite any more at step \d+.*lower learningRate/);
});

it('refuses a checkpoint of another architecture', () => {
  const other = new Trainer(config({ layers: [COLUMNS, 9, CLASSES] }), train).checkpoint('');
  expect(() => new Trainer(config(), train, other)).toThrow(IntegrityError);
});
