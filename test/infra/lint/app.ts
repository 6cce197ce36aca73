/** What the rules look at: an app's templates, and the settings that they were made with. */
import type { Settings } from '../../../infra/settings.ts';
import type { Template } from '../../../scripts/cloud/assembly.ts';
import { readable } from '../templates.ts';

export interface LintedApp {
  settings: Settings;
  stacks: { name: string; template: LintedTemplate }[];
}

export interface LintedTemplate extends Template {
  Description?: string;
  Resources: Record<
    string,
    {
      Type: string;
      Properties?: Record<string, unknown>;
      DeletionPolicy?: string;
      UpdateReplacePolicy?: string;
    }
  >;
}

/** Findings, each with its place. */
export type Rule = (app: LintedApp) => string[];

export interface Found {
  /** `stack: LogicalId`, for findings. */
  where: string;
  stack: string;
  id: string;
  type: string;
  /** As in the template. */
  raw: Record<string, unknown>;
  /** With references as text: `<Bucket.Arn>`. */
  properties: Record<string, unknown>;
  attributes: { DeletionPolicy?: string; UpdateReplacePolicy?: string };
}

/** The resources of these types, or of all. */
export function resourcesOf({ stacks }: LintedApp, ...types: string[]): Found[] {
  return stacks.flatMap(({ name: stack, template }) =>
    Object.entries(template.Resources)
      .filter(([, { Type }]) => types.length === 0 || types.includes(Type))
      .map(([id, { Type: type, Properties: raw = {}, ...attributes }]) => ({
        where: `${stack}: ${id}`,
        ...{ stack, id, type, raw, attributes },
        properties: readable(raw) as Record<string, unknown>,
      })),
  );
}

/** Logical id that a reference leads to, whichever of its attributes is meant. */
export function idOf(reference: unknown): string | undefined {
  const { Ref: ref, 'Fn::GetAtt': attribute } = (reference ?? {}) as {
    Ref?: string;
    'Fn::GetAtt'?: string[];
  };
  return ref ?? attribute?.[0];
}

/** At most as long as this is what a reference stands for: an ARN with a region, an account and a name. */
const REFERENCE = 'x'.repeat(140);
const LONGEST: Readonly<Record<string, string>> = {
  'AWS::Region': 'ap-southeast-1',
  'AWS::AccountId': '123456789012',
  'AWS::Partition': 'aws-us-gov',
  'AWS::URLSuffix': 'amazonaws.com.cn',
};

/** The value with the longest that its references may stand for. */
export function atLongest(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(atLongest);
  if (typeof value !== 'object' || value === null) return value;
  const [[key, argument] = ['', undefined], ...more] = Object.entries(value);
  if (more.length === 0 && key === 'Ref') return LONGEST[argument as string] ?? REFERENCE;
  if (more.length === 0 && key === 'Fn::Join') {
    const [delimiter, parts] = argument as [string, unknown[]];
    return parts.map(atLongest).join(delimiter);
  }
  if (more.length === 0 && key.startsWith('Fn::')) return REFERENCE;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, atLongest(part)]));
}

export interface State extends Record<string, unknown> {
  Type: string;
  Resource?: string;
  MaxConcurrency?: number;
  ItemProcessor?: { ProcessorConfig?: { Mode?: string }; States: Record<string, State> };
}

/** A machine's states by name, those inside of Maps too; functions as `<FunctionName.Arn>`. */
export function statesOf({ properties }: Found): [string, State][] {
  const walk = (states: Record<string, State>): [string, State][] =>
    Object.entries(states).flatMap(([name, state]) => [
      [name, state] as [string, State],
      ...walk(state.ItemProcessor?.States ?? {}),
    ]);
  const { States } = JSON.parse(String(properties.DefinitionString)) as { States: Record<string, State> };
  return walk(States);
}

export const isDistributed = ({ ItemProcessor }: State): boolean =>
  ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED';

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** Statements of all policies of roles, with references as text, and the roles that have them. */
export function statementsOf(app: LintedApp): { where: string; roles: string[]; statement: Statement }[] {
  return resourcesOf(app, 'AWS::IAM::Policy').flatMap(({ where, stack, properties }) => {
    const { Statement } = properties.PolicyDocument as { Statement: Statement[] };
    const roles = (properties.Roles as string[]).map((role) => `${stack}: ${role}`);
    return Statement.map((statement) => ({ where, roles, statement }));
  });
}

/** The actions of a statement. */
export const actionsOf = ({ Action }: Statement): string[] => [Action].flat();
