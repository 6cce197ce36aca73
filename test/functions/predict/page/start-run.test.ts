/** The page's form for a new run in a browser: made from the config's schema, by keyboard, as JSON, and what goes wrong. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { KEYS } from '../../../../functions/contract/keys.ts';
import { jobInputSchema } from '../../../../functions/schemas/config.ts';
import { useCloud } from '../../../support/test-cloud.ts';
import {
  curled,
  DESKTOP,
  LOOKS,
  layoutShift,
  needsBrowser,
  PHONE,
  usePages,
} from '../../support/page-browser.ts';
import { DIGITS_JOB } from '../../support/page-jobs.ts';

const MEANINGS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../functions/schemas/config-meanings.json'), 'utf8'),
) as Record<string, string>;

describe("the page's form for a run", needsBrowser, () => {
  const app = useCloud({ hasMnist: true });
  const { open, photograph, photographInLooks, complaints } = usePages(app);
  const getJson = async (path: string) => (await app.ask(`/${path}`)).json();
  const configOf = async (runId: string) =>
    JSON.parse(Buffer.from(await app.read(KEYS.runConfig(runId))).toString()) as {
      config: Record<string, unknown>;
    };
  const runIds = async () =>
    ((await getJson('runs')) as { runs: { runId: string }[] }).runs.map(({ runId }) => runId);
  const start = (page: Page) => page.getByRole('button', { name: 'Start', exact: true });
  /** A browser says on its console that a request was refused, and nothing else. */
  const expectOnly = (status: string) =>
    expect(complaints.splice(0).filter((complaint) => !complaint.includes(status))).toEqual([]);

  beforeAll(async () => {
    expect(await app.execute('stateMachine', 'first', DIGITS_JOB)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it.each(LOOKS)(
    'has a field with its meaning for each of the config, at $viewport.width pixels in the $colorScheme scheme',
    async (look) => {
      const page = await open('#train', look);
      await start(page).waitFor();
      expect(await layoutShift(page)).toBeLessThan(0.02);
      await photograph(page, 'train', look);
      expect(await page.getByLabel('seed', { exact: true }).isVisible()).toBe(false);
      await page.getByText('More', { exact: true }).click();
      for (const field of Object.keys(jobInputSchema.shape)) {
        // There is nothing to choose of it.
        if (field === 'precision') continue;
        const [first] = MEANINGS[field]!.split(/[.,;:`]/);
        const described = page.getByLabel(field, { exact: true });
        expect(await described.getAttribute('aria-describedby'), field).toBe(`config.${field}-help`);
        expect(await page.locator(`[id="config.${field}-help"]`).textContent(), field).toContain(first);
      }
      expect(await page.getByLabel('learningRate', { exact: true }).getAttribute('placeholder')).toBe('0.1');
      expect(await page.locator('[id="config.learningRate-help"]').textContent()).toContain(
        'above 0 to 1,000',
      );
      expect(await page.getByLabel('optimizer', { exact: true }).locator('option').allTextContents()).toEqual(
        ['sgd (default)', 'momentum', 'adagrad', 'adam'],
      );
      await page.getByLabel('learningRateSchedule', { exact: true }).selectOption('cosine');
      await page.getByLabel('final', { exact: true }).fill('0.001');
      await photograph(page, 'train-more', look);
    },
  );

  it('starts a run by keyboard alone, with what was typed and nothing else, and goes to its page', async () => {
    const page = await open('#train', { viewport: DESKTOP });
    await page.getByLabel('name', { exact: true }).focus();
    await page.keyboard.type('typed');
    // On over dataset, hidden, iterations, epochs and batchSize to the learning rate.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('20, 12');
    await page.keyboard.press('Tab');
    await page.keyboard.type('60');
    for (let tab = 0; tab < 3; tab++) await page.keyboard.press('Tab');
    await page.keyboard.type('0.25');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#runs\/typed$/);
    await page.locator('#run-outcomes').getByText('typed has succeeded').waitFor();
    await page.getByRole('checkbox', { name: /typed/, checked: true }).waitFor();
    const { config } = await configOf('typed');
    expect(config).toMatchObject({ layers: [784, 20, 12, 10], iterations: 60, learningRate: 0.25 });
    const { config: textbook } = await configOf('first');
    // All else is as without a form.
    const others = ({
      layers,
      iterations,
      learningRate,
      chunkIterations,
      evaluateEvery,
      ...rest
    }: object & Record<string, unknown>) => rest;
    expect(others(config)).toEqual(others(textbook));
    // The same again is the same run.
    expect(await curled(page)).toMatchObject({ id: 'typed', status: 'SUCCEEDED' });
  });

  it('says what is wrong at the field that it is about, and takes it back when that is right', async () => {
    const page = await open('#train', { viewport: PHONE });
    await page.getByLabel('learningRate', { exact: true }).fill('-1');
    await page.getByLabel('hidden', { exact: true }).fill('20, twelve');
    await page.getByText('More', { exact: true }).tap();
    await page.getByLabel('weightInit', { exact: true }).selectOption('normal');
    await page.getByLabel('std', { exact: true }).fill('99');
    // What is wrong is shown also where it was folded.
    await page.getByText('More', { exact: true }).tap();
    await start(page).tap();
    const wrong = (path: string) => page.locator(`[data-path="${path}"] > .wrong`);
    await wrong('config.learningRate').getByText('config.learningRate: got -1').waitFor();
    await wrong('config.hidden').getByText('config.hidden[1]: got "twelve"').waitFor();
    await wrong('config.weightInit.std').getByText('got 99').waitFor();
    expect(await page.getByLabel('std', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    // The first of them is where the keyboard goes on.
    expect(await page.evaluate('document.activeElement.id')).toBe('config.hidden');
    await photographInLooks(page, 'train-wrong', { viewport: PHONE });
    await page.getByLabel('learningRate', { exact: true }).fill('0.2');
    await start(page).tap();
    await wrong('config.learningRate').waitFor({ state: 'detached' });
    await wrong('config.hidden').waitFor();
    expectOnly('status of 422');
  });

  it('sends what was lost with the same key, so that one run comes of it, and another form with another', async () => {
    const page = await open('#train', { viewport: DESKTOP });
    await page.getByLabel('iterations', { exact: true }).fill('40');
    const before = await runIds();
    const keys: (string | undefined)[] = [];
    // The request arrives, and its answer does not.
    await page.route('**/runs', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      keys.push((await route.request().headerValue('idempotency-key')) ?? undefined);
      await route.fetch();
      return route.abort();
    });
    await start(page).click();
    await page.getByRole('alert').getByText('The server does not answer').waitFor();
    await page.unroute('**/runs');
    page.on('request', (request) => {
      if (request.method() === 'POST') keys.push(request.headers()['idempotency-key']);
    });
    await start(page).click();
    await page.waitForURL(/#runs\/mnist-/);
    const id = page.url().split('/').at(-1)!;
    await page.locator('#run-outcomes').getByText(`${id} has succeeded`).waitFor();
    expect((await runIds()).filter((runId) => !before.includes(runId))).toEqual([id]);
    await page.getByRole('link', { name: 'Train' }).click();
    await start(page).click();
    await page.waitForURL((url) => url.hash.startsWith('#runs/mnist-') && !url.hash.includes(id));
    expect(keys[0]).toMatch(/^\S{20,}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
    expectOnly('ERR_FAILED');
  });

  it("begins with another run's config, and shows of it what is not the default", async () => {
    const page = await open('#runs/first', { viewport: DESKTOP });
    await page.getByRole('link', { name: 'Start one with its config' }).click();
    await page.getByText('It begins with the config of first.').waitFor();
    const value = (field: string) => page.getByLabel(field, { exact: true }).inputValue();
    expect([await value('iterations'), await value('learningRate'), await value('hidden')]).toEqual([
      '1500',
      '0.5',
      '',
    ]);
    await page.getByLabel('As JSON').check();
    expect(JSON.parse(await value('Config'))).toEqual({ ...DIGITS_JOB });
  });

  it('begins with a small convolutional network, names what is wrong with a layer, and trains it', async () => {
    const page = await open('#train', { viewport: DESKTOP });
    await page.getByRole('button', { name: 'A small convolutional network' }).click();
    await page.getByText('It begins with: A small convolutional network.').waitFor();
    const hidden = page.getByLabel('hidden', { exact: true });
    const layers =
      '{"conv":8,"kernel":3,"padding":"same"}, {"maxPool":2}, {"conv":16,"kernel":3,"padding":"same"}, ';
    expect(await hidden.inputValue()).toBe(`${layers}{"maxPool":2}, 64`);
    expect(await page.getByLabel('activation', { exact: true }).locator('option:checked').textContent()).toBe(
      'relu',
    );
    const wrong = page.locator('[data-path="config.hidden"] > .wrong');
    for (const [text, said] of [
      [
        '{"conv":4,"kernel":3}, {"maxPool":27}, 64',
        'config.hidden[1].maxPool: got 27×27, expected at most 26×26',
      ],
      ['{"conv":4,"kernal":3}, 64', 'config.hidden[0]: unknown "kernal"'],
      ['{"conv":4, "kernel"', 'config.hidden: got "{\\"conv\\":4, \\"kernel\\"", expected array'],
    ] as const) {
      await hidden.fill(text);
      await start(page).click();
      await wrong.getByText(said).waitFor();
    }
    await photographInLooks(page, 'train-layers', { viewport: DESKTOP });
    await hidden.fill('{"conv":3,"kernel":[3,4],"stride":2}, {"maxPool":2}, 16');
    await page.getByLabel('epochs', { exact: true }).fill('');
    await page.getByLabel('iterations', { exact: true }).fill('30');
    await page.getByLabel('name', { exact: true }).fill('pictures');
    await start(page).click();
    await page.locator('#run-outcomes').getByText('pictures has succeeded').waitFor();
    const { config } = await configOf('pictures');
    expect(config).toMatchObject({
      layers: [[28, 28, 1], { conv: 3, kernel: [3, 4], stride: 2 }, { maxPool: 2 }, 16, 10],
      ...{ activation: 'relu', optimizer: 'adam', iterations: 30 },
    });
    // The table has it as people would write it, beside the runs of other layers.
    const row = page.locator('#run-table tbody tr').filter({ hasText: 'pictures' });
    await row.getByText('28×28×1 – conv 3 (3×4, stride 2) – maxPool 2 – 16 – 10').waitFor();
    await page.locator('#run-table').getByText('784-20-12-10').waitFor();
    await photographInLooks(page, 'runs-layers', { viewport: DESKTOP });
    await page.getByRole('link', { name: 'Start one with its config' }).click();
    await page.getByText('It begins with the config of pictures.').waitFor();
    expect(await hidden.inputValue()).toBe('{"conv":3,"kernel":[3,4],"stride":2}, {"maxPool":2}, 16');
    expectOnly('status of 422');
  });

  it('takes JSON, keeps what the form has no field for, and says what is wrong with it', async () => {
    const page = await open('#train', { viewport: DESKTOP });
    await page.getByLabel('hidden', { exact: true }).fill('[]');
    await page.getByLabel('optimizer', { exact: true }).selectOption('adam');
    await page.getByLabel('As JSON').check();
    const text = page.getByLabel('Config', { exact: true });
    expect(JSON.parse(await text.inputValue())).toEqual({ hidden: [], optimizer: 'adam' });
    await photographInLooks(page, 'train-json', { viewport: DESKTOP });
    await text.fill('{"hidden": [7], "earlyStopping": {"patience": 3}');
    await page.getByLabel('As JSON').click();
    await page.getByRole('alert').getByText('No JSON').waitFor();
    await text.fill('{"hidden": [7], "earlyStopping": {"patience": 3}}');
    await page.getByLabel('As JSON').uncheck();
    expect(await page.getByLabel('hidden', { exact: true }).inputValue()).toBe('7');
    await page.getByText('More', { exact: true }).click();
    expect(await page.getByLabel('patience', { exact: true }).inputValue()).toBe('3');
    await page.getByLabel('As JSON').check();
    await text.fill('{"learnRate": 1}');
    await page.getByLabel('As JSON').click();
    // There is no field for it, and so it stays what it is.
    expect(await page.getByLabel('As JSON').isChecked()).toBe(true);
    expect(JSON.parse(await text.inputValue())).toEqual({ learnRate: 1 });
    await start(page).click();
    await page.getByRole('alert').getByText('learnRate').waitFor();
    expectOnly('status of 422');
  });

  it('has left no complaint on any console', async () => {
    await vi.waitFor(async () => {
      const { runs } = (await getJson('runs')) as { runs: { status: { state: string } | null }[] };
      expect(runs.every(({ status }) => status?.state === 'succeeded')).toBe(true);
    });
    expect(complaints).toEqual([]);
  });
});
