/** The app as it is deployed in other ways than by default, and cdk-nag's rules of the AWS Solutions library for each way. */
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../functions/contract/routes.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { readSettings } from '../../infra/settings.ts';
import { createStacks } from '../../infra/stacks.ts';
import type { AssembledStack } from '../../scripts/cloud/assembly.ts';
import { checkProperties } from '../../scripts/cloud/properties.ts';
import { describeResources } from '../../scripts/cloud/resources.ts';
import { isProof } from '../support/needs.ts';

// CloudFormation's own schemas take ten seconds; the synthesized app was held to them when it was made.
if (!isProof) process.env.CDK_VALIDATION = 'false';

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:alarms';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/0f8c2a51-1234-4abc-8def-0123456789ab';
const CERTIFICATE = 'arn:aws:acm:eu-west-1:123456789012:certificate/0f8c2a51-1234-4abc-8def-0123456789ab';
const PRICES = '{"stateTransition":0.00003}';
const VARIANTS = {
  'by default': {},
  open: { auth: 'none' },
  'with tokens': { auth: 'jwt', jwtIssuer: 'https://issuer.example', jwtAudience: 'a,b' },
  'with pages of other origins': { cors: 'https://a.example, http://localhost:5173' },
  'open to all pages': { auth: 'none', cors: '*' },
  'with a bucket that goes': { removal: 'destroy', name: 'other' },
  'with alarms that are sent': { alarmTopic: TOPIC, trainMemory: '3538' },
  'without alarms': { alarms: 'off', name: 'quiet' },
  'with a domain': { domain: 'digits.example.org', certificate: CERTIFICATE },
  'with a key': { kmsKey: KEY },
  'with other figures': {
    ...{ keepImports: '15', keepBatches: '45', keepLogs: '90' },
    ...{ throttleRate: '7', throttleBurst: '11', sweepRunsAtOnce: '13', batchPartsAtOnce: '17' },
  },
  'with a budget and prices': { budget: '5', budgetEmail: 'a@b.c', prices: PRICES },
};
type Variant = keyof typeof VARIANTS;

/** The apps without their bundles, which neither rules nor templates look into. */
const apps = Object.fromEntries(
  Object.entries(VARIANTS).map(([variant, context]) => {
    const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
    createStacks(app, readSettings(app), 'unknown');
    return [variant, app];
  }),
) as Record<Variant, App>;

const stackOf = (variant: Variant, stack: string) =>
  apps[variant].node.children.find(({ node }) => node.id.endsWith(`-${stack}`)) as Stack;
const template = (variant: Variant, stack: string): Template => Template.fromStack(stackOf(variant, stack));
const propertiesOf = (of: Template, type: string) =>
  Object.values(of.findResources(type)).map(({ Properties }) => Properties as Record<string, unknown>);

const checks = () => new AwsSolutionsChecks();
/** The same rules, deaf to acknowledgements. */
const strictChecks = () => Object.defineProperty(checks(), 'isAcknowledged', { value: () => false });

interface Acknowledgement {
  id: string;
  reason: string;
  at: IConstruct;
}

function acknowledgements(app: App): Acknowledgement[] {
  return app.node.findAll().flatMap((at) =>
    at.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ id: id.replace(/^annotation::/i, ''), reason, at })),
  );
}

it('the rules find what is wrong', () => {
  const app = new App();
  new Bucket(new Stack(app, 'stack'), 'bucket');
  const { violations } = checks().validateScope(app);
  expect(violations.map(({ ruleName }) => ruleName)).toEqual(
    expect.arrayContaining(['AwsSolutions-S1', 'AwsSolutions-S10']),
  );
});

describe.each(Object.entries(apps))('the app %s', (_, app) => {
  it('breaks no rule', () => {
    expect(checks().validateScope(app).violations).toEqual([]);
  });

  it('acknowledges only what would be a finding, and says why', () => {
    const all = acknowledgements(app);
    expect(all.length).toBeGreaterThan(0);
    for (const { id, reason, at } of all) {
      expect(reason.length, id).toBeGreaterThan(40);
      const findings = strictChecks()
        .validateScope(at)
        .violations.map(({ ruleName }) => ruleName);
      expect(findings, `${id} at ${at.node.path}`).toContain(id);
    }
  });
});

const LOCAL = { parameters: {}, endpoint: 'http://127.0.0.1:1' };

/** An app's stacks as the local cloud reads them. */
const assembled = (app: App): AssembledStack[] =>
  app.node.children
    .filter((child) => child instanceof Stack)
    .map((stack) => ({
      name: stack.stackName,
      template: Template.fromStack(stack).toJSON() as AssembledStack['template'],
      // Of the bundles only the folders' names are looked at.
      assets: { get: () => 'bundle' } as unknown as AssembledStack['assets'],
    }));

