/** `npm run train -- --csv FILE` as people run it: a file of their own becomes a model that is asked as printed. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { KEYS } from '../../../functions/contract/keys.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import { getDocument } from '../../../functions/store/verified.ts';
import { houseRows } from '../../../scripts/lab/generate/csv-tables.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { outcome } from '../command.ts';

const app = useCloud();
const folder = mkdtempSync(join(tmpdir(), 'stepnet-own-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const houses = (kind: 'classification' | 'regression') => [...houseRows(kind, 0, 400, 1)].join('');
const train = (...args: string[]) => outcome('commands/train.ts', [...args, '--data', app.folder]);
const manifestOf = (name: string) => getDocument(app.store, datasetManifest, KEYS.manifest(name));

/** Runs the command that was printed, as a shell does; not at once, since the cloud is in this process. */
async function ask(printed: string) {
  const [, command] = /^ {2}(curl .*)$/m.exec(printed)!;
  const { stdout } = await promisify(execFile)('sh', ['-c', command!], { timeout: 60_000 });
  return JSON.parse(stdout) as { predictions: Record<string, unknown>[] };
}

describe('a table of one’s own', () => {
  it('with numbers to predict is shown, uploaded, trained and served, and its config is kept', async () => {
    const csv = put('My Houses.csv', houses('regression'));
    const { code, out, error } = await train('--csv', csv, '--target', 'price', '--epochs', '20');
    expect([error, code]).toEqual(['', 0]);
    expect(out).toMatch(/^400 rows, delimiter ",", decimals behind "\.", a header$/m);
    expect(out).toMatch(/^reference +ignore +another text in each row/m);
    expect(out).toMatch(/promoted as my-houses version 1, test loss 0\.[0-2]/);
    const value = (await ask(out)).predictions[0]!.values as { price: number };
    const [, first] = houses('regression').split('\n');
    expect(Math.abs(value.price - Number(first!.split(',').at(-1)))).toBeLessThan(60);
    const manifest = await manifestOf('my-houses');
    expect([manifest.splits.train.size, manifest.splits.test.size]).toEqual([320, 80]);
    // The same again finds file and dataset; the kept config is what was trained.
    const kept = join(folder, 'my-houses.json');
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toMatchObject({
      hidden: [32, 16],
      model: 'my-houses',
      epochs: 20,
      // Batches of 8: each epoch has 40 steps, and is evaluated.
      chunkIterations: 40,
      evaluateEvery: 40,
    });
    const again = await train('--csv', csv, '--target', 'price', '--epochs', '20');
    expect(again.out).toContain('there already as imports/my-houses/');
    expect(existsSync(`${kept}.before`)).toBe(false);
    const fromFile = await train(kept, '--iterations', '5');
    expect([fromFile.code, fromFile.error]).toEqual([
      2,
      expect.stringContaining('epochs: got 20 beside iterations 5'),
    ]);
    expect((await train(kept)).out).toContain('my-houses version 3');
    // For other programs the outcome alone.
    const told = await train(kept, '--epochs', '1', '--json');
    expect(JSON.parse(told.out)).toMatchObject({ model: 'my-houses', promoted: false });
    expect(told.error).toMatch(/^run my-houses-\S+ started\n/);
    const listed = await outcome('commands/data.ts', ['list', '--json', '--data', app.folder]);
    expect(JSON.parse(listed.out)).toContainEqual({
      name: 'my-houses',
      rows: { train: 320, test: 80 },
      inputShape: expect.any(Array),
      classes: null,
    });
  });

  it('with classes, written in another way, and corrected: it gets a name of its own', async () => {
    const text = houses('classification')
      .replaceAll('.', '#')
      .replaceAll(/,(?=\S)/g, ';')
      .replaceAll('#', ',');
    const csv = put('zones.csv.gz', gzipSync(text));
    const args = ['--csv', csv, '--target', 'class', '--epochs', '5', '--hidden', '8'];
    const first = await train(...args);
    expect([first.error, first.code]).toEqual(['', 0]);
    expect(first.out).toContain('delimiter ";", decimals behind ","');
    expect((await ask(first.out)).predictions[0]!.className).toMatch(/cheap|middling|dear/);
    const corrected = await train(...args, '--ignore', 'heating', '--type', 'rooms=categorical');
    expect(corrected.code).toBe(0);
    expect(corrected.out).toMatch(/^heating +ignore +as you say/m);
    expect((await manifestOf('zones-2')).inputShape).not.toEqual((await manifestOf('zones')).inputShape);
    const data = (...words: string[]) => outcome('commands/data.ts', [...words, '--data', app.folder]);
    expect((await data('list')).out).toMatch(/^zones-2 +320 \+ 80 +3 classes/m);
    const shown = JSON.parse((await data('show', 'zones-2')).out) as object;
    expect(shown).toMatchObject({ rows: { train: 320, test: 80 }, usedBy: ['zones 2'] });
    expect((await data('show', 'zoness')).error).toContain('did you mean zones');
    const refused = await data('delete', 'zones-2');
    expect([refused.code, refused.error]).toEqual([1, expect.stringContaining('zones 2 was trained on it')]);
    expect((await data('delete', 'zones-2', '--force')).code).toBe(0);
    expect(await app.store.list('datasets/zones-2/')).toEqual([]);
    expect(await app.store.list('datasets/zones/')).not.toEqual([]);
    // The first config is kept as well.
    expect(corrected.out).toContain('zones.json had other content, which is');
  });
});

