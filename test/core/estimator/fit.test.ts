/** What happens while a model is trained: reports, turns for others, a signal, a validation. */
import { describe, expect, it, vi } from 'vitest';
import { TrainingDivergedError } from '../../../core/errors.ts';
import type { EpochReport } from '../../../core/estimator/evaluation.ts';
import { Model } from '../../../core/estimator/model.ts';
import { splitRows } from '../../../core/estimator/split-rows.ts';
import { fruit, houses } from './rows.ts';

const { x, y } = fruit(45);
const OPTIONS = { hidden: [5], learningRate: 0.01 };

describe('onEpoch', () => {
  it('gets each epoch, which fit gives as well', async () => {
    const heard: EpochReport[] = [];
    const model = new Model<string>(OPTIONS);
    const reports = await model.fit(x, y, {
      epochs: 3,
      batchSize: 20,
      onEpoch: (report) => heard.push(report),
    });
    expect(reports).toEqual(heard);
    expect(heard.map(({ epoch, epochs, step }) => [epoch, epochs, step])).toEqual([
      [1, 3, 3],
      [2, 3, 6],
      [3, 3, 9],
    ]);
    expect(heard[2]!.loss).toBeLessThan(heard[0]!.loss);
    expect(heard[0]!.validation).toBeUndefined();
  });

  it('is waited for, and the model predicts meanwhile', async () => {
    const model = new Model<string>(OPTIONS);
    const events: string[] = [];
    await model.fit(x, y, {
      epochs: 2,
      onEpoch: async ({ epoch }) => {
        await new Promise((resolve) => setTimeout(resolve));
        events.push(`${epoch}: ${model.predict(x).length} predicted at step ${model.step}`);
      },
    });
    expect(events).toEqual(['1: 45 predicted at step 2', '2: 45 predicted at step 4']);
  });

  it("ends the training with 'stop', and with nothing else that it gives", async () => {
    const model = new Model<string>(OPTIONS);
    const reports = await model.fit(x, y, {
      epochs: 9,
      onEpoch: ({ epoch }) => (epoch === 4 ? 'stop' : false),
    });
    expect(reports).toHaveLength(4);
    expect(model.step).toBe(8);
  });

  it('fails the training when it throws; what was trained stays', async () => {
    const model = new Model<string>(OPTIONS);
    const failing = () => {
      throw new Error('disk full');
    };
    await expect(model.fit(x, y, { onEpoch: failing })).rejects.toThrow('disk full');
    expect(model.step).toBe(2);
    expect(await model.fit(x, y, { epochs: 1 })).toHaveLength(1);
  });
});

describe('validation', () => {
  it('evaluates other rows after each epoch, and trains on none of them', async () => {
    const others = fruit(300, 9);
    const model = new Model<string>(OPTIONS);
    const [report] = await model.fit(x, y, { epochs: 1, validation: others });
    expect(report!.validation).toEqual(model.evaluate(others.x, others.y));
    const alone = new Model<string>(OPTIONS);
    await alone.fit(x, y, { epochs: 1 });
    expect(model.save()).toEqual(alone.save());
  });

  it('takes a fraction of the rows, and neither trains on them nor scales by them', async () => {
    const model = new Model<string>(OPTIONS);
    const reports = await model.fit(x, y, { epochs: 2, validation: 0.2 });
    expect(reports.map(({ step, validation }) => [step, validation!.rows])).toEqual([
      [2, 9],
      [4, 9],
    ]);
    const { train, validation } = splitRows(45, 0.2, 0);
    const alone = new Model<string>(OPTIONS);
    const pick = <T>(values: T[], rows: Uint32Array) => Array.from(rows, (row) => values[row]!);
    await alone.fit(pick(x, train), pick(y, train), { epochs: 2 });
    expect(alone.save()).toEqual(model.save());
    expect(reports[1]!.validation).toEqual(alone.evaluate(pick(x, validation), pick(y, validation)));
  });

  it('leaves the same rows out in each call', async () => {
    const whole = new Model<string>(OPTIONS);
    await whole.fit(x, y, { epochs: 2, validation: 0.2 });
    const parts = new Model<string>(OPTIONS);
    for (let time = 0; time < 2; time++) await parts.fit(x, y, { epochs: 1, validation: 0.2 });
    expect(parts.save()).toEqual(whole.save());
  });

  it('draws them by the seed from all rows, which may be sorted by class', () => {
    for (const [rows, fraction, count] of [
      [100, 0.3, 30],
      [7, 0.5, 4],
      [2, 0.4, 1],
    ] as const) {
      const { train, validation } = splitRows(rows, fraction, 5);
      expect(validation).toHaveLength(count);
      expect([...train, ...validation].sort((a, b) => a - b)).toEqual(
        Array.from({ length: rows }, (_, n) => n),
      );
    }
    const { validation } = splitRows(100, 0.3, 5);
    // All three thirds of the rows have some.
    expect(new Set(Array.from(validation, (row) => Math.floor(row / 34))).size).toBe(3);
    expect(splitRows(100, 0.3, 5).validation).toEqual(validation);
    expect(splitRows(100, 0.3, 6).validation).not.toEqual(validation);
    expect(splitRows(100, 0, 5).train).toHaveLength(100);
  });
});

