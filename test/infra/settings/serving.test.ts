/** What settings of the endpoint make of the templates. */

import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { MANAGING, ROUTES } from '../../../functions/contract/routes.ts';
import { OUTPUTS, PARAMETERS } from '../../../functions/contract/stacks.ts';
import { parseAuth, parseManage } from '../../../functions/predict/auth.ts';
import { describeResources } from '../../../scripts/cloud/resources.ts';
import { assembled, CERTIFICATE, LOCAL, propertiesOf, template, type Variant } from '../variants.ts';

describe('the routes', () => {
  const isManaging = (key: unknown) => MANAGING.some((one) => one === key);
  const KEYS = ['$default', ...ROUTES.map(({ key }) => key)].sort();

  it('are for signed requests only by default', () => {
    const routes = propertiesOf(template('by default', 'serving'), 'AWS::ApiGatewayV2::Route');
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(KEYS);
    for (const { AuthorizationType } of routes) expect(AuthorizationType).toBe('AWS_IAM');
  });

  it('are open with auth=none, which nobody gets by accident', () => {
    const routes = propertiesOf(template('open', 'serving'), 'AWS::ApiGatewayV2::Route');
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(KEYS);
    for (const { RouteKey, AuthorizationType } of routes) {
      expect(AuthorizationType, String(RouteKey)).toBe(isManaging(RouteKey) ? 'AWS_IAM' : 'NONE');
    }
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
    const isOpen = ({ RouteKey }: Record<string, unknown>) =>
      ['GET /', 'GET /openapi.json'].includes(RouteKey as string);
    const signed = routes.filter(({ RouteKey }) => isManaging(RouteKey));
    for (const { AuthorizationType } of signed) expect(AuthorizationType).toBe('AWS_IAM');
    for (const route of routes.filter((one) => !isOpen(one) && !signed.includes(one))) {
      expect(route).toMatchObject({ AuthorizationType: 'JWT', AuthorizerId: { Ref: id } });
    }
    // They hold no data: a browser without a token has to be asked for one.
    for (const route of routes.filter(isOpen)) expect(route.AuthorizationType).toBe('NONE');
  });

  it.each([
    ['by default', { kind: 'iam' }],
    ['open', { kind: 'none' }],
    [
      'with tokens',
      {
        kind: 'jwt',
        issuer: 'https://issuer.example',
        audience: ['a', 'b'],
        login: 'https://app.auth.eu-west-1.amazoncognito.com',
      },
    ],
  ] as const)('%s: predict knows who may call', (variant, auth) => {
    const variables = propertiesOf(template(variant, 'serving'), 'AWS::Lambda::Function').flatMap(
      ({ Environment }) => (Environment as { Variables: Record<string, string> }).Variables.AUTH ?? [],
    );
    expect(variables.map((text) => parseAuth(text))).toEqual([auth]);
  });
});

describe('routes that change something', () => {
  const serving = (variant: Variant) => template(variant, 'serving');
  const managed = (variant: Variant) =>
    propertiesOf(serving(variant), 'AWS::ApiGatewayV2::Route').filter(({ RouteKey }) =>
      MANAGING.some((key) => key === RouteKey),
    );
  const functionsOf = (variant: Variant) =>
    propertiesOf(serving(variant), 'AWS::Lambda::Function').map(
      ({ Environment }) => (Environment as { Variables: Record<string, string> }).Variables,
    );

  it.each([
    ['by default', 'AWS_IAM'],
    ['open', 'AWS_IAM'],
    ['with tokens', 'AWS_IAM'],
    ['managed by whom tokens let in', 'JWT'],
    ['managed by everybody', 'NONE'],
  ] as const)('%s: are for %s', (variant, type) => {
    expect(managed(variant)).toHaveLength(MANAGING.length);
    for (const { AuthorizationType } of managed(variant)) expect(AuthorizationType).toBe(type);
  });

  it('are not there with manage=off, nor is their function, nor does anything of training matter', () => {
    expect(managed('managed by nobody')).toEqual([]);
    const names = functionsOf('managed by nobody').map(({ POWERTOOLS_SERVICE_NAME: name }) => name);
    expect(names).toEqual(['predict', 'rollback-model']);
    expect(JSON.stringify(serving('managed by nobody').toJSON())).not.toContain('stepnet-training');
  });

  it('predict knows of them', () => {
    const said = (variant: Variant) =>
      parseManage(functionsOf(variant).flatMap(({ MANAGE }) => MANAGE ?? [])[0]!);
    expect(said('by default')).toBe('iam');
    expect(said('managed by everybody')).toBe('auth');
    expect(said('managed by nobody')).toBe('off');
  });

  it('are deployed for everybody only where the operator says so once more', () => {
    const name = PARAMETERS.everybodyMayManage;
    const { Parameters, Rules } = serving('managed by everybody').toJSON();
    expect(Parameters[name]).toMatchObject({ Default: 'no', AllowedValues: ['no', 'yes'] });
    expect(Object.values(Rules)).toContainEqual({
      Assertions: [
        {
          Assert: { 'Fn::Equals': [{ Ref: name }, 'yes'] },
          AssertDescription: expect.stringContaining(`--parameters ${name}=yes`),
        },
      ],
    });
    for (const variant of ['by default', 'open', 'with tokens', 'managed by whom tokens let in'] as const) {
      expect(serving(variant).toJSON().Parameters).not.toHaveProperty(name);
    }
  });

  it('do not keep the training stack from changing: its export stays when nobody imports it', () => {
    const exported = (variant: Variant) =>
      Object.values<{ Export?: { Name: string } }>(template(variant, 'training').toJSON().Outputs).flatMap(
        ({ Export }) => Export?.Name ?? [],
      );
    expect(exported('managed by nobody')).toEqual(exported('by default'));
    expect(exported('by default')).toContainEqual(expect.stringContaining('ExportsOutputRefTraining'));
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
        'idempotency-key',
        'x-amz-date',
        'x-amz-security-token',
        'x-amz-content-sha256',
      ],
      ExposeHeaders: [
        'etag',
        'location',
        'retry-after',
        'inference-header-content-length',
        'x-model-version',
      ],
      MaxAge: 3600,
    });
    expect(corsOf('open to all pages')).toMatchObject({ AllowOrigins: ['*'] });
  });

  it('are asked for without credentials, which $default would want', () => {
    expect(questions('with pages of other origins')).toEqual([['OPTIONS /{proxy+}', 'NONE']]);
    expect(questions('open to all pages')).toEqual([]);
  });
});

it('the API lets through as many requests as is said', () => {
  template('with other figures', 'serving').hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 11 },
  });
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
    const { outputs } = describeResources(assembled('with a domain'), LOCAL);
    expect(outputs['stepnet-serving']).toEqual({ [OUTPUTS.endpoint]: LOCAL.endpoint });
  });
});
