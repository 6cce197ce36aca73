import { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it, vi } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { newRunName } from '../../../functions/executions/names.ts';
import { DEFAULT_JOB } from '../../../functions/schemas/config.ts';
import { readableCause } from '../../../functions/schemas/parse.ts';
import { executionName } from '../../../functions/schemas/parts.ts';
import type { ObjectStore } from '../../../functions/store/object-store.ts';

import { checkInput, UsageError } from '../../../scripts/cli/arguments.ts';
import { checkBegun, describePromotion, isTextbookJob, startExecution } from '../../../scripts/client/run.ts';

describe('checkInput', () => {
  it('fills in the defaults', () => {
    expect(checkInput({ seed: 3 })).toEqual({ ...DEFAULT_JOB, seed: 3 });
  });

  it('is wrong usage for what the first state would refuse', () => {
    expect(() => checkInput({ batchSize: 0, color: 'red' })).toThrow(UsageError);
    expect(() => checkInput({ epochs: 1, iterations: 2 })).toThrow(
      'config.epochs: got 1 beside iterations 2',
    );
    expect(() => checkInput({ batchSize: 0 })).toThrow('config.batchSize: got 0, expected at least 1');
    expect(() => checkInput({ color: 'red' })).toThrow('unknown "color"');
  });
});

describe('isTextbookJob', () => {
  it.each([
    [{}, true],
    [{ seed: 9, model: 'other', chunkIterations: 7, evaluateEvery: 3 }, true],
    [{ learningRate: 0.1 }, true],
    [{ promotion: { tolerance: 0.1 } }, true],
    [{ promotion: 'always' }, true],
    [{ maxDollars: 1, maxSeconds: 60 }, true],
    [{ iterations: 9999 }, false],
    [{ layers: [784, 51, 10] }, false],
    [{ epochs: 3 }, false],
    [{ batchSize: 0 }, false],
  ])('%j: %s', (input, expected) => {
    expect(isTextbookJob(input)).toBe(expected);
  });
});

it('newRunName sorts by time and fits what names may hold', () => {
  const name = newRunName('mnist', new Date('2026-11-24T08:15:00Z'));
  expect(name).toMatch(/^mnist-20261124-081500-[0-9a-f]{4}$/);
  expect(name < newRunName('mnist', new Date('2026-11-24T08:15:01Z'))).toBe(true);
  for (const dataset of ['a.b', 'c'.repeat(63)]) {
    expect(executionName.safeParse(newRunName(dataset)).success).toBe(true);
    expect(newRunName(dataset)).not.toContain('.');
  }
});

it('a dotted name is one that goes on with a run that is there', async () => {
  const storeOf = (...keys: string[]) =>
    ({ size: async (key: string) => (keys.includes(key) ? 1 : undefined) }) as unknown as ObjectStore;
  await expect(checkBegun(storeOf(), 'cap-0.5')).rejects.toThrow(
    /^--name: got cap-0\.5, which would go on with the run cap-0, but there is none; expected a name without a dot$/,
  );
  await expect(checkBegun(storeOf(KEYS.status('cap')), 'cap-0.5')).rejects.toThrow('--name');
  await checkBegun(storeOf(), 'cap-0');
  await checkBegun(storeOf(KEYS.status('cap-0')), 'cap-0.5');
  await checkBegun(storeOf(KEYS.runConfig('cap-0')), 'cap-0.5');
});

it('a name that is taken is said to be, without an ARN', async () => {
  const client = new SFNClient({});
  const taken = Object.assign(new Error("Execution Already Exists: 'arn:…'"), {
    name: 'ExecutionAlreadyExists',
  });
  vi.spyOn(client, 'send').mockImplementation(() => Promise.reject(taken));
  const request = { client, stateMachineArn: 'arn:m', name: 'mine', input: {} };
  await expect(startExecution(request)).rejects.toThrow(
    /^the name mine is taken by what was started before: choose another with --name$/,
  );
});

describe('describePromotion', () => {
  const outcome = {
    runId: 'r',
    step: 1,
    model: 'mnist',
    version: 3,
    promoted: true,
    reason: null,
    stopped: null,
    trainAccuracy: 0.5,
    testAccuracy: 0.25,
    testLoss: 0.75,
    testCost: null,
  };

  it('says which version serves', () => {
    expect(describePromotion({ ...outcome })).toBe('promoted as mnist version 3, test accuracy 0.2500');
  });

  it('of a regression says the loss, and where mistakes have prices what they cost', () => {
    const regression = { ...outcome, trainAccuracy: null, testAccuracy: null };
    expect(describePromotion(regression)).toBe('promoted as mnist version 3, test loss 0.7500');
    expect(describePromotion({ ...outcome, testCost: 0.2331 })).toBe(
      'promoted as mnist version 3, test accuracy 0.2500, cost per example 0.2331',
    );
  });

  it('says where and why a cap has ended the training', () => {
    const stopped = 'stopped at step 7 of 100: maxDollars 0.0005 reached';
    expect(describePromotion({ ...outcome, stopped })).toBe(
      'promoted as mnist version 3, test accuracy 0.2500; stopped at step 7 of 100: maxDollars 0.0005 reached',
    );
  });

  it('says plainly that one does not, why, and how it would', () => {
    const reason = 'testAccuracy 0.25 is worse';
    expect(describePromotion({ ...outcome, promoted: false, reason }, " --data 'C# x'")).toBe(
      'not promoted: mnist version 3, test accuracy 0.2500: testAccuracy 0.25 is worse; ' +
        "npm run models -- promote mnist 3 --data 'C# x' serves it all the same, and with --promote always the next one would",
    );
  });
});

describe('readableCause', () => {
  it.each([
    ['{"errorType":"ConfigError","errorMessage":"layers: wrong"}', 'layers: wrong'],
    ['Execution timed out', 'Execution timed out'],
    ['{"other":1}', '{"other":1}'],
    ['', ''],
  ])('of %s is %s', (cause, message) => {
    expect(readableCause(cause)).toBe(message);
  });
});
