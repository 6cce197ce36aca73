/**
 * What the local cloud makes of every property of every resource type: it honours it, or the property has no meaning on
 * one machine, for a reason that stands here. What is on neither list is an error, as an unknown type is, so that nothing
 * that a template declares is dropped in silence.
 */
import type { AssembledStack } from './assembly.ts';

interface Known {
  /** Paths without indices; `.*` at the end stands for all that is below, which its reader checks. */
  honoured?: readonly string[];
  /** By the reason why they have no meaning here. */
  withoutMeaning?: Readonly<Record<string, readonly string[]>>;
  /** The only values that a path may have. */
  values?: Readonly<Record<string, readonly unknown[]>>;
  /** Whether outputs about it would say what is not so here: they are left out. */
  isInAwsAlone?: boolean;
}

const FOR_PEOPLE = 'it describes the resource to people';
const IN_AWS = 'the name leads to AWS; here the API answers on the loopback interface';
const NO_METRICS = 'no metrics are collected here: an operator invokes what an alarm would';

/** By type. One that only has properties without meaning is not run at all. */
const KNOWN: Readonly<Record<string, Known>> = {
  'AWS::ApiGatewayV2::Api': {
    honoured: [
      'CorsConfiguration.AllowHeaders',
      'CorsConfiguration.AllowMethods',
      'CorsConfiguration.AllowOrigins',
      'CorsConfiguration.ExposeHeaders',
      'CorsConfiguration.MaxAge',
      'ProtocolType',
    ],
    withoutMeaning: { [FOR_PEOPLE]: ['Description', 'Name', 'Tags.*'] },
    values: { ProtocolType: ['HTTP'] },
  },
  'AWS::ApiGatewayV2::ApiMapping': {
    withoutMeaning: { [IN_AWS]: ['ApiId', 'DomainName', 'Stage'] },
  },
  'AWS::ApiGatewayV2::DomainName': {
    withoutMeaning: { [IN_AWS]: ['DomainName', 'DomainNameConfigurations.*'], [FOR_PEOPLE]: ['Tags.*'] },
    isInAwsAlone: true,
  },
  'AWS::ApiGatewayV2::Authorizer': {
    honoured: [
      'ApiId',
      'AuthorizerType',
      'IdentitySource',
      'JwtConfiguration.Audience',
      'JwtConfiguration.Issuer',
    ],
    withoutMeaning: { [FOR_PEOPLE]: ['Name'] },
    values: { AuthorizerType: ['JWT'] },
  },
  'AWS::ApiGatewayV2::Integration': {
    honoured: ['ApiId', 'IntegrationType', 'IntegrationUri', 'PayloadFormatVersion'],
    values: { IntegrationType: ['AWS_PROXY'], PayloadFormatVersion: ['2.0'] },
  },
  'AWS::ApiGatewayV2::Route': {
    honoured: ['ApiId', 'AuthorizationType', 'AuthorizerId', 'RouteKey', 'Target'],
    values: { AuthorizationType: ['AWS_IAM', 'JWT', 'NONE'] },
  },
  'AWS::ApiGatewayV2::Stage': {
    withoutMeaning: {
      'the one stage is always up to date': ['ApiId', 'AutoDeploy', 'StageName'],
      'there is no access log': ['AccessLogSettings.DestinationArn', 'AccessLogSettings.Format'],
      'one machine throttles by itself': [
        'DefaultRouteSettings.ThrottlingBurstLimit',
        'DefaultRouteSettings.ThrottlingRateLimit',
      ],
      [FOR_PEOPLE]: ['Tags.*'],
    },
    values: { StageName: ['$default'], AutoDeploy: [true] },
  },
  'AWS::Budgets::Budget': {
    withoutMeaning: {
      'nothing here costs money': ['Budget.*', 'NotificationsWithSubscribers.*'],
      [FOR_PEOPLE]: ['ResourceTags.*'],
    },
  },
  'AWS::CDK::Metadata': { withoutMeaning: { "it tells the CDK's makers what is used": ['Analytics'] } },
  'AWS::CloudWatch::Alarm': {
    withoutMeaning: {
      [NO_METRICS]: [
        'AlarmActions',
        'ComparisonOperator',
        'DatapointsToAlarm',
        'Dimensions.*',
        'EvaluationPeriods',
        'ExtendedStatistic',
        'MetricName',
        'Metrics.*',
        'Namespace',
        'OKActions',
        'Period',
        'Statistic',
        'Threshold',
        'TreatMissingData',
      ],
      [FOR_PEOPLE]: ['AlarmDescription', 'AlarmName', 'Tags.*'],
    },
  },
  'AWS::CloudWatch::Dashboard': {
    withoutMeaning: { [FOR_PEOPLE]: ['DashboardBody', 'DashboardName', 'Tags.*'] },
  },
  'AWS::IAM::Policy': {
    honoured: ['PolicyDocument.*', 'Roles'],
    withoutMeaning: { [FOR_PEOPLE]: ['PolicyName'] },
  },
  'AWS::IAM::Role': {
    honoured: ['AssumeRolePolicyDocument.*', 'ManagedPolicyArns', 'Policies.*'],
    withoutMeaning: { [FOR_PEOPLE]: ['Description', 'Tags.*'] },
  },
  'AWS::Lambda::Function': {
    honoured: [
      'Code.S3Bucket',
      'Code.S3Key',
      'Code.ZipFile',
      'Environment.Variables.*',
      'Handler',
      'LoggingConfig.LogFormat',
      'MemorySize',
      'Role',
      'Runtime',
      'Timeout',
    ],
    withoutMeaning: {
      'a function runs on the processor that is here': ['Architectures'],
      'each function logs to a file of its own': ['LoggingConfig.LogGroup'],
      'there is no X-Ray': ['TracingConfig.Mode'],
      [FOR_PEOPLE]: ['Description', 'Tags.*'],
    },
    values: { 'LoggingConfig.LogFormat': ['JSON'] },
  },
  'AWS::Lambda::Permission': {
    honoured: ['Action', 'FunctionName', 'Principal'],
    withoutMeaning: { 'there is one API, and one account': ['SourceAccount', 'SourceArn'] },
    values: { Action: ['lambda:InvokeFunction'] },
  },
  'AWS::Logs::LogGroup': {
    withoutMeaning: {
      'logs are files in your own folder, which stay until somebody deletes them': [
        'KmsKeyId',
        'LogGroupName',
        'RetentionInDays',
      ],
      [FOR_PEOPLE]: ['Tags.*'],
    },
  },
  'AWS::S3::Bucket': {
    honoured: [
      'LifecycleConfiguration.Rules.AbortIncompleteMultipartUpload.DaysAfterInitiation',
      'LifecycleConfiguration.Rules.ExpirationInDays',
      'LifecycleConfiguration.Rules.ExpiredObjectDeleteMarker',
      'LifecycleConfiguration.Rules.NoncurrentVersionExpiration.NewerNoncurrentVersions',
      'LifecycleConfiguration.Rules.NoncurrentVersionExpiration.NoncurrentDays',
      'LifecycleConfiguration.Rules.Prefix',
      'LifecycleConfiguration.Rules.Status',
      'LifecycleConfiguration.Rules.Transitions.StorageClass',
      'LifecycleConfiguration.Rules.Transitions.TransitionInDays',
      'VersioningConfiguration.Status',
    ],
    withoutMeaning: {
      'the bytes lie in your own data folder': [
        'BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.SSEAlgorithm',
      ],
      'they are of aws:kms, which is refused below': [
        'BucketEncryption.ServerSideEncryptionConfiguration.BucketKeyEnabled',
        'BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.KMSMasterKeyID',
      ],
      'there is one account, and nobody else reaches the bucket': [
        'OwnershipControls.Rules.ObjectOwnership',
        'PublicAccessBlockConfiguration.*',
      ],
      [FOR_PEOPLE]: ['LifecycleConfiguration.Rules.Id', 'Tags.*'],
    },
    values: {
      'BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.SSEAlgorithm': [
        'AES256',
      ],
      'LifecycleConfiguration.Rules.Status': ['Enabled', 'Disabled'],
      // The archives from which one has to restore first are not among them.
      'LifecycleConfiguration.Rules.Transitions.StorageClass': [
        'STANDARD_IA',
        'ONEZONE_IA',
        'INTELLIGENT_TIERING',
        'GLACIER_IR',
      ],
      'OwnershipControls.Rules.ObjectOwnership': ['BucketOwnerEnforced'],
      'VersioningConfiguration.Status': ['Enabled', 'Suspended'],
    },
  },
  'AWS::S3::BucketPolicy': { honoured: ['Bucket', 'PolicyDocument.*'] },
  'Custom::S3AutoDeleteObjects': {
    withoutMeaning: {
      'whoever deletes the data folder deletes the objects with it': ['BucketName', 'ServiceToken'],
    },
  },
  'AWS::StepFunctions::StateMachine': {
    honoured: ['DefinitionString', 'RoleArn', 'StateMachineType'],
    withoutMeaning: {
      'what executions did is kept with them': [
        'LoggingConfiguration.Destinations.CloudWatchLogsLogGroup.LogGroupArn',
        'LoggingConfiguration.IncludeExecutionData',
        'LoggingConfiguration.Level',
      ],
      'there is no X-Ray': ['TracingConfiguration.Enabled'],
      [FOR_PEOPLE]: ['Tags.*'],
    },
    values: { StateMachineType: ['STANDARD'] },
  },
};

