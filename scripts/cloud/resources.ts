/** From templates to what the local cloud runs: buckets, functions, state machines, routes and outputs. */
import type { AssembledStack } from './assembly.ts';
import { Roles } from './iam/roles.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, resolve, type Scope } from './intrinsics.ts';

export interface FunctionResource {
  name: string;
  arn: string;
  /** Folder of the bundle. */
  codeFolder: string;
  handler: string;
  memoryMb: number;
  timeoutSeconds: number;
  environment: Record<string, string>;
}

export interface StateMachineResource {
  name: string;
  arn: string;
  definition: Record<string, unknown>;
}

export interface Route {
  /** `POST /predict`, or `$default`. */
  key: string;
  functionArn: string;
}

export interface LocalResources {
  buckets: string[];
  functions: FunctionResource[];
  stateMachines: StateMachineResource[];
  routes: Route[];
  /** What functions and state machines may do. */
  roles: Roles;
  /** By stack and output key. */
  outputs: Record<string, Record<string, string>>;
}

/** What Lambda takes when a template says nothing. */
const DEFAULT_MEMORY_MB = 128;
const DEFAULT_TIMEOUT_SECONDS = 3;

/** Types without an effect on one machine. Any other unknown type is an error, so that nothing is skipped silently. */
const WITHOUT_LOCAL_EFFECT = new Set([
  'AWS::ApiGatewayV2::Stage',
  'AWS::Budgets::Budget',
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
]);

const arn = (service: string, resource: string) =>
  `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${resource}`;

