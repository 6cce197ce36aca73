/** Documents whose values no test looks at, but for those that it gives itself. */
import type { Architecture, LayerParameters } from '../../core/network/architecture.ts';
import { KEYS } from '../../functions/contract/keys.ts';
import { saveCheckpoint } from '../../functions/run/checkpoint-store.ts';
import { NOT_EVALUATED } from '../../functions/run/step-metrics.ts';
import { DEFAULT_JOB } from '../../functions/schemas/config.ts';
import type { ModelVersion, RunConfig } from '../../functions/schemas/documents.ts';
import type { LoopState, RunProgress } from '../../functions/schemas/payloads.ts';
import { encodeJson } from '../../functions/store/json.ts';
import type { ObjectStore } from '../../functions/store/object-store.ts';

export const DIGEST = '0'.repeat(64);

export const someVersion = (more: Partial<ModelVersion> = {}): ModelVersion => ({
  formatVersion: 1,
  model: 'mnist',
  version: 1,
  runId: 'run',
  step: 1,
  checkpoint: { key: 'k', sha256: DIGEST, bytes: 1 },
  metrics: { loss: null, ...NOT_EVALUATED },
  config: DEFAULT_JOB,
  dataset: { name: 'mnist', manifestSha256: DIGEST },
  gitRevision: 'abc',
  promotedAt: '2026-11-24T08:00:00.000Z',
  ...more,
});

/** Of the textbook's job, as far as `more` doesn't say otherwise. */
export const someRunConfig = (more: Partial<RunConfig> = {}): RunConfig => ({
  formatVersion: 1,
  runId: 'run',
  config: DEFAULT_JOB,
  configHash: DIGEST,
  manifestSha256: DIGEST,
  trainSize: 60_000,
  testSize: 10_000,
  stepsPerEpoch: 600,
  totalSteps: 10_000,
  chunkSteps: 600,
  evaluateEverySteps: 600,
  ...more,
});

export const someLoop = (more: Partial<LoopState> = {}): LoopState => ({
  turnsLeft: 1,
  continueAs: 'run.1',
  continueDollars: 0,
  startedAt: '2026-11-24T08:00:00.000Z',
  pace: { loadMs: 0, stepMs: 0, evaluateMs: 0, saveMs: 0 },
  ...more,
});

/** A turn that has trained and evaluated nothing. */
export const someProgress = (more: Partial<RunProgress> = {}): RunProgress => ({
  runId: 'run',
  step: 600,
  totalSteps: 10_000,
  epoch: 1,
  done: false,
  checkpoint: { key: 'k', sha256: DIGEST, bytes: 1 },
  best: null,
  loss: 0.5,
  evaluations: [],
  imagesPerSecond: 0,
  estimatedDollars: 0.001,
  runDollars: 0.002,
  stopped: null,
  loop: null,
  ...more,
});

/** Lets a network serve, as version 1 of `mnist`. */
export async function promoteNetwork(
  store: ObjectStore,
  architecture: Architecture,
  layers: LayerParameters[],
): Promise<void> {
  const checkpoint = await saveCheckpoint(store, 'pretrained', {
    step: 0,
    configHash: DIGEST,
    loss: null,
    architecture,
    layers,
    optimizerState: new Map(),
  });
  const config = { ...DEFAULT_JOB, ...architecture, layers: [...architecture.layers] as number[] };
  const document = someVersion({ runId: 'pretrained', step: 0, checkpoint, config });
  await store.createImmutable(KEYS.version('mnist', 1), encodeJson(document));
  await store.createImmutable(KEYS.latest('mnist'), encodeJson({ version: 1 }));
}