/** What the local cloud does not have. */
const REFUSED: Partial<Record<Variant, string>> = {
  'with a key': 'SSEAlgorithm: got "aws:kms", the local cloud has "AES256"',
};

it('the local cloud knows all that they declare, but for keys for encryption', () => {
  for (const [variant, app] of Object.entries(apps) as [Variant, App][]) {
    const stacks = assembled(app);
    const check = () => {
      for (const stack of stacks) checkProperties(stack);
      describeResources(stacks, LOCAL).roles.checkTrust();
    };
    const refusal = REFUSED[variant];
    if (refusal === undefined) check();
    else expect(check).toThrow(refusal);
  }
});

describe('a domain', () => {
  it('leads to the one stage, over TLS 1.2 with its certificate', () => {
    const stack = template('with a domain', 'serving');
    const [id, ...others] = Object.keys(
      stack.findResources('AWS::ApiGatewayV2::DomainName', {
        Properties: {
          DomainName: 'digits.example.org',
          DomainNameConfigurations: [
            { CertificateArn: CERTIFICATE, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
          ],
        },
      }),
    );
    expect(others).toEqual([]);
    stack.hasResource('AWS::ApiGatewayV2::ApiMapping', {
      Properties: { DomainName: { Ref: id }, Stage: '$default', ApiId: { Ref: Match.anyValue() } },
    });
    expect(stack.toJSON().Outputs).toMatchObject({
      [OUTPUTS.domainEndpoint]: { Value: { 'Fn::Join': ['', ['https://', { Ref: id }]] } },
      [OUTPUTS.domainTarget]: { Value: { 'Fn::GetAtt': [id, 'RegionalDomainName'] } },
      [OUTPUTS.domainTargetZone]: { Value: { 'Fn::GetAtt': [id, 'RegionalHostedZoneId'] } },
    });
  });

  it('is not told of by the local cloud, which answers elsewhere', () => {
    const { outputs } = describeResources(assembled(apps['with a domain']), LOCAL);
    expect(outputs['stepnet-serving']).toEqual({ [OUTPUTS.endpoint]: LOCAL.endpoint });
  });
});

describe("the operator's key", () => {
  const STACKS = ['training', 'serving', 'batch', 'sweep'];

  it('encrypts the bucket, whose key spares requests to KMS, and all logs', () => {
    template('with a key', 'storage').hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY },
          },
        ],
      },
    });
    for (const stack of STACKS) {
      for (const { KmsKeyId } of propertiesOf(template('with a key', stack), 'AWS::Logs::LogGroup')) {
        expect(KmsKeyId).toBe(KEY);
      }
    }
  });

  it('decrypts for who reads objects, gives data keys to who writes them, and does nothing without S3', () => {
    const granted = STACKS.flatMap((stack) =>
      propertiesOf(template('with a key', stack), 'AWS::IAM::Policy'),
    );
    let keys = 0;
    for (const { PolicyName, PolicyDocument } of granted) {
      const { Statement } = PolicyDocument as { Statement: Record<string, unknown>[] };
      const of = (service: string) =>
        Statement.filter(({ Action }) =>
          [Action].flat().some((action) => String(action).startsWith(service)),
        );
      const objects = of('s3:').flatMap(({ Action }) => Action);
      const expected = [
        ...(objects.includes('s3:GetObject') ? ['kms:Decrypt'] : []),
        ...(objects.includes('s3:PutObject') ? ['kms:GenerateDataKey'] : []),
      ];
      const statements = of('kms:');
      expect(statements.flatMap(({ Action }) => Action).sort(), String(PolicyName)).toEqual(expected);
      for (const { Resource, Condition, Effect } of statements) {
        const service = { 'Fn::Join': ['', ['s3.', { Ref: 'AWS::Region' }, '.amazonaws.com*']] };
        expect([Effect, Resource]).toEqual(['Allow', KEY]);
        expect(Condition).toEqual({ StringLike: { 'kms:ViaService': service } });
        keys += 1;
      }
    }
    expect(keys).toBeGreaterThan(15);
  });
});

it.each([
  ['with a key', ['storage'], 'kmsKey', KEY],
  ['with a domain', ['serving'], 'certificate', CERTIFICATE],
  ['with alarms that are sent', ['training', 'serving', 'batch', 'sweep'], 'alarmTopic', TOPIC],
] as const)(
  '%s: nothing is deployed into another region than its ARN is of',
  (variant, stacks, setting, arn) => {
    for (const stack of stacks) {
      const rules = Object.values(template(variant, stack).toJSON().Rules as Record<string, object>);
      expect(rules).toContainEqual({
        Assertions: [
          {
            Assert: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, arn.split(':')[3]] },
            AssertDescription: `-c ${setting}=${arn}: expected one in the region of the stack`,
          },
        ],
      });
    }
  },
);

