/** Which version serves, changed from the page. */
import { beforeAll, describe, expect, it } from 'vitest';
import { useCloud } from '../../../support/test-cloud.ts';
import { DESKTOP, LOOKS, layoutShift, needsBrowser, PHONE, usePages } from '../../support/page-browser.ts';
import { DIGITS_JOB } from '../../support/page-jobs.ts';

describe("the page's models", needsBrowser, () => {
  const app = useCloud({ hasMnist: true });
  const { open, photograph, complaints } = usePages(app);
  const latest = async () => ((await (await app.ask('/models/mnist')).json()) as { latest: number }).latest;
  const accuracyOf = async (version: number) => {
    const { lineage } = (await (await app.ask(`/models/mnist/report?version=${version}`)).json()) as {
      lineage: { metrics: { testAccuracy: number } };
    };
    return `${(100 * lineage.metrics.testAccuracy).toFixed(2)} %`;
  };

  beforeAll(async () => {
    for (const [name, iterations] of [
      ['good', 1500],
      ['worse', 300],
    ] as const) {
      const execution = await app.execute('stateMachine', name, { ...DIGITS_JOB, iterations });
      expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    }
  });

  it.each(LOOKS)(
    'show what serves and the way to change it, at $viewport.width pixels in the $colorScheme scheme',
    async (look) => {
      const page = await open('#model/mnist/2', look);
      await page.getByText('It does not serve: version 1 does.').waitFor();
      await page.getByRole('button', { name: 'Promote' }).waitFor();
      expect(await layoutShift(page)).toBeLessThan(0.02);
      await page.getByRole('button', { name: 'Promote' }).click();
      const dialog = page.getByRole('dialog', { name: 'Let version 2 of mnist serve?' });
      await dialog.getByText('version 1 (serving)').waitFor();
      await photograph(page, 'promote', look);
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Promote');
    },
  );

  it('promotes a version by keyboard alone, and goes back from it', async () => {
    const page = await open('#model/mnist/2', { viewport: DESKTOP });
    await page.getByRole('button', { name: 'Promote' }).focus();
    await page.keyboard.press('Enter');
    const asked = page.getByRole('dialog').getByRole('row');
    const told = async () => (await asked.allTextContents()).slice(1);
    const [good, worse] = [await accuracyOf(1), await accuracyOf(2)];
    expect(await told()).toEqual([`version 1 (serving)${good}good`, `version 2${worse}worse`]);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByText('It serves.').waitFor();
    await page.getByRole('row', { name: /version 2 \(serving\)/ }).waitFor();
    expect(page.url()).toMatch(/#model\/mnist$/);
    expect(await latest()).toBe(2);
    await page.getByRole('button', { name: 'Roll back' }).click();
    expect(await told()).toEqual([`version 2 (serving)${worse}worse`, `version 1${good}good`]);
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('heading', { name: 'mnist, version 1' }).waitFor();
    expect(await latest()).toBe(1);
    // Nothing served before it.
    expect(await page.getByRole('button', { name: 'Roll back' }).count()).toBe(0);
  });

  it('ends a trial, and does not go back from what somebody else has made of it meanwhile', async () => {
    await app.ask('/models/mnist/promote', { version: 2, trial: { mode: 'canary', share: 0.25 } });
    const page = await open('#model', { viewport: PHONE });
    await page.getByText('Version 2 is on trial as a canary of 25.00 % of the requests.').waitFor();
    await page.getByRole('button', { name: 'End trial' }).tap();
    await page.getByRole('dialog').getByRole('button', { name: 'End it' }).tap();
    await page.getByText('on trial').waitFor({ state: 'detached' });
    expect(await (await app.ask('/models/mnist')).json()).toMatchObject({ latest: 1, trial: null });

    await app.ask('/models/mnist/promote', { version: 2 });
    await page.goto(`${app.http}/#model/mnist/2`);
    await page.getByRole('button', { name: 'Roll back' }).tap();
    await app.ask('/models/mnist/promote', { version: 1 });
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).tap();
    await page.getByRole('dialog', { name: 'It was not done' }).getByText('version 1').waitFor();
    await page.getByRole('button', { name: 'Close' }).tap();
    expect(await latest()).toBe(1);
    expect(complaints.splice(0).filter((complaint) => !complaint.includes('status of 409'))).toEqual([]);
  });
});
