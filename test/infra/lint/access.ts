/** Rules about who may do what. */
import { ROUTES } from '../../../functions/contract/routes.ts';
import { actionsOf, type LintedApp, type Rule, resourcesOf, type Statement, statementsOf } from './app.ts';

/** Actions that know no resources, by why. */
const ON_NOTHING = {
  'traces belong to no resource': [
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
  ],
  'deliveries of logs belong to no resource': [
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
  ],
} as const;
const WITHOUT_RESOURCE: readonly string[] = Object.values(ON_NOTHING).flat();

/** All that anything of the app may be allowed. */
const KNOWN = [
  ...WITHOUT_RESOURCE,
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  's3:GetObject',
  's3:PutObject',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
  's3:ListBucket',
  'lambda:InvokeFunction',
  'states:StartExecution',
  'states:ListExecutions',
  'states:DescribeExecution',
  'states:StopExecution',
  'states:RedriveExecution',
  'kms:Decrypt',
  'kms:GenerateDataKey',
];

/** What a role allows is known by name, and on named resources but for what knows none. */
export const grantsAreKnown: Rule = (app) =>
  statementsOf(app).flatMap(({ where, statement }) => {
    const resources = [statement.Resource].flat().map(String);
    return actionsOf(statement).flatMap((action) => [
      ...(KNOWN.includes(action) ? [] : [`${where}: ${action} is not known`]),
      ...(resources.includes('*') && !WITHOUT_RESOURCE.includes(action)
        ? [`${where}: ${action} on everything`]
        : []),
    ]);
  });

/** Under which condition alone an action is allowed. */
const CONDITIONS: Readonly<Record<string, [operator: string, key: string]>> = {
  's3:ListBucket': ['StringLikeIfExists', 's3:prefix'],
  'kms:Decrypt': ['StringLike', 'kms:ViaService'],
  'kms:GenerateDataKey': ['StringLike', 'kms:ViaService'],
};

/** A listing is of prefixes, a key is used through S3 alone. */
export const grantsHaveConditions: Rule = (app) =>
  statementsOf(app).flatMap(({ where, statement }) =>
    actionsOf(statement).flatMap((action) => {
      const [operator, key] = CONDITIONS[action] ?? [];
      const isThere = key === undefined || statement.Condition?.[operator!]?.[key] !== undefined;
      return isThere ? [] : [`${where}: ${action} without a condition on ${key}`];
    }),
  );

/** The key that a role may use is the one that the operator named. */
export const keysAreTheOperators: Rule = (app) =>
  statementsOf(app)
    .filter(({ statement }) => actionsOf(statement).some((action) => action.startsWith('kms:')))
    .filter(({ statement }) => statement.Resource !== app.settings.kmsKey)
    .map(({ where, statement }) => `${where}: ${actionsOf(statement)} on ${statement.Resource}`);

/** Roles are assumed by the two services that run something, and have no policies from outside of the templates. */
export const rolesAreOfServices: Rule = (app) =>
  resourcesOf(app, 'AWS::IAM::Role').flatMap(({ where, id, properties }) => {
    const { Statement } = properties.AssumeRolePolicyDocument as { Statement: Statement[] };
    const principals = Statement.map(({ Principal }) => JSON.stringify(Principal));
    const services = ['lambda', 'states'].map((name) => JSON.stringify({ Service: `${name}.amazonaws.com` }));
    const strangers = principals.filter((principal) => !services.includes(principal));
    // The CDK's own role for emptying the bucket has Lambda's basic one.
    const managed = id.startsWith('CustomS3AutoDeleteObjects') ? undefined : properties.ManagedPolicyArns;
    return [
      ...strangers.map((principal) => `${where}: ${principal} may assume it`),
      ...(managed === undefined ? [] : [`${where}: has ${JSON.stringify(managed)}`]),
    ];
  });

const AUTHORIZATION = { iam: 'AWS_IAM', jwt: 'JWT', none: 'NONE' } as const;

/** Routes that ask nobody: a browser's question about other origins comes without credentials. */
const QUESTIONS: readonly unknown[] = ['OPTIONS /{proxy+}'];
/** With tokens a page without data asks for one. */
const PAGE: readonly unknown[] = ['GET /', 'GET /openapi.json'];

/** Routes that change something. */
const MANAGED: readonly unknown[] = ROUTES.filter(({ manages }) => manages).map(({ key }) => key);

/** Routes ask who calls as `auth` and `manage` say; functions are invoked by services about one thing each, and have no addresses. */
export const callersAreKnown: Rule = (app) => [
  ...resourcesOf(app, 'AWS::ApiGatewayV2::Route').flatMap(({ where, properties }) => {
    const { RouteKey: key } = properties;
    const isSigned = app.settings.manage === 'iam' && MANAGED.includes(key);
    const kind = isSigned ? 'iam' : app.settings.auth.kind;
    const isOpen = QUESTIONS.includes(key) || (kind === 'jwt' && PAGE.includes(key));
    const expected = isOpen ? 'NONE' : AUTHORIZATION[kind];
    const got = properties.AuthorizationType;
    return got === expected ? [] : [`${where}: ${properties.RouteKey} asks for ${got}, expected ${expected}`];
  }),
  ...resourcesOf(app, 'AWS::Lambda::Permission').flatMap(({ where, properties }) => {
    const { Principal: principal, SourceArn: source } = properties;
    return /\.amazonaws\.com$/.test(String(principal)) && source !== undefined
      ? []
      : [`${where}: ${principal} may invoke a function, about ${source ?? 'anything'}`];
  }),
  ...resourcesOf(app, 'AWS::Lambda::Url').map(({ where }) => `${where}: an address that needs no API`),
];

const BLOCKED = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];

/** Buckets are closed to the public, want TLS 1.2, and their policies let in nobody but who empties them. */
export const bucketsAreClosed: Rule = (app) => [
  ...resourcesOf(app, 'AWS::S3::Bucket').flatMap(({ where, stack, id, properties }) => {
    const block = (properties.PublicAccessBlockConfiguration ?? {}) as Record<string, unknown>;
    const denied = conditionsOfDenials(app, stack, id);
    return [
      ...BLOCKED.filter((name) => block[name] !== true).map((name) => `${where}: ${name} is not set`),
      ...['aws:SecureTransport', 's3:TlsVersion']
        .filter((key) => !denied.includes(key))
        .map((key) => `${where}: nothing is denied by ${key}`),
    ];
  }),
  ...policiesOfBuckets(app).flatMap(({ where, statements }) =>
    statements
      .filter(({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal).includes('"*"'))
      .map(({ Action }) => `${where}: everybody may ${Action}`),
  ),
];

const policiesOfBuckets = (app: LintedApp) =>
  resourcesOf(app, 'AWS::S3::BucketPolicy').map(({ where, stack, raw, properties }) => ({
    where,
    stack,
    bucket: (raw.Bucket as { Ref?: string }).Ref,
    statements: (properties.PolicyDocument as { Statement: Statement[] }).Statement,
  }));

const conditionsOfDenials = (app: LintedApp, stack: string, id: string): string[] =>
  policiesOfBuckets(app)
    .filter((policy) => policy.stack === stack && policy.bucket === id)
    .flatMap(({ statements }) => statements)
    .filter(({ Effect, Action }) => Effect === 'Deny' && Action === 's3:*')
    .flatMap(({ Condition = {} }) => Object.values(Condition).flatMap(Object.keys));
