/** Sees every change of the bucket at the moment it is visible, and what must hold then. */
import { KEYS } from '../../../functions/contract/keys.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import {
  latestModel,
  type ModelVersion,
  modelVersion,
  runConfig,
  runStatus,
  stepMetrics,
} from '../../../functions/schemas/documents.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import type { ObjectRecord } from '../../cloud/s3/records.ts';
import { SPEC } from './tiny-dataset.ts';

const MUTABLE = /^(runs\/[^/]+\/status|models\/[^/]+\/latest)\.json$/;
const CHECKPOINT = /^runs\/([^/]+)\/checkpoints\/(\d+)\./;
const VERSION = /^models\/([^/]+)\/versions\/(\d+)\.json$/;

export const json = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

const FIGURES = ['trainAccuracy', 'testAccuracy', 'trainLoss', 'testLoss'] as const;
export type Figures = Readonly<Record<(typeof FIGURES)[number], number | null>>;

/** What every run has to end with, whatever happens to it. */
export interface Expected {
  /** SHA-256 of the checkpoint of each step, by what decides it. */
  checkpoints: ReadonlyMap<string, ReadonlyMap<number, string>>;
  /** What evaluating it says, by the same. */
  figures: ReadonlyMap<string, ReadonlyMap<number, Figures>>;
  /** Probabilities for the image, by the checkpoint's SHA-256. */
  predictions: ReadonlyMap<string, readonly number[]>;
}

export class Observer {
  readonly violations: string[] = [];
  /** Every version that ever was, by key. */
  readonly versions = new Map<string, ModelVersion>();
  readonly deleted = new Set<string>();
  /** Whether a model was promoted. */
  isServed = false;
  /** What decides the checkpoints of each run, where they are known. */
  readonly weights = new Map<string, string>();
  readonly #read: (key: string) => Uint8Array | undefined;
  readonly #expected: Expected | undefined;

  /** @param read bytes of an object as they are now */
  constructor(read: (key: string) => Uint8Array | undefined, expected: Expected | undefined) {
    this.#read = read;
    this.#expected = expected;
  }

  /** SHA-256 of a run's checkpoint; undefined where nobody knows it. */
  checkpointOf(runId: string, step: number): string | undefined {
    return this.#expected?.checkpoints.get(this.weights.get(runId) ?? '')?.get(step);
  }

  /** Something that must never be. */
  violation(text: string): void {
    this.violations.push(text);
  }

  changed(key: string, before: ObjectRecord | undefined, after: ObjectRecord | undefined, by: string): void {
    const check = (holds: boolean, text: string) => {
      if (!holds) this.violation(`${key}, written by ${by}: ${text}`);
    };
    if (after === undefined) {
      check(VERSION.test(key), 'was deleted');
      this.deleted.add(key);
      return;
    }
    if (before !== undefined && !MUTABLE.test(key)) {
      check(false, `was ${before.etag === after.etag ? 'written again' : 'changed'}`);
    }
    try {
      this.#checkContent(key, this.#read(key)!, check);
    } catch (error) {
      check(false, `is not what its schema says: ${(error as Error).message}`);
    }
  }

  /** The object, which must be there with these bytes. */
  matches({ key, sha256: expected }: { key: string; sha256: string }): boolean {
    const bytes = this.#read(key);
    return bytes !== undefined && sha256(bytes) === expected;
  }

  #checkContent(key: string, bytes: Uint8Array, check: (holds: boolean, text: string) => void): void {
    const [, runId = '', step] = CHECKPOINT.exec(key) ?? [];
    const expected = this.checkpointOf(runId, Number(step));
    if (expected !== undefined) check(sha256(bytes) === expected, 'is not what training gives');
    const source = SPEC.files.find(({ name }) => key === KEYS.source(SPEC.name, name));
    if (source !== undefined) check(sha256(bytes) === source.sha256, 'is not the file');
    if (key === KEYS.manifest(SPEC.name)) {
      const { splits } = datasetManifest.parse(json(bytes));
      for (const shard of [...splits.train.shards, ...splits.test.shards]) {
        check(this.matches(shard), `names ${shard.key}, which is not there or another`);
      }
    }
    if (/^runs\/.*\/config\.json$/.test(key)) runConfig.parse(json(bytes));
    if (/^runs\/.*\/metrics\//.test(key)) {
      const metrics = stepMetrics.parse(json(bytes));
      this.#checkFigures(key.split('/')[1]!, metrics, check);
      const { checkpoint } = metrics;
      if (checkpoint !== null) {
        check(this.matches(checkpoint), `names ${checkpoint.key}, which is not there or another`);
      }
    }
    if (/^runs\/.*\/status\.json$/.test(key)) {
      const { state, reason, version, model } = runStatus.parse(json(bytes));
      check(state !== 'failed' || Boolean(reason), 'a failed run has no reason');
      if (state === 'succeeded') {
        check(this.versions.has(KEYS.version(model ?? '', version ?? 0)), `there is no version ${version}`);
      }
    }
    const [, model, number] = VERSION.exec(key) ?? [];
    if (model !== undefined) {
      const version = modelVersion.parse(json(bytes));
      this.versions.set(key, version);
      check(version.version === Number(number), `is of version ${version.version}`);
      check(this.matches(version.checkpoint), 'its checkpoint is not there or another');
      this.#checkEvaluation(version, check);
    }
    if (/^models\/.*\/latest\.json$/.test(key)) {
      const { version } = latestModel.parse(json(bytes));
      this.isServed = true;
      const target = KEYS.version(key.split('/')[1]!, version);
      check(this.#read(target) !== undefined || this.deleted.has(target), `${target} is not there`);
    }
  }

  /** An attempt may not have evaluated; one that has says the same as any other. */
  #checkFigures(
    runId: string,
    metrics: Figures & { step: number },
    check: (holds: boolean, text: string) => void,
  ): void {
    const expected = this.#expected?.figures.get(this.weights.get(runId) ?? '')?.get(metrics.step);
    if (expected === undefined) return;
    for (const name of FIGURES) {
      if (metrics[name] === null) continue;
      check(metrics[name] === expected[name], `${name} is ${metrics[name]}, expected ${expected[name]}`);
    }
  }

  /** What is a version was evaluated, and with these figures. */
  #checkEvaluation(version: ModelVersion, check: (holds: boolean, text: string) => void): void {
    const stored = this.#read(KEYS.metrics(version.runId, version.step));
    const metrics = stored === undefined ? undefined : stepMetrics.parse(json(stored));
    const { testAccuracy, trainAccuracy } = version.metrics;
    check(testAccuracy !== null && trainAccuracy !== null, 'was not evaluated');
    check(metrics?.testAccuracy === testAccuracy, `its evaluation says ${String(metrics?.testAccuracy)}`);
    const isOther = metrics?.checkpoint !== null && metrics?.checkpoint.sha256 !== version.checkpoint.sha256;
    check(!isOther, 'another checkpoint was evaluated');
  }
}
