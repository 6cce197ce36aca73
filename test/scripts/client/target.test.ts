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

it("passes on CloudFormation's own word for a stack that is not there", async () => {
  send.mockImplementationOnce(() => Promise.reject(new Error('Stack with id app-training does not exist')));
  await expect(findTarget({ stack: 'app', data: '.stepnet' })).rejects.toThrow('does not exist');
});