/** Beside a resource's properties. A condition is looked at where the resource is taken. */
const ATTRIBUTES = [
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
];
/** Rules are about regions and the CDK's bootstrap stack, of which there are none here. */
const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Conditions',
  'Rules',
  'Resources',
  'Outputs',
];

/** The properties that are honoured at least in part; undefined for a type of which nothing is. */
export function honouredOf(type: string, properties: object = {}): Record<string, unknown> | undefined {
  const names = KNOWN[type]?.honoured?.map((path) => path.split('.')[0]!);
  return names && Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name)));
}

/** Whether an output's value tells of a resource that has no counterpart here. */
export function tellsOfAwsAlone(value: unknown, typeOf: (logicalId: string) => string | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  const type = typeOf(ref ?? attribute?.[0] ?? '');
  if (type !== undefined && KNOWN[type]?.isInAwsAlone === true) return true;
  return Object.values(value).some((part) => tellsOfAwsAlone(part, typeOf));
}

/** @throws Error for a type, a property or a value that the local cloud neither honours nor knows to have no meaning here */
export function checkProperties({ name: stack, template }: AssembledStack): void {
  refuseOthers(`${stack}: the template's section`, Object.keys(template), SECTIONS);
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    const where = `${stack}: ${logicalId}`;
    const known = KNOWN[resource.Type];
    if (known === undefined) {
      throw new Error(`${where} is a ${resource.Type}, which the local cloud doesn't know`);
    }
    refuseOthers(`${where}: the attribute`, Object.keys(resource), ATTRIBUTES);
    checkValue(resource.Properties ?? {}, {
      where: `${where} (${resource.Type})`,
      known,
      path: '',
      name: '',
    });
  }
}

