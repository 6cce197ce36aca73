/** Configs that a function has no memory for are refused, and others are not. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { networkBytes } from '../../../core/kernels/network-bytes.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../functions/schemas/config.ts';
import {
  checkKernels,
  checkTrainingMemory,
  memoryNeeded,
} from '../../../functions/schemas/training-memory.ts';

const NONE = { kind: 'u8', bytes: 0 } as const;
const MB = 1024 * 1024;
const WIDE: JobConfig = {
  ...DEFAULT_JOB,
  layers: [[64, 64, 3], { conv: 96, kernel: 5, padding: 'same' }, { maxPool: 2 }, 400, 10],
  optimizer: 'momentum',
};
const check = (config: JobConfig, memoryMb: number, rows: Parameters<typeof memoryNeeded>[1] = NONE) =>
  checkTrainingMemory(config, rows, memoryMb, 'the rows of mnist');

describe('memoryNeeded', () => {
  it('of small networks is what rows take', () => {
    expect(memoryNeeded(DEFAULT_JOB, NONE, 1769)).toBe(256);
    expect(memoryNeeded(DEFAULT_JOB, { kind: 'u8', bytes: 55 * MB }, 1769)).toBe(256 + 3 * 55);
  });

  it('counts the kernels, copies of weights and state, and the parts of workers', () => {
    const use = { optimizer: 'momentum', batchSize: 100, threads: 1, isBytes: true } as const;
    const kernels = networkBytes(WIDE, use);
    const weights = 75 * 96 + 96 + (32 * 32 * 96 + 1) * 400 + 401 * 10;
    const inMb = (copies: number) => Math.ceil(256 + (kernels + copies * 2 * 4 * weights - 32 * MB) / MB);
    expect(memoryNeeded(WIDE, NONE, 1769)).toBe(inMb(4));
    // Two parts, the first of them, sums in float64, and their mean; of many workers eight parts.
    expect(memoryNeeded({ ...WIDE, workers: 2 }, NONE, 1769)).toBe(inMb(6));
    expect(memoryNeeded({ ...WIDE, workers: 100 }, NONE, 1769)).toBe(inMb(12));
    expect(memoryNeeded(WIDE, NONE, 4 * 1769)).toBeGreaterThan(inMb(4));
  });

  it('of the reference is that of a whole batch', () => {
    const mb = (batchSize: number) => memoryNeeded({ ...WIDE, backend: 'reference', batchSize }, NONE, 1769);
    expect(mb(256)).toBe(mb(1));
    expect(mb(512) - 256).toBeGreaterThan(1.4 * (mb(256) - 256));
  });
});

describe('checkTrainingMemory', () => {
  it('refuses from the first MB that is missing on', () => {
    const needed = memoryNeeded(WIDE, NONE, 1769);
    check(WIDE, needed);
    expect(() => check(WIDE, needed - 1)).toThrow(ConfigError);
    expect(() => check(WIDE, needed - 1)).toThrow(
      /^layers: got 64×64×3 – conv 96 \(5×5, same\) – maxPool 2 – 400 – 10, which take \d+ bytes with optimizer momentum and batches of 100, expected at most \d+ bytes of a function with \d+ MB; smaller layers or a smaller batchSize take less, or a deployment with -c trainMemory=\d+ or more \(at most 10240\)$/,
    );
  });

  it('names a memory that is enough, with the threads that it brings', () => {
    const conv = { conv: 44, kernel: 15, padding: 'same' } as const;
    // Of more than two vCPUs' memory, each of which has its copy of weights.
    const large: JobConfig = { ...DEFAULT_JOB, batchSize: 16, layers: [[128, 128, 3], conv, conv, conv, 10] };
    const message = (memoryMb: number) => {
      try {
        check(large, memoryMb);
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    const enough = Number(/trainMemory=(\d+)/.exec(message(512))![1]);
    expect(enough).toBeGreaterThan(2 * 1769);
    expect(message(enough)).toBe('');
    expect(message(enough - 1)).not.toBe('');
  });

  it('says what can be done about rows, and names no deployment where none is large enough', () => {
    const rows = { kind: 'u8', bytes: 2000 * MB } as const;
    expect(() => check(DEFAULT_JOB, 1769, rows)).toThrow(
      'sampling: got withReplacement, which holds the whole dataset in memory: the rows of mnist, about 2000 MB in shards, need about 6256 MB with the network, and the function has 1769; expected "shardShuffle", which reads shards when their turn comes, or a deployment with -c trainMemory=6256 or more (at most 10240)',
    );
    check({ ...DEFAULT_JOB, sampling: 'shardShuffle' }, 1769, rows);
    expect(() => check(DEFAULT_JOB, 1769, { kind: 'u8', bytes: 4000 * MB })).toThrow(
      /"shardShuffle", which reads shards when their turn comes$/,
    );
  });

  it('knows how far the kernels reach, whatever memory there is', () => {
    const rows = { kind: 'f32', bytes: 2 ** 31 - MB } as const;
    const config: JobConfig = { ...DEFAULT_JOB, layers: [784, 500, 10] };
    expect(() => checkKernels(config, rows)).toThrow(
      /^layers: got 784-500-10, which take \d+ bytes with optimizer sgd and batches of 100, expected at most 4294901760 bytes, which the kernels reach, 4292870144 of them for the rows of the dataset; smaller/,
    );
    checkKernels(config, { ...rows, kind: 'sparse' });
    checkKernels({ ...config, backend: 'reference' }, rows);
  });
});
