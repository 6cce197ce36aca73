/** Rules about AWS's limits: what is over them is refused in the middle of a deployment, or of a run. */
import { atLongest, idOf, type Rule, resourcesOf } from './app.ts';

const text = (value: unknown): string => String(atLongest(value));
const over = (where: string, what: string, got: number, most: number): string[] =>
  got <= most ? [] : [`${where}: ${what}: ${got}, AWS takes ${most}`];

/** "CloudFormation quotas", AWS CloudFormation User Guide. */
export const templatesFit: Rule = ({ stacks }) =>
  stacks.flatMap(({ name, template }) => {
    const { Resources, Outputs = {}, Parameters = {}, Description = '' } = template;
    const ids = [...Object.keys(Resources), ...Object.keys(Outputs), ...Object.keys(Parameters)];
    return [
      ...over(name, 'characters of the name', name.length, 128),
      ...over(name, 'bytes', Buffer.byteLength(JSON.stringify(template)), 1_000_000),
      ...over(name, 'resources', Object.keys(Resources).length, 500),
      ...over(name, 'outputs', Object.keys(Outputs).length, 200),
      ...over(name, 'parameters', Object.keys(Parameters).length, 200),
      ...over(name, 'bytes of the description', Buffer.byteLength(Description), 1024),
      ...ids.flatMap((id) => over(`${name}: ${id}`, 'characters of the id', id.length, 255)),
    ];
  });

/** Names and descriptions that we give, by type and property; references at their longest. From each service's API reference. */
const LENGTHS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'AWS::Logs::LogGroup': { LogGroupName: 512 },
  'AWS::CloudWatch::Dashboard': { DashboardName: 255 },
  'AWS::CloudWatch::Alarm': { AlarmName: 255, AlarmDescription: 1024 },
  'AWS::ApiGatewayV2::Api': { Name: 128, Description: 1024 },
  'AWS::ApiGatewayV2::Authorizer': { Name: 128 },
  'AWS::Lambda::Function': { FunctionName: 64, Description: 256 },
  'AWS::IAM::Role': { RoleName: 64, Description: 1000 },
  'AWS::IAM::Policy': { PolicyName: 128 },
  'AWS::StepFunctions::StateMachine': { StateMachineName: 80 },
  'AWS::S3::Bucket': { BucketName: 63 },
};

/** CloudFormation cuts the names that it makes itself; ours it doesn't. Two groups of one name would be one. */
export const namesFit: Rule = (app) => {
  const named = resourcesOf(app, ...Object.keys(LENGTHS)).flatMap(({ where, type, raw }) =>
    Object.entries(LENGTHS[type]!).flatMap(([property, most]) =>
      raw[property] === undefined ? [] : [{ where, type, property, most, name: text(raw[property]) }],
    ),
  );
  const physical = named.filter(({ property }) => /Name$/.test(property) && property !== 'PolicyName');
  const isTaken = ({ where, type, name }: (typeof physical)[number]) =>
    physical.some((other) => other.where !== where && other.type === type && other.name === name);
  return [
    ...named.flatMap(({ where, property, name, most }) =>
      over(where, `characters of ${property}`, name.length, most),
    ),
    ...physical.filter(isTaken).map(({ where, name }) => `${where}: ${name} is the name of another one, too`),
  ];
};

/** Exports are a region's: names with the stack's keep two deployments apart, and what is imported is exported. */
export const exportsAreUnique: Rule = (app) => {
  const exported = app.stacks.flatMap(({ name: stack, template }) =>
    Object.entries(template.Outputs ?? {}).flatMap(([output, { Export }]) =>
      Export === undefined ? [] : [{ where: `${stack}: ${output}`, stack, name: Export.Name }],
    ),
  );
  const imported = app.stacks.flatMap(({ name, template }) =>
    [...JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^"]+)"/g)].map(
      ([, one]) => [name, one!] as const,
    ),
  );
  const names = exported.map(({ name }) => name);
  return [
    ...exported.flatMap(({ where, stack, name }) => [
      ...(typeof name === 'string' && name.startsWith(`${stack}:`)
        ? []
        : [`${where}: exported as ${JSON.stringify(name)}, expected a name that begins ${stack}:`]),
      ...(names.filter((other) => other === name).length > 1 ? [`${where}: ${name} is exported twice`] : []),
      ...over(where, 'characters of the export', text(name).length, 255),
    ]),
    ...imported
      .filter(([, name]) => !names.includes(name))
      .map(([stack, name]) => `${stack}: imports ${name}, which nobody exports`),
  ];
};

/** Characters without white space ("IAM and AWS STS quotas", AWS IAM User Guide). */
export const policiesFit: Rule = (app) => {
  const sizes = new Map<string, number>();
  for (const { stack, raw } of resourcesOf(app, 'AWS::IAM::Policy')) {
    const size = JSON.stringify(atLongest(raw.PolicyDocument)).replace(/\s/g, '').length;
    for (const role of raw.Roles as unknown[]) {
      const name = `${stack}: ${idOf(role)}`;
      sizes.set(name, (sizes.get(name) ?? 0) + size);
    }
  }
  return [
    ...[...sizes].flatMap(([role, size]) => over(role, 'characters of its policies', size, 10_240)),
    ...resourcesOf(app, 'AWS::IAM::Role').flatMap(({ where, raw }) =>
      over(where, 'characters of who assumes it', JSON.stringify(raw.AssumeRolePolicyDocument).length, 2048),
    ),
  ];
};

/** Memory of a function in a new account, in MB. */
const NEW_ACCOUNT_MB = 3008;

/** "Lambda quotas", AWS Lambda Developer Guide; what answers HTTP is waited for thirty seconds. */
export const functionsFit: Rule = (app) => {
  const { trainMemoryMb } = app.settings;
  const answering = new Set(
    resourcesOf(app, 'AWS::ApiGatewayV2::Integration').map(
      ({ stack, raw }) => `${stack}: ${idOf(raw.IntegrationUri)}`,
    ),
  );
  return resourcesOf(app, 'AWS::Lambda::Function').flatMap(({ where, raw }) => {
    const { MemorySize: memory, Timeout: seconds } = raw as { MemorySize: number; Timeout: number };
    const { Variables = {} } = (raw.Environment ?? {}) as { Variables?: Record<string, unknown> };
    const environment = Buffer.byteLength(JSON.stringify(atLongest(Variables)));
    // Who asks for more for the functions that train has asked for the quota, too.
    const quota = Math.max(NEW_ACCOUNT_MB, trainMemoryMb);
    return [
      ...over(where, 'MB', memory, 10_240),
      ...(memory > quota ? [`${where}: ${memory} MB, a new account has ${NEW_ACCOUNT_MB}`] : []),
      ...over(where, 'seconds', seconds, 900),
      ...(answering.has(where) ? over(where, 'seconds of an answer over HTTP', seconds, 30) : []),
      ...over(where, 'bytes of its environment', environment, 4096),
    ];
  });
};

/** "Service quotas", AWS Step Functions Developer Guide. */
export const definitionsFit: Rule = (app) =>
  resourcesOf(app, 'AWS::StepFunctions::StateMachine').flatMap(({ where, raw }) =>
    over(where, 'bytes of its definition', Buffer.byteLength(text(raw.DefinitionString)), 1_048_576),
  );
