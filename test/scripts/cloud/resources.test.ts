import { describe, expect, inject, it } from 'vitest';
import { FUNCTIONS } from '../../../functions/contract/functions.ts';
import { OUTPUTS, PARAMETERS } from '../../../functions/contract/stacks.ts';
import { type AssembledStack, readAssembly } from '../../../scripts/cloud/assembly.ts';
import { trainingStateMachineArn } from '../../../scripts/cloud/connection.ts';
import { describeResources } from '../../../scripts/cloud/resources.ts';

const ENDPOINT = 'http://127.0.0.1:3000';
const describeApp = (parameters: Record<string, string> = {}) =>
  describeResources(readAssembly(inject('assembly')), { parameters, endpoint: ENDPOINT });

describe('the app', () => {
  const app = describeApp();
  const training = app.stateMachines.find(({ arn }) => arn === trainingStateMachineArn(app.outputs))!;

  it('has one bucket, the state machine and every function of the contract', () => {
    expect(app.buckets).toHaveLength(1);
    expect(app.buckets[0]!.name).toMatch(/^[a-z0-9-]{3,63}$/);
    expect(app.stateMachines).toContain(training);
    expect(app.functions.map(({ environment }) => environment.POWERTOOLS_SERVICE_NAME).toSorted()).toEqual(
      [...FUNCTIONS].sort(),
    );
  });

  it('gives each function what its template says', () => {
    const train = app.functions.find(
      ({ environment }) => environment.POWERTOOLS_SERVICE_NAME === 'train-chunk',
    );
    expect(train).toMatchObject({
      handler: 'index.handler',
      memoryMb: 1769,
      timeoutSeconds: 900,
      environment: { BUCKET_NAME: app.buckets[0]!.name },
    });
  });

  it('has the outputs of the contract', () => {
    expect(app.outputs['stepnet-training']).toMatchObject({
      [OUTPUTS.stateMachine]: training.arn,
      [OUTPUTS.bucket]: app.buckets[0]!.name,
    });
    expect(app.outputs['stepnet-serving']![OUTPUTS.endpoint]).toBe(ENDPOINT);
  });

  it('passes parameters on, and their defaults', () => {
    const mirrors = (parameters: Record<string, string>) =>
      describeApp(parameters).functions.find(
        ({ environment }) => environment.POWERTOOLS_SERVICE_NAME === 'shard-dataset',
      )!.environment.DATASET_MIRRORS;
    expect(mirrors({})).toBe('');
    expect(mirrors({ [PARAMETERS.datasetMirrors]: 'http://127.0.0.1:9/' })).toBe('http://127.0.0.1:9/');
    expect(() => mirrors({ Mirror: 'x' })).toThrow('no stack has a parameter Mirror');
    expect(() => mirrors({ [PARAMETERS.mirrorAccess]: 'all' })).toThrow(
      'parameter MirrorAccess: got all, expected one of public, any',
    );
  });
});

