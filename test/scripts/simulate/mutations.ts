/** Bugs that the simulation has to find, each as changes of the sources. */
import type { Replacement } from '../../../scripts/simulate/bundles.ts';

const STORE = 'functions/shared/s3-store.ts';
const VERIFIED = 'functions/shared/verified.ts';
const PROMOTE = 'functions/promote-model/promote-model.ts';
const CLAIM = 'functions/promote-model/claim-version.ts';
const TRAIN = 'functions/train-chunk/train-chunk.ts';
const SHARD = 'functions/shard-dataset/shard-dataset.ts';

export const MUTATIONS: Readonly<Record<string, readonly Replacement[]>> = {
  'writes without If-None-Match': [
    {
      file: STORE,
      from: "if (await this.#putIf(key, body, { IfNoneMatch: '*' })) return { created: true };",
      to: 'if (await this.#putIf(key, body, {})) return { created: true };',
    },
  ],
  'reads without checking the SHA-256': [
    {
      file: VERIFIED,
      from: 'if (actual !== expected) throw',
      to: 'if (actual === undefined) throw',
    },
  ],
  'promotes before it evaluates': [
    {
      file: TRAIN,
      from: 'trainer.step === plan.totalSteps;',
      to: 'false;',
    },
    {
      file: PROMOTE,
      from: 'if (metrics.testAccuracy === null) {',
      to: 'if (metrics === null) {',
    },
  ],
  'promotes another checkpoint than was evaluated': [
    {
      file: PROMOTE,
      from: 'metrics.checkpoint !== null && metrics.checkpoint.sha256 !== checkpoint.sha256',
      to: 'metrics === null',
    },
    {
      file: PROMOTE,
      from: 'KEYS.metrics(runId, step));',
      to: 'KEYS.metrics(runId, 0));',
    },
  ],
  'writes latest.json before the version that it names': [
    {
      file: CLAIM,
      from: 'const outcome = await store.tryCreate(key, encodeJson({ ...document, version }));',
      to: `await store.compareAndSwap(KEYS.latest(model), () => encodeJson({ version }));
    const outcome = await store.tryCreate(key, encodeJson({ ...document, version }));`,
    },
  ],
  'writes the manifest before the shards that it names': [
    {
      file: SHARD,
      from: `    await store.createImmutable(key, bytes);
    shards.push(`,
      to: `    later.push(() => store.createImmutable(key, bytes));
    shards.push(`,
    },
    {
      file: SHARD,
      from: '  await store.createImmutable(key, bytes);\n  logger.info(',
      to: '  await store.createImmutable(key, bytes);\n  for (const write of later.splice(0)) await write();\n  logger.info(',
    },
    {
      file: SHARD,
      from: 'const SHARD_ROWS',
      to: 'const later: (() => Promise<void>)[] = [];\nconst SHARD_ROWS',
    },
  ],
};
