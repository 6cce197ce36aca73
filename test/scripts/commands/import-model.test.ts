/** `npm run import-model` and `npm run export-model` against the local cloud: the real workflow on MNIST's first rows. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeSafetensors, tensorOf } from '../../../core/bytes/safetensors.ts';
import { Model } from '../../../core/estimator/model.ts';
import { permuteAxes } from '../../../core/exchange/axes.ts';
import { encodeOnnx } from '../../../core/exchange/onnx.ts';
import { decodeWeights, encodeWeights } from '../../../core/exchange/weights.ts';
import { mnistRows } from '../../../core/ingest/load-mnist.ts';
import { Network } from '../../../core/model/network.ts';
import type { LayerParameters } from '../../../core/network/architecture.ts';
import type { LayerSpecs } from '../../../core/network/layers.ts';
import { initialLayers } from '../../../core/network/weights.ts';
import type { InputRows } from '../../../core/rows/input-rows.ts';
import { firstTestImage } from '../../../scripts/commands/example.ts';
import { FIRST_ROWS, mnistFiles } from '../../support/mnist.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { outcome } from '../command.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/formats');
const WEIGHTS = join(FIXTURES, 'three-layer.pkl');

const app = useCloud({ hasMnist: true });
const { folder } = app;

const importModel = (...args: string[]) => outcome('commands/import-model.ts', args);
const exportModel = (...args: string[]) => outcome('commands/export-model.ts', args);
const CLASSIFIER = { activation: 'sigmoid', output: 'softmax', loss: 'crossEntropy' } as const;
const get = async (path: string) => (await app.ask(path)).json();

describe('import-model', () => {
  it('evaluates and promotes pretrained three-layer weights, which then answer predictions', async () => {
    const args = [WEIGHTS, '--model', 'three-layer', '--data', folder, '--name', 'import-test'];
    const first = await importModel(...args);
    expect(first.error).toBe('');
    expect(first.code).toBe(0);
    expect(first.out).toMatch(
      /^three-layer\.pkl: pickle\n.*\n1 {2}dense {2}784 {4}50 {6}sigmoid {10}39250\n/,
    );
    const { layers, specs } = await decodeWeights(readFileSync(WEIGHTS));
    const { x, labels } = mnistRows(mnistFiles()).test;
    const predicted = new Network({ ...CLASSIFIER, layers: specs }, layers).predict(x);
    const right = predicted.slice(0, FIRST_ROWS.test).filter((each, row) => each === labels[row]);
    const testAccuracy = right.length / FIRST_ROWS.test;
    expect(first.out).toContain(
      `promoted as three-layer version 1, test accuracy ${testAccuracy.toFixed(4)}\n`,
    );

    expect(await get('/runs/import-test')).toMatchObject({
      status: { state: 'succeeded', totalSteps: 0, model: 'three-layer', version: 1 },
      config: { totalSteps: 0, imported: { key: 'imports/import-test/weights.pkl' } },
      metrics: [{ step: 0, testAccuracy }],
    });
    const { pixels, label } = firstTestImage();
    const answer = await app.ask('/predict?model=three-layer', { pixels });
    expect(await answer.json()).toMatchObject({ class: label, model: 'three-layer', version: 1 });
  });

  it('makes another version of what is imported as another network', async () => {
    const { code, out, error } = await importModel(
      ...[WEIGHTS, '--model', 'three-layer', '--activation', 'relu', '--data', folder],
    );
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toContain('784    50      relu ');
    expect(out).toMatch(/import import-\d{8}-\d{6}-[0-9a-f]{4} started/);
    // It was trained with sigmoid: with another activation it is worse than what serves.
    expect(out).toContain('not promoted: three-layer version 2, test accuracy 0.');
  });

  it("serves what a library's Model of pictures saved, with the classes that it predicts", async () => {
    const { train, test } = mnistRows(mnistFiles());
    const first = ({ x }: { x: InputRows }, rows: number) => {
      if (!('pixels' in x)) throw new Error('MNIST: got sparse rows, expected pixels');
      return { data: x.pixels.subarray(0, rows * x.columns), columns: x.columns };
    };
    const model = new Model({ hidden: [20], learningRate: 0.01 });
    await model.fit(first(train, 2000), train.labels.subarray(0, 2000), { epochs: 2 });
    const file = join(folder, 'model.safetensors');
    writeFileSync(file, model.save());
    const { out, error } = await importModel(file, '--model', 'drawn', '--data', folder);
    expect(error).toBe('');
    expect(out).toContain('1  dense  784    20      relu             15700\n');
    const { test: rows } = FIRST_ROWS;
    const { accuracy } = model.evaluate(first(test, rows), test.labels.subarray(0, rows));
    expect(out).toContain(`promoted as drawn version 1, test accuracy ${accuracy!.toFixed(4)}\n`);
    const { pixels } = firstTestImage();
    const answer = (await (await app.ask('/predict?model=drawn', { pixels })).json()) as {
      class: number;
      probabilities: number[];
    };
    const [expected] = model.predictProbabilities({ data: Uint8Array.from(pixels), columns: 784 });
    expect(answer.class).toBe(model.predict({ data: Uint8Array.from(pixels), columns: 784 })[0]);
    expect(answer.probabilities).toEqual(expected);
  });

  it('takes a network of pictures from PyTorch, and gives it to ONNX and to safetensors', async () => {
    const specs: LayerSpecs = [
      [28, 28, 1],
      { conv: 3, kernel: 5, stride: 4 },
      { maxPool: 2 },
      { dropout: 0.1 },
      10,
    ];
    const layers = initialLayers(specs, { kind: 'he' }, 5);
    const [conv, dense] = layers as [LayerParameters, LayerParameters];
    const file = join(folder, 'torch.safetensors');
    const tensors = new Map([
      ['conv.weight', tensorOf(permuteAxes(conv.weights, [5, 5, 1, 3], [3, 2, 0, 1]), [3, 1, 5, 5])],
      ['conv.bias', tensorOf(conv.bias, [3])],
      // 3 × 3 pixels of three channels arrive, for PyTorch one channel after the other.
      ['fc.weight', tensorOf(permuteAxes(dense.weights, [3, 3, 3, 10], [3, 2, 0, 1]), [10, 27])],
      ['fc.bias', tensorOf(dense.bias, [10])],
    ]);
    writeFileSync(file, encodeSafetensors(tensors));
    const given = [file, '--model', 'torch', '--activation', 'relu', '--data', folder];
    const without = await importModel(...given);
    expect(without).toMatchObject({
      code: 1,
      error: expect.stringContaining('or the layers of a network of pictures'),
    });
    const { out, error } = await importModel(
      ...given,
      '--layers',
      JSON.stringify(specs),
      '--layout',
      'pytorch',
    );
    expect(error).toBe('');
    expect(out).toContain(
      'torch.safetensors: safetensors\n   layer                   input    output  activation  parameters\n',
    );
    expect(out).toContain('promoted as torch version 1');

    const { pixels } = firstTestImage();
    const answer = (await (await app.ask('/predict?model=torch', { pixels })).json()) as {
      probabilities: number[];
    };
    const relu = { ...CLASSIFIER, layers: specs, activation: 'relu' } as const;
    const x = { rows: 1, columns: 784, pixels: Uint8Array.from(pixels) };
    expect(answer.probabilities).toEqual([...new Network(relu, layers).outputs(x)]);

    const [onnx, safetensors] = [join(folder, 'torch.onnx'), join(folder, 'own.safetensors')];
    await exportModel(onnx, '--model', 'torch', '--data', folder);
    expect(readFileSync(onnx)).toEqual(Buffer.from(encodeOnnx(relu, layers, 'torch')));
    await exportModel(safetensors, '--model', 'torch', '--data', folder);
    expect(await decodeWeights(readFileSync(safetensors))).toEqual({ format: 'safetensors', specs, layers });
  });

  it.each<[string, string[], string]>([
    [
      'another layout',
      [WEIGHTS, '--model', 'x', '--layout', 'caffe'],
      '--layout: got caffe, expected stepnet, textbook, pytorch',
    ],
    [
      'layers that are no list',
      [WEIGHTS, '--model', 'x', '--layers', '784'],
      '--layers: got 784, expected a list in JSON such as [[',
    ],
    [
      'layers that are no JSON',
      [WEIGHTS, '--model', 'x', '--layers', '[784'],
      '--layers: expected a list in JSON such as [[',
    ],
    ['no model', [WEIGHTS], 'npm run import-model -- FILE --model NAME'],
    ['a file that is not there', ['nothing.npz', '--model', 'x'], 'nothing.npz: ENOENT'],
  ])('refuses %s as wrong usage', async (_, args, message) => {
    const { code, error } = await importModel(...args);
    expect(error).toContain(message);
    expect(code).toBe(2);
  });

  it('refuses a file that is none of weights, or weights of other images, before it is uploaded', async () => {
    const hostile = await importModel(join(FIXTURES, 'os-system-protocol4.pkl'), '--model', 'x');
    expect(hostile).toMatchObject({ code: 1, error: expect.stringContaining('global posix.system at byte') });
    const small = await importModel(join(FIXTURES, 'numpy1-stored.npz'), '--model', 'x', '--data', folder);
    expect(small).toMatchObject({
      code: 1,
      error: expect.stringContaining('layers[0]: got 6, expected 784'),
    });
    expect(small.out).toBe('');
  });
});

describe('export-model', () => {
  it('writes the weights that were imported, as safetensors and as ONNX', async () => {
    const { layers, specs } = await decodeWeights(readFileSync(WEIGHTS));
    const safetensors = join(folder, 'first.safetensors');
    const first = await exportModel(
      ...[safetensors, '--model', 'three-layer'],
      ...['--version', '1', '--data', folder],
    );
    expect(first).toMatchObject({ code: 0, error: '' });
    expect(first.out).toContain(
      'three-layer version 1, 784-50-100-10, step 0 of run import-test, test accuracy',
    );
    expect(readFileSync(safetensors)).toEqual(Buffer.from(encodeWeights(layers)));

    // The one with another activation does not serve.
    const onnx = join(folder, 'second.onnx');
    const second = await exportModel(onnx, '--model', 'three-layer', '--version', '2', '--data', folder);
    expect(second.out).toContain('three-layer version 2');
    const relu = { ...CLASSIFIER, layers: specs, activation: 'relu' } as const;
    expect(readFileSync(onnx)).toEqual(Buffer.from(encodeOnnx(relu, layers, 'three-layer')));
  });

  it.each<[string, string[], number, string]>([
    ['another format', ['x.h5'], 2, 'x.h5: expected a name that ends in .onnx or .safetensors'],
    ['a file that is there', [join(folder, 'there.onnx'), '--model', 'three-layer'], 2, 'there.onnx: EEXIST'],
    [
      'a model that is not there',
      [join(folder, 'x.onnx'), '--model', 'none'],
      1,
      'no model none was promoted',
    ],
  ])('refuses %s', async (_, args, code, message) => {
    writeFileSync(join(folder, 'there.onnx'), '');
    const answer = await exportModel(...args, '--data', folder);
    expect(answer).toMatchObject({ code, error: expect.stringContaining(message) });
  });
});
