/** Who may do what: the templates' roles with their policies, and which function or state machine has which. */
import { type Condition, holds, parseConditions } from './conditions.ts';
import { type IamRequest, isAllowed, parsePolicy, type Statement } from './policy.ts';

type Properties = Record<string, unknown>;

/** Of AWS's own policies what the CDK's provider of custom resources has (AWS Managed Policy Reference Guide). */
const MANAGED: Readonly<Record<string, Statement>> = {
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole': {
    effect: 'Allow',
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: ['*'],
    conditions: [],
  },
};

/** Services that may assume a role, and the conditions under which they may. */
interface Trust {
  services: string[];
  conditions: Condition[];
}

/** Statements of another kind, such as about accounts, let no service in. */
function readTrust(document: unknown, where: string): Trust[] {
  const { Statement = [] } = (document ?? {}) as { Statement?: Properties[] };
  return Statement.flatMap(({ Effect, Action, Principal, Condition, ...more }) => {
    const [other] = Object.keys(more).filter((name) => name !== 'Sid');
    if (Effect !== 'Allow' || other !== undefined) {
      throw new Error(
        `${where}: AssumeRolePolicyDocument: got ${other ?? `Effect ${Effect}`}, expected Allow`,
      );
    }
    const { Service = [] } = Principal as { Service?: string | string[] };
    const services = [Action].flat().includes('sts:AssumeRole') ? [Service].flat() : [];
    return { services, conditions: parseConditions(Condition ?? {}, where) };
  });
}

export class Roles {
  /** Statements of each role, by its name. */
  readonly #statements = new Map<string, Statement[]>();
  /** By the role's name. */
  readonly #trusted = new Map<string, Trust[]>();
  /** Role of each function and state machine, by its ARN. */
  readonly #roles = new Map<string, string>();
  /** Of policies of resources. */
  readonly #resourceStatements: Statement[] = [];

  /** @throws Error when the role has a policy that is not in the templates */
  addRole(
    name: string,
    { AssumeRolePolicyDocument, ManagedPolicyArns = [], Policies = [] }: Properties,
  ): void {
    this.#trusted.set(name, readTrust(AssumeRolePolicyDocument, name));
    for (const managed of ManagedPolicyArns as string[]) {
      const statement = MANAGED[managed];
      if (statement === undefined) {
        throw new Error(`${name}: what ${managed} allows is not in the template: grant what is needed of it`);
      }
      this.#of(name).push(statement);
    }
    const documents = (Policies as { PolicyName: string; PolicyDocument: unknown }[]).map((policy) =>
      parsePolicy(policy.PolicyDocument, 'identity', `${name}: ${policy.PolicyName}`),
    );
    this.#of(name).push(...documents.flat());
  }

  /** A policy that is attached to roles. */
  addPolicy(name: string, { PolicyDocument, Roles = [] }: Properties): void {
    const statements = parsePolicy(PolicyDocument, 'identity', name);
    for (const role of Roles as string[]) this.#of(role).push(...statements);
  }

  addResourcePolicy(name: string, { PolicyDocument }: Properties): void {
    this.#resourceStatements.push(...parsePolicy(PolicyDocument, 'resource', name));
  }

  /** @param roleArn …:role/{name} */
  assume(arn: string, roleArn: unknown): void {
    if (typeof roleArn !== 'string') throw new Error(`${arn} has no role`);
    this.#roles.set(arn, roleArn.split('/').at(-1)!);
  }

  /** A function or a state machine that its service can't run is not deployed. @throws Error */
  checkTrust(): void {
    for (const [arn, role] of this.#roles) {
      const [, , name, , account] = arn.split(':');
      const service = `${name}.amazonaws.com`;
      const context = { 'aws:sourcearn': arn, 'aws:sourceaccount': account! };
      const isTrusted = this.#trusted
        .get(role)
        ?.some(
          ({ services, conditions }) =>
            services.includes(service) && conditions.every((condition) => holds(condition, context)),
        );
      if (!isTrusted) {
        throw new Error(`${arn}: AssumeRolePolicyDocument of its role ${role} does not allow ${service}`);
      }
    }
  }

  /** ARNs of all that have a role. */
  get callers(): string[] {
    return [...this.#roles.keys()];
  }

  /** Name of the role that a function or a state machine has. */
  roleOf(arn: string): string | undefined {
    return this.#roles.get(arn);
  }

  /** What the caller's role allows. */
  statementsOf(arn: string): readonly Statement[] {
    return this.#statements.get(this.#roles.get(arn) ?? '') ?? [];
  }

  isAllowed(arn: string, request: IamRequest): boolean {
    const role = this.#roles.get(arn);
    const ofResources = this.#resourceStatements.filter(
      ({ principal }) => principal === undefined || principal.split('/').at(-1) === role,
    );
    return isAllowed([...this.statementsOf(arn), ...ofResources], request);
  }

  #of(role: string): Statement[] {
    const statements = this.#statements.get(role) ?? [];
    this.#statements.set(role, statements);
    return statements;
  }
}
