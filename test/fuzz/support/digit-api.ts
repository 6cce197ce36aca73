/** The predict function's handler over a bucket with two real models: `mnist` takes images of 784 pixels, `small` 9. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { afterAll, beforeAll, vi } from 'vitest';
import { encodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { handler } from '../../../functions/predict/handler.ts';
import { jobConfigSchema } from '../../../functions/schemas/config.ts';
import { modelVersion } from '../../../functions/schemas/documents.ts';
import { encodeJson } from '../../../functions/store/json.ts';
import { sha256 } from '../../../functions/store/sha256.ts';
import { type FakeS3, fakeS3 } from '../../functions/support/fake-s3.ts';

const MODELS = { mnist: [784, 4, 10], small: [9, 4, 3] };
/** The fake client remembers every call; it forgets after so many requests. */
const FORGET_EVERY = 200;

export function digitApi() {
  let s3: FakeS3;
  let requests = 0;
  beforeAll(() => {
    s3 = fakeS3();
    for (const [name, layers] of Object.entries(MODELS)) store(s3, name, layers);
    vi.stubEnv('BUCKET_NAME', 'bucket');
    vi.stubEnv('DEFAULT_MODEL', 'mnist');
    vi.stubEnv('AUTH', '{"kind":"none"}');
    vi.stubEnv('MANAGE', 'off');
    vi.stubEnv('METRICS_NAMESPACE', 'test');
    // Metrics are lines of the log.
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  });
  afterAll(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    if (++requests % FORGET_EVERY === 0) {
      s3.calls.length = 0;
      vi.mocked(process.stdout.write).mockClear();
    }
    const answer = await handler(event, {} as Context, () => {});
    return answer as APIGatewayProxyStructuredResultV2;
  };
}

/** As PromoteModel would leave it, with weights that make some class likelier than others. */
function store(s3: FakeS3, model: string, layers: readonly number[]): void {
  const runId = `${model}-run`;
  const put = (key: string, body: Uint8Array) => s3.objects.set(key, { body });
  const [activation, output, loss] = ['sigmoid', 'softmax', 'crossEntropy'] as const;
  const bytes = encodeCheckpoint({
    step: 1,
    configHash: sha256(new Uint8Array(1)),
    loss: null,
    architecture: { layers: [...layers], activation, output, loss },
    layers: layers.slice(1).map((outputs, index) => ({
      weights: Float32Array.from({ length: layers[index]! * outputs }, (_, i) => Math.sin(i * 7.3)),
      bias: new Float32Array(outputs),
    })),
    optimizerState: new Map(),
  });
  put(KEYS.checkpoint(runId, 1), bytes);
  const document = modelVersion.parse({
    formatVersion: 1,
    model,
    version: 1,
    runId,
    step: 1,
    checkpoint: { key: KEYS.checkpoint(runId, 1), sha256: sha256(bytes), bytes: bytes.length },
    metrics: { loss: null, trainAccuracy: null, testAccuracy: 0.5 },
    config: jobConfigSchema.parse({ layers, model }),
    dataset: { name: 'mnist', manifestSha256: '0'.repeat(64) },
    gitRevision: 'abc',
    promotedAt: '2026-11-24T08:00:00Z',
  });
  put(KEYS.version(model, 1), encodeJson(document));
  put(KEYS.latest(model), encodeJson({ version: 1 }));
}

/** Statuses of answers that are not the server's fault. */
export const ALLOWED = [200, 400, 404, 405, 413, 415, 422];
