/** The wrong turns that people took with data of their own: each message leads to the next step, which is then taken. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PARAMETERS } from '../../../functions/contract/stacks.ts';
import { houseRows, houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';
import { serving, startServer, type TestServer } from '../../functions/support/http-server.ts';
import { TestCloud } from '../../support/test-cloud.ts';
import { outcome } from '../command.ts';

const HOUSES = [...houseRows('classification', 0, 120, 1)].join('');
const KEY = 'imports/estates/train.csv';
const folder = mkdtempSync(join(tmpdir(), 'stepnet-turns-'));
let server: TestServer;
let app: TestCloud;
beforeAll(async () => {
  server = await startServer(serving(Buffer.from(HOUSES)));
  app = new TestCloud();
  await app.start();
  await app.store.createImmutable(KEY, Buffer.from(HOUSES));
});
afterAll(async () => {
  await app.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const config = (name: string, train: object, more: object = {}, declared: object = {}) => ({
  dataset: {
    name,
    format: 'csv',
    train: [train],
    split: { testShare: 0.25 },
    ...houseSchema('classification'),
    ...declared,
  },
  hidden: [8],
  epochs: 1,
  batchSize: 10,
  model: name,
  ...more,
});

/** What people see of `npm run train` with this config. */
function train(input: object, where = app.folder) {
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify(input));
  return outcome('commands/train.ts', [path, '--data', where]);
}

describe('a wrong turn with data of one’s own leads on', () => {
  it('a URL on the own machine: the operator may allow it', async () => {
    const input = config('by-url', { url: `${server.url}houses.csv` });
    const { code, error } = await train(input);
    expect(code).toBe(1);
    expect(error).toContain(
      'houses.csv: scheme http, expected https. Other mirrors, and http at any address, are allowed',
    );
    expect(error).toContain('which npm start takes as --dataset-mirrors and --mirror-access');
    expect(server.requests).toEqual([]);
    const allowed = new TestCloud({
      parameters: { [PARAMETERS.datasetMirrors]: server.url, [PARAMETERS.mirrorAccess]: 'any' },
    });
    try {
      await allowed.start();
      const again = await train(input, allowed.folder);
      expect([again.error, again.code]).toEqual(['', 0]);
    } finally {
      await allowed.close();
    }
  });

  it('a key under which nothing is: the file has to be there before', async () => {
    const { code, error } = await train(config('by-key', { key: 'imports/estates/trian.csv' }));
    expect(code).toBe(1);
    expect(error).toContain(
      "imports/estates/trian.csv is not there. Files that a declaration names by key have to be in the app's bucket before",
    );
    expect(error).toContain('npm run train -- --csv FILE uploads a table');
    const path = join(folder, 'by-csv.csv');
    writeFileSync(path, HOUSES);
    const again = await outcome('commands/train.ts', [
      '--csv',
      path,
      '--target',
      'class',
      '--epochs',
      '1',
      '--data',
      app.folder,
    ]);
    expect([again.error, again.code]).toEqual(['', 0]);
  });

  it('layers of a wrong size: the right ones are said', async () => {
    const { hidden: _, ...input } = config('layered', { key: KEY }, { layers: [5, 8, 3] });
    const { code, error } = await train(input);
    expect(code).toBe(1);
    expect(error).toContain('layers[0]: got 5, expected ');
    const [, layers, hidden] =
      /the inputs of dataset layered: "layers": (\[[\d,]+\]), or "hidden": (\[8\])/.exec(error)!;
    for (const right of [
      { layers: JSON.parse(layers!) as number[] },
      { hidden: JSON.parse(hidden!) as number[] },
    ]) {
      const again = await train({ ...input, layers: undefined, ...right });
      expect([right, again.error, again.code]).toEqual([right, '', 0]);
    }
  });

  it('a column that the file does not have: those that it has are said', async () => {
    const { columns } = houseSchema('classification');
    const misnamed = columns.map((column) => (column.name === 'age' ? { ...column, name: 'years' } : column));
    const { code, error } = await train(config('misnamed', { key: KEY }, {}, { columns: misnamed }));
    expect(code).toBe(1);
    expect(error).toMatch(
      /header: no column "years", got area, age, rooms, district, heating, reference, class, expected the columns area, years, /,
    );
    const missing = await train(config('missing', { key: KEY }, {}, { label: { column: 'prize' } }));
    expect(missing.code).toBe(2);
    expect(missing.error).toMatch(/label\.column: got "prize", expected one of area, age, .*, class/);
  });

  it('a row without a column that the model wants: which one it is', async () => {
    const row = { area: 84, age: 3, rooms: 3, district: 'north', heating: 'gas' };
    expect((await train(config('asked', { key: KEY }))).error).toBe('');
    const { age: _, ...short } = row;
    const refused = await app.ask('/predict?model=asked', { rows: [short] });
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
      422,
      expect.stringContaining('rows[0]: column "age": absent from the row'),
    ]);
    expect((await app.ask('/predict?model=asked', { rows: [row] })).status).toBe(200);
  });
});
