/** How others find a local cloud: not one that was killed, and whatever the shell says of AWS. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { findTarget } from '../../../scripts/client/target.ts';
import { publishCloud, readLocalCloud } from '../../../scripts/cloud/connection.ts';
import { startServer } from '../../functions/support/http-server.ts';

afterEach(() => vi.unstubAllEnvs());

it('is found while its process runs and its port answers, else not, whoever listens there, and taken back', async () => {
  const data = mkdtempSync(join(tmpdir(), 'stepnet-connection-'));
  const other = await startServer((_, response) => response.end());
  onTestFinished(async () => {
    await other.close();
    rmSync(data, { recursive: true });
  });
  const endpoint = other.url;
  const cloud = { endpoints: { s3: endpoint, stepFunctions: endpoint, http: endpoint }, outputs: {} };
  const takeBack = publishCloud(data, cloud);
  expect(await readLocalCloud(data)).toMatchObject(cloud);

  // What a cloud leaves that is killed: the file with its process's id.
  const path = join(data, 'cloud.json');
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), pid }));
  await expect(readLocalCloud(data)).rejects.toThrow(/no local cloud runs on .*: start one with npm start/);
  takeBack();
  expect(existsSync(path)).toBe(false);
});

describe('the local cloud is asked the same', () => {
  it.each<[what: string, environment: Record<string, string>, file?: string]>([
    ['for FIPS endpoints', { AWS_USE_FIPS_ENDPOINT: 'true' }],
    ['for dual-stack endpoints', { AWS_USE_DUALSTACK_ENDPOINT: 'true' }],
    ['for both in a file', {}, '[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n'],
    ['with a mode of defaults that is none', { AWS_DEFAULTS_MODE: 'odd' }],
    ['in the name of an application', { AWS_SDK_UA_APP_ID: 'somebody' }],
    ['without a second attempt', { AWS_MAX_ATTEMPTS: '1' }],
    ['without one in a file', {}, '[default]\nmax_attempts = 1\n'],
  ])('%s', async (_, environment, file = '') => {
    const data = mkdtempSync(join(tmpdir(), 'stepnet-target-'));
    const asked: string[] = [];
    const server = await startServer((request, response) => {
      asked.push(
        `${request.method} ${request.url} ${request.headers['user-agent']?.includes('somebody') ?? ''}`,
      );
      // Each is to be asked again.
      if (asked.length % 2 === 1) response.statusCode = 503;
      response.setHeader('etag', '"x"').end('{}');
    });
    onTestFinished(async () => {
      await server.close();
      rmSync(data, { recursive: true });
    });
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    writeFileSync(join(data, 'config'), file);
    vi.stubEnv('AWS_CONFIG_FILE', join(data, 'config'));

    const endpoint = server.url;
    const outputs = { storage: { [OUTPUTS.bucket]: 'bucket' } };
    publishCloud(data, { endpoints: { s3: endpoint, stepFunctions: endpoint, http: endpoint }, outputs });
    const { client, store, options } = await findTarget({ data });
    expect(options).toBe(` --data ${data}`);
    await client.send(new DescribeExecutionCommand({ executionArn: 'arn:aws:states:::execution:m:e' }));
    await store().createImmutable('key', new Uint8Array(1));
    const twice = ['POST / false', 'PUT /bucket/key?x-id=PutObject false'].flatMap((line) => [line, line]);
    expect(asked).toEqual(twice);
  });
});
