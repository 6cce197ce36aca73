/** The HTTP API: who may call it, how often, and what is written down of a call. */
import { describe, expect, it } from 'vitest';
import { MANAGING, ROUTES } from '../../functions/contract/routes.ts';
import { OUTPUTS } from '../../functions/contract/stacks.ts';
import { readable, resourcesOf, templates } from './templates.ts';

const template = templates().serving!;
const resources = resourcesOf(template);
const ofType = (type: string) => resources.filter((resource) => resource.type === type);
/** The contract's routes, and one for whatever is none of them. */
const KEYS = ['$default', ...ROUTES.map(({ key }) => key)].sort();

describe('routes', () => {
  it('are those of the contract; who may call them is held for each setting in settings/serving.test.ts', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => properties);
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(KEYS);
  });

  it('lead to manage where they change something, else to predict, with payload format 2.0', () => {
    const integrations = ofType('AWS::ApiGatewayV2::Integration');
    const to = (name: string) => ({
      ApiId: '<Api>',
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: `<${name}Function.Arn>`,
      PayloadFormatVersion: '2.0',
    });
    expect(integrations.map(({ properties }) => properties)).toEqual([to('Predict'), to('Manage')]);
    const [predict, manage] = integrations.map(({ id }) => `integrations/<${id}>`);
    for (const { properties } of ofType('AWS::ApiGatewayV2::Route')) {
      const isManaging = MANAGING.some((key) => key === properties.RouteKey);
      expect(properties.Target, String(properties.RouteKey)).toBe(isManaging ? manage : predict);
    }
  });

  it.each([
    ['Predict', KEYS.length - MANAGING.length],
    ['Manage', MANAGING.length],
  ])('may invoke %s, for this API only', (name, count) => {
    const permissions = ofType('AWS::Lambda::Permission')
      .map(({ properties }) => properties)
      .filter(({ FunctionName }) => FunctionName === `<${name}Function.Arn>`);
    expect(permissions).toHaveLength(count);
    for (const permission of permissions) {
      expect(permission).toMatchObject({
        Action: 'lambda:InvokeFunction',
        FunctionName: `<${name}Function.Arn>`,
        Principal: 'apigateway.amazonaws.com',
        SourceArn: expect.stringMatching(
          /^arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<Api>\/\*\/(\*\/.*|\*|\$default)$/,
        ),
      });
    }
  });
});

describe('the stage', () => {
  const [stage, ...others] = ofType('AWS::ApiGatewayV2::Stage');
  const { DestinationArn, Format } = stage!.properties.AccessLogSettings as Record<string, string>;

  it('is one, and throttled', () => {
    expect(others).toEqual([]);
    expect(stage!.properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
    expect(stage!.properties).not.toHaveProperty('RouteSettings');
  });

  it('logs who, what and how long, and no body, header, path or query', () => {
    expect(DestinationArn).toBe('<AccessLogs.Arn>');
    expect(JSON.parse(Format!)).toEqual({
      requestId: '$context.requestId',
      time: '$context.requestTime',
      ip: '$context.identity.sourceIp',
      caller: '$context.identity.userArn',
      subject: '$context.authorizer.claims.sub',
      method: '$context.httpMethod',
      route: '$context.routeKey',
      status: '$context.status',
      latencyMs: '$context.responseLatency',
      error: '$context.error.message',
      integrationError: '$context.integrationErrorMessage',
    });
  });
});

it('the API is called after the app, as an account may have several', () => {
  expect(ofType('AWS::ApiGatewayV2::Api')[0]!.properties.Name).toBe('stepnet-predictions');
});

it("the endpoint is an output, as the API's own attribute", () => {
  expect(readable(template.Outputs)).toMatchObject({ [OUTPUTS.endpoint]: { Value: '<Api.ApiEndpoint>' } });
});

it('other origins are not invited', () => {
  expect(ofType('AWS::ApiGatewayV2::Api')[0]!.properties).not.toHaveProperty('CorsConfiguration');
});
