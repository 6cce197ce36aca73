/** `npm run data` as people run it: datasets come without a run, are named by configs, and go. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CsvDataset } from '../../../core/ingest/catalogue/user-dataset.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { datasetManifest } from '../../../functions/schemas/dataset.ts';
import { findDocument } from '../../../functions/store/verified.ts';
import { houseRows, houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';
import { shapeFiles } from '../../../scripts/lab/generate/shape-pictures.ts';
import { writeFile } from '../../../scripts/lab/generate/write-file.ts';
import { makeDataFolder } from '../../support/data-folder.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { outcome } from '../command.ts';

const app = useCloud();
const folder = mkdtempSync(join(tmpdir(), 'stepnet-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string | object) => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const houses = (kind: 'classification' | 'regression', rows = 300) =>
  [...houseRows(kind, 0, rows, 1)].join('');
const data = (...words: string[]) => outcome('commands/data.ts', [...words, '--data', app.folder]);
const train = (...words: string[]) => outcome('commands/train.ts', [...words, '--data', app.folder]);
const manifestOf = (name: string) => findDocument(app.store, datasetManifest, KEYS.manifest(name));
const imported = () => app.store.list(KEYS.importsPrefix);

describe('npm run data -- add', () => {
  it('takes a table without training, and configs, sweeps and commands may name it', async () => {
    const csv = put('Homes 1.csv', houses('classification'));
    const added = await data(
      'add',
      csv,
      '--target',
      'class',
      '--name',
      'homes',
      '--ignore',
      'rooms',
      '--json',
    );
    expect([added.code, added.error]).toEqual([
      0,
      expect.stringContaining('homes is declared: npm run train'),
    ]);
    const { name, dataset, config } = JSON.parse(added.out) as {
      name: string;
      dataset: CsvDataset;
      config: string;
    };
    expect([name, dataset.columns[2]]).toEqual(['homes', { name: 'rooms', type: 'ignore' }]);
    expect(JSON.parse(readFileSync(config, 'utf8'))).toMatchObject({ dataset, model: 'homes' });
    expect(await manifestOf('homes')).toBeUndefined();
    expect((await data('list')).out).toMatch(/^homes +not prepared$/m);
    expect(JSON.parse((await data('show', 'homes')).out)).toEqual({ name, declaration: dataset, rows: null });
    // The same again is the same dataset.
    expect(
      (await data('add', csv, '--target', 'class', '--name', 'homes', '--ignore', 'rooms')).out,
    ).toContain('homes is declared');

    const job = { dataset: 'homes', hidden: [8], epochs: 2, batchSize: 20, model: 'by-name' };
    const execution = await app.execute('stateMachine', 'by-name', job);
    expect([execution.status, execution.cause]).toEqual(['SUCCEEDED', undefined]);
    const manifest = await manifestOf('homes');
    expect([manifest!.splits.train.size, manifest!.splits.test.size]).toEqual([241, 59]);
    const sweep = { config: job, grid: { learningRate: [0.1, 0.01] }, model: 'by-name' };
    expect((await app.execute('sweepStateMachine', 'swept', sweep)).status).toBe('SUCCEEDED');
    const trained = await train('--dataset', 'homes', '--hidden', '8', '--epochs', '1', '--model', 'by-hand');
    expect([trained.error, trained.code]).toEqual(['', 0]);
    expect(trained.out).toContain('by-hand version 1, test accuracy');
    const planned = await outcome('commands/plan.ts', [
      '--config',
      put('plan.json', job),
      '--data',
      app.folder,
    ]);
    expect([planned.error, planned.code]).toEqual(['', 0]);
    expect(planned.out).toMatch(/on homes: 24 steps of 20 samples, 241 rows of training and 59 of test/);
  });

  it('takes a declaration whose files are there, and one name for one declaration', async () => {
    await app.store.createImmutable('imports/hand/train.csv', Buffer.from(houses('regression')));
    const declaration = {
      name: 'hand',
      format: 'csv',
      train: [{ key: 'imports/hand/train.csv' }],
      split: { testShare: 0.25 },
      ...houseSchema('regression'),
    };
    const path = put('hand.json', { dataset: declaration, epochs: 3 });
    expect((await data('add', path)).out).toBe(
      'hand is declared: configs may name it, as npm run train -- --dataset hand does\n',
    );
    expect((await data('add', put('bare.json', declaration), '--name', 'other-hand')).code).toBe(0);
    const changed = put('changed.json', { ...declaration, scaling: 'none' });
    expect((await data('add', changed)).error).toContain(
      'dataset hand: something else was declared under this name, expected another name; npm run data -- delete hand',
    );
    const absent = put('absent.json', { ...declaration, train: [{ key: 'imports/hand/none.csv' }] });
    expect((await data('add', absent)).error).toMatch(
      /absent\.json: the bucket has no imports\/hand\/none\.csv/,
    );
    const named = await app.execute('stateMachine', 'hand', {
      ...{ dataset: 'hand', output: 'identity', loss: 'meanSquaredError', epochs: 1, model: 'hand' },
    });
    expect([named.status, named.cause]).toEqual(['SUCCEEDED', undefined]);
  });

  it('takes a folder of pictures', async () => {
    for (const [name, pieces] of shapeFiles(30, 1)) await writeFile(join(folder, 'Signs', name), pieces);
    const added = await data('add', join(folder, 'Signs'), '--size', '8x8', '--channels', '1', '--json');
    expect([added.code, added.error]).toEqual([0, expect.stringContaining('30 pictures of 3 classes')]);
    const { dataset } = JSON.parse(added.out) as { dataset: object };
    expect(dataset).toMatchObject({ name: 'signs', pictures: { height: 8, width: 8, channels: 1 } });
    const trained = await train('--dataset', 'signs', '--hidden', '8', '--epochs', '1', '--batch-size', '4');
    expect([trained.error, trained.code]).toEqual(['', 0]);
    const shape = (await manifestOf('signs'))!.inputShape;
    expect(shape.reduce((product, size) => product * size)).toBe(64);
  });

  it('brings a local cloud where none runs, and takes it away again', async () => {
    const alone = makeDataFolder(join(folder, 'alone'));
    const csv = put('alone.csv', houses('regression', 40));
    const { code, out, error } = await outcome('commands/data.ts', [
      'add',
      csv,
      '--target',
      'price',
      '--data',
      alone,
    ]);
    expect([code, error]).toEqual([0, '']);
    expect(out).toContain('uploaded as imports/alone/');
    const listed = await outcome('commands/data.ts', ['list', '--data', alone]);
    expect([listed.code, listed.error]).toEqual([1, expect.stringContaining('no local cloud runs on')]);
  });
});

describe('npm run data -- delete', () => {
  it('keeps the files that another dataset is made of, until that one goes', async () => {
    const csv = put('zones.csv', houses('classification', 120));
    await data('add', csv, '--target', 'class');
    await data('add', csv, '--target', 'class', '--ignore', 'heating');
    // One that only a config has declared, which uses the same file, has been prepared already.
    const { declaration } = JSON.parse((await data('show', 'zones')).out) as { declaration: CsvDataset };
    const own = { ...declaration, name: 'zones-of-old', split: { testShare: 0.5 } };
    const { status } = await app.execute('stateMachine', 'old', { dataset: own, epochs: 1, model: 'old' });
    expect(status).toBe('SUCCEEDED');
    await app.store.createImmutable(KEYS.importedWeights('zones', 'npz'), Buffer.of(1));
    const [file] = declaration.train;

    const first = await data('delete', 'zones');
    expect(first.out).toContain('deleted zones, 1 objects\n');
    expect(first.out).toMatch(new RegExp(`^kept ${file!.key}, which zones-(2|of-old) is made of, too$`, 'm'));
    expect(await imported()).toContain(file!.key);
    const again = await app.execute('stateMachine', 'zones-2', {
      dataset: 'zones-2',
      epochs: 1,
      model: 'zones',
    });
    expect([again.status, again.cause]).toEqual(['SUCCEEDED', undefined]);
    expect((await data('delete', 'zones-2')).error).toContain('zones 1 was trained on it');
    const second = await data('delete', 'zones-2', '--force', '--json');
    expect(JSON.parse(second.out)).toMatchObject({ kept: [{ key: file!.key, dataset: 'zones-of-old' }] });
    await data('delete', 'zones-of-old', '--force');
    // What a config alone had declared says no more where its files were; the name that they were uploaded for does.
    expect((await data('delete', 'zones')).out).toBe('deleted zones, 1 objects\n');
    const left = await imported();
    expect(left).not.toContain(file!.key);
    expect(left).toContain(KEYS.importedWeights('zones', 'npz'));
    expect((await data('delete', 'zones')).error).toContain('dataset zones: unknown');
  });

  it('of the last dataset of a file takes the file along', async () => {
    const csv = put('last.csv', houses('classification', 60));
    await data('add', csv, '--target', 'class');
    await data('add', csv, '--target', 'class', '--ignore', 'heating');
    const files = (await imported()).filter((key) => key.startsWith('imports/last/'));
    expect(files).toHaveLength(1);
    expect((await data('delete', 'last')).out).toContain(`kept ${files[0]}, which last-2 is made of, too\n`);
    expect((await data('delete', 'last-2')).out).toBe('deleted last-2, 2 objects\n');
    expect((await imported()).filter((key) => key.startsWith('imports/last/'))).toEqual([]);
  });
});

describe('a wrong turn', () => {
  it.each<[string[], string]>([
    [['add'], 'npm run data -- COMMAND [options]'],
    [['list', '--target', 'a'], '--target: goes with add'],
    [['list', '--force'], '--force: goes with delete'],
    [['show', 'homs'], 'dataset homs: unknown, did you mean homes?'],
    [['add', join(folder, 'no.csv'), '--target', 'a'], 'no.csv: ENOENT'],
    [['add', join(folder, 'hand.json'), '--target', 'a'], '--target: goes with data;'],
    [['add', join(folder, 'Signs'), '--task', 'regression'], '--task: goes with a table'],
    [['add', join(folder, 'zones.csv'), '--size', '8x8'], '--size: goes with a folder of pictures'],
  ])('%j is told the way', async (words, message) => {
    const { code, error } = await data(...words);
    expect(error).toContain(message);
    expect(code).not.toBe(0);
  });

  it('a config that names an unknown dataset, from a command and in the state machine', async () => {
    const { code, error } = await train('--dataset', 'homse', '--exit');
    expect([code, error]).toEqual([2, 'dataset homse: unknown, did you mean homes?\n']);
    const { status, cause } = await app.execute('stateMachine', 'unknown', { dataset: 'homse' });
    expect([status, cause]).toEqual([
      'FAILED',
      expect.stringMatching(
        /config\.dataset: got .*homse.*, expected one of mnist, .*, or one that was added/,
      ),
    ]);
  });
});
