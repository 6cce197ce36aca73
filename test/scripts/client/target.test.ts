/** The deployed app, as CloudFormation describes it; the local cloud is tried by the commands' own tests. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { findTarget } from '../../../scripts/client/target.ts';

const cloudFormation = mockClient(CloudFormationClient);
beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  cloudFormation.rejects(new Error('a command that no rule answers'));
});
afterEach(() => {
  cloudFormation.reset();
  vi.unstubAllEnvs();
});

it("reads the training stack's outputs of the deployed app", async () => {
  const ARN = 'arn:aws:states:eu-central-1:123456789012:stateMachine:Training';
  cloudFormation.on(DescribeStacksCommand, { StackName: 'app-training' }).resolves({
    Stacks: [
      {
        StackName: 'app-training',
        CreationTime: new Date(0),
        StackStatus: 'CREATE_COMPLETE',
        Outputs: [{ OutputKey: OUTPUTS.stateMachine, OutputValue: ARN }],
      },
    ],
  });
  const target = await findTarget({ stack: 'app', data: '.stepnet' });
  expect(target.output(OUTPUTS.stateMachine)).toBe(ARN);
  expect(() => target.output(OUTPUTS.importStateMachine)).toThrow(
    'stack app-training has no output ImportStateMachineArn: is this version deployed?',
  );
  expect(() => target.store()).toThrow('no output BucketName');
});

it("passes on CloudFormation's own word for a stack that is not there", async () => {
  cloudFormation.on(DescribeStacksCommand).rejects(new Error('Stack with id app-training does not exist'));
  await expect(findTarget({ stack: 'app', data: '.stepnet' })).rejects.toThrow('does not exist');
});
