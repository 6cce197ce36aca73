/** The deployed app, as CloudFormation describes it, and the local cloud, whatever the shell says of AWS. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { findTarget } from '../../../scripts/client/target.ts';
import { publishCloud } from '../../../scripts/cloud/connection.ts';

const send = vi.spyOn(CloudFormationClient.prototype, 'send');
beforeEach(() => vi.stubEnv('AWS_REGION', 'eu-central-1'));
afterEach(() => vi.unstubAllEnvs());

it("reads the training stack's outputs of the deployed app", async () => {
  const ARN = 'arn:aws:states:eu-central-1:123456789012:stateMachine:Training';
  const Outputs = [{ OutputKey: OUTPUTS.stateMachine, OutputValue: ARN }];
  send.mockImplementationOnce(async (command) => {
    expect(command).toBeInstanceOf(DescribeStacksCommand);
    expect(command.input).toEqual({ StackName: 'app-training' });
    return { Stacks: [{ Outputs }] };
  });
  const target = await findTarget({ stack: 'app', data: '.stepnet' });
  expect(await target.client.config.region()).toBe('eu-central-1');
  expect(target.output(OUTPUTS.stateMachine)).toBe(ARN);
  expect(() => target.output(OUTPUTS.importStateMachine)).toThrow(
    'stack app-training has no output ImportStateMachineArn: is this version deployed?',
  );
  expect(() => target.store()).toThrow('no output BucketName');
});

it("passes on CloudFormation's own word for a stack that is not there", async () => {
  send.mockImplementationOnce(() => Promise.reject(new Error('Stack with id app-training does not exist')));
  await expect(findTarget({ stack: 'app', data: '.stepnet' })).rejects.toThrow('does not exist');
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
    const server = createServer((request, response) => {
      asked.push(
        `${request.method} ${request.url} ${request.headers['user-agent']?.includes('somebody') ?? ''}`,
      );
      // Each is to be asked again.
      if (asked.length % 2 === 1) response.statusCode = 503;
      response.setHeader('etag', '"x"').end('{}');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
      rmSync(data, { recursive: true });
    });
    await once(server, 'listening');
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    writeFileSync(join(data, 'config'), file);
    vi.stubEnv('AWS_CONFIG_FILE', join(data, 'config'));

    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const outputs = { storage: { [OUTPUTS.bucket]: 'bucket' } };
    publishCloud(data, { endpoints: { s3: endpoint, stepFunctions: endpoint, http: endpoint }, outputs });
    const { client, store } = await findTarget({ data });
    await client.send(new DescribeExecutionCommand({ executionArn: 'arn:aws:states:::execution:m:e' }));
    await store().createImmutable('key', new Uint8Array(1));
    const twice = ['POST / false', 'PUT /bucket/key?x-id=PutObject false'].flatMap((line) => [line, line]);
    expect(asked).toEqual(twice);
  });
});
