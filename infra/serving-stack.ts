/** The HTTP API: routes that read are answered by the predict function, those that change something by manage. */
import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  type CorsPreflightOptions,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  type HttpRoute,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ENV } from '../functions/contract/environment.ts';
import { READ_BY_OTHER_ORIGINS, SENT_BY_OTHER_ORIGINS } from '../functions/contract/headers.ts';
import { LISTED, PATTERNS } from '../functions/contract/keys.ts';
import { PUBLIC_WITH_TOKENS, ROUTES } from '../functions/contract/routes.ts';
import { OUTPUTS } from '../functions/contract/stacks.ts';
import { addDomain } from './domain.ts';
import { createVendedLogs } from './logs.ts';
import { createManage, requireConsent } from './manage.ts';
import { ServingMonitoring } from './monitoring/serving.ts';
import type { Auth } from './settings/serving.ts';
import type { StackSettings } from './settings.ts';
import { StepnetFunction } from './stepnet-function.ts';

/** Model that answers requests which name none; what the default config promotes to. */
export const DEFAULT_MODEL = 'mnist';
const { runConfig, status, runIndex, checkpoints, metrics, metricsIndex, manifest, testShards } = PATTERNS;
const { versions, versionsIndex, latest } = PATTERNS;

export class ServingStack extends Stack {
  constructor(scope: Construct, id: string, props: StackSettings & { training: StateMachine }) {
    super(scope, id, { description: 'stepnet: predictions over HTTP' });
    const predict = new StepnetFunction(this, 'predict', {
      settings: props,
      environment: {
        [ENV.defaultModel]: DEFAULT_MODEL,
        [ENV.metricsNamespace]: props.name,
        [ENV.auth]: JSON.stringify(props.auth),
        [ENV.manage]: props.manage,
      },
    }).uses(props.bucket, {
      // The test set is for reports.
      read: [
        runConfig,
        status,
        runIndex,
        checkpoints,
        metrics,
        metricsIndex,
        latest,
        versions,
        versionsIndex,
        manifest,
        testShards,
      ],
      list: [LISTED.runs, LISTED.runChanges, LISTED.metrics, LISTED.models, LISTED.versions],
    });

    const integration = new HttpLambdaIntegration('Predict', predict);
    const rollback = new StepnetFunction(this, 'rollback-model', { settings: props }).uses(props.bucket, {
      read: [latest],
      write: [latest],
    });

    const api = new HttpApi(this, 'Api', {
      apiName: `${props.name}-predictions`,
      description: 'stepnet predictions',
      createDefaultStage: false,
      defaultAuthorizer: authorizer(props.auth),
      ...(props.cors === undefined ? {} : { corsPreflight: preflight(props.cors) }),
      // Route $default: what is no route is told so by us, in the same form as any other error.
      defaultIntegration: integration,
    });
    if (props.auth.kind === 'none') {
      Validations.of(api).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: 'The operator opened the API with -c auth=none; by default requests are signed.',
      });
    }
    for (const { key, method, path } of ROUTES.filter(({ manages }) => !manages)) {
      const isPublic = props.auth.kind === 'jwt' && PUBLIC_WITH_TOKENS.includes(key);
      const routes = api.addRoutes({
        path,
        methods: [HttpMethod[method]],
        integration,
        ...(isPublic ? { authorizer: new HttpNoneAuthorizer() } : {}),
      });
      if (isPublic)
        this.#open(routes, 'It holds no data, and a browser that has no token yet has to be asked for one.');
    }
    const manage = props.manage === 'off' ? undefined : this.#addManage(api, props);
    if (props.cors !== undefined && props.auth.kind !== 'none') {
      this.#open(
        api.addRoutes({
          path: '/{proxy+}',
          methods: [HttpMethod.OPTIONS],
          integration,
          authorizer: new HttpNoneAuthorizer(),
        }),
        'Browsers ask without credentials whether a page of another origin may call, and $default would want some.',
      );
    }
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: props.throttle.rate, burstLimit: props.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(createVendedLogs(this, 'AccessLogs', props, 'apis')),
        // Who, what, how long; never bodies, headers or query strings.
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            time: '$context.requestTime',
            ip: '$context.identity.sourceIp',
            // Of a signed request the caller's ARN, with tokens the subject; a dash where there is none.
            caller: '$context.identity.userArn',
            subject: '$context.authorizer.claims.sub',
            method: '$context.httpMethod',
            route: '$context.routeKey',
            status: '$context.status',
            latencyMs: '$context.responseLatency',
            error: '$context.error.message',
            integrationError: '$context.integrationErrorMessage',
          }),
        ),
      },
    });
    if (props.domain !== undefined) addDomain(this, stage, props.domain);
    const watched = { api, predict, rollback, manage, model: DEFAULT_MODEL };
    new ServingMonitoring(this, 'Monitoring', { ...props, ...watched });
    // The API's own attribute, not an address put together: the local cloud answers elsewhere.
    new CfnOutput(this, OUTPUTS.endpoint, { value: api.apiEndpoint });
  }

  /** The routes that change something. */
  #addManage(api: HttpApi, props: StackSettings & { training: StateMachine }): StepnetFunction {
    const manage = createManage(this, props);
    const integration = new HttpLambdaIntegration('Manage', manage);
    const isSigned = props.manage === 'iam';
    for (const { method, path } of ROUTES.filter(({ manages }) => manages)) {
      api.addRoutes({
        path,
        methods: [HttpMethod[method]],
        integration,
        ...(isSigned ? { authorizer: new HttpIamAuthorizer() } : {}),
      });
    }
    if (!isSigned && props.auth.kind === 'none') requireConsent(this);
    return manage;
  }

  /** Routes that everybody may call. @param reason for cdk-nag's rule, and for people */
  #open(routes: HttpRoute[], reason: string): void {
    for (const route of routes) Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
  }
}

/** What the gateway answers browsers that ask for a page of another origin. */
const preflight = (origins: string[]): CorsPreflightOptions => ({
  allowOrigins: origins,
  allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST],
  allowHeaders: SENT_BY_OTHER_ORIGINS,
  exposeHeaders: READ_BY_OTHER_ORIGINS,
  maxAge: Duration.hours(1),
});

function authorizer(auth: Auth): IHttpRouteAuthorizer {
  switch (auth.kind) {
    case 'iam':
      return new HttpIamAuthorizer();
    case 'none':
      return new HttpNoneAuthorizer();
    case 'jwt':
      return new HttpJwtAuthorizer('Jwt', auth.issuer, { jwtAudience: auth.audience });
  }
}
