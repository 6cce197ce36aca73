/** Sees every change of the bucket at the moment it is visible, and what must hold then. */
import { KEYS } from '../../../functions/contract/keys.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import {
  latestModel,
  type ModelVersion,
  modelVersion,
  type RunStatus,
  runConfig,
  runStatus,
  stepMetrics,
} from '../../../functions/schemas/documents.ts';
import { canonicalJson } from '../../../functions/store/json.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import type { ObjectRecord } from '../../cloud/s3/records.ts';
import { type Expected, FIGURES, type Figures } from './expectation.ts';
import { type Check, Histories, OPERATOR } from './histories.ts';
import { SPEC } from './tiny-dataset.ts';

const MUTABLE =
  /^(run-index\/head|runs\/[^/]+\/(status|metrics-index\/index)|models\/[^/]+\/(latest|claims\/[^/]+|versions-index\/index))\.json$/;
const CHECKPOINT = /^runs\/([^/]+)\/checkpoints\/(\d+)\./;
const VERSION = /^models\/([^/]+)\/versions\/(\d+)\.json$/;

export const json = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

/** A change of the bucket. */
export interface Written {
  key: string;
  before: ObjectRecord | undefined;
  after: ObjectRecord | undefined;
  /** Of the request that made it, by lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** The container. */
  by: string;
  /** Milliseconds since the epoch, by the true clock. */
  at: number;
}

export class Observer {
  readonly violations: string[] = [];
  /** Every version that ever was, by key. */
  readonly versions = new Map<string, ModelVersion>();
  readonly deleted = new Set<string>();
  /** Also those that came back. */
  readonly #everDeleted = new Set<string>();
  readonly #writtenAt = new Map<string, { first: number; last: number }>();
  /** Whether a model was promoted. */
  isServed = false;
  /** What decides the checkpoints of each run, where they are known. */
  readonly weights = new Map<string, string>();
  readonly histories = new Histories();
  readonly #read: (key: string) => Uint8Array | undefined;
  readonly #expected: Expected | undefined;

  /** @param read bytes of an object as they are now */
  constructor(read: (key: string) => Uint8Array | undefined, expected: Expected | undefined) {
    this.#read = read;
    this.#expected = expected;
  }

  /** Which versions answered at some time since then, and whether one of them is gone, so that it can't. */
  servedSince(model: string, time: number): { versions: number[]; isGone: boolean } {
    const versions = this.histories.servedSince(model, time);
    return { versions, isGone: versions.some((version) => this.deleted.has(KEYS.version(model, version))) };
  }

  /** SHA-256 of a run's checkpoint; undefined where nobody knows it. */
  checkpointOf(runId: string, step: number): string | undefined {
    return this.#expected?.checkpoints.get(this.weights.get(runId) ?? '')?.get(step);
  }

  /** Something that must never be. */
  violation(text: string): void {
    this.violations.push(text);
  }

