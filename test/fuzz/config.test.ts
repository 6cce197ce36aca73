/** The state machine's input, as people write it: a complete config, or a ConfigError that names what is wrong. */
import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { beforeAll, expect, it, vi } from 'vitest';
import { ENV } from '../../functions/contract/environment.ts';
import { handler } from '../../functions/validate-config/handler.ts';
// Silences the log.
import '../functions/support/fake-s3.ts';
import { oddValue } from './support/events.ts';
import { expectClear, fuzz } from './support/fuzz.ts';
import { oddNumber, oddText } from './support/mutate.ts';

/** Mostly one of these, now and then anything. */
const orOdd = (valid: fc.Arbitrary<unknown>) => fc.oneof({ weight: 25, arbitrary: valid }, oddValue);
const share = fc.constantFrom(0, 0.5, 0.999, 1);
const positive = fc.oneof(fc.constantFrom(0.1, 1, 1e-300, 1000), oddNumber);
const steps = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 99_999_999 }) }, oddNumber);

const config = fc
  .record(
    {
      dataset: orOdd(fc.constant('mnist')),
      layers: orOdd(
        fc
          .array(
            fc.oneof(
              { weight: 6, arbitrary: fc.integer({ min: 1, max: 100 }) },
              fc.constant(65_536),
              oddNumber,
            ),
            { maxLength: 5 },
          )
          .map((hidden) => [784, ...hidden, 10]),
      ),
      activation: orOdd(fc.constantFrom('sigmoid', 'relu', 'step', 'identity')),
      weightInit: orOdd(
        fc.oneof(
          fc.constantFrom({ kind: 'xavier' }, { kind: 'he' }, { kind: 'normal' }, { kind: 'he', std: 1 }),
          oddNumber.map((std) => ({ kind: 'normal', std })),
        ),
      ),
      iterations: orOdd(steps),
      epochs: orOdd(positive),
      batchSize: orOdd(fc.constantFrom(1, 100, 65_536)),
      learningRate: orOdd(positive),
      learningRateSchedule: orOdd(
        fc.oneof(
          fc.record({ kind: fc.constant('step'), everyEpochs: positive, factor: share }),
          fc.record({ kind: fc.constant('cosine'), final: share, warmupEpochs: positive }),
          fc.record({ kind: oddText }),
        ),
      ),
      optimizer: orOdd(fc.constantFrom('sgd', 'momentum', 'adagrad', 'adam')),
      momentum: orOdd(share),
      beta1: orOdd(share),
      weightDecay: orOdd(share),
      sampling: orOdd(fc.constantFrom('withReplacement', 'shuffle')),
      seed: orOdd(fc.integer({ min: 0, max: 0xffff_ffff })),
      chunkIterations: orOdd(steps),
      evaluateEvery: orOdd(steps),
      earlyStopping: orOdd(
        fc.record({ monitor: fc.constant('loss'), patience: steps }, { requiredKeys: [] }),
      ),
      model: orOdd(fc.constantFrom('mnist', 'a.b_c-d', 'x'.repeat(63), 'x'.repeat(64), '..', 'a/b')),
      promotion: orOdd(fc.record({ metric: fc.constant('loss'), tolerance: share }, { requiredKeys: [] })),
      precision: orOdd(fc.constant('float32')),
      backend: orOdd(fc.constantFrom('wasm', 'reference')),
      more: oddValue,
    },
    { requiredKeys: [] },
  )
  .chain((fields) =>
    // All of them wrong at once would say little of each.
    fc.subarray(Object.keys(fields), { maxLength: Math.min(6, Object.keys(fields).length) }).map((keys) => {
      const chosen = keys.map((key) => [key, fields[key as keyof typeof fields]]);
      return Object.fromEntries(chosen) as Record<string, unknown>;
    }),
  );

beforeAll(() => {
  vi.stubEnv(ENV.trainMemoryMb, '1769');
});

const run = async (input: unknown) => {
  const event = JSON.parse(JSON.stringify({ runId: 'r', input }));
  return handler(event, {} as Context);
};

it('is completed, and then valid as it is, or refused', async () => {
  const check = async (input: unknown): Promise<boolean> => {
    try {
      const first = await run(input);
      expect(await run(first.config)).toEqual(first);
      return true;
    } catch (error) {
      expectClear(error, ['ConfigError']);
      return !/unknown "more"|event/.test((error as Error).message);
    }
  };
  const inputs = fc.oneof({ weight: 9, arbitrary: config }, oddValue);
  await fuzz('JSON config', inputs, check, { short: 500, deep: 0.5 });
});
