/** Batches through the synthesized state machine and functions: files under a prefix, IDX and safetensors. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeWeights } from '../../../core/exchange/weights.ts';
import { parseIdx } from '../../../core/ingest/idx.ts';
import { encodeShard } from '../../../core/ingest/shard.ts';
import { argmax, Network } from '../../../core/model/network.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { type BatchLine, batchLine, batchSummary } from '../../../functions/schemas/documents.ts';
import { getDocument } from '../../../functions/store/verified.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { promoteNetwork } from '../../support/documents.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { run as runCommand } from '../command.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/formats');
const t10k = readFileSync(join(mnistFolder(), 't10k-images-idx3-ubyte'));
const { data } = parseIdx(t10k);
const digit = (index: number) => data.subarray(index * 784, (index + 1) * 784);
const png = (index: number) => encode({ width: 28, height: 28, channels: 1, data: digit(index) });

const app = useCloud();
const { folder } = app;
/** Of all test images, as the network itself says. */
let classes: number[];

beforeAll(async () => {
  const { layers, specs } = await decodeWeights(readFileSync(join(FIXTURES, 'three-layer.pkl')));
  const architecture = {
    layers: specs,
    activation: 'sigmoid',
    output: 'softmax',
    loss: 'crossEntropy',
  } as const;
  const network = new Network(architecture, layers);
  const images = Array.from({ length: 10_000 }, (_, index) => digit(index));
  const y = network.forward(sparseFromPixels(images, 784), Uint32Array.from(images.keys()));
  classes = images.map((_, row) => argmax(y.subarray(row * 10, (row + 1) * 10)));
  await promoteNetwork(app.store, architecture, layers);
});

const predictBatch = (name: string, input: object) => app.execute('batchStateMachine', name, input);
const parseLines = (text: string): BatchLine[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => batchLine.parse(JSON.parse(line)));
const linesOf = async (key: string) => parseLines(Buffer.from(await app.read(key)).toString());
const classOf = (line: BatchLine) => ('class' in line ? line.class : undefined);