describe('a wrong turn is answered with the way on', () => {
  const csv = put('a.csv', houses('regression'));
  it.each<[string, string[], string]>([
    [
      'no target',
      ['--csv', csv],
      '--target COLUMN: which column is to be predicted, one of area, age, rooms',
    ],
    [
      'a misspelt target',
      ['--csv', csv, '--target', 'prize'],
      'no column "prize", did you mean "price"? the file has area',
    ],
    [
      'a misspelt column',
      ['--csv', csv, '--target', 'price', '--ignore', 'heatin'],
      '--ignore: no column "heatin", did you mean "heating"?',
    ],
    [
      'a wrong type',
      ['--csv', csv, '--target', 'price', '--type', 'age=number'],
      'got number, expected numeric or categorical or ignore',
    ],
    ['no file', ['--csv', join(folder, 'none.csv'), '--target', 'price'], 'none.csv: ENOENT'],
    ['an empty file', ['--csv', put('empty.csv', ''), '--target', 'price'], 'empty.csv: is empty'],
    [
      'a header alone',
      ['--csv', put('head.csv', 'a,b\n'), '--target', 'b'],
      'got a header (a, b) and no rows below it',
    ],
    [
      'a workbook',
      ['--csv', put('b.xlsx', 'PK\x03\x04'), '--target', 'b'],
      'an Excel workbook is one, and can be saved as CSV',
    ],
    [
      'a share of all',
      ['--csv', csv, '--target', 'price', '--test-share', '1'],
      '--test-share: got 1, expected a number between 0 and 1',
    ],
    ['an option without its file', ['--target', 'price'], '--target: goes with --csv FILE'],
  ])('%s', async (_, args, message) => {
    const { code, error } = await train(...args);
    expect(error).toContain(message);
    expect(code).not.toBe(0);
  });

  it('wrong layers, with the right ones', async () => {
    const { code, error } = await train('--csv', csv, '--target', 'price', '--layers', '[5,7,1]');
    expect(error).toMatch(
      /layers\[0\]: got 5, expected \d+, the inputs of dataset a: "layers": \[\d+,7,1\], or "hidden": \[7\]/,
    );
    expect(code).toBe(1);
  });

  it('a dry run shows the config and leaves nothing', async () => {
    const dry = put('dry.csv', houses('regression'));
    const { code, out } = await train('--csv', dry, '--target', 'price', '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('"testShare": 0.2');
    // Of 100 epochs of 40 steps, five are a chunk and are evaluated once.
    expect(out).toMatch(/"epochs": 100,\n +"chunkIterations": 200,\n +"evaluateEvery": 200,/);
    expect(existsSync(join(folder, 'dry.json'))).toBe(false);
    expect(await app.store.list('imports/dry/')).toEqual([]);
  });
});
