/** The deployed app, as CloudFormation describes it; the local cloud is tried by the commands' own tests. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { findTarget } from '../../../scripts/client/target.ts';

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
  expect(target.options).toBe(' --stack app');
  expect(await target.client.config.region()).toBe('eu-central-1');
  expect(target.output(OUTPUTS.stateMachine)).toBe(ARN);
  expect(() => target.output(OUTPUTS.importStateMachine)).toThrow(
    'stack app-training has no output ImportStateMachineArn: is this version deployed?',
  );
  expect(() => target.store()).toThrow('no output BucketName');
});

it.each([
  [
    Object.assign(new Error('Stack with id app-training does not exist'), { name: 'ValidationError' }),
    /^Stack with id app-training does not exist: region eu-central-1, profile work; --stack takes the name/,
  ],
  [
    Object.assign(new Error('Could not load credentials from any providers'), {
      name: 'CredentialsProviderError',
    }),
    /^Could not load credentials from any providers: region eu-central-1, profile work; set AWS_PROFILE/,
  ],
  [
    Object.assign(new Error('The security token included in the request is expired'), {
      name: 'ExpiredToken',
    }),
    /is expired: region eu-central-1, profile work; set AWS_PROFILE .* aws sso login$/,
  ],
  [
    Object.assign(new Error('User: arn:… is not authorized'), { name: 'AccessDenied' }),
    /not authorized: .* need cloudformation:DescribeStacks on app-training$/,
  ],
  [
    new Error('getaddrinfo ENOTFOUND cloudformation.eu-central-1.amazonaws.com'),
    /is the region's name right/,
  ],
  [new Error('Rate exceeded'), /^Rate exceeded$/],
])('%s: says where it looked and what to set', async (error, message) => {
  vi.stubEnv('AWS_PROFILE', 'work');
  send.mockImplementationOnce(() => Promise.reject(error));
  await expect(findTarget({ stack: 'app', data: '.stepnet' })).rejects.toThrow(message);
});

it('names the setting of a region that is missing', async () => {
  vi.stubEnv('AWS_REGION', undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
  send.mockRestore();
  await expect(findTarget({ stack: 'app', data: '.stepnet' })).rejects.toThrow(
    /^Region is missing: set AWS_REGION, or a region for profile default in ~\/.aws\/config$/,
  );
});
