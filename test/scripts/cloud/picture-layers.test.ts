/** A network of pictures goes the whole way: trained in chunks, killed, promoted and asked. */
import { describe, expect, it } from 'vitest';
import { MNIST } from '../../../core/ingest/catalogue/mnist.ts';
import { decodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { modelVersion, runConfig } from '../../../functions/schemas/documents.ts';
import { getDocument, getVerified } from '../../../functions/store/verified.ts';
import type { CloudCall } from '../../../scripts/cloud/iam/authorizer.ts';
import { functionProcesses, killIfThere } from '../../../scripts/lab/kill-test/processes.ts';
import { useCloud } from '../../support/test-cloud.ts';

const HIDDEN = [
  { conv: 5, kernel: [5, 4], stride: 2, activation: 'relu' },
  { maxPool: 3, stride: 2 },
  { dropout: 0.25 },
  17,
];
const CONFIG = {
  hidden: HIDDEN,
  weightInit: { kind: 'he' },
  optimizer: 'adam',
  learningRate: 0.01,
  iterations: 45,
  evaluateEvery: 20,
  model: 'strokes',
};

/** Kills the function whose call it is, or doesn't. */
let onCall: (call: CloudCall) => void = () => undefined;
const app = useCloud({ hasMnist: true, onCall: (call) => onCall(call) });

async function succeed(name: string, config: object) {
  const { status, error, cause, output } = await app.execute('stateMachine', name, config);
  expect({ status, error, cause }).toMatchObject({ status: 'SUCCEEDED' });
  const { model, version } = JSON.parse(output!) as { model: string; version: number };
  return getDocument(app.store, modelVersion, KEYS.version(model, version));
}

const post = async (path: string, body: object) => {
  const response = await app.ask(path, body);
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
};

describe('a network of pictures', () => {
  it('trains in one piece, or in chunks of which two are killed, with the same bytes', async () => {
    const whole = await succeed('whole', CONFIG);
    const { config } = await getDocument(app.store, runConfig, KEYS.runConfig('whole'));
    expect(config.layers).toEqual([[28, 28, 1], ...HIDDEN, 10]);
    let killed = 0;
    let writes = 0;
    onCall = ({ caller, action }) => {
      if (!caller.includes('TrainChunkFunction') || action !== 's3:PutObject') return;
      if (![2, 5].includes(writes++)) return;
      for (const { pid, functionName } of functionProcesses(process.pid)) {
        if (functionName.includes('TrainChunkFunction') && killIfThere(pid)) killed++;
      }
    };
    const torn = await succeed('torn', {
      ...CONFIG,
      layers: config.layers,
      hidden: undefined,
      chunkIterations: 10,
    });
    onCall = () => undefined;
    expect(killed).toBeGreaterThanOrEqual(2);
    expect(torn.checkpoint.sha256).toBe(whole.checkpoint.sha256);
    const { architecture, layers } = decodeCheckpoint(
      await getVerified(app.store, whole.checkpoint.key, whole.checkpoint.sha256),
    );
    expect(architecture.layers).toEqual(config.layers);
    // 12×13 places of 5 filters, of which pools see 5×6.
    expect(layers.map(({ weights, bias }) => [weights.length, bias.length])).toEqual([
      [5 * 4 * 5, 5],
      [5 * 6 * 5 * 17, 17],
      [17 * 10, 10],
    ]);
  });

  it('answers about pixels, and tells what it is', async () => {
    const instances = [0, 7, 200].map((shift) =>
      Array.from({ length: 784 }, (_, at) => (at * 31 + shift * at) % 256),
    );
    const { status, answer } = await post('/predict?model=strokes', { instances });
    expect(status).toBe(200);
    const predictions = answer.predictions as { class: number; probabilities: number[] }[];
    expect(predictions.map(({ probabilities }) => probabilities.length)).toEqual([10, 10, 10]);
    const infer = await post('/v2/models/strokes/infer', {
      inputs: [{ name: 'pixels', datatype: 'UINT8', shape: [3, 28, 28], data: instances.flat() }],
    });
    const [probabilities, classes] = infer.answer.outputs as { shape: number[]; data: number[] }[];
    expect([probabilities!.shape, classes!.shape]).toEqual([[3, 10], [3]]);
    expect(probabilities!.data).toEqual(predictions.flatMap((one) => one.probabilities));
    expect(classes!.data).toEqual(predictions.map((one) => one.class));
    const report = (await (await app.ask('/models/strokes/report')).json()) as {
      architecture: { layers: unknown; parameters: number };
      firstLayer: object;
    };
    expect(report.architecture).toMatchObject({ layers: [[28, 28, 1], ...HIDDEN, 10], parameters: 2852 });
    expect(report.firstLayer).toMatchObject({ inputs: 20, units: 5, shown: 5 });
  });

  it.each([
    [{ hidden: [{ conv: 5, kernel: 29 }] }, 'hidden[0].kernel: got 29×29, expected at most 28×28'],
    [
      { dataset: 'kddcup99', hidden: [{ maxPool: 2 }] },
      'hidden[0]: got {"maxPool":2}, expected dense layers, as the rows of dataset kddcup99 are no pictures',
    ],
    [
      { layers: [784, { maxPool: 2 }, 10] },
      `layers[0]: got 784, expected [28,28,1], the pictures of dataset ${MNIST.name}`,
    ],
  ])('of %j is refused before anything is downloaded', async (config, message) => {
    const { error, cause } = await app.execute('stateMachine', `refused-${message.length}`, config);
    expect(error).toBe('ConfigError');
    expect((JSON.parse(cause!) as { errorMessage: string }).errorMessage).toContain(message);
  });
});
