/** The page's runs in a browser: the table, the plots, addresses, and what is said of runs that are no success. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { KEYS } from '../../../../functions/contract/keys.ts';
import { NOT_EVALUATED } from '../../../../functions/run/step-metrics.ts';
import { DEFAULT_JOB, type JobConfig } from '../../../../functions/schemas/config.ts';
import type { RunStatus, StepMetrics } from '../../../../functions/schemas/documents.ts';
import { encodeJson } from '../../../../functions/store/json.ts';
import { someRunConfig } from '../../../support/documents.ts';
import { useCloud } from '../../../support/test-cloud.ts';
import { DESKTOP, LOOKS, layoutShift, needsBrowser, PHONE, usePages } from '../../support/page-browser.ts';

const STEPS_PER_EPOCH = 100;
const EPOCHS = 8;
const RATES = [0.05, 0.5, 10, 0.2, 1, 2];
const ACCURACIES = [0.71, 0.93, 0.12, 0.88, 0.957, 0.9];
const STARTED = Date.parse('2026-11-24T08:00:00.000Z');
const figures = (accuracy: number) => ({
  ...NOT_EVALUATED,
  trainAccuracy: accuracy + 0.01,
  testAccuracy: accuracy,
});
/** It rises to the last one, and the loss falls to a thousandth. */
const accuracyAt = (index: number, epoch: number) => 0.1 + (ACCURACIES[index]! - 0.1) * (epoch / EPOCHS);
const lossAt = (epoch: number) => 2 * 1000 ** (-epoch / EPOCHS) + (epoch % 2 === 1 ? 0.3 : 0);

