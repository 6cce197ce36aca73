/** Bugs that the simulation has to find, each as changes of the sources. */
import type { Replacement } from '../../../../scripts/lab/simulate/bundles.ts';

const STORE = 'functions/store/s3-store.ts';
const VERIFIED = 'functions/store/verified.ts';
const PROMOTE = 'functions/promote-model/promote-model.ts';
const CLAIM = 'functions/models/versions.ts';
const TRAIN = 'functions/train-chunk/train-chunk.ts';
const SHARDS = 'functions/shard-dataset/write-shards.ts';

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
      from: 'trainer.step === run.totalSteps;',
      to: 'false;',
    },
    {
      file: PROMOTE,
      from: 'if (!isEvaluated(metrics)) {',
      to: 'if (metrics === null && isEvaluated(metrics)) {',
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
      file: SHARDS,
      from: '    await store.createImmutable(key, bytes);',
      to: `    // After the manifest, which is written in the same turn of the event loop or a few later.
    setTimeout(() => void store.createImmutable(key, bytes).catch(() => undefined), 50);`,
    },
  ],
};
