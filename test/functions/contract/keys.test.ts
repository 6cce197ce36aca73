/** The kinds of keys and their IAM patterns. */
import { expect, it } from 'vitest';
import { KEYS, PATTERNS } from '../../../functions/contract/keys.ts';
import { matchesPattern } from '../../../scripts/cloud/iam/patterns.ts';

/** A key of each kind, with names as long and as odd as they may be. */
const ODD = `x${'-_9Z'.repeat(19)}`;
const SHA256 = 'ab'.repeat(32);
const SAMPLES: Record<keyof typeof PATTERNS, string[]> = {
  imports: [KEYS.importedWeights(ODD, 'safetensors')],
  datasets: [],
  sources: [KEYS.source(ODD, 'train-images-idx3-ubyte')],
  declaration: [KEYS.declaration(ODD)],
  manifest: [KEYS.manifest(ODD)],
  trainShards: [KEYS.shard(ODD, 'train', 0), KEYS.shard(ODD, 'train', 99_999, SHA256)],
  testShards: [KEYS.shard(ODD, 'test', 0), KEYS.shard(ODD, 'test', 99_999, SHA256)],
  runConfig: [KEYS.runConfig(ODD)],
  status: [KEYS.status(ODD)],
  runIndex: [KEYS.runIndex, KEYS.runIndexSegment(SHA256), KEYS.runChange(7, ODD)],
  checkpoints: [KEYS.checkpoint(ODD, 0), KEYS.checkpoint(ODD, 99_999_999)],
  metrics: [KEYS.metrics(ODD, 0), KEYS.metrics(ODD, 99_999_999)],
  metricsIndex: [KEYS.metricsIndex(ODD), KEYS.metricsSegment(ODD, 99_999_999, SHA256)],
  roundParts: [KEYS.roundPart(ODD, 0, 0), KEYS.roundPart(ODD, 99_999_999, 999)],
  batches: [`${KEYS.batchInputPrefix(ODD)}digits.png`],
  batchPlan: [KEYS.batchPlan(ODD)],
  batchParts: [KEYS.batchParts(ODD)],
  batchPartResults: [KEYS.batchPart(ODD, 0), KEYS.batchPart(ODD, 999_999)],
  batchPredictions: [KEYS.batchPredictions(ODD)],
  batchSummary: [KEYS.batchSummary(ODD)],
  sweepPlan: [KEYS.sweepPlan(ODD)],
  sweepRuns: [KEYS.sweepRuns(ODD, 0), KEYS.sweepRuns(ODD, 99)],
  sweepLeaderboard: [KEYS.sweepLeaderboard(ODD)],
  sweepMapRuns: [`${KEYS.sweepMapRunsPrefix(ODD)}4977ded7-b097-3bee-81e1-7863c5660f29/FAILED_0.json`],
  batchMapRuns: [`${KEYS.batchMapRunsPrefix(ODD)}4977ded7-b097-3bee-81e1-7863c5660f29/manifest.json`],
  versions: [KEYS.version(ODD, 1), KEYS.version(ODD, 999_999)],
  versionsIndex: [KEYS.versionsIndex(ODD), KEYS.versionsSegment(ODD, 999_999, SHA256)],
  claims: [KEYS.claim(ODD, ODD, SHA256)],
  latest: [KEYS.latest(ODD)],
};
/** What a batch predicts may lie anywhere below these two, by which whole trees are meant. */
const TREES = ['datasets', 'batches'];

const kindsOf = (key: string) =>
  Object.entries(PATTERNS).flatMap(([kind, pattern]) => (matchesPattern(pattern, key) ? [kind] : []));

it.each(Object.entries(SAMPLES))(
  '%s: keys match the pattern of their own kind and no other',
  (kind, keys) => {
    for (const key of keys) {
      expect([key, kindsOf(key).filter((other) => other === kind || !TREES.includes(other))]).toEqual([
        key,
        [kind],
      ]);
    }
  },
);
