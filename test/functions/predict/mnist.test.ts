/** The test set through the API's front door, and what the API says of a model that was trained on MNIST. */
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { Network } from '../../../core/model/network.ts';
import { decodeCheckpoint } from '../../../core/training/checkpoint.ts';
import { ModelCache } from '../../../functions/inference/model-cache.ts';
import { predictAnswer, reportAnswer } from '../../../functions/predict/answer-schemas.ts';
import { howMany } from '../../support/needs.ts';
import { mnistApi } from '../support/mnist-api.ts';

const api = mnistApi();

async function loadNetwork(): Promise<Network> {
  const { answer } = await api.json('GET', '/models/mnist/report');
  const { text } = await api.call('GET', '/models/mnist/weights');
  expect(answer.lineage.checkpoint.bytes).toBe(Buffer.from(text, 'base64').length);
  const { architecture, layers } = decodeCheckpoint(Buffer.from(text, 'base64'));
  return new Network(architecture, layers);
}

/** All of the test set in the proof. */
const IMAGES = howMany(200, 10_000);

describe(`${IMAGES} test images posted as PNG`, () => {
  it('are classified as the network classifies them, whose accuracy the run measured to the digit', async () => {
    const network = await loadNetwork();
    const expected = network.predict(api.data.test.x);
    let right = 0;
    for (let index = 0; index < IMAGES; index++) {
      const png = encode({ width: 28, height: 28, depth: 8, channels: 1, data: api.digit(index) });
      const { status, answer } = await api.postFile(png);
      if (status !== 200 || answer.class !== expected[index]) {
        expect({ index, status, answer }).toBe(expected[index]);
      }
      if (answer.class === api.data.test.labels[index]) right++;
    }
    const { answer: report } = await api.json('GET', '/models/mnist/report');
    const accuracy = network.accuracy(api.data.test);
    expect(report.lineage.metrics.testAccuracy).toBe(accuracy);
    expect(report.evaluation.accuracy).toBe(accuracy);
    if (IMAGES === 10_000) expect(right / IMAGES).toBe(accuracy);
    expect(right / IMAGES).toBeGreaterThan(0.85);
  });

  it('have the probabilities of the same pixels as JSON', async () => {
    for (let index = 0; index < 20; index++) {
      const pixels = [...api.digit(index)];
      const png = encode({ width: 28, height: 28, depth: 8, channels: 1, data: api.digit(index) });
      const query = { pixels: 'true', explain: 'true' };
      const posted = await api.postFile(png, 'image/png', query);
      const asJson = await api.post('/predict', { pixels }, { query });
      expect(posted.answer.pixels).toEqual(pixels);
      expect(posted).toEqual(asJson);
      expect(() => predictAnswer.parse(posted.answer)).not.toThrow();
    }
  });
});

it('an explanation is 0 where no ink is, and speaks for the class on the whole', async () => {
  for (let index = 0; index < 20; index++) {
    const pixels = [...api.digit(index)];
    const { answer } = await api.post('/predict', { pixels }, { query: { explain: 'true' } });
    expect(answer.explanation).toHaveLength(784);
    answer.explanation.forEach((contribution: number, i: number) => {
      if (pixels[i] === 0) expect(contribution).toBe(0);
    });
    expect(answer.explanation.reduce((sum: number, c: number) => sum + c)).toBeGreaterThan(0);
  }
});

describe('the report', () => {
  it('counts every test image once, and shows the worst mistakes', async () => {
    const { answer } = await api.json('GET', '/models/mnist/report');
    const report = reportAnswer.parse(answer);
    const { confusion, mistakes, mistakeCount, accuracy, size } = report.evaluation!;
    const labels = confusion.map((row) => row.reduce((sum, n) => sum + n, 0));
    const counted = new Array(10).fill(0);
    for (const label of api.data.test.labels) counted[label]++;
    expect(labels).toEqual(counted);
    expect(size).toBe(10_000);
    const diagonal = confusion.reduce((sum, row, k) => sum + row[k]!, 0);
    expect(diagonal / size).toBe(accuracy);
    expect(mistakeCount).toBe(size - diagonal);
    expect(mistakes).toHaveLength(20);
    const margins = mistakes.map(({ index, label, predicted, probabilities, pixels }) => {
      expect(label).toBe(api.data.test.labels[index]);
      expect(predicted).not.toBe(label);
      expect(Buffer.from(pixels!, 'base64')).toEqual(Buffer.from(api.digit(index)));
      return probabilities[predicted]! - probabilities[label]!;
    });
    expect(margins).toEqual(margins.toSorted((a, b) => b - a));
  });

  it('has the architecture and the first layer, unit by unit', async () => {
    const { answer } = await api.json('GET', '/models/mnist/report');
    expect(answer.architecture).toMatchObject({ layers: [784, 50, 10], parameters: 39_760 });
    expect(answer.firstLayer).toMatchObject({ inputs: 784, units: 50, shown: 50 });
    const bytes = Buffer.from(answer.firstLayer.weights, 'base64');
    expect(bytes).toHaveLength(50 * 784 * 4);
    const { weights } = (await loadNetwork()).layers[0]!;
    for (const [unit, pixel] of [
      [0, 0],
      [7, 400],
      [49, 783],
    ] as const) {
      expect(bytes.readFloatLE((unit * 784 + pixel) * 4)).toBe(weights[pixel * 50 + unit]);
    }
  });

  it('says so when the test set is gone, and looks again next time', async () => {
    const [key, object] = [...api.s3.objects].find(([name]) => name.startsWith('datasets/mnist/test/'))!;
    // Another container, which has no report in memory.
    api.models = new ModelCache(api.store);
    api.s3.objects.delete(key);
    const { status, answer } = await api.json('GET', '/models/mnist/report');
    expect(status).toBe(200);
    expect(reportAnswer.parse(answer)).toMatchObject({
      evaluation: null,
      evaluationMissing: `${key} is not there`,
      architecture: { layers: [784, 50, 10] },
    });
    api.s3.objects.set(key, object);
    expect((await api.json('GET', '/models/mnist/report')).answer.evaluation.size).toBe(10_000);
  });
});