describe('the routes', () => {
  const KEYS = ['$default', ...ROUTES.map(({ key }) => key)].sort();

  it('are for signed requests only by default', () => {
    const routes = propertiesOf(template('by default', 'serving'), 'AWS::ApiGatewayV2::Route');
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(KEYS);
    for (const { AuthorizationType } of routes) expect(AuthorizationType).toBe('AWS_IAM');
  });

  it('are open with auth=none, which nobody gets by accident', () => {
    const routes = propertiesOf(template('open', 'serving'), 'AWS::ApiGatewayV2::Route');
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(KEYS);
    for (const { AuthorizationType } of routes) expect(AuthorizationType).toBe('NONE');
  });

  it("want the issuer's tokens with auth=jwt", () => {
    const stack = template('with tokens', 'serving');
    const authorizers = stack.findResources('AWS::ApiGatewayV2::Authorizer', {
      Properties: {
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['a', 'b'] },
      },
    });
    const [id, ...others] = Object.keys(authorizers);
    expect(others).toEqual([]);
    const routes = propertiesOf(stack, 'AWS::ApiGatewayV2::Route');
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(KEYS);
    for (const route of routes) {
      expect(route).toMatchObject({ AuthorizationType: 'JWT', AuthorizerId: { Ref: id } });
    }
  });
});

describe('pages of other origins', () => {
  const corsOf = (variant: Variant) =>
    propertiesOf(template(variant, 'serving'), 'AWS::ApiGatewayV2::Api')[0]!.CorsConfiguration;
  const questions = (variant: Variant) =>
    propertiesOf(template(variant, 'serving'), 'AWS::ApiGatewayV2::Route')
      .filter(({ RouteKey }) => (RouteKey as string).startsWith('OPTIONS '))
      .map(({ RouteKey, AuthorizationType }) => [RouteKey, AuthorizationType]);

  it('are not invited by default', () => {
    for (const variant of ['by default', 'open', 'with tokens'] as const) {
      expect(corsOf(variant)).toBeUndefined();
      expect(questions(variant)).toEqual([]);
    }
  });

  it('are those of the setting, and may send and read what the API has', () => {
    expect(corsOf('with pages of other origins')).toEqual({
      AllowOrigins: ['https://a.example', 'http://localhost:5173'],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: [
        'authorization',
        'content-type',
        'inference-header-content-length',
        'x-amz-date',
        'x-amz-security-token',
        'x-amz-content-sha256',
      ],
      ExposeHeaders: ['etag', 'retry-after', 'inference-header-content-length', 'x-model-version'],
      MaxAge: 3600,
    });
    expect(corsOf('open to all pages')).toMatchObject({ AllowOrigins: ['*'] });
  });

  it('are asked for without credentials, which $default would want', () => {
    expect(questions('with pages of other origins')).toEqual([['OPTIONS /{proxy+}', 'NONE']]);
    expect(questions('open to all pages')).toEqual([]);
  });
});

it('has no alarms, and its dashboards all the same, with alarms=off', () => {
  for (const stack of ['training', 'serving', 'batch', 'sweep']) {
    expect(propertiesOf(template('without alarms', stack), 'AWS::CloudWatch::Alarm')).toEqual([]);
  }
  expect(propertiesOf(template('without alarms', 'serving'), 'AWS::CloudWatch::Dashboard')).toHaveLength(1);
});

it('logs that services deliver are where their number needs no policy', () => {
  const names = ['training', 'serving', 'batch', 'sweep'].flatMap((stack) =>
    propertiesOf(template('by default', stack), 'AWS::Logs::LogGroup').flatMap(
      ({ LogGroupName }) => LogGroupName ?? [],
    ),
  );
  expect(names.sort()).toEqual([
    '/aws/vendedlogs/apis/stepnet-serving-AccessLogs',
    '/aws/vendedlogs/states/stepnet-batch-BatchLogs',
    '/aws/vendedlogs/states/stepnet-sweep-SweepLogs',
    '/aws/vendedlogs/states/stepnet-training-ImportLogs',
    '/aws/vendedlogs/states/stepnet-training-TrainingLogs',
  ]);
});

