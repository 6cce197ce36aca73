/** How faults are planted in an app's templates. */
import type { LintedApp, LintedTemplate } from '../app.ts';

export interface Fault {
  rule: string;
  /** In words. */
  fault: string;
  /** Settings of the app that it is planted in. */
  context?: object;
  plant(app: LintedApp): void;
  finding: string;
}

interface Grant {
  Effect?: string;
  Principal?: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}
/** Of resources, those that faults reach into. */
interface Properties extends Record<string, unknown> {
  Environment: { Variables: Record<string, string> };
  PolicyDocument: { Statement: Grant[] };
  PublicAccessBlockConfiguration: Record<string, boolean>;
}
type Resource = LintedTemplate['Resources'][string] & { Properties: Properties };

export const templateOf = ({ stacks }: LintedApp, stack: string): LintedTemplate =>
  stacks.find(({ name }) => name.endsWith(`-${stack}`))!.template;

/** The first resource of the type whose logical id begins so. */
export function find(app: LintedApp, stack: string, type: string, begin = ''): Resource {
  const found = Object.entries(templateOf(app, stack).Resources).find(
    ([id, { Type }]) => Type === type && id.startsWith(begin),
  );
  if (found === undefined) throw new Error(`${stack} has no ${type} ${begin}…`);
  return found[1] as Resource;
}
export const bucket = (app: LintedApp) => find(app, 'storage', 'AWS::S3::Bucket');
export const lambda = (app: LintedApp, begin = 'PredictFunction') =>
  find(app, 'serving', 'AWS::Lambda::Function', begin).Properties;
export const machine = (app: LintedApp, stack: string, begin: string) =>
  find(app, stack, 'AWS::StepFunctions::StateMachine', begin).Properties;
export const statements = (app: LintedApp, stack: string, begin: string): Grant[] =>
  find(app, stack, 'AWS::IAM::Policy', begin).Properties.PolicyDocument.Statement;

/** Takes out the resources whose type and logical id begin so. */
export function remove(app: LintedApp, stack: string, type: string, begin = ''): void {
  const { Resources } = templateOf(app, stack);
  for (const [id, { Type }] of Object.entries(Resources)) {
    if (Type === type && id.startsWith(begin)) delete Resources[id];
  }
}

/** Replaces text in a resource's properties, in references and definitions, too. */
export function replace(resource: { Properties?: object }, from: string, to: string): void {
  const text = JSON.stringify(resource.Properties);
  if (!text.includes(from)) throw new Error(`no ${from} in ${text.slice(0, 200)}`);
  resource.Properties = JSON.parse(text.replace(from, to));
}

/** Of all Maps of a machine. */
export function setWidth(app: LintedApp, stack: string, begin: string, width: number): void {
  const properties = machine(app, stack, begin);
  const text = JSON.stringify(properties.DefinitionString);
  const changed = text.replace(/(\\"MaxConcurrency\\":)\d+/g, `$1${width}`);
  if (changed === text) throw new Error(`${begin} has no Map`);
  properties.DefinitionString = JSON.parse(changed);
}

export const KEY = 'arn:aws:kms:us-east-1:123456789012:key/0f8c2a51-1234-4abc-8def-0123456789ab';
/** One app for all faults that need settings. */
export const OTHERWISE = {
  ...{ name: 'my-net', removal: 'destroy', kmsKey: KEY },
  ...{ keepImports: '15', sweepRunsAtOnce: '7' },
};