function refuseOthers(what: string, names: readonly string[], allowed: readonly string[]): void {
  const other = names.find((name) => !allowed.includes(name));
  if (other !== undefined) throw new Error(`${what} ${other} is not known to the local cloud. ${ADVICE}`);
}

const ADVICE = 'Take it out of the app, or say in scripts/cloud/properties.ts what becomes of it.';

interface Place {
  where: string;
  known: Known;
  /** With indices, for people. */
  path: string;
  /** Without them. */
  name: string;
}

function checkValue(value: unknown, place: Place): void {
  const { where, known, path, name } = place;
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) checkValue(part, { ...place, path: `${path}[${index}]` });
    return;
  }
  const names = [known.honoured ?? [], ...Object.values(known.withoutMeaning ?? {})].flat();
  if (names.some((pattern) => pattern.endsWith('.*') && `${name}.`.startsWith(pattern.slice(0, -1)))) return;
  if (isLeaf(value) && name !== '') {
    if (!names.includes(name)) {
      throw new Error(`${where}: ${path} is not honoured by the local cloud. ${ADVICE}`);
    }
    const allowed = known.values?.[name];
    if (allowed !== undefined && !allowed.includes(value)) {
      const values = allowed.map((one) => JSON.stringify(one)).join(', ');
      throw new Error(`${where}: ${path}: got ${JSON.stringify(value)}, the local cloud has ${values}`);
    }
    return;
  }
  for (const [key, part] of Object.entries(value as object)) {
    const below = (parent: string) => (parent === '' ? key : `${parent}.${key}`);
    checkValue(part, { ...place, path: below(path), name: below(name) });
  }
}

/** Whether there is nothing below: an intrinsic function stands for what it comes to. */
function isLeaf(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const keys = Object.keys(value);
  return keys.length === 0 || (keys.length === 1 && /^(?:Ref$|Fn::)/.test(keys[0]!));
}
