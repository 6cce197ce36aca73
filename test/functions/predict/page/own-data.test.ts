/** The page with models of one's own tables and pictures. */
import { beforeAll, describe, expect, it } from 'vitest';
import { pictureRow } from '../../../../core/ingest/picture-row.ts';
import { houseRows, houseSchema } from '../../../../scripts/lab/generate/csv-tables.ts';
import { drawShape, pngOf, SHAPES } from '../../../../scripts/lab/generate/shape-pictures.ts';
import { useCloud } from '../../../support/test-cloud.ts';
import { curled, DESKTOP, needsBrowser, PHONE, TABLET, usePages } from '../../support/page-browser.ts';
import { DIGITS_JOB } from '../../support/page-jobs.ts';
import { dropping, pixelsIn, SHAPES_FORM, uploadShapes } from '../../support/page-pictures.ts';

describe('the page', needsBrowser, () => {
  const app = useCloud({ hasMnist: true });
  const { open, photograph, photographInLooks, complaints } = usePages(app);
  const getJson = async (path: string) => (await app.ask(`/${path}`)).json();

  beforeAll(async () => {
    expect(await app.execute('stateMachine', 'first', DIGITS_JOB)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('asks a model of a table by a form, with what its training set had, and tells the same as the API', async () => {
    const upload = async (name: string, first: number, rows: number) => {
      const key = `imports/houses/${name}`;
      const text = [...houseRows('classification', first, rows, 1)].join('');
      await app.store.createImmutable(key, Buffer.from(text));
      return [{ key }];
    };
    const dataset = {
      name: 'houses',
      format: 'csv',
      train: await upload('train.csv', 0, 500),
      test: await upload('test.csv', 500, 100),
      ...houseSchema('classification'),
    };
    const config = { dataset, layers: [10, 8, 3], iterations: 100, batchSize: 50, model: 'houses' };
    expect(await app.execute('stateMachine', 'houses', config)).toMatchObject({ status: 'SUCCEEDED' });

    const page = await open('#draw', { viewport: DESKTOP });
    await page.locator('#models').selectOption('houses');
    await page.getByText('houses takes rows of 5 columns.').waitFor();
    expect(page.url()).toMatch(/#draw\/houses$/);
    const { columns } = (await getJson('models/houses')) as { columns: { min: number; max: number }[] };
    await page.getByText(`${columns[1]!.min} to ${columns[1]!.max}`).waitFor();
    expect(await page.locator('#pad').isVisible()).toBe(false);
    await page.getByLabel('area', { exact: true }).fill('191.5');
    await page.getByLabel('age', { exact: true }).fill('3');
    await page.getByLabel('rooms', { exact: true }).fill('6');
    await page.getByLabel('district', { exact: true }).selectOption({ index: 1 });
    const district = await page.getByLabel('district', { exact: true }).inputValue();
    await page.getByLabel('heating', { exact: true }).focus();
    await page.keyboard.press('End');
    const heating = await page.getByLabel('heating', { exact: true }).inputValue();
    await page.getByRole('button', { name: 'Predict' }).focus();
    await page.keyboard.press('Enter');
    const row = { area: 191.5, age: 3, rooms: 6, district, heating };
    const said = (await (await app.ask('/predict?model=houses', { rows: [row] })).json()) as Rows;
    const { className, probabilities, class: best } = said.predictions[0]!;
    await page.getByText(`${className}, ${(probabilities[best]! * 100).toFixed(2)} %`).waitFor();
    expect(await curled(page)).toEqual(said);
    await photographInLooks(page, 'rows', { viewport: DESKTOP });
    await page.getByLabel('age', { exact: true }).fill('');
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.getByRole('alert').getByText('column "age"').waitFor();
    expect(complaints.splice(0).filter((complaint) => !complaint.includes('status of 422'))).toEqual([]);
    await page.reload();
    await page.getByText('houses takes rows of 5 columns.').waitFor();

    for (const look of [{ viewport: PHONE, colorScheme: 'dark' }, { viewport: TABLET }] as const) {
      const other = await open('#draw/houses', look);
      await other.getByRole('button', { name: 'Predict' }).click();
      await other.getByRole('rowheader', { name: 'middling' }).waitFor();
      await photograph(other, 'rows', look);
    }

    // Another model of pictures has its pad again.
    await page.locator('#models').selectOption('mnist');
    await page.locator('#pad').waitFor();
    await page.locator('#models').selectOption('houses');
    await page.getByRole('link', { name: 'Model', exact: true }).click();
    await page.getByRole('heading', { name: 'houses, version 1' }).waitFor();
    await page.getByRole('table').filter({ hasText: 'middling' }).first().waitFor();
  });

  it('takes dropped pictures of one’s own, and shows what the network sees of each', async () => {
    const form = SHAPES_FORM;
    const config = { ...(await uploadShapes(app.store)), hidden: [32], model: 'shapes' };
    expect(await app.execute('stateMachine', 'shapes', config)).toMatchObject({ status: 'SUCCEEDED' });

    const page = await open('#draw/shapes', { viewport: DESKTOP });
    await page.getByText('shapes takes pictures, which become 16 × 12 coloured pixels.').waitFor();
    expect(await page.locator('#pad').isVisible()).toBe(false);
    const drawn = SHAPES.map((shape, row) => ({ shape, picture: drawShape(shape, 200 + row, 2) }));
    const files = drawn.map(({ shape, picture }) => ({
      name: `${shape}.png`,
      mimeType: 'image/png',
      buffer: Buffer.from(pngOf(picture)),
    }));
    const [choosing] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Choose pictures' }).click(),
    ]);
    await choosing.setFiles([...files, { name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no') }]);
    const results = page.locator('#picture-results');
    await results.getByRole('heading', { name: '4 pictures' }).waitFor();
    for (const { shape, picture } of drawn) {
      const line = results.getByRole('row').filter({ hasText: `${shape}.png` });
      await line.getByRole('cell', { name: shape, exact: true }).waitFor();
      await line.getByRole('img', { name: `${shape}.png as 16 by 12 pixels` }).waitFor();
      const seen = await page.evaluate<number[]>(pixelsIn(`${shape}.png as 16 by 12 pixels`));
      expect(seen.filter((_, at) => at % 4 < 3)).toEqual([...pictureRow(picture, form)]);
    }
    await results
      .getByRole('row')
      .filter({ hasText: 'no.png' })
      .getByText('expected a PNG or JPEG file')
      .waitFor();
    expect(complaints.splice(0).filter((complaint) => !complaint.includes('status of 400'))).toEqual([]);
    for (const look of [{ viewport: DESKTOP }, { viewport: PHONE, colorScheme: 'dark' }] as const) {
      const other = await open('#draw/shapes', look);
      await other.getByText('shapes takes pictures').waitFor();
      await other.evaluate(dropping({ 'bar.png': files[0]!.buffer }));
      await other.getByRole('heading', { name: '1 picture', exact: true }).waitFor();
      await photograph(other, 'own-pictures', look);
    }
    const report = await open('#model/shapes', { viewport: TABLET });
    const weights = report.getByRole('img', { name: 'Weights of unit 31' });
    await weights.waitFor();
    expect([await weights.getAttribute('width'), await weights.getAttribute('height')]).toEqual(['16', '12']);
    await photographInLooks(report, 'own-pictures-model', { viewport: TABLET });
    // A model of digits has its pad again.
    await page.locator('#models').selectOption('mnist');
    await page.locator('#pad').waitFor();
    await page.goto('about:blank');
  });

  it('has left no complaint on any console', () => {
    expect(complaints).toEqual([]);
  });
});

interface Rows {
  predictions: { class: number; className: string; probabilities: number[] }[];
}
