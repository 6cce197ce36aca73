/** The page where nothing may be changed from it: no routes for it, or routes for signed requests alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MANAGING } from '../../../../functions/contract/routes.ts';
import { LOCAL_SETTINGS, synthesize } from '../../../../scripts/build/synthesize.ts';
import { startForwarding } from '../../../../scripts/client/forward.ts';
import { LOCAL_CREDENTIALS } from '../../../../scripts/cloud/connection.ts';
import { LOCAL_REGION } from '../../../../scripts/cloud/intrinsics.ts';
import type { Listening } from '../../../../scripts/cloud/loopback.ts';
import { useCloud } from '../../../support/test-cloud.ts';
import { DESKTOP, needsBrowser, PHONE, usePages } from '../../support/page-browser.ts';
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

describe('the page of an app that wants signatures for changes', needsBrowser, () => {
  const app = useCloud({
    hasMnist: true,
    edit: (resources) => {
      for (const { Type, Properties } of Object.values(resources)) {
        const isManaging = MANAGING.some((key) => key === Properties?.RouteKey);
        if (Type === 'AWS::ApiGatewayV2::Route' && isManaging) Properties!.AuthorizationType = 'AWS_IAM';
      }
    },
  });
  const direct = usePages(app);
  let forwarding: Listening;
  const signed = usePages({
    get http() {
      return `http://${forwarding.address}`;
    },
  });

  beforeAll(async () => {
    const signer = { region: LOCAL_REGION, credentials: async () => LOCAL_CREDENTIALS };
    forwarding = await startForwarding({ endpoint: app.http, signer, explain: async (error) => error }, 0);
  });
  afterAll(() => forwarding.close());

  it('says why it may not, and starts a run when npm run open signs what it asks', async () => {
    const page = await direct.open('#train', { viewport: DESKTOP });
    await page.getByLabel('iterations', { exact: true }).fill('40');
    await page.getByLabel('name', { exact: true }).fill('signed');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('alert').getByText('npm run open -- --stack NAME').waitFor();
    await direct.photographInLooks(page, 'not-allowed', { viewport: DESKTOP });
    expect(direct.complaints.filter((complaint) => !complaint.includes('status of 403'))).toEqual([]);

    const other = await signed.open('#train', { viewport: DESKTOP });
    await other.getByLabel('iterations', { exact: true }).fill('40');
    await other.getByLabel('name', { exact: true }).fill('signed');
    await other.getByRole('button', { name: 'Start' }).click();
    await other.getByText('signed has succeeded').waitFor();
    expect(signed.complaints).toEqual([]);
  });
});
