/** From templates to what the local cloud runs: buckets, functions, state machines, routes and outputs. */
import type { AssembledStack } from './assembly.ts';
import { type HttpApi, readAuthorizer, readTokenRules } from './http/api.ts';
import type { Cors } from './http/cors.ts';
import type { TokenRules } from './http/tokens.ts';
import { Roles } from './iam/roles.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, resolve, type Scope } from './intrinsics.ts';
import { checkProperties, honouredOf, tellsOfAwsAlone } from './properties.ts';
import type { Versioning } from './s3/buckets.ts';
import { type LifecycleRule, readLifecycle } from './s3/lifecycle-rules.ts';

export interface BucketResource {
  name: string;
  versioning: Versioning | undefined;
  lifecycle: LifecycleRule[];
}

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

export interface LocalResources {
  buckets: BucketResource[];
  functions: FunctionResource[];
  stateMachines: StateMachineResource[];
  api: HttpApi;
  /** What functions and state machines may do. */
  roles: Roles;
  /** By stack and output key. */
  outputs: Record<string, Record<string, string>>;
}

/** Of an app that has none. */
const NO_API = { id: 'none', cors: undefined };

/** What Lambda takes when a template says nothing. */
const DEFAULT_MEMORY_MB = 128;
const DEFAULT_TIMEOUT_SECONDS = 3;

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
  const bucket = name.toLowerCase().slice(0, 63);
  const machine = arn('states', `stateMachine:${name}`);
  const known: Readonly<Record<string, [ref: string, attributes: Record<string, string>]>> = {
    'AWS::S3::Bucket': [bucket, { Arn: `arn:aws:s3:::${bucket}` }],
    'AWS::Lambda::Function': [name, { Arn: arn('lambda', `function:${name}`) }],
    'AWS::StepFunctions::StateMachine': [machine, { Arn: machine, Name: name }],
    'AWS::ApiGatewayV2::Api': [logicalId, { ApiEndpoint: endpoint }],
    'AWS::IAM::Role': [name, { Arn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}` }],
    'AWS::Logs::LogGroup': [name, { Arn: arn('logs', `log-group:${name}:*`) }],
  };
  const [ref, attributes] = known[type] ?? [name, {}];
  return { ref, attributes };
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
    api: { ...NO_API, routes: [] },
    roles: new Roles(),
    outputs: {},
  };
  const exports = new Map<string, unknown>();
  for (const stack of stacks) deploy(stack, options, exports, result);
  result.roles.checkTrust();
  const declared = new Set(stacks.flatMap(({ template }) => Object.keys(template.Parameters ?? {})));
  const unknown = Object.keys(options.parameters).find((name) => !declared.has(name));
  if (unknown !== undefined) throw new Error(`no stack has a parameter ${unknown}`);
  return result;
}

type Properties = Record<string, unknown>;

function deploy(
  stack: AssembledStack,
  { parameters, endpoint }: DeployOptions,
  exports: Map<string, unknown>,
  result: LocalResources,
): void {
  checkProperties(stack);
  for (const [name, { AllowedValues }] of Object.entries(stack.template.Parameters ?? {})) {
    const value = parameters[name];
    if (value !== undefined && AllowedValues !== undefined && !AllowedValues.includes(value)) {
      throw new Error(`parameter ${name}: got ${value}, expected one of ${AllowedValues.join(', ')}`);
    }
  }
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
  const authorizers = new Map<string, TokenRules>();
  const routes: Properties[] = [];
  /** Names of functions with the services that may invoke them. */
  const permissions = new Set<string>();
  const { roles } = result;
  /** What becomes of a resource, by its type. */
  const taken: Readonly<Record<string, (properties: Properties, ref: string, arn: string) => void>> = {
    'AWS::S3::Bucket': ({ VersioningConfiguration, LifecycleConfiguration }, ref) =>
      result.buckets.push({
        name: ref,
        versioning: (VersioningConfiguration as { Status: Versioning } | undefined)?.Status,
        lifecycle: readLifecycle(LifecycleConfiguration, `${stackName}: ${ref}`),
      }),
    'AWS::Lambda::Function': (properties, ref, functionArn) => {
      result.functions.push(
        readFunction(ref, functionArn, properties as unknown as FunctionProperties, stack),
      );
      roles.assume(functionArn, properties.Role);
    },
    'AWS::StepFunctions::StateMachine': ({ DefinitionString, RoleArn }, ref) => {
      const definition = JSON.parse(DefinitionString as string) as Properties;
      result.stateMachines.push({ name: ref.split(':').at(-1)!, arn: ref, definition });
      roles.assume(ref, RoleArn);
    },
    'AWS::IAM::Role': (properties, ref) => roles.addRole(ref, properties),
    'AWS::IAM::Policy': (properties, ref) => roles.addPolicy(ref, properties),
    'AWS::S3::BucketPolicy': (properties, ref) => roles.addResourcePolicy(ref, properties),
    'AWS::ApiGatewayV2::Api': ({ CorsConfiguration }, ref) => {
      if (result.api.id !== NO_API.id) throw new Error(`${stackName}: ${ref}: the local cloud has one API`);
      Object.assign(result.api, { id: ref, cors: CorsConfiguration as Cors | undefined });
    },
    'AWS::ApiGatewayV2::Authorizer': (properties, ref) =>
      authorizers.set(ref, readTokenRules(properties, `${stackName}: ${ref}`)),
    'AWS::Lambda::Permission': ({ FunctionName, Principal }) =>
      permissions.add(`${(FunctionName as string).split(':').at(-1)} ${Principal as string}`),
    'AWS::ApiGatewayV2::Integration': ({ IntegrationUri }, ref) =>
      integrations.set(`integrations/${ref}`, IntegrationUri as string),
    'AWS::ApiGatewayV2::Route': (properties) => routes.push(properties),
  };

  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    const honoured = honouredOf(resource.Type, resource.Properties);
    if (honoured === undefined) continue;
    const where = `${stackName}: ${logicalId}`;
    if (resource.Condition !== undefined) {
      throw new Error(`${where} has a Condition, which the local cloud doesn't evaluate`);
    }
    const properties = resolve(honoured, scope, logicalId) as Record<string, unknown>;
    const { ref, attributes } = names(logicalId)!;
    taken[resource.Type]!(properties, ref, attributes.Arn!);
  }
  for (const properties of routes) {
    const [key, target] = [properties.RouteKey as string, properties.Target as string];
    const functionArn = integrations.get(target);
    if (functionArn === undefined) throw new Error(`${stackName}: route ${key} has no integration ${target}`);
    if (!permissions.has(`${functionArn.split(':').at(-1)} apigateway.amazonaws.com`)) {
      throw new Error(`${stackName}: route ${key}: no permission lets the API invoke ${functionArn}`);
    }
    const authorizer = readAuthorizer(properties, authorizers, `${stackName}: route ${key}`);
    result.api.routes.push({ key, functionArn, authorizer });
  }
  result.outputs[stackName] = {};
  for (const [key, output] of Object.entries(template.Outputs ?? {})) {
    if (tellsOfAwsAlone(output.Value, (id) => template.Resources[id]?.Type)) continue;
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
