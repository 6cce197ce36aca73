/** The page before there is anything, while a run trains, and with the models that came of it. */
import { describe, expect, it, vi } from 'vitest';
import { FIRST_ROWS } from '../../../support/mnist.ts';
import { howMany } from '../../../support/needs.ts';
import { useCloud } from '../../../support/test-cloud.ts';
import { HANDS } from '../../support/digit-strokes.ts';
import { answerOf, drawByMouse } from '../../support/draw.ts';
import { DESKTOP, needsBrowser, PHONE, TABLET, usePages } from '../../support/page-browser.ts';
import { DIGITS_JOB, WATCHED_JOB } from '../../support/page-jobs.ts';

describe('the page', needsBrowser, () => {
  const app = useCloud({ hasMnist: true });
  const { open, photograph, complaints } = usePages(app);
  const getJson = async (path: string) => (await app.ask(`/${path}`)).json();

  it('says that there is no model yet, and why it cannot answer', async () => {
    const page = await open('#model', { viewport: PHONE });
    await page.getByText('No model has been promoted yet').waitFor();
    await page.goto(`${app.http}/#runs`);
    await page.getByText('There are no runs yet.').waitFor();
    await page.goto(`${app.http}/#draw`);
    expect(complaints).toEqual([]);
    await drawByMouse(page, HANDS[0][1]!);
    await page.getByRole('alert').getByText('no version of mnist has been promoted yet').waitFor();
    // Left first: an answer may still be on its way.
    await page.goto('about:blank');
    // The browser itself reports an answer of 503 on the console, and nothing else.
    expect(complaints.splice(0).filter((complaint) => !complaint.includes('status of 503'))).toEqual([]);

    expect(await app.execute('stateMachine', 'first', DIGITS_JOB)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('shows a run grow while it trains, and lays two over each other', async () => {
    // Open before there is anything of the run to see: the view finds it by itself.
    const page = await open('#runs', { viewport: DESKTOP });
    await page.getByRole('checkbox', { name: /first/, checked: true }).waitFor();
    let isRunning = true;
    const run = app.execute('stateMachine', 'second', WATCHED_JOB).finally(() => {
      isRunning = false;
    });
    await vi.waitFor(
      async () => {
        const { runs } = (await getJson('runs')) as { runs: { runId: string }[] };
        expect(runs[0]?.runId).toBe('second');
      },
      { timeout: 150_000 },
    );
    // Coming back to the view makes it look at once.
    await page.getByRole('link', { name: 'Model' }).click();
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('checkbox', { name: /second/, checked: true }).waitFor();
    const points = async () =>
      (await page.locator('#accuracy-plot polyline.s0').first().getAttribute('points'))?.split(' ').length ??
      0;
    const seen = new Set<number>();
    await vi.waitFor(
      async () => {
        const count = await points();
        if (isRunning) seen.add(count);
        expect(count).toBe(WATCHED_JOB.iterations / WATCHED_JOB.evaluateEvery + 1);
      },
      { timeout: 150_000, interval: 100 },
    );
    expect(seen.size, `numbers of points seen while it ran: ${[...seen]}`).toBeGreaterThanOrEqual(2);
    expect(await run).toMatchObject({ status: 'SUCCEEDED' });

    await page.getByRole('checkbox', { name: /first/ }).check();
    const rows = page.locator('#run-table tbody tr');
    await rows.nth(1).waitFor();
    expect(await rows.count()).toBe(2);
    const coloured = (classes: string) => page.locator(`#accuracy-plot polyline.${classes}`).count();
    // Each run's two curves have its colour; the legend explains dashes and markers without one.
    expect([await coloured('s0'), await coloured('s1')]).toEqual([2, 2]);
    const { metrics } = (await getJson('runs/first')) as { metrics: { testAccuracy: number | null }[] };
    const last = metrics.findLast(({ testAccuracy }) => testAccuracy !== null)!.testAccuracy!;
    // What is used of the caps, for the run that has them.
    await rows
      .filter({ hasText: 'second' })
      .getByText(/^\$0\.\d+ of \$1\.0000$/)
      .waitFor();
    await rows
      .filter({ hasText: 'second' })
      .getByText(/^[\d.]+ s of 1 h 0 min$/)
      .waitFor();
    await rows
      .filter({ hasText: 'first' })
      .getByText(`${(last * 100).toFixed(2)} %`)
      .waitFor();
  });

  it('shows the model: lineage, confusion matrix, worst mistakes and first layer', async () => {
    const page = await open('#model', { viewport: DESKTOP });
    await page.getByRole('heading', { name: 'mnist, version 2' }).waitFor();
    const report = (await getJson('models/mnist/report')) as Report;
    const { checkpoint, runId } = report.lineage;
    await page.getByText(checkpoint.sha256).waitFor();
    await page.getByText(`${runId}, step 1,000`).waitFor();
    // Its address is one to keep: the run, and the version.
    await page.getByRole('link', { name: 'version 1', exact: true }).click();
    await page.getByRole('heading', { name: 'mnist, version 1' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'mnist, version 1' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'mnist, version 2' }).waitFor();
    const counts = (await page.locator('.confusion tbody td').allTextContents()).map(Number);
    expect(counts).toEqual(report.evaluation.confusion.flat());
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(FIRST_ROWS.test);
    // Of the digit 3, counted here from the matrix.
    const { confusion } = report.evaluation;
    const said = confusion.reduce((sum, row) => sum + row[3]!, 0);
    const are = confusion[3]!.reduce((sum, count) => sum + count, 0);
    const shares = [confusion[3]![3]! / said, confusion[3]![3]! / are].map(
      (share) => `${(share * 100).toFixed(2)} %`,
    );
    const cells = await page.locator('.classes tbody tr').nth(3).getByRole('cell').allTextContents();
    expect([cells[0], cells[1], cells[3]]).toEqual([...shares, String(are)]);
    await page.locator('.classes').getByRole('row', { name: 'macro average' }).waitFor();
    const pictures = (label: string) => page.getByRole('img', { name: label }).count();
    expect(await pictures('Test image')).toBe(report.evaluation.mistakes.length);
    expect(await pictures('Weights of unit')).toBe(50);
  });

  const looks = [
    { viewport: PHONE, colorScheme: 'dark' },
    { viewport: DESKTOP, colorScheme: 'light' },
    { viewport: TABLET, colorScheme: 'dark' },
    { viewport: PHONE, colorScheme: 'light' },
    { viewport: DESKTOP, colorScheme: 'dark' },
    { viewport: TABLET, colorScheme: 'light' },
  ] as const;
  it.each(looks.slice(0, howMany(3, 6)))(
    'fits $viewport.width pixels in the $colorScheme scheme',
    async (look) => {
      const page = await open('#draw', look);
      await drawByMouse(page, HANDS[0][3]!);
      await answerOf(page);
      await photograph(page, 'draw', look);
      await page.getByRole('link', { name: 'Runs' }).click();
      await page.getByRole('checkbox', { name: /first/ }).check();
      await page.locator('#accuracy-legend').getByText('first').waitFor();
      await photograph(page, 'runs', look);
      await page.getByRole('link', { name: 'Model', exact: true }).click();
      await page.getByRole('heading', { name: 'First layer' }).waitFor();
      await photograph(page, 'model', look);
    },
  );

  it('has left no complaint on any console', () => {
    expect(complaints).toEqual([]);
  });
});

interface Report {
  lineage: { runId: string; checkpoint: { sha256: string } };
  evaluation: { confusion: number[][]; mistakes: unknown[] };
}
