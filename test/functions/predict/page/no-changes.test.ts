/** The page of a deployment that takes no changes over HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_SETTINGS, synthesize } from '../../../../scripts/build/synthesize.ts';
import { useCloud } from '../../../support/test-cloud.ts';
import { needsBrowser, PHONE, usePages } from '../../support/page-browser.ts';
import { DIGITS_JOB } from '../../support/page-jobs.ts';

describe('the page of an app without routes that change something', needsBrowser, () => {
  const folder = mkdtempSync(join(tmpdir(), 'stepnet-reads-'));
  const settings = { ...LOCAL_SETTINGS, manage: 'off' };
  const app = useCloud({
    hasMnist: true,
    assembly: async () => (await synthesize(folder, settings)).assembly,
  });
  const { open, photograph, complaints } = usePages(app);

  beforeAll(async () => {
    for (const [name, iterations] of [
      ['good', 300],
      ['worse', 20],
    ] as const) {
      const execution = await app.execute('stateMachine', name, { ...DIGITS_JOB, iterations });
      expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('says how runs are started instead, and has no buttons that could not do anything', async () => {
    const look = { viewport: PHONE, colorScheme: 'dark' } as const;
    const page = await open('#train', look);
    await page.getByText('This deployment takes no changes over HTTP').waitFor();
    await page.getByText('npm run train, in AWS with --stack NAME').waitFor();
    expect(await page.getByRole('button', { name: 'Start' }).count()).toBe(0);
    await photograph(page, 'no-changes', look);
    await page.getByRole('link', { name: 'Model', exact: true }).click();
    await page.getByText('It serves.').waitFor();
    await page.getByRole('link', { name: 'version 2' }).click();
    await page.getByText('It does not serve').waitFor();
    expect(await page.getByRole('button', { name: 'Promote' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.locator('#run-outcomes').getByText('has succeeded').waitFor();
    expect(await page.getByRole('link', { name: 'Start one with its config' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
