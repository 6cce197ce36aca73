/** Rules about what stays, and for how long. */
import { idOf, type LintedApp, type Rule, resourcesOf } from './app.ts';

/** The bucket stays or goes with its stack, as `removal` says; one that goes is emptied before, versions included. */
export const bucketStaysOrGoes: Rule = (app) => {
  const policy = app.settings.destroyData ? 'Delete' : 'Retain';
  const emptied = resourcesOf(app, 'Custom::S3AutoDeleteObjects').map(({ raw }) => idOf(raw.BucketName));
  return resourcesOf(app, 'AWS::S3::Bucket').flatMap(({ where, id, raw, attributes }) => {
    const { DeletionPolicy: deletion, UpdateReplacePolicy: replacement } = attributes;
    const isVersioned = raw.VersioningConfiguration !== undefined;
    return [
      ...(deletion === policy && replacement === policy
        ? []
        : [`${where}: policies ${deletion} and ${replacement}, expected ${policy}`]),
      // Only an empty bucket can be deleted, and nobody lists its versions.
      ...(policy === 'Delete' && isVersioned && !emptied.includes(id)
        ? [`${where}: it is versioned, and nothing empties it before it is deleted`]
        : []),
      ...(policy === 'Retain' && emptied.includes(id) ? [`${where}: it stays, and is emptied`] : []),
    ];
  });
};

/** The CDK's own function, which empties the bucket when its stack is deleted: its log would have to outlive the stack. */
const OF_CDK = /^CustomS3AutoDeleteObjects/;

/** Each function logs to a group of its stack, and each group's events go when `keepLogs` says, the group with its stack. */
export const logsEnd: Rule = (app) => [
  ...resourcesOf(app, 'AWS::Lambda::Function').flatMap(({ where, stack, id, raw }) => {
    const group = idOf((raw.LoggingConfig as { LogGroup?: unknown } | undefined)?.LogGroup);
    const isThere = resourcesOf(app, 'AWS::Logs::LogGroup').some(
      (one) => one.stack === stack && one.id === group,
    );
    // Lambda itself would make one, whose events stay for ever.
    return isThere || OF_CDK.test(id) ? [] : [`${where}: no log group of its own`];
  }),
  ...resourcesOf(app, 'AWS::Logs::LogGroup').flatMap(({ where, raw, attributes }) => {
    const { keepLogs } = app.settings;
    const { DeletionPolicy: deletion, UpdateReplacePolicy: replacement } = attributes;
    return [
      ...(raw.RetentionInDays === keepLogs
        ? []
        : [`${where}: kept ${raw.RetentionInDays} days, expected ${keepLogs}`]),
      ...(deletion === 'Delete' && replacement === 'Delete'
        ? []
        : [`${where}: policies ${deletion} and ${replacement}, expected Delete`]),
    ];
  }),
];

/** Where a service delivers logs itself. */
const VENDED = {
  'AWS::StepFunctions::StateMachine': '/aws/vendedlogs/states/',
  'AWS::ApiGatewayV2::Stage': '/aws/vendedlogs/apis/',
} as const;

/**
 * What services deliver goes to groups under /aws/vendedlogs/: others need a line each in a resource policy of 5,120
 * characters for all of an account ("Enable logging from AWS services", CloudWatch Logs User Guide).
 */
export const deliveredLogsNeedNoPolicy: Rule = (app) =>
  resourcesOf(app, ...Object.keys(VENDED)).flatMap(({ where, stack, type, raw }) => {
    const group = resourcesOf(app, 'AWS::Logs::LogGroup').find(
      (one) => one.stack === stack && one.id === logOf(raw),
    );
    const name = String(group?.properties.LogGroupName);
    const prefix = VENDED[type as keyof typeof VENDED];
    return name.startsWith(prefix)
      ? []
      : [`${where}: logs to ${name}, expected a name that begins ${prefix}`];
  });

function logOf(raw: Record<string, unknown>): string | undefined {
  const { LoggingConfiguration: machine, AccessLogSettings: stage } = raw as {
    LoggingConfiguration?: { Destinations: { CloudWatchLogsLogGroup: { LogGroupArn: unknown } }[] };
    AccessLogSettings?: { DestinationArn: unknown };
  };
  return idOf(machine?.Destinations[0]?.CloudWatchLogsLogGroup.LogGroupArn ?? stage?.DestinationArn);
}

const DAY = 86_400;

/** What an execution reads of the bucket expires only after the time that the execution may take. */
export const nothingExpiresTooSoon: Rule = (app) => {
  const rules = resourcesOf(app, 'AWS::S3::Bucket').flatMap(
    ({ raw }) =>
      (raw.LifecycleConfiguration as { Rules: { Prefix?: string; ExpirationInDays?: number }[] }).Rules,
  );
  const readBy = {
    'imports/': 'Import',
    'batches/': 'Batch',
    'map-runs/batches/': 'Batch',
    'map-runs/sweeps/': 'Sweep',
  };
  return Object.entries(readBy).flatMap(([prefix, machine]) => {
    const seconds = timeoutOf(app, machine);
    const tooSoon = rules.filter(
      ({ Prefix = '', ExpirationInDays: days }) =>
        prefix.startsWith(Prefix) && days !== undefined && days * DAY <= seconds,
    );
    return tooSoon.map(
      ({ ExpirationInDays: days }) =>
        `${prefix} expires after ${days} days, an execution of ${machine} may take ${seconds / DAY}`,
    );
  });
};

function timeoutOf(app: LintedApp, machine: string): number {
  const found = resourcesOf(app, 'AWS::StepFunctions::StateMachine').find(({ id }) =>
    new RegExp(`^${machine}[0-9A-F]{8}$`).test(id),
  );
  return JSON.parse(String(found!.properties.DefinitionString)).TimeoutSeconds;
}
