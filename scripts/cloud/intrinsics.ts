/** Resolves CloudFormation's intrinsic functions, as far as synthesized templates of this app use them. */

/** The account and region that the local cloud pretends to be. */
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';
/** As which every state machine runs, as far as calls and its context object tell; its policies are its own. */
export const LOCAL_ROLE = `arn:aws:iam::${LOCAL_ACCOUNT}:role/local`;

export interface Scope {
  stackName: string;
  /** Value of `Ref`: a resource's physical id or a parameter's value; undefined when there is no such name. */
  ref(name: string): unknown;
  /** Value of `Fn::GetAtt`; undefined when the attribute isn't known. */
  attribute(resource: string, attribute: string): unknown;
  /** Value that another stack exports; undefined when there is none. */
  exported(name: string): unknown;
}

/** @throws Error naming the stack and the place when something can't be resolved */
export function resolve(value: unknown, scope: Scope, path: string): unknown {
  if (Array.isArray(value)) return value.map((part, index) => resolve(part, scope, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [key, argument] = entries[0] ?? [];
  if (entries.length === 1 && key !== undefined && (key === 'Ref' || key.startsWith('Fn::'))) {
    return resolveFunction(key, argument, scope, path);
  }
  return Object.fromEntries(entries.map(([name, part]) => [name, resolve(part, scope, `${path}.${name}`)]));
}

function resolveFunction(name: string, argument: unknown, scope: Scope, path: string): unknown {
  const fail = (what: string): never => {
    throw new Error(`${scope.stackName}: ${path}: ${what}`);
  };
  const known = (value: unknown, what: string): unknown => value ?? fail(`${what} can't be resolved locally`);
  switch (name) {
    case 'Ref':
      return known(reference(String(argument), scope), `Ref ${String(argument)}`);
    case 'Fn::GetAtt': {
      const [resource, attribute] = argument as [string, string];
      return known(scope.attribute(resource, attribute), `Fn::GetAtt ${resource}.${attribute}`);
    }
    case 'Fn::ImportValue': {
      const exported = String(resolve(argument, scope, path));
      return known(scope.exported(exported), `Fn::ImportValue ${exported}`);
    }
    case 'Fn::Join': {
      const [delimiter, parts] = argument as [string, unknown[]];
      return (resolve(parts, scope, path) as unknown[]).map(String).join(delimiter);
    }
    case 'Fn::Sub': {
      if (typeof argument !== 'string') return fail('Fn::Sub with a map is not supported locally');
      return argument.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, variable: string) => {
        if (literal !== '') return `\${${variable}}`;
        const dot = variable.indexOf('.');
        const value =
          dot < 0
            ? reference(variable, scope)
            : scope.attribute(variable.slice(0, dot), variable.slice(dot + 1));
        return String(known(value, `\${${variable}}`));
      });
    }
    case 'Fn::Select': {
      const [index, list] = argument as [number | string, unknown];
      return known((resolve(list, scope, path) as unknown[])[Number(index)], `Fn::Select ${index}`);
    }
    case 'Fn::Split': {
      const [delimiter, text] = argument as [string, unknown];
      return String(resolve(text, scope, path)).split(delimiter);
    }
    default:
      return fail(`${name} is not supported locally`);
  }
}

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::Region': LOCAL_REGION,
  'AWS::AccountId': LOCAL_ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

const reference = (name: string, scope: Scope): unknown =>
  name === 'AWS::StackName' ? scope.stackName : (PSEUDO_PARAMETERS[name] ?? scope.ref(name));
