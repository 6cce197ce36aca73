/**
 * Parquet as a table of one's own. The files are of 60 rows in groups of 25, written by pyarrow 25 with each compression: a
 * zip code of digits, a dictionary of texts, float32, int64, truths, decimals, times, lists, and a price that is NaN once.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { DatasetError } from '../../../core/errors.ts';
import { openOwn } from '../../../scripts/client/own-file.ts';
import { csvOfParquet } from '../../../scripts/client/own-parquet.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { outcome } from '../command.ts';

const app = useCloud();
const folder = mkdtempSync(join(tmpdir(), 'stepnet-parquet-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const FILES = join(import.meta.dirname, '../../fixtures/tables');
const read = async (path: string) =>
  csvOfParquet(await openOwn('--table', path), mkdtempSync(join(folder, 'csv-')));

describe('a Parquet file as CSV', () => {
  it.each(['snappy', 'gzip', 'brotli', 'zstd'])('has its values, with %s', async (codec) => {
    const { file, texts, leftOut } = await read(join(FILES, `${codec}.parquet`));
    expect([texts, leftOut]).toEqual([['zip', 'district'], ['tags']]);
    const lines = gunzipSync(readFileSync(file.path)).toString().split('\n');
    expect(lines).toHaveLength(62);
    expect(lines.slice(0, 7)).toEqual([
      'zip,district,area,rooms,garden,tax,sold,tags,price',
      '000,north,40,1,true,0,2024-01-01T12:30:00.123Z,,130',
      '007,"so""uth, old",49.25,6,false,0.25,2024-01-02T12:30:01.123Z,,207.75',
      '014,,58.5,4,,1,2024-01-03T12:30:02.123Z,,215.5',
      '001,north,67.75,2,false,2.25,2024-01-04T12:30:03.123Z,,223.25',
      '008,"so""uth, old",77,7,true,4,2024-01-05T12:30:04.123Z,,301',
      '015,,,5,false,6.25,2024-01-06T12:30:05.123Z,,188.75',
    ]);
    // The first row of the second group, and the last one, whose price is no number.
    expect(lines[26]).toMatch(/^015,"so""uth, old",71\.25,7,/);
    expect(lines[60]).toMatch(/^013,,\d+(\.\d+)?,2,false,.*,,$/);
  });

  it('that is compressed in another way, or damaged, is refused by name', async () => {
    await expect(read(join(FILES, 'lz4.parquet'))).rejects.toThrow(
      /lz4\.parquet: .*LZ4_RAW; expected Snappy, GZIP, Brotli, Zstandard or none/,
    );
    const cut = join(folder, 'cut.parquet');
    writeFileSync(cut, readFileSync(join(FILES, 'zstd.parquet')).subarray(0, 3000));
    await expect(read(cut)).rejects.toThrow(DatasetError);
    await expect(read(cut)).rejects.toThrow(/cut\.parquet: /);
  });
});

const train = (...words: string[]) => outcome('commands/train.ts', [...words, '--data', app.folder]);

describe('npm run train -- --table', () => {
  it('keeps the types of Parquet, trains, and takes texts of digits as such', async () => {
    const path = join(folder, 'Homes.parquet');
    writeFileSync(path, readFileSync(join(FILES, 'zstd.parquet')));
    const { code, out, error } = await train(
      '--table',
      path,
      '--target',
      'price',
      '--test',
      path,
      '--epochs',
      '3',
    );
    expect([error, code]).toEqual(['', 0]);
    expect(out).toContain('Homes.parquet: left out tags, of which there is no text');
    expect(out).toMatch(/^zip +categorical +20 categories/m);
    expect(out).toMatch(/^area +numeric +numbers +5 +40, 49\.25/m);
    expect(out).toMatch(/^garden +categorical +2 categories/m);
    expect(out).toMatch(/^sold +ignore +(dates|another text in each row)/m);
    expect(out).toMatch(/^tags +ignore +empty/m);
    expect(out).toMatch(/Homes\.parquet: uploaded as imports\/homes\/[0-9a-f]{12}-gz\/Homes\.csv\.gz$/m);
    const row = { zip: '007', district: 'north', area: 50, rooms: 3, garden: true, tax: 2 };
    const asked = async (more: object) => app.ask('/predict?model=homes', { rows: [{ ...row, ...more }] });
    const answer = (await (await asked({})).json()) as { predictions: { unknown?: object }[] };
    expect(answer.predictions[0]).toEqual({ values: { price: expect.any(Number) } });
    const strange = (await (await asked({ zip: '999' })).json()) as typeof answer;
    expect(strange.predictions[0]!.unknown).toEqual({ zip: '999' });
  });

  it('is what --csv takes as well, and has nothing to be told of how it is written', async () => {
    const path = join(FILES, 'snappy.parquet');
    const shown = await train('--csv', path, '--target', 'rooms', '--dry-run');
    expect([shown.code, shown.error]).toEqual([0, '']);
    expect(shown.out).toMatch(/^rooms +categorical +predicted, 7 classes/m);
    const told = await train('--table', path, '--target', 'rooms', '--delimiter', ';');
    expect([told.code, told.error]).toEqual([2, expect.stringContaining('--delimiter: goes with CSV, and ')]);
    const both = await train('--table', path, '--csv', path, '--target', 'rooms');
    expect([both.code, both.error]).toEqual([2, '--table: got it beside --csv, expected one of the two\n']);
  });
});
