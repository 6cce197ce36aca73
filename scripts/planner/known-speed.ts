/** The speed of a config's arithmetic, and where it is known from. */

import { loadavg } from 'node:os';
import type { JobConfig } from '../../functions/schemas/config.ts';

import type { Prices } from '../../functions/schemas/prices.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';
import type { DatasetSize, Job } from './job.ts';
import { measureSpeed } from './measure-speed.ts';
import type { Platform } from './platform.ts';
import { findRecord, imagesPerSecond, speedOfRun } from './record.ts';
import type { Speed } from './speed.ts';

export interface KnownSpeed extends Speed {
  from:
    | { kind: 'run'; runId: string; imagesPerSecond: number; memoryMb: number }
    | { kind: 'measured'; seconds: number; imagesPerSecond: number[]; density: number; loadBefore: number };
}

export interface SpeedQuestion {
  config: JobConfig;
  size: DatasetSize;
  job: Job;
  prices: Prices;
  /** Where its runs are looked for; undefined to measure in any case. */
  store: Pick<ObjectStore, 'get' | 'listWithSizes' | 'listFolders'> | undefined;
  /** Where they ran. */
  platform: Platform;
  /** Of measuring. */
  seconds: number;
  /** A run that is not asked. */
  except: string | undefined;
}

/** Of the newest run of the same shape, else as measured here. */
export async function knownSpeed(question: SpeedQuestion): Promise<KnownSpeed> {
  const { config, size, job, prices, store, platform, seconds } = question;
  const record = store && (await findRecord(store, config, prices, question.except));
  if (record !== undefined) {
    const from = {
      kind: 'run' as const,
      runId: record.run.runId,
      imagesPerSecond: imagesPerSecond(record),
      memoryMb: record.memoryMb,
    };
    return { ...speedOfRun(record, job, platform), from };
  }
  const loadBefore = loadavg()[0]!;
  const { imagesPerSecond: measured, ...speed } = await measureSpeed(config, size, job, seconds);
  const from = { kind: 'measured' as const, seconds, imagesPerSecond: measured };
  return { ...speed, from: { ...from, density: size.density, loadBefore } };
}

export function describeSpeed({ from, stepMs, parallelShare, evaluateMs }: KnownSpeed): string {
  const rate = (perSecond: number) => Math.round(perSecond).toLocaleString('en-US');
  const times =
    `${stepMs.toPrecision(3)} ms a step on one thread, of which threads share ${(parallelShare * 100).toFixed(0)} %; ` +
    `${evaluateMs.toFixed(0)} ms an evaluation`;
  if (from.kind === 'run') {
    return `speed: ${rate(from.imagesPerSecond)} samples/s with ${from.memoryMb} MB, by run ${from.runId}; ${times}`;
  }
  const threads = from.imagesPerSecond
    .map((perSecond, index) => `${rate(perSecond)} on ${index + 1} ${index === 0 ? 'thread' : 'threads'}`)
    .join(', ');
  return (
    `speed: samples/s ${threads}, measured here for ${from.seconds} s on random data of which ` +
    `${(from.density * 100).toFixed(1)} % is not zero (load before: ${from.loadBefore.toFixed(1)}); ${times}`
  );
}
