/** What a template declares is honoured, or known to have no meaning on one machine, or refused. */
import { describe, expect, inject, it } from 'vitest';
import { type AssembledStack, readAssembly, type Template } from '../../../scripts/cloud/assembly.ts';
import { checkProperties } from '../../../scripts/cloud/properties.ts';

type Fields = Record<string, unknown>;

const stackOf = (template: Template): AssembledStack => ({ name: 'shop', template, assets: new Map() });
const check = (Type: string, Properties: Fields, attributes: Fields = {}) =>
  checkProperties(stackOf({ Resources: { Thing: { Type, Properties, ...attributes } } }));

it('the app has nothing else', () => {
  for (const stack of readAssembly(inject('assembly'))) checkProperties(stack);
});

it('a property that nobody planned for is found in every resource of the app, with its place', () => {
  for (const stack of readAssembly(inject('assembly'))) {
    for (const [id, resource] of Object.entries(stack.template.Resources)) {
      const Properties = { ...resource.Properties, Planted: [{ Inside: 1 }] };
      const template = { ...stack.template, Resources: { [id]: { ...resource, Properties } } };
      expect(() => checkProperties({ ...stack, template }), id).toThrow(
        `${stack.name}: ${id} (${resource.Type}): Planted[0].Inside is not honoured by the local cloud. Take it out`,
      );
    }
  }
});

describe('refused is', () => {
  const rule = (more: Fields) => ({ LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ...more }] } });
  it.each<[string, string, Fields, string]>([
    [
      "a rule's key",
      'AWS::S3::Bucket',
      rule({ TagFilters: [{ Key: 'a', Value: 'b' }] }),
      'Rules[0].TagFilters',
    ],
    ['an archive', 'AWS::S3::Bucket', rule({ Transitions: [{ StorageClass: 'GLACIER' }] }), 'got "GLACIER"'],
    [
      'a date',
      'AWS::S3::Bucket',
      rule({ Transitions: [{ TransitionDate: 'x' }] }),
      'Transitions[0].TransitionDate',
    ],
    [
      'a key of its own for encryption',
      'AWS::S3::Bucket',
      {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'x' } },
          ],
        },
      },
      'got "aws:kms", the local cloud has "AES256"',
    ],
    [
      'object lock',
      'AWS::S3::Bucket',
      { ObjectLockEnabled: true },
      'Thing (AWS::S3::Bucket): ObjectLockEnabled',
    ],
    [
      'a limit on concurrency',
      'AWS::Lambda::Function',
      { ReservedConcurrentExecutions: 1 },
      'ReservedConcurrent',
    ],
    ['a larger disk', 'AWS::Lambda::Function', { EphemeralStorage: { Size: 2048 } }, 'EphemeralStorage.Size'],
    ['an image', 'AWS::Lambda::Function', { Code: { ImageUri: 'x' } }, 'Code.ImageUri'],
    [
      'a level of logs',
      'AWS::Lambda::Function',
      { LoggingConfig: { SystemLogLevel: 'WARN' } },
      'SystemLogLevel',
    ],
    [
      'an express workflow',
      'AWS::StepFunctions::StateMachine',
      { StateMachineType: 'EXPRESS' },
      'got "EXPRESS"',
    ],
    [
      'an option of logging',
      'AWS::StepFunctions::StateMachine',
      { LoggingConfiguration: { Everything: true } },
      'LoggingConfiguration.Everything',
    ],
    [
      'credentials of other origins',
      'AWS::ApiGatewayV2::Api',
      { CorsConfiguration: { AllowCredentials: true } },
      'CorsConfiguration.AllowCredentials',
    ],
    [
      'a function that authorizes',
      'AWS::ApiGatewayV2::Authorizer',
      { AuthorizerType: 'REQUEST' },
      'got "REQUEST", the local cloud has "JWT"',
    ],
    ['a scope', 'AWS::ApiGatewayV2::Route', { AuthorizationScopes: ['a'] }, 'AuthorizationScopes[0]'],
    ['a shorter timeout', 'AWS::ApiGatewayV2::Integration', { TimeoutInMillis: 1000 }, 'TimeoutInMillis'],
    ['another payload', 'AWS::ApiGatewayV2::Integration', { PayloadFormatVersion: '1.0' }, 'got "1.0"'],
    ['another stage', 'AWS::ApiGatewayV2::Stage', { StageName: 'beta' }, 'StageName: got "beta"'],
    ['variables of a stage', 'AWS::ApiGatewayV2::Stage', { StageVariables: { a: 'b' } }, 'StageVariables.a'],
    ["an alarm's switch", 'AWS::CloudWatch::Alarm', { ActionsEnabled: false }, 'ActionsEnabled'],
    ['a boundary', 'AWS::IAM::Role', { PermissionsBoundary: 'x' }, 'PermissionsBoundary'],
    [
      'a value that is computed',
      'AWS::Lambda::Function',
      { Layers: { 'Fn::If': [] } },
      'Layers is not honoured',
    ],
    ['an empty list', 'AWS::Lambda::Function', { VpcConfig: {} }, 'VpcConfig is not honoured'],
  ])('%s', (_, type, properties, message) => {
    expect(() => check(type, properties)).toThrow(message);
  });

  it('what stands beside the properties', () => {
    expect(() => check('AWS::S3::Bucket', {}, { CreationPolicy: {} })).toThrow(
      'shop: Thing: the attribute CreationPolicy is not known',
    );
    const template = { Resources: {}, Transform: 'AWS::Serverless-2016-10-31' };
    expect(() => checkProperties(stackOf(template))).toThrow("shop: the template's section Transform");
  });

  it('a type that is not known', () => {
    expect(() => check('AWS::SQS::Queue', {})).toThrow('shop: Thing is a AWS::SQS::Queue');
  });
});

it('what is computed is honoured where its property is', () => {
  check('AWS::Lambda::Function', {
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    Environment: { Variables: { ANY: { Ref: 'Bucket' } } },
    Tags: [{ Key: 'a', Value: 'b' }],
  });
});
