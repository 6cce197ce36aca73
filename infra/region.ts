/** What is named by its ARN and has to be where the stack is. */
import { Aws, CfnRule, Fn } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Where a stack goes is known only when it is deployed. So CloudFormation looks, before it makes or changes anything
 * ("Rules", AWS CloudFormation User Guide).
 *
 * @param setting that gave the ARN
 */
export function requireRegion(scope: Construct, id: string, setting: string, arn: string): void {
  const [, , , region = ''] = arn.split(':');
  new CfnRule(scope, id, {
    assertions: [
      {
        assert: Fn.conditionEquals(Aws.REGION, region),
        assertDescription: `-c ${setting}=${arn}: expected one in the region of the stack`,
      },
    ],
  });
}
