/** What a worker answers when it fails, and that the answers of the most workers fit between two states. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { LIMITS, MAX_WORKERS } from '../../functions/contract/limits.ts';
import {
  failedPart,
  jsonBytes,
  MAX_REPORTED_OUTPUTS,
  MAX_WORKER_ERROR,
  reduceRoundInput,
  runProgress,
  trainedPart,
  type WorkerResult,
} from '../../functions/schemas/payloads.ts';
import { StorageUnavailableError } from '../../functions/store/errors.ts';
import { createS3Store } from '../../functions/store/s3-store.ts';
import { failureOf } from '../../functions/train-worker/train-worker.ts';
import { s3Error, s3WithContent } from './support/fake-s3.ts';
import { tinyRuns } from './support/tiny-run.ts';

const { prepare, start, work } = tinyRuns(createS3Store('bucket'));
const s3 = s3WithContent(prepare);
const JOB = { workers: 3, localIterations: 2 };

describe("a worker's failure", () => {
  it('is its answer where it would be the same again, and cut to what states may carry', () => {
    const error = Object.assign(new Error('x'.repeat(1000)), { name: 'TrainingDivergedError' });
    const answer = failureOf(7, error);
    expect(failedPart.parse(answer)).toEqual({
      worker: 7,
      error: { name: 'TrainingDivergedError', message: 'x'.repeat(MAX_WORKER_ERROR.message) },
    });
  });

  it.each([
    ['"', 60],
    ['\n', 60],
    ['ü', 60],
    ['列', 40],
    ['😀', 30],
    ['\ud800', 20],
  ])('is cut by the bytes that it takes in a state, of %j to %i characters', (character, count) => {
    const { error } = failureOf(7, new Error(character.repeat(200)));
    expect(error.message).toBe(character.repeat(count));
    expect(jsonBytes(error.message)).toBe(MAX_WORKER_ERROR.message);
    expect(failedPart.parse(failureOf(7, new Error(character.repeat(200)))).error).toEqual(error);
    const tooLong = { worker: 7, error: { name: 'Error', message: `${error.message}x` } };
    expect(failedPart.safeParse(tooLong).success).toBe(false);
  });

  it('is thrown where trying again may help', async () => {
    expect(() => failureOf(0, new StorageUnavailableError('busy'))).toThrow(StorageUnavailableError);
    const first = await start('run', JOB);
    s3.once(GetObjectCommand, () => {
      throw s3Error(503, 'SlowDown');
    });
    await expect(work(first, 0)).rejects.toThrow(StorageUnavailableError);
  });
});

it('what the most workers answer fits between two states, as success or failure, beside the longest names', async () => {
  const progress = await start('run', JOB);
  const long = 'x'.repeat(72);
  const key = `runs/${long}/checkpoints/99999999.safetensors`;
  const checkpoint = { ...progress.checkpoint, key, bytes: Number.MAX_SAFE_INTEGER };
  const figure = 1.234567890123456e-10;
  const output = { rmse: figure, mae: figure, r2: figure };
  const state = runProgress.parse({
    ...progress,
    runId: long,
    step: 99_999_999,
    checkpoint,
    best: { step: 99_999_999, value: figure, stale: 99_999, checkpoint },
    // A round is evaluated at most once.
    evaluations: [
      {
        step: 99_999_999,
        epoch: figure,
        loss: figure,
        trainAccuracy: figure,
        testAccuracy: figure,
        trainLoss: figure,
        testLoss: figure,
        testCost: figure,
        outputs: Array.from({ length: MAX_REPORTED_OUTPUTS }, () => output),
      },
    ],
    stopped: 'x'.repeat(200),
    loop: { ...progress.loop!, continueAs: `${long}.999999` },
    parts: Array.from({ length: MAX_WORKERS }, () => ({ worker: MAX_WORKERS - 1 })),
  });
  const worker = MAX_WORKERS - 1;
  const most: WorkerResult[] = [
    trainedPart.parse({
      worker,
      sha256: 'f'.repeat(64),
      billedMs: 900_000,
      loadMs: 900_000,
      trainMs: 900_000,
      saveMs: 900_000,
      estimatedDollars: 1.23456e-10,
      dollars: 1.23456e-10,
    }),
    failureOf(worker, Object.assign(new Error('列"'.repeat(100)), { name: 'ü'.repeat(100) })),
  ];
  for (const one of most) {
    const results = Array.from({ length: MAX_WORKERS }, () => one);
    const { runId, step, best, runDollars, loop } = state;
    const given = { runId, step, checkpoint, best, runDollars, loop, results };
    expect(reduceRoundInput.safeParse(given).error).toBeUndefined();
    expect(Buffer.byteLength(JSON.stringify({ ...state, results }))).toBeLessThan(LIMITS.stateBytes);
  }
});
