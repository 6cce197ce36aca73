/** `npm run train -- --images FOLDER` as people run it: pictures of their own become a model that is asked as printed. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictureRow } from '../../../core/ingest/picture-row.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { decodeRows } from '../../../functions/dataset/manifest.ts';
import { decodeImage } from '../../../functions/images/decode-image.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import { getDocument, getVerified } from '../../../functions/store/verified.ts';
import { shapeFiles } from '../../../scripts/lab/generate/shape-pictures.ts';
import { writeFile } from '../../../scripts/lab/generate/write-file.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { outcome, run } from '../command.ts';

const app = useCloud();
const root = mkdtempSync(join(tmpdir(), 'stepnet-own-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const shapes = join(root, 'My Shapes');
beforeAll(async () => {
  for (const [name, pieces] of shapeFiles(60, 1)) await writeFile(join(shapes, name), pieces);
});

const train = (...args: string[]) => outcome('commands/train.ts', [...args, '--data', app.folder]);
const data = (...words: string[]) => outcome('commands/data.ts', [...words, '--data', app.folder]);

/** Runs the command that was printed, as a shell does, from somewhere else. */
async function ask(printed: string) {
  const [, command] = /^ {2}(curl .*)$/m.exec(printed)!;
  const { stdout } = await promisify(execFile)('sh', ['-c', command!], { timeout: 60_000, cwd: root });
  return { command: command!, answer: JSON.parse(stdout) as Record<string, unknown> };
}

async function testRows(name: string) {
  const manifest = await getDocument(app.store, datasetManifest, KEYS.manifest(name));
  const [shard] = manifest.splits.test.shards;
  const { x, y, columns } = decodeRows(await getVerified(app.store, shard!.key, shard!.sha256), manifest);
  const rows = Array.from(y, (label, row) => [
    Buffer.from((x as Uint8Array).subarray(row * columns, (row + 1) * columns)).toString('hex'),
    label,
  ]);
  return { manifest, rows };
}

describe('pictures of one’s own', () => {
  it('are shown, uploaded, trained and served, and their config is kept', { timeout: 120_000 }, async () => {
    const { code, out, error } = await train('--images', shapes, '--epochs', '30');
    expect([error, code]).toEqual(['', 0]);
    expect(out).toContain('My Shapes: 60 pictures of 3 classes\n');
    expect(out).toMatch(/^disc +16 +4 +40×40 to 48×36$/m);
    expect(out).toMatch(/^size +32×32 +sizes differ: the middle of each, resized +--size WxH/m);
    expect(out).toMatch(/promoted as my-shapes version 1, test accuracy (0\.[5-9]|1)/);
    const { command, answer } = await ask(out);
    const [, shape, file] = /My Shapes\/(\w+)\/(\d+\.png)/.exec(command)!;
    expect(answer).toMatchObject({ className: expect.stringMatching(/bar|disc|ring/), version: 1 });
    // The picture is one of the test set, and the network sees it as it is there.
    const form = { height: 32, width: 32, channels: 3, fit: 'crop' } as const;
    const { manifest, rows } = await testRows('my-shapes');
    expect(manifest).toMatchObject({
      inputShape: [32, 32, 3],
      classNames: ['bar', 'disc', 'ring'],
      pictures: form,
    });
    const bytes = readFileSync(join(shapes, shape!, file!));
    const seen = Buffer.from(pictureRow(decodeImage(bytes), form)).toString('hex');
    expect(rows).toContainEqual([seen, ['bar', 'disc', 'ring'].indexOf(shape!)]);
    const asked = await app.cloud.endpoints;
    const response = await fetch(`${asked.http}/predict?model=my-shapes&pixels=true`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: bytes,
    });
    const { pixels } = (await response.json()) as { pixels: number[] };
    expect(Buffer.from(pixels).toString('hex')).toBe(seen);
    // The same again finds files and dataset; the kept config is what was trained.
    const kept = join(root, 'my-shapes.json');
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({ model: 'my-shapes', epochs: 30 });
    const again = await train('--images', shapes, '--epochs', '30');
    expect(again.out).toContain('train-images.gz: there already as imports/my-shapes/');
    expect((await train(kept, '--hidden', '8')).out).toContain('my-shapes version 3');
    expect((await data('list')).out).toMatch(/^my-shapes +48 \+ 12 +3 classes +32×32×3/m);
    expect(JSON.parse((await data('show', 'my-shapes')).out)).toMatchObject({
      pictures: form,
      rows: { train: 48, test: 12 },
      usedBy: expect.arrayContaining(['my-shapes 1']),
    });
    const other = await train('--images', shapes, '--channels', '1', '--size', '10x8', '--epochs', '5');
    expect(other.out).toMatch(/^channels +1 +as you say/m);
    expect((await testRows('my-shapes-2')).manifest.inputShape).toEqual([8, 10]);
    expect((await data('delete', 'my-shapes-2', '--force')).code).toBe(0);
    expect(await app.store.list('datasets/my-shapes-2/')).toEqual([]);
  });
});

describe('a wrong turn is answered with the way on', () => {
  it.each<[string, string[], string]>([
    ['no folder', ['--images', join(root, 'My Shape')], 'there is no such folder, did you mean '],
    [
      'both kinds of data',
      ['--images', shapes, '--csv', 'a.csv'],
      '--images: got it beside --csv, expected one of the two',
    ],
    ['a size without pictures', ['--size', '28x28'], '--size: goes with --images FOLDER'],
    [
      'a column’s type of pictures',
      ['--images', shapes, '--type', 'a=numeric'],
      '--type: goes with --csv FILE',
    ],
    ['nothing that can be shown', ['--dry-run'], 'or --images FOLDER'],
    [
      'two test sets',
      ['--images', shapes, '--test', shapes, '--test-share', '0.5'],
      '--test-share: got it beside --test',
    ],
    [
      'wrong layers',
      ['--images', shapes, '--layers', '[784,8,3]'],
      'layers[0]: got 784, expected 3072, the inputs of dataset my-shapes',
    ],
    ['a wrong figure', ['--images', shapes, '--learning-rate', '-1'], 'learningRate: got -1'],
  ])('%s', async (_, args, message) => {
    const { code, error } = await train(...args);
    expect(error).toContain(message);
    expect(code).toBe(2);
  });

  it('a folder is meant from where one is', async () => {
    const words = ['--images', '.', '--dry-run', '--data', app.folder];
    const command = run('commands/train.ts', words, { INIT_CWD: shapes });
    expect([await command.exit, command.stderr]).toEqual([0, '']);
    expect(command.stdout).toContain('My Shapes: 60 pictures of 3 classes\n');
    expect(command.stdout).toContain('"model": "my-shapes"');
  });

  it('a dry run shows all and leaves nothing', async () => {
    const dry = join(root, 'dry');
    for (const [name, pieces] of shapeFiles(30, 2)) await writeFile(join(dry, name), pieces);
    writeFileSync(join(dry, 'bar', 'x.gif'), 'GIF89a and no more');
    const { code, out } = await train('--images', dry, '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('left out: 1\n  bar/x.gif: got GIF, expected a PNG or JPEG file\n');
    expect(out).toContain('"testShare": 0.2');
    expect(existsSync(join(root, 'dry.json'))).toBe(false);
    expect(await app.store.list('imports/dry/')).toEqual([]);
  });
});
