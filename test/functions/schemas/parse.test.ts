/** The messages that people get for a wrong config or payload. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { DEFAULT_JOB, jobInputSchema, parseJobInput } from '../../../functions/schemas/config.ts';
import { formatPath, parsePayload, shorten } from '../../../functions/schemas/parse.ts';
import { startRunInput } from '../../../functions/schemas/payloads.ts';

function messageFor(input: unknown): string {
  try {
    parsePayload(jobInputSchema, input, 'config');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

describe('parsePayload', () => {
  it.each([
    [[], 'config: got [], expected object'],
    [null, 'config: got null, expected object'],
    [undefined, 'config: got nothing, expected object'],
  ])('refuses %j', (input, message) => {
    expect(messageFor(input)).toBe(message);
  });

  it('names unknown fields, also those of every object, and the known ones', () => {
    const own = JSON.parse('{"learningrate":1,"__proto__":{},"constructor":1}') as unknown;
    expect(messageFor(own)).toMatch(
      /^config: unknown "learningrate", "__proto__", "constructor", known are dataset, layers, hidden, activation, /,
    );
  });

  it.each([
    [{ rotate: 15 }, 'config.augmentation: unknown "rotate"'],
    [{ scale: 1 }, 'config.augmentation.scale: got 1, expected below 1'],
    [{ elastic: { alpha: 34 } }, 'config.augmentation.elastic.sigma: got nothing, expected number'],
    [{ crop: 0.5 }, 'config.augmentation.crop: got 0.5, expected '],
    [{ flip: 'yes' }, 'config.augmentation.flip: got "yes", expected boolean'],
  ])('refuses the augmentation %j', (augmentation, message) => {
    expect(messageFor({ augmentation })).toContain(message);
  });

  it('reports several wrong fields at once, but not thousands', () => {
    expect(messageFor({ seed: -1, batchSize: 0 }).split('; ')).toHaveLength(2);
    const many = messageFor({ layers: Array(30).fill(0) });
    expect(many).toMatch(/; and 10 more$/);
    const unknown = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field${i}`, i]));
    expect(messageFor(unknown)).toContain('"field19", and 980 more, known are');
  });

  it('names a wrong field of an event that wraps a config', () => {
    const event = { runId: 'a/b', executionName: 'a', config: { seed: -1 }, manifestSha256: '0'.repeat(64) };
    expect(() => parsePayload(startRunInput, event, 'event')).toThrow(
      'event.runId: got "a/b", expected 1-80 of A-Z a-z 0-9 _ -; event.config.seed: got -1, expected at least 0',
    );
  });

  it('survives values that are long or nested deeply', () => {
    expect(messageFor({ seed: nested(50_000) })).toBe('config.seed: got [[[…]]], expected number');
    expect(messageFor({ model: 'X'.repeat(100_000) }).length).toBeLessThan(200);
    expect(messageFor({ ['X'.repeat(100_000)]: 1 }).length).toBeLessThan(600);
  });
});

describe('a config', () => {
  const schedule = (learningRateSchedule: unknown) => ({ learningRateSchedule });
  const stopping = (earlyStopping: unknown) => ({ earlyStopping });

  it.each([
    {},
    { seed: 7 },
    { optimizer: 'adam', beta1: 0, beta2: 0.9999, weightDecay: 10 },
    { optimizer: 'momentum', momentum: 0.999 },
    { optimizer: 'adagrad', weightDecay: 0 },
    schedule({ kind: 'constant', warmupEpochs: 0.5 }),
    schedule({ kind: 'step', everyEpochs: 0.1, factor: 1 }),
    schedule({ kind: 'cosine', final: 0, warmupEpochs: 2 }),
    stopping({ monitor: 'loss', patience: 1, minDelta: 0.001, restoreBest: false }),
    { backend: 'reference' },
  ])('of %j has the defaults besides', (input) => {
    expect(parseJobInput(input)).toEqual({ ...DEFAULT_JOB, ...input });
  });

  it('has what early stopping leaves open', () => {
    const { earlyStopping } = parsePayload(jobInputSchema, stopping({}), 'config');
    expect(earlyStopping).toEqual({ patience: 5, minDelta: 0, restoreBest: true });
  });

  it.each([
    [{ learningRate: -1 }, 'learningRate: got -1, expected above 0'],
    [{ seed: 1.5 }, 'seed: got 1.5, expected an integer'],
    [{ seed: '1' }, 'seed: got "1", expected number'],
    [{ layers: [784, 0, 10] }, 'layers[1]: got 0, expected at least 1'],
    [{ layers: [] }, 'layers: got [], expected at least 1 entries'],
    [{ hidden: [50, 0] }, 'hidden[1]: got 0, expected at least 1'],
    [{ activation: 'tanh' }, 'activation: got "tanh", expected "sigmoid" or "relu" or "step"'],
    [{ weightInit: { kind: 'zero' } }, 'weightInit.kind: got "zero", expected "normal" or "xavier" or "he"'],
    [{ weightInit: 'he' }, 'weightInit: got "he", expected object'],
    [{ model: 'My Model' }, 'model: got "My Model", expected 1-63 of a-z 0-9'],
    [{ loss: 'meanSquaredError' }, 'output "softmax" goes with loss "crossEntropy"'],
    [{ momentum: 1 }, 'momentum: got 1, expected below 1'],
    [{ weightDecay: 11 }, 'weightDecay: got 11, expected at most 10'],
    [{ weightDecay: Number.NaN }, 'weightDecay: got NaN, expected number'],
  ])('with %j is refused', (input, message) => {
    expect(messageFor(input)).toMatch(/^config\./);
    expect(messageFor(input)).toContain(message);
  });

  it.each([
    ['cosine', ': got "cosine", expected object'],
    [{}, '.kind: got nothing, expected "constant" or "step" or "cosine"'],
    [{ kind: 'exponential' }, '.kind: got "exponential", expected "constant" or "step" or "cosine"'],
    [{ kind: 'step', factor: 0.1 }, '.everyEpochs: got nothing, expected number'],
    [{ kind: 'cosine' }, '.final: got nothing, expected number'],
    [{ kind: 'constant', final: 0 }, ': unknown "final"'],
  ])('with the schedule %j is refused', (value, message) => {
    expect(messageFor(schedule(value))).toContain(`config.learningRateSchedule${message}`);
  });

  it.each([
    [true, ': got true, expected object'],
    [{ monitor: 'accuracy' }, '.monitor: got "accuracy", expected "testAccuracy" or "trainAccuracy"'],
    [{ pateince: 3 }, ': unknown "pateince"'],
  ])('with early stopping %j is refused', (value, message) => {
    expect(messageFor(stopping(value))).toContain(`config.earlyStopping${message}`);
  });
});

describe('shorten', () => {
  it.each([
    [undefined, 'nothing'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NaN, 'NaN'],
    ['a"b', '"a\\"b"'],
    [[1, 'a', null, true], '[1,"a",null,true]'],
    [{ a: { b: [{ c: 1 }] } }, '{"a":{"b":[…]}}'],
  ])('%j', (value, text) => {
    expect(shorten(value)).toBe(text);
  });

  it('cuts what is long', () => {
    const long = [
      Array(100_000).fill(123),
      Object.fromEntries([...Array(1000).keys()].entries()),
      'x'.repeat(1e6),
    ];
    for (const value of long) expect(shorten(value)).toHaveLength(81);
  });
});

describe('formatPath', () => {
  it.each([
    [[], 'config', 'config'],
    [['layers', 0], 'config', 'config.layers[0]'],
    [['instances', 2, 5], '', 'instances[2][5]'],
  ])('%j', (path, root, text) => {
    expect(formatPath(path, root)).toBe(text);
  });
});