describe('a signal', () => {
  it('that is aborted already changes nothing', async () => {
    const model = new Model<string>(OPTIONS);
    const signal = AbortSignal.abort(new Error('changed my mind'));
    await expect(model.fit(x, y, { signal })).rejects.toThrow('changed my mind');
    expect(() => model.predict(x)).toThrow('predict: this model is not trained yet: call fit first');
  });

  it('that is aborted right after the call comes before the first step', async () => {
    const controller = new AbortController();
    const model = new Model<string>(OPTIONS);
    const training = model.fit(x, y, { signal: controller.signal });
    controller.abort();
    await expect(training).rejects.toMatchObject({ name: 'AbortError' });
    expect(model.step).toBe(0);
  });

  it('that is aborted in onEpoch ends the training after that epoch', async () => {
    const controller = new AbortController();
    const model = new Model<string>(OPTIONS);
    const onEpoch = ({ epoch }: EpochReport) => {
      if (epoch === 2) controller.abort('enough');
    };
    await expect(model.fit(x, y, { signal: controller.signal, onEpoch })).rejects.toBe('enough');
    const twice = new Model<string>(OPTIONS);
    await twice.fit(x, y, { epochs: 2 });
    expect(model.save()).toEqual(twice.save());
  });

  it('that is aborted while it trains leaves what the last finished step made, to go on from', async () => {
    // Work enough for many turns: a message is answered between two.
    const wide = { data: new Float32Array(3000 * 40).map((_, n) => Math.fround((n * 37) % 11)), columns: 40 };
    const labels = Array.from({ length: 3000 }, (_, row) => row % 2);
    const model = new Model({ hidden: [100] });
    const controller = new AbortController();
    const training = model.fit(wide, labels, { epochs: 1000, signal: controller.signal });
    await vi.waitFor(() => expect(model.step).toBeGreaterThan(10), { interval: 1, timeout: 60_000 });
    controller.abort();
    await expect(training).rejects.toMatchObject({ name: 'AbortError' });
    const { step } = model;
    expect(step).toBeLessThan(94 * 1000);
    await new Promise((resolve) => setTimeout(resolve));
    expect(model.step).toBe(step);
    expect(model.predict(wide)).toHaveLength(3000);
    const [report] = await model.fit(wide, labels, { epochs: 1 });
    expect(report!.step).toBe(step + 94);
  });
});

it('lets timers have their turn while it trains', async () => {
  const wide = { data: new Float32Array(2000 * 50).map((_, n) => (n * 31) % 7), columns: 50 };
  const model = new Model({ hidden: [200] });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await model.fit(
    wide,
    Array.from({ length: 2000 }, (_, row) => row % 2),
    { epochs: 3 },
  );
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
});

it('refuses a second call while the first one trains', async () => {
  const model = new Model<string>(OPTIONS);
  const training = model.fit(x, y, { epochs: 2 });
  await expect(model.fit(x, y)).rejects.toThrow('fit: this model is being trained already');
  expect(await training).toHaveLength(2);
  expect(await model.fit(x, y, { epochs: 1 })).toHaveLength(1);
});

it('says so when the training diverges', async () => {
  const { x: rows, y: price } = houses(40);
  const model = new Model({ task: 'regression', optimizer: 'sgd', learningRate: 1e6 });
  await expect(model.fit(rows, price)).rejects.toThrow(TrainingDivergedError);
});

it('is not reached by what is written into the arrays meanwhile', async () => {
  const bytes = Uint8Array.from({ length: 90 }, (_, n) => (n * 41) % 256);
  const labels = Array.from({ length: 15 }, (_, row) => row % 3);
  const files = [];
  for (const isOverwritten of [false, true]) {
    const pixels = bytes.slice();
    const model = new Model({ backend: 'reference' });
    const onEpoch = () => isOverwritten && pixels.fill(0);
    await model.fit({ data: pixels, columns: 6 }, labels, { epochs: 3, onEpoch });
    files.push(Buffer.from(model.save()).toString('latin1'));
  }
  expect(files[1]).toBe(files[0]);
});
