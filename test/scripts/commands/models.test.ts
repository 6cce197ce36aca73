/** `npm run models` as people run it, on a real S3 server that holds three versions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { createS3Store } from '../../../functions/store/s3-store.ts';
import { LOCAL_CREDENTIALS, publishCloud } from '../../../scripts/cloud/connection.ts';
import { LOCAL_REGION } from '../../../scripts/cloud/intrinsics.ts';
import { type S3Server, startS3Server } from '../../../scripts/cloud/s3/server.ts';
import { tinyRuns } from '../../functions/support/tiny-run.ts';
import { outcome } from '../command.ts';

let folder: string;
let s3: S3Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepnet-models-'));
  s3 = await startS3Server({ file: join(folder, 's3.sqlite') });
  s3.createBucket('models');
  const { endpoint } = s3;
  const connection = { endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS };
  const { prepare, release } = tinyRuns(createS3Store('models', connection));
  await prepare();
  for (const runId of ['a', 'b']) await release(runId);
  await release('c', { iterations: 1, promotion: { metric: 'testAccuracy', tolerance: 0 } });
  publishCloud(folder, {
    endpoints: { s3: endpoint, stepFunctions: endpoint, http: endpoint },
    outputs: { training: { [OUTPUTS.bucket]: 'models' } },
  });
});
afterAll(async () => {
  await s3?.close();
  rmSync(folder, { recursive: true, force: true });
});

const models = (...args: string[]) => outcome('commands/models.ts', [...args, '--data', folder]);

describe('npm run models', () => {
  it('lists, shows, promotes, rolls back and deletes', async () => {
    const listed = await models('list');
    expect(listed).toMatchObject({ code: 0, error: '' });
    const lines = listed.out.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe('mnist');
    expect(lines[2]).toMatch(/^ {2}1 +1\.0000 .* a +\S+Z +served before$/);
    expect(lines[3]).toMatch(/^ {2}2 +1\.0000 .* b +\S+Z +serves$/);
    expect(lines[4]).toMatch(/^ {2}3 +0\.\d{4} .* c +\S+Z$/);

    expect(JSON.parse((await models('list', '--json')).out)).toMatchObject([
      { model: 'mnist', latest: { version: 2 }, versions: [{ version: 1 }, { version: 2 }, { version: 3 }] },
    ]);
    expect(JSON.parse((await models('show', 'mnist')).out)).toMatchObject({ role: 'serves', runId: 'b' });
    expect((await models('promote', 'mnist', '3', '--canary', '0.07')).out).toBe(
      'mnist version 3 is on trial as canary of 7 % of the requests\n',
    );
    expect((await models('list', 'mnist')).out).toMatch(/ c +\S+Z +canary of 7 %\n$/);
    expect((await models('rollback', 'mnist')).out).toBe(
      'the trial of mnist version 3 is over; version 2 serves\n',
    );
    expect(await models('promote', 'mnist', '3')).toEqual({
      code: 0,
      out: 'mnist version 3 serves instead of version 2\n',
      error: '',
    });
    expect(JSON.parse((await models('show', 'mnist', '3')).out)).toMatchObject({ role: 'serves' });
    expect((await models('rollback', 'mnist')).out).toBe(
      'mnist version 2 serves again instead of version 3\n',
    );
    const asJson = async (...args: string[]) => JSON.parse((await models(...args, '--json')).out) as object;
    expect(await asJson('promote', 'mnist', '3')).toEqual({ model: 'mnist', version: 3, before: 2 });
    const back = { model: 'mnist', version: 2, before: 3, endedTrial: null };
    expect(await asJson('rollback', 'mnist')).toEqual(back);
    const candidate = { version: 3, mode: 'shadow', share: 0.5 };
    expect(await asJson('promote', 'mnist', '3', '--shadow', '0.5')).toEqual({ model: 'mnist', candidate });
    expect(await asJson('rollback', 'mnist')).toEqual({ ...back, before: 2, endedTrial: 3 });
    expect((await models('delete', 'mnist', '1')).out).toBe('mnist version 1 was deleted\n');
    expect((await models('delete', 'mnist', '--keep', '1')).out).toBe('mnist has nothing to delete\n');
    expect(await asJson('delete', 'mnist', '--keep', '1')).toEqual({ model: 'mnist', deleted: [] });
    expect(await models('rollback', 'mnist')).toMatchObject({
      code: 1,
      error: expect.stringContaining('nothing served before version 2 of mnist'),
    });
  });

  it.each<[string, string[], string]>([
    ['a version that is none', ['promote', 'mnist', '0'], 'VERSION: got "0", expected a whole number from 1'],
    ['a model that is none', ['list', '../runs'], 'MODEL: got ../runs, expected 1-63 of'],
    ['--keep with versions', ['delete', 'mnist', '1', '--keep', '1'], 'npm run models -- COMMAND'],
    ['--keep 0', ['delete', 'mnist', '--keep', '0'], '--keep: got "0", expected a whole number from 1'],
    ['a share of 0', ['promote', 'mnist', '1', '--shadow', '0'], '--shadow: got 0, expected a share above 0'],
  ])('refuses %s as wrong usage', async (_what, args, message) => {
    expect(await models(...args)).toMatchObject({ code: 2, error: expect.stringContaining(message) });
  });

  it('says that a model has no version', async () => {
    expect(await models('list', 'none')).toMatchObject({ code: 1, error: 'model none has no version\n' });
    expect(await models('show', 'none')).toMatchObject({
      code: 1,
      error: expect.stringContaining('no model none was promoted'),
    });
  });
});