  changed(written: Written): void {
    const { key, before, after, by, headers } = written;
    const check: Check = (holds, text) => {
      if (!holds) this.violation(`${key}, written by ${by}: ${text}`);
    };
    if (after === undefined) {
      check(false, 'was deleted');
      return;
    }
    if (VERSION.test(key) && this.#becameOther(written, check)) return;
    this.#writtenAt.set(key, { first: this.#writtenAt.get(key)?.first ?? written.at, last: written.at });
    // S3 holds writers to what they name; that they name it is theirs.
    if (before === undefined || !MUTABLE.test(key)) {
      check(headers['if-none-match'] === '*', 'might have replaced something');
    } else {
      check(headers['if-match'] !== undefined, 'might have replaced something that was not looked at');
    }
    if (before !== undefined && !MUTABLE.test(key)) {
      check(false, `was ${before.etag === after.etag ? 'written again' : 'changed'}`);
    }
    try {
      this.#checkContent(written, this.#read(key)!, check);
    } catch (error) {
      check(false, `is not what its schema says: ${(error as Error).message}`);
    }
  }

  /** When the object was written first and last, in milliseconds since the epoch. */
  writtenAt(key: string): { first: number; last: number } {
    return this.#writtenAt.get(key)!;
  }

  /** The object, which must be there with these bytes. */
  matches({ key, sha256: expected }: { key: string; sha256: string }): boolean {
    const bytes = this.#read(key);
    return bytes !== undefined && sha256(bytes) === expected;
  }

  /** A version that is deleted, or comes back, which is the operator's to do. */
  #becameOther({ key, before, by, headers }: Written, check: Check): boolean {
    const isDeleted = this.#read(key)!.length === 0;
    if (before === undefined || (!isDeleted && !this.deleted.has(key))) return false;
    check(OPERATOR.test(by) && headers['if-match'] !== undefined, isDeleted ? 'was deleted' : 'came back');
    if (isDeleted) {
      this.deleted.add(key);
      this.#everDeleted.add(key);
    } else {
      this.deleted.delete(key);
      const version = modelVersion.parse(json(this.#read(key)!));
      check(canonicalJson(version) === canonicalJson(this.versions.get(key)), 'came back as another');
    }
    return true;
  }

  /** Whether the version is there and was not deleted. */
  hasVersion(model: string, version: number): boolean {
    const key = KEYS.version(model, version);
    return this.versions.has(key) && !this.deleted.has(key);
  }

  #checkContent({ key, by, at }: Written, bytes: Uint8Array, check: Check): void {
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
      this.#checkStatus(key.split('/')[1]!, runStatus.parse(json(bytes)), by, check);
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
      const latest = latestModel.parse(json(bytes));
      const model = key.split('/')[1]!;
      this.isServed = true;
      const wasDeleted = (version: number) => this.#everDeleted.has(KEYS.version(model, version));
      this.histories.latest(model, latest, { by, at, wasDeleted }, check);
      const target = KEYS.version(model, latest.version);
      check(this.versions.has(target), `${target} is not there`);
    }
  }

  #checkStatus(runId: string, status: RunStatus, by: string, check: Check): void {
    const { state, reason, version, model, ended } = status;
    this.histories.status(runId, status, by, check);
    check(state !== 'failed' || Boolean(reason), 'a failed run has no reason');
    if (state !== 'succeeded') return;
    // A run of a sweep ends without becoming a version.
    if (version === undefined) {
      check(ended !== undefined && this.matches(ended.checkpoint), 'it ended with no checkpoint');
      return;
    }
    const document = this.versions.get(KEYS.version(model ?? '', version));
    check(document?.runId === runId, `version ${version} is of run ${document?.runId}`);
  }

  /** An attempt may not have evaluated; one that has says the same as any other. */
  #checkFigures(runId: string, metrics: Figures & { step: number }, check: Check): void {
    const expected = this.#expected?.figures.get(this.weights.get(runId) ?? '')?.get(metrics.step);
    if (expected === undefined) return;
    for (const name of FIGURES) {
      if (metrics[name] === null) continue;
      check(metrics[name] === expected[name], `${name} is ${metrics[name]}, expected ${expected[name]}`);
    }
  }

  /** What is a version was evaluated, and with these figures. */
  #checkEvaluation(version: ModelVersion, check: Check): void {
    const stored = this.#read(KEYS.metrics(version.runId, version.step));
    const metrics = stored === undefined ? undefined : stepMetrics.parse(json(stored));
    const { testAccuracy, trainAccuracy } = version.metrics;
    check(testAccuracy !== null && trainAccuracy !== null, 'was not evaluated');
    check(metrics?.testAccuracy === testAccuracy, `its evaluation says ${String(metrics?.testAccuracy)}`);
    const isOther = metrics?.checkpoint !== null && metrics?.checkpoint.sha256 !== version.checkpoint.sha256;
    check(!isOther, 'another checkpoint was evaluated');
  }
}
