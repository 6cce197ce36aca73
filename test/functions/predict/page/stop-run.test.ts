/** A run that is stopped from the page, and goes on from there. */
import { describe, expect, it } from 'vitest';
import { useCloud } from '../../../support/test-cloud.ts';
import { DESKTOP, needsBrowser, PHONE, usePages } from '../../support/page-browser.ts';
import { WATCHED_JOB } from '../../support/page-jobs.ts';

/** Long enough to be stopped in the midst of it. */
const LONG_JOB = { ...WATCHED_JOB, iterations: 3000 };

describe('a run on the page', needsBrowser, () => {
  const app = useCloud({ hasMnist: true });
  const { open, photographInLooks, complaints } = usePages(app);
  const getRun = async (id: string) =>
    (await (await app.ask(`/runs/${id}`)).json()) as {
      status: { state: string; stoppedAt?: string };
      metrics: { step: number }[];
    };

  it('is stopped when that was confirmed, and goes on to its end', async () => {
    expect((await app.ask('/runs', { config: LONG_JOB, name: 'long' })).status).toBe(201);
    const page = await open('#runs/long', { viewport: PHONE });
    const said = page.locator('#run-outcomes');
    const stop = page.getByRole('button', { name: 'Stop long' });
    await stop.tap();
    const dialog = page.getByRole('dialog', { name: 'Stop long?' });
    await dialog.getByText('npm run train -- --name long.1').waitFor();
    // Nobody stops anything by Enter alone.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel');
    await photographInLooks(page, 'stop', { viewport: PHONE });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.locator('#accuracy-plot polyline').first().waitFor({ state: 'attached' });
    expect((await getRun('long')).status).toMatchObject({ state: 'running' });
    expect((await getRun('long')).status.stoppedAt).toBeUndefined();
    await stop.tap();
    await dialog.getByRole('button', { name: 'Stop it' }).tap();
    await said.getByText('long was stopped.').waitFor();
    await page.getByRole('row', { name: /long/ }).getByText('stopped').waitFor();
    await photographInLooks(page, 'stopped', { viewport: PHONE });
    await page.getByLabel('State').selectOption('stopped');
    await page.getByRole('row', { name: /long/ }).waitFor();
    const { status, metrics } = await getRun('long');
    expect(status.stoppedAt).toBeDefined();
    expect(metrics.at(-1)!.step).toBeLessThan(LONG_JOB.iterations);
    await page.getByRole('button', { name: 'Go on long' }).tap();
    await page.getByLabel('State').selectOption('all');
    await said.getByText('long has succeeded').waitFor({ timeout: 150_000 });
    const steps = (await getRun('long')).metrics.map(({ step }) => step);
    expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
    expect(steps).toEqual(expect.arrayContaining(Array.from({ length: 31 }, (_, each) => 100 * each)));
    expect(steps.at(-1)).toBe(LONG_JOB.iterations);
    expect(complaints.splice(0)).toEqual([]);
  });

  it('says why it is not stopped when it has just ended', async () => {
    const page = await open('#runs/short', { viewport: DESKTOP });
    await page.getByText('short is not there yet').waitFor();
    // It is found by itself.
    await app.ask('/runs', { config: WATCHED_JOB, name: 'short' });
    await page.getByRole('button', { name: 'Stop short' }).click();
    await page.locator('#run-outcomes').getByText('short has succeeded').waitFor({ timeout: 150_000 });
    await page.getByRole('button', { name: 'Stop it' }).click();
    await page.getByRole('dialog', { name: 'It was not done' }).getByText('has ended').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    expect(complaints.splice(0).filter((complaint) => !/status of 409/.test(complaint))).toEqual([]);
  });
});