/** How a resource of each type is named and what its attributes are. */
function describeNames(
  type: string,
  stack: string,
  logicalId: string,
  endpoint: string,
): { ref: string; attributes: Record<string, string> } {
  const name = `${stack}-${logicalId}`;
  switch (type) {
    case 'AWS::S3::Bucket': {
      const bucket = name.toLowerCase().slice(0, 63);
      return { ref: bucket, attributes: { Arn: `arn:aws:s3:::${bucket}` } };
    }
    case 'AWS::Lambda::Function':
      return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
    case 'AWS::StepFunctions::StateMachine': {
      const stateMachineArn = arn('states', `stateMachine:${name}`);
      return { ref: stateMachineArn, attributes: { Arn: stateMachineArn, Name: name } };
    }
    case 'AWS::ApiGatewayV2::Api':
      return { ref: logicalId, attributes: { ApiEndpoint: endpoint } };
    case 'AWS::IAM::Role':
      return { ref: name, attributes: { Arn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}` } };
    case 'AWS::Logs::LogGroup':
      return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
    default:
      return { ref: name, attributes: {} };
  }
}

export interface DeployOptions {
  /** Values of template parameters, by name; the others take their defaults. */
  parameters: Record<string, string>;
  /** Base URL that the HTTP API answers on. */
  endpoint: string;
}

/** @throws Error for a resource or an intrinsic that the local cloud doesn't know */
export function describeResources(stacks: readonly AssembledStack[], options: DeployOptions): LocalResources {
  const result: LocalResources = {
    buckets: [],
    functions: [],
    stateMachines: [],
    routes: [],
    roles: new Roles(),
    outputs: {},
  };
  const exports = new Map<string, unknown>();
  for (const stack of stacks) deploy(stack, options, exports, result);
  const declared = new Set(stacks.flatMap(({ template }) => Object.keys(template.Parameters ?? {})));
  const unknown = Object.keys(options.parameters).find((name) => !declared.has(name));
  if (unknown !== undefined) throw new Error(`no stack has a parameter ${unknown}`);
  return result;
}

function deploy(
  stack: AssembledStack,
  { parameters, endpoint }: DeployOptions,
  exports: Map<string, unknown>,
  result: LocalResources,
): void {
  const { template, name: stackName } = stack;
  const names = (logicalId: string) => {
    const resource = template.Resources[logicalId];
    return resource && describeNames(resource.Type, stackName, logicalId, endpoint);
  };
  const scope: Scope = {
    stackName,
    ref: (id) => names(id)?.ref ?? parameters[id] ?? template.Parameters?.[id]?.Default,
    attribute: (id, attribute) => names(id)?.attributes[attribute],
    exported: (id) => exports.get(id),
  };
  const integrations = new Map<string, string>();
  const routes: { key: string; target: string }[] = [];

  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    if (WITHOUT_LOCAL_EFFECT.has(resource.Type)) continue;
    const where = `${stackName}: ${logicalId}`;
    if (resource.Condition !== undefined) {
      throw new Error(`${where} has a Condition, which the local cloud doesn't evaluate`);
    }
    const properties = resolve(resource.Properties ?? {}, scope, logicalId) as Record<string, unknown>;
    const { ref, attributes } = names(logicalId)!;
    switch (resource.Type) {
      case 'AWS::S3::Bucket':
        result.buckets.push(ref);
        break;
      case 'AWS::Lambda::Function':
        result.functions.push(
          readFunction(ref, attributes.Arn!, properties as unknown as FunctionProperties, stack),
        );
        result.roles.assume(attributes.Arn!, properties.Role);
        break;
      case 'AWS::StepFunctions::StateMachine':
        result.stateMachines.push({
          name: `${stackName}-${logicalId}`,
          arn: ref,
          definition: JSON.parse(properties.DefinitionString as string) as Record<string, unknown>,
        });
        result.roles.assume(ref, properties.RoleArn);
        break;
      case 'AWS::IAM::Role':
        result.roles.addRole(ref, properties);
        break;
      case 'AWS::IAM::Policy':
        result.roles.addPolicy(ref, properties);
        break;
      case 'AWS::S3::BucketPolicy':
        result.roles.addResourcePolicy(ref, properties);
        break;
      case 'AWS::ApiGatewayV2::Api':
        break;
      case 'AWS::ApiGatewayV2::Integration':
        integrations.set(`integrations/${ref}`, properties.IntegrationUri as string);
        break;
      case 'AWS::ApiGatewayV2::Route':
        routes.push({ key: properties.RouteKey as string, target: properties.Target as string });
        break;
      default:
        throw new Error(`${where} is a ${resource.Type}, which the local cloud doesn't know`);
    }
  }
  for (const { key, target } of routes) {
    const functionArn = integrations.get(target);
    if (functionArn === undefined) throw new Error(`${stackName}: route ${key} has no integration ${target}`);
    result.routes.push({ key, functionArn });
  }
  result.outputs[stackName] = {};
  for (const [key, output] of Object.entries(template.Outputs ?? {})) {
    const value = resolve(output.Value, scope, `Outputs.${key}`);
    result.outputs[stackName][key] = String(value);
    if (output.Export !== undefined) exports.set(String(resolve(output.Export.Name, scope, key)), value);
  }
}

interface FunctionProperties {
  Runtime: string;
  Code: { S3Key?: string };
  Handler: string;
  MemorySize?: number;
  Timeout?: number;
  Environment?: { Variables?: Record<string, string> };
}

function readFunction(
  name: string,
  functionArn: string,
  { Runtime, Code, Handler, MemorySize, Timeout, Environment }: FunctionProperties,
  { assets, name: stackName }: AssembledStack,
): FunctionResource {
  const where = `${stackName}: ${name}`;
  if (!Runtime.startsWith('nodejs')) {
    throw new Error(`${where} runs on ${Runtime}, which the local cloud doesn't have`);
  }
  const { S3Key = 'of inline code' } = Code;
  const codeFolder = assets.get(S3Key);
  if (codeFolder === undefined) throw new Error(`${where}: asset ${S3Key} is not in the assembly`);
  return {
    name,
    arn: functionArn,
    codeFolder,
    handler: Handler,
    memoryMb: MemorySize ?? DEFAULT_MEMORY_MB,
    timeoutSeconds: Timeout ?? DEFAULT_TIMEOUT_SECONDS,
    environment: Environment?.Variables ?? {},
  };
}