it('alarms are sent to a topic that is named, also when they are over', () => {
  for (const stack of ['training', 'serving']) {
    const alarms = propertiesOf(template('with alarms that are sent', stack), 'AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(0);
    for (const { AlarmActions, OKActions } of alarms) {
      expect(AlarmActions).toContain(TOPIC);
      expect(OKActions).toEqual([TOPIC]);
    }
  }
});

describe('other figures', () => {
  const VARIANT = 'with other figures';

  it('let uploads and batches expire, which are kept by default', () => {
    const expirations = (variant: Variant) =>
      propertiesOf(template(variant, 'storage'), 'AWS::S3::Bucket').flatMap(({ LifecycleConfiguration }) =>
        (LifecycleConfiguration as { Rules: Record<string, unknown>[] }).Rules.flatMap(
          ({ Prefix, ExpirationInDays: days }) => (days === undefined ? [] : `${Prefix} ${days}`),
        ),
      );
    expect(expirations('by default')).toEqual(['rounds/ 7', 'map-runs/ 30']);
    expect(expirations(VARIANT)).toEqual(['rounds/ 7', 'map-runs/ 30', 'imports/ 15', 'batches/ 45']);
    const [bucket] = describeResources(assembled(apps[VARIANT]), LOCAL).buckets;
    expect(bucket!.lifecycle.filter(({ expirationDays }) => expirationDays !== undefined)).toMatchObject([
      { prefix: 'rounds/', expirationDays: 7 },
      { prefix: 'map-runs/', expirationDays: 30 },
      { prefix: 'imports/', expirationDays: 15 },
      { prefix: 'batches/', expirationDays: 45 },
    ]);
  });

  it('keep all logs as long as is said', () => {
    for (const stack of ['training', 'serving', 'batch', 'sweep']) {
      const groups = propertiesOf(template(VARIANT, stack), 'AWS::Logs::LogGroup');
      expect(groups.length).toBeGreaterThan(2);
      for (const { RetentionInDays } of groups) expect(RetentionInDays).toBe(90);
    }
  });

  it('are how often the API answers, and how many runs and parts there are at once', () => {
    template(VARIANT, 'serving').hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 11 },
    });
    for (const [stack, width] of Object.entries({ sweep: 13, batch: 17 })) {
      const [machine] = propertiesOf(template(VARIANT, stack), 'AWS::StepFunctions::StateMachine');
      const definition = JSON.stringify(machine!.DefinitionString).replaceAll('\\', '');
      expect(definition).toContain(`"MaxConcurrency":${width}`);
    }
  });
});

it.each([
  ['by default', 'Retain'],
  ['with a bucket that goes', 'Delete'],
] as const)('the bucket %s is left to %s with its stack', (variant, policy) => {
  const policies = { DeletionPolicy: policy, UpdateReplacePolicy: policy };
  template(variant, 'storage').hasResource('AWS::S3::Bucket', policies);
});

it('a bucket that goes is emptied before, with the versions that nobody lists, and one that stays is not', () => {
  const emptied = (variant: Variant) =>
    template(variant, 'storage').findResources('Custom::S3AutoDeleteObjects', {
      Properties: { BucketName: { Ref: Match.stringLikeRegexp('^Bucket') } },
    });
  expect(Object.keys(emptied('with a bucket that goes'))).toHaveLength(1);
  expect(emptied('by default')).toEqual({});
});

it('a budget mails when the month is over it, and when it is forecast to be', () => {
  const notice = (NotificationType: string) => ({
    Notification: {
      NotificationType,
      ComparisonOperator: 'GREATER_THAN',
      Threshold: 100,
      ThresholdType: 'PERCENTAGE',
    },
    Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'a@b.c' }],
  });
  template('with a budget and prices', 'training').hasResourceProperties('AWS::Budgets::Budget', {
    Budget: {
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: 5, Unit: 'USD' },
      CostFilters: { TagKeyValue: ['user:application$stepnet'] },
    },
    NotificationsWithSubscribers: [notice('ACTUAL'), notice('FORECASTED')],
  });
});

it('prices go to the functions that estimate what a run costs', () => {
  const priced = template('with a budget and prices', 'training').findResources('AWS::Lambda::Function', {
    Properties: { Environment: { Variables: Match.objectLike({ PRICES }) } },
  });
  const descriptions = Object.values(priced).map(({ Properties }) => Properties.Description as string);
  expect(descriptions.sort()).toEqual([
    'stepnet reduce-round',
    'stepnet start-run',
    'stepnet train-chunk',
    'stepnet train-worker',
    'stepnet validate-config',
  ]);
});

it('says at synthesis which settings are above what a new account runs at a time', () => {
  const notes = (variant: Variant) =>
    Annotations.fromStack(stackOf(variant, 'training'))
      .findInfo('*', Match.anyValue())
      .map(({ entry }) => entry.data);
  expect(notes('by default')).toEqual([]);
  expect(notes('with other figures')).toEqual([
    expect.stringMatching(/^sweepRunsAtOnce=13, batchPartsAtOnce=17: a new AWS account runs 10 functions/),
  ]);
});