describe('describeResources', () => {
  type Resources = AssembledStack['template']['Resources'];
  const deploy = (Resources: Resources) =>
    describeResources(
      [{ name: 'shop', template: { Resources }, assets: new Map([['code.zip', '/bundles/code']]) }],
      { parameters: {}, endpoint: ENDPOINT },
    );
  const lambda = (more: Record<string, unknown> = {}) => ({
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Key: 'code.zip' },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      ...more,
    },
  });

  const trust = (Service: string) => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } }],
      },
    },
  });
  const Role = trust('lambda.amazonaws.com');
  const api = {
    Role,
    Fn: lambda(),
    Link: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: { IntegrationUri: { 'Fn::GetAtt': ['Fn', 'Arn'] } },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { RouteKey: 'GET /x', Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Link' }]] } },
    },
  };

  it('gives a bucket its versioning and its lifecycle', () => {
    const [bucket] = describeApp().buckets;
    expect(bucket).toEqual({
      name: expect.any(String),
      versioning: 'Enabled',
      lifecycle: [
        { prefix: '', abortDays: 1, transitions: [] },
        { prefix: '', noncurrent: { days: 30, keep: 0 }, transitions: [] },
        { prefix: 'rounds/', expirationDays: 7, noncurrent: { days: 1, keep: 0 }, transitions: [] },
        { prefix: 'map-runs/', expirationDays: 30, noncurrent: { days: 1, keep: 0 }, transitions: [] },
      ],
    });
    const rules = (...Rules: object[]) => ({
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { LifecycleConfiguration: { Rules } } },
    });
    expect(deploy(rules({ Status: 'Disabled', ExpirationInDays: 1 })).buckets[0]!.lifecycle).toEqual([]);
    expect(() => deploy(rules({ Status: 'Enabled', ExpirationInDays: 0 }))).toThrow(
      'shop: shop-bucket: Rules[0].ExpirationInDays: got 0, expected a whole number from 1',
    );
  });

  it('has a route where the API may invoke its function', () => {
    const permission = (Principal: string) => ({
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: { Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Fn' }, Principal },
      },
    });
    const allowed = deploy({ ...api, ...permission('apigateway.amazonaws.com') });
    expect(allowed.api.routes).toEqual([
      { key: 'GET /x', functionArn: allowed.functions[0]!.arn, authorizer: { kind: 'NONE' } },
    ]);
    expect(() => deploy({ ...api, ...permission('sns.amazonaws.com') })).toThrow(
      'shop: route GET /x: no permission lets the API invoke',
    );
  });

  it("gives routes the template's authorizers, and the API its other origins", () => {
    const Permission = {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: 'Fn' },
        Principal: 'apigateway.amazonaws.com',
      },
    };
    const Authorizer = (more: object = {}) => ({
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['a'] },
        ...more,
      },
    });
    const route = (more: object) => ({
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ...api.Route.Properties, ...more },
    });
    const CorsConfiguration = { AllowOrigins: ['https://a.example'], MaxAge: 60 };
    const all = {
      ...api,
      Permission,
      Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { CorsConfiguration } },
      Authorizer: Authorizer(),
      Signed: route({ RouteKey: 'GET /signed', AuthorizationType: 'AWS_IAM' }),
      Token: route({
        RouteKey: 'GET /token',
        AuthorizationType: 'JWT',
        AuthorizerId: { Ref: 'Authorizer' },
      }),
    };
    const deployed = deploy(all).api;
    expect(deployed).toMatchObject({ id: 'Api', cors: CorsConfiguration });
    expect(deployed.routes.map(({ key, authorizer }) => [key, authorizer])).toEqual([
      ['GET /x', { kind: 'NONE' }],
      ['GET /signed', { kind: 'AWS_IAM' }],
      ['GET /token', { kind: 'JWT', issuer: 'https://issuer.example', audience: ['a'] }],
    ]);
    const wrong: [Resources, string][] = [
      [
        { ...all, Authorizer: Authorizer({ IdentitySource: ['$request.querystring.t'] }) },
        'IdentitySource: got',
      ],
      [
        { ...all, Authorizer: Authorizer({ JwtConfiguration: { Issuer: 'http://i', Audience: ['a'] } }) },
        'shop-Authorizer: JwtConfiguration.Issuer: got "http://i", expected an https URL',
      ],
      [
        { ...all, Authorizer: Authorizer({ JwtConfiguration: { Issuer: 'https://i', Audience: [] } }) },
        'JwtConfiguration.Audience: got [], expected one',
      ],
      [
        { ...all, Token: route({ AuthorizationType: 'JWT', AuthorizerId: 'lost' }) },
        'shop: route GET /x has no authorizer lost',
      ],
      [{ ...all, Other: all.Api }, 'shop: Other: the local cloud has one API'],
    ];
    for (const [resources, message] of wrong) expect(() => deploy(resources)).toThrow(message);
  });

  it("takes Lambda's defaults where the template is silent", () => {
    expect(deploy({ Fn: lambda(), Role }).functions).toEqual([
      {
        name: 'shop-Fn',
        arn: 'arn:aws:lambda:us-east-1:000000000000:function:shop-Fn',
        codeFolder: '/bundles/code',
        handler: 'index.handler',
        memoryMb: 128,
        timeoutSeconds: 3,
        environment: {},
      },
    ]);
  });

  it('exports values to later stacks', () => {
    const stack = (name: string, template: AssembledStack['template']) => ({
      name,
      template,
      assets: new Map(),
    });
    const { outputs } = describeResources(
      [
        stack('first', {
          Resources: { Bucket: { Type: 'AWS::S3::Bucket' } },
          Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Bucket', 'Arn'] }, Export: { Name: 'first:Arn' } } },
        }),
        stack('second', {
          Resources: {},
          Outputs: { Of: { Value: { 'Fn::Join': ['', [{ 'Fn::ImportValue': 'first:Arn' }, '/*']] } } },
        }),
      ],
      { parameters: {}, endpoint: ENDPOINT },
    );
    expect(outputs.second).toEqual({ Of: 'arn:aws:s3:::first-bucket/*' });
  });

  it.each<[string, Resources, string]>([
    ['a type it does not know', { Queue: { Type: 'AWS::SQS::Queue' } }, 'shop: Queue is a AWS::SQS::Queue'],
    [
      'a condition',
      { Bucket: { Type: 'AWS::S3::Bucket', Condition: 'InProduction' } },
      'shop: Bucket has a Condition',
    ],
    [
      'a role that another service has',
      { Fn: lambda(), Role: trust('states.amazonaws.com') },
      'role shop-Role does not allow lambda.amazonaws.com',
    ],
    ['another runtime', { Role, Fn: lambda({ Runtime: 'python3.14' }) }, 'shop: shop-Fn runs on python3.14'],
    [
      'a bundle that is not there',
      { Role, Fn: lambda({ Code: { S3Key: 'lost.zip' } }) },
      'asset lost.zip is not in',
    ],
    ['inline code', { Role, Fn: lambda({ Code: { ZipFile: 'x' } }) }, 'asset of inline code is not in'],
    [
      'a route to nowhere',
      {
        Route: {
          Type: 'AWS::ApiGatewayV2::Route',
          Properties: { RouteKey: 'GET /x', Target: 'integrations/y' },
        },
      },
      'shop: route GET /x has no integration integrations/y',
    ],
  ])('refuses %s', (_, resources, message) => {
    expect(() => deploy(resources)).toThrow(message);
  });
});