describe('a batch', () => {
  it('of PNG files has a line for each in the order of keys, and one that says why where it is no image', async () => {
    const prefix = KEYS.batchInputPrefix('images');
    // More than one part has.
    for (let index = 0; index < 105; index++) {
      await app.store.createImmutable(`${prefix}${String(index).padStart(3, '0')}.png`, png(index));
    }
    await app.store.createImmutable(
      `${prefix}blank.png`,
      encode({ width: 28, height: 28, channels: 1, data: new Uint8Array(784) }),
    );
    await app.store.createImmutable(`${prefix}text.png`, new TextEncoder().encode('no image'));
    const execution = await predictBatch('images', { prefix });
    expect(execution.cause ?? '').toBe('');
    const summary = batchSummary.parse(JSON.parse(execution.output!));
    expect(summary).toMatchObject({ model: 'mnist', version: 1, items: 107, predicted: 105, failed: 2 });
    const lines = await linesOf(summary.predictions);
    expect(lines.map(({ item }) => item)).toEqual(await app.store.list(prefix));
    expect(lines.slice(0, 105).map(classOf)).toEqual(classes.slice(0, 105));
    expect(lines.slice(105)).toEqual([
      { item: `${prefix}blank.png`, error: expect.stringContaining('ink') },
      { item: `${prefix}text.png`, error: expect.stringContaining('expected a PNG or JPEG file') },
    ]);
    expect(await getDocument(app.store, batchSummary, KEYS.batchSummary('images'))).toEqual(summary);
  });

  it('of the 10,000 test images as IDX says of each what the network says', async () => {
    const file = KEYS.source('mnist', 't10k-images-idx3-ubyte');
    await app.store.createImmutable(file, t10k);
    const execution = await predictBatch('idx', { file, model: 'mnist', version: 1 });
    expect(execution.status).toBe('SUCCEEDED');
    const lines = await linesOf(KEYS.batchPredictions('idx'));
    expect(lines.map(({ item }) => item)).toEqual([...classes.keys()]);
    expect(lines.map(classOf)).toEqual(classes);
  });

  it('of rows that the model does not take fails row by row', async () => {
    const file = `${KEYS.batchInputPrefix('narrow')}rows.safetensors`;
    await app.store.createImmutable(file, encodeShard(new Uint8Array(6).fill(9), new Uint8Array(2), 10));
    const execution = await predictBatch('narrow', { file });
    expect(JSON.parse(execution.output!)).toMatchObject({ items: 2, predicted: 0, failed: 2 });
    expect(await linesOf(KEYS.batchPredictions('narrow'))).toEqual([
      { item: 0, error: 'row: got 3 numbers, expected 784' },
      { item: 1, error: 'row: got 3 numbers, expected 784' },
    ]);
  });

  it.each<[string, object, string, RegExp]>([
    ['both', { prefix: 'batches/x/', file: 'batches/y' }, 'ConfigError', /expected either prefix or file/],
    ['other keys', { prefix: 'models/' }, 'ConfigError', /input\.prefix: .*below batches\/ or datasets\//],
    ['an empty prefix', { prefix: 'batches/none/' }, 'NotFoundError', /there is no object under it/],
  ])('of %s fails and says so', async (what, input, error, message) => {
    const execution = await predictBatch(what.replaceAll(' ', '-'), input);
    expect(execution).toMatchObject({ status: 'FAILED', error });
    expect(JSON.parse(execution.cause!).errorMessage).toMatch(message);
  });
});

describe('npm run batch', () => {
  it('writes a line for each file, as people call it, also for those that can not be read', async () => {
    const images = join(folder, 'images');
    const at = (name: string) => join(images, name);
    mkdirSync(images);
    writeFileSync(at('3.png'), png(3));
    // A name that is no UTF-8, where the disk takes it.
    if (process.platform === 'linux') writeFileSync(Buffer.from(`${images}/b\xfc.png`, 'latin1'), png(4));
    else writeFileSync(at('b\ufffd.png'), png(4));
    symlinkSync(at('nowhere'), at('c.png'));
    mkdirSync(at('d.png'));
    writeFileSync(at('e.png'), '');
    writeFileSync(at('f.png'), '');
    truncateSync(at('f.png'), 32 * 1024 * 1024 + 1);
    execFileSync('mkfifo', [at('g.png')]);
    writeFileSync(at('h.png'), 'no image');
    writeFileSync(at('text.txt'), 'none that is asked for');
    const elsewhere = join(folder, '3.png');
    writeFileSync(elsewhere, png(5));
    const out = join(folder, 'lines.jsonl');
    const files = [images, elsewhere, join(folder, 'none.png')];
    const options = ['--data', folder, '--name', 'cli', '--out', out];
    const command = runCommand('commands/batch.ts', [...files, ...options]);
    expect(await command.exit, command.stderr).toBe(0);
    expect(command.stderr).toBe('');
    expect(command.stdout).toContain(`3 of 10 predicted by mnist version 1: ${out}\n`);
    const lines = parseLines(readFileSync(out, 'utf8'));
    expect(lines.map(({ item }) => item)).toEqual([
      ...['3', 'b\ufffd', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => at(`${name}.png`)),
      elsewhere,
      join(folder, 'none.png'),
    ]);
    expect([0, 1, 8].map((index) => classOf(lines[index]!))).toEqual(classes.slice(3, 6));
    expect(lines.flatMap((line) => ('error' in line ? line.error : []))).toEqual([
      'ENOENT: no such file or directory',
      'is a folder',
      'is empty',
      'got 33554433 bytes, expected at most 33554432',
      'is no file',
      expect.stringContaining('expected a PNG or JPEG file'),
      'ENOENT: no such file or directory',
    ]);
  });

  it('names a path that is not there', async () => {
    const command = runCommand('commands/batch.ts', [join(folder, 'none'), '--data', folder]);
    expect(await command.exit).toBe(2);
    expect(command.stderr).toContain('none: ENOENT');
  });
});
