/** Nothing of the app is open to the world. */
import { expect, it } from 'vitest';
import { allResources, type Resource } from './templates.ts';

const resources = allResources();

it('has resources of the known types only', () => {
  expect([...new Set(resources.map(({ type }) => type))].sort()).toEqual([
    'AWS::ApiGatewayV2::Api',
    'AWS::ApiGatewayV2::Integration',
    'AWS::ApiGatewayV2::Route',
    'AWS::ApiGatewayV2::Stage',
    'AWS::CDK::Metadata',
    'AWS::CloudWatch::Alarm',
    'AWS::CloudWatch::Dashboard',
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
    'AWS::Lambda::Function',
    'AWS::Lambda::Permission',
    'AWS::Logs::LogGroup',
    'AWS::S3::Bucket',
    'AWS::S3::BucketPolicy',
    'AWS::StepFunctions::StateMachine',
  ]);
});

type Statement = { Effect: string; Action: unknown; Principal?: unknown; Resource?: unknown };

function statements({ properties }: Resource): Statement[] {
  const documents = [properties.PolicyDocument, properties.AssumeRolePolicyDocument] as (
    | { Statement: Statement[] }
    | undefined
  )[];
  return documents.flatMap((document) => document?.Statement ?? []);
}

it('allows nothing to everybody', () => {
  const open = resources
    .flatMap(statements)
    .filter(({ Effect, Principal }) => Effect === 'Allow' && Principal !== undefined)
    .filter(({ Principal }) => JSON.stringify(Principal).includes('*'));
  expect(open).toEqual([]);
  const invokers = resources
    .filter(({ type }) => type === 'AWS::Lambda::Permission')
    .map(({ properties }) => properties.Principal);
  expect(new Set(invokers)).toEqual(
    new Set(['apigateway.amazonaws.com', 'lambda.alarms.cloudwatch.amazonaws.com']),
  );
});
