/** What settings of the endpoint make of the templates. */

import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../functions/contract/routes.ts';
import { OUTPUTS } from '../../../functions/contract/stacks.ts';
import { parseAuth } from '../../../functions/predict/auth.ts';
import { describeResources } from '../../../scripts/cloud/resources.ts';
import { assembled, CERTIFICATE, LOCAL, propertiesOf, template, type Variant } from '../variants.ts';

describe('the routes', () => {
  const KEYS = ['$default', ...ROUTES.filter(({ manages }) => !manages).map(({ key }) => key)].sort();

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
    const isOpen = ({ RouteKey }: Record<string, unknown>) =>
      ['GET /', 'GET /openapi.json'].includes(RouteKey as string);
    for (const route of routes.filter((one) => !isOpen(one))) {
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
