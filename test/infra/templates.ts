/** Reads the synthesized templates with names that people know: logical ids without their hash. */
import { inject } from 'vitest';
import { readAssembly, type Template } from '../../scripts/cloud/assembly.ts';

export interface Resource {
  /** Logical id without the hash that CDK appends. */
  id: string;
  type: string;
  /** As in the template, but with references as text: `<Bucket.Arn>`. */
  properties: Record<string, unknown>;
  /** Beside the properties, e.g. DeletionPolicy. */
  attributes: Record<string, unknown>;
}

/** Logical id without hash. */
const shortId = (logicalId: string) => logicalId.replace(/[0-9A-F]{8}$/, '');

/** References as text, so that a policy can be compared with what is meant. */
export function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const [[key, argument] = ['', undefined], ...more] = Object.entries(value);
  if (more.length > 0) return mapValues(value);
  switch (key) {
    case 'Ref':
      return `<${shortId(argument as string)}>`;
    case 'Fn::GetAtt': {
      const [id, attribute] = argument as [string, string];
      return `<${shortId(id)}.${attribute}>`;
    }
    case 'Fn::ImportValue':
      // stepnet-storage:ExportsOutputFnGetAttBucket83908E77Arn063C8555, …:ExportsOutputRefBucket83908E7781C90AC0
      return String(argument).replace(
        /^.*:ExportsOutput(?:FnGetAtt|Ref)([A-Za-z]+)[0-9A-F]{8}([A-Za-z]*)[0-9A-F]{8}$/,
        (_, id, attribute) => `<${id}${attribute === '' ? '' : `.${attribute}`}>`,
      );
    case 'Fn::Join': {
      const [delimiter, parts] = argument as [string, unknown[]];
      return parts.map(readable).map(asText).join(delimiter);
    }
    default:
      return mapValues(value);
  }
}

const asText = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

const mapValues = (value: object) =>
  Object.fromEntries(Object.entries(value).map(([key, part]) => [key, readable(part)]));

export function resourcesOf({ Resources }: Template): Resource[] {
  return Object.entries(Resources).map(([logicalId, { Type, Properties = {}, ...attributes }]) => ({
    id: shortId(logicalId),
    type: Type,
    properties: readable(Properties) as Record<string, unknown>,
    attributes,
  }));
}

/** Templates by the stack's short name: storage, training, serving. */
export function templates(): Record<string, Template> {
  return Object.fromEntries(
    readAssembly(inject('assembly')).map(({ name, template }) => [name.replace('stepnet-', ''), template]),
  );
}

/** All resources of the app. */
export const allResources = (): Resource[] => Object.values(templates()).flatMap(resourcesOf);

export interface Statement {
  effect: string;
  actions: string[];
  resources: string[];
  condition?: unknown;
}

/** The statements of a role's inline policies, each with its actions and resources in order. */
export function statementsOf(role: string, resources: readonly Resource[]): Statement[] {
  const list = (value: unknown) => [value].flat().map(String).sort();
  return resources
    .filter(({ type }) => type === 'AWS::IAM::Policy')
    .filter(({ properties }) => (properties.Roles as string[]).includes(`<${role}>`))
    .flatMap(
      ({ properties }) => (properties.PolicyDocument as { Statement: Record<string, unknown>[] }).Statement,
    )
    .map(({ Effect, Action, Resource, Condition, ...more }) => ({
      effect: String(Effect),
      actions: list(Action),
      resources: list(Resource),
      ...(Condition === undefined ? {} : { condition: Condition }),
      ...more,
    }));
}