describe("the page's runs", needsBrowser, () => {
  const app = useCloud();
  const { open, photograph, complaints } = usePages(app);
  const idOf = (index: number) => `rates-000${index}`;

  afterEach(() => {
    expect(complaints.splice(0)).toEqual([]);
  });

  async function put(
    runId: string,
    {
      epochs = EPOCHS,
      config = {},
      status,
    }: { epochs?: number; config?: Partial<JobConfig>; status: Partial<RunStatus> },
    index = 0,
  ): Promise<void> {
    const { store } = app;
    const job = { ...DEFAULT_JOB, ...config };
    const time = new Date(STARTED + 60_000 * index).toISOString();
    const run = someRunConfig({
      runId,
      config: job,
      totalSteps: EPOCHS * STEPS_PER_EPOCH,
      stepsPerEpoch: STEPS_PER_EPOCH,
    });
    await store.createImmutable(KEYS.runConfig(runId), encodeJson(run));
    for (let epoch = 0; epoch <= epochs; epoch++) {
      const metrics: StepMetrics = {
        formatVersion: 1,
        step: epoch * STEPS_PER_EPOCH,
        epoch,
        loss: epoch === 0 ? null : lossAt(epoch),
        ...figures(accuracyAt(index, epoch)),
        checkpoint: null,
        timing: {
          imagesPerSecond: 5000,
          billedMs: 1,
          estimatedDollars: 0.001,
          runDollars: 0.001 * (epoch + 1),
          loadMs: 0,
          trainMs: 1,
          evaluateMs: 0,
          saveMs: 0,
        },
      };
      await store.createImmutable(KEYS.metrics(runId, metrics.step), encodeJson(metrics));
    }
    const document = {
      state: 'succeeded',
      startedAt: time,
      updatedAt: new Date(Date.parse(time) + 3_725_000).toISOString(),
      settings: { ...job },
      ...status,
    };
    await store.createImmutable(KEYS.status(runId), encodeJson(document));
  }

  const rowNames = (page: Page) => page.locator('#run-table tbody th a').allTextContents();
  const heads = (page: Page) => page.locator('#run-table thead button').allTextContents();

  it('says what to do while there are no runs', async () => {
    const page = await open('#runs', { viewport: PHONE });
    await page.getByText('There are no runs yet.').waitFor();
    await page.getByText('npm run train').waitFor();
    expect(await page.locator('#run-count').textContent()).toBe('0 runs');

    for (const [index, learningRate] of RATES.entries()) {
      const { trainAccuracy, testAccuracy, trainLoss, testLoss, testCost } = figures(ACCURACIES[index]!);
      const ended = { trainAccuracy, testAccuracy, trainLoss, testLoss, testCost };
      await put(
        idOf(index),
        {
          config: { learningRate, optimizer: index === 4 ? 'adam' : 'sgd' },
          status: { figures: { epoch: EPOCHS, loss: lossAt(EPOCHS), ...ended, dollars: 0.009 } },
        },
        index,
      );
    }
  });

  it('shows the settings in which runs differ and no others, the newest first, and marks the best', async () => {
    const page = await open('#runs', { viewport: DESKTOP });
    await page.getByRole('row', { name: /rates-0005/ }).waitFor();
    expect(await rowNames(page)).toEqual([5, 4, 3, 2, 1, 0].map(idOf));
    const names = await heads(page);
    expect(names).toEqual(expect.arrayContaining(['learningRate', 'optimizer', 'Test accuracy', 'Elapsed']));
    expect(names.filter((name) => ['batchSize', 'seed', 'layers', 'dataset', 'Left'].includes(name))).toEqual(
      [],
    );
    const row = page.getByRole('row', { name: /rates-0004/ });
    expect(await row.getByRole('cell').allTextContents()).toEqual(
      expect.arrayContaining(['succeeded', '95.70 %', '1', 'adam', '1 h 2 min', '$0.009000']),
    );
    expect(await page.locator('#run-table tr.best th a').allTextContents()).toEqual([idOf(4)]);
    await row.getByText('best', { exact: true }).waitFor();
  });

  it('sorts by any column, by keyboard too, and keeps the focus there', async () => {
    const page = await open('#runs', { viewport: DESKTOP });
    const byAccuracy = page.getByRole('button', { name: 'Test accuracy' });
    await byAccuracy.click();
    const order = [4, 1, 5, 3, 0, 2];
    expect(await rowNames(page)).toEqual(order.map(idOf));
    await page.keyboard.press('Enter');
    expect(await rowNames(page)).toEqual(order.toReversed().map(idOf));
    expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    await page.getByRole('button', { name: 'learningRate' }).click();
    // 10 is more than 2, as numbers are.
    expect(await rowNames(page)).toEqual([2, 5, 4, 1, 3, 0].map(idOf));
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    expect(await rowNames(page)).toEqual([0, 1, 2, 3, 4, 5].map(idOf));
  });

  it('finds runs by words, settings, state and the begin of their ids', async () => {
    const page = await open('#runs', { viewport: PHONE });
    await page.getByRole('row', { name: /rates-0005/ }).waitFor();
    await page.getByLabel('Search').fill('ADAM learningRate=1');
    expect(await rowNames(page)).toEqual([idOf(4)]);
    await page.getByLabel('Search').fill('learningrate=0.');
    expect((await rowNames(page)).toSorted()).toEqual([0, 1, 3].map(idOf));
    await page.getByLabel('State').selectOption('failed');
    await page.getByText('No run matches the search and the state.').waitFor();
    await page.getByLabel('State').selectOption('all');
    await page.getByLabel('Search').fill('');
    // As many as there are colours are laid over each other.
    await page.getByLabel('Ids that begin with').fill('rates-');
    await page.locator('#accuracy-legend li').nth(5).waitFor();
    expect(await page.locator('#accuracy-legend li').allTextContents()).toEqual([5, 4, 3, 2, 1, 0].map(idOf));
    await page.getByLabel('Ids that begin with').fill('none');
    await page.getByText('No run has an id that begins so.').waitFor();
  });

  it('saves what is shown as CSV and JSON', async () => {
    const page = await open('#runs', { viewport: DESKTOP });
    await page.getByLabel('Search').fill('learningrate=0.');
    await page.getByRole('button', { name: 'Test accuracy' }).click();
    const saved = async (name: string) => {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name }).click();
      return readFile(await (await download).path(), 'utf8');
    };
    const json = JSON.parse(await saved('Save JSON')) as Record<string, Record<string, unknown>>[];
    expect(json.map(({ runId }) => runId)).toEqual([1, 3, 0].map(idOf));
    expect(json[0]).toMatchObject({
      state: 'succeeded',
      testAccuracy: 0.93,
      elapsedSeconds: 3725,
      settings: { learningRate: 0.5 },
    });
    const [head, ...lines] = (await saved('Save CSV')).trimEnd().split('\r\n');
    const at = (name: string) => head!.split(',').indexOf(name);
    expect(lines).toHaveLength(3);
    expect(lines[2]!.split(',')[at('runId')]).toBe(idOf(0));
    expect(lines[2]).toContain(',"[784,50,10]",');
    expect(lines[2]!.split(',')[at('testAccuracy')]).toBe('0.71');
  });

  it('has an address for each choice of runs, which survives a reload and the way back', async () => {
    const page = await open('#runs', { viewport: DESKTOP });
    await page.getByRole('link', { name: idOf(1) }).click();
    await page.locator('#accuracy-legend').getByText(idOf(1)).waitFor();
    expect(page.url()).toMatch(/#runs\/rates-0001$/);
    await page.getByRole('checkbox', { name: idOf(3) }).check();
    expect(page.url()).toMatch(/#runs\/rates-0001,rates-0003$/);
    await page.reload();
    await page.locator('#accuracy-legend').getByText(idOf(3)).waitFor();
    expect(await page.locator('#accuracy-legend li').allTextContents()).toEqual([1, 3].map(idOf));
    await page.goBack();
    await page.locator('#accuracy-legend').getByText(idOf(5)).waitFor();
    expect(await page.locator('#accuracy-legend li').count()).toBe(1);
  });

  it('tells the values under the pointer and by keys, in the names of the runs', async () => {
    const page = await open(`#runs/${idOf(1)},${idOf(4)}`, { viewport: DESKTOP });
    const plot = page.locator('#accuracy-plot');
    await plot.locator('polyline.s1').first().waitFor();
    const box = (await plot.boundingBox())!;
    const tip = plot.locator('.tip');
    // Near the third of eight epochs.
    await page.mouse.move(box.x + 52 + ((box.width - 66) * 3.2) / EPOCHS, box.y + box.height / 2);
    await tip.getByText('epoch 3.00').waitFor();
    const told = (index: number, epoch: number) => `${(accuracyAt(index, epoch) * 100).toFixed(2)} %`;
    await tip
      .getByText(`${idOf(1)} test${told(1, 3)}`)
      .or(tip.getByText(told(1, 3)))
      .first()
      .waitFor();
    expect(await tip.locator('li').allTextContents()).toEqual(
      [1, 4].flatMap((index) => [
        `${idOf(index)} train${((accuracyAt(index, 3) + 0.01) * 100).toFixed(2)} %`,
        `${idOf(index)} test${told(index, 3)}`,
      ]),
    );
    await page.mouse.move(5, 5);
    expect(await tip.isVisible()).toBe(false);
    await plot.focus();
    await page.keyboard.press('End');
    await tip.getByText('epoch 8.00').waitFor();
    await page.keyboard.press('ArrowLeft');
    await tip.getByText('epoch 7.00').waitFor();
    await page.keyboard.press('Escape');
    expect(await tip.isVisible()).toBe(false);
  });

  const ticks = (page: Page, plot: string, anchor: string) =>
    page.locator(`${plot} text[text-anchor="${anchor}"]`).allTextContents();
  const epochsOf = async (page: Page, plot: string) => {
    const numbers = (await ticks(page, plot, 'middle')).map(Number).filter(Number.isFinite);
    return [Math.min(...numbers), Math.max(...numbers)];
  };

  it('zooms both plots by dragging, by keys and by buttons, and fits the height to what is shown', async () => {
    const page = await open(`#runs/${idOf(1)}`, { viewport: DESKTOP });
    const plot = page.locator('#accuracy-plot');
    await plot.locator('polyline.s0').first().waitFor();
    expect(await epochsOf(page, '#loss-plot')).toEqual([0, EPOCHS]);
    const box = (await plot.boundingBox())!;
    const xOf = (epoch: number) => box.x + 52 + ((box.width - 66) * epoch) / EPOCHS;
    await page.mouse.move(xOf(4), box.y + 60);
    await page.mouse.down();
    await page.mouse.move(xOf(6), box.y + 90, { steps: 4 });
    await page.mouse.up();
    for (const shown of ['#accuracy-plot', '#loss-plot']) {
      expect(await epochsOf(page, shown), shown).toEqual([expect.closeTo(4, 0), expect.closeTo(6, 0)]);
    }
    // The accuracies of epochs 4 to 6, and no longer 0 to 1.
    const heights = (await ticks(page, '#accuracy-plot', 'end')).map(Number);
    expect(Math.min(...heights)).toBeGreaterThan(0.45);
    expect(Math.max(...heights)).toBeLessThan(0.8);
    await page.getByRole('button', { name: 'Show all' }).click();
    expect(await epochsOf(page, '#accuracy-plot')).toEqual([0, EPOCHS]);

    await plot.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('+');
    const [from, to] = await epochsOf(page, '#accuracy-plot');
    expect([from, to]).toEqual([0, 4]);
    await page.keyboard.press('-');
    expect(await epochsOf(page, '#accuracy-plot')).toEqual([0, EPOCHS]);

    const phone = await open(`#runs/${idOf(1)}`, { viewport: PHONE });
    await phone.locator('#accuracy-plot polyline.s0').first().waitFor();
    await phone.getByRole('button', { name: 'Zoom in' }).tap();
    expect((await epochsOf(phone, '#loss-plot'))[0]).toBeGreaterThan(0);
    await phone.getByRole('button', { name: 'Zoom out' }).tap();
    expect(await epochsOf(phone, '#loss-plot')).toEqual([0, EPOCHS]);
    await phone.locator('#loss-plot').tap();
    await phone.locator('#loss-plot .tip').getByText('epoch 3.00').waitFor();
  });

  it('shows losses by their logarithm, and smoothed', async () => {
    const page = await open(`#runs/${idOf(1)}`, { viewport: DESKTOP });
    const curve = page.locator('#loss-plot polyline.s0');
    await curve.waitFor();
    const heights = async () =>
      (await curve.getAttribute('points'))!.split(' ').map((point) => Number(point.split(',')[1]));
    /** How much the curve goes up and down, in pixels. */
    const wobble = async () => {
      const ys = await heights();
      return ys.slice(2).reduce((sum, y, at) => sum + Math.abs(y - 2 * ys[at + 1]! + ys[at]!), 0);
    };
    const rough = await wobble();
    await page.getByLabel('Smoothing').fill('0.8');
    expect(await page.locator('#smoothing-value').textContent()).toBe('0.8');
    expect(await wobble()).toBeLessThan(rough / 2);
    await page.getByLabel('Smoothing').fill('0');
    await page.getByLabel('Log scale for losses').check();
    expect(await ticks(page, '#loss-plot', 'end')).toEqual(expect.arrayContaining(['0.01', '0.1', '1']));
    // Of accuracies it is not: their interest is near 1.
    expect(await ticks(page, '#accuracy-plot', 'end')).toContain('0.0');
  });

  it('says why a run has failed, what to do, what is being imported, and when a run will be done', async () => {
    await put('diverged', {
      epochs: 1,
      status: { state: 'failed', error: 'TrainingDivergedError', reason: 'output 3 is NaN at step 150' },
    });
    await put('timed-out', {
      epochs: 1,
      status: { state: 'failed', error: 'States.Timeout', reason: 'too slow' },
    });
    const recently = new Date(Date.now() - 60_000).toISOString();
    await put('half-way', {
      epochs: EPOCHS / 2,
      status: { state: 'running', startedAt: recently, updatedAt: recently },
    });
    await app.store.createImmutable(
      KEYS.status('weights'),
      encodeJson({ state: 'running', totalSteps: 0, startedAt: recently, updatedAt: recently }),
    );
    const page = await open('#runs/diverged,timed-out,half-way,weights', { viewport: DESKTOP });
    const said = page.locator('#run-outcomes');
    await said.getByText('TrainingDivergedError: output 3 is NaN at step 150').waitFor();
    await said.getByText('Lower learningRate').waitFor();
    await said.getByText('What was trained is kept.').waitFor();
    await said.getByText('weights is importing a file of weights').waitFor();
    const half = page.getByRole('row', { name: /half-way/ });
    await half.getByText(/^about 1 min \d+ s$/).waitFor();
    await half.getByText(/^1 min \d+ s$/).waitFor();
    await half.getByText('4.0 of 8.0').waitFor();
    await page.getByLabel('State').selectOption('running');
    expect((await rowNames(page)).toSorted()).toEqual(['half-way', 'weights']);
    await page.getByLabel('State').selectOption('failed');
    expect((await rowNames(page)).toSorted()).toEqual(['diverged', 'timed-out']);
  });

  it('says that the server was stopped and how to start it, and goes on by itself when it is back', async () => {
    const page = await open('#runs', { viewport: DESKTOP });
    await page.getByRole('row', { name: /rates-0005/ }).waitFor();
    await page.context().setOffline(true);
    await page.getByRole('alert').getByText('npm start -- --serve').waitFor();
    await page.getByRole('link', { name: 'Model' }).click();
    await page.getByRole('alert').getByText('The server does not answer').waitFor();
    await page.context().setOffline(false);
    await page.getByText('No model has been promoted yet.').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    // The browser reports what it could not reach, and nothing else.
    expect(
      complaints.splice(0).filter((complaint) => !complaint.includes('ERR_INTERNET_DISCONNECTED')),
    ).toEqual([]);
  });

  it.each(LOOKS)(
    'breaks no number at $viewport.width pixels in the $colorScheme scheme, and moves nothing while it loads',
    async (look) => {
      const page = await open('#runs', look);
      await page.getByRole('row', { name: /rates-0005/ }).waitFor();
      // Grid lines have no height, and so are not seen by Playwright.
      await page.locator('#accuracy-plot polyline').first().waitFor({ state: 'attached' });
      expect(await layoutShift(page)).toBeLessThan(0.02);
      await page.getByLabel('Ids that begin with').fill('rates-');
      await page.locator('#accuracy-legend li').nth(5).waitFor();
      const lines = await page
        .locator('#run-table .number')
        .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().height));
      expect(Math.max(...lines)).toBeLessThan(50);
      await page.locator('#accuracy-plot').focus();
      await page.keyboard.press('End');
      await photograph(page, 'sweep', look);
      await page.getByLabel('Ids that begin with').fill('');
    },
  );
});
